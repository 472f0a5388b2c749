"""Whether a consent covers one use: every condition checked, and the nearest miss named.

A consent that is about another message is no miss at all. Of those that are about this one, the
nearest is the one for this recipient, this purpose and this part that fails fewest checks; its
first failing check is the reason that is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.catalogue.kinds import Caveat
from gateway.catalogue.parties import Party
from gateway.envelope import times
from gateway.policy.codes import Action, Denied
from gateway.policy.consents import Consent
from gateway.policy.origins import Origin
from gateway.policy.pointers import is_within, overlaps
from gateway.policy.request import Request
from gateway.policy.subject import Source, Subject
from gateway.policy.terms import Class, Mode, Named, Recipient, Terms

# What a consent to the one form permits. To leave something out is within what was permitted word
# for word; to say it in other words is not, because other words may say something else.
_WITHIN: Final = {
    Mode.VERBATIM: frozenset({Mode.VERBATIM, Mode.REDACTED}),
    Mode.REDACTED: frozenset({Mode.REDACTED}),
    Mode.PARAPHRASE: frozenset({Mode.PARAPHRASE}),
    Mode.AGGREGATE: frozenset({Mode.AGGREGATE}),
}


@dataclass(frozen=True, slots=True)
class Miss:
    """No consent covers the use; `nearest` is the id of the one that almost does."""

    reason: Denied
    nearest: str | None = None


def cover(
    consents: Sequence[Consent], request: Request, origin: Origin, audience: Party
) -> Consent | Miss:
    """Return the consent to use, or what is missing.

    Of several that cover it, one that may be used any number of times comes first, so that none is
    used up needlessly; then the one that ends first.
    """
    misses: list[tuple[_Distance, Miss]] = []
    for consent in sorted(consents, key=_order):
        if not is_about(consent.terms, origin.of):
            continue
        failed = [
            reason for reason, holds in _checks(consent, request, origin, audience) if not holds
        ]
        if not failed:
            return consent
        if (miss := _miss(consent, failed)) is not None:
            misses.append(miss)
    # Ids grow with time: of those that are equally near, the newest is told of.
    misses.sort(key=lambda miss: miss[1].nearest or "", reverse=True)
    return min(misses, key=lambda miss: miss[0])[1] if misses else Miss(Denied.NO_CONSENT)


# What makes a consent another one than was meant, the farthest first; then the number of checks.
_FAR: Final = (
    Denied.CONSENT_OTHER_RECIPIENT,
    Denied.CONSENT_OTHER_PURPOSE,
    Denied.CONSENT_FIELDS_NOT_COVERED,
)
_Distance = tuple[bool | int, ...]
# What says that a consent is worth nothing now, for whomever it may be.
_OVER: Final = frozenset(
    {Denied.CONSENT_NOT_YET_VALID, Denied.CONSENT_EXPIRED, Denied.CONSENT_EXHAUSTED}
)


def _miss(consent: Consent, failed: Sequence[Denied]) -> tuple[_Distance, Miss] | None:
    """Return how far a consent is from covering the use, and what it lacks.

    One for somebody else is told of while it is in force, and then for that reason alone; what has
    become of a consent that was never for this recipient explains nothing.
    """
    id = consent.terms.consent_id
    far = tuple(reason in failed for reason in _FAR)
    if Denied.CONSENT_OTHER_RECIPIENT not in failed:
        return (*far, len(failed)), Miss(failed[0], id)
    if consent.standing is not None or not _OVER.isdisjoint(failed):
        return None
    return (*far, len(failed)), Miss(Denied.CONSENT_OTHER_RECIPIENT, id)


def is_about(terms: Terms, of: Subject | Source) -> bool:
    """Tell whether a consent speaks of that message, in any version, or of its type."""
    ids = {of.message_id, *(message_id for message_id, _ in of.earlier)}
    return any(named.message_id in ids for named in terms.messages) or (
        terms.standing is not None and of.type in terms.standing.types
    )


def _order(consent: Consent) -> tuple[bool, str, str]:
    terms = consent.terms
    return terms.uses is not None, terms.not_after, terms.consent_id


def _checks(
    consent: Consent, request: Request, origin: Origin, audience: Party
) -> Iterator[tuple[Denied, bool]]:
    terms, table = consent.terms, request.table
    is_originator = (terms.grantor, terms.profile) == (origin.node, origin.of.profile)
    is_version = terms.standing is not None or bool(_named(terms, origin))
    is_left = terms.uses is None or (consent.uses_left or 0) > 0
    is_for_this_time = terms.standing is None or Caveat.EACH_TIME not in origin.marking.caveats
    is_safe = table is not None and table.least >= terms.min_cell
    yield _standing(consent), consent.standing is None
    yield Denied.CONSENT_WRONG_ORIGINATOR, is_originator
    yield Denied.CONSENT_OTHER_GRANTEE, terms.grantee == request.holder
    yield Denied.CONSENT_DIGEST_MISMATCH, is_version
    yield Denied.CONSENT_OTHER_RECIPIENT, _is_recipient(terms, request, audience)
    yield Denied.CONSENT_OTHER_PURPOSE, terms.purpose is request.purpose
    yield Denied.CONSENT_OTHER_MODE, origin.mode in _WITHIN[terms.mode]
    yield Denied.CONSENT_FIELDS_NOT_COVERED, _is_covered(terms, origin)
    yield Denied.CONSENT_NOT_YET_VALID, times.parse(terms.not_before) <= request.now
    yield Denied.CONSENT_EXPIRED, request.now < times.parse(terms.not_after)
    yield Denied.CONSENT_EXHAUSTED, is_left
    yield Denied.CAVEAT_FORBIDS, is_for_this_time
    yield Denied.AGGREGATE_UNSAFE, origin.mode is not Mode.AGGREGATE or is_safe
    yield Denied.CONSENT_CONDITION_UNMET, all(_conditions(terms, request, origin, audience))


def _standing(consent: Consent) -> Denied:
    try:
        return Denied(consent.standing or "")
    except ValueError:
        return Denied.CONSENT_INVALID


def _named(terms: Terms, origin: Origin) -> tuple[Named, ...]:
    """Return the entries that name this very version, or one that it corrects."""
    versions = {(origin.of.message_id, origin.of.header_digest)}
    if terms.follow_corrections:
        versions.update(origin.of.earlier)
    return tuple(
        named for named in terms.messages if (named.message_id, named.header_digest) in versions
    )


def _is_recipient(terms: Terms, request: Request, audience: Party) -> bool:
    """Compare exactly: a name that only looks alike, or a successor, is somebody else."""
    if request.action is Action.PUBLISH:
        return terms.publication is not None and terms.publication == request.publication
    return any(_is_same(each, audience) for each in terms.recipients)


def _is_same(recipient: Recipient, audience: Party) -> bool:
    return (
        (recipient.org_id, recipient.country, recipient.kind)
        == (audience.id, audience.country, audience.kind)
        # The id decides. An officer who signed another name beside it meant somebody else.
        and recipient.name in audience.names.values()
    )


def _is_covered(terms: Terms, origin: Origin) -> bool:
    if terms.standing is not None:
        return _is_of_class(terms.standing, origin)
    return any(
        is_within(origin.pointer, f"{_under(named, origin)}{pointer}")
        for named in _named(terms, origin)
        for pointer in named.pointers
    )


def _under(named: Named, origin: Origin) -> str:
    """Return where a body that a consent names stands in the body at hand."""
    return origin.of.under if named.message_id != origin.of.message_id else ""


def _is_of_class(standing: Class, origin: Origin) -> bool:
    of = origin.of
    return (
        of.type in standing.types
        and (not standing.threads or of.thread in standing.threads)
        and of.received is not None
        and standing.received_from <= of.received <= standing.received_until
    )


def places_in(of: Subject | Source, pointers: Sequence[str]) -> tuple[str, ...]:
    """Return where the places that a consent names stand in the body of a message.

    A correction carries the body of an earlier version inside its own, and a consent may name both
    versions: what it names is in both places, so that none of it is missed.
    """
    unders = sorted({"", of.under})
    return tuple(f"{under}{pointer}" for pointer in pointers for under in unders)


def replaced_in(of: Subject | Source, terms: Terms) -> tuple[str, ...]:
    """Return where signs have to stand, in the body at hand, for a consent about a message.

    What was taken over from a source need not be built as it was there: it is known to be replaced
    only where all that was taken over is to be, and a place of its own holds it.
    """
    places = places_in(of, terms.conditions.pseudonymise)
    if isinstance(of, Subject):
        return places
    is_whole = any(is_within(of.source_pointer, place) for place in places)
    return (of.target_pointer,) if is_whole and of.target_pointer else ()


def _conditions(terms: Terms, request: Request, origin: Origin, audience: Party) -> Iterator[bool]:
    conditions = terms.conditions
    embargo = conditions.embargo_until
    yield embargo is None or times.parse(embargo) <= request.now
    # Of a table nothing but its numbers leaves.
    is_table = origin.mode is Mode.AGGREGATE
    yield is_table or not _is_in(conditions.redact, origin)
    is_replaced = (
        request.pseudonymised
        and origin.mode is not Mode.PARAPHRASE
        and bool(replaced_in(origin.of, terms))
    )
    yield is_table or is_replaced or not _is_in(conditions.pseudonymise, origin)
    yield conditions.text is None or request.confirmed
    personal = terms.personal_data
    yield Caveat.PERSONAL_DATA not in origin.marking.caveats or (
        personal is not None and personal.destination_country == audience.country
    )


def _is_in(pointers: Sequence[str], origin: Origin) -> bool:
    """Tell whether the part has something in common with any of the places.

    Terms have one list for all their messages, so that a place counts in each of them.
    """
    places = places_in(origin.of, pointers)
    return any(overlaps(origin.pointer, place) for place in places)
