"""Who may be given content: one pure function, default deny.

Clause 3 of the memorandum: no disclosure of the other country's confidential information without
its written consent. The rules are tried in order and the first that allows is noted as the
reason; then every caveat may still forbid (deny overrides). What no rule allows is withheld, and
so is everything when the evaluator itself fails.

`Permitted` is the only key to content. It can be made here and nowhere else, and it names the
message, the audience and the action that were decided on.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.kinds import Caveat, Level
from gateway.catalogue.parties import Parties, Party, PartyKind
from gateway.envelope.header import Header
from gateway.errors import InvalidMarkingError, NotFoundError
from gateway.policy.marking import Marking, Purpose, Then, parse_marking

_MADE_HERE: Final = object()


class Action(StrEnum):
    """What is to happen with the content; every way out of the gateway is one of these."""

    SHOW = "show"
    SEND = "send"
    DISCLOSE = "disclose"
    EXPORT = "export"
    PRINT = "print"
    PUBLISH = "publish"


class Allowed(StrEnum):
    """Why content may be given."""

    CONTACT_POINT = "contact-point"
    PUBLIC = "public"
    OWN_INFORMATION = "own-information"
    RETURN_TO_ORIGINATOR = "return-to-originator"
    INTERNAL_SIGNATORY = "internal-signatory"
    PRE_AUTHORISED = "pre-authorised"
    CONSENT = "consent"
    STATISTICS = "statistics"
    MOC_PUBLICATION = "moc-publication"


class Denied(StrEnum):
    """Why content is withheld. Codes are stable: evidence and the API carry them."""

    MARKER_MISSING = "marker-missing"
    MARKER_INVALID = "marker-invalid"
    UNKNOWN_CAVEAT = "unknown-caveat"
    UNKNOWN_RECIPIENT = "unknown-recipient"
    NO_CONSENT = "no-consent"
    CONSENT_INVALID = "consent-invalid"
    CONSENT_BAD_SIGNATURE = "consent-bad-signature"
    CONSENT_KEY_NOT_AUTHORISED = "consent-key-not-authorised"
    CONSENT_OFFICER_MISSING = "consent-officer-missing"
    CONSENT_REPLAYED = "consent-replayed"
    CONSENT_WRONG_ORIGINATOR = "consent-wrong-originator"
    CONSENT_OTHER_GRANTEE = "consent-other-grantee"
    CONSENT_OTHER_EPOCH = "consent-other-epoch"
    CONSENT_DIGEST_MISMATCH = "consent-digest-mismatch"
    CONSENT_OTHER_RECIPIENT = "consent-other-recipient"
    CONSENT_OTHER_PURPOSE = "consent-other-purpose"
    CONSENT_OTHER_MODE = "consent-other-mode"
    CONSENT_FIELDS_NOT_COVERED = "consent-fields-not-covered"
    CONSENT_NOT_YET_VALID = "consent-not-yet-valid"
    CONSENT_EXPIRED = "consent-expired"
    CONSENT_REVOKED = "consent-revoked"
    CONSENT_SUPERSEDED = "consent-superseded"
    CONSENT_EXHAUSTED = "consent-exhausted"
    CONSENT_CONDITION_UNMET = "consent-condition-unmet"
    MULTI_ORIGIN_MISSING = "multi-origin-missing"
    CAVEAT_FORBIDS = "caveat-forbids"
    UNDECLARED_ORIGIN = "undeclared-origin"
    SOURCE_SUPERSEDED = "source-superseded"
    SOURCE_WITHDRAWN = "source-withdrawn"
    SOURCE_CHANGED = "source-changed"
    AGGREGATE_UNSAFE = "aggregate-unsafe"
    EVALUATOR_ERROR = "evaluator-error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The message whose content is asked for, as its verified signed header has it.

    Args:
        marking: The JSON value from the header, or None when the header has none.
        derived_from: The provenance entries from the header.
    """

    message_id: str
    header_digest: str
    profile: str
    sender: str
    recipient: str
    marking: object
    derived_from: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, header: Header, header_digest: str) -> "Subject":
        """Return the message behind a header whose signatures have held."""
        return cls(
            message_id=header.id,
            header_digest=header_digest,
            profile=header.profile,
            sender=header.from_,
            recipient=header.to,
            marking=header.marking,
            derived_from=header.derived_from,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: may `holder`, our node, do `action` for `audience` at the time `now`?

    Args:
        audience: The organisation that would learn the content; our own officers are `holder`.
        now: Unix seconds.
        part: A pointer to the part of the body that is asked for; None for the whole message.
    """

    action: Action
    subject: Subject
    holder: str
    audience: str
    purpose: Purpose = Purpose.SSW_OPERATION
    now: int
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """The key to one message's content for one audience and action; made by `decide` alone."""

    action: Action
    audience: str
    message_id: str
    header_digest: str
    reason: Allowed
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        """Let nobody but `decide` make one; `dataclasses.replace` fails here too.

        Raises:
            TypeError: Made elsewhere, which is a fault in the program.
        """
        if made_here is not _MADE_HERE:
            raise TypeError("only gateway.policy.release.decide makes a Permitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The content stays where it is; `reason` is for the evidence and for the officer."""

    action: Action
    audience: str
    message_id: str
    header_digest: str
    reason: Denied


def decide(request: Request, parties: Parties) -> Permitted | Withheld:
    """Decide whether content may be given, and say why.

    Never raises: a fault in the evaluator withholds with `evaluator-error`.
    """
    try:
        outcome = _outcome(request, parties)
    except Exception:  # noqa: BLE001  Whatever breaks in here, nothing may leave because of it.
        outcome = Denied.EVALUATOR_ERROR
    subject = request.subject
    if isinstance(outcome, Allowed):
        return Permitted(
            action=request.action,
            audience=request.audience,
            message_id=subject.message_id,
            header_digest=subject.header_digest,
            reason=outcome,
            made_here=_MADE_HERE,
        )
    return Withheld(
        action=request.action,
        audience=request.audience,
        message_id=subject.message_id,
        header_digest=subject.header_digest,
        reason=outcome,
    )


def _outcome(request: Request, parties: Parties) -> Allowed | Denied:
    subject = request.subject
    if subject.marking is None:
        return Denied.MARKER_MISSING
    try:
        marking = parse_marking(subject.marking, originator_country=country_of(subject.sender))
    except InvalidMarkingError:
        return Denied.MARKER_INVALID
    if _is_read_at_home(request):
        return Allowed.CONTACT_POINT
    whole = marking.whole() if request.part is None else marking.of_part(request.part)
    if whole.caveats - set(Caveat):
        return Denied.UNKNOWN_CAVEAT
    if any(entry.get("mode") != "reference" for entry in subject.derived_from):
        # Whose content was taken over is not resolved here, so it could be anybody's.
        return Denied.UNDECLARED_ORIGIN
    try:
        audience = parties.of(request.audience)
    except NotFoundError:
        audience = None
    outcome = _rule(request, marking, whole, audience)
    if isinstance(outcome, Allowed) and _is_forbidden(request, whole, audience, outcome):
        return Denied.CAVEAT_FORBIDS
    return outcome


def _is_read_at_home(request: Request) -> bool:
    """Say whether an officer of a contact point reads what it was sent or has sent itself.

    That is the work of clause 2 and no release at all, so no caveat can stand against it.
    """
    inside = request.action in {Action.SHOW, Action.EXPORT, Action.PRINT}
    ends = {request.subject.sender, request.subject.recipient}
    return inside and request.audience == request.holder and request.holder in ends


def _rule(
    request: Request, signed: Marking, marking: Marking, audience: Party | None
) -> Allowed | Denied:
    """Try the rules in order; the first that allows gives the reason.

    Args:
        signed: The marking as it was signed.
        marking: What it makes of the whole, or of the part that is asked for.
    """
    if _level(request, marking) is Level.PUBLIC:
        return Allowed.PUBLIC
    originator, holder = country_of(marking.originator), country_of(request.holder)
    if originator == holder:
        # Each country's own information is for its national law, not for clause 3.
        return Allowed.OWN_INFORMATION
    if audience is None:
        return Denied.UNKNOWN_RECIPIENT
    if request.action is Action.PUBLISH:
        is_asked = request.part is not None and signed.asks_to_publish(request.part, request.now)
        return Allowed.MOC_PUBLICATION if is_asked else Denied.NO_CONSENT
    side = audience.side_in(request.subject.profile)
    if side == originator:
        return Allowed.RETURN_TO_ORIGINATOR
    if side == holder and marking.level is Level.CONFIDENTIAL:
        return Allowed.INTERNAL_SIGNATORY
    if audience.id in marking.permitted_recipients and request.purpose in marking.purposes:
        return Allowed.PRE_AUTHORISED
    return Denied.NO_CONSENT


def _level(request: Request, marking: Marking) -> Level:
    """Return the level that holds now: time opens only what the originator said it would."""
    until = marking.handling_until
    if until is not None and until <= request.now and marking.then is Then.PUBLIC:
        return Level.PUBLIC
    return marking.level


# Whom a caveat keeps content from, although a rule allowed it. Publication is for everybody.
_NOT_PUBLISHED: Final = frozenset(
    {Caveat.PERSONAL_DATA, Caveat.SOURCE_PROTECTION, Caveat.NO_TIP_OFF, Caveat.NO_PUBLICATION}
)
_AUTHORITIES_ONLY: Final = frozenset({Caveat.SOURCE_PROTECTION, Caveat.NO_TIP_OFF})
_ASK_FIRST: Final = frozenset({Allowed.INTERNAL_SIGNATORY, Allowed.PRE_AUTHORISED})


def _is_forbidden(
    request: Request, marking: Marking, audience: Party | None, allowed: Allowed
) -> bool:
    """Say whether a caveat, or an order to destroy, forbids what a rule allowed."""
    caveats = marking.caveats
    kind = audience.kind if audience else PartyKind.ORGANISATION
    until = marking.handling_until
    return (
        (request.action is Action.PUBLISH and bool(caveats & _NOT_PUBLISHED))
        or (kind is PartyKind.COURT and Caveat.NO_JUDICIAL in caveats)
        or (kind is not PartyKind.AUTHORITY and bool(caveats & _AUTHORITIES_ONLY))
        or (allowed in _ASK_FIRST and Caveat.CONTACT_FIRST in caveats)
        # A standing permission is no consent for this one time.
        or (allowed is Allowed.PRE_AUTHORISED and Caveat.EACH_TIME in caveats)
        or (until is not None and until <= request.now and marking.then is Then.DESTROY)
    )
