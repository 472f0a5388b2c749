"""Deciding once more, at the last moment, on content that was allowed to leave.

Between a decision and the first transmission a consent can be revoked or end, and a marking can be
raised. So what carries content of others is decided again in the transaction that notes its first
attempt: under the consents that it used, and no others. What was used stays used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gateway.delivery import consenting
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consents_of
from gateway.delivery.subjects import subject_of
from gateway.envelope import read_content, reopen_signed, times
from gateway.errors import GatewayError
from gateway.policy import Action, Consent, Denied, Purpose, Request, Subject
from gateway.policy.disclosing import judge
from gateway.policy.subject import Derivation
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
    The signed header of each says whether it carries anything of others: a row of the ledger can be
    taken out of the file, and a bare reference has none.
    """
    denied: set[int] = set()
    for seq in seqs:
        row = disclosures.sent(tx, seq)
        if (reason := _denied(tx, seq, row, terms, now)) is not None:
            _hold(tx, seq, row, reason, at=times.text(int(now)))
            denied.add(seq)
    return denied


def keep(tx: Transaction, decided: Decided, terms: Terms, *, now: float) -> int:
    """Keep a decision in the ledger, with what follows from its uses; return its number."""
    number = disclosures.note(tx, decided)
    for use in decided.uses:
        consenting.used(tx, use.peer, [use.consent_id], terms, now=now)
    return number


def uses_in(consents: Sequence[Consent], used: Iterable[tuple[str, str]]) -> tuple[Use, ...]:
    """Return the uses of the consents with these grantors and ids, for the ledger."""
    wanted = set(used)
    return tuple(
        Use(peer=each.terms.grantor, consent_id=each.terms.consent_id, digest=each.digest)
        for each in consents
        if (each.terms.grantor, each.terms.consent_id) in wanted and each.standing is None
    )


def _denied(tx: Transaction, seq: int, row: Row | None, terms: Terms, now: float) -> Denied | None:
    """Return why a message may not leave now, None where it may.

    Args:
        row: What the ledger has of it, None where it has nothing.
    """
    try:
        kept = messages.get(tx, seq)
        entries = reopen_signed(kept["jws"], "").header.derived_from
        if row is None and not entries:
            return None
        if row is None and any(each.get("mode") != Derivation.REFERENCE for each in entries):
            # Whatever bears content of others was written into the ledger when it was allowed to.
            return Denied.SOURCE_CHANGED
        subject = subject_of(tx, kept, to=kept["peer"])
        body = read_content(messages.content_of(tx, kept)).body
        request = _request(tx, subject, row, terms, now)
        consents = () if row is None else consents_of(tx, row, subject, terms, now=now)
    except GatewayError:
        # Changed on the disk, or gone: nobody can say any more what would leave.
        return Denied.SOURCE_CHANGED
    found = judge(body, request, terms.catalogue.parties, consents)
    return None if found.withheld is None and found.allowed else Denied(found.reason)


def _request(
    tx: Transaction, subject: Subject, row: Row | None, terms: Terms, now: float
) -> Request:
    """Return what was asked when it was decided.

    Raises:
        CorruptError: The row is not what was decided then.
    """
    request = Request(
        action=Action.SEND,
        subject=subject,
        holder=terms.node,
        audience=subject.recipient,
        now=int(now),
    )
    if row is None:
        return request
    disclosures.check(tx, row)
    return replace(
        request,
        audience=row["audience"],
        purpose=Purpose(row["purpose"]),
        mode=Mode(row["mode"]),
        confirmed=row["vouched_uid"] is not None,
    )


def _hold(tx: Transaction, seq: int, row: Row | None, reason: Denied, *, at: str) -> None:
    if outbox.set_state(tx, seq, State.HELD):
        shown = messages.shown(tx, seq)
        id, peer = shown["id"], shown["peer"]
        alarms.raise_alarm(tx, Alarm.RELEASE_STOPPED, at=at, peer=peer, subject=id)
        append(tx, LOCAL, Fact.HELD, at=at, subject=id, reason=Alarm.RELEASE_STOPPED)
    if row is not None:
        disclosures.advance(tx, row, Step.STOPPED, at=at, reason=reason)
