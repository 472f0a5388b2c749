"""The words for what is wrong with a body, made from the schema and never from the body.

An officer reads them beside a pointer: "/questions/q1/text/en is missing". Beside every
`pattern` a schema has a `$comment` that says the form in words ("a date such as 2026-03-31");
a fault of that pattern quotes it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

# A list of codes longer than this is looked up, not read in a line of error text.
_MAX_OPTIONS: Final = 12

_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def words(
    document: Mapping[str, Any], error: jsonschema_rs.ValidationError
) -> Iterator[tuple[str | None, str]]:
    """Yield each fault of one error: the member below its pointer, if any, and our text."""
    kind: Any = error.kind
    match kind.name:
        case "required":
            yield kind.property, "is missing"
        case "additionalProperties" | "unevaluatedProperties":
            for member in kind.unexpected:
                yield member, "is not expected here"
        case "pattern":
            form = _beside(document, error.schema_path, "$comment")
            yield None, f"is not {form}" if form else "does not have the expected form"
        case name:
            text = _TEXTS.get(name)
            yield None, text(kind) if text else "does not fit the schema"


def _options(kind: Any) -> str:
    if len(kind.options) > _MAX_OPTIONS:
        return "is not one of the codes in the schema"
    return "is not one of: " + ", ".join(str(option) for option in kind.options)


def _types(kind: Any) -> str:
    return "is not " + " or ".join(_TYPES[name] for name in kind.types)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {_PLURALS[noun]}"


_PLURALS: Final = {"character": "characters", "entry": "entries", "member": "members"}

_TEXTS: Final[Mapping[str, Callable[[Any], str]]] = {
    "enum": _options,
    "const": lambda kind: f"is not {kind.expected_value}",
    "type": _types,
    "format": lambda kind: f"is not a valid {kind.format}",
    "maxLength": lambda kind: f"is longer than {_count(kind.limit, 'character')}",
    "minLength": lambda kind: (
        "is empty: write something"
        if kind.limit == 1
        else f"is shorter than {_count(kind.limit, 'character')}"
    ),
    "maxItems": lambda kind: f"has more than {_count(kind.limit, 'entry')}",
    "minItems": lambda kind: f"has fewer than {_count(kind.limit, 'entry')}",
    "maxProperties": lambda kind: f"has more than {_count(kind.limit, 'member')}",
    "minProperties": lambda kind: f"has fewer than {_count(kind.limit, 'member')}",
    "uniqueItems": lambda kind: "has the same entry twice",
    "maximum": lambda kind: f"is greater than {kind.limit}",
    "minimum": lambda kind: f"is less than {kind.limit}",
}


def _beside(document: Mapping[str, Any], path: list[str | int], keyword: str) -> str | None:
    """Return the value of `keyword` in the subschema whose keyword the path ends with."""
    node: Any = document
    for token in path[:-1]:
        if isinstance(node, Mapping):
            node = node.get(str(token))
        elif isinstance(node, list) and isinstance(token, int) and token < len(node):
            node = node[token]
        else:
            return None
    value = node.get(keyword) if isinstance(node, Mapping) else None
    return value if isinstance(value, str) else None
