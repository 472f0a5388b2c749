"""Code lists: what each code means, and on which days it is in use.

Lists change while papers stay: a field of work is added by the cabinet or merged into another, and
a message about last year still has to name it as it was. So a retired code stays in its list with
its last day, and a code is judged by the day it speaks of. In a schema, `codes` beside the `enum`
of a member says which list that is and where the day stands:

    "codes": {"list": "ssw-fields", "on": "/items/*/issued_on"}

`on` is a pointer from the root of the body, and a `*` in it is the id or number on the way to the
code itself. Without `on`, or where nothing stands there, it is the day the message was created.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.schema import Schema
from gateway.catalogue.spots import EACH, Path, Spot, value_at
from gateway.errors import InvalidError, Problem

_FOLDER: Final = "codes/"
_SCHEMA: Final = "codes.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: its words by language, and its first and last day of use.

    Args:
        ministry: Who is in charge of it, by the id in the registry of parties.
        ssw2: Whether a field is open to residence status (ii); None where that means nothing.
        replaced_by: The code that took its place.
    """

    label: Mapping[str, str]
    valid_from: str
    valid_to: str | None = None
    ministry: str | None = None
    ssw2: bool | None = None
    replaced_by: str | None = None

    def misuse(self, day: str) -> str:
        """Say why the code is not to be used for a day, or nothing.

        A month or a year, as old papers have them, is enough if any of its days would do.

        >>> code = Code(label={}, valid_from="2019-04-01", valid_to="2022-05-24")
        >>> code.misuse("2022-05"), code.misuse("2022-06")
        ('', 'was in use until 2022-05-24')
        """
        # One form of dates, so that texts compare as the days they name.
        if day < self.valid_from[: len(day)]:
            return f"is in use from {self.valid_from} on"
        if self.valid_to is None or day <= self.valid_to[: len(day)]:
            return ""
        instead = "" if self.replaced_by is None else f"; {self.replaced_by} took its place"
        return f"was in use until {self.valid_to}{instead}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One list under `schemas/codes`, in the order in which it is shown."""

    name: str
    title: Mapping[str, str]
    codes: Mapping[str, Code]

    def in_use(self, day: str) -> tuple[str, ...]:
        """Return the codes that may be used for a day."""
        return tuple(name for name, code in self.codes.items() if not code.misuse(day))


def read_code_lists(files: Mapping[str, bytes]) -> Mapping[str, CodeList]:
    """Read every code list, by name.

    Args:
        files: As for the catalogue: path below `schemas/` to the bytes of the file.

    Raises:
        InvalidError: A list breaks its form, or a code ends before it begins or is replaced by
            one that the list does not have. A node with a broken catalogue must not start.
    """
    schema = Schema(files[_SCHEMA], where=_SCHEMA)
    lists = {}
    for path in sorted(path for path in files if path.startswith(_FOLDER)):
        try:
            document = json.loads(files[path])
        except ValueError as error:
            raise _unusable(path, f"is not JSON ({error})") from None
        schema.check_file(document, where=path)
        codes = {name: Code(**row) for name, row in document["codes"].items()}
        for name, code in codes.items():
            where = f"{path}#/codes/{name}"
            if code.misuse(code.valid_from):
                raise _unusable(f"{where}/valid_to", "lies before the first day of use")
            if code.replaced_by is not None and code.replaced_by not in codes:
                raise _unusable(f"{where}/replaced_by", "is no code of this list")
        name = document["name"]
        lists[name] = CodeList(name=name, title=document["title"], codes=MappingProxyType(codes))
    return MappingProxyType(lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A member that holds codes of a list; `on` is where the day stands that they speak of."""

    spot: Spot
    codes: CodeList
    on: Path | None

    def misuses(self, body: Any, day: str) -> Iterator[tuple[Path, str]]:
        """Yield every code that was not in use on its day, with the words for it.

        Args:
            body: One that fits the schema.
            day: The day the message was created.
        """
        for path, name in self.spot.values(body):
            code = self.codes.codes.get(name) if isinstance(name, str) else None
            if code is not None and (words := code.misuse(self._day(body, path) or day)):
                yield path, words

    def _day(self, body: Any, path: Path) -> str | None:
        if self.on is None:
            return None
        filled = tuple(
            path[place] if token == EACH and place < len(path) else token
            for place, token in enumerate(self.on)
        )
        found = value_at(body, filled)
        return found if isinstance(found, str) else None


def coded_members(
    members: tuple[Spot, ...], lists: Mapping[str, CodeList], *, where: str
) -> tuple[Coded, ...]:
    """Return every member of a schema that names a code list.

    Args:
        where: The name of the schema's file, for the error.

    Raises:
        InvalidError: There is no such list, the member offers other codes than the list has, or
            no member of the schema stands where the day should.
    """
    return tuple(
        _coded(spot, members, lists, where=where) for spot in members if "codes" in spot.schema
    )


def _coded(
    spot: Spot, members: tuple[Spot, ...], lists: Mapping[str, CodeList], *, where: str
) -> Coded:
    keyword = spot.schema["codes"]
    title = f"{where} ({spot.schema.get('title')})"
    codes = lists.get(keyword["list"])
    if codes is None:
        raise _unusable(title, f"names a code list {keyword['list']} that does not exist")
    if list(spot.schema.get("enum", ())) != list(codes.codes):
        raise _unusable(title, f"has other codes than the list {codes.name}")
    on = None
    if "on" in keyword:
        on = tuple(keyword["on"].removeprefix("/").split("/"))
        if not any(each.fits(on) for each in members):
            raise _unusable(title, f"takes the day from {keyword['on']}, which is no member")
    return Coded(spot=spot, codes=codes, on=on)


def _unusable(where: str, text: str) -> InvalidError:
    return InvalidError("a code list cannot be used", problems=(Problem(where, text),))
