"""All messages of one matter with a state; which step may follow is the catalogue's to say."""

import sqlite3
from enum import StrEnum

from gateway.catalogue import ThreadKind, ThreadState
from gateway.store.transaction import Transaction


class Opener(StrEnum):
    """Which side opened a thread."""

    US = "us"
    THEM = "them"


def get(tx: Transaction, peer: str, thread: str) -> sqlite3.Row | None:
    """Return one thread, if it is known."""
    return tx.one("threads.get", peer=peer, thread=thread)


def add(
    tx: Transaction,
    peer: str,
    thread: str,
    *,
    kind: ThreadKind,
    state: ThreadState,
    opener: Opener,
    reference: str | None,
    at: str,
) -> None:
    """Open a thread."""
    tx.run(
        "threads.insert",
        peer=peer,
        thread=thread,
        kind=kind,
        state=state,
        opener=opener,
        reference=reference,
        at=at,
    )


def advance(tx: Transaction, peer: str, thread: str, state: ThreadState, at: str) -> None:
    """Move a thread to the state that the table gave."""
    tx.run("threads.advance", peer=peer, thread=thread, state=state, at=at)


def flag(tx: Transaction, peer: str, thread: str, attention: str, at: str) -> None:
    """Flag a thread for a person; the first reason stands."""
    tx.run("threads.flag", peer=peer, thread=thread, attention=attention, at=at)


def page(
    tx: Transaction,
    *,
    before: tuple[str, str] | None,
    limit: int,
    peer: str | None = None,
    state: str | None = None,
) -> list[sqlite3.Row]:
    """Return threads of matters (not control threads), the last changed first."""
    moment, thread = before or ("~", "~")
    return tx.all(
        "threads.page", before=moment, before_thread=thread, limit=limit, peer=peer, state=state
    )


def counts(tx: Transaction) -> dict[str, int]:
    """Return how many matters stand in each state."""
    return {row["state"]: row["count"] for row in tx.all("threads.counts")}
