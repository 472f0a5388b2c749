"""Who the peers are right now: one table in memory, filled from the store, asked on each request.

A card that an operator confirmed gives names, organisations and addresses. A newer card that came
by itself gives only message pairs, encryption keys and TLS certificates (design of trust: keys
rotate alone, identity never does).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.envelope import Card, EncryptionKey, KeyValidity, VerifyingPair, times
from gateway.errors import NotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another node whose card we confirmed, with the keys that hold now.

    Args:
        knows: Our newest card that it has receipted; None where no receipt tells.
        met: Our card at the time it was added: what it most likely knows until a receipt tells.
    """

    node: str
    enabled: bool
    card: Card
    keys: Card
    knows: Card | None = None
    met: Card | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Confirmed addresses, `https://host:port`, tried in order."""
        return self.card.addresses

    @property
    def environment(self) -> str:
        """`production` or `test`."""
        return self.card.environment

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Pinned TLS certificates, DER."""
        return self.keys.certificates

    @property
    def certificate_digests(self) -> frozenset[bytes]:
        """SHA-256 of each pinned certificate."""
        return frozenset(hashlib.sha256(der).digest() for der in self.certificates)

    def pair(self, kids: tuple[str, str]) -> VerifyingPair | None:
        """Return the message pair with both key ids; validity is judged apart."""
        entry = self._entry(kids)
        return entry[0] if entry else None

    def valid_pair(self, kids: tuple[str, str], *, at: str) -> VerifyingPair | None:
        """Return the message pair with both key ids if it holds at our time `at`."""
        entry = self._entry(kids)
        return entry[0] if entry and entry[1].is_valid_at(at) else None

    def validity(self, kids: tuple[str, str]) -> KeyValidity | None:
        """Return from when until when the pair with these ids holds, and its revocation."""
        entry = self._entry(kids)
        return entry[1] if entry else None

    def _entry(self, kids: tuple[str, str]) -> tuple[VerifyingPair, KeyValidity] | None:
        for pair, validity in self.keys.message_pairs:
            if pair.kids == kids:
                return pair, validity
        return None

    def encryption_key(self, now: float) -> EncryptionKey | None:
        """Return the newest encryption key that holds at `now`, if any."""
        moment = times.text(now)
        holding = [
            (validity.not_before, key)
            for key, validity in self.keys.encryption_keys
            if validity.is_valid_at(moment)
        ]
        return max(holding, key=lambda item: item[0])[1] if holding else None


class Directory:
    """The peers that are known now; replaced as a whole when a card changes."""

    def __init__(self, peers: Iterable[Peer] = ()) -> None:
        self._peers: dict[str, Peer] = {}
        self._certificates: dict[bytes, Peer] = {}
        self._callbacks: list[Callable[[], None]] = []
        self._fill(peers)

    def _fill(self, peers: Iterable[Peer]) -> None:
        self._peers = {peer.node: peer for peer in peers}
        self._certificates = {
            digest: peer
            for peer in self._peers.values()
            if peer.enabled
            for digest in peer.certificate_digests
        }

    def replace(self, peers: Iterable[Peer]) -> None:
        """Take a new set of peers and tell those who keep connections."""
        self._fill(peers)
        for callback in self._callbacks:
            callback()

    def get(self, node: str) -> Peer:
        """Return the enabled peer of that name.

        Raises:
            NotFoundError: No such peer, or an operator disabled it.
        """
        peer = self.find(node)
        if peer is None:
            raise NotFoundError(f"no enabled peer {node!r}", hint="gateway peers list")
        return peer

    def find(self, node: str) -> Peer | None:
        """Return the enabled peer of that name, if any."""
        peer = self._peers.get(node)
        return peer if peer is not None and peer.enabled else None

    def all(self) -> tuple[Peer, ...]:
        """Return every enabled peer, sorted by name."""
        return tuple(peer for _, peer in sorted(self._peers.items()) if peer.enabled)

    def known(self) -> tuple[str, ...]:
        """Return the name of every peer, enabled or not, sorted."""
        return tuple(sorted(self._peers))

    def what_it_knows(self, node: str) -> Card | None:
        """Return our newest card that a peer, enabled or not, has receipted, if any is known."""
        peer = self._peers.get(node)
        return None if peer is None else peer.knows

    def what_it_met(self, node: str) -> Card | None:
        """Return our card of the time at which a peer, enabled or not, was added, if known."""
        peer = self._peers.get(node)
        return None if peer is None else peer.met

    def by_certificate(self, der: bytes) -> Peer | None:
        """Return the peer that pinned this certificate, if any."""
        return self._certificates.get(hashlib.sha256(der).digest())

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each replacement."""
        self._callbacks.append(callback)
