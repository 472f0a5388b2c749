"""One HTTP connection: what aiohttp's server leaves open is closed here.

aiohttp answers a malformed request with text that quotes it, and waits for the end of a header as
long as for the next request. Here the answer is fixed and a half-sent header has its own deadline.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from gateway.http.answers import fixed

# One header line and the number of lines (RFC 9112 leaves both to the server).
_LINE_BYTES: Final = 8190
_HEADERS: Final = 128

# Up to 32 pipelined requests wait per connection, each with at most twice this much of its body:
# 2 MiB per connection that no byte budget has seen. A body that is admitted is read faster.
_READ_AHEAD: Final = 32 * 1024

Owner = Callable[[asyncio.Transport], str | None]
OnError = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long we wait for the other side, in seconds.

    `linger` is how long the rest of a refused body is read and thrown away: closing at once would
    reset the connection and destroy the refusal on its way.
    """

    handshake: float = 10.0
    header: float = 10.0
    body: float = 30.0
    request: float = 60.0
    answer: float = 10.0
    linger: float = 2.0
    keep_alive: float = 75.0
    shutdown: float = 5.0


class Connection(web.RequestHandler):
    """A connection that is refused beyond its owner's share and ends with a half-sent header."""

    __slots__ = ("_connections", "_gone", "_header_timer", "is_busy", "is_retired", "owner")

    def __init__(self, connections: "Connections", deadlines: Deadlines) -> None:
        settings: dict[str, Any] = {
            "access_log": None,
            "auto_decompress": False,
            "keepalive_timeout": deadlines.keep_alive,
            "lingering_time": deadlines.linger,
            "max_field_size": _LINE_BYTES,
            "max_headers": _HEADERS,
            "max_line_size": _LINE_BYTES,
            "read_bufsize": _READ_AHEAD,
        }
        super().__init__(connections, loop=asyncio.get_running_loop(), **settings)
        self._connections = connections
        self._header_timer: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self.is_busy = False
        self.is_retired = False
        self.owner: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, unless its owner already has as many as it may."""
        super().connection_made(transport)
        self._await_header()
        if not self._connections.admits(self):
            self.force_close()
            # Without the courtesy of a TLS shutdown, which would hold the descriptor for seconds.
            self._connections.transports[self].abort()

    def data_received(self, data: bytes) -> None:
        """Start the header's clock with its first byte."""
        if data and not self.is_busy and self._header_timer is None:
            self._await_header()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the clock and tell whoever waits."""
        self._stop_timer()
        self._gone.set()
        super().connection_lost(exc)

    async def gone(self) -> None:
        """Wait until the connection is lost; for answers that nobody may wait for any more."""
        await self._gone.wait()

    def begin(self) -> None:
        """A whole header has arrived and its request is being answered."""
        self._stop_timer()
        self.is_busy = True

    def end(self) -> None:
        """The request has its answer."""
        self.is_busy = False
        self._connections.answered()

    def _await_header(self) -> None:
        loop = asyncio.get_running_loop()
        self._header_timer = loop.call_later(
            self._connections.deadlines.header, self._close_unheard
        )

    def _close_unheard(self) -> None:
        self._connections.counts["header-deadline"] += 1
        self.force_close()

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp could not parse with the fixed text of its status.

        Raises:
            ConnectionError: The connection is gone, or an answer has already begun.
        """
        if isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            raise ConnectionError("no further answer is possible")
        known = HTTPStatus.BAD_REQUEST if status == 400 else HTTPStatus.INTERNAL_SERVER_ERROR
        self._connections.counts[str(int(known))] += 1
        return fixed(known)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Tell only the kind of an error: its text may quote the request."""
        self._connections.on_error(type(kw.get("exc_info")).__name__)


class Connections(web.Server):
    """The open connections of one server, with their owners and what was refused on them."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Any],
        *,
        owner_of: Owner,
        most_per_owner: int,
        deadlines: Deadlines,
        on_error: OnError,
        counts: Counter[str],
    ) -> None:
        super().__init__(handler)
        self._owner_of = owner_of
        self._most = most_per_owner
        self.deadlines = deadlines
        self.on_error = on_error
        self.counts = counts
        self.transports: dict[web.RequestHandler, asyncio.Transport] = {}
        self._changed = asyncio.Event()

    def __call__(self) -> Connection:
        """Make the protocol of one accepted connection."""
        return Connection(self, self.deadlines)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Remember the transport until it is really closed, for a stop that leaves none behind."""
        super().connection_made(handler, transport)
        self.transports[handler] = transport

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Forget the connection."""
        super().connection_lost(handler, exc)
        self.transports.pop(handler, None)
        self._changed.set()

    def open(self) -> list[Connection]:
        """Return the connections that are open now."""
        return [each for each in self.transports if isinstance(each, Connection)]

    def answered(self) -> None:
        """A request has its answer."""
        self._changed.set()

    async def quiet(self) -> None:
        """Wait until no request is running."""
        while any(each.is_busy for each in self.open()):
            self._changed.clear()
            await self._changed.wait()

    async def closed(self, patience: float) -> None:
        """Wait for the last connection to close, then abort those that do not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.transports:
                    self._changed.clear()
                    await self._changed.wait()
        for transport in self.transports.values():
            transport.abort()
        # An aborted transport tells its protocol in the next turn of the loop.
        await asyncio.sleep(0)

    def admits(self, connection: Connection) -> bool:
        """Tell whose connection this is and whether its owner may have one more."""
        connection.owner = self._owner_of(self.transports[connection])
        shared = sum(each.owner == connection.owner for each in self.open())
        if shared <= self._most:
            return True
        self.counts["connections"] += 1
        return False
