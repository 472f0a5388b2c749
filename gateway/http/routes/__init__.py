"""What the local API offers: one table of routes, each a translation of one act of the desk."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.errors import NotFoundError, UsageError
from gateway.http.routes import messages, threads
from gateway.http.routes.route import (
    LONGEST_WAIT,
    Call,
    Done,
    Parameter,
    Route,
    read_query,
    unquoted,
)

__all__ = [
    "COMPONENTS",
    "LONGEST_WAIT",
    "ROUTES",
    "Call",
    "Done",
    "Parameter",
    "Route",
    "find",
    "read_query",
]

_FILES: Final = (messages, threads)

ROUTES: Final[tuple[Route, ...]] = tuple(route for file in _FILES for route in file.ROUTES)

# JSON Schemas of what the routes answer, by the names that `Route.answer` uses.
COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {name: schema for file in _FILES for name, schema in file.COMPONENTS.items()}
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
            return route, unquoted(parts[3]) if len(parts) > 3 else ""
    allowed = ", ".join(sorted(route.method for route in fitting))
    raise UsageError(f"that path takes {allowed}")


def _fits(pattern: list[str], parts: list[str]) -> bool:
    # "/v1/messages/x" splits into "", "v1" and what the pattern is about.
    rest = parts[2:]
    return len(pattern) == len(rest) and all(
        bool(part) if wanted == "*" else part == wanted
        for wanted, part in zip(pattern, rest, strict=True)
    )
