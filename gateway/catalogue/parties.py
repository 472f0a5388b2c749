"""Who is who: ministries and agencies, and on whose side each stands.

Clause 3 binds the signatories of each memorandum as two sides. Everybody else is a third party,
of whatever country: a sector ministry, an embassy, an exam body. The registry therefore says for
every organisation which memoranda it signed, and an organisation it does not know is nobody.

An organisation has its time. One that takes another's place is another organisation: what was
permitted to the former is not permitted to it, and what names the former names nobody any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.identifiers import country_of, is_node
from gateway.catalogue.look_alikes import nearness, skeleton
from gateway.envelope import times
from gateway.errors import InvalidError, NotFoundError, Problem

# Days compare as texts; these stand before and after every one that a file may hold.
_ALWAYS: Final = ""
_NEVER: Final = "~"


class PartyKind(StrEnum):
    """What an organisation is; some caveats keep content from some kinds."""

    AUTHORITY = "authority"
    EMBASSY = "embassy"
    COURT = "court"
    EXAM_BODY = "exam-body"
    PRESS = "press"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One organisation.

    Args:
        names: By language, with at least `en`.
        signatory_of: The names of profiles.
        valid_from, valid_to: Its first and last day; None where nobody needs to know.
        successor_of: Whose place it took; what they might be given is not for it.
        aliases: Other names and abbreviations, for finding it.
    """

    id: str
    kind: PartyKind
    names: Mapping[str, str]
    signatory_of: frozenset[str] = frozenset()
    valid_from: str | None = None
    valid_to: str | None = None
    successor_of: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        """Return the country it belongs to; being of a country is not being on its side."""
        return country_of(self.id)

    @property
    def called(self) -> tuple[str, ...]:
        """Return everything that people call it."""
        return (*self.names.values(), *self.aliases)

    def side_in(self, profile: str) -> str | None:
        """Return the country on whose side it stands under a memorandum, None for outsiders."""
        return self.country if profile in self.signatory_of else None

    def is_there(self, day: str) -> bool:
        """Tell whether the organisation exists on a day.

        >>> bureau = Party(id="jp/old", kind=PartyKind.AUTHORITY, names={}, valid_to="2019-03-31")
        >>> bureau.is_there("2019-03-31"), bureau.is_there("2019-04-01")
        (True, False)
        """
        return (self.valid_from or _ALWAYS) <= day <= (self.valid_to or _NEVER)

    def meets(self, other: "Party") -> bool:
        """Tell whether there is a day on which both exist."""
        begins = max(self.valid_from or _ALWAYS, other.valid_from or _ALWAYS)
        return begins <= min(self.valid_to or _NEVER, other.valid_to or _NEVER)


class Parties:
    """The registry of every organisation that any of our memoranda names."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._parties = MappingProxyType({party.id: party for party in parties})

    @classmethod
    def from_json(cls, documents: Iterable[Mapping[str, Any]]) -> "Parties":
        """Read the files under `schemas/parties`, one for each memorandum.

        Raises:
            InvalidError: A file breaks its rules, two describe one organisation differently, two
                organisations look alike by name, or one succeeds itself.
        """
        merged: dict[str, Party] = {}
        for document in documents:
            for party in _read(document):
                merged[party.id] = _merge(merged.get(party.id), party)
        _check_successors(merged)
        _check_names(merged.values())
        return cls(merged.values())

    def of(self, party_id: str, at: int | None = None) -> Party:
        """Return the organisation of that id.

        Args:
            at: Unix seconds; it must exist on that day (UTC). None asks for no day.

        Raises:
            NotFoundError: The registry does not know it, or not for that day; nothing may be
                released to it. The hint names who took its place.
        """
        party = self._parties.get(party_id)
        if party is None:
            raise NotFoundError("the registry of parties has no such organisation")
        if at is not None and not party.is_there(times.text(at)[:10]):
            took_over = ", ".join(each.id for each in self.successors_of(party_id))
            raise NotFoundError(
                f"{party_id} does not exist on that day",
                hint=f"its place took {took_over}" if took_over else "",
            )
        return party

    def side_of(self, party_id: str, profile: str, at: int | None = None) -> str | None:
        """Return the country on whose side an organisation stands, None for everybody else."""
        try:
            return self.of(party_id, at).side_in(profile)
        except NotFoundError:
            return None

    def successors_of(self, party_id: str) -> tuple[Party, ...]:
        """Return who took its place; nobody may be given for it what it might be given."""
        return tuple(party for party in self.all() if party_id in party.successor_of)

    def alike(self, name: str) -> tuple[Party, ...]:
        """Return every organisation that may be meant by a text, the nearest first.

        It is for showing to a person: even a single one is never chosen by its name.
        """
        found = [(nearness(name, (*party.called, party.id)), party) for party in self.all()]
        near = [(-agreement, party.id, party) for agreement, party in found if agreement]
        return tuple(party for *_, party in sorted(near, key=lambda each: each[:2]))

    def all(self) -> tuple[Party, ...]:
        """Return every organisation, ordered by id."""
        return tuple(sorted(self._parties.values(), key=lambda party: party.id))


def _read(document: Mapping[str, Any]) -> Iterable[Party]:
    try:
        profile = str(document["profile"])
        rows: Mapping[str, Mapping[str, Any]] = document["parties"]
        for party_id, row in rows.items():
            if not is_node(party_id):
                raise _invalid(_pointer(party_id), "is not a name such as jp/isa")
            yield _party(party_id, row, profile)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid("/parties", f"breaks the form of the file ({error})") from None


def _party(party_id: str, row: Mapping[str, Any], profile: str) -> Party:
    party = Party(
        id=party_id,
        kind=PartyKind(row["kind"]),
        names=MappingProxyType(dict(row["names"])),
        signatory_of=frozenset({profile} if row["signatory"] is True else ()),
        valid_from=_day(row, "valid_from"),
        valid_to=_day(row, "valid_to"),
        successor_of=tuple(row.get("successor_of", ())),
        aliases=tuple(row.get("aliases", ())),
    )
    if not party.meets(party):
        raise _invalid(f"{_pointer(party_id)}/valid_to", "lies before the first day")
    return party


def _day(row: Mapping[str, Any], name: str) -> str | None:
    return date.fromisoformat(row[name]).isoformat() if name in row else None


def _merge(earlier: Party | None, party: Party) -> Party:
    if earlier is None:
        return party
    merged = replace(party, signatory_of=earlier.signatory_of | party.signatory_of)
    if replace(earlier, signatory_of=merged.signatory_of) != merged:
        raise _invalid(_pointer(party.id), "is described differently for another memorandum")
    return merged


def _check_successors(parties: Mapping[str, Party]) -> None:
    """Let pass only a registry in which whoever took a place took somebody else's."""
    for party in parties.values():
        where = f"{_pointer(party.id)}/successor_of"
        if not set(party.successor_of) <= parties.keys():
            raise _invalid(where, "names an organisation that the registry does not have")
        if party.id in _before(party, parties):
            raise _invalid(where, "leads back to the organisation itself")


def _before(party: Party, parties: Mapping[str, Party]) -> set[str]:
    """Return everybody whose place an organisation took, directly or not."""
    found: set[str] = set()
    waiting = list(party.successor_of)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += parties[each].successor_of if each in parties else ()
    return found


def _check_names(parties: Iterable[Party]) -> None:
    """Let pass only a registry in which no two organisations of one day look alike by name."""
    seen: dict[str, list[Party]] = {}
    for party in parties:
        for drawn in _drawn(party):
            for other in seen.setdefault(drawn, []):
                if party.meets(other):
                    raise _invalid(
                        f"{_pointer(party.id)}/names", f"has a name that looks like {other.id}'s"
                    )
            seen[drawn].append(party)


def _drawn(party: Party) -> Iterator[str]:
    yield from {skeleton(name) for name in party.called}


def _pointer(party_id: str) -> str:
    return "/parties/" + party_id.replace("~", "~0").replace("/", "~1")


def _invalid(where: str, text: str) -> InvalidError:
    return InvalidError("a file of parties cannot be used", problems=(Problem(where, text),))
