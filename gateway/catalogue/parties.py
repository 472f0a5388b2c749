"""Who is who: ministries and agencies, and on whose side each stands.

Clause 3 binds the signatories of each memorandum as two sides. Everybody else is a third party,
of whatever country: a sector ministry, an embassy, an exam body. The registry therefore says for
every organisation which memoranda it signed, and an organisation it does not know is nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.catalogue.identifiers import country_of, is_node
from gateway.errors import InvalidError, NotFoundError, Problem


class PartyKind(StrEnum):
    """What an organisation is; some caveats keep content from some kinds."""

    AUTHORITY = "authority"
    EMBASSY = "embassy"
    COURT = "court"
    EXAM_BODY = "exam-body"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One organisation. `names` holds at least `en`; `signatory_of` the names of profiles."""

    id: str
    kind: PartyKind
    names: Mapping[str, str]
    signatory_of: frozenset[str] = frozenset()

    @property
    def country(self) -> str:
        """Return the country it belongs to; being of a country is not being on its side."""
        return country_of(self.id)

    def side_in(self, profile: str) -> str | None:
        """Return the country on whose side it stands under a memorandum, None for outsiders."""
        return self.country if profile in self.signatory_of else None


class Parties:
    """The registry of every organisation that any of our memoranda names."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self._parties = MappingProxyType({party.id: party for party in parties})

    @classmethod
    def from_json(cls, documents: Iterable[Mapping[str, Any]]) -> "Parties":
        """Read the files under `schemas/parties`, one for each memorandum.

        Raises:
            InvalidError: A file breaks its rules, or two describe one organisation differently.
        """
        merged: dict[str, Party] = {}
        for document in documents:
            for party in _read(document):
                merged[party.id] = _merge(merged.get(party.id), party)
        return cls(merged.values())

    def of(self, party_id: str) -> Party:
        """Return the organisation of that id.

        Raises:
            NotFoundError: The registry does not know it; nothing may be released to it.
        """
        try:
            return self._parties[party_id]
        except KeyError:
            raise NotFoundError("the registry of parties has no such organisation") from None

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
            yield Party(
                id=party_id,
                kind=PartyKind(row["kind"]),
                names=MappingProxyType(dict(row["names"])),
                signatory_of=frozenset({profile} if row["signatory"] is True else ()),
            )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid("/parties", f"breaks the form of the file ({error})") from None


def _merge(earlier: Party | None, party: Party) -> Party:
    if earlier is None:
        return party
    if (earlier.kind, dict(earlier.names)) != (party.kind, dict(party.names)):
        raise _invalid(_pointer(party.id), "is described differently for another memorandum")
    return Party(
        id=party.id,
        kind=party.kind,
        names=party.names,
        signatory_of=earlier.signatory_of | party.signatory_of,
    )


def _pointer(party_id: str) -> str:
    return "/parties/" + party_id.replace("~", "~0").replace("/", "~1")


def _invalid(where: str, text: str) -> InvalidError:
    return InvalidError("a file of parties cannot be used", problems=(Problem(where, text),))
