"""`--set FIELD=VALUE`: single fields of a body by their dotted names, typed by the schema."""

import copy
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from gateway.cli.form import LEAVES, Field, Kind, walk
from gateway.cli.form_answers import UnfitError, typed
from gateway.cli.form_schema import value_at
from gateway.errors import InvalidError, Problem

# A longer list of names is looked up in `gateway types`.
_SHOWN: Final = 12


def with_set(field: Field, body: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return a body in which each `FIELD=VALUE` is set; an empty value takes the field out.

    Raises:
        InvalidError: A field is none, or its value does not fit; every such setting is named.
    """
    found = copy.deepcopy(dict(body))
    problems = []
    for setting in settings:
        name, equals, text = setting.partition("=")
        try:
            if not equals:
                raise UnfitError("has no =: write FIELD=VALUE")
            _put(field, found, name.split("."), text)
        except UnfitError as error:
            problems.append(Problem(f"--set {name}", str(error)))
    if problems:
        raise InvalidError("a field cannot be set", problems=tuple(problems))
    return found


def _put(root: Field, body: dict[str, Any], names: Sequence[str], text: str) -> None:
    field = root
    above: Any = body
    for number, name in enumerate(names):
        below = field.below(name)
        if below is None:
            raise UnfitError(_unknown(root, field, names, number))
        if number == len(names) - 1:
            _set(above, name, _value(below, text))
            return
        inner = value_at(above, (name,))
        if not isinstance(inner, dict | list):
            inner = [] if below.kind is Kind.LIST else {}
            _set(above, name, inner)
        field, above = below, inner


def _value(field: Field, text: str) -> Any:
    if not text:
        return None
    if field.kind in LEAVES or field.kind is Kind.LIST:
        return typed(field, text)
    raise UnfitError(f"is made of other fields: {_names(field)}")


def _set(above: Any, name: str, value: Any) -> None:
    if isinstance(above, list):
        number = int(name)
        if number > len(above):
            raise UnfitError(f"leaves a gap: the next entry is {len(above)}")
        if value is None:
            del above[number : number + 1]
        else:
            above[number : number + 1] = [value]
    elif value is None:
        above.pop(name, None)
    else:
        above[name] = value


def _unknown(root: Field, field: Field, names: Sequence[str], number: int) -> str:
    """Return what to write instead of a name that the form does not have."""
    name = names[number]
    if field.kind in {Kind.KEYED, Kind.LIST}:
        new = field.new_key(()) if field.kind is Kind.KEYED else "0"
        return f"has no entry {name}: write {new or 'its id'}"
    if field.kind in LEAVES:
        return f"is too long: {'.'.join(names[:number])} is one value"
    known = [member.name for member in field.members()]
    near = get_close_matches(name, known, n=1)
    if not near:
        # Often the right name in the wrong place.
        known_paths = sorted((path for path, _ in walk(root) if path), key=len, reverse=True)
        paths = {path[-1]: ".".join(path) for path in known_paths}
        near = [paths[found] for found in get_close_matches(name, paths, n=1)]
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"there is no field {name}: there are {_names(field)}{meant}"


def _names(field: Field) -> str:
    names = [member.name for member in field.members()]
    if field.kind is Kind.KEYED:
        return f"such as {field.new_key(()) or 'an id'}"
    more = ", ..." if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
