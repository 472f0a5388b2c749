"""Accepting connections: bounded, and with the TLS context that holds now.

`loop.create_server` fixes one TLS context for its whole life and bounds nothing before the
handshake. Peers come and go while a node runs, and anybody can open a connection and say nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final

from gateway.http.connection import Deadlines

_BACKLOG: Final = 128

# Strangers cost a descriptor each until their handshake is done. When that many are at it, the
# oldest goes: an honest handshake takes milliseconds, so it is the one that stalls.
_MOST_HANDSHAKES: Final = 128

# Out of descriptors or memory: what runs goes on, and the next try to accept comes after this.
_PAUSE_SECONDS: Final = 0.5

ContextSource = Callable[[], ssl.SSLContext]


class Listener:
    """Accepts on sockets that somebody bound, until it is stopped."""

    def __init__(
        self,
        *,
        protocol: Callable[[], asyncio.Protocol],
        context: ContextSource | None,
        deadlines: Deadlines,
        on_failure: Callable[[str], None],
    ) -> None:
        self._protocol = protocol
        self._context = context
        self._deadlines = deadlines
        self._on_failure = on_failure
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._handshakes: dict[asyncio.Task[None], None] = {}

    def start(self, sockets: Sequence[socket.socket]) -> None:
        """Listen on the bound sockets, which are ours from here on."""
        for bound in sockets:
            bound.setblocking(False)
            bound.listen(_BACKLOG)
            self._sockets.append(bound)
            self._accepting.append(asyncio.create_task(self._accept(bound)))

    async def stop(self) -> None:
        """Accept nothing more and drop the handshakes that are not done."""
        tasks = [*self._accepting, *self._handshakes]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for bound in self._sockets:
            bound.close()
        self._sockets.clear()
        self._accepting.clear()

    async def _accept(self, bound: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(bound)
            except OSError:
                self._on_failure("accept")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if len(self._handshakes) >= _MOST_HANDSHAKES:
                next(iter(self._handshakes)).cancel()
            task = asyncio.create_task(self._open(accepted))
            self._handshakes[task] = None
            task.add_done_callback(lambda done: self._handshakes.pop(done, None))

    async def _open(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._context is None:
                await loop.connect_accepted_socket(self._protocol, accepted)
            else:
                await loop.connect_accepted_socket(
                    self._protocol,
                    accepted,
                    ssl=self._context(),
                    ssl_handshake_timeout=self._deadlines.handshake,
                    ssl_shutdown_timeout=self._deadlines.shutdown,
                )
        except OSError:
            # No TLS, another version, a certificate that nobody pinned or whose time is over, or
            # no handshake in time. It is the everyday noise of an open port: counted, not logged.
            self._on_failure("handshake")
