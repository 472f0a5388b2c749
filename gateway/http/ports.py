"""What HTTP asks of the layers below, and no more: who the peers are, and what answers a batch.

`delivery.Directory` and `delivery.Receiver` are of these forms. A test of HTTP brings its own, so
that it needs neither a card nor a database.
"""

from collections.abc import Callable, Iterable
from typing import Protocol


class PinnedPeer(Protocol):
    """A peer as TLS sees it: a name, the places to reach it, the certificates it may show."""

    @property
    def node(self) -> str:
        """Its name, such as `kh/molvt`."""
        ...

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it listens, `https://host:port`."""
        ...

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Its pinned certificates, DER."""
        ...

    @property
    def certificate_digests(self) -> frozenset[bytes]:
        """SHA-256 of each pinned certificate."""
        ...


class PeerTable(Protocol):
    """The peers that are enabled now."""

    def find(self, node: str) -> PinnedPeer | None:
        """Return the peer of that name, if it is enabled."""
        ...

    def all(self) -> Iterable[PinnedPeer]:
        """Return every enabled peer."""
        ...

    def by_certificate(self, der: bytes) -> PinnedPeer | None:
        """Return the enabled peer that pinned this certificate, if any."""
        ...

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back after each change of the table."""
        ...


class BatchReply(Protocol):
    """What goes back for a batch: built below, passed on unchanged."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def body(self) -> bytes:
        """Exact bytes of the answer."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...


class BatchReceiver(Protocol):
    """Takes batches of envelopes from peers."""

    async def receive(self, node: str, body: bytes) -> BatchReply:
        """Answer a batch from the peer `node`, whose certificate was just checked."""
        ...
