"""A profile: what one memorandum of cooperation makes of the common catalogue.

It says which country sends and which accepts, which node is the contact point of each (clause
2), which types are in use, who may send them, which clauses they serve, how much time they leave
and what is to be made public of them. A profile may tighten a type's marking and never loosen it,
so that a change of a data file cannot open what the catalogue keeps closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue import profile_types
from gateway.catalogue.calendars import Calendar
from gateway.catalogue.identifiers import country_of, is_node
from gateway.catalogue.kinds import Purpose, Role
from gateway.catalogue.profile_types import Publication, Settings, invalid
from gateway.catalogue.registers import Register
from gateway.catalogue.types import MessageType
from gateway.errors import NotPermittedError, UnknownTypeError


class Status(StrEnum):
    """Whether both countries have confirmed what a profile says."""

    IN_FORCE = "in-force"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """One country under the memorandum; `office` holds the names of clause 2 by language.

    Args:
        officers_needed: How many consent officers sign each consent of this country.
        extra_grantors: Organisations beside the contact point whose officers may sign one.
    """

    country: str
    role: Role
    node: str
    office: Mapping[str, str]
    signatories: frozenset[str]
    calendar: Calendar
    officers_needed: int
    extra_grantors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a memorandum adds to the marking of a type, for one recipient.

    Args:
        permitted_recipients: Third parties whom the sender allows the content beforehand.
        purposes: What the content may be used for; empty when only the clauses say so.
        publication: The recipient's part in making it public, None where nothing is said.
    """

    permitted_recipients: frozenset[str] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    publication: Publication | None = None


DEFAULTS: Final = Defaults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One memorandum, read from a file under `schemas/profiles`.

    Args:
        code_lists: The lists that bodies take their codes from.
        pre_departure_document: The paper that a worker needs of the sending country.
        sending_organisations: What kinds of organisation send workers; empty where a ministry
            does it itself.
        settings: What this memorandum says of a type beside the type's own row.
    """

    name: str
    title: Mapping[str, str]
    status: Status
    contact_points: tuple[ContactPoint, ContactPoint]
    language: str
    languages: tuple[str, ...]
    code_lists: frozenset[str]
    pre_departure_document: str
    sending_organisations: frozenset[str]
    types: Mapping[str, MessageType]
    settings: Mapping[str, Settings]

    @classmethod
    def from_json(cls, document: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> "Profile":
        """Read a profile; every type in it is the catalogue's row with the profile's changes.

        The form is the schema's to check (`Catalogue.from_files` does); here stands what a
        schema cannot say.

        Raises:
            InvalidError: The file breaks its rules; `problems` says where. Nothing is guessed.
        """
        try:
            types = document["types"]
            profile = cls(
                name=document["name"],
                title=_frozen(document["title"]),
                status=Status(document["status"]),
                contact_points=_contact_points(document["countries"], calendars),
                language=document["language"],
                languages=tuple(document["languages"]),
                code_lists=frozenset(document["code_lists"]),
                pre_departure_document=document["pre_departure_document"],
                sending_organisations=frozenset(document["sending_organisations"]),
                types=MappingProxyType(
                    {name: profile_types.row_of(name, changes) for name, changes in types.items()}
                ),
                settings=MappingProxyType(
                    {
                        name: profile_types.settings_of(name, changes)
                        for name, changes in types.items()
                    }
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise invalid("", f"breaks the form of a profile ({error})") from None
        _check_registers(profile)
        return profile

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

    def calendar_of(self, node: str) -> Calendar:
        """Return the working days of the office that is the contact point.

        Raises:
            NotPermittedError: The node is not a contact point of clause 2.
        """
        return self._point(node).calendar

    def officers_needed(self, node: str) -> int:
        """Return how many consent officers of a contact point sign each consent it gives.

        Raises:
            NotPermittedError: The node is not a contact point of clause 2; it gives none.
        """
        return self._point(node).officers_needed

    def grantors_of(self, node: str) -> frozenset[str]:
        """Return the organisations whose officers may give the consent of a contact point.

        Raises:
            NotPermittedError: The node is not a contact point of clause 2; it gives none.
        """
        return self._point(node).extra_grantors | {node}

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

    def publication_of(self, name: str, role: Role) -> Publication | None:
        """Return what a side has to make public of a type, None where it has no part in that.

        Raises:
            UnknownTypeError: The type is not in use here.
        """
        self.type_of(name)
        return self.settings[name].publication.get(role)

    def defaults_of(self, name: str, recipient: str) -> Defaults:
        """Return what the marking of a message of ours says beside what its type does.

        Raises:
            NotPermittedError: The recipient is not a contact point of clause 2.
            UnknownTypeError: The type is not in use here.
        """
        publication = self.publication_of(name, self.role_of(recipient))
        settings = self.settings[name]
        return Defaults(
            permitted_recipients=settings.permitted_recipients,
            purposes=settings.purposes,
            publication=publication,
        )

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


def _contact_points(
    countries: Mapping[str, Any], calendars: Mapping[str, Calendar]
) -> tuple[ContactPoint, ContactPoint]:
    points = [
        ContactPoint(
            country=country,
            role=Role(row["role"]),
            node=row["contact_point"],
            office=_frozen(row["office"]),
            signatories=frozenset(row["signatories"]),
            calendar=_calendar(country, row["calendar"], calendars),
            officers_needed=int(row["consent"]["officers"]),
            extra_grantors=frozenset(row["consent"].get("extra_grantors", ())),
        )
        for country, row in countries.items()
    ]
    for point in points:
        if not is_node(point.node) or country_of(point.node) != point.country:
            raise invalid(f"/countries/{point.country}/contact_point", "is of another country")
        # Another country's ministry never consents in this one's name.
        if any(country_of(grantor) != point.country for grantor in point.extra_grantors):
            where = f"/countries/{point.country}/consent/extra_grantors"
            raise invalid(where, "has an organisation of another country")
    if sorted(point.role for point in points) != sorted(Role):
        raise invalid("/countries", "needs two countries, one sending and one accepting")
    return points[0], points[1]


def _calendar(country: str, name: str, calendars: Mapping[str, Calendar]) -> Calendar:
    if name not in calendars:
        raise invalid(f"/countries/{country}/calendar", "is no file under calendars/")
    return calendars[name]


def _check_registers(profile: Profile) -> None:
    """Let pass only a profile that keeps no register of what its memorandum does not know.

    Raises:
        InvalidError: There are no sending organisations, and a type is about them.
    """
    if profile.sending_organisations:
        return
    for row in profile.types.values():
        if row.register is Register.SENDING_ORGS:
            raise invalid(f"/types/{row.name}", "needs sending organisations, and there are none")


def _frozen(names: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(names))
