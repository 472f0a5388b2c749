"""Following what happens at this node: one event after another, none of them with content.

A follower keeps its own place, the number of the last event it has seen. Nothing is kept for it
here, so one that is slow costs nothing: it reads from the feed when it comes again, and one that
comes too late for what was kept is told so by an event `gap`.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gateway.delivery.changes import Changes
from gateway.store import Row, Store, Transaction, events

GAP: Final = "gap"

# Long enough to cost nothing, short enough that a dead connection shows and no firewall forgets it.
HEARTBEAT_SECONDS: Final = 15.0

_PAGE: Final = 500
_MEMBERS: Final = ("kind", "peer", "id", "type", "thread", "reference", "state")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: its number and what may be told of it."""

    seq: int
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """What happened."""
        return str(self.data["kind"])


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the feed gave: up to which number, and what fitted; often nothing."""

    seq: int
    found: tuple[Happened, ...] = ()


class Events:
    """The feed of one node.

    Args:
        heartbeat: A follower gets a look after so many seconds at most, be it empty.
    """

    def __init__(
        self, store: Store, changes: Changes, *, heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        self._store = store
        self._changes = changes
        self._heartbeat = heartbeat

    async def newest(self) -> int:
        """Return the number of the newest event: where somebody begins who asks for nothing old."""
        return (await self._store.read(events.bounds))[1]

    async def follow(
        self, after: int | None, *, kind: str = "", peer: str | None = None
    ) -> AsyncGenerator[Look, None]:
        """Yield what happens after an event, without end; the first look only says where it begins.

        Args:
            after: The number of the last event seen; None begins now.
            kind: The beginning of the kinds that are wanted.
            peer: Only what concerns this node.
        """
        position = await self.newest() if after is None else after
        loop = asyncio.get_running_loop()
        yield Look(position)
        beat = loop.time() + self._heartbeat
        while True:
            bell = self._changes.next()
            look, is_all = await self._store.read(
                partial(_look, after=position, kind=kind, peer=peer)
            )
            position = look.seq
            if look.found or loop.time() >= beat:
                yield look
                beat = loop.time() + self._heartbeat
            if is_all:
                await _rung(bell, beat)


def _look(tx: Transaction, *, after: int, kind: str, peer: str | None) -> tuple[Look, bool]:
    """Return what is new behind a number, and whether that is all there is now."""
    oldest, newest = events.bounds(tx)
    if after + 1 < oldest or after > newest:
        # Trimmed meanwhile, or counted by another life of this database.
        gap: dict[str, Any] = dict.fromkeys(_MEMBERS) | {"kind": GAP}
        return Look(oldest - 1, (Happened(oldest - 1, gap),)), False
    rows = events.page(tx, after=after, limit=_PAGE)
    found = tuple(_happened(row) for row in rows if _fits(row, kind, peer))
    return Look(rows[-1]["seq"] if rows else after, found), len(rows) < _PAGE


def _happened(row: Row) -> Happened:
    return Happened(row["seq"], {name: row[name] for name in _MEMBERS})


def _fits(row: Row, kind: str, peer: str | None) -> bool:
    return row["kind"].startswith(kind) and peer in {None, row["peer"]}


async def _rung(bell: asyncio.Event, until: float) -> None:
    """Wait for the next change, but no longer than until the next sign of life is due."""
    try:
        async with asyncio.timeout_at(until):
            await bell.wait()
    except TimeoutError:
        return
