"""Cutting bodies: what is left when parts are taken away, or replaced, by JSON Pointer.

Pointers lead through objects alone, so that a list stays or goes as a whole.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.policy.pointers import is_within, members

# Words of the schemas, and ids such as `p1` that mean nothing outside their message. Whatever else
# names a member may be the number of a certificate or of a person.
_SCHEMATIC: Final = re.compile(r"[a-z]+(_[a-z]+)*|[a-z][0-9]{1,4}")


def only(value: Mapping[str, Any], pointers: Sequence[str], at: str = "") -> dict[str, Any]:
    """Return of an object the parts that pointers name, and nothing of it beside them.

    >>> only({"a": {"b": 1, "c": 2}, "d": 3}, ["/a/c"])
    {'a': {'c': 2}}
    """
    kept: dict[str, Any] = {}
    for (pointer, inside), name in zip(members(value, at), value, strict=True):
        if any(is_within(pointer, each) for each in pointers):
            kept[name] = inside
        elif isinstance(inside, Mapping) and (part := only(inside, pointers, pointer)):
            kept[name] = part
    return kept


def without(value: Mapping[str, Any], pointers: Sequence[str], at: str = "") -> dict[str, Any]:
    """Return an object without the parts that pointers name; what is emptied goes too.

    A list goes as a whole, even where a pointer leads into it.

    >>> without({"a": {"b": 1}, "c": 2}, ["/a/b"])
    {'c': 2}
    """
    if any(is_within(at, each) for each in pointers):
        return {}
    kept: dict[str, Any] = {}
    for (pointer, inside), name in zip(members(value, at), value, strict=True):
        if any(is_within(pointer, each) for each in pointers):
            continue
        is_around = any(is_within(each, pointer) for each in pointers)
        if is_around and isinstance(inside, list):
            continue
        if is_around and isinstance(inside, Mapping):
            if part := without(inside, pointers, pointer):
                kept[name] = part
        else:
            kept[name] = inside
    return kept


def pseudonymised(value: Mapping[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """Return an object with signs in place of the values in some parts.

    Equal values have equal signs, so that a reader still sees who is the same. A place inside a
    list stands for the whole list. Names by which somebody keyed an object inside such a part may
    tell as much as its values, so that they are replaced too.

    >>> pseudonymised({"a": "X", "b": {"c": "X", "d": "Y"}, "e": "X"}, ["/a", "/b"])
    {'a': '[1]', 'b': {'c': '[1]', 'd': '[2]'}, 'e': 'X'}
    """
    return _replaced_members(value, pointers, "", {}, is_inside="" in pointers)


def _replaced(
    value: object, pointers: Sequence[str], at: str, signs: dict[str, str], *, is_inside: bool
) -> object:
    if isinstance(value, Mapping):
        return _replaced_members(value, pointers, at, signs, is_inside=is_inside)
    if isinstance(value, list):
        if not is_inside and not any(is_within(each, at) for each in pointers):
            return value
        return [_replaced(inside, pointers, at, signs, is_inside=True) for inside in value]
    return _sign(value, signs) if is_inside else value


def _replaced_members(
    value: Mapping[str, Any],
    pointers: Sequence[str],
    at: str,
    signs: dict[str, str],
    *,
    is_inside: bool,
) -> dict[str, Any]:
    replaced: dict[str, Any] = {}
    for (pointer, inside), name in zip(members(value, at), value, strict=True):
        said = _sign(name, signs) if is_inside and not _is_schematic(name) else name
        within = is_inside or any(is_within(pointer, each) for each in pointers)
        replaced[said] = _replaced(inside, pointers, pointer, signs, is_inside=within)
    return replaced


def _sign(value: object, signs: dict[str, str]) -> str:
    return signs.setdefault(repr(value), f"[{len(signs) + 1}]")


def _is_schematic(name: str) -> bool:
    """Tell whether a member has a name of the schema, or a number that its message gave it."""
    return _SCHEMATIC.fullmatch(name) is not None
