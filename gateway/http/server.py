"""The frame around every answer: deadlines, errors that stay inside, and a stop that loses none.

The peer port, the control socket and the admin port differ in what they answer and to whom; how a
request is held, bounded and ended is the same and stands here.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web

from gateway.http.answers import RefusedError, fixed
from gateway.http.connection import Connection, Connections, Deadlines, OnError, Owner
from gateway.http.listener import ContextSource, Listener
from gateway.http.streams import Stream

# aiohttp's own shutdown waits twice this long for what is still running after the grace.
_FORCE_SECONDS: Final = 0.1

# The last close of the sockets: enough for a peer that answers, short for one that does not.
_CLOSE_SECONDS: Final = 1.0

Answer = Callable[[web.BaseRequest], Awaitable[web.Response | Stream]]


class HttpServer:
    """Serves one kind of requests on the sockets it is given."""

    def __init__(
        self,
        answer: Answer,
        *,
        owner_of: Owner,
        most_per_owner: int,
        deadlines: Deadlines,
        on_error: OnError,
        context: ContextSource | None = None,
    ) -> None:
        self._answer = answer
        self._owner_of = owner_of
        self._most_per_owner = most_per_owner
        self._deadlines = deadlines
        self._on_error = on_error
        self._context = context
        self._is_stopping = False
        self._counts: Counter[str] = Counter()
        self._connections: Connections | None = None
        self._listener: Listener | None = None

    @property
    def counts(self) -> Counter[str]:
        """What was refused since the start, by status or kind; for monitoring."""
        return self._counts

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._connections.open()) if self._connections is not None else 0

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Begin to accept on the bound sockets."""
        self._connections = Connections(
            self._handle,
            owner_of=self._owner_of,
            most_per_owner=self._most_per_owner,
            deadlines=self._deadlines,
            on_error=self._on_error,
            counts=self._counts,
        )
        self._listener = Listener(
            protocol=self._connections,
            context=self._context,
            deadlines=self._deadlines,
            on_failure=self._note_failure,
        )
        self._listener.start(sockets)

    async def stop(self, grace: float) -> None:
        """Accept nothing more, let running requests end within `grace` seconds, then close all."""
        if self._connections is None or self._listener is None:
            return
        self._is_stopping = True
        await self._listener.stop()
        self.close_idle()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._connections.quiet()
        await self._connections.shutdown(_FORCE_SECONDS)
        await self._connections.closed(_CLOSE_SECONDS)

    def close_idle(self, *, unless: Callable[[Connection], bool] = lambda _: False) -> None:
        """Close the connections on which no request is running, `unless` says to keep one."""
        for connection in self._connections.open() if self._connections else ():
            if not connection.is_busy and not unless(connection):
                connection.force_close()

    def retire(self, *, unless: Callable[[Connection], bool]) -> None:
        """Close connections as `close_idle` does, and the busy ones once they are answered."""
        for connection in self._connections.open() if self._connections else ():
            if connection.is_busy and not unless(connection):
                connection.is_retired = True
        self.close_idle(unless=unless)

    def _note_failure(self, kind: str) -> None:
        self._counts[kind] += 1

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = cast(Connection, request.protocol)
        connection.begin()
        try:
            response = await self._response(request)
            # The unread rest of a body must never be taken for the next request.
            if self._is_stopping or connection.is_retired or not request.content.is_eof():
                response.force_close()
            await self._write(request, response)
            return response
        finally:
            connection.end()

    async def _response(self, request: web.BaseRequest) -> web.Response | Stream:
        try:
            async with asyncio.timeout(self._deadlines.request):
                return await self._answer(request)
        except RefusedError as refusal:
            return self._refuse(refusal.status, refusal)
        except TimeoutError:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        except web.RequestPayloadError:
            return self._refuse(HTTPStatus.BAD_REQUEST)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - outermost loop of a request: nothing leaks out
            self._on_error(type(error).__name__)
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _refuse(self, status: HTTPStatus, refusal: RefusedError | None = None) -> web.Response:
        self._counts[str(int(status))] += 1
        return fixed(status, refusal.headers if refusal else None)

    async def _write(self, request: web.BaseRequest, response: web.Response | Stream) -> None:
        # aiohttp would wait without end for a client that does not read its answer.
        try:
            if isinstance(response, Stream):
                await response.pour(request, patience=self._deadlines.answer)
                return
            async with asyncio.timeout(self._deadlines.answer):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the other side did not read its answer") from None
