"""Can each peer be reached now: its name resolved, its port open, TLS 1.3 with both certificates?

What is asked for is the peer's card, which only we and other peers of it may have: an answer proves
that the certificate it shows is pinned here, and that ours is pinned there.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.delivery.directory import Directory, Peer
from gateway.errors import TransientError
from gateway.http.client import HttpTransport
from gateway.store import Store, reported
from gateway.store.reported import Reported

# A person waits for this; a peer that needs longer will not take messages either.
_PATIENCE: Final = 15.0
_RESOLVING_SECONDS: Final = 5.0
# So many names and connections at once: every country that has such a memorandum, twice.
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """Tries every address of every peer.

    Args:
        alive: Told of a peer that answered, so that what waits for it goes at once.
    """

    store: Store
    directory: Directory
    transport: HttpTransport
    alive: Callable[[str], None]

    async def check(self, node: str | None) -> list[dict[str, Any]]:
        """Return what came of it, one item for each address.

        Raises:
            NotFoundError: There is no such enabled peer.
        """
        peers = self.directory.all() if node is None else (self.directory.get(node),)
        places = [(peer, address) for peer in peers for address in peer.addresses]
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(peer: Peer, address: str) -> dict[str, Any]:
            async with room:
                return await self._look(peer, address)

        return list(await asyncio.gather(*(one(peer, address) for peer, address in places)))

    async def _look(self, peer: Peer, address: str) -> dict[str, Any]:
        clock = asyncio.get_running_loop().time
        view: dict[str, Any] = {"peer": peer.node, "address": address}
        view |= {"resolved": [], "reached": False, "version": None, "milliseconds": None}
        try:
            async with asyncio.timeout(_PATIENCE):
                view["resolved"] = await _resolved(address)
                begun = clock()
                answer = await self.transport.probe(peer, address)
        except TimeoutError:
            return view | {"problem": f"no answer within {_PATIENCE:g} seconds"}
        except TransientError as error:
            return view | {"problem": str(error)}
        if answer.status != HTTPStatus.OK:
            return view | {"problem": f"answered {answer.status} instead of its card"}
        await self._note(peer.node, answer.version)
        return view | {
            "reached": True,
            "version": answer.version,
            "milliseconds": round(1000 * (clock() - begun)),
            "problem": None,
        }

    async def _note(self, node: str, version: str | None) -> None:
        await self.store.write(lambda tx: reported.note(tx, node, Reported(version=version)))
        self.alive(node)


async def _resolved(address: str) -> list[str]:
    """Return the numeric addresses of a host, as this machine resolves it.

    Raises:
        TransientError: It has none.
    """
    parts = urlsplit(address)
    try:
        async with asyncio.timeout(_RESOLVING_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, parts.port, type=socket.SOCK_STREAM
            )
    except (OSError, ValueError, TimeoutError):
        raise TransientError(f"the name {parts.hostname} cannot be resolved here") from None
    return sorted({str(each[4][0]) for each in found})
