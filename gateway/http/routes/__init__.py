"""What the local API offers: one table of routes, each a translation of one act of the desk."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.errors import NotFoundError
from gateway.http.answers import RefusedError
from gateway.http.routes import (
    consents,
    consumers,
    description,
    disclosures,
    drafts,
    duties,
    events,
    finds,
    keys,
    markings,
    messages,
    operations,
    publications,
    queue,
    registers,
    search,
    threads,
)
from gateway.http.routes.checking import Checks
from gateway.http.routes.route import (
    LONGEST_WAIT,
    Call,
    Done,
    Flow,
    Parameter,
    Route,
    unquoted,
)

__all__ = [
    "COMPONENTS",
    "LONGEST_WAIT",
    "ROUTES",
    "Call",
    "Checks",
    "Done",
    "Flow",
    "Parameter",
    "Route",
    "checks_of",
    "find",
]

_FILES: Final = (
    consents,
    consumers,
    description,
    disclosures,
    drafts,
    duties,
    events,
    finds,
    keys,
    markings,
    messages,
    operations,
    publications,
    queue,
    registers,
    search,
    threads,
)

ROUTES: Final[tuple[Route, ...]] = tuple(route for file in _FILES for route in file.ROUTES)

# JSON Schemas of what the routes answer, by the names that `Route.answer` uses.
COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {name: schema for file in _FILES for name, schema in file.COMPONENTS.items()}
)

_CHECKS: Final = {(route.method, route.path): Checks(route) for route in ROUTES}


def checks_of(route: Route) -> Checks:
    """Return what judges the requests of a route."""
    return _CHECKS[route.method, route.path]


def find(method: str, path: str) -> tuple[Route, str]:
    """Return the route of a raw path and the selector in it.

    Raises:
        NotFoundError: There is no such path.
        RefusedError: There is, but with another method.
    """
    parts = path.split("/")
    fitting = [route for route in ROUTES if _fits(route.path.split("/"), parts)]
    if not path.startswith("/v1/") or not fitting:
        raise NotFoundError("the local API has no such path")
    for route in fitting:
        if route.method == method:
            return route, unquoted(parts[3]) if len(parts) > 3 else ""
    allowed = ", ".join(sorted(route.method for route in fitting))
    raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": allowed})


def _fits(pattern: list[str], parts: list[str]) -> bool:
    # "/v1/messages/x" splits into "", "v1" and what the pattern is about.
    rest = parts[2:]
    return len(pattern) == len(rest) and all(
        bool(part) if wanted == "*" else part == wanted
        for wanted, part in zip(pattern, rest, strict=True)
    )
