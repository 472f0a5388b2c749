"""A route of the local API: where it is, what it takes, what it answers, and the act behind it.

The same row serves a request and describes it: the OpenAPI document is made from it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote

from gateway.desk import Actor, Desk
from gateway.errors import InvalidError, Problem, UsageError
from gateway.http.routes.shapes import TIME

# Longer than any person waits at a terminal; whoever wants more asks again.
LONGEST_WAIT: Final = 86_400.0

JSON: Final = "application/json"

_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, taken apart: who asks, for what, and with which values."""

    actor: Actor
    query: Mapping[str, str]
    body: Mapping[str, Any]
    selector: str = ""
    idempotency_key: str | None = None
    last_event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the desk returned and the status that fits it."""

    view: dict[str, Any]
    status: HTTPStatus = HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in a query or a path: what it means, and its JSON Schema."""

    description: str
    schema: Mapping[str, Any]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """An answer that goes on, piece by piece, until nobody reads it any more."""

    pieces: AsyncGenerator[bytes, None]


Act = Callable[[Desk, Call], Awaitable[Done | Flow]]

_SELECTOR: Final = Parameter(
    "An id, its first 8 characters or more, or a reference.", {"type": "string", "minLength": 1}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and a path below `/v1`, where `*` is a selector.

    Args:
        query: The values it understands, by name; any other is refused.
        body: JSON Schema of the request body; None where only an empty object or nothing may come.
        answer: Name of the component schema that its answer fits.
        also: Other statuses of success, each with the component schema of its answer.
        selector: What stands in place of the `*`.
        media_type: Of the answer.
        is_waiting: The act ends when its caller goes or the node stops.
        is_operators: Only root and the node's own account may ask it: it can shut peers out,
            hide something from the operators, or make something public.
    """

    method: str
    path: str
    act: Act
    summary: str
    answer: str
    query: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    body: Mapping[str, Any] | None = None
    status: HTTPStatus = HTTPStatus.OK
    also: Mapping[HTTPStatus, str] = field(default_factory=lambda: MappingProxyType({}))
    selector: Parameter = _SELECTOR
    media_type: str = JSON
    is_waiting: bool = False
    is_operators: bool = False


PEER: Final = Parameter("Only with this node.", {"type": "string"})
FLAG: Final = {"enum": ["0", "1"]}
SPAN: Final[Mapping[str, Parameter]] = MappingProxyType(
    {
        "since": Parameter("Only what we have had since then, RFC 3339 UTC with seconds.", TIME),
        "until": Parameter("Only what we had before then.", TIME),
    }
)
HANDLING: Final[Mapping[str, Parameter]] = MappingProxyType(
    {
        "assignee": Parameter("Only of matters that this person handles.", {"type": "string"}),
        "mine": Parameter("1: only of matters that the caller handles.", FLAG),
    }
)
PAGE: Final[Mapping[str, Parameter]] = MappingProxyType(
    {
        "after": Parameter("Go on where `next` of the page before points.", {"type": "string"}),
        "limit": Parameter(
            "Items at most.", {"type": "integer", "minimum": 1, "maximum": 500, "default": _PAGE}
        ),
    }
)


def unquoted(part: str) -> str:
    """Return a part of a path as it was meant.

    Raises:
        UsageError: It is no percent-encoded UTF-8.
    """
    try:
        return unquote(part, errors="strict")
    except ValueError:
        raise UsageError("the selector is malformed") from None


def text_in(body: Mapping[str, Any], name: str) -> str:
    """Return a text of the request body.

    Raises:
        InvalidError: It is missing, empty or no text.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value:
        problem = Problem(f"/{name}", "is missing or not a text")
        raise InvalidError("the request is not complete", problems=(problem,))
    return value


def number_in(query: Mapping[str, str], name: str = "limit", *, default: int = _PAGE) -> int:
    """Return a number of the query.

    Raises:
        UsageError: It is not one.
    """
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise _unfit(name, "is not a number")
    return int(text)


def seconds_in(query: Mapping[str, str], name: str = "timeout") -> float:
    """Return how long a caller will wait.

    Raises:
        UsageError: It is not a number of seconds that somebody would wait.
    """
    try:
        seconds = float(query.get(name, ""))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise _unfit(name, f"is not a number of seconds up to {LONGEST_WAIT:g}")
    return seconds


def flag_in(query: Mapping[str, str], name: str) -> bool:
    """Return whether a flag of the query is set.

    Raises:
        UsageError: It is neither 0 nor 1.
    """
    text = query.get(name)
    if text not in {None, "0", "1"}:
        raise _unfit(name, "is neither 0 nor 1")
    return text == "1"


def _unfit(name: str, text: str) -> UsageError:
    return UsageError(f"{name} {text}", problems=(Problem(name, text),))
