"""Our messages on their way: one after another per thread, urgent first, until a final entry.

    queued --entry--> delivered | refused        queued --never attempted, expired--> expired
    queued --expired--> overdue --entry--> delivered | refused, --grace over--> expired
    queued | overdue --no proof, bytes changed, or an operator--> held --released--> as before
    held --entry, or expired--> as queued        queued | held --never attempted--> cancelled

There is no durable "in progress": after a crash what is not final is simply queued.
"""

import math
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import orjson

from gateway.envelope import Receipt, Sealed, digest
from gateway.store import messages
from gateway.store.messages import State
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Transaction

# Order of leaving: what takes effect on arrival overtakes everything.
RANK: Final = {"emergency": 1, "urgent": 2, "routine": 3}
IMMEDIATE_RANK: Final = 0


class CorruptEnvelopeError(CorruptError):
    """An envelope's stored bytes are not those that were sealed; none of them may leave."""

    def __init__(self, seq: int, id: str) -> None:
        super().__init__(f"the envelope of message {id} was changed on the disk")
        self.seq = seq
        self.id = id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A message that may leave now, with the bytes that leave each time."""

    seq: int
    id: str
    thread: str
    header_digest: str
    envelope: bytes = field(repr=False)
    envelope_digest: str
    kid: str
    attempts: int
    refused: int
    is_overdue: bool


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
        judge_at=expires,
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


def ready(
    tx: Transaction,
    peer: str,
    now: float,
    *,
    latest: float = math.inf,
    limit: int,
    octets: int,
    alone: Collection[int] = (),
) -> list[Ready]:
    """Return what may leave now, at most one message per thread besides the immediate ones.

    Args:
        latest: A time later than any honest wait: whoever waits longer than that was put off by
            a clock that ran ahead, and may leave now.
        octets: Bound on the sum of the envelopes with a line end each; the first one always goes.
        alone: Rows that share no request. The first in order goes by itself if it is one of them;
            else they are left out, so that urgency decides as always.

    Raises:
        CorruptEnvelopeError: An envelope's bytes are not those that were stored.
    """
    rows = tx.all("outbox.ready", peer=peer, now=now, latest=latest, limit=limit)
    # What follows a new card may be signed with what only that card brings.
    if rows and (rows[0]["card"] or rows[0]["seq"] in alone):
        return [_ready(tx, rows[0])]
    batch: list[Ready] = []
    for row in rows:
        if row["card"] or row["seq"] in alone:
            continue
        octets -= row["size"] + 1
        if batch and octets < 0:
            break
        batch.append(_ready(tx, row))
    return batch


def _ready(tx: Transaction, row: sqlite3.Row) -> Ready:
    name = row["envelope_digest"]
    envelope = bytes(tx.only("outbox.envelope", envelope_digest=name)["envelope"])
    if digest(envelope) != name:
        raise CorruptEnvelopeError(row["seq"], row["id"])
    return Ready(
        seq=row["seq"],
        id=row["id"],
        thread=row["thread"],
        header_digest=row["header_digest"],
        envelope=envelope,
        envelope_digest=name,
        kid=row["kid"],
        attempts=row["attempts"],
        refused=row["refused"],
        is_overdue=row["state"] == State.OVERDUE,
    )


def is_whole(tx: Transaction, seq: int) -> bool:
    """Tell whether the bytes of a queued message are those that were sealed."""
    row = tx.one("outbox.bytes", seq=seq)
    return row is not None and digest(bytes(row["envelope"])) == row["envelope_digest"]


def next_time(tx: Transaction, peer: str) -> tuple[float | None, str | None]:
    """Return when the next message may be tried (unix seconds) and when the first is judged."""
    row = tx.only("outbox.next_time", peer=peer)
    return row["attempt"], row["judge_at"]


def attempted(tx: Transaction, seqs: list[int], at: str) -> set[int]:
    """Note an attempt, committed before the first byte leaves; return what may really leave.

    What was cancelled or held since it was looked at is not among it.
    """
    rows = tx.all("outbox.attempted", seqs=orjson.dumps(seqs).decode(), at=at)
    leaving = [row["seq"] for row in rows]
    tx.run("outbox.count_attempt", seqs=orjson.dumps(leaving).decode())
    return set(leaving)


def postpone(tx: Transaction, seq: int, next_attempt: float, *, refused: bool) -> None:
    """Try a message again at `next_attempt`; count whether the peer's answer was the reason."""
    tx.run("outbox.postpone", seq=seq, next_attempt=next_attempt, refused=int(refused))


def set_state(tx: Transaction, seq: int, state: State) -> bool:
    """Mark a queued message `held` or `overdue`, or put it back; False if it has left the queue."""
    if tx.run("outbox.state", seq=seq, state=state) == 0:
        return False
    messages.set_state(tx, seq, state)
    return True


def waiting(tx: Transaction, seq: int) -> sqlite3.Row | None:
    """Return how a message stands in the queue, None if it is final."""
    return tx.one("outbox.waiting", seq=seq)


def forget_waits(tx: Transaction, seq: int) -> None:
    """Let a message be tried at once, as if nobody had refused it yet."""
    tx.run("outbox.patience", seq=seq)


def forget_waits_with(tx: Transaction, peer: str) -> int:
    """Let everything that is queued for a peer be tried at once; return how much that is."""
    return tx.run("outbox.patience_with_peer", peer=peer)


def depending_on(
    tx: Transaction, *, peer: str, seq: int, id: str, opened: str | None
) -> list[sqlite3.Row]:
    """Return what is queued and cannot stand without a message of ours.

    Args:
        opened: The thread that the message opens, if it does.
    """
    rows = tx.all("outbox.replies", peer=peer, seq=seq, id=id)
    if opened is not None:
        rows += of_thread(tx, peer, opened)
    found = {row["seq"]: row for row in rows if row["seq"] != seq}
    return [row for _, row in sorted(found.items())]


def of_thread(tx: Transaction, peer: str, thread: str) -> list[sqlite3.Row]:
    """Return what is queued in a thread, in the order of leaving."""
    return tx.all("outbox.of_thread", peer=peer, thread=thread)


def unattempted(tx: Transaction, *, after: int, limit: int) -> list[sqlite3.Row]:
    """Return messages of which no byte has left, in the order of queueing, from a row on."""
    return tx.all("outbox.unattempted", after=after, limit=limit)


def note_reissue(tx: Transaction, *, old: int, old_id: str, new: int, new_id: str) -> None:
    """Note that a message says under a new id what another one never could."""
    tx.run("outbox.reissue", old=old, old_id=old_id, new=new, new_id=new_id)


def reissued_as(tx: Transaction, seq: int) -> str | None:
    """Return the id of the message that says the same as one that never arrived."""
    row = tx.one("outbox.reissued_as", seq=seq)
    return None if row is None else str(row["new_id"])


def envelopes_of(tx: Transaction, seq: int) -> list[str]:
    """Return the digest of every envelope that a message was sealed into, the newest last."""
    rows = tx.all("outbox.sealings", seq=seq)
    return [row["envelope_digest"] for row in sorted(rows, key=lambda row: row["at"])]


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


def due(tx: Transaction, peer: str, now: str) -> list[sqlite3.Row]:
    """Return queued messages that are to be judged: past their expiry, or past the grace."""
    return tx.all("outbox.due", peer=peer, now=now)


def judge_later(tx: Transaction, seq: int, at: str) -> None:
    """Judge a message that was attempted once more, at the end of its grace."""
    tx.run("outbox.judge_later", seq=seq, judge_at=at)


def keep_receipt(tx: Transaction, peer: str, receipt: Receipt, at: str) -> str:
    """Keep a verified receipt once and return its digest."""
    name = digest(receipt.text.encode())
    tx.run("outbox.receipt", digest=name, peer=peer, at=at, text=receipt.text)
    return name


def depth(tx: Transaction) -> list[sqlite3.Row]:
    """Return per peer how much waits, how much of it is overdue or held, and the oldest."""
    return tx.all("outbox.depth")
