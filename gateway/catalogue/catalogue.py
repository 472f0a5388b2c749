"""Everything a node knows about messages, read once from the files under `schemas/`.

The caller reads the files and hands over their bytes; this module touches no disk. All is checked
before anything is returned: a node starts with the whole catalogue or not at all.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.catalogue.bodies import Bodies
from gateway.catalogue.calendars import Calendar
from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.parties import Parties
from gateway.catalogue.profiles import Profile
from gateway.catalogue.schema import Schema
from gateway.catalogue.types import TYPES, MessageType, type_of
from gateway.errors import InvalidError, Problem, UnknownProfileError

_SUFFIX = ".schema.json"
_FOLDERS = {"profile": "profiles/", "parties": "parties/", "calendar": "calendars/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Types with their schemas, memoranda and parties; `profiles` is keyed by name."""

    bodies: Bodies
    profiles: Mapping[str, Profile]
    parties: Parties

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "Catalogue":
        """Build the catalogue from the files under `schemas/`.

        Args:
            files: Path below `schemas/`, such as `types/ping.schema.json`, to its bytes. Other
                files that stand there (the schema of the configuration) are left alone.

        Raises:
            InvalidError: A file is missing, broken, or disagrees with another one.
        """
        schemas = {
            path.removeprefix("types/").removesuffix(_SUFFIX): raw
            for path, raw in files.items()
            if path.startswith("types/") and path.endswith(_SUFFIX)
        }
        if missing := sorted(TYPES.keys() - schemas.keys()):
            raise _invalid(f"types/{missing[0]}{_SUFFIX}", "is missing")
        if unknown := sorted(schemas.keys() - TYPES.keys()):
            raise _invalid(f"types/{unknown[0]}{_SUFFIX}", "is of no type in the catalogue")
        calendars = _calendars(files)
        documents = _data(files, "profile")
        profiles = [Profile.from_json(document, calendars) for _, document in documents]
        parties = Parties.from_json(document for _, document in _data(files, "parties"))
        lists = read_code_lists(files)
        for profile in profiles:
            _agree(profile, parties)
            if missing := sorted(profile.code_lists - lists.keys()):
                raise _invalid(
                    f"codes/{missing[0]}.json", f"is named by {profile.name} and missing"
                )
        return cls(
            bodies=Bodies(schemas, lists),
            profiles=MappingProxyType({profile.name: profile for profile in profiles}),
            parties=parties,
        )

    def type_of(self, name: str) -> MessageType:
        """Return a type as the catalogue has it, before any profile.

        Raises:
            UnknownTypeError: No such type; refused for good.
        """
        return type_of(name)

    def profile(self, name: str) -> Profile:
        """Return the profile that a signed header names.

        Raises:
            UnknownProfileError: We exchange under no such memorandum; refused for good.
        """
        try:
            return self.profiles[name]
        except KeyError:
            raise UnknownProfileError(
                "no profile of that name is known here", pointers=("/profile",)
            ) from None

    def profile_for(self, node_a: str, node_b: str) -> Profile:
        """Return the memorandum under which two nodes exchange.

        Raises:
            UnknownProfileError: They have none, so they have nothing to say to each other.
        """
        for profile in self.profiles.values():
            if profile.nodes == {node_a, node_b}:
                return profile
        raise UnknownProfileError("no memorandum joins these two nodes", pointers=("/profile",))


def _calendars(files: Mapping[str, bytes]) -> Mapping[str, Calendar]:
    """Return the calendars by the names of their files, which are the codes of their countries."""
    calendars = {}
    for path, document in _data(files, "calendar"):
        if path != f"{_FOLDERS['calendar']}{document['country']}.json":
            raise _invalid(f"{path}#/country", "is another country than the name of the file")
        try:
            calendars[document["country"]] = Calendar.from_json(document)
        except InvalidError as error:
            raise _invalid(f"{path}#{error.problems[0].where}", error.problems[0].text) from None
    return calendars


def _data(files: Mapping[str, bytes], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the data files of a kind with their paths, each checked against its schema."""
    folder = _FOLDERS[kind]
    schema_path = f"{kind}{_SUFFIX}"
    if schema_path not in files:
        raise _invalid(schema_path, "is missing")
    schema = Schema(files[schema_path], where=schema_path)
    for path in sorted(path for path in files if path.startswith(folder)):
        try:
            document = json.loads(files[path])
        except ValueError as error:
            raise _invalid(path, f"is not JSON ({error})") from None
        schema.check_file(document, where=path)
        yield path, document


def _agree(profile: Profile, parties: Parties) -> None:
    """Let pass only a profile whose signatories and recipients are the registry's."""
    for point in profile.contact_points:
        listed = {
            party.id for party in parties.all() if party.side_in(profile.name) == point.country
        }
        if listed != point.signatories:
            where = f"{profile.name}#/countries/{point.country}/signatories"
            raise _invalid(where, "are not those of the registry of parties")
    known = {party.id for party in parties.all()}
    for point in profile.contact_points:
        if not point.extra_grantors <= known:
            where = f"{profile.name}#/countries/{point.country}/consent/extra_grantors"
            raise _invalid(where, "has an organisation that the registry of parties does not know")
    for name, settings in profile.settings.items():
        if not settings.permitted_recipients <= known:
            where = f"{profile.name}#/types/{name}/permitted_recipients"
            raise _invalid(where, "has an organisation that the registry of parties does not know")


def _invalid(where: str, text: str) -> InvalidError:
    return InvalidError("the catalogue cannot be used", problems=(Problem(where, text),))
