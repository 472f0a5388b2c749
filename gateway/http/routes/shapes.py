"""The pieces of JSON Schema that the routes of the local API have in common."""

from collections.abc import Mapping
from typing import Any, Final

TEXT: Final = {"type": "string"}
# A text, or null where there is none.
NULLABLE: Final = {"type": ["string", "null"]}
TEXTS: Final = {"type": "array", "items": TEXT}
COUNT: Final = {"type": "integer", "minimum": 0}
# A time as a caller has to write it.
TIME: Final = {"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$", "format": "date-time"}
# A time in an answer.
WHEN: Final = {"type": "string", "description": "RFC 3339 UTC with seconds."}
WHEN_OR_NULL: Final = {**WHEN, "type": ["string", "null"]}
NEXT: Final = {**NULLABLE, "description": "The `after` of the page that follows."}


def object_of(properties: Mapping[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": dict(properties),
    }


def list_of(component: str) -> dict[str, Any]:
    """Return the schema of a list of what a component describes."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{component}"}}


def page_of(component: str) -> dict[str, Any]:
    """Return the schema of one page of such a list."""
    return object_of({"items": list_of(component), "next": NEXT})
