"""What the peer's signed receipt means for our messages; one transaction for a whole answer.

Only an entry whose digests equal those stored before sending is believed. Everything else changes
nothing but an alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.delivery import handed_out, publishing, registering
from gateway.delivery.awaiting import Terms, await_rest
from gateway.delivery.undo import undo
from gateway.envelope import Entry, Outcome, Receipt, times
from gateway.errors import RefusalCode
from gateway.store import Row, Transaction, duties, messages, outbox, statements, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Reached, State

# States in which an entry decides; in a final one it can only be a conflict.
_OPEN: Final = {State.QUEUED, State.OVERDUE, State.HELD}
# Entries about bytes that the peer could not read prove nothing about the message.
_UNREAD: Final = {RefusalCode.MALFORMED, RefusalCode.UNREADABLE}


@dataclass(slots=True)
class Settlement:
    """What an answer decided: rows settled, rows to try again, rows to seal to a newer key.

    Args:
        cards: One of the settled rows carried a card of ours.
    """

    cards: bool = False
    settled: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    unread: set[int] = field(default_factory=set)
    reseal: set[int] = field(default_factory=set)


def settle(
    tx: Transaction,
    peer: str,
    receipt: Receipt,
    sent: Sequence[outbox.Ready],
    *,
    terms: Terms,
    at: str,
) -> Settlement:
    """Settle every message of `sent` that the receipt proves something about."""
    result = Settlement()
    expected = {item.seq for item in sent}
    kept: str | None = None
    for text, entry in receipt.entries:
        row = outbox.by_envelope(tx, entry.envelope_digest)
        if row is None or row["seq"] not in expected or not _fits(row, entry, peer):
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
            if State(row["state"]) in _OPEN:
                result.cards |= _finish(tx, row, text, entry, receipt=kept, at=at)
                _follow_up(tx, row, entry, terms, at)
            else:
                _compare(tx, row, text, receipt=kept, at=at)
            result.settled.add(seq)
    # One receipt may say two things of a message; what settled it stands.
    result.unread -= result.settled
    result.reseal -= result.settled
    return result


def _fits(row: Row, entry: Entry, peer: str) -> bool:
    """Tell whether an entry of a peer speaks of the message that was sealed into its envelope."""
    if row["peer"] != peer:
        return False
    if entry.id is None:
        return entry.header_digest is None and (not entry.is_final or entry.code in _UNREAD)
    return (entry.id, entry.header_digest) == (row["id"], row["header_digest"])


def _compare(tx: Transaction, row: Row, text: str, *, receipt: str, at: str) -> None:
    """Hold a second final entry against the one that settled the message, which stays."""
    if row["entry"] != text:
        raise_alarm(tx, Alarm.ENTRY_CONFLICT, at=at, peer=row["peer"], subject=row["id"])
        append(tx, LOCAL, Fact.CONFLICT, at=at, subject=row["id"], receipt=receipt)


def _follow_up(tx: Transaction, row: Row, entry: Entry, terms: Terms, at: str) -> None:
    """Note level 1 and await the levels that are owed from then on, or undo what was refused."""
    seq, peer = row["seq"], row["peer"]
    if entry.outcome is Outcome.REFUSED:
        for thread in {row["thread"]} | undo(tx, seq, terms, at=at):
            threads.flag(tx, peer, thread, f"refused-{entry.code}", at)
        return
    messages.reach(tx, seq, Reached.RECEIVED, entry.at)
    # A peer whose clock runs ahead gains no time by it, one whose clock is behind loses none.
    received = max(row["created"], min(entry.at, at))
    await_rest(tx, row, terms, received=received)
    duties.withdrawn(tx, seq, at=at)
    registering.settled(tx, seq, at=received, now=at)
    publishing.note(tx, terms, seq, at=received)


def _finish(tx: Transaction, row: Row, text: str, entry: Entry, *, receipt: str, at: str) -> bool:
    """Make a message final; tell whether it carried a card of ours."""
    received = entry.outcome is Outcome.RECEIVED
    outbox.settle(
        tx,
        row,
        State.DELIVERED if received else State.REFUSED,
        entry=text,
        receipt=receipt,
        refusal=entry.code,
    )
    append(
        tx,
        row["peer"],
        Fact.DELIVERED if received else Fact.REFUSED_BY_PEER,
        at=at,
        subject=row["id"],
        header_digest=row["header_digest"],
        envelope_digest=entry.envelope_digest,
        code=entry.code,
        receipt=receipt,
    )
    return handed_out.settled(tx, row["seq"], code=entry.code, at=at)


def expire(
    tx: Transaction,
    peer: str,
    *,
    now: str,
    grace: float,
    stated: Mapping[int, str | None],
    terms: Terms,
) -> int:
    """Judge queued messages past `expires`, and past the grace after it; return how many.

    What was never attempted is expired at once. What was attempted may have arrived: it is overdue,
    even if it was held, and its bytes are offered until the peer's entry or the end of the grace,
    with alarm and evidence once.

    Args:
        grace: Seconds after `expires`.
        stated: What we signed about each message that was due when we looked (None: no pair of
            ours holds); one that was not waits for the next look.
    """
    rows = [row for row in outbox.due(tx, peer, now) if row["seq"] in stated]
    for row in rows:
        seq, text = row["seq"], stated[row["seq"]]
        last = times.text(times.parse(row["expires"]) + grace)
        if row["attempted_at"] is not None and row["judge_at"] < last and now < last:
            outbox.judge_later(tx, seq, last)
            outbox.set_state(tx, seq, State.OVERDUE)
            alarm, fact = Alarm.OVERDUE, Fact.NOT_RECEIPTED
        else:
            messages.set_state(tx, seq, State.EXPIRED)
            outbox.leave(tx, peer, row["thread"], seq)
            _never_came(tx, row, terms, now)
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
            statement=None if text is None else statements.keep(tx, peer, text, now),
        )
    return len(rows)


def _never_came(tx: Transaction, row: Row, terms: Terms, at: str) -> None:
    """Await nothing more of an expired message; undo it if it cannot have arrived."""
    if row["attempted_at"] is None:
        undo(tx, row["seq"], terms, at=at)
    else:
        duties.drop(tx, row["seq"], at=at)
        # Nobody knows whether the other side has it: the next of its kind stays due as before it.
        duties.reopen_turns(tx, row["seq"])
