"""Cutting bodies: what is left when parts are taken away, or replaced, by JSON Pointer.

Pointers lead through objects alone, so that a list stays or goes as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.policy.marking import is_within


def members(value: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    """Yield each member of an object that stands at a pointer, with its own pointer."""
    for name, inside in value.items():
        yield f"{at}/{_token(name)}", inside


def only(value: Mapping[str, Any], pointers: Sequence[str], at: str = "") -> dict[str, Any]:
    """Return of an object the parts that pointers name, and nothing of it beside them.

    >>> only({"a": {"b": 1, "c": 2}, "d": 3}, ["/a/c"])
    {'a': {'c': 2}}
    """
    kept: dict[str, Any] = {}
    for name, inside in value.items():
        pointer = f"{at}/{_token(name)}"
        if any(is_within(pointer, each) for each in pointers):
            kept[name] = inside
        elif isinstance(inside, Mapping) and (part := only(inside, pointers, pointer)):
            kept[name] = part
    return kept


def without(value: Mapping[str, Any], pointers: Sequence[str], at: str = "") -> dict[str, Any]:
    """Return an object without the parts that pointers name; what is emptied goes too.

    >>> without({"a": {"b": 1}, "c": 2}, ["/a/b"])
    {'c': 2}
    """
    if any(is_within(at, each) for each in pointers):
        return {}
    kept: dict[str, Any] = {}
    for name, inside in value.items():
        pointer = f"{at}/{_token(name)}"
        if any(is_within(pointer, each) for each in pointers):
            continue
        if isinstance(inside, Mapping) and any(is_within(each, pointer) for each in pointers):
            if part := without(inside, pointers, pointer):
                kept[name] = part
        else:
            kept[name] = inside
    return kept


def pseudonymised(value: Mapping[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """Return an object with signs in place of the values in some parts.

    Equal values have equal signs, so that a reader still sees who is the same.

    >>> pseudonymised({"a": "X", "b": {"c": "X", "d": "Y"}, "e": "X"}, ["/a", "/b"])
    {'a': '[1]', 'b': {'c': '[1]', 'd': '[2]'}, 'e': 'X'}
    """
    signs: dict[str, str] = {}
    return {
        name: _replaced(inside, pointers, pointer, signs)
        for (pointer, inside), name in zip(members(value, ""), value, strict=True)
    }


def _replaced(value: object, pointers: Sequence[str], at: str, signs: dict[str, str]) -> object:
    if isinstance(value, Mapping):
        return {
            name: _replaced(inside, pointers, pointer, signs)
            for (pointer, inside), name in zip(members(value, at), value, strict=True)
        }
    if not any(is_within(at, each) for each in pointers):
        return value
    if isinstance(value, list):
        return [_replaced(inside, pointers, at, signs) for inside in value]
    return signs.setdefault(repr(value), f"[{len(signs) + 1}]")


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
