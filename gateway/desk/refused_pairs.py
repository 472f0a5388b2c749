"""Messages that a peer refused because their pair holds no more: said again, under a new id.

A message that was attempted before its pair was revoked (or ended) may have arrived, so it is left
to the peer's entry. Where that is `key-revoked`, it has not, and is issued anew without waiting for
a person, with whatever was to follow in a matter that it opens.
"""

import asyncio
from functools import partial
from typing import Final

from gateway import log
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.draft import Actor
from gateway.desk.queue import Queue
from gateway.envelope import kids_of, times
from gateway.errors import LocalError, PeerError
from gateway.store import Row, Store, own_cards
from gateway.store.alarms import Alarm, raise_alarm

# Under load something changes at every moment; who waits for this waits for a person otherwise.
_PAUSE: Final = 1.0


class RefusedPairs:
    """Look after each change for what is to be said again."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        ports: Ports,
        changes: Changes,
        queue: Queue,
        actor: Actor,
        pause: float = _PAUSE,
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._ports = ports
        self._changes = changes
        self._queue = queue
        self._actor = actor
        self._pause = pause
        # What could not be issued anew has its alarm, and waits for a person.
        self._left: set[int] = set()

    async def run(self) -> None:
        """Issue anew until cancelled."""
        while True:
            bell = self._changes.next()
            for peer in self._directory.all():
                rows = await self._store.read(
                    partial(own_cards.refused_for_the_pair, peer=peer.node)
                )
                for row in rows:
                    if row["seq"] not in self._left and self._is_over(row):
                        await self._issue_anew(peer.node, row)
            await bell.wait()
            await asyncio.sleep(self._pause)

    def _is_over(self, row: Row) -> bool:
        """Tell whether the pair that signed held no more, by our own card, when it was refused.

        Otherwise the peer's clock or its copy of our card was at fault: nothing says that the same
        would not happen again, and a pair that ends by itself long after is no reason to say then
        what a person has left alone.
        """
        holding = {
            pair.kids
            for pair, validity in self._us.keys.current.card.message_pairs
            if validity.is_valid_at(row["refused_at"])
        }
        return kids_of(row["jws"]) not in holding

    async def _issue_anew(self, peer: str, row: Row) -> None:
        try:
            await self._queue.reissue_refused(row["id"], self._actor)
        except (LocalError, PeerError) as error:
            self._left.add(row["seq"])
            name = type(error).__name__
            log.warning(log.Event.NOT_ISSUED_ANEW, peer=peer, id=row["id"], error=name)
            at = times.text(self._ports.clock())
            await self._store.write(
                partial(
                    raise_alarm, kind=Alarm.NOT_ISSUED_ANEW, at=at, peer=peer, subject=row["id"]
                )
            )
