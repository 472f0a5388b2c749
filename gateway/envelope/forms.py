"""The forms of names, ids and digests, and a reader of members that says where a fault stands."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from gateway.envelope import base64url, times
from gateway.errors import MalformedError

NODE: Final = re.compile(r"[a-z]{2}/[a-z0-9-]{2,32}")
UUID7: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# A thread is named by its first message (7) or, between two nodes, by their names (8).
THREAD: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
# 32 bytes in canonical base64url: the last character has two unused bits.
HASH: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
DIGEST: Final = re.compile(r"sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
OPAQUE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Without quotes and backslashes, which grow each time the text is put into another one.
POINTER: Final = re.compile(r"(?:/[ !#-\[\]-~]{0,127})?")

_Kind = TypeVar("_Kind", bound=StrEnum)


class Members:
    """The members of one JSON object, read one by one; every fault names its JSON Pointer."""

    __slots__ = ("_at", "_values")

    def __init__(self, values: Any, at: str = "") -> None:
        if type(values) is not dict:
            raise fault(at, "is not an object")
        self._values: Mapping[str, Any] = values
        self._at = at

    def only(self, *names: str) -> None:
        """Refuse every member that is not named; for objects without room for new ones."""
        if not self._values.keys() <= set(names):
            raise fault(self._at, "has an unknown member")

    def has(self, name: str) -> bool:
        """Say whether the member is present, be it null."""
        return name in self._values

    def value(self, name: str) -> Any:
        """Return any value except null, which is never a value here."""
        value = self._values.get(name)
        if value is None:
            raise fault(self.pointer(name), "is missing or null")
        return value

    def text(self, name: str, form: re.Pattern[str]) -> str:
        """Return a string that has the form from end to end."""
        value = self.value(name)
        if type(value) is not str or not form.fullmatch(value):
            raise fault(self.pointer(name), "has another form")
        return value

    def optional(self, name: str, form: re.Pattern[str]) -> str | None:
        """Return the string, or None where the member is absent."""
        return self.text(name, form) if name in self._values else None

    def nullable(self, name: str, form: re.Pattern[str]) -> str | None:
        """Return the string, or None where the member is present and null."""
        if name in self._values and self._values[name] is None:
            return None
        return self.text(name, form)

    def words(self, name: str, *, most: int) -> str:
        """Return free text as it was written (no normalisation), not empty and not too long."""
        value = self.value(name)
        if type(value) is not str or not 0 < len(value) <= most:
            raise fault(self.pointer(name), f"is not a text of 1 to {most} characters")
        return value

    def constant(self, name: str, expected: str) -> str:
        """Return the one value that is allowed."""
        if self.value(name) != expected:
            raise fault(self.pointer(name), f"is not {expected}")
        return expected

    def kind(self, name: str, kinds: type[_Kind]) -> _Kind:
        """Return the enum member of that name."""
        value = self.value(name)
        if type(value) is str and value in kinds.__members__.values():
            return kinds(value)
        raise fault(self.pointer(name), "is not one of the known words")

    def integer(self, name: str, *, least: int = 0, most: int = 2**53) -> int:
        """Return an integer; a boolean is none."""
        value = self.value(name)
        if type(value) is not int or not least <= value <= most:
            raise fault(self.pointer(name), f"is not an integer from {least} to {most}")
        return value

    def boolean(self, name: str) -> bool:
        """Return true or false; 1 and 0 are neither."""
        value = self.value(name)
        if type(value) is not bool:
            raise fault(self.pointer(name), "is not true or false")
        return value

    def time(self, name: str) -> str:
        """Return a time's text once it has been read."""
        value = self.value(name)
        try:
            times.parse(value if type(value) is str else "")
        except MalformedError:
            raise fault(self.pointer(name), "is not of the form YYYY-MM-DDTHH:MM:SSZ") from None
        return str(value)

    def raw(self, name: str, *, least: int, most: int) -> bytes:
        """Return the bytes behind a canonical base64url text."""
        value = self.value(name)
        try:
            raw = base64url.decode(value if type(value) is str else "=")
        except MalformedError:
            raise fault(self.pointer(name), "is not canonical base64url") from None
        if not least <= len(raw) <= most:
            raise fault(self.pointer(name), "has the wrong length")
        return raw

    def strings(self, name: str, form: re.Pattern[str], *, most: int) -> tuple[str, ...]:
        """Return a list of strings that all have the form."""
        values = self._list(name, least=0, most=most)
        for at, value in enumerate(values):
            if type(value) is not str or not form.fullmatch(value):
                raise fault(f"{self.pointer(name)}/{at}", "has another form")
        return tuple(values)

    def objects(self, name: str, *, least: int = 0, most: int) -> Iterator["Members"]:
        """Yield the objects of a list, each with its own pointer."""
        for at, value in enumerate(self._list(name, least=least, most=most)):
            yield Members(value, f"{self.pointer(name)}/{at}")

    def object(self, name: str) -> "Members":
        """Return a member that is an object."""
        return Members(self.value(name), self.pointer(name))

    def plain(self) -> dict[str, Any]:
        """Return the object itself, for those who keep it as it came."""
        return dict(self._values)

    def pointer(self, name: str) -> str:
        """Return the JSON Pointer of a member."""
        return f"{self._at}/{name}"

    def _list(self, name: str, *, least: int, most: int) -> list[Any]:
        value = self.value(name)
        if type(value) is not list or not least <= len(value) <= most:
            raise fault(self.pointer(name), f"is not a list of {least} to {most}")
        return value


def fault(pointer: str, text: str) -> MalformedError:
    """Return the error for one member; the text never carries its value."""
    return MalformedError(f"{pointer or 'the object'} {text}", pointers=(pointer,))
