"""What the outside gives to delivery and desk: time, ids, chance, threads, crash points.

Everything here is an argument, so that a simulation runs this very code on virtual time.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gateway.delivery.own_keys import OwnKeys
from gateway.delivery.retry import Uniform
from gateway.envelope import DecryptionKey, Environment, SigningPair

T = TypeVar("T")
Clock = Callable[[], float]


class Compute(Protocol):
    """Run a pure function where it does not hold up the event loop."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]:
        """Return what `function` returns."""
        ...


def no_failure(point: str) -> None:
    """Stand at a named crash point and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The world as the node sees it.

    Args:
        clock: Unix seconds.
        new_id: A fresh UUIDv7.
        randomness: So many random octets.
        uniform: A random float between two bounds.
        compute: Runs signatures and verification.
        fail_at: Called at each named crash point (`docs/architecture.md`).
    """

    clock: Clock
    new_id: Callable[[], str]
    randomness: Callable[[int], bytes]
    uniform: Uniform
    compute: Compute
    fail_at: Callable[[str], None] = no_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNode:
    """This node: its name, and its keys and card as they are at this moment."""

    node: str
    environment: Environment
    epoch: str
    keys: OwnKeys

    def pair_for(self, peer: str, at: float) -> SigningPair:
        """Return the pair that signs messages for a peer at a moment (unix seconds).

        Raises:
            NoPairError: No pair of ours holds; nothing is signed that the peer would refuse.
        """
        return self.keys.pair_for(peer, at)

    @property
    def decryption_keys(self) -> Mapping[str, DecryptionKey]:
        """The keys that open what peers have sealed, by key id."""
        return self.keys.current.decryption_keys

    @property
    def card(self) -> bytes:
        """The card that is handed out."""
        return self.keys.current.card_raw

    @property
    def card_serial(self) -> int:
        """The serial of that card."""
        return self.keys.current.card.serial
