"""What the peer's signed receipt means for our messages; one transaction for a whole answer.

Only an entry whose digests equal those stored before sending is believed. Everything else changes
nothing but an alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.envelope import Entry, Outcome, Receipt, times
from gateway.errors import RefusalCode
from gateway.store import Row, Transaction, messages, outbox, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Reached, State

# States in which an entry decides; in a final one it can only be a conflict.
_OPEN: Final = {State.QUEUED, State.OVERDUE, State.HELD}
# Entries about bytes that the peer could not read prove nothing about the message.
_UNREAD: Final = {RefusalCode.MALFORMED, RefusalCode.UNREADABLE}


@dataclass(slots=True)
class Settlement:
    """What an answer decided: rows settled, rows to try again, rows to seal to a newer key."""

    settled: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    reseal: set[int] = field(default_factory=set)


def settle(
    tx: Transaction, peer: str, receipt: Receipt, sent: Sequence[outbox.Ready], *, at: str
) -> Settlement:
    """Settle every message of `sent` that the receipt proves something about."""
    result = Settlement()
    expected = {item.seq for item in sent}
    kept: str | None = None
    for text, entry in receipt.entries:
        row = outbox.by_envelope(tx, entry.envelope_digest)
        if (
            row is None
            or row["peer"] != peer
            or row["seq"] not in expected
            or not _fits(row, entry)
        ):
            # Without a subject: what the peer names here is nothing of ours and has no bound.
            raise_alarm(tx, Alarm.NOT_PROOF, at=at, peer=peer)
            continue
        seq = row["seq"]
        if entry.code is RefusalCode.UNKNOWN_KEY:
            result.reseal.add(seq)
        elif entry.id is None and entry.code in _UNREAD:
            result.unread.add(seq)
        elif not entry.is_final:
            result.again.add(seq)
        else:
            kept = kept or outbox.keep_receipt(tx, peer, receipt, at)
            _finish(tx, row, text, entry, receipt=kept, at=at)
            result.settled.add(seq)
    # One receipt may say two things of a message; what settled it stands.
    result.unread -= result.settled
    result.reseal -= result.settled
    return result


def _fits(row: Row, entry: Entry) -> bool:
    """Tell whether an entry speaks of the message that was sealed into its envelope."""
    if entry.id is None:
        return entry.header_digest is None and (not entry.is_final or entry.code in _UNREAD)
    return (entry.id, entry.header_digest) == (row["id"], row["header_digest"])


def _finish(tx: Transaction, row: Row, text: str, entry: Entry, *, receipt: str, at: str) -> None:
    peer, seq = row["peer"], row["seq"]
    if State(row["state"]) not in _OPEN:
        if row["entry"] != text:
            raise_alarm(tx, Alarm.ENTRY_CONFLICT, at=at, peer=peer, subject=row["id"])
            append(tx, LOCAL, Fact.CONFLICT, at=at, subject=row["id"], receipt=receipt)
        return
    received = entry.outcome is Outcome.RECEIVED
    outbox.settle(
        tx,
        row,
        State.DELIVERED if received else State.REFUSED,
        entry=text,
        receipt=receipt,
        refusal=entry.code,
    )
    if received:
        messages.reach(tx, seq, Reached.RECEIVED, entry.at)
    else:
        threads.flag(tx, peer, row["thread"], f"refused-{entry.code}", at)
    append(
        tx,
        peer,
        Fact.DELIVERED if received else Fact.REFUSED_BY_PEER,
        at=at,
        subject=row["id"],
        header_digest=row["header_digest"],
        envelope_digest=entry.envelope_digest,
        code=entry.code,
        receipt=receipt,
    )


def expire(tx: Transaction, peer: str, *, now: str, grace: float) -> int:
    """Judge queued messages past `expires`, and past the grace after it; return how many.

    What was never attempted is expired at once. What was attempted may have arrived: it is overdue,
    even if it was held, and its bytes are offered until the peer's entry or the end of the grace,
    with alarm and evidence once.

    Args:
        grace: Seconds after `expires`.
    """
    rows = outbox.due(tx, peer, now)
    for row in rows:
        last = times.text(times.parse(row["expires"]) + grace)
        if row["attempted_at"] is not None and row["judge_at"] < last and now < last:
            outbox.judge_later(tx, row["seq"], last)
            outbox.set_state(tx, row["seq"], State.OVERDUE)
            alarm, fact = Alarm.OVERDUE, Fact.NOT_RECEIPTED
        else:
            messages.set_state(tx, row["seq"], State.EXPIRED)
            outbox.leave(tx, peer, row["thread"], row["seq"])
            alarm, fact = Alarm.EXPIRED, Fact.EXPIRED
        raise_alarm(tx, alarm, at=now, peer=peer, subject=row["id"])
        append(
            tx,
            LOCAL,
            fact,
            at=now,
            subject=row["id"],
            peer=peer,
            header_digest=row["header_digest"],
            attempted=row["attempted_at"],
        )
    return len(rows)
