"""Which levels of a message are awaited, and from when on.

Handing over and acceptance are due so many days after the receipt: before it nobody could act,
and both sides date it by the same entry. The answer is due at the signed header's `due`, receipt
or not.
"""

from dataclasses import dataclass

from gateway.catalogue import Catalogue, MessageType, level_deadlines, type_of
from gateway.envelope import Awaited, times
from gateway.store import Row, Transaction, deadlines
from gateway.store.messages import Direction, Reached


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each type leaves, under the memorandum with each peer."""

    node: str
    catalogue: Catalogue

    def of(self, peer: str, type_name: str) -> MessageType:
        """Return the type as the memorandum with the peer has it, or as the catalogue does."""
        for profile in self.catalogue.profiles.values():
            if profile.nodes == {self.node, peer} and type_name in profile.types:
                return profile.types[type_name]
        return type_of(type_name)


def awaited(row: MessageType, *, received: str | None, due: str | None) -> dict[Awaited, str]:
    """Return the levels that are owed, with the time by which each is.

    Args:
        received: When its recipient took the message, None while that is not known.
    """
    start = 0 if received is None else times.parse(received)
    levels = {Awaited(name): at for name, at in level_deadlines(row, start, due).items()}
    if received is None:
        return {level: at for level, at in levels.items() if level is Awaited.ANSWERED}
    return levels


def await_rest(tx: Transaction, row: Row, row_type: MessageType, *, received: str) -> None:
    """Await what a message has not reached yet.

    Args:
        row: The message, with its levels: an acknowledgement may have overtaken the receipt.
    """
    due = awaited(row_type, received=received, due=row["due"])
    for level in Reached:
        if row[level.replace("-", "_")] is not None:
            for ended in deadlines.ENDS[level]:
                due.pop(ended, None)
    deadlines.add(tx, row["seq"], due, peer=row["peer"], direction=Direction(row["direction"]))
