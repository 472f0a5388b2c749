"""Connections to one peer: none is handed out before its certificate is known to be the peer's."""

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import aiohttp

from gateway.delivery.transport import PinError
from gateway.http.addresses import AddressRule
from gateway.http.tls import peer_certificate

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

# Shorter than the 75 s after which the other side closes: the one who would write closes first.
_KEEP_ALIVE_SECONDS: Final = 55.0


class PinnedConnector(aiohttp.TCPConnector):
    """Connects, and looks at the certificate again before each request, new connection or old."""

    def __init__(
        self,
        *,
        node: str,
        context: ssl.SSLContext,
        is_pinned: Callable[[bytes], bool],
        rule: AddressRule,
        limit: int,
    ) -> None:
        super().__init__(
            ssl=context,
            limit=limit,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            socket_factory=rule.open_socket,
        )
        self._node = node
        self._is_pinned = is_pinned

    async def connect(
        self,
        req: "ClientRequest",
        traces: list["Trace"],
        timeout: aiohttp.ClientTimeout,
    ) -> "Connection":
        """Return a connection on which nothing of this request has been written yet.

        aiohttp calls this before it writes. Its own `Fingerprint` would switch the trust store off
        and takes one certificate only; while a peer changes its certificate there are two.

        Raises:
            PinError: The other end showed a certificate that is not pinned (any more).
        """
        connection = await super().connect(req, traces, timeout)
        transport = connection.transport
        tls = transport.get_extra_info("ssl_object") if transport is not None else None
        der = peer_certificate(tls)
        if der is None or not self._is_pinned(der):
            if transport is not None:
                transport.abort()
            connection.close()
            raise PinError(pin_text(self._node, str(req.url.origin())))
        return connection


def pin_text(node: str, address: str) -> str:
    """Tell the operator what a wrong certificate means and what to do."""
    return (
        f"{address} shows a certificate that is not pinned for {node}: nothing was sent. Either "
        f"somebody stands between, or the peer changed its certificate before its card reached us. "
        f"Ask the other contact point by telephone, then `gateway peers confirm CARD` its new card"
    )
