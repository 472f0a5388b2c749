"""The originator's confidentiality label, as it stands in the signed header.

Clause 3 forbids disclosing the other country's confidential information without its written
consent. So what is not marked `public` needs consent before it goes further, and what cannot be
understood is taken as the strictest thing it could mean: a marking of an unknown scheme is
`restricted`, an unknown caveat forbids every release.

Where parts of a body are marked on their own (`granular`), the whole is treated as its strictest
part: `whole()` is what a decision about the whole message goes by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.kinds import Level, PublishRule, Purpose
from gateway.catalogue.profiles import DEFAULTS, Defaults
from gateway.catalogue.types import MessageType
from gateway.envelope import times
from gateway.envelope.forms import NODE, Members, fault
from gateway.errors import InvalidMarkingError, MalformedError
from gateway.policy.pointers import is_within, overlaps, value_at

__all__ = [
    "CLAUSE_PURPOSES",
    "POINTER",
    "SCHEME",
    "Granular",
    "Level",
    "Marking",
    "Publish",
    "PublishRule",
    "Purpose",
    "Then",
    "default_marking",
    "parse_marking",
]

SCHEME: Final = "moc-ssw/1"
# Caps of our own: they keep the longest honest marking well inside a 16 KiB header.
_MAX_ENTRIES: Final = 64
_MAX_TEXT: Final = 64
# Words with hyphens: caveats, purposes, the role of whoever marked.
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
POINTER: Final = re.compile(r"(?:/(?:[ -.0-}]|~[01]){0,64}){1,8}")
_MEMBERS: Final = frozenset(
    {
        "scheme",
        "level",
        "originator",
        "caveats",
        "permitted_recipients",
        "purposes",
        "publish",
        "handling_until",
        "then",
        "granular",
        "marked_by",
        "marked_at",
    }
)


# Empty `purposes` mean what the clauses of the message serve, which for every clause is at least
# the operation of the system. Expanded while reading: an empty set must never come to mean "any".
CLAUSE_PURPOSES: Final = frozenset({Purpose.SSW_OPERATION})


class Then(StrEnum):
    """What follows when `handling_until` has passed; only `public` ever opens anything."""

    REVIEW = "review"
    PUBLIC = "public"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """The publication rule, with the pointers of the fields it covers."""

    rule: PublishRule = PublishRule.NONE
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Granular:
    """What one part of the body adds to the marking; None leaves it as it is for the whole."""

    pointer: str
    level: Level | None = None
    caveats: frozenset[str] = frozenset()
    permitted_recipients: frozenset[str] | None = None
    purposes: frozenset[Purpose] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the part is marked no more closely than for everybody."""
        return self.level in (None, Level.PUBLIC) and not self.caveats


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """A marking whose form holds.

    `caveats` are texts because an unknown one is kept: it must go on forbidding, here and for
    everybody who gets the message later. `understood` is false for a scheme or a member that we
    do not know; it might restrict, so the rest is not believed.
    """

    level: Level
    originator: str
    understood: bool = True
    caveats: frozenset[str] = frozenset()
    permitted_recipients: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = CLAUSE_PURPOSES
    publish: Publish = Publish()
    handling_until: int | None = None
    then: Then = Then.REVIEW
    granular: tuple[Granular, ...] = ()
    marked_by: str | None = None
    marked_at: int | None = None

    def whole(self) -> "Marking":
        """Return the marking of the whole when each part counts: never below any of them."""
        return self._joined(self.granular)

    def of_part(self, pointer: str) -> "Marking":
        """Return what holds for one part of the body: for the whole, and for what it lies in.

        What lies inside it and is marked on its own is a part of its own.
        """
        return self._joined(self._around(pointer))

    def of_all(self, pointer: str) -> "Marking":
        """Return what holds for one part together with everything that lies in it."""
        return self._joined(
            tuple(part for part in self.granular if overlaps(pointer, part.pointer))
        )

    def lies_open(self, pointer: str, now: int) -> bool:
        """Tell whether a part is for everybody, by the originator's own word alone.

        A caveat says for whom it is not, so that what bears one is closed.
        """
        part = self.of_part(pointer)
        if part.caveats:
            return False
        is_over = part.handling_until is not None and part.handling_until <= now
        return (
            part.level is Level.PUBLIC
            or (is_over and part.then is Then.PUBLIC)
            or self.asks_to_publish(pointer, now)
        )

    def asks_to_publish(self, pointer: str, now: int) -> bool:
        """Tell whether the originator itself lets a part be made public, and from when on.

        It is the commitment of clauses 5(1), 5(6), 6(2) and 6(3): fields that are named for
        publication are for everybody, although the message around them is confidential. What is
        restricted, or marked on its own, is not.
        """
        is_early = self.handling_until is not None and now < self.handling_until
        return (
            # A marking that is not understood is restricted, too.
            self.level is not Level.RESTRICTED
            and self.publish.rule is not PublishRule.NONE
            and not (is_early and self.then is Then.PUBLIC)
            and all(part.is_open for part in self._around(pointer))
            and any(is_within(pointer, field) for field in self.publish.fields)
        )

    def _around(self, pointer: str) -> tuple[Granular, ...]:
        return tuple(part for part in self.granular if is_within(pointer, part.pointer))

    def _joined(self, parts: tuple[Granular, ...]) -> "Marking":
        level, caveats = self.level, self.caveats
        recipients, purposes = self.permitted_recipients, self.purposes
        for part in parts:
            level = max(level, part.level or level)
            caveats |= part.caveats
            recipients &= (
                recipients if part.permitted_recipients is None else part.permitted_recipients
            )
            purposes &= purposes if part.purposes is None else part.purposes
        return replace(
            self,
            level=level,
            caveats=caveats,
            permitted_recipients=recipients,
            purposes=purposes,
            granular=(),
        )


def default_marking(
    message_type: MessageType,
    originator: str,
    at: str,
    body: Mapping[str, Any],
    *,
    under: str = "",
    defaults: Defaults = DEFAULTS,
) -> dict[str, Any]:
    """Return the marking for the signed header of a message whose author chose none.

    Parts that the type marks more closely are marked where the body has them: a pointer that led
    nowhere would protect nothing, and be refused.

    Args:
        body: The whole body of the message.
        under: Where in it a body of this type stands; a correction carries one.
        defaults: What the memorandum adds for this type and recipient.

    >>> from gateway.catalogue.types import TYPES
    >>> default_marking(TYPES["ping"], "jp/isa", "2026-03-25T00:00:00Z", {})["level"]
    'confidential'
    """
    asked = {name for name in message_type.flags if value_at(f"{under}/{name}", body) is True}
    caveats = message_type.caveats | {message_type.flags[name] for name in asked}
    parts = [
        {"pointer": under + pointer, "level": level.value}
        for pointer, level in message_type.parts.items()
        if value_at(under + pointer, body) is not None
    ]
    opens_on = None
    if message_type.public_from is not None:
        opens_on = value_at(under + message_type.public_from, body)
    marking: dict[str, Any] = {
        "scheme": SCHEME,
        "level": message_type.level.value,
        "originator": originator,
        "caveats": sorted(caveat.value for caveat in caveats),
        "marked_by": "catalogue",
        "marked_at": at,
    }
    if parts:
        marking["granular"] = parts
    if opens_on is not None:
        marking |= {"handling_until": f"{opens_on}T00:00:00Z", "then": Then.PUBLIC.value}
    rule = _publish_rule(message_type, body, under, defaults)
    if rule is not PublishRule.NONE:
        fields = [under + pointer for pointer in message_type.publish]
        marking["publish"] = {"rule": rule.value, "fields": fields}
    if defaults.permitted_recipients:
        marking["permitted_recipients"] = sorted(defaults.permitted_recipients)
    if defaults.purposes:
        marking["purposes"] = sorted(purpose.value for purpose in defaults.purposes)
    return marking


def _publish_rule(
    message_type: MessageType, body: Mapping[str, Any], under: str, defaults: Defaults
) -> PublishRule:
    """Return what the recipient does with the public parts: by its memorandum, else it must."""
    if not message_type.publish:
        return PublishRule.NONE
    asked = defaults.publication
    if asked is None:
        return PublishRule.REQUIRED
    cases = asked.required_if.items()
    if cases and all(value_at(under + pointer, body) in codes for pointer, codes in cases):
        return PublishRule.REQUIRED
    return asked.rule


def parse_marking(value: object, *, originator_country: str) -> Marking:
    """Read the `marking` of a signed header.

    Args:
        originator_country: The country of the authenticated sender; nobody marks for another.

    Raises:
        InvalidMarkingError: Absent, of another form, or not this sender's to give; the message
            is refused for good. `pointers` name the member.
    """
    try:
        read = Members(value, "/marking")
        originator = read.text("originator", NODE)
        if country_of(originator) != originator_country:
            raise fault(read.pointer("originator"), "is not of the sender's country")
        scheme = read.words("scheme", most=_MAX_TEXT)
        if scheme != SCHEME or not read.plain().keys() <= _MEMBERS:
            return Marking(level=Level.RESTRICTED, originator=originator, understood=False)
        return _marking(read, originator)
    except MalformedError as error:
        raise InvalidMarkingError(str(error), pointers=error.pointers) from None


def _marking(read: Members, originator: str) -> Marking:
    return Marking(
        level=read.kind("level", Level),
        originator=originator,
        caveats=frozenset(_texts(read, "caveats", _WORD) or ()),
        permitted_recipients=frozenset(_texts(read, "permitted_recipients", NODE) or ()),
        purposes=_purposes(read) or CLAUSE_PURPOSES,
        publish=_publish(read.object("publish")) if read.has("publish") else Publish(),
        handling_until=_time(read, "handling_until"),
        then=read.kind("then", Then) if read.has("then") else Then.REVIEW,
        granular=_granular(read) if read.has("granular") else (),
        marked_by=read.optional("marked_by", _WORD),
        marked_at=_time(read, "marked_at"),
    )


def _publish(read: Members) -> Publish:
    read.only("rule", "fields")
    fields = _texts(read, "fields", POINTER)
    return Publish(rule=read.kind("rule", PublishRule), fields=fields or ())


def _granular(read: Members) -> tuple[Granular, ...]:
    return tuple(_part(part) for part in read.objects("granular", most=_MAX_ENTRIES))


def _part(read: Members) -> Granular:
    read.only("pointer", "level", "caveats", "permitted_recipients", "purposes")
    caveats = _texts(read, "caveats", _WORD)
    recipients = _texts(read, "permitted_recipients", NODE)
    return Granular(
        pointer=read.text("pointer", POINTER),
        level=read.kind("level", Level) if read.has("level") else None,
        caveats=frozenset(caveats or ()),
        permitted_recipients=None if recipients is None else frozenset(recipients),
        purposes=_purposes(read),
    )


def _purposes(read: Members) -> frozenset[Purpose] | None:
    texts = _texts(read, "purposes", _WORD)
    if texts is None:
        return None
    try:
        return frozenset(map(Purpose, texts)) or CLAUSE_PURPOSES
    except ValueError:
        raise fault(read.pointer("purposes"), "has an unknown purpose") from None


def _texts(read: Members, name: str, form: re.Pattern[str]) -> tuple[str, ...] | None:
    """Return a set written as a list; twice the same entry is a second spelling of one set."""
    if not read.has(name):
        return None
    texts = read.strings(name, form, most=_MAX_ENTRIES)
    if len(set(texts)) < len(texts):
        raise fault(read.pointer(name), "has the same entry twice")
    return texts


def _time(read: Members, name: str) -> int | None:
    return times.parse(read.time(name)) if read.has(name) else None


def check_pointers(marking: Marking, body: Mapping[str, Any]) -> None:
    """Let pass only a marking whose parts name something that is in the body.

    Raises:
        InvalidMarkingError: A pointer leads nowhere, so it would protect nothing.
    """
    for number, part in enumerate(marking.granular):
        if value_at(part.pointer, body) is None:
            raise InvalidMarkingError(
                "a part of the marking names nothing in the body",
                pointers=(f"/marking/granular/{number}/pointer",),
            )
