"""Our messages on their way: one after another per thread, urgent first, until a final entry.

    queued --entry--> delivered | refused        queued --never attempted, expired--> expired
    queued --expired--> overdue --entry--> delivered | refused, --grace over--> expired
    queued <--operator--> held                    queued --operator, never attempted--> cancelled

There is no durable "in progress": after a crash what is not final is simply queued.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from gateway.envelope import Receipt, Sealed, digest
from gateway.store import messages
from gateway.store.messages import State
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Transaction

# Order of leaving: what takes effect on arrival overtakes everything.
RANK: Final = {"emergency": 1, "urgent": 2, "routine": 3}
IMMEDIATE_RANK: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message that may leave now, with the bytes that leave each time."""

    seq: int
    id: str
    type: str
    thread: str
    header_digest: str
    envelope: bytes
    envelope_digest: str
    kid: str
    attempts: int
    refused: int
    first: bool


def add(
    tx: Transaction,
    seq: int,
    sealed: Sealed,
    *,
    peer: str,
    thread: str,
    priority: str,
    immediate: bool,
    expires: str,
    at: str,
) -> None:
    """Queue a message that `messages.add` has kept."""
    rank = IMMEDIATE_RANK if immediate else RANK[priority]
    tx.run(
        "outbox.insert",
        seq=seq,
        peer=peer,
        thread=thread,
        rank=rank,
        immediate=int(immediate),
        expires=expires,
    )
    add_envelope(tx, seq, sealed, at)


def add_envelope(tx: Transaction, seq: int, sealed: Sealed, at: str) -> None:
    """Keep an envelope of a message, in the place of the one before; old digests stay known."""
    tx.run("outbox.forget_envelopes", seq=seq)
    tx.run(
        "outbox.sealed",
        envelope_digest=sealed.digest,
        seq=seq,
        kid=sealed.kid,
        at=at,
        envelope=sealed.envelope,
    )


def ready(tx: Transaction, peer: str, now: float, limit: int) -> list[Ready]:
    """Return what may leave now, at most one message per thread besides the immediate ones.

    Raises:
        CorruptError: An envelope's bytes are not those that were stored.
    """
    return [_ready(row) for row in tx.all("outbox.ready", peer=peer, now=now, limit=limit)]


def _ready(row: sqlite3.Row) -> Ready:
    if digest(row["envelope"]) != row["envelope_digest"]:
        raise CorruptError(f"the envelope of message {row['id']} was changed on the disk")
    return Ready(
        seq=row["seq"],
        id=row["id"],
        type=row["type"],
        thread=row["thread"],
        header_digest=row["header_digest"],
        envelope=row["envelope"],
        envelope_digest=row["envelope_digest"],
        kid=row["kid"],
        attempts=row["attempts"],
        refused=row["refused"],
        first=row["attempted_at"] is None,
    )


def next_time(tx: Transaction, peer: str) -> float | None:
    """Return when the next message of a peer may be tried, in unix seconds."""
    row = tx.one("outbox.next_time", peer=peer)
    return None if row is None else row["at"]


def next_expiry(tx: Transaction, peer: str) -> str | None:
    """Return the earliest expiry among a peer's queued messages."""
    row = tx.one("outbox.next_expiry", peer=peer)
    return None if row is None else row["at"]


def attempted(tx: Transaction, seqs: list[int], at: str) -> None:
    """Note an attempt; committed before the first byte leaves."""
    for seq in seqs:
        tx.run("outbox.attempted", seq=seq, at=at)


def postpone(tx: Transaction, seq: int, next_attempt: float, *, refused: bool) -> None:
    """Try a message again at `next_attempt`; count whether the peer's answer was the reason."""
    tx.run("outbox.postpone", seq=seq, next_attempt=next_attempt, refused=int(refused))


def set_state(tx: Transaction, seq: int, state: State) -> None:
    """Mark a queued message `held` or `overdue`, or put it back to `queued`."""
    tx.run("outbox.state", seq=seq, state=state)
    messages.set_state(tx, seq, state)


def by_envelope(tx: Transaction, envelope_digest: str) -> sqlite3.Row | None:
    """Return the message that was once sealed into this envelope."""
    return tx.one("outbox.by_envelope", envelope_digest=envelope_digest)


def settle(
    tx: Transaction,
    row: sqlite3.Row,
    state: State,
    *,
    entry: str,
    receipt: str,
    refusal: str | None,
) -> None:
    """Make a message final with the entry and the receipt that prove it; the thread moves on."""
    seq = row["seq"]
    tx.run("messages.settle", seq=seq, state=state, entry=entry, receipt=receipt, refusal=refusal)
    leave(tx, row["peer"], row["thread"], seq)


def leave(tx: Transaction, peer: str, thread: str, seq: int) -> None:
    """Take a final message out of the queue and let the next one of its thread go."""
    tx.run("outbox.remove", seq=seq)
    tx.run("outbox.forget_envelopes", seq=seq)
    tx.run("outbox.promote", peer=peer, thread=thread)


def expiring(tx: Transaction, peer: str, now: str, grace: str) -> list[sqlite3.Row]:
    """Return queued messages past `expires`, and overdue ones past the grace."""
    return tx.all("outbox.expiring", peer=peer, now=now, grace=grace)


def keep_receipt(tx: Transaction, peer: str, receipt: Receipt, at: str) -> str:
    """Keep a verified receipt once and return its digest."""
    name = digest(receipt.text.encode())
    tx.run("outbox.receipt", digest=name, peer=peer, at=at, text=receipt.text)
    return name


def depth(tx: Transaction) -> list[sqlite3.Row]:
    """Return per peer how much waits, how much of it is overdue or held, and the oldest."""
    return tx.all("outbox.depth")
