"""What is judged of a request before the desk is asked: its query and its body, by their schemas.

The engine is the one that judges the bodies of messages, so a fault has a pointer and our words.
"""

import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from gateway.catalogue import Schema
from gateway.errors import InvalidError, Problem, UsageError
from gateway.http.routes.route import Parameter, Route

# What a body must fit where a route takes none: nothing, or an empty object.
NOTHING: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {},
}

_MOST_QUERY_FIELDS: Final = 16
# No number of this API is longer; a longer one would only cost time to read.
_MOST_DIGITS: Final = 18


class Checks:
    """The schemas of one route, proved once.

    Raises:
        InvalidError: A schema of the table is broken; the node must not start with it.
    """

    def __init__(self, route: Route) -> None:
        where = f"{route.method} {route.path}"
        self._parameters = route.query
        self._query = _compiled(_schema_of_query(route.query), f"query of {where}")
        self._body = _compiled(NOTHING if route.body is None else route.body, f"body of {where}")
        self._selector = _compiled(route.selector.schema, f"path of {where}")
        self.takes_nothing: Final = route.body is None

    def selector(self, text: str) -> None:
        """Let pass only what can stand in the path.

        Raises:
            UsageError: It cannot.
        """
        if text and (faults := self._selector.faults(text)):
            problems = tuple(Problem("path", fault.text) for fault in faults)
            raise UsageError(f"the path {problems[0].text}", problems=problems)

    def query(self, text: str) -> dict[str, str]:
        """Return the values of a query, as they were written.

        Raises:
            UsageError: It is malformed, has a name twice or one that the route does not know, lacks
                one, or a value does not fit.
        """
        pairs = _pairs(text)
        values = dict(pairs)
        for name in values.keys() - self._parameters.keys():
            problem = Problem(name if name.isidentifier() else "?", "is not a filter of this list")
            raise UsageError("the query has an unknown name", problems=(problem,))
        if len(values) != len(pairs):
            raise UsageError("the query has a name twice")
        typed = {name: _typed(value, self._parameters[name]) for name, value in values.items()}
        if faults := self._query.faults(typed):
            problems = tuple(Problem(fault.pointer[1:], fault.text) for fault in faults)
            raise UsageError(f"{problems[0].where} {problems[0].text}", problems=problems)
        return values

    def body(self, document: object) -> None:
        """Let pass only a body that fits.

        Raises:
            InvalidError: It does not fit; `problems` says where.
        """
        if faults := self._body.faults(document):
            problems = tuple(Problem(fault.pointer, fault.text) for fault in faults)
            raise InvalidError("the request does not fit", problems=problems)


def _compiled(schema: Mapping[str, Any], where: str) -> Schema:
    return Schema(orjson.dumps(plain(schema)), where=where)


def plain(value: Any) -> Any:
    """Return a schema with plain tables instead of read-only ones, as others can write it."""
    if isinstance(value, Mapping):
        return {str(name): plain(member) for name, member in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _schema_of_query(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: each.schema for name, each in parameters.items()},
        "required": [name for name, each in parameters.items() if each.is_required],
    }


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=_MOST_QUERY_FIELDS,
        )
    except ValueError:
        raise UsageError("the query is malformed") from None


def _typed(text: str, parameter: Parameter) -> object:
    """Return the value that a text stands for; what is none stays a text and does not fit."""
    kind = parameter.schema.get("type")
    if kind == "integer" and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    if kind == "number" and text.isascii() and len(text) <= 2 * _MOST_DIGITS:
        try:
            number = float(text)
        except ValueError:
            return text
        return number if math.isfinite(number) else text
    return text
