"""The rules about one originator's content, apart from its consent, and what a caveat forbids.

They are tried in order, and the first that allows gives the reason. A caveat may still forbid what
a rule or a consent allowed.
"""

from typing import Final

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.kinds import Caveat, Level
from gateway.catalogue.parties import Party, PartyKind
from gateway.policy.codes import Action, Allowed
from gateway.policy.marking import Purpose, Then
from gateway.policy.origins import Origin
from gateway.policy.request import Request
from gateway.policy.terms import LEAST_CELL, Mode


def rule(request: Request, origin: Origin, audience: Party | None) -> Allowed | None:
    """Return the rule that allows it without consent; None where nothing but consent could.

    Args:
        audience: None where the registry does not know who would learn it.
    """
    marking, holder = origin.marking, country_of(request.holder)
    if is_public(request, origin):
        return Allowed.PUBLIC
    if origin.country == holder:
        # Each country's own information is for its national law, not for clause 3.
        return Allowed.OWN_INFORMATION
    if audience is None:
        return None
    if request.action is Action.PUBLISH:
        is_asked = request.part is not None and origin.signed.asks_to_publish(
            origin.pointer, request.now
        )
        return Allowed.MOC_PUBLICATION if is_asked else None
    # The origin's own memorandum says who stands on which side; that of the message around it may
    # be another one.
    side = audience.side_in(origin.of.profile)
    if side == origin.country:
        return Allowed.RETURN_TO_ORIGINATOR
    if side == holder and marking.level is Level.CONFIDENTIAL:
        return Allowed.INTERNAL_SIGNATORY
    if audience.id in marking.permitted_recipients and request.purpose in marking.purposes:
        return Allowed.PRE_AUTHORISED
    return Allowed.STATISTICS if _is_statistics(request, origin) else None


def is_public(request: Request, origin: Origin) -> bool:
    """Tell whether it is for everybody now: time opens only what the originator said it would."""
    marking, until = origin.marking, origin.marking.handling_until
    is_over = until is not None and until <= request.now
    return marking.level is Level.PUBLIC or (is_over and marking.then is Then.PUBLIC)


def _is_statistics(request: Request, origin: Origin) -> bool:
    """Tell whether numbers about many may go, because the marking has them among its purposes."""
    marking = origin.marking
    return (
        origin.mode is Mode.AGGREGATE
        and request.purpose is Purpose.STATISTICS
        and Purpose.STATISTICS in marking.purposes
        and marking.level is Level.CONFIDENTIAL
        and request.table is not None
        and request.table.least >= LEAST_CELL
    )


# Whom a caveat keeps content from, although a rule allowed it. Publication is for everybody.
_NOT_PUBLISHED: Final = frozenset(
    {Caveat.PERSONAL_DATA, Caveat.SOURCE_PROTECTION, Caveat.NO_TIP_OFF, Caveat.NO_PUBLICATION}
)
_AUTHORITIES_ONLY: Final = frozenset({Caveat.SOURCE_PROTECTION, Caveat.NO_TIP_OFF})
_ASK_FIRST: Final = frozenset(
    {Allowed.INTERNAL_SIGNATORY, Allowed.PRE_AUTHORISED, Allowed.STATISTICS}
)
# A standing permission is no consent for this one time.
_STANDING: Final = frozenset({Allowed.PRE_AUTHORISED, Allowed.STATISTICS})


def is_forbidden(
    request: Request, origin: Origin, audience: Party | None, allowed: Allowed
) -> bool:
    """Tell whether a caveat, or an order to destroy, forbids what was allowed."""
    marking = origin.marking
    caveats = marking.caveats
    kind = audience.kind if audience else PartyKind.ORGANISATION
    until = marking.handling_until
    return (
        (request.action is Action.PUBLISH and bool(caveats & _NOT_PUBLISHED))
        or (kind is PartyKind.COURT and Caveat.NO_JUDICIAL in caveats)
        or (kind is not PartyKind.AUTHORITY and bool(caveats & _AUTHORITIES_ONLY))
        or (allowed in _ASK_FIRST and Caveat.CONTACT_FIRST in caveats)
        or (allowed in _STANDING and Caveat.EACH_TIME in caveats)
        or (until is not None and until <= request.now and marking.then is Then.DESTROY)
    )
