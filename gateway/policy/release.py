"""Who may be given content: one pure function, default deny.

Clause 3 of the memorandum: no disclosure of the other country's confidential information without
its written consent. Everybody whose content is asked for is looked at apart (`origins`): the rules
(`rules`) are tried in order, then the consents (`covering`), and then every caveat may still forbid
(deny overrides). All of them must allow it. What nothing allows is withheld, and so is everything
when the evaluator itself fails.

`Permitted` is the only key to content. It can be made here and nowhere else, and it names the
message, the audience and the action that were decided on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass
from typing import Final

from gateway.catalogue.kinds import Caveat
from gateway.catalogue.parties import Parties, Party
from gateway.errors import NotFoundError
from gateway.policy.codes import Action, Allowed, Denied
from gateway.policy.consents import Consent
from gateway.policy.covering import Miss, cover
from gateway.policy.label import digest_of
from gateway.policy.origins import NoOriginError, Origin, label_of, origins, own_marking
from gateway.policy.request import Request
from gateway.policy.rules import is_forbidden, rule
from gateway.policy.subject import Derivation, Source, Subject

__all__ = [
    "POLICY_VERSION",
    "Action",
    "Allowed",
    "Denied",
    "Derivation",
    "Permitted",
    "Request",
    "Source",
    "Subject",
    "Withheld",
    "decide",
]

# Which rules decided, for the ledger; raised with every change of what is allowed.
POLICY_VERSION: Final = 2

_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """The key to one message's content for one audience and action; made by `decide` alone.

    Args:
        reason: The rule, of several originators the one that asked most.
        used: Grantor and id of each consent that it rests on, because two grantors may choose one
            id; whoever acts on it uses each of them once.
        label_digest: What the markings made of it together, for the ledger.
    """

    action: Action
    audience: str
    message_id: str
    header_digest: str
    reason: Allowed
    used: tuple[tuple[str, str], ...] = ()
    label_digest: str = ""
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        """Let nobody but `decide` make one; `dataclasses.replace` fails here too.

        Raises:
            TypeError: Made elsewhere, which is a fault in the program.
        """
        if made_here is not _MADE_HERE:
            raise TypeError("only gateway.policy.release.decide makes a Permitted")

    @property
    def consents(self) -> tuple[str, ...]:
        """Return the ids of the consents that it rests on, each once."""
        return tuple(dict.fromkeys(id for _, id in self.used))


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """The content stays where it is; `reason` is for the evidence and for the officer.

    Args:
        country: Whose consent is missing, where a consent could help.
        nearest: The id of the consent that almost covers it.
    """

    action: Action
    audience: str
    message_id: str
    header_digest: str
    reason: Denied
    country: str | None = None
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class _Allowed:
    """One originator's content may be given."""

    reason: Allowed
    consent: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Denied:
    """One originator's content may not be given."""

    reason: Denied
    country: str | None = None
    nearest: str | None = None


def decide(
    request: Request, parties: Parties, consents: Sequence[Consent] = ()
) -> Permitted | Withheld:
    """Decide whether content may be given, and say why.

    Never raises: a fault in the evaluator withholds with `evaluator-error`.

    Args:
        consents: Those kept here that could be meant, as they stand now.
    """
    try:
        return _decided(request, parties, consents)
    except Exception:  # noqa: BLE001  Whatever breaks in here, nothing may leave because of it.
        return _withheld(request, _Denied(Denied.EVALUATOR_ERROR))


def strongest(reasons: Iterable[Allowed]) -> Allowed:
    """Return of several reasons the one that asked most, which is what the whole rests on."""
    return max(reasons, key=list(Allowed).index)


def _decided(
    request: Request, parties: Parties, consents: Sequence[Consent]
) -> Permitted | Withheld:
    try:
        signed = own_marking(request.subject)
        if _is_read_at_home(request):
            return _permitted(request, (_Allowed(Allowed.CONTACT_POINT),))
        found = origins(request, signed)
    except NoOriginError as error:
        return _withheld(request, _Denied(error.reason))
    try:
        audience = parties.of(request.audience, request.now)
    except NotFoundError:
        audience = None
    outcomes = tuple(_outcome(request, each, audience, consents) for each in found)
    denied = [each for each in outcomes if isinstance(each, _Denied)]
    if denied:
        return _withheld(request, _told(denied, outcomes))
    allowed = tuple(each for each in outcomes if isinstance(each, _Allowed))
    return _permitted(request, allowed, digest_of(label_of(found, request.holder)))


def _permitted(request: Request, allowed: tuple[_Allowed, ...], label: str = "") -> Permitted:
    used = (each.consent for each in allowed if each.consent is not None)
    return Permitted(
        action=request.action,
        audience=request.audience,
        message_id=request.subject.message_id,
        header_digest=request.subject.header_digest,
        reason=strongest(each.reason for each in allowed),
        used=tuple(dict.fromkeys(used)),
        label_digest=label,
        made_here=_MADE_HERE,
    )


def _withheld(request: Request, denied: _Denied) -> Withheld:
    return Withheld(
        action=request.action,
        audience=request.audience,
        message_id=request.subject.message_id,
        header_digest=request.subject.header_digest,
        reason=denied.reason,
        country=denied.country,
        nearest=denied.nearest,
    )


def _is_read_at_home(request: Request) -> bool:
    """Say whether an officer of a contact point reads what it was sent or has sent itself.

    That is the work of clause 2 and no release at all, so no caveat can stand against it.
    """
    inside = request.action in {Action.SHOW, Action.EXPORT, Action.PRINT}
    ends = {request.subject.sender, request.subject.recipient}
    return inside and request.audience == request.holder and request.holder in ends


def _outcome(
    request: Request, origin: Origin, audience: Party | None, consents: Sequence[Consent]
) -> _Allowed | _Denied:
    """Decide for one originator; the others decide for themselves."""
    if origin.marking.caveats - set(Caveat):
        return _Denied(Denied.UNKNOWN_CAVEAT)
    reason = rule(request, origin, audience)
    standing = origin.of.standing
    # What goes back to its originator tells it nothing, whatever became of it since; but of what
    # was changed on the disk nobody can say whose it is.
    is_news = reason is not Allowed.RETURN_TO_ORIGINATOR or standing is Denied.SOURCE_CHANGED
    if standing is not None and is_news:
        return _Denied(standing)
    used = None
    if reason is None:
        if audience is None:
            return _Denied(Denied.UNKNOWN_RECIPIENT)
        covered = cover(consents, request, origin, audience)
        if isinstance(covered, Miss):
            return _Denied(covered.reason, origin.country, covered.nearest)
        reason, used = Allowed.CONSENT, (covered.terms.grantor, covered.terms.consent_id)
    if is_forbidden(request, origin, audience, reason):
        return _Denied(Denied.CAVEAT_FORBIDS)
    return _Allowed(reason, used)


def _told(denied: list[_Denied], outcomes: Sequence[_Allowed | _Denied]) -> _Denied:
    """Return which denial is told: the first; with the country where others have consented."""
    first = denied[0]
    has_consented = any(isinstance(each, _Allowed) and each.consent for each in outcomes)
    if has_consented and first.country is not None:
        return _Denied(Denied.MULTI_ORIGIN_MISSING, first.country, first.nearest)
    return first
