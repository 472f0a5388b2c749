"""The consents that are kept here for a message, each examined anew at this moment.

A consent is worth what the signed text of its message, the grantor's confirmed card and the uses
counted so far say now. Columns lead to it and may take its worth away; they never give it any.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.catalogue import ThreadKind, ThreadState
from gateway.delivery.awaiting import Terms
from gateway.envelope import Environment, Officer, read_card, read_content, times
from gateway.errors import GatewayError, NotPermittedError, UnknownProfileError
from gateway.policy import Consent, Denied, Subject
from gateway.policy.examining import Examined, examine
from gateway.policy.terms import Terms as ConsentTerms
from gateway.store import Row, Transaction, consents, disclosures, messages, meta, own_cards, peers
from gateway.store import threads as matters
from gateway.store.consents import ConsentState
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# In which states of its matter a consent stands. Given unasked, it may be taken up as well.
_STANDING: Final[Mapping[ThreadKind, frozenset[ThreadState]]] = {
    ThreadKind.CONSENT: frozenset({ThreadState.GRANTED, ThreadState.PARTLY_GRANTED}),
    ThreadKind.PERMISSION: frozenset({ThreadState.GRANTED, ThreadState.ACCEPTED}),
}
_STATES: Final[Mapping[str, ConsentState]] = {
    Denied.CONSENT_EXPIRED: ConsentState.EXPIRED,
    Denied.CONSENT_NOT_YET_VALID: ConsentState.NOT_YET_VALID,
    Denied.CONSENT_EXHAUSTED: ConsentState.EXHAUSTED,
    Denied.CONSENT_REVOKED: ConsentState.REVOKED,
    Denied.CONSENT_SUPERSEDED: ConsentState.SUPERSEDED,
}


def consents_for(
    tx: Transaction, subject: Subject, terms: Terms, *, now: float
) -> tuple[Consent, ...]:
    """Return every consent that may cover a message or what it took over, good or bad.

    Those that are worth nothing are returned too, with the code: they explain a refusal.
    """
    rows = {row["seq"]: row for row in _candidates(tx, subject, terms.node)}
    found = (consent_of(tx, rows[seq], terms, now=now) for seq in sorted(rows))
    return tuple(each for each in found if each is not None)


def _candidates(tx: Transaction, subject: Subject, node: str) -> Iterator[Row]:
    named = [(subject.sender, (subject.message_id, *(id for id, _ in subject.earlier)))]
    named += [
        (source.originator, (source.message_id, *(id for id, _ in source.earlier)))
        for source in subject.sources
    ]
    for originator, ids in named:
        if originator == node:
            # Our own information is for our own law; nobody consents to it.
            continue
        yield from consents.of_class(tx, originator, Direction.IN)
        for id in ids:
            yield from consents.of_message(tx, originator, Direction.IN, id)


def consent_of(tx: Transaction, row: Row, terms: Terms, *, now: float) -> Consent | None:
    """Return one kept consent as it stands now; None where its terms cannot be read any more."""
    try:
        kept = messages.get(tx, row["seq"])
        body = read_content(messages.content_of(tx, kept)).body
        found = examined(
            tx, body, terms, peer=row["peer"], direction=Direction(row["direction"]), now=now
        )
    except GatewayError:
        # Erased, or changed on the disk: what nobody can read permits nothing.
        return None
    if found.terms is None:
        return None
    uses = found.terms.uses
    used = 0 if uses is None else disclosures.uses(tx, row["peer"], found.terms.consent_id)
    return Consent(
        terms=found.terms,
        digest=found.digest,
        kids=found.kids,
        uses_left=None if uses is None else max(0, uses - used),
        standing=_standing(tx, row, found),
    )


def examined(
    tx: Transaction,
    body: Mapping[str, Any],
    terms: Terms,
    *,
    peer: str,
    direction: Direction,
    now: float,
) -> Examined:
    """Examine what a grant or an offer says, against the grantor's card as it is confirmed here.

    Args:
        peer: The other node; whether it gives the consent or is given it says `direction`.

    Raises:
        GatewayError: There is no such peer, or its card does not hold any more.
    """
    is_theirs = direction is Direction.IN
    grantor, grantee = (peer, terms.node) if is_theirs else (terms.node, peer)
    try:
        profile = terms.catalogue.profile_for(terms.node, peer)
        needed, grantors = profile.officers_needed(grantor), profile.grantors_of(grantor)
    except (UnknownProfileError, NotPermittedError):
        return Examined(terms=None, denied=Denied.CONSENT_INVALID)
    return examine(
        body["terms"],
        body["instruments"],
        _officers(tx, peer, is_theirs=is_theirs),
        grantor=grantor,
        grantee=grantee,
        officers_needed=needed,
        environment=Environment(meta.load(tx).environment),
        now=times.text(int(now)),
        grantors=grantors,
    )


def _officers(tx: Transaction, peer: str, *, is_theirs: bool) -> tuple[Officer, ...]:
    """Return who may give consent: what people have confirmed, never a card that came by itself."""
    row = peers.get(tx, peer) if is_theirs else own_cards.newest(tx)
    return () if row is None else read_card(row["card"].encode()).officers


def _standing(tx: Transaction, row: Row, found: Examined) -> Denied | None:
    """Return why a consent is worth nothing, the first reason that was there."""
    try:
        consents.check(tx, row)
    except CorruptError:
        return Denied.CONSENT_INVALID
    if row["code"] is not None:
        return Denied(row["code"])
    if found.denied is not None:
        return found.denied
    terms = found.terms
    if terms is None or terms.consent_id != row["consent_id"]:
        return Denied.CONSENT_INVALID
    if row["direction"] == Direction.IN and is_of_another_life(tx, terms):
        return Denied.CONSENT_OTHER_EPOCH
    return _by_matter(tx, row)


def is_of_another_life(tx: Transaction, terms: ConsentTerms) -> bool:
    """Tell whether a counted consent to us may have been used in another life of the database."""
    return terms.uses is not None and terms.epoch != meta.load(tx).epoch


def _by_matter(tx: Transaction, row: Row) -> Denied | None:
    """Return what has become of a consent by its matter."""
    matter = matters.get(tx, row["peer"], row["thread"])
    if matter is None:
        return Denied.CONSENT_INVALID
    if matter["state"] in _STANDING.get(ThreadKind(matter["kind"]), ()):
        return None
    is_over = matter["state"] == ThreadState.REVOKED
    return Denied.CONSENT_REVOKED if is_over else Denied.CONSENT_INVALID


def state_of(consent: Consent | None, now: float) -> ConsentState:
    """Return in one word how a consent stands; one that nobody can read is refused."""
    if consent is None:
        return ConsentState.REFUSED
    if consent.standing is not None:
        return _STATES.get(consent.standing, ConsentState.REFUSED)
    at = times.text(int(now))
    if consent.terms.not_after <= at:
        return ConsentState.EXPIRED
    if at < consent.terms.not_before:
        return ConsentState.NOT_YET_VALID
    return ConsentState.EXHAUSTED if consent.uses_left == 0 else ConsentState.ACTIVE
