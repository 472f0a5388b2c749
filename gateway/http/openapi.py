"""The description of the local API (OpenAPI 3.1), made from the table of routes.

What a request is judged by is what is described: the schemas of the table are the ones that are
compiled, and the statuses are those that the way of a request can end with.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from gateway.http.answers import PROBLEM
from gateway.http.problems import PROBLEM_SCHEMA
from gateway.http.routes import COMPONENTS, ROUTES
from gateway.http.routes.checking import NOTHING, plain
from gateway.http.routes.route import JSON, Parameter, Route

_DESCRIPTION: Final = """\
The desk of one node: write, read, accept, decline, follow. It is served on the node's control
socket (Unix) to root, to the node's own account and to the members of the group in `[control]`;
the kernel names the account, which is the actor in the evidence. What can shut peers out, hide
something from the operators or make it public is open to root and the node's own account alone.

Bodies are strict JSON in UTF-8: no name twice, no fraction, integers within 2^53. Times are
`YYYY-MM-DDTHH:MM:SSZ`. Errors are problem documents (RFC 9457) with the exit code of the command
line; `problems` has a JSON Pointer for each fault and `hint` the command that helps.

Whoever is not sure that a request got through sends it again with the same `Idempotency-Key`: a
key does one thing, for seven days. Another request with the same key is answered 409.
"""

_OPERATORS: Final = "For operators: root and the node's own account may ask it, others get 403."

_MEANING: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.BAD_REQUEST: "The request is malformed: its query, a header, or HTTP itself.",
    HTTPStatus.FORBIDDEN: "This account may not, or the rules of the memorandum forbid it.",
    HTTPStatus.NOT_FOUND: "Nothing here has that id, reference or name.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time.",
    HTTPStatus.CONFLICT: "The thing exists, but its state does not allow the act.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 4 MiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not plain application/json.",
    HTTPStatus.EXPECTATION_FAILED: "`Expect` says something else than 100-continue.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body or a filter breaks a rule; `problems` says where.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The node failed; its log says at what.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now: the node is busy, ending, or its disk failed.",
    HTTPStatus.GATEWAY_TIMEOUT: "What was waited for has not happened yet.",
}

_ALWAYS: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_OF_A_BODY: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.EXPECTATION_FAILED,
)
_OF_A_THING: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)

_WORD: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 128,
    "pattern": r"^[!-~]([ -~]*[!-~])?$",
}
_HEADERS: Final[Mapping[str, Any]] = {
    "OnBehalfOf": {
        "name": "Moc-On-Behalf-Of",
        "in": "header",
        "description": "Whom the calling system acts for; recorded as claimed, beside its account.",
        "schema": _WORD,
        "example": "officer-17",
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Chosen by the caller, new for each thing it wants; lives seven days.",
        "schema": _WORD,
        "example": "3f0c4f3e-8a3b-4f0e-9a53-0c8a1f6c2a10",
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The last event seen; the stream goes on behind it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "4711",
    },
}


@cache
def document() -> dict[str, Any]:
    """Return the description; callers leave it as it is."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Local API of a gateway node",
            "version": "1",
            "summary": "The desk of a contact point, for its own systems.",
            "description": _DESCRIPTION,
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "http://localhost", "description": "The control socket of the node."}],
        "paths": paths,
        "components": {
            "schemas": {**plain(COMPONENTS), "Problem": plain(PROBLEM_SCHEMA)},
            "parameters": dict(_HEADERS),
            "responses": {_name(status): _problem(status) for status in _MEANING},
        },
    }


def path_of(route: Route) -> str:
    """Return the path template of a route."""
    return "/v1/" + route.path.replace("*", "{selector}")


def _operation(route: Route) -> dict[str, Any]:
    words = route.path.replace("*", "one").replace("/", "-").replace(".", "-")
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}-{words}",
        "tags": [route.path.partition("/")[0]],
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        **({"description": _OPERATORS} if route.is_operators else {}),
        "responses": {
            **{str(int(status)): _answer(route, name) for status, name in _answers(route)},
            **{str(int(status)): _ref("responses", _name(status)) for status in _errors(route)},
        },
    }
    if route.method in {"POST", "PUT"}:
        schema = plain(NOTHING if route.body is None else route.body)
        content = {JSON: {"schema": schema}}
        operation["requestBody"] = {"required": route.body is not None, "content": content}
    return operation


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    if "*" in route.path:
        yield _parameter("selector", "path", route.selector) | {"required": True}
    for name, parameter in route.query.items():
        yield _parameter(name, "query", parameter) | {"required": parameter.is_required}
    yield _ref("parameters", "OnBehalfOf")
    if route.method == "POST" and not route.is_waiting:
        yield _ref("parameters", "IdempotencyKey")
    if route.media_type != JSON:
        yield _ref("parameters", "LastEventId")


def _parameter(name: str, place: str, parameter: Parameter) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": parameter.description,
        "schema": plain(parameter.schema),
    }


def _answers(route: Route) -> Iterator[tuple[HTTPStatus, str]]:
    yield route.status, route.answer
    yield from route.also.items()


def _answer(route: Route, component: str) -> dict[str, Any]:
    return {
        "description": route.summary,
        "content": {route.media_type: {"schema": _ref("schemas", component)}},
    }


def _errors(route: Route) -> list[HTTPStatus]:
    """Return how a request can fail, by what it brings and does."""
    found = set(_ALWAYS)
    changes = route.method != "GET"
    if route.method in {"POST", "PUT"}:
        found.update(_OF_A_BODY)
    if changes or "*" in route.path or "message" in route.query:
        found.update(_OF_A_THING)
    if "peer" in route.query:
        found.add(HTTPStatus.NOT_FOUND)
    if changes or "*" in route.path or route.query:
        found.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    if route.is_waiting:
        found.add(HTTPStatus.GATEWAY_TIMEOUT)
    return sorted(found)


def _problem(status: HTTPStatus) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _MEANING[status],
        "content": {PROBLEM: {"schema": _ref("schemas", "Problem")}},
    }
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = {"description": "Seconds to wait before asking again.", "required": True}
        answer["headers"] = {"Retry-After": seconds | {"schema": {"type": "integer"}}}
    return answer


def _name(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))


def _ref(kind: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{kind}/{name}"}
