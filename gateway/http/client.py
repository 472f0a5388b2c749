"""The way out: a `delivery.Transport` over HTTPS, one pool of connections and one trust per peer.

Each call is one attempt at one address of the peer. Trying again is the sender's business, and the
next attempt goes to the next address of the card.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from gateway.delivery.transport import Answer
from gateway.envelope import limits
from gateway.errors import TransientError
from gateway.http import failures
from gateway.http.addresses import AddressRule, endpoint
from gateway.http.pinned_connector import PinnedConnector
from gateway.http.ports import PeerTable, PinnedPeer
from gateway.http.tls import TlsIdentity, certificate_digest, client_context
from gateway.http.wire import (
    CARD,
    CARD_TYPE,
    ENVELOPES,
    ENVELOPES_TYPE,
    VERSION,
    VERSION_FORM,
)

# The longest wait that a peer may ask for: beyond a day it is down, and we look for ourselves.
_LONGEST_RETRY_AFTER: Final = 86_400

# ValueError: a host name that the resolver's encoding refuses.
_UNANSWERED: Final = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError)

_HEADERS_NOT_SENT: Final = ("Accept", "Accept-Encoding", "User-Agent")


@dataclass(slots=True)
class _Link:
    """The connections to one peer, under the pins and our certificate when they were made."""

    session: aiohttp.ClientSession
    pins: frozenset[bytes]
    identity: TlsIdentity
    attempts_failed: int = 0
    busy: int = 0
    is_retired: bool = False

    async def retire(self) -> None:
        """Make no new request on these connections; those that run get their answers."""
        self.is_retired = True
        if not self.busy:
            await self.session.close()

    async def ended(self) -> None:
        """A request on these connections has ended."""
        self.busy -= 1
        if self.is_retired and not self.busy:
            await self.session.close()


class HttpTransport:
    """Posts batches to peers and fetches their cards.

    Args:
        identity: Which certificate of ours a peer is shown; asked before each request.
    """

    def __init__(
        self,
        *,
        identity: Callable[[str], TlsIdentity],
        directory: PeerTable,
        rule: AddressRule,
        request_timeout: float = 30.0,
        connect_timeout: float = 10.0,
        connections_per_peer: int = 4,
    ) -> None:
        self._identity = identity
        self._directory = directory
        self._rule = rule
        self._timeout = aiohttp.ClientTimeout(
            total=request_timeout,
            connect=connect_timeout,
            sock_connect=connect_timeout,
            sock_read=request_timeout,
        )
        self._connections_per_peer = connections_per_peer
        self._links: dict[str, _Link] = {}
        self._is_closed = False

    async def post_envelopes(self, peer: PinnedPeer, body: bytes) -> Answer:
        """Post one batch.

        Raises:
            TransientError: No answer came; nobody knows whether the peer has the batch.
            PinError: Nothing was sent, because the other end is not the peer.
        """
        return await self._exchange(peer.node, "POST", ENVELOPES, body)

    async def get_card(self, peer: PinnedPeer) -> bytes:
        """Fetch the peer's current card, at most 256 KiB, not yet verified.

        Raises:
            TransientError: No card came.
            PinError: Nothing was asked, because the other end is not the peer.
        """
        answer = await self._exchange(peer.node, "GET", CARD, None)
        if answer.status != HTTPStatus.OK:
            raise TransientError(f"{peer.node} answered {answer.status} instead of its card")
        return answer.body

    async def probe(self, peer: PinnedPeer, address: str) -> Answer:
        """Ask for the peer's card at one of its addresses, over a connection made for this alone.

        Raises:
            TransientError: No answer came; the text says how far it went.
            PinError: The other end is not the peer.
        """
        url = endpoint(address, CARD)
        session = self._session(peer, self._identity(peer.node))
        try:
            async with session.get(url, allow_redirects=False) as response:
                return await _read(peer.node, response)
        except _UNANSWERED as error:
            raise failures.explain(error, node=peer.node, address=address) from error
        finally:
            await session.close()

    async def forget(self, node: str) -> None:
        """Close the connections to a peer whose pins or addresses have changed."""
        if link := self._links.pop(node, None):
            await link.session.close()

    async def close(self) -> None:
        """Close every connection; nothing goes out any more."""
        self._is_closed = True
        for node in tuple(self._links):
            await self.forget(node)

    async def _exchange(self, node: str, method: str, path: str, body: bytes | None) -> Answer:
        peer = self._directory.find(node)
        if self._is_closed:
            raise TransientError("the transport is closed")
        if peer is None or not peer.addresses:
            raise TransientError(f"{node} is not an enabled peer with an address")
        link = await self._link(peer)
        address = peer.addresses[link.attempts_failed % len(peer.addresses)]
        media_type = ENVELOPES_TYPE if body is not None else CARD_TYPE
        link.busy += 1
        try:
            async with link.session.request(
                method,
                endpoint(address, path),
                # As a file: aiohttp then writes in parts instead of holding up the loop.
                data=io.BytesIO(body) if body is not None else None,
                headers={"Content-Type": media_type} if body is not None else None,
                allow_redirects=False,
            ) as response:
                return await _read(node, response)
        except TransientError:
            link.attempts_failed += 1
            raise
        except _UNANSWERED as error:
            link.attempts_failed += 1
            raise failures.explain(error, node=node, address=address) from error
        finally:
            await link.ended()

    async def _link(self, peer: PinnedPeer) -> _Link:
        pins, identity = peer.certificate_digests, self._identity(peer.node)
        link = self._links.get(peer.node)
        if link is not None and (link.pins, link.identity) == (pins, identity):
            return link
        self._links[peer.node] = made = _Link(self._session(peer, identity), pins, identity)
        if link is not None:
            await link.retire()
        return made

    def _session(self, peer: PinnedPeer, identity: TlsIdentity) -> aiohttp.ClientSession:
        node = peer.node
        try:
            context = client_context(identity, peer.certificates)
        except OSError as error:
            raise TransientError(
                f"no TLS to {node} is possible: {type(error).__name__} with its pinned "
                f"certificates or our own certificate and key (`gateway doctor`)"
            ) from None
        connector = PinnedConnector(
            node=node,
            context=context,
            is_pinned=lambda der: self._is_pinned(node, der),
            rule=self._rule,
            limit=self._connections_per_peer,
        )
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_HEADERS_NOT_SENT,
            timeout=self._timeout,
            trust_env=False,
        )

    def _is_pinned(self, node: str, der: bytes) -> bool:
        peer = self._directory.find(node)
        return peer is not None and certificate_digest(der) in peer.certificate_digests


async def _read(node: str, response: aiohttp.ClientResponse) -> Answer:
    parts: list[bytes] = []
    left = limits.ANSWER
    while part := await response.content.readany():
        left -= len(part)
        if left < 0:
            # Without a TLS shutdown, through which the flood would go on for half a minute.
            if response.connection is not None and response.connection.transport is not None:
                response.connection.transport.abort()
            raise TransientError(f"the answer of {node} is larger than {limits.ANSWER} bytes")
        parts.append(part)
    return Answer(response.status, b"".join(parts), _retry_after(response), version_in(response))


def version_in(response: aiohttp.ClientResponse) -> str | None:
    """Return which version the peer says it runs, if it says so in the form that we use."""
    text = response.headers.get(VERSION, "")
    return text if VERSION_FORM.fullmatch(text) else None


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    # Our own nodes give seconds. The other form, a date, would need a clock that both share.
    text = response.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return float(min(int(text), _LONGEST_RETRY_AFTER))
