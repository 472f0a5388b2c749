"""What the outside gives to delivery and desk: time, ids, chance, threads, crash points.

Everything here is an argument, so that a simulation runs this very code on virtual time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

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
    """This node: its name, its keys, and its card as it is handed out.

    Args:
        pair_for: The message pair that signs for a peer at a moment (unix seconds); raises a
            `LocalError` when none holds any more, so that nothing is signed that it would refuse.
    """

    node: str
    environment: Environment
    epoch: str
    pair_for: Callable[[str, float], SigningPair]
    decryption_keys: dict[str, DecryptionKey]
    card: bytes
    card_serial: int
