"""Telling peers our newest card: to each that has not receipted it, until it has.

One card at a time is under way to a peer. It is signed with a pair that the peer can verify now,
which another one may not be any more when the card before has arrived.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gateway import log
from gateway.catalogue import Catalogue
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory, Peer
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.draft import Actor, Draft
from gateway.desk.submission import keep
from gateway.envelope import kids_of, times
from gateway.errors import LocalError, PeerError
from gateway.store import Row, Store, Transaction, own_cards
from gateway.store.messages import State

_TYPE: Final = "card.update"
_UNDER_WAY: Final = {State.QUEUED, State.OVERDUE, State.HELD}
# A refused card is offered again after a day: by then a person over there may have confirmed it.
_PATIENCE: Final = 86_400
# What expired or was cancelled rings no bell of ours.
_LONGEST_SLEEP: Final = 3_600.0


class Announcer:
    """Queue a `card.update` for every enabled peer that does not know our newest card."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        ports: Ports,
        changes: Changes,
        wake: Callable[[str], None],
        actor: Actor,
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._changes = changes
        self._wake_sender = wake
        self._actor = actor
        self._composer = Composer(us, catalogue, ports)
        self._bell = asyncio.Event()
        # After a start, refused cards are offered again at once: an operator may wait for that.
        self._is_asked = True
        directory.on_change(self._bell.set)
        us.keys.on_change(self._bell.set)

    def offer_again(self) -> None:
        """Offer the card now also to peers that have refused it."""
        self._is_asked = True
        self._bell.set()

    async def run(self) -> None:
        """Look at each change of our card or of a peer, until cancelled."""
        while True:
            self._bell.clear()
            is_asked, self._is_asked = self._is_asked, False
            for peer in self._directory.all():
                if self._is_behind(peer):
                    await self._tell(peer, is_asked=is_asked)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_SLEEP):
                    await self._bell.wait()

    def _is_behind(self, peer: Peer) -> bool:
        """Tell whether a peer may know less than our newest card; the first one came by hand."""
        known = 1 if peer.knows is None else peer.knows.serial
        return known < self._us.card_serial

    async def _tell(self, peer: Peer, *, is_asked: bool) -> None:
        last = await self._store.read(partial(own_cards.last_update, peer=peer.node))
        if last is not None and self._waits(peer, last, is_asked=is_asked):
            return
        try:
            serial, composed = await self._compose(peer)
        except (LocalError, PeerError) as error:
            name = type(error).__name__
            log.warning(log.Event.CARD_OFFERED, peer=peer.node, error=name)
            return

        def record(tx: Transaction) -> None:
            seq = keep(tx, composed, actor=self._actor)
            own_cards.note_update(tx, seq, peer=peer.node, serial=serial)

        await self._store.write(record)
        log.info(log.Event.CARD_OFFERED, peer=peer.node, serial=serial)
        self._wake_sender(peer.node)
        self._changes.ring()

    def _waits(self, peer: Peer, last: Row, *, is_asked: bool) -> bool:
        """Tell whether the message before still has to settle, or was refused a short while ago."""
        state = State(last["state"])
        if state in _UNDER_WAY:
            return True
        if state is not State.REFUSED or last["serial"] != self._us.card_serial or is_asked:
            return False
        now = self._ports.clock()
        try:
            pair = self._us.keys.verifiable_pair_for(peer.node, now)
        except LocalError:
            return True
        # With another pair it is another message; with the same one the answer would be the same.
        is_same = kids_of(last["jws"]) == pair.kids
        return is_same and now < times.parse(last["created"]) + _PATIENCE

    async def _compose(self, peer: Peer) -> tuple[int, Composed]:
        keys = self._us.keys.current
        body: dict[str, Any] = {"card": keys.card_raw.decode()}
        draft = Draft(type=_TYPE, to=peer.node, body=body)
        profile = self._catalogue.profile_for(self._us.node, peer.node)
        row = profile.check_sender(self._us.node, _TYPE)
        context = Context(peer=peer, row=row, profile=profile)
        header, content = self._composer.header(draft, context)
        pair = self._us.keys.verifiable_pair_for(peer.node, self._ports.clock())
        composed = await self._composer.sign_and_seal(draft, header, content, context, pair=pair)
        return keys.card.serial, composed
