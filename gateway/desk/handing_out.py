"""What a consumer is given next, so that each thread stays in order and none stops the others.

What was given and not acknowledged is given again, alone: if a system fails at one message, the
tries of its neighbours do not count. After five tries the message is set apart with an alarm, its
thread waits for a person, and the other threads go on.
"""

from dataclasses import dataclass, field
from typing import Final

from gateway.store import Row, Transaction, alarms, consumers
from gateway.store.alarms import Alarm
from gateway.store.consumers import Consumer

MOST_TRIES: Final = 5
# Contents of one answer together; a single larger one goes alone.
_MOST_BYTES: Final = 8 * 2**20
# A system that leaves this much open has failed as a whole: nothing new before somebody has looked.
_MOST_OPEN: Final = 1_000
_PAGE: Final = 200
# Rows looked at in one transaction, so that a long way through the control thread stops no writer.
_MOST_LOOKED: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A message that is given out, for the first time or once more."""

    seq: int
    id: str
    peer: str
    thread: str
    tries: int


@dataclass(slots=True)
class Choice:
    """What is given now.

    Args:
        room: How many bytes of content still fit.
        is_stuck: A message was set apart.
        is_all: Nothing is left to look at.
    """

    limit: int
    room: int = _MOST_BYTES
    given: list[Given] = field(default_factory=list)
    is_stuck: bool = False
    is_all: bool = True

    def has_room(self, row: Row) -> bool:
        """Tell whether one more fits; the first one always does."""
        return not self.given or (len(self.given) < self.limit and row["size"] <= self.room)

    def give(self, tx: Transaction, consumer: Consumer, row: Row, *, tries: int) -> None:
        """Count one more as given."""
        consumer.give(tx, row["seq"])
        named = {name: row[name] for name in ("seq", "id", "peer", "thread")}
        self.given.append(Given(**named, tries=tries))
        self.room -= row["size"]


@dataclass(slots=True)
class _Shut:
    """Threads that wait, and ids that are open: an id is unique only among those of its peer."""

    threads: set[tuple[str, str]] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def holds(self, row: Row) -> bool:
        """Tell whether a row has to wait; then what follows it in its thread has to as well."""
        is_shut = (row["peer"], row["thread"]) in self.threads or row["id"] in self.ids
        if is_shut:
            self.shut(row)
        return is_shut

    def shut(self, row: Row) -> None:
        """Let nothing pass this row in its thread."""
        self.threads.add((row["peer"], row["thread"]))


def choose(tx: Transaction, consumer: Consumer, *, limit: int, at: str) -> Choice:
    """Decide what a consumer is given, and count it as given before it is.

    Counting first is what finds the message that kills its reader; a node that dies in between has
    counted one try too many, and lost no message.
    """
    choice, shut = Choice(limit), _Shut()
    rows = consumer.rows(tx)
    again = _open(tx, consumer, rows, choice, shut, at)
    if any(row["tries"] for row in again):
        again, choice.limit = again[:1], 1
    for row in again:
        if not choice.has_room(row):
            return choice
        choice.give(tx, consumer, row, tries=row["tries"] + 1)
    if len(choice.given) < choice.limit and len(rows) < _MOST_OPEN:
        _go_on(tx, consumer, choice, shut)
    return choice


def set_apart(
    tx: Transaction, consumer: Consumer, *, seq: int, peer: str, id: str, at: str
) -> None:
    """Take a message out of a consumer's way and call a person."""
    consumer.quarantine(tx, seq, at)
    alarms.raise_alarm(tx, Alarm.CONSUMER_STUCK, at=at, peer=peer, subject=id)


def _open(
    tx: Transaction, consumer: Consumer, rows: list[Row], choice: Choice, shut: _Shut, at: str
) -> list[Row]:
    """Return what of the open messages may be given; set apart what failed too often."""
    fitting = []
    for row in rows:
        is_failing = row["tries"] >= MOST_TRIES and row["quarantined"] is None
        if shut.holds(row):
            continue
        shut.ids.add(row["id"])
        if row["quarantined"] is None and not is_failing:
            fitting.append(row)
            continue
        shut.shut(row)
        if is_failing:
            set_apart(tx, consumer, seq=row["seq"], peer=row["peer"], id=row["id"], at=at)
            choice.is_stuck = True
    return fitting


def _go_on(tx: Transaction, consumer: Consumer, choice: Choice, shut: _Shut) -> None:
    """Give what came in since the consumer's place, and move the place behind it."""
    begin = place = consumer.place(tx) or 0
    choice.is_all = False
    for _ in range(0, _MOST_LOOKED, _PAGE):
        rows = consumers.fresh(tx, after=place, limit=_PAGE)
        taken = _take(tx, consumer, choice, shut, rows)
        place = rows[taken - 1]["seq"] if taken else place
        if taken < len(rows):
            break
        if len(rows) < _PAGE:
            choice.is_all = True
            break
    if place != begin:
        consumer.move(tx, place)


def _take(tx: Transaction, consumer: Consumer, choice: Choice, shut: _Shut, rows: list[Row]) -> int:
    """Give what may be given of new rows, while there is room; return how many were seen to."""
    for count, row in enumerate(rows):
        if not row["is_matter"]:
            continue
        if not choice.has_room(row):
            return count
        if shut.holds(row):
            consumer.keep_waiting(tx, row["seq"])
        else:
            shut.ids.add(row["id"])
            choice.give(tx, consumer, row, tries=1)
    return len(rows)
