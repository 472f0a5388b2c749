"""When to try again: full jitter, so that two nodes that lost each other do not march in step."""

from collections.abc import Callable
from dataclasses import dataclass

Uniform = Callable[[float, float], float]
# 2^31 seconds is beyond any cap: a larger exponent would only overflow.
_LARGEST_EXPONENT = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Full jitter in seconds: uniform between 0 and min(cap, base · 2^failures)."""

    base: float = 2.0
    cap: float = 900.0

    @property
    def longest(self) -> float:
        """No wait that `delay` returns is longer."""
        return self.cap + self.base

    def delay(self, failures: int, uniform: Uniform, *, asked: float | None = None) -> float:
        """Return how long to wait after `failures` failures in a row.

        `asked` is the peer's Retry-After; it is honoured up to the cap, with jitter on top.
        """
        ceiling = min(self.cap, self.base * 2.0 ** min(failures - 1, _LARGEST_EXPONENT))
        wait = uniform(0.0, ceiling)
        return wait if asked is None else max(wait, min(asked, self.cap) + uniform(0.0, self.base))
