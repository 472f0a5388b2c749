"""Watching what is owed: when a duty is overdue, say so once, signed where we waited.

    due passed -> statement signed (ours) -> still not reached? -> evidence, alarm (committed)

For a message of ours that is non-receipt evidence against nobody but time. For a received one the
duty is our own: an alarm and a record, and nothing that is signed; so it is with what is owed again
and again, which is no level of a message. Nothing is guessed: a level counts when the message that
proves it is here, and a late one counts all the same. While the peer has not receipted a message,
it owes nothing: the miss is a record alone. Where a person is to look at the matter, the level may
have come without counting: then nothing is signed.
"""

from functools import partial
from typing import Final

from gateway import log
from gateway.catalogue import OVER, ThreadKind, ThreadState, is_taken_up
from gateway.delivery.changes import Changes, wait_for
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.stating import sign_all, statement_of
from gateway.envelope import Awaited, times
from gateway.store import Row, Store, Transaction, duties, messages, statements, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.duties import Act, Holder, Outcome
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, State

# What the peers had to say while this node was down comes within the longest wait between two of
# their attempts; before, nobody could tell who is late.
AFTER_START: Final = 900.0
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
            holder = None if now >= heard_by else Holder.US
            due = await self._store.read(partial(duties.next_due, holder=holder))
            # What comes within the second of its due time is in time.
            look_at = float("inf") if due is None else times.parse(due) + 1.0
            if now >= look_at:
                await self._note(times.text(now), holder)
            else:
                until = look_at if holder is None else min(look_at, heard_by)
                await wait_for(bell, min(until - now, _LONGEST_SLEEP))

    async def _note(self, at: str, holder: Holder | None) -> None:
        def load(tx: Transaction) -> tuple[list[Row], list[Row]]:
            found = duties.passed(tx, at, holder=holder)
            return found, [row for row in found if _can_be_stated(tx, row)]

        rows, ours = await self._store.read(load)
        stated = [
            statement_of(
                self._us,
                row,
                peer=row["peer"],
                level=Awaited(row["act"]),
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
    """Note that a deadline passed; False if the act was done, or nobody owes it any more.

    Args:
        row: One of `duties.passed`.
        text: What we signed about it, if we did.
    """
    if is_moot(tx, row):
        duties.close(tx, row["seq"], (Act(row["act"]),), Outcome.LAPSED, at=at)
        return False
    is_theirs = row["holder"] == Holder.THEM
    if not _can_be_stated(tx, row):
        text = None
    statement = None if text is None else statements.digest_of(text)
    if not duties.note_missed(tx, row, at=at, statement=statement):
        return False
    if text is not None:
        statements.keep(tx, row["peer"], text, at)
    if not is_theirs or row["direction"] == Direction.IN or _is_receipted(tx, row):
        alarm = Alarm.LEVEL_OVERDUE if is_theirs else Alarm.DUTY_OVERDUE
        raise_alarm(tx, alarm, at=at, peer=row["peer"], subject=row["id"])
    append(
        tx,
        LOCAL,
        Fact.LEVEL_OVERDUE if is_theirs else Fact.DUTY_OVERDUE,
        at=at,
        subject=row["id"],
        peer=row["peer"],
        header_digest=row["header_digest"],
        level=row["act"],
        due=row["due"],
        statement=statement,
    )
    return True


def _can_be_stated(tx: Transaction, row: Row) -> bool:
    """Tell whether we may sign that a level has not come: we waited for it, and nothing is unclear.

    In a flagged matter lies a message that moved nothing, which may be what was awaited.
    """
    if row["act"] == Act.REPEATED or not _is_receipted(tx, row):
        return False
    thread = threads.get(tx, row["peer"], row["thread"])
    return thread is None or thread["attention"] is None


def _is_receipted(tx: Transaction, row: Row) -> bool:
    """Tell whether it is a message of ours that the peer has by its own signed word."""
    return State(messages.shown(tx, row["seq"])["state"]) is State.DELIVERED


def is_moot(tx: Transaction, row: Row) -> bool:
    """Tell whether nobody owes the level any more, though no message says that it is reached.

    A matter that is over asks for no acceptance and no answer; one in which work has begun was
    accepted by that.
    """
    thread = threads.get(tx, row["peer"], row["thread"])
    if thread is None or row["act"] == Act.HANDED_OVER:
        return False
    if row["holder"] != duties.holder_of(row["direction"]):
        # What the sender itself owes next does not end with the matter that it opened.
        return False
    kind, state = ThreadKind(thread["kind"]), ThreadState(thread["state"])
    begun = is_taken_up(kind, state)
    return (kind, state) in OVER or (begun and row["act"] == Act.ACCEPTED)


def _key(row: Row) -> tuple[int, str, int]:
    return row["seq"], row["act"], row["turn"]
