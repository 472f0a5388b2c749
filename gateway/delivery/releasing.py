"""Deciding once more, at the last moment, on content that was allowed to leave.

Between a decision and the first transmission a consent can be revoked or end, and a marking can be
raised. So what carries content of others is decided again in the transaction that notes its first
attempt: under the consents that it used, and no others. What was used stays used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.delivery import consenting
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consents_for
from gateway.delivery.subjects import subject_of
from gateway.envelope import read_content, times
from gateway.errors import GatewayError
from gateway.policy import Action, Consent, Denied, Purpose, Request, Subject
from gateway.policy.disclosing import judge
from gateway.policy.terms import Mode
from gateway.store import Row, Transaction, alarms, disclosures, messages, outbox
from gateway.store.alarms import Alarm
from gateway.store.disclosures import Decided, Step, Use
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import State
from gateway.store.outbox import Ready


def leave(tx: Transaction, batch: Sequence[Ready], terms: Terms, *, now: float) -> set[int]:
    """Note an attempt, committed before the first byte leaves; return what may really leave.

    What was cancelled or held since it was looked at is not among it, and neither is what may not
    leave after all: that is held for a person. What was attempted before is not decided again.
    """
    at = times.text(int(now))
    first = {item.seq for item in batch if not item.attempts}
    denied = recheck(tx, sorted(first), terms, now=now)
    leaving = outbox.attempted(tx, [item.seq for item in batch if item.seq not in denied], at)
    for seq in leaving & first:
        if (row := disclosures.sent(tx, seq)) is not None:
            disclosures.advance(tx, row, Step.TRANSMITTED, at=at)
    return leaving


def recheck(tx: Transaction, seqs: Iterable[int], terms: Terms, *, now: float) -> set[int]:
    """Return which messages of ours may not leave after all, and hold them for a person.

    To be called for messages of which nothing has left, in the transaction that notes the attempt.
    What carries nothing of others has no row in the ledger, and is not asked about.
    """
    denied: set[int] = set()
    for seq in seqs:
        row = disclosures.sent(tx, seq)
        if row is None:
            continue
        if (reason := _denied(tx, row, terms, now)) is not None:
            _hold(tx, row, reason, at=times.text(int(now)))
            denied.add(seq)
    return denied


def keep(tx: Transaction, decided: Decided, terms: Terms, *, now: float) -> int:
    """Keep a decision in the ledger, with what follows from its uses; return its number."""
    number = disclosures.note(tx, decided)
    for use in decided.uses:
        consenting.used(tx, use.peer, [use.consent_id], terms, now=now)
    return number


def consents_of(
    tx: Transaction, row: Row, subject: Subject, terms: Terms, *, now: float
) -> tuple[Consent, ...]:
    """Return the consents that a decision used, as they stand now, its own use not counted."""
    used = {(each.peer, each.consent_id) for each in disclosures.uses_of(tx, row["seq"])}
    return tuple(
        each if each.uses_left is None else replace(each, uses_left=each.uses_left + 1)
        for each in consents_for(tx, subject, terms, now=now)
        if (each.terms.grantor, each.terms.consent_id) in used
    )


def uses_in(consents: Sequence[Consent], ids: Iterable[str]) -> tuple[Use, ...]:
    """Return the uses of the consents with these ids, for the ledger."""
    wanted = set(ids)
    return tuple(
        Use(peer=each.terms.grantor, consent_id=each.terms.consent_id, digest=each.digest)
        for each in consents
        if each.terms.consent_id in wanted and each.standing is None
    )


def _denied(tx: Transaction, row: Row, terms: Terms, now: float) -> Denied | None:
    """Return why a message may not leave now, None where it may."""
    try:
        disclosures.check(tx, row)
        kept = messages.get(tx, row["message"])
        subject = subject_of(tx, kept)
        body = read_content(messages.content_of(tx, kept)).body
        consents = consents_of(tx, row, subject, terms, now=now)
    except GatewayError:
        # Changed on the disk, or gone: nobody can say any more what would leave.
        return Denied.SOURCE_CHANGED
    request = Request(
        action=Action.SEND,
        subject=subject,
        holder=terms.node,
        audience=row["audience"],
        purpose=Purpose(row["purpose"]),
        mode=Mode(row["mode"]),
        confirmed=row["approved_by"] is not None,
        now=int(now),
    )
    found = judge(body, request, terms.catalogue.parties, consents)
    return None if found.withheld is None and found.allowed else Denied(found.reason)


def _hold(tx: Transaction, row: Row, reason: Denied, *, at: str) -> None:
    if outbox.set_state(tx, row["message"], State.HELD):
        id, peer = row["message_id"], row["peer"]
        alarms.raise_alarm(tx, Alarm.RELEASE_STOPPED, at=at, peer=peer, subject=id)
        append(tx, LOCAL, Fact.HELD, at=at, subject=id, reason=Alarm.RELEASE_STOPPED)
    disclosures.advance(tx, row, Step.STOPPED, at=at, reason=reason)
