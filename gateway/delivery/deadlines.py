"""Watching what is awaited: when a level is overdue, say so once, signed where we waited.

    due passed -> statement signed (ours) -> still not reached? -> evidence, alarm (committed)

For a message of ours that is non-receipt evidence against nobody but time. For a received one the
duty is our own: an alarm and a record, and nothing that is signed. Nothing is guessed: a level
counts when the message that proves it is here, and a late one counts all the same. While the peer
has not receipted a message, it owes nothing: the miss is a record alone. Where a person is to look
at the matter, the level may have come without counting: then nothing is signed.
"""

import asyncio
import contextlib
from functools import partial
from typing import Final

from gateway import log
from gateway.catalogue import OVER, ThreadKind, ThreadState, is_taken_up
from gateway.delivery.changes import Changes
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.stating import sign_all, statement_of
from gateway.envelope import Awaited, times
from gateway.store import Row, Store, Transaction, deadlines, messages, statements, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, State

# What the peers had to say while this node was down comes within the longest wait between two of
# their attempts; before, nobody could tell who is late.
AFTER_START: Final = 900.0
# Each commit may have brought an earlier deadline; a busy node need not look after each of them.
_PAUSE: Final = 1.0
_LONGEST_SLEEP: Final = 3600.0


class Deadlines:
    """Note levels that were not reached in time, until cancelled."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        ports: Ports,
        changes: Changes,
        after_start: float = AFTER_START,
    ) -> None:
        self._us = us
        self._store = store
        self._ports = ports
        self._changes = changes
        self._after_start = after_start

    async def run(self) -> None:
        """Watch for ever; what ends it is cancellation, which loses nothing."""
        heard_by = self._ports.clock() + self._after_start
        while True:
            bell, now = self._changes.next(), self._ports.clock()
            # What we owe ourselves, nobody has to tell us.
            direction = None if now >= heard_by else Direction.IN
            due = await self._store.read(partial(deadlines.next_due, direction=direction))
            # What comes within the second of its due time is in time.
            look_at = float("inf") if due is None else times.parse(due) + 1.0
            if now >= look_at:
                await self._note(times.text(now), direction)
            else:
                until = look_at if direction is None else min(look_at, heard_by)
                await self._sleep(bell, min(until - now, _LONGEST_SLEEP))

    async def _sleep(self, bell: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await bell.wait()
                await asyncio.sleep(_PAUSE)

    async def _note(self, at: str, direction: Direction | None) -> None:
        def load(tx: Transaction) -> tuple[list[Row], list[Row]]:
            found = deadlines.passed(tx, at, direction=direction)
            return found, [row for row in found if _can_be_stated(tx, row)]

        rows, ours = await self._store.read(load)
        stated = [
            statement_of(
                self._us,
                row,
                peer=row["peer"],
                level=Awaited(row["level"]),
                due=row["due"],
                at=at,
            )
            for row in ours
        ]
        texts = await sign_all(stated, self._us, self._ports)
        by_row = {_key(row): text for row, text in zip(ours, texts, strict=True)}
        self._ports.fail_at("deadline.signed")

        def record(tx: Transaction) -> int:
            return sum(note(tx, row, by_row.get(_key(row)), at=at) for row in rows)

        count = await self._store.write(record)
        self._ports.fail_at("deadline.noted")
        if count:
            log.warning(log.Event.OVERDUE, count=count)
        self._changes.ring()


def note(tx: Transaction, row: Row, text: str | None, *, at: str) -> bool:
    """Note that a deadline passed; False if its level was reached, or nobody owes it any more.

    Args:
        row: One of `deadlines.passed`.
        text: What we signed about it, if we did.
    """
    if _is_moot(tx, row):
        deadlines.forget(tx, row["seq"], row["level"])
        return False
    ours = row["direction"] == Direction.OUT
    if not _can_be_stated(tx, row):
        text = None
    statement = None if text is None else statements.digest_of(text)
    if not deadlines.note_missed(tx, row, at=at, statement=statement):
        return False
    if text is not None:
        statements.keep(tx, row["peer"], text, at)
    if not ours or _is_receipted(tx, row):
        alarm = Alarm.LEVEL_OVERDUE if ours else Alarm.DUTY_OVERDUE
        raise_alarm(tx, alarm, at=at, peer=row["peer"], subject=row["id"])
    append(
        tx,
        LOCAL,
        Fact.LEVEL_OVERDUE if ours else Fact.DUTY_OVERDUE,
        at=at,
        subject=row["id"],
        peer=row["peer"],
        header_digest=row["header_digest"],
        level=row["level"],
        due=row["due"],
        statement=statement,
    )
    return True


def _can_be_stated(tx: Transaction, row: Row) -> bool:
    """Tell whether we may sign that a level has not come: we waited for it, and nothing is unclear.

    In a flagged matter lies a message that moved nothing, which may be what was awaited.
    """
    if not _is_receipted(tx, row):
        return False
    thread = threads.get(tx, row["peer"], row["thread"])
    return thread is None or thread["attention"] is None


def _is_receipted(tx: Transaction, row: Row) -> bool:
    """Tell whether it is a message of ours that the peer has by its own signed word."""
    return State(messages.shown(tx, row["seq"])["state"]) is State.DELIVERED


def _is_moot(tx: Transaction, row: Row) -> bool:
    """Tell whether nobody owes the level any more, though no message says that it is reached.

    A matter that is over asks for no acceptance and no answer; one in which work has begun was
    accepted by that.
    """
    thread = threads.get(tx, row["peer"], row["thread"])
    if thread is None or row["level"] == Awaited.HANDED_OVER:
        return False
    kind, state = ThreadKind(thread["kind"]), ThreadState(thread["state"])
    begun = is_taken_up(kind, state)
    return (kind, state) in OVER or (begun and row["level"] == Awaited.ACCEPTED)


def _key(row: Row) -> tuple[int, str]:
    return row["seq"], row["level"]
