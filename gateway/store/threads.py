"""All messages of one matter with a state; which step may follow is the catalogue's to say."""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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


def shown(tx: Transaction, peer: str, thread: str) -> sqlite3.Row | None:
    """Return what lists show of one thread, if it is known."""
    return tx.one("threads.shown", peer=peer, thread=thread)


def assign(tx: Transaction, peer: str, thread: str, assignee: str | None) -> None:
    """Note who handles a thread here; the other side never hears of it."""
    tx.run("threads.assign", peer=peer, thread=thread, assignee=assignee)


def attended(tx: Transaction, peer: str, thread: str) -> bool:
    """Take the flag off a thread and off its messages; False if nothing of it was flagged."""
    flagged = tx.run("threads.attended", peer=peer, thread=thread)
    return flagged + tx.run("threads.attended_messages", peer=peer, thread=thread) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which matters a list shows; None and false leave nothing out."""

    peer: str | None = None
    state: str | None = None
    assignee: str | None = None
    is_overdue: bool = False
    is_flagged: bool = False


ANY: Final = Wanted()


def page(
    tx: Transaction, wanted: Wanted = ANY, *, before: tuple[str, str] | None, limit: int
) -> list[sqlite3.Row]:
    """Return threads of matters (not control threads), the last changed first."""
    moment, thread = before or ("~", "~")
    query = "threads.page"
    if wanted.assignee is not None:
        query = "threads.page_of_assignee"
    elif wanted.is_flagged:
        query = "threads.page_flagged"
    return tx.all(
        query,
        before=moment,
        before_thread=thread,
        limit=limit,
        peer=wanted.peer,
        state=wanted.state,
        assignee=wanted.assignee,
        overdue=int(wanted.is_overdue),
        flagged=int(wanted.is_flagged),
    )


def counts(tx: Transaction) -> dict[str, int]:
    """Return how many matters stand in each state."""
    return {row["state"]: row["count"] for row in tx.all("threads.counts")}
