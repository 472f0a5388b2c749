"""What messages did to threads and to each other, so that what never arrived can be undone."""

import sqlite3
from typing import Final

from gateway.catalogue import ThreadState
from gateway.store import duties, messages
from gateway.store.messages import Reached, State
from gateway.store.transaction import Transaction

# The latest level first: a received message stands where its latest one puts it.
_STATES: Final = (
    ("answered", State.ANSWERED),
    ("declined", State.DECLINED),
    ("accepted", State.ACCEPTED),
    ("handed_over", State.HANDED_OVER),
)


def of(tx: Transaction, seq: int) -> list[sqlite3.Row]:
    """Return thread, step and state before of everything that a message did."""
    return tx.all("steps.of", seq=seq)


def last_word(tx: Transaction, peer: str, thread: str) -> sqlite3.Row | None:
    """Return seq, id and state of the newest message by which the other side moved a matter."""
    return tx.one("steps.word", peer=peer, thread=thread)


def undo(tx: Transaction, peer: str, seq: int, step: sqlite3.Row) -> ThreadState | None:
    """Take one step out of a thread; return the state it goes back to if the step was the last.

    The step that followed then followed the one before.
    """
    thread, before = step["thread"], step["before"]
    tx.run("steps.remove", seq=seq, thread=thread)
    following = tx.one("steps.next", peer=peer, thread=thread, seq=seq)
    if following is None:
        return ThreadState(before)
    tx.run("steps.rebase", seq=following["seq"], thread=thread, before=before)
    return None


def unreach(tx: Transaction, seq: int, level: Reached) -> None:
    """Take back a level that we gave to a received message, and the state that came with it."""
    tx.run("steps.unreach", seq=seq, level=level)
    levels = tx.only("steps.levels", seq=seq)
    state = next((state for column, state in _STATES if levels[column]), State.RECEIVED)
    messages.set_state(tx, seq, state)


def without(tx: Transaction, peer: str, *, after: int, thread: str, control: str) -> list[int]:
    """Return, in order, what came in after a row and took no step in a thread.

    Args:
        control: The control thread of the peer, where judgements of messages stand.
    """
    rows = tx.all("steps.without", peer=peer, after=after, thread=thread, control=control)
    return sorted(row["seq"] for row in rows)


def answered_otherwise(tx: Transaction, row: sqlite3.Row, question: sqlite3.Row) -> bool:
    """Date the answer of a question by the first other reply of ours; False if there is none.

    Args:
        row: A reply that does not count.
        question: The first version of what it answers.
    """
    named = {name: row[name] for name in ("peer", "thread", "seq", "type")}
    other = tx.only("steps.answered_otherwise", question=question["id"], **named)
    if other["at"] is None:
        return False
    tx.run("steps.set_answered", seq=question["seq"], at=other["at"])
    duties.reached(tx, question["seq"], Reached.ANSWERED, at=other["at"], by=other["seq"])
    return True


def unsupersede(tx: Transaction, seq: int) -> None:
    """Give the message that another one was to replace its place back."""
    tx.run("steps.unsupersede", seq=seq)
