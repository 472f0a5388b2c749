"""By when each level above the receipt is due; a row goes when its level is reached.

Level 1 has no row here: its time is the message's `expires`, and the queue judges it.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final

import orjson

from gateway.envelope import Awaited
from gateway.store.transaction import Transaction

# The rest waits for the next look: a bound on what one transaction does.
_AT_ONCE: Final = 256
_ALL: Final = (Awaited.HANDED_OVER, Awaited.ACCEPTED, Awaited.ANSWERED)
# What is awaited no more once a level is reached: what comes before it is implied by it, and after
# a refusal nothing comes.
ENDS: Final[Mapping[str, tuple[Awaited, ...]]] = {
    "received": (),
    "handed-over": _ALL[:1],
    "accepted": _ALL[:2],
    "declined": _ALL,
    "answered": _ALL,
}


def add(
    tx: Transaction, seq: int, due: Mapping[Awaited, str], *, peer: str, direction: str
) -> None:
    """Await levels of a message; what is awaited already keeps its time."""
    for level, at in due.items():
        tx.run("deadlines.insert", seq=seq, level=level, peer=peer, direction=direction, due=at)


def reached(tx: Transaction, seq: int, level: str) -> None:
    """Await a level, and those it implies, no more."""
    if ended := ENDS[level]:
        tx.run("deadlines.reached", seq=seq, levels=orjson.dumps(ended).decode())


def forget(tx: Transaction, seq: int, level: str) -> None:
    """Await one level no more."""
    tx.run("deadlines.reached", seq=seq, levels=orjson.dumps([level]).decode())


def drop(tx: Transaction, seq: int) -> None:
    """Await nothing more of a message: it will never be acted upon."""
    tx.run("deadlines.drop", seq=seq)


def withdrawn(tx: Transaction, seq: int) -> None:
    """Await nothing more of the message that a withdrawal takes back, if `seq` is one."""
    tx.run("deadlines.withdrawn", seq=seq)


def next_due(tx: Transaction, *, direction: str | None = None) -> str | None:
    """Return when the next deadline is due, None if nothing is awaited.

    Args:
        direction: Only of messages of this direction.
    """
    row = tx.one("deadlines.next", direction=direction)
    return None if row is None else str(row["due"])


def passed(tx: Transaction, now: str, *, direction: str | None = None) -> list[sqlite3.Row]:
    """Return deadlines that were due before `now` and are not noted as missed, at most 256."""
    return tx.all("deadlines.passed", now=now, direction=direction, limit=_AT_ONCE)


def note_missed(
    tx: Transaction, row: sqlite3.Row, *, at: str, statement: str | None = None
) -> bool:
    """Note that a deadline passed; False if the level was reached or it was noted meanwhile.

    Args:
        row: One of `passed`.
        statement: The digest of what we signed about it.
    """
    noted = tx.run(
        "deadlines.missed",
        seq=row["seq"],
        level=row["level"],
        due=row["due"],
        at=at,
        statement=statement,
    )
    return noted == 1


def of(tx: Transaction, seq: int) -> dict[str, str]:
    """Return what is awaited of a message: level to due time, whether missed or not."""
    return {row["level"]: row["due"] for row in tx.all("deadlines.of", seq=seq)}


def overdue(tx: Transaction) -> list[sqlite3.Row]:
    """Return per peer, direction and level how many messages are overdue."""
    return tx.all("deadlines.overdue")
