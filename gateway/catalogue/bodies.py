"""Bodies against the schemas of their types.

`check` judges what a peer sent and raises with pointers that the peer may see; `check_draft`
judges what our own officer wrote and raises a local error with the officer's own member names.
The two errors have different types, so neither text can reach the wrong reader by mistake.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from gateway.catalogue.schema import Schema
from gateway.catalogue.types import type_of
from gateway.errors import InvalidBodyError, InvalidError, Problem


class Bodies:
    """The schemas of all types, compiled once.

    Args:
        schemas: Type name to the exact bytes of its schema file.

    Raises:
        InvalidError: A schema is broken or names another type. A node with a broken catalogue
            must not start.
    """

    def __init__(self, schemas: Mapping[str, bytes]) -> None:
        self._schemas = {name: _read(name, raw) for name, raw in schemas.items()}

    def check(self, type_name: str, body: object) -> None:
        """Let pass only a body that fits its type; for what a peer sent.

        Raises:
            UnknownTypeError: No such type; refused for good.
            InvalidBodyError: It does not fit; `pointers` and `problems` may be told to the peer.
        """
        if faults := self._of(type_name).faults(body):
            problems = tuple(Problem(fault.starred, fault.text) for fault in faults)
            raise InvalidBodyError(f"the body does not fit {type_name}", problems=problems)

    def check_draft(self, type_name: str, body: object) -> None:
        """Let pass only a body that fits its type; for what our own officer wrote.

        Raises:
            UnknownTypeError: No such type.
            InvalidError: It does not fit; `problems` says where, with the officer's own names.
        """
        if faults := self._of(type_name).faults(body):
            raise InvalidError(
                f"the body does not fit {type_name}",
                problems=tuple(Problem(fault.pointer, fault.text) for fault in faults),
                hint=f"`gateway template {type_name}` prints one that fits",
            )

    def reference(self, type_name: str) -> dict[str, str]:
        """Return the `body_schema` member for the signed header of a message of this type.

        Raises:
            UnknownTypeError: No such type.
        """
        return {"id": type_of(type_name).schema_id, "digest": self._of(type_name).digest}

    def schema(self, type_name: str) -> dict[str, Any]:
        """Return a copy of a type's schema.

        Raises:
            UnknownTypeError: No such type.
        """
        return _copy(self._of(type_name).document)

    def example(self, type_name: str) -> dict[str, Any]:
        """Return a body that fits its type, as a start for an officer's draft.

        Raises:
            UnknownTypeError: No such type.
        """
        return _copy(self._of(type_name).document["examples"][0])

    def _of(self, type_name: str) -> Schema:
        type_of(type_name)
        try:
            return self._schemas[type_name]
        except KeyError:
            raise InvalidError(f"there is no schema for {type_name}") from None


def _read(type_name: str, raw: bytes) -> Schema:
    where = f"types/{type_name}.schema.json"
    schema = Schema(raw, where=where)
    expected = type_of(type_name).schema_id
    if schema.document.get("$id") != expected:
        problem = Problem(f"{where}#/$id", f"is not {expected}")
        raise InvalidError(f"the schema of {type_name} cannot be used", problems=(problem,))
    return schema


def _copy(document: dict[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(json.dumps(document)))
