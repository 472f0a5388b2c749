"""Places in a body, by JSON Pointer (RFC 6901): one reading of them, for whoever names a part.

Pointers lead through objects alone. What is a list on paper is an object with opaque names here;
where a body does hold a list, it is named, marked and cut as a whole, because without some of its
elements it would say something else.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def token(name: str) -> str:
    """Return the name of a member as a pointer has it.

    >>> token("a/b")
    'a~1b'
    """
    return name.replace("~", "~0").replace("/", "~1")


def members(value: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    """Yield each member of an object that stands at a pointer, with its own pointer."""
    for name, inside in value.items():
        yield f"{at}/{token(name)}", inside


def value_at(pointer: str, body: Any) -> Any:
    """Return what a pointer names; None where it leads nowhere, since no body holds a null.

    >>> value_at("/a/b", {"a": {"b": 1}}), value_at("/a/0", {"a": [1]})
    (1, None)
    """
    value = body
    for name in _names(pointer):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def list_above(pointer: str, body: Any) -> str | None:
    """Return the pointer to the list that another leads into; None where it leads into none.

    >>> list_above("/a/0/b", {"a": [{"b": 1}]})
    '/a'
    """
    value, at = body, ""
    for name in _names(pointer):
        if isinstance(value, list):
            return at
        if not isinstance(value, Mapping) or name not in value:
            return None
        value, at = value[name], f"{at}/{token(name)}"
    return None


def fault_of(pointer: str, body: Any) -> str | None:
    """Return what is wrong with a pointer that names nothing in a body, for whoever wrote it."""
    if value_at(pointer, body) is not None:
        return None
    if (above := list_above(pointer, body)) is not None:
        return f"{pointer} leads into a list, which goes or stays as a whole: name {above}"
    return f"{pointer} names nothing in the message"


def is_within(pointer: str, other: str) -> bool:
    """Tell whether a JSON Pointer names a place, or something inside it.

    >>> is_within("/scope/ssw", "/scope"), is_within("/scopes", "/scope")
    (True, False)
    """
    return pointer == other or pointer.startswith(f"{other}/")


def overlaps(pointer: str, other: str) -> bool:
    """Tell whether two places have something in common: one lies in the other."""
    return is_within(pointer, other) or is_within(other, pointer)


def _names(pointer: str) -> Iterator[str]:
    for each in pointer.split("/")[1:]:
        yield each.replace("~1", "/").replace("~0", "~")
