"""A decision on content that would leave the contact point, as the ledger is given it."""

from dataclasses import dataclass, field
from typing import Final

from gateway.policy.codes import Action, Allowed, Denied

# Everybody, where something is made public.
PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A message whose content is decided about, and the contact point that sent it."""

    originator: str
    message_id: str
    header_digest: str
    pointers: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a consent of a peer; `digest` is that of its instrument."""

    peer: str
    consent_id: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a consent that was used binds to; words of a condition stand in the package alone."""

    consent_id: str
    what: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that was refused, and why; `find` is the number of what it holds undeclared."""

    pointer: str
    reason: Denied
    country: str | None = None
    nearest: str | None = None
    find: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision, as it is kept.

    Args:
        message: The row of the message, None for one of ours that was refused before it was kept.
        peer: With whom that message was or would be exchanged.
        audience: Who would learn the content; `PUBLIC` of a publication, whose place is the name.
        pointers: What leaves, or, of a refusal, which parts were refused.
        pseudonymised: What leaves with signs in place of its values.
        refused: Of a wish that was refused, or that left parts out: each of them with its reason.
        origins: The message itself, and each one that something in it was taken from.
        obligations: What binds the recipient.
        country: Of a refusal, whose consent is missing.
        nearest: Of a refusal, the consent that came nearest.
        uid: Who asked.
        on_behalf_of: For whom a local system says it asks; the evidence alone keeps it.
        vouched_uid: Who vouched that what a consent asks for in words is met.
        is_outside: It happened outside the gateway, and is only recorded.
        text: Words of ours that leave in place of the content, or tell what happened outside.
    """

    at: str
    action: Action
    reason: Allowed | Denied
    message: int | None
    message_id: str
    header_digest: str
    peer: str
    audience: str
    audience_name: str | None = None
    audience_country: str = ""
    register: str | None = None
    purpose: str
    mode: str
    pointers: tuple[str, ...] = ()
    redactions: tuple[str, ...] = ()
    pseudonymised: tuple[str, ...] = ()
    refused: tuple[Part, ...] = ()
    obligations: tuple[Bound, ...] = ()
    origins: tuple[Origin, ...] = ()
    uses: tuple[Use, ...] = ()
    country: str | None = None
    nearest: str | None = None
    uid: int
    on_behalf_of: str | None = None
    vouched_uid: int | None = None
    is_outside: bool = False
    label_digest: str | None = None
    content_digest: str | None = None
    text: bytes | None = field(default=None, repr=False)

    @property
    def is_allowed(self) -> bool:
        """Tell whether the content may leave, or did outside the gateway."""
        return isinstance(self.reason, Allowed) or self.is_outside
