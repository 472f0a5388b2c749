"""What an exchange tells of the other node: how far its clock is from ours, and its version.

A receipt says at what time the peer signed it, and it was signed between our request and its whole
answer. Peers refuse what is 300 seconds ahead of their clock, so a difference is told long before.
"""

from dataclasses import dataclass
from typing import Final

from gateway.envelope import times
from gateway.store import Transaction, reported
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.reported import Reported

# A fifth of what peers refuse; a clock that any time service keeps is a thousand times nearer.
MOST_SECONDS: Final = 60.0
# A receipt gives whole seconds, so on average it was signed half a second later.
_HALF_A_SECOND: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer: our time before and after, and what the answer said of its node.

    Args:
        signed: The time in the receipt.
    """

    asked: float
    answered: float
    signed: str
    version: str | None

    @property
    def offset(self) -> float:
        """How far the peer's clock is ahead of ours, in seconds."""
        middle = (self.asked + self.answered) / 2
        return round(times.parse(self.signed) + _HALF_A_SECOND - middle, 1)

    @property
    def doubt(self) -> float:
        """How far that may be from the truth: it was signed at some moment between."""
        return (self.answered - self.asked) / 2 + _HALF_A_SECOND


def note(tx: Transaction, node: str, exchange: Exchange, *, at: str) -> None:
    """Keep what an exchange told; raise an alarm when the clocks have come too far apart.

    Once, not with each exchange: who has looked at it is not told again until it was well between.
    """
    told = Reported(version=exchange.version, clock_offset=exchange.offset)
    before = reported.note(tx, node, told).clock_offset
    was_well = before is None or abs(before) <= MOST_SECONDS
    if was_well and abs(exchange.offset) > MOST_SECONDS + exchange.doubt:
        raise_alarm(tx, Alarm.CLOCK_OFFSET, at=at, peer=node)
