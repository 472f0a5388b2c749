"""The consents that are kept here for a message, each examined anew at this moment.

A consent is worth what the signed text of its message, the grantor's confirmed card and the uses
counted so far say now. Columns lead to it and may take its worth away; they never give it any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from gateway.catalogue import ThreadKind, ThreadState
from gateway.delivery.awaiting import Terms
from gateway.envelope import (
    Environment,
    KeyValidity,
    Officer,
    read_card,
    read_content,
    times,
)
from gateway.errors import GatewayError, NotPermittedError, UnknownProfileError
from gateway.policy import Consent, Denied, Subject
from gateway.policy.examining import Examined, examine
from gateway.policy.terms import Terms as ConsentTerms
from gateway.store import Row, Transaction, consents, disclosures, messages, meta, own_cards, peers
from gateway.store import threads as matters
from gateway.store.consents import ConsentState
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# Each costs up to eight pairs of signatures: a peer that gives more than this for one message must
# not make a decision slow. Those that still stand come first, then the newest.
_MOST: Final = 64
# A card is read once for all the consents of a decision, and hardly ever changes.
_CARDS: Final = 32

# In which states of its matter a consent stands. Given unasked, it may be taken up as well.
_STANDING: Final[Mapping[ThreadKind, frozenset[ThreadState]]] = {
    ThreadKind.CONSENT: frozenset({ThreadState.GRANTED, ThreadState.PARTLY_GRANTED}),
    ThreadKind.PERMISSION: frozenset({ThreadState.GRANTED, ThreadState.ACCEPTED}),
}
# Why it does not stand in others. A request that was taken back, or an offer that was declined,
# takes with it what was given upon it.
_OVER: Final[Mapping[str, Denied]] = {
    ThreadState.REVOKED: Denied.CONSENT_REVOKED,
    ThreadState.WITHDRAWN: Denied.CONSENT_WITHDRAWN,
    ThreadState.DECLINED: Denied.CONSENT_WITHDRAWN,
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
    found = (consent_of(tx, rows[seq], terms, now=now) for seq in _examined_first(rows))
    return tuple(each for each in found if each is not None)


def _examined_first(rows: Mapping[int, Row]) -> list[int]:
    """Return which of the candidates are examined: of each grantor so many, in a settled order."""
    of_each: dict[str, list[tuple[bool, int]]] = {}
    for seq, row in rows.items():
        of_each.setdefault(row["peer"], []).append((row["code"] is not None, -seq))
    chosen = (islice(sorted(each), _MOST) for each in of_each.values())
    return sorted(-minus for each in chosen for _, minus in each)


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
    """Return who may give consent: what people have confirmed, less what a newer card takes away.

    A card that came by itself appoints nobody, but it ends: who is revoked on it, or is not there
    any more, counts for nothing from the moment it is here.
    """
    if not is_theirs:
        own = own_cards.newest(tx)
        return () if own is None else _officers_on(own["card"])
    row = peers.get(tx, peer)
    confirmed = _officers_on(row["card"])
    if row["keys"] == row["card"]:
        return confirmed
    newest = {each.pair.kids: each for each in _officers_on(row["keys"])}
    return tuple(
        replace(each, validity=_shorter(each.validity, now.validity))
        for each in confirmed
        if (now := newest.get(each.pair.kids)) is not None
        and (now.id, now.capability) == (each.id, each.capability)
    )


@lru_cache(maxsize=_CARDS)
def _officers_on(card: str) -> tuple[Officer, ...]:
    return read_card(card.encode()).officers


def _shorter(one: KeyValidity, other: KeyValidity) -> KeyValidity:
    """Return when a key counts by both of two cards."""
    ends = [at for at in (one.revoked_at, other.revoked_at) if at is not None]
    return KeyValidity(
        not_before=max(one.not_before, other.not_before),
        not_after=min(one.not_after, other.not_after),
        revoked_at=min(ends, default=None),
    )


def _standing(tx: Transaction, row: Row, found: Examined) -> Denied | None:
    """Return why a consent is worth nothing, the first reason that was there."""
    try:
        consents.check(tx, row)
    except CorruptError:
        return Denied.SOURCE_CHANGED
    if row["code"] is not None:
        return Denied(row["code"])
    if found.denied is not None:
        return found.denied
    terms = found.terms
    if terms is None or terms.consent_id != row["consent_id"]:
        return Denied.SOURCE_CHANGED
    if row["direction"] == Direction.IN:
        if is_of_another_life(tx, terms):
            return Denied.CONSENT_OTHER_EPOCH
        if (ended := consents.ended(tx, row)) is not None:
            return ended
    return _by_matter(tx, row)


def is_of_another_life(tx: Transaction, terms: ConsentTerms) -> bool:
    """Tell whether a counted consent to us may have been used in another life of the database."""
    return terms.uses is not None and terms.epoch != meta.load(tx).epoch


def _by_matter(tx: Transaction, row: Row) -> Denied | None:
    """Return what has become of a consent by its matter."""
    matter = matters.get(tx, row["peer"], row["thread"])
    if matter is None:
        return Denied.SOURCE_CHANGED
    if matter["state"] in _STANDING.get(ThreadKind(matter["kind"]), ()):
        return None
    return _OVER.get(matter["state"], Denied.CONSENT_INVALID)


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
