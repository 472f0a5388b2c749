"""What older versions, which reminded and awaited less, have left to the first start after them."""

import sqlite3

from gateway.store.transaction import Transaction


def never_to_be_reminded(tx: Transaction) -> list[sqlite3.Row]:
    """Return what is owed without a time for a reminder, all of it."""
    return tx.all("duties.never_to_be_reminded")


def set_reminder(tx: Transaction, row: sqlite3.Row, at: str | None) -> None:
    """Set when the holder of a duty is reminded before it is due, None for never."""
    key = {name: row[name] for name in ("seq", "act", "turn")}
    tx.run("duties.set_reminder", **key, remind=at)


def not_reported_on(tx: Transaction, type: str) -> list[int]:
    """Return the messages of a type that opened a matter and of which no report was ever due."""
    return [int(row["seq"]) for row in tx.all("duties.not_reported_on", type=type)]


def reports_on(tx: Transaction, opening: sqlite3.Row, type: str) -> list[sqlite3.Row]:
    """Return the reports of a type in a matter, the first one first, each with its time."""
    named = {"thread": opening["thread"], "peer": opening["peer"]}
    return tx.all("duties.reports_on", **named, type=type)
