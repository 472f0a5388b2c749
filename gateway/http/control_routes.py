"""What the local API offers: one table of routes, each a translation of one act of the desk."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from gateway.desk import Actor, Desk, Draft
from gateway.errors import InvalidError, NotFoundError, Problem, UsageError

# Longer than any person waits at a terminal; whoever wants more asks again.
LONGEST_WAIT: Final = 86_400.0

_MOST_QUERY_FIELDS: Final = 16
_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, taken apart: who asks, for what, and with which values."""

    actor: Actor
    query: Mapping[str, str]
    body: Mapping[str, Any]
    selector: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the desk returned and the status that fits it."""

    view: dict[str, Any]
    status: HTTPStatus = HTTPStatus.OK


Act = Callable[[Desk, Call], Awaitable[Done]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and a path below `/v1`, where `*` is a selector, and the query it understands."""

    method: str
    path: str
    act: Act
    query: frozenset[str] = frozenset()
    is_waiting: bool = False


async def _status(desk: Desk, call: Call) -> Done:
    return Done(await desk.status())


async def _messages(desk: Desk, call: Call) -> Done:
    given = dict(call.query)
    limit = _number(given.pop("limit", None), default=_PAGE)
    return Done(await desk.messages(given.pop("box", None), limit=limit, **given))


async def _send(desk: Desk, call: Call) -> Done:
    is_dry = _flag(call.query.get("dry_run"))
    view = await desk.send(
        Draft.from_json(call.body),
        call.actor,
        dry_run=is_dry,
        idempotency_key=call.idempotency_key,
    )
    return Done(view, HTTPStatus.OK if is_dry else HTTPStatus.CREATED)


async def _message(desk: Desk, call: Call) -> Done:
    return Done(await desk.message(call.selector))


async def _fetch(desk: Desk, call: Call) -> Done:
    return Done(await desk.fetch(call.selector, call.actor))


async def _accept(desk: Desk, call: Call) -> Done:
    key = call.idempotency_key
    return Done(await desk.accept(call.selector, call.actor, idempotency_key=key))


async def _decline(desk: Desk, call: Call) -> Done:
    code, text = _text(call.body, "code"), _text(call.body, "text")
    key = call.idempotency_key
    return Done(await desk.decline(call.selector, code, text, call.actor, idempotency_key=key))


async def _wait(desk: Desk, call: Call) -> Done:
    timeout = _seconds(call.query.get("timeout"))
    return Done(await desk.wait(call.selector, call.query.get("level", ""), timeout))


async def _ping(desk: Desk, call: Call) -> Done:
    to, key = _text(call.body, "to"), call.idempotency_key
    view = await desk.ping(to, call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.CREATED)


async def _threads(desk: Desk, call: Call) -> Done:
    given = dict(call.query)
    limit = _number(given.pop("limit", None), default=_PAGE)
    return Done(await desk.threads(limit=limit, **given))


async def _thread(desk: Desk, call: Call) -> Done:
    return Done(await desk.thread(call.selector))


_LISTED: Final = frozenset({"peer", "state", "after", "limit"})

ROUTES: Final = (
    Route(method="GET", path="status", act=_status),
    Route(
        method="GET",
        path="messages",
        act=_messages,
        query=_LISTED | {"box", "type", "thread"},
    ),
    Route(method="POST", path="messages", act=_send, query=frozenset({"dry_run"})),
    Route(method="GET", path="messages/*", act=_message),
    Route(method="POST", path="messages/*/fetch", act=_fetch),
    Route(method="POST", path="messages/*/accept", act=_accept),
    Route(method="POST", path="messages/*/decline", act=_decline),
    Route(
        method="GET",
        path="messages/*/wait",
        act=_wait,
        query=frozenset({"level", "timeout"}),
        is_waiting=True,
    ),
    Route(method="POST", path="ping", act=_ping),
    Route(method="GET", path="threads", act=_threads, query=_LISTED),
    Route(method="GET", path="threads/*", act=_thread),
)


def find(method: str, path: str) -> tuple[Route, str]:
    """Return the route of a raw path and the selector in it.

    Raises:
        NotFoundError: There is no such path.
        UsageError: There is, but with another method.
    """
    parts = path.split("/")
    fitting = [route for route in ROUTES if _fits(route.path.split("/"), parts)]
    if not path.startswith("/v1/") or not fitting:
        raise NotFoundError("the local API has no such path")
    for route in fitting:
        if route.method == method:
            return route, _unquoted(parts[3]) if len(parts) > 3 else ""
    allowed = ", ".join(sorted(route.method for route in fitting))
    raise UsageError(f"that path takes {allowed}")


def read_query(text: str, allowed: frozenset[str]) -> dict[str, str]:
    """Return the values of a query.

    Raises:
        UsageError: It is malformed, or it has a name twice or one that the route does not know.
    """
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=_MOST_QUERY_FIELDS,
        )
    except ValueError:
        raise UsageError("the query is malformed") from None
    for name in {name for name, _ in pairs} - allowed:
        problem = Problem(name if name.isidentifier() else "?", "is not a filter of this list")
        raise UsageError("the query has an unknown name", problems=(problem,))
    if len({name for name, _ in pairs}) != len(pairs):
        raise UsageError("the query has a name twice")
    return dict(pairs)


def _fits(pattern: list[str], parts: list[str]) -> bool:
    # "/v1/messages/x" splits into "", "v1" and what the pattern is about.
    rest = parts[2:]
    return len(pattern) == len(rest) and all(
        bool(part) if wanted == "*" else part == wanted
        for wanted, part in zip(pattern, rest, strict=True)
    )


def _unquoted(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except ValueError:
        raise UsageError("the selector is malformed") from None


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        problem = Problem(f"/{name}", "is missing or not a text")
        raise InvalidError("the request is not complete", problems=(problem,))
    return value


def _number(text: str | None, *, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise _unfit("limit", "is not a number")
    return int(text)


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or "")
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise _unfit("timeout", f"is not a number of seconds up to {LONGEST_WAIT:g}")
    return seconds


def _flag(text: str | None) -> bool:
    if text not in {None, "0", "1"}:
        raise _unfit("dry_run", "is neither 0 nor 1")
    return text == "1"


def _unfit(name: str, text: str) -> UsageError:
    return UsageError(f"{name} {text}", problems=(Problem(name, text),))
