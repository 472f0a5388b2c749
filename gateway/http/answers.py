"""Fixed answers: one table of statuses, and for each a body that never changes.

A stranger, or a peer whose request we do not take, learns the status and nothing else: no echo of
what it sent, no version, no reason that could be used to search for a way in.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

PROBLEM: Final = "application/problem+json"

# aiohttp would name itself and the version of Python; this name says nothing and never changes.
SERVER_NAME: Final = "gateway"

# What a peer should wait when we are full: long enough for a batch to be done.
RETRY_AFTER_SECONDS: Final = 2

# Our own words: those of the standard library change with the version of Python.
_TITLES: Final = {
    HTTPStatus.BAD_REQUEST: "Bad Request",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.NOT_FOUND: "Not Found",
    HTTPStatus.METHOD_NOT_ALLOWED: "Method Not Allowed",
    HTTPStatus.REQUEST_TIMEOUT: "Request Timeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Unsupported Media Type",
    HTTPStatus.EXPECTATION_FAILED: "Expectation Failed",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Internal Server Error",
    HTTPStatus.SERVICE_UNAVAILABLE: "Service Unavailable",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "HTTP Version Not Supported",
}

BODIES: Final[Mapping[HTTPStatus, bytes]] = {
    status: b'{"type":"about:blank","title":"%s","status":%d}' % (title.encode(), status)
    for status, title in _TITLES.items()
}


class RefusedError(Exception):
    """The request is not taken; the fixed answer of `status` goes back and the connection ends."""

    def __init__(self, status: HTTPStatus, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.headers = headers or {}


def fixed(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the one answer there is for this status; it closes the connection."""
    answer = respond(BODIES[status], status=status, media_type=PROBLEM, headers=headers)
    # What follows on a refused connection may be the unread rest of a body: never parse it.
    answer.force_close()
    return answer


def respond(
    body: bytes,
    *,
    media_type: str,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return an answer with this body; the caller has decided that the other side may see it."""
    named = {"Content-Type": media_type, "Server": SERVER_NAME, **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        named["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return web.Response(status=status, body=body, headers=named)
