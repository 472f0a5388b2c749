"""The peer port: HTTPS for other nodes, with two routes and no detail for anybody else.

Whoever asks is known by the certificate of the connection, compared with the peer table on every
request. Everything about a request that does not need its body is judged before the body is read.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web

from gateway.envelope import limits
from gateway.errors import TransientError
from gateway.http import requests
from gateway.http.admission import Admission
from gateway.http.answers import RefusedError, respond
from gateway.http.connection import Connection, Deadlines, OnError
from gateway.http.ports import BatchReceiver, PeerTable, PinnedPeer
from gateway.http.server import HttpServer
from gateway.http.tls import TlsIdentity, peer_certificate, server_context
from gateway.http.wire import CARD, CARD_TYPE, ENVELOPES, ENVELOPES_TYPE, VERSION

# The share of connections of those whose certificate nobody pins (any more).
_STRANGERS: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBounds:
    """Bounds on what one peer, and all of them, may make us hold."""

    connections_per_peer: int = 8
    in_flight_per_peer: int = 4
    body_budget: int = 64 * 1024 * 1024


class PeerServer:
    """Serves `POST /v1/envelopes` and `GET /v1/card` to the peers of the table.

    Args:
        identity: Which certificate is shown; asked at each change of the table and by `renew`.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        identity: Callable[[], TlsIdentity],
        directory: PeerTable,
        receiver: BatchReceiver,
        card: Callable[[], bytes],
        on_error: OnError,
        version: str | None = None,
        bounds: PeerBounds | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        bounds = bounds or PeerBounds()
        self._deadlines = deadlines or Deadlines()
        self._address = (host, port)
        self._identity = identity
        self._shown = identity()
        self._directory = directory
        self._receiver = receiver
        self._card = card
        self._headers = {} if version is None else {VERSION: version}
        self._on_error = on_error
        self._admission = Admission(per_peer=bounds.in_flight_per_peer, budget=bounds.body_budget)
        self._context = self._current_context()
        self._port = 0
        self._server = HttpServer(
            self._answer,
            owner_of=self._owner,
            most_per_owner=bounds.connections_per_peer,
            deadlines=self._deadlines,
            on_error=on_error,
            context=lambda: self._context,
        )

    @property
    def port(self) -> int:
        """The port that is really bound; 0 before the start."""
        return self._port

    @property
    def counts(self) -> Counter[str]:
        """What was refused since the start, by status or kind; for monitoring."""
        return self._server.counts

    @property
    def open_connections(self) -> int:
        """How many connections are open now, of all peers; for monitoring."""
        return self._server.open_connections

    async def start(self) -> None:
        """Bind and begin to serve.

        Raises:
            OSError: The address is taken or not ours.
        """
        bound = socket.create_server(
            self._address, family=socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        )
        self._port = bound.getsockname()[1]
        await self._server.start([bound])
        self._directory.on_change(self.renew)

    async def stop(self, grace: float = 10.0) -> None:
        """Accept nothing more, let running requests end within `grace` seconds, then close."""
        await self._server.stop(grace)

    def _current_context(self) -> ssl.SSLContext:
        context = server_context(self._shown, ())
        for peer in self._directory.all():
            for der in peer.certificates:
                try:
                    context.load_verify_locations(cadata=der)
                except ssl.SSLError:
                    # One peer's unusable certificate shuts out that peer, not all the others.
                    self._on_error(f"pinned certificate of {peer.node} is unusable")
        return context

    def renew(self) -> None:
        """Make connections from now on with the certificates that hold now, ours and theirs.

        A certificate that is pinned no longer ends its connections, and another one of ours ends
        all; a running request ends first and is answered, since its sender was a peer when it
        began.
        """
        identity = self._identity()
        is_other, self._shown = identity != self._shown, identity
        self._context = self._current_context()
        self._server.retire(unless=(lambda _: False) if is_other else self._is_current)

    def _is_current(self, connection: Connection) -> bool:
        return connection.transport is not None and self._peer(connection.transport) is not None

    def _owner(self, transport: asyncio.Transport) -> str | None:
        peer = self._peer(transport)
        return peer.node if peer is not None else _STRANGERS

    def _peer(self, transport: asyncio.BaseTransport) -> PinnedPeer | None:
        der = peer_certificate(transport.get_extra_info("ssl_object"))
        return self._directory.by_certificate(der) if der is not None else None

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        peer = self._peer(request.transport) if request.transport is not None else None
        if peer is None:
            raise RefusedError(HTTPStatus.FORBIDDEN)
        match requests.route(request, {ENVELOPES: "POST", CARD: "GET"}):
            case "POST":
                return await self._take(peer.node, request)
            case _:
                requests.refuse_body(request)
                return respond(self._card(), media_type=CARD_TYPE, headers=self._headers)

    async def _take(self, node: str, request: web.BaseRequest) -> web.Response:
        size = requests.judge_body(request, media_type=ENVELOPES_TYPE, limit=limits.ENVELOPE + 1)
        with self._admission.hold(node, size):
            body = await requests.read_body(request, limit=size, patience=self._deadlines.body)
            try:
                reply = await self._receiver.receive(node, body)
            except TransientError:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        return respond(
            reply.body, status=reply.status, media_type=reply.media_type, headers=self._headers
        )
