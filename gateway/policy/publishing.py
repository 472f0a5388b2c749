"""What of a message may be shown to everybody: field by field, and nothing beside.

Three things have to agree before a member of a body is made public: its type has it made public at
all (`MessageType.publish`), the originator's signed marking or its consent names it, and `decide`
permits it. What is marked more closely inside such a field is cut out of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.parties import Parties
from gateway.catalogue.types import MessageType
from gateway.errors import PolicyError
from gateway.policy.consents import Consent
from gateway.policy.covering import places_in
from gateway.policy.marking import Marking, Purpose, parse_marking
from gateway.policy.pointers import is_within, token
from gateway.policy.release import Action, Permitted, Request, Subject, Withheld, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishable:
    """The fields of one message that may be made public, as pointers into the body of its type.

    Args:
        closed: Pointers to what stays closed inside them.
        permits: What was decided about each field.
        consented: Those of the fields that rest on a consent.
    """

    fields: tuple[str, ...]
    closed: tuple[str, ...] = ()
    permits: tuple[Permitted, ...] = ()
    consented: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[tuple[str, str], ...]:
        """Return grantor and id of each consent that it rests on; to publish uses each once."""
        return tuple(dict.fromkeys(one for each in self.permits for one in each.used))

    @property
    def consents(self) -> tuple[str, ...]:
        """Return the ids of the consents that it rests on, each once."""
        return tuple(dict.fromkeys(id for _, id in self.used))

    def of(self, values: Mapping[str, Any], *, at: str = "") -> dict[str, Any]:
        """Return of the members that stand at a pointer those that may be made public.

        >>> Publishable(fields=("/name", "/licence"), closed=("/licence/holder",)).of(
        ...     {"name": "A", "licence": {"number": "7", "holder": "B"}, "phone": "1"}
        ... )
        {'name': 'A', 'licence': {'number': '7'}}
        """
        shown = {}
        for name, value in values.items():
            pointer = f"{at}/{token(name)}"
            if any(is_within(pointer, each) for each in self.closed):
                continue
            is_parent = any(is_within(each, pointer) for each in (*self.fields, *self.closed))
            if isinstance(value, Mapping) and is_parent:
                if inside := self.of(value, at=pointer):
                    shown[name] = inside
            elif any(is_within(pointer, each) for each in self.fields):
                shown[name] = value
        return shown


class NotPublicError(PolicyError):
    """Nothing of the message may be made public; `withheld` says by which rule."""

    def __init__(self, withheld: Withheld | None) -> None:
        reason = "no-publication-asked" if withheld is None else withheld.reason
        super().__init__(f"nothing of it may be made public: {reason}")
        self.withheld = withheld


def publishable(
    subject: Subject,
    row: MessageType,
    *,
    holder: str,
    parties: Parties,
    now: int,
    under: str = "",
    consents: Sequence[Consent] = (),
    publication: tuple[str, str] | None = None,
) -> Publishable:
    """Decide about each field of a message that its type and its marking name.

    Args:
        row: The type of what is made public; of a correction, that of the first version.
        under: Where in the signed body a body of that type stands.
        consents: Those that may have fields published which the marking does not name.
        publication: The register and medium that consents have to name.

    Raises:
        NotPublicError: Not one of them may; nothing is shown.
        InvalidMarkingError: The marking cannot be read.
    """
    marking = parse_marking(subject.marking, originator_country=country_of(subject.sender))
    named = _places(marking.publish.fields, row, under)
    more = _places(_consented(subject, consents), row, under)
    asked = Request(
        action=Action.PUBLISH,
        subject=subject,
        holder=holder,
        # Everybody, which is nobody in particular: the rule for this action asks for none.
        audience=holder,
        purpose=Purpose.PUBLICATION,
        now=now,
        publication=publication,
    )
    decisions = {
        each: decide(replace(asked, part=each), parties, consents) for each in (*named, *more)
    }
    allowed = _allowed(decisions, named)
    if not allowed:
        refused = (made for made in decisions.values() if isinstance(made, Withheld))
        raise NotPublicError(next(refused, None))
    return Publishable(
        fields=tuple(each.removeprefix(under) for each in allowed),
        closed=_closed(marking, under),
        permits=tuple(allowed.values()),
        consented=tuple(each.removeprefix(under) for each, made in allowed.items() if made.used),
    )


def _allowed(
    decisions: Mapping[str, Permitted | Withheld], named: Sequence[str]
) -> dict[str, Permitted]:
    """Return what may be made public.

    What the marking does not name is not asked for, even where everybody may know it: it needs the
    consent that names it.
    """
    return {
        pointer: made
        for pointer, made in decisions.items()
        if isinstance(made, Permitted) and (pointer in named or made.consents)
    }


def _consented(subject: Subject, consents: Sequence[Consent]) -> Iterator[str]:
    """Yield the places that consents to a publication name; whether they count, `decide` says."""
    for consent in consents:
        if consent.terms.publication is not None:
            for named in consent.terms.messages:
                yield from places_in(subject, named.pointers)


def _places(pointers: Iterable[str], row: MessageType, under: str) -> list[str]:
    """Return what the type may have made public of the places that are asked for."""
    kept_open = [f"{under}{each}" for each in row.publish]
    return [place for each in pointers for place in _common(each, kept_open)]


def _closed(marking: Marking, under: str) -> tuple[str, ...]:
    closed = (part.pointer for part in marking.granular if not part.is_open)
    return tuple(each.removeprefix(under) for each in closed if is_within(each, under))


def _common(field: str, others: list[str]) -> list[str]:
    """Return the places that lie both in a field and in one of others: the narrower of the two."""
    return [
        field if is_within(field, each) else each
        for each in others
        if is_within(field, each) or is_within(each, field)
    ]
