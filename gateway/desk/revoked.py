"""What waits under a revoked pair: cancelled and issued anew, in its order, as far as nothing left.

The peer judges a signature by its own time of arrival, so what was signed before a revocation and
arrives after it would be refused. Signing happens outside the transaction, which then looks again:
where something was attempted, cancelled or queued meanwhile, it is planned once more.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from gateway import log
from gateway.delivery.awaiting import Terms
from gateway.delivery.ports import Ports
from gateway.delivery.reissue import Queued, Renamed, groups
from gateway.delivery.undo import undo
from gateway.desk.draft import Actor
from gateway.desk.onward import Guard
from gateway.desk.reissue import Anew, Reissue, StaleCardError
from gateway.desk.submission import who_acts
from gateway.envelope import times
from gateway.errors import LocalError, PeerError
from gateway.store import Row, Store, Transaction, messages, outbox
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import State

_PAGE: Final = 256


class _ChangedError(LocalError):
    """It waits in another way than was planned for."""


class _NoPlaceError(LocalError):
    """A message is not to be said any more: its matter has gone on."""

    def __init__(self, queued: Queued, cause: LocalError) -> None:
        super().__init__("its matter does not allow the message any more")
        self.queued = queued
        self.cause = cause


@dataclass(slots=True)
class _Course:
    """How far the replacing has come.

    Args:
        placeless: Rows that are cancelled and not issued anew.
        left: Rows that stay as they are: nothing can be sealed for their peer now.
    """

    kids: Collection[str]
    actor: Actor
    names: Renamed = field(default_factory=Renamed)
    placeless: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)

    def plan(self, tx: Transaction) -> list[list[Queued]]:
        """Return what is to be replaced; what hangs together in one list."""
        rows = (row for row in _never_left(tx) if row["seq"] not in self.left)
        return groups(rows, self.kids, self.names)


class Revoked:
    """Replace what was signed by pairs that hold no more."""

    def __init__(
        self, *, store: Store, ports: Ports, terms: Terms, reissue: Reissue, guarded: Guard
    ) -> None:
        self._store = store
        self._ports = ports
        self._terms = terms
        self._reissue = reissue
        self._guarded = guarded

    async def replace(
        self, kids: Collection[str], actor: Actor, *, names: Renamed | None = None
    ) -> list[tuple[str, str]]:
        """Cancel and issue anew what waits under these keys; return old and new ids.

        What was attempted stays, for the peer's entry decides about it. What hangs together is
        replaced as a whole or not at all.

        Args:
            names: What was issued anew already: whatever stands in its threads or speaks of it is
                replaced too.
        """
        course = _Course(kids, actor)
        course.names.take(names or Renamed())
        done: list[tuple[str, str]] = []
        while plan := await self._store.read(course.plan):
            for queued in plan:
                try:
                    done += await self._replace(queued, course)
                except _ChangedError:
                    continue
                except _NoPlaceError as error:
                    course.placeless.add(error.queued.seq)
                    await self._note_refused(error, actor)
                    await self._tell(error.queued, error)
                except (LocalError, PeerError) as error:
                    course.left |= {each.seq for each in queued}
                    await self._tell(queued[0], error)
        return done

    async def _replace(self, queued: list[Queued], course: _Course) -> list[tuple[str, str]]:
        names = Renamed()
        names.take(course.names)
        fresh: list[Anew] = []
        for each in queued:
            if each.seq in course.placeless:
                continue
            try:
                anew = await self._reissue.compose(each.seq, names)
            except StaleCardError:
                course.placeless.add(each.seq)
                continue
            names.note(anew.old, anew.composed.header)
            fresh.append(anew)

        def record(tx: Transaction) -> list[tuple[str, str]]:
            if not _is_as_planned(tx, queued):
                raise _ChangedError("the queue has changed")
            at = times.text(self._ports.clock())
            # The last one first, so that none ever stands in a matter that is cancelled.
            for each in reversed(queued):
                cancel(tx, each, self._terms, course.actor, at=at)
            for anew in fresh:
                self._keep(tx, anew, queued, course.actor)
            return [(anew.old.id, anew.composed.header.id) for anew in fresh]

        done = await self._store.write(record)
        course.names.take(names)
        return done

    def _keep(self, tx: Transaction, anew: Anew, queued: list[Queued], actor: Actor) -> None:
        try:
            self._reissue.keep(tx, anew, actor)
        except LocalError as error:
            (old,) = (each for each in queued if each.seq == anew.seq)
            raise _NoPlaceError(old, error) from error

    async def _note_refused(self, error: _NoPlaceError, actor: Actor) -> None:
        """Keep that content of others may not leave any more, if that is why it has no place."""

        async def refused() -> None:
            raise error.cause

        with suppress(LocalError):
            await self._guarded(refused(), actor)

    async def _tell(self, queued: Queued, error: LocalError | PeerError) -> None:
        """Say that a person must issue a message anew, if it is still to be said."""
        name = type(error.__cause__ or error).__name__
        log.warning(log.Event.NOT_ISSUED_ANEW, peer=queued.peer, id=queued.id, error=name)
        at = times.text(self._ports.clock())
        await self._store.write(
            lambda tx: raise_alarm(
                tx, Alarm.NOT_ISSUED_ANEW, at=at, peer=queued.peer, subject=queued.id
            )
        )


def cancel(tx: Transaction, queued: Queued, terms: Terms, actor: Actor, *, at: str) -> None:
    """Take a message that never left out of the queue, with all it had done here."""
    row = messages.shown(tx, queued.seq)
    messages.set_state(tx, queued.seq, State.CANCELLED)
    outbox.leave(tx, row["peer"], row["thread"], queued.seq)
    undo(tx, queued.seq, terms, at=at)
    append(
        tx,
        LOCAL,
        Fact.CANCELLED,
        at=at,
        subject=row["id"],
        peer=row["peer"],
        header_digest=row["header_digest"],
        **who_acts(actor),
    )


def _never_left(tx: Transaction) -> Iterator[Row]:
    after = 0
    while page := outbox.unattempted(tx, after=after, limit=_PAGE):
        yield from page
        after = page[-1]["seq"]


def _is_as_planned(tx: Transaction, queued: list[Queued]) -> bool:
    """Tell whether nothing of it was attempted or cancelled, and nothing came behind it."""
    threads: dict[tuple[str, str], list[int]] = {}
    for each in queued:
        threads.setdefault((each.peer, each.thread), []).append(each.seq)
    for (peer, thread), planned in threads.items():
        rows = outbox.of_thread(tx, peer, thread)
        waiting = [row["seq"] for row in rows if row["attempted_at"] is None]
        if [seq for seq in waiting if seq >= planned[0]] != planned:
            return False
    return True
