"""A body written out for reading: the labels come from the titles in the schema of its type.

What the schema does not know is shown under its own name, so nothing of a body is ever hidden.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.cli import output

_INDENT: Final = "  "

Schema = Mapping[str, Any]


def lines(body: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    """Yield the lines of a body, members in the order they were written."""
    yield from _members(body, schema, schema, "")


def resolved(schema: Any, root: Schema) -> Schema:
    """Return the schema behind a `$ref` into the same file; what cannot be found says nothing.

    Keywords beside the `$ref`, such as a title of its own, win over those behind it.
    """
    if not isinstance(schema, Mapping):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for part in reference[2:].split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return {**found, **schema} if isinstance(found, Mapping) else schema


def title_of(name: str, schema: Schema) -> str:
    """Return the label of a member."""
    return str(schema.get("title") or name.replace("_", " "))


def _members(value: Mapping[str, Any], schema: Schema, root: Schema, pad: str) -> Iterator[str]:
    known = schema.get("properties")
    known = known if isinstance(known, Mapping) else {}
    for name, member in value.items():
        if name in known:
            below = resolved(known[name], root)
            yield from _entry(title_of(name, below), member, below, root, pad)
        else:
            # A keyed list: one schema stands for all members, their opaque ids tell them apart.
            below = resolved(of_any_name(schema), root)
            label = f"{below['title']} {name}" if below.get("title") else name
            yield from _entry(label, member, below, root, pad)


def _entry(label: str, value: Any, schema: Schema, root: Schema, pad: str) -> Iterator[str]:
    label = output.inline(label)
    match value:
        case dict() if value:
            yield f"{pad}{label}:"
            yield from _members(value, schema, root, pad + _INDENT)
        case list() if value and isinstance(value[0], dict | list):
            below = resolved(schema.get("items"), root)
            for number, item in enumerate(value, start=1):
                yield from _entry(f"{label} {number}", item, below, root, pad)
        case _:
            first, *rest = output.printable(_scalar(value)).split("\n")
            yield f"{pad}{label}: {first}"
            yield from (f"{pad}{_INDENT}{line}" for line in rest)


def of_any_name(schema: Schema) -> Any:
    """Return the schema that stands for every member of a keyed list."""
    patterns = schema.get("patternProperties")
    if isinstance(patterns, Mapping) and patterns:
        return next(iter(patterns.values()))
    return schema.get("additionalProperties")


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "(none)"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_scalar, value)) or "(none)"
        case dict():
            return "(none)"
    return str(value)
