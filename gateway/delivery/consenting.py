"""Consents that arrive or leave: given, revoked, superseded, used up, and what follows from each.

A consent is kept as its message is, good or bad. One that is bad from the beginning moves nothing,
is never usable, and a person is called. What the grantor is to be told is noted with its cause.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.delivery import publishing
from gateway.delivery.awaiting import Terms
from gateway.delivery.consent_judging import Judged
from gateway.delivery.consents_for import consent_of, state_of
from gateway.envelope import times
from gateway.policy import Denied
from gateway.store import Row, Transaction, consent_notices, consents, disclosures, messages
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.consent_notices import NoticeKind, Why
from gateway.store.consents import ConsentState, Kept
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# What comes to nothing by itself, and tells of nobody's bad faith.
_HARMLESS: Final = frozenset(
    {Denied.CONSENT_EXPIRED, Denied.CONSENT_REVOKED, Denied.CONSENT_OTHER_EPOCH}
)


def apply(tx: Transaction, judged: Judged | None, terms: Terms, *, seq: int, now: float) -> None:
    """Keep what was judged, now that its message is kept and its matter has moved."""
    if judged is None:
        return
    if judged.given is not None:
        _give(tx, replace(judged.given, seq=seq), terms, now)
    if judged.revoked is not None:
        _revoke(tx, judged, seq, at=times.text(int(now)))
    if judged.heard is not None:
        _hear(tx, judged.peer, judged.heard, at=times.text(int(now)))


def _hear(tx: Transaction, peer: str, body: Mapping[str, Any], *, at: str) -> None:
    """Keep what the other side says of a consent of ours; of what it refuses a person hears."""
    row = consents.by_id(tx, peer, Direction.OUT, str(body["consent_id"]))
    if row is None:
        return
    state = ConsentState(body["state"])
    is_news = consents.hear(tx, row["seq"], state, code=body.get("code"), at=str(body["at"]))
    if is_news and state is ConsentState.REFUSED:
        id = messages.shown(tx, row["seq"])["id"]
        raise_alarm(tx, Alarm.CONSENT_REFUSED, at=at, peer=peer, subject=id)


def _give(tx: Transaction, given: Kept, terms: Terms, now: float) -> None:
    consents.add(tx, given)
    is_theirs = given.direction is Direction.IN
    if given.code is None:
        for earlier in consents.of_thread(tx, given.peer, given.direction, given.thread):
            if earlier["seq"] != given.seq:
                _end(tx, earlier, Denied.CONSENT_SUPERSEDED, at=given.noted, by=given.seq)
    message = messages.shown(tx, given.seq)
    append(
        tx,
        LOCAL,
        Fact.CONSENT_KEPT if given.code is None else Fact.CONSENT_REFUSED,
        at=given.noted,
        subject=message["id"],
        peer=given.peer,
        direction=given.direction,
        consent=given.consent_id,
        instrument=given.digest,
        kids=list(given.kids),
        code=given.code,
    )
    if not is_theirs:
        return
    if given.code is not None and given.code not in _HARMLESS:
        raise_alarm(
            tx, Alarm.CONSENT_REFUSED, at=given.noted, peer=given.peer, subject=message["id"]
        )
    row = consents.get(tx, given.seq)
    if row is None:
        return
    consent = consent_of(tx, row, terms, now=now)
    if consent is not None:
        publishing.consented(tx, terms, consent, at=given.noted)
    code = given.code if consent is None else consent.standing
    state = state_of(consent, now)
    left = None if consent is None else consent.uses_left
    _tell(tx, row, state, at=given.noted, code=code, uses_left=left)


def _end(tx: Transaction, row: Row, code: Denied, *, at: str, by: int) -> bool:
    """Take a consent's worth and note what follows; False if it had none any more."""
    try:
        if not consents.end(tx, row, code, at=at, by=by):
            return False
    except CorruptError:
        # It permits nothing as it is, and must not stand in the way of a revocation.
        raise_alarm(tx, Alarm.CORRUPT, at=at, peer=row["peer"], subject=row["consent_id"])
        return False
    is_revoked = code is Denied.CONSENT_REVOKED
    append(
        tx,
        LOCAL,
        Fact.CONSENT_REVOKED if is_revoked else Fact.CONSENT_SUPERSEDED,
        at=at,
        subject=messages.shown(tx, row["seq"])["id"],
        peer=row["peer"],
        direction=row["direction"],
        consent=row["consent_id"],
        by=messages.shown(tx, by)["id"],
    )
    if row["direction"] == Direction.IN:
        state = ConsentState.REVOKED if is_revoked else ConsentState.SUPERSEDED
        _tell(tx, row, state, at=at, code=code)
    return True


def _revoke(tx: Transaction, judged: Judged, seq: int, *, at: str) -> None:
    """Revoke the consent that is named, and whatever stands in the matter that is revoked."""
    id, reason = judged.revoked or ("", "")
    peer, direction = judged.peer, judged.direction
    consents.revoke(tx, seq, peer=peer, direction=direction, consent_id=id, reason=reason, at=at)
    named = consents.by_id(tx, peer, direction, id)
    rows = {row["seq"]: row for row in consents.of_thread(tx, peer, direction, judged.thread)}
    rows |= {} if named is None else {named["seq"]: named}
    for row in rows.values():
        if _end(tx, row, Denied.CONSENT_REVOKED, at=at, by=seq) and direction is Direction.IN:
            _recall(tx, row, seq, at=at)


def _recall(tx: Transaction, row: Row, seq: int, *, at: str) -> None:
    """Call a person to each disclosure under a revoked consent, and owe the report of them.

    What was lawful then stays lawful; the recipients are asked not to use it further.
    """
    found = disclosures.reported(tx, peer=row["peer"], consent_id=row["consent_id"])
    for number in sorted({each["seq"] for each in found}):
        raise_alarm(tx, Alarm.RECALL, at=at, peer=row["peer"], subject=str(number))
    if found:
        message = messages.shown(tx, seq)
        owe_report(tx, message, Why.REVOKED, at=at, consent_id=row["consent_id"])


def _tell(
    tx: Transaction,
    row: Row,
    state: ConsentState,
    *,
    at: str,
    code: str | None = None,
    uses_left: int | None = None,
) -> None:
    """Note that the grantor is to hear how its consent stands."""
    consents.tell(tx, row["seq"], state)
    consent_notices.note(
        tx,
        NoticeKind.STATUS,
        seq=row["seq"],
        peer=row["peer"],
        what=state,
        at=at,
        consent_id=row["consent_id"],
        code=code,
        uses_left=uses_left,
    )


def undone(tx: Transaction, seq: int, *, at: str) -> None:
    """Take back what a message of ours did to consents of ours: it never counted at the peer."""
    consents.unrevoke(tx, seq)
    consents.reopen(tx, seq)
    row = consents.get(tx, seq)
    if row is not None and row["direction"] == Direction.OUT:
        consents.end(tx, row, Denied.CONSENT_INVALID, at=at, by=seq)


def tell_anew(tx: Transaction, peer: str, thread: str, terms: Terms, *, now: float) -> None:
    """Note that the grantor hears of a consent which counts after all, as its matter moved back."""
    for row in consents.of_thread(tx, peer, Direction.IN, thread):
        state = state_of(consent := consent_of(tx, row, terms, now=now), now)
        if consent is not None and row["told"] == ConsentState.REFUSED != state:
            at = times.text(int(now))
            _tell(tx, row, state, at=at, code=consent.standing, uses_left=consent.uses_left)


def used(
    tx: Transaction, peer: str, consent_ids: Iterable[str], terms: Terms, *, now: float
) -> None:
    """Note what follows from a use: the last one is told, and a report is owed where it is asked.

    To be called in the transaction of the use, after its ledger row is written.

    Args:
        peer: The grantor.
    """
    at = times.text(int(now))
    for id in consent_ids:
        row = consents.by_id(tx, peer, Direction.IN, id)
        consent = None if row is None else consent_of(tx, row, terms, now=now)
        if row is None or consent is None:
            continue
        if consent.uses_left == 0:
            _tell(tx, row, ConsentState.EXHAUSTED, at=at, uses_left=0)
        if consent.terms.conditions.report_within is not None:
            # At once is within every span of days.
            message = messages.shown(tx, row["seq"])
            owe_report(tx, message, Why.CONDITION, at=at, consent_id=id)


def end_by_time(tx: Transaction, terms: Terms, *, now: float) -> int:
    """Note that grantors are to hear of consents whose time is over; return of how many."""
    at = times.text(int(now))
    rows = list(consents.to_end(tx, at))
    for row in rows:
        _tell(tx, row, state_of(consent_of(tx, row, terms, now=now), now), at=at)
    return len(rows)


def owe_report(
    tx: Transaction,
    row: Row,
    why: Why,
    *,
    at: str,
    consent_id: str | None = None,
    message_id: str | None = None,
) -> None:
    """Note that the originator is to be told what was disclosed.

    Args:
        row: The message that asks for it, as lists show it: a revocation, a marking change, a
            grant that wants each use reported.
    """
    consent_notices.note(
        tx,
        NoticeKind.REPORT,
        seq=row["seq"],
        peer=row["peer"],
        what=why,
        at=at,
        consent_id=consent_id,
        message_id=message_id,
    )
