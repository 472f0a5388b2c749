"""Our own keys while they change: which of them each peer can be shown now.

A peer knows the newest of our cards that it has receipted, and nothing newer. So what we sign for
it is signed by a pair on that card, and what we show it is a certificate on that card, until it has
receipted the next one. All of this is derived from the store and the keys on disk: a restart
changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.delivery.directory import Directory, Peer
from gateway.envelope import Card, DecryptionKey, KeyValidity, SigningPair, digest, times
from gateway.errors import ExitCode, LocalError


class NoPairError(LocalError):
    """No message pair of ours holds; nothing is signed until a card with a new one is issued."""

    exit_code = ExitCode.INVALID


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A TLS certificate whose key we hold, and its end, which every handshake compares."""

    der: bytes
    not_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """Keys that were opened together, and the card that says until when they hold.

    Args:
        pairs: Message pairs on the card, the newest first.
        certificates: The newest first; one at least is on the card.
    """

    card: Card
    card_raw: bytes
    pairs: tuple[SigningPair, ...] = field(repr=False)
    decryption_keys: Mapping[str, DecryptionKey] = field(repr=False)
    certificates: tuple[OwnCertificate, ...]

    @property
    def digest(self) -> str:
        """The digest that the next card will name as its `previous`."""
        return digest(self.card_raw)

    def revoked(self) -> frozenset[str]:
        """Return the key ids of every message pair that the card revokes."""
        return frozenset(
            kid
            for pair, validity in self.card.message_pairs
            if validity.revoked_at is not None
            for kid in pair.kids
        )


class OwnKeys:
    """The keys in use; replaced as a whole when an operator has changed them."""

    def __init__(self, keys: KeySet, directory: Directory, *, is_forced: bool = False) -> None:
        self._keys = keys
        self._directory = directory
        self._is_forced = is_forced
        self._callbacks: list[Callable[[], None]] = []

    @property
    def current(self) -> KeySet:
        """All keys of this moment; whoever needs several takes them from one value."""
        return self._keys

    def replace(self, keys: KeySet, *, is_forced: bool) -> None:
        """Use other keys from now on and tell those who hold connections.

        Args:
            is_forced: An operator does not wait for every peer to know the newest certificate.
        """
        self._keys, self._is_forced = keys, is_forced
        self.tell()

    def tell(self) -> None:
        """Have everybody look again at what is to be used, as time has passed."""
        for callback in self._callbacks:
            callback()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever other keys may have to be used."""
        self._callbacks.append(callback)

    def pair_for(self, peer: str, at: float) -> SigningPair:
        """Return the newest pair that holds and that a peer can verify, for messages to it.

        Where no receipt tells what the peer knows, the oldest one that holds is on most of the
        cards it may have. A pair that was revoked signs no message, even where the peer knows no
        other.

        Raises:
            NoPairError: No pair of ours holds.
        """
        keys, now = self._keys, times.text(at)
        known = self._directory.what_it_knows(peer)
        holding = list(_holding(keys.pairs, keys.card, now))
        if not holding:
            raise _no_pair(keys.card, now)
        if known is None:
            return holding[-1]
        return next(_holding(holding, known, now), holding[0])

    def verifiable_pair_for(self, peer: str, at: float) -> SigningPair:
        """Return the newest pair that a peer can verify now, for receipts and for our newest card.

        It may be one that our newest card revokes: the peer believes it until it has that card,
        which could not reach it otherwise, and meanwhile it has no other proof of what we took.

        Raises:
            NoPairError: Neither such a pair nor one that holds is there.
        """
        known, pairs = self._directory.what_it_knows(peer), self._keys.pairs
        if known is None:
            # The oldest one is on most of the cards that it may have.
            known, pairs = self._directory.what_it_met(peer), pairs[::-1]
        if known is not None:
            for pair in _holding(pairs, known, times.text(at)):
                return pair
        return self.pair_for(peer, at)

    def certificate(self, at: float) -> bytes:
        """Return the certificate to show to whoever connects, not knowing yet who that is.

        It is the newest one that every enabled peer knows.
        """
        keys, peers = self._keys, self._directory.all()
        return shown_certificate(
            keys.certificates, keys.card, peers, at=at, is_forced=self._is_forced
        )

    def certificate_for(self, peer: str, at: float) -> bytes:
        """Return the certificate to show to one peer that we connect to: the newest it knows.

        It may be one that our newest card names no more, as that card must still reach the peer.
        """
        known, met = self._directory.what_it_knows(peer), self._directory.what_it_met(peer)
        pinned = _pinned(known, met, self._keys.card)
        for each in self._keys.certificates:
            if each.der in pinned and times.text(at) <= each.not_after:
                return each.der
        return self.certificate(at)


def shown_certificate(
    held: Iterable[OwnCertificate],
    card: Card,
    peers: Iterable[Peer],
    *,
    at: float,
    is_forced: bool = False,
) -> bytes:
    """Return the certificate to show to everybody.

    A peer that no receipt tells of is taken to know the first certificate of the card it was given,
    which was there before the others. What is over is shown only where there is nothing else.

    Args:
        held: Certificates whose keys we hold, the newest first.
        is_forced: The newest one, whoever knows it.
    """
    on_card = [each for each in held if each.der in card.certificates]
    usable = [each for each in on_card if times.text(at) <= each.not_after] or on_card
    everybody = tuple(peers)
    for each in usable:
        if is_forced or all(each.der in _pinned(peer.knows, peer.met, card) for peer in everybody):
            return each.der
    return usable[-1].der


def _pinned(known: Card | None, met: Card | None, card: Card) -> tuple[bytes, ...]:
    """Return which of our certificates a peer has pinned, as far as that is sure."""
    return (met or card).certificates[:1] if known is None else known.certificates


def _holding(pairs: Iterable[SigningPair], card: Card, now: str) -> Iterator[SigningPair]:
    """Yield the pairs that hold at a moment by what a card says of them."""
    said: Mapping[tuple[str, str], KeyValidity] = {
        pair.kids: validity for pair, validity in card.message_pairs
    }
    for pair in pairs:
        validity = said.get(pair.kids)
        if validity is not None and validity.is_valid_at(now):
            yield pair


def _no_pair(card: Card, now: str) -> NoPairError:
    last = max(validity.not_after for _, validity in card.message_pairs)
    return NoPairError(
        f"no message pair of {card.node} is valid at {now}; the last one ends at {last}",
        hint="gateway keys rotate message",
    )
