"""Schemas made ready for a form: whole in themselves, compiled when asked, addressed by paths."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from gateway.errors import LocalError

if TYPE_CHECKING:
    from gateway.catalogue.schema import Schema as Compiled

# The strict reader refuses what is nested deeper than 16, so no field below that can be filled in.
_DEPTH: Final = 16
_REFERENCES: Final = 16

Schema = Mapping[str, Any]
Path = tuple[str, ...]


@lru_cache(maxsize=256)
def compiled(text: str) -> "Compiled":
    """Return the checker of a schema; the engine is not imported before somebody asks."""
    from gateway.catalogue.schema import Schema as Engine

    return Engine(text.encode(), where="the form")


def inlined(schema: Schema) -> dict[str, Any]:
    """Return the schema with every reference replaced by what it points to.

    Raises:
        LocalError: A reference points nowhere, or in circles: the program is incomplete.
    """
    return dict(_inlined(schema, schema, 0))


def embedded(schema: Schema, **beside: Any) -> dict[str, Any]:
    """Return a schema that can stand inside another one, with `beside` in place of its own."""
    return inlined(schema) | beside


_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_SINGLE: Final = frozenset(
    {"items", "additionalProperties", "if", "then", "else", "not", "contains", "propertyNames"}
)
_SEVERAL: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
# What belongs to a file as a whole.
_OF_A_FILE: Final = frozenset({"$schema", "$id", "$defs", "examples"})


def _inlined(schema: Schema, root: Schema, depth: int) -> Schema:
    if depth >= _DEPTH:
        return {}
    below = depth + 1
    found: dict[str, Any] = {}
    for keyword, value in _resolved(schema, root).items():
        if keyword in _OF_A_FILE:
            continue
        if keyword in _NAMED:
            found[keyword] = {name: _inlined(each, root, below) for name, each in value.items()}
        elif keyword in _SINGLE and isinstance(value, Mapping):
            found[keyword] = _inlined(value, root, below)
        elif keyword in _SEVERAL:
            found[keyword] = [_inlined(each, root, below) for each in value]
        else:
            found[keyword] = value
    return found


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow references; keywords beside one, such as a title, win over those behind it."""
    for _ in range(_REFERENCES):
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Any = root
        for part in str(reference).removeprefix("#/").split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            break
        schema = {**found, **{name: each for name, each in schema.items() if name != "$ref"}}
    raise LocalError("a schema of this program points nowhere", hint="install the program anew")


def pointer(path: Sequence[str]) -> str:
    """Return a path as a JSON Pointer (RFC 6901)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)


def path_of(text: str) -> Path:
    """Return a JSON Pointer as the names it goes through."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])


def value_at(value: object, path: Sequence[str]) -> Any:
    """Return what stands at a path, None if nothing does."""
    for name in path:
        match value:
            case dict():
                value = value.get(name)
            case list() if name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            case _:
                return None
    return value
