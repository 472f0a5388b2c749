"""Consumers: local systems that take what comes in, message by message, and acknowledge it.

A message is a consumer's until it acknowledges it: after a crash on either side it is given again.
A consumer that keeps what it has done together with the id of the message does everything once.
Giving a message out for the first time is its handing over (level 2), against the same permit as
for an officer.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from gateway.delivery.changes import Changes
from gateway.desk.draft import Actor
from gateway.desk.handing_out import Choice, Given, choose, set_apart
from gateway.desk.repeat import Repeat
from gateway.desk.submission import who_acts
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, LocalError, NotFoundError, Problem
from gateway.store import Row, Store, Transaction, consumers
from gateway.store.consumers import Consumer
from gateway.store.evidence import LOCAL, Fact, append

# The consumer of the folder exchange; nobody else may take what is meant for the folder.
FOLDER: Final = "folder"
NAME: Final = "^[a-z0-9][a-z0-9._-]{0,63}$"
# A system or two for each task of an office; more than that is a loop that makes names up.
_MOST: Final = 64

_NAME: Final = re.compile(NAME.removesuffix("$"))
_HINT: Final = "GET /v1/consumers lists them"

Give = Callable[[int, Actor], Awaitable[dict[str, Any]]]


class Consumers:
    """Every consumer of one node.

    Args:
        give: Gives out the content of a row and hands it over (`Desk.give`).
    """

    def __init__(
        self, store: Store, changes: Changes, clock: Callable[[], float], give: Give
    ) -> None:
        self._store = store
        self._changes = changes
        self._clock = clock
        self._give = give

    async def next(
        self,
        name: str,
        actor: Actor,
        *,
        limit: int = 10,
        wait_seconds: float = 0.0,
        from_start: bool = False,
    ) -> dict[str, Any]:
        """Return up to `limit` messages with content, oldest first; none if time is up.

        Args:
            from_start: A consumer that does not exist yet begins with the oldest message instead
                of with the next one that comes in.

        Raises:
            InvalidError: No consumer can have this name.
            ConflictError: The account has too many consumers already.
        """
        consumer = _consumer(name, actor.uid)
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_seconds
        while True:
            bell = self._changes.next()
            record = partial(self._choose, consumer, limit=limit, from_start=from_start)
            choice = await self._store.write(record)
            if choice.is_stuck:
                self._changes.ring()
            items = await self._items(consumer, choice, actor)
            is_over = not choice.given and choice.is_all and not await _rung(bell, end)
            if items or is_over:
                return {"name": name, "items": items}

    async def acknowledge(self, name: str, ids: list[str], actor: Actor) -> dict[str, Any]:
        """Note that messages need not be given again; the same a second time changes nothing.

        Raises:
            NotFoundError: The caller has no such consumer.
            ConflictError: One of them was never given to it; none was acknowledged.
        """
        consumer = _consumer(name, actor.uid)

        def record(tx: Transaction) -> int:
            place = _place(tx, consumer)
            rows = {row["id"]: row for row in consumer.rows(tx)[::-1] if row["tries"]}
            problems = []
            for number, id in enumerate(ids):
                if (row := rows.get(id)) is not None:
                    consumer.done(tx, row["seq"])
                elif not _was_given(tx, consumer, id, place):
                    problems.append(Problem(f"/ids/{number}", "was not given to this consumer"))
            if problems:
                raise ConflictError(
                    "nothing was acknowledged", problems=tuple(problems[:16]), hint=_HINT
                )
            return len(consumer.rows(tx))

        return {"name": name, "open": await self._store.write(record)}

    async def release(
        self,
        name: str,
        id: str,
        actor: Actor,
        *,
        uid: int | None = None,
        skip: bool = False,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Let a message that was set apart be given again, or never again, and its thread go on.

        Args:
            uid: Whose consumer it is, if not the caller's own.
            skip: It counts as acknowledged instead; what it says was seen to otherwise.

        Raises:
            NotFoundError: There is no such consumer, or it has no such message open.
            ConflictError: The message was not set apart.
        """
        consumer = _consumer(name, actor.uid if uid is None else uid)
        at = times.text(int(self._clock()))
        asked = ["release", name, consumer.uid, id, skip]
        repeat = Repeat.of(asked, actor, idempotency_key, self._clock())

        def record(tx: Transaction) -> None:
            if repeat.find(tx) is not None:
                return
            repeat.remember(tx, id, at)
            _place(tx, consumer)
            row = next((row for row in consumer.rows(tx) if row["id"] == id), None)
            if row is None:
                raise NotFoundError("that consumer has no such message open", hint=_HINT)
            if row["quarantined"] is None:
                raise ConflictError("that message was not set apart", hint=_HINT)
            consumer.done(tx, row["seq"]) if skip else consumer.release(tx, row["seq"])
            about = {"consumer": name, "of": consumer.uid, "skipped": skip}
            append(tx, LOCAL, Fact.CONSUMER_RELEASED, at=at, subject=id, **about, **who_acts(actor))

        await self._store.write(record)
        self._changes.ring()
        return {"name": name, "id": id, "skipped": skip}

    async def all(self) -> dict[str, Any]:
        """Return every consumer with what it has open and what was set apart for it."""

        def load(tx: Transaction) -> list[dict[str, Any]]:
            return [
                _view(row, Consumer(row["uid"], row["name"]).rows(tx)) for row in consumers.all(tx)
            ]

        return {"items": await self._store.read(load), "next": None}

    async def forget(self, name: str, actor: Actor) -> dict[str, Any]:
        """Remove a consumer of the caller; one of that name made later begins anew.

        Raises:
            NotFoundError: The caller has no such consumer.
        """
        consumer = _consumer(name, actor.uid)

        def record(tx: Transaction) -> None:
            if not consumer.remove(tx):
                raise _unknown(name)

        await self._store.write(record)
        return {"name": name, "deleted": True}

    def _choose(
        self, consumer: Consumer, tx: Transaction, *, limit: int, from_start: bool
    ) -> Choice:
        at = times.text(int(self._clock()))
        if consumer.place(tx) is None:
            if consumers.count(tx, consumer.uid) >= _MOST:
                raise ConflictError(
                    f"this account has {_MOST} consumers already",
                    hint="DELETE /v1/consumers/NAME removes one",
                )
            consumer.add(tx, at=at, after=0 if from_start else consumers.newest(tx))
        return choose(tx, consumer, limit=limit, at=at)

    async def _items(
        self, consumer: Consumer, choice: Choice, actor: Actor
    ) -> list[dict[str, Any]]:
        """Return what was chosen, with content; what cannot be given is set apart."""
        items: list[dict[str, Any]] = []
        stopped: set[tuple[str, str]] = set()
        for given in choice.given:
            if (given.peer, given.thread) in stopped:
                continue
            try:
                item = await self._give(given.seq, actor)
            except LocalError:
                # Withheld by its marking, erased, or changed on the disk: no try will mend it.
                await self._store.write(partial(self._set_apart, consumer, given))
                stopped.add((given.peer, given.thread))
                self._changes.ring()
                continue
            items.append({"message": item, "tries": given.tries})
        return items

    def _set_apart(self, consumer: Consumer, given: Given, tx: Transaction) -> None:
        at = times.text(int(self._clock()))
        set_apart(tx, consumer, seq=given.seq, peer=given.peer, id=given.id, at=at)


async def _rung(bell: asyncio.Event, end: float) -> bool:
    """Wait for the next change; False if time is up before."""
    if asyncio.get_running_loop().time() >= end:
        return False
    try:
        async with asyncio.timeout_at(end):
            await bell.wait()
    except TimeoutError:
        return False
    return True


def _consumer(name: str, uid: int) -> Consumer:
    if not _NAME.fullmatch(name):
        problem = Problem("name", "is not 1 to 64 of a-z, 0-9, dots, dashes and underscores")
        raise InvalidError("a consumer cannot bear that name", problems=(problem,))
    return Consumer(uid, name)


def _place(tx: Transaction, consumer: Consumer) -> int:
    place = consumer.place(tx)
    if place is None:
        raise _unknown(consumer.name)
    return place


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"this account has no consumer {name!r}", hint=_HINT)


def _was_given(tx: Transaction, consumer: Consumer, id: str, place: int) -> bool:
    """Tell whether a message that is not open was acknowledged before."""
    waiting = {row["seq"] for row in consumer.rows(tx)}
    return any(seq <= place and seq not in waiting for seq in consumers.rows_of(tx, id))


def _view(row: Row, open_: list[Row]) -> dict[str, Any]:
    return {
        "uid": row["uid"],
        "name": row["name"],
        "created": row["created"],
        "open": row["open"],
        "set_apart": [
            {
                "id": each["id"],
                "peer": each["peer"],
                "type": each["type"],
                "reference": each["reference"],
                "tries": each["tries"],
                "since": each["quarantined"],
            }
            for each in open_
            if each["quarantined"] is not None
        ],
    }
