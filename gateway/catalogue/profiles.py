"""A profile: what one memorandum of cooperation makes of the common catalogue.

It says which country sends and which accepts, which node is the contact point of each (clause
2), which types are in use and how much time they leave. A profile may tighten a type's marking
and never loosen it, so that a change of a data file cannot open what the catalogue keeps closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from gateway.catalogue.identifiers import country_of, is_node
from gateway.catalogue.kinds import Caveat, Level, Priority, Role
from gateway.catalogue.terms import Term
from gateway.catalogue.types import TYPES, MessageType
from gateway.errors import InvalidError, NotPermittedError, Problem, UnknownTypeError


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """One country under the memorandum; `office` holds the names of clause 2 by language."""

    country: str
    role: Role
    node: str
    office: Mapping[str, str]
    signatories: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One memorandum, read from a file under `schemas/profiles`."""

    name: str
    title: Mapping[str, str]
    contact_points: tuple[ContactPoint, ContactPoint]
    language: str
    languages: tuple[str, ...]
    types: Mapping[str, MessageType]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Profile":
        """Read a profile; every type in it is the catalogue's row with the profile's changes.

        The form is the schema's to check (`Catalogue.from_files` does); here stands what a
        schema cannot say.

        Raises:
            InvalidError: The file breaks its rules; `problems` says where. Nothing is guessed.
        """
        try:
            return cls(
                name=document["name"],
                title=_frozen(document["title"]),
                contact_points=_contact_points(document["countries"]),
                language=document["language"],
                languages=tuple(document["languages"]),
                types=MappingProxyType(
                    {name: _type(name, changes) for name, changes in document["types"].items()}
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _invalid("", f"breaks the form of a profile ({error})") from None

    @property
    def nodes(self) -> frozenset[str]:
        """Return the two nodes that exchange under this memorandum."""
        return frozenset(point.node for point in self.contact_points)

    def role_of(self, node: str) -> Role:
        """Return what the country of a contact point does under this memorandum.

        Raises:
            NotPermittedError: The node is not a contact point of clause 2, so it has no part.
        """
        return self._point(node).role

    def office_of(self, node: str) -> Mapping[str, str]:
        """Return the office that is the contact point, by language.

        Raises:
            NotPermittedError: The node is not a contact point of clause 2.
        """
        return self._point(node).office

    def type_of(self, name: str) -> MessageType:
        """Return a type as this memorandum has it: its life, response time and marking.

        Raises:
            UnknownTypeError: The type is not in use here; refused for good.
        """
        try:
            return self.types[name]
        except KeyError:
            raise UnknownTypeError(
                f"{self.name} has no such type in use", pointers=("/type",)
            ) from None

    def may_send(self, node: str, type_name: str) -> bool:
        """Tell whether a node may send a type; for listing what an officer can write."""
        try:
            self.check_sender(node, type_name)
        except (NotPermittedError, UnknownTypeError):
            return False
        return True

    def check_sender(self, node: str, type_name: str) -> MessageType:
        """Let pass only a type that this node may send, and return its row.

        Raises:
            UnknownTypeError: The type is not in use here; refused for good.
            NotPermittedError: It is the other side's to send, or the node has no part here.
        """
        row = self.type_of(type_name)
        if self.role_of(node) not in row.senders:
            raise NotPermittedError(f"{node} may not send {row.name}", pointers=("/type",))
        return row

    def _point(self, node: str) -> ContactPoint:
        for point in self.contact_points:
            if point.node == node:
                return point
        raise NotPermittedError(f"not a contact point of {self.name}")


def _contact_points(countries: Mapping[str, Any]) -> tuple[ContactPoint, ContactPoint]:
    points = [
        ContactPoint(
            country=country,
            role=Role(row["role"]),
            node=row["contact_point"],
            office=_frozen(row["office"]),
            signatories=frozenset(row["signatories"]),
        )
        for country, row in countries.items()
    ]
    for point in points:
        if not is_node(point.node) or country_of(point.node) != point.country:
            raise _invalid(f"/countries/{point.country}/contact_point", "is of another country")
    if sorted(point.role for point in points) != sorted(Role):
        raise _invalid("/countries", "needs two countries, one sending and one accepting")
    return points[0], points[1]


def _type(name: str, changes: Mapping[str, Any]) -> MessageType:
    row = TYPES.get(name)
    if row is None:
        raise _invalid(f"/types/{name}", "is not a type of the catalogue")
    level = Level(changes.get("level", row.level))
    if level < row.level:
        raise _invalid(f"/types/{name}/level", f"is more open than {row.level}")
    response = {
        Priority(priority): _term(term) for priority, term in changes.get("response", {}).items()
    }
    return replace(
        row,
        handed_over=_term(changes["handed_over"]) if "handed_over" in changes else row.handed_over,
        accepted=_term(changes["accepted"]) if "accepted" in changes else row.accepted,
        life=int(changes.get("life_days", row.life)),
        level=level,
        caveats=row.caveats | {Caveat(caveat) for caveat in changes.get("caveats", ())},
        response=MappingProxyType({**row.response, **response}),
    )


def _term(term: Mapping[str, Any]) -> Term:
    return Term(int(term["days"]), working=term["count"] == "working")


def _frozen(names: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(names))


def _invalid(where: str, text: str) -> InvalidError:
    return InvalidError("a profile cannot be used", problems=(Problem(where, text),))
