"""The port through which envelopes leave; HTTP stands behind it, or a simulated network."""

from dataclasses import dataclass
from typing import Protocol

from gateway.delivery.directory import Peer
from gateway.errors import TransientError


class PinError(TransientError):
    """The other end showed a certificate that is not the peer's: somebody stands between."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, capped body, and the wait the peer asked for in seconds.

    `version` is what the peer's node says it runs, None where it does not say.
    """

    status: int
    body: bytes
    retry_after: float | None = None
    version: str | None = None


class Transport(Protocol):
    """Carry bytes to a peer and bring its answer back; say nothing about what they mean."""

    async def post_envelopes(self, peer: Peer, body: bytes) -> Answer:
        """Post one batch.

        Raises:
            TransientError: No answer came; nobody knows whether the peer has the batch.
            PinError: Nothing was sent, because the other end is not the peer.
        """
        ...

    async def get_card(self, peer: Peer) -> bytes:
        """Fetch the peer's current card, at most 256 KiB, not yet verified.

        Raises:
            TransientError: No card came.
        """
        ...

    async def forget(self, node: str) -> None:
        """Close the connections to a peer whose pins or addresses have changed."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
