"""Judging a request by its head, and reading its body within bounds.

Paths are compared as they were sent: no decoding, no cleaning, so one resource has one spelling.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion11, web

from gateway.http.answers import RefusedError

# aiohttp stops reading from the socket at twice this; more than a TLS record, less than a batch.
_CHUNK: Final = 256 * 1024


def route(request: web.BaseRequest, routes: Mapping[str, str]) -> str:
    """Return the method of the route, if path and method are exactly those of the table.

    Raises:
        RefusedError: Another path, method or HTTP version, or a wish to change the protocol.
    """
    if request.version != HttpVersion11:
        raise RefusedError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    if "Upgrade" in request.headers:
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    method = routes.get(request.raw_path)
    if method is None:
        raise RefusedError(HTTPStatus.NOT_FOUND)
    if request.method != method:
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": method})
    return method


def refuse_body(request: web.BaseRequest) -> None:
    """Insist on a request without a body.

    Raises:
        RefusedError: It brings one, which nobody would read.
    """
    if request.body_exists:
        raise RefusedError(HTTPStatus.BAD_REQUEST)


def judge_body(request: web.BaseRequest, *, media_type: str, limit: int) -> int:
    """Return how many bytes the body may have, after everything the head says about it was judged.

    Raises:
        RefusedError: It is encoded, of another type, too large, or expects what we do not do.
            Nothing of it has been read.
    """
    headers = request.headers
    if "Content-Encoding" in headers:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    if headers.get("Content-Type", "").lower() != media_type:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if headers.get("Expect", "100-continue").lower() != "100-continue":
        raise RefusedError(HTTPStatus.EXPECTATION_FAILED)
    declared = request.content_length
    if declared is not None and declared > limit:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return limit if declared is None else declared


async def read_body(request: web.BaseRequest, *, limit: int, patience: float) -> bytes:
    """Read the body to its end.

    Raises:
        RefusedError: It is longer than `limit`, or not complete after `patience` seconds.
        RequestPayloadError: Its framing is broken.
    """
    if "Expect" in request.headers:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # aiohttp must not take this for the beginning of the answer.
        request.writer.output_size = 0
    request.content.set_read_chunk_size(_CHUNK)
    parts: list[bytes] = []
    left = limit
    try:
        async with asyncio.timeout(patience):
            while part := await request.content.readany():
                left -= len(part)
                if left < 0:
                    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                parts.append(part)
    except TimeoutError:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT) from None
    return b"".join(parts)
