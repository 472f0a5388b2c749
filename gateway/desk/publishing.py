"""Carrying out what was decided about a publication: keep, write, tell, in this order.

Each step is kept before the next begins, so after a crash the node goes on where it stood, and
nobody is told of what is not there yet.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from gateway.catalogue import Catalogue, Register
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.ports import Ports
from gateway.delivery.publishing import CONFIRM, close_ended, has_ended, not_told
from gateway.delivery.scanning import texts
from gateway.delivery.showing import restate
from gateway.desk import public_site
from gateway.desk.draft import Actor, Draft
from gateway.desk.public_site import Outlet
from gateway.desk.publication_items import (
    confirmation,
    decided,
    decision_of,
    item_view,
    known,
    note_decision,
    note_disclosed,
    note_withheld,
    spoken_of,
)
from gateway.desk.published import Plan, plan
from gateway.desk.repeat import Repeat
from gateway.desk.undeclared import check_public
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, PolicyError, Problem
from gateway.policy.publishing import NotPublicError
from gateway.store import Row, Store, Transaction, messages, publications
from gateway.store.messages import Direction, State
from gateway.store.publications import Action, Decision, Progress, Shown

SHOWS: Final = (Action.PUBLISHED, Action.AMENDED)
_LONGEST_PLACE: Final = 500
_NEVER_COUNTS: Final = (State.REFUSED, State.CANCELLED)

Give = Callable[[int, Actor], Awaitable[dict[str, Any]]]
Send = Callable[..., Awaitable[dict[str, Any]]]
Guarded = Callable[[Awaitable[None], Actor], Awaitable[None]]


class Publishing:
    """What is done once somebody has decided, or the configuration has."""

    def __init__(
        self,
        *,
        node: str,
        store: Store,
        catalogue: Catalogue,
        ports: Ports,
        changes: Changes,
        give: Give,
        send: Send,
        guarded: Guarded,
        outlet: Outlet,
    ) -> None:
        self._node = node
        self._store = store
        self._catalogue = catalogue
        self._terms = Terms(node, catalogue)
        self._pages = 0
        self._ports = ports
        self._changes = changes
        self._give = give
        self._send = send
        self._guarded = guarded
        self._one_at_a_time = asyncio.Lock()
        self._outlet = outlet

    async def _carry_out(
        self, item: Row, decision: Decision, actor: Actor, repeat: Repeat
    ) -> dict[str, Any]:
        """Keep a decision with what everybody may read by it, then write and tell."""
        if item["direction"] == Direction.IN:
            # Nobody confirms what nobody has read.
            await self._give(item["seq"], actor)
        if decision.action is not Action.WITHDRAWN:
            # A matter that takes no confirmation says so before anything is public.
            await self._tell(item, decision, actor, dry_run=True)

        def record(tx: Transaction) -> None:
            done, found = decision, None
            if decision.action in SHOWS:
                # Decided anew: a consent may have been used, or have ended, since it was looked at.
                found = self._plan(tx, item, decision.place)
                done = replace(decision, fields=found.fields)
                _check_origins(tx, item, found)
            if not publications.decide(tx, item["seq"], done):
                raise decided(tx, known(tx, item["seq"]))
            repeat.remember(tx, item["id"], decision.at)
            closed: list[Shown] = []
            if decision.action is not Action.NOT_PUBLISHED:
                closed = publications.close_versions(tx, item["slot"], decision.at)
            if found is not None:
                _show(tx, item, found, decision.at)
                note_disclosed(tx, self._terms, item, found, done, actor)
            register = Register(item["register"])
            restate(tx, self._terms, item["peer"], register, closed, at=decision.at)
            made = {} if found is None else {"digest": found.digest, "entries": len(found.shown)}
            note_decision(tx, item, done, actor, **made)

        try:
            await self._guarded(self._store.write(record), actor)
        except NotPublicError as error:
            await self._withheld(item, error, actor, decision.place)
            raise
        # Whoever asked may go now: the worker hears of it and finishes all the same.
        self._changes.ring()
        return await self._finish(item["seq"], actor)

    async def _finish(self, seq: int, actor: Actor) -> dict[str, Any]:
        """Write the pages of what was decided and tell the other side; harmless done twice."""
        async with self._one_at_a_time:
            item = await self._store.read(partial(known, seq=seq))
            if item["state"] == Progress.DECIDED:
                self._ports.fail_at("publication.decided")
                decision = await self._store.read(partial(decision_of, item=item))
                if decision.action is not Action.NOT_PUBLISHED:
                    await self._write(peer=item["peer"], register=Register(item["register"]))
                self._ports.fail_at("publication.written")
                told = await self._told(item, decision, actor)
                await self._store.write(partial(self._end, item=item, told=told))
        self._changes.ring()
        now = self._ports.clock()
        return await self._store.read(lambda tx: item_view(tx, known(tx, seq), now))

    def _end(self, tx: Transaction, item: Row, told: str | None) -> None:
        publications.finish(tx, item["seq"], told)
        message = messages.by_id(tx, item["peer"], Direction.OUT, told or "")
        if message is not None and message["state"] in _NEVER_COUNTS:
            # It came back before its name was kept.
            not_told(tx, self._terms, messages.shown(tx, message["seq"]), at=self._at())

    async def _withheld(
        self, item: Row, error: NotPublicError, actor: Actor, place: str | None
    ) -> None:
        at = self._at()
        record = partial(note_withheld, item=item, error=error, actor=actor, place=place, at=at)
        await self._store.write(record)

    async def _close_ended(self) -> None:
        """Let pages go without what is public by a consent that has ended."""
        now = self._ports.clock()
        if await self._store.read(partial(has_ended, terms=self._terms, now=now)):
            await self._store.write(partial(close_ended, terms=self._terms, now=now))
            self._changes.ring()

    async def _write(self, peer: str | None = None, register: Register | None = None) -> None:
        if not self._outlet.site.is_open:
            return
        await self._close_ended()
        load = partial(
            public_site.load,
            catalogue=self._catalogue,
            node=self._node,
            at=self._at(),
            peer=peer,
            register=register,
        )
        if found := await self._store.read(load):
            await self._outlet.site.write(found)

    async def _told(self, item: Row, decision: Decision, actor: Actor) -> str | None:
        """Tell the other side and return the id of that message.

        None where its matter takes none any more: who has withdrawn a message is owed nothing.
        """
        if decision.action is Action.WITHDRAWN:
            try:
                await self._tell(item, decision, actor, dry_run=True)
            except (ConflictError, PolicyError):
                return None
        return await self._tell(item, decision, actor)

    async def _tell(
        self, item: Row, decision: Decision, actor: Actor, *, dry_run: bool = False
    ) -> str | None:
        if decision.action is Action.NOT_PUBLISHED and item["direction"] == Direction.OUT:
            # What is ours to publish or not needs no word to the other side.
            return None
        draft = Draft(
            type=CONFIRM,
            to=item["peer"],
            body=confirmation(item, decision),
            in_reply_to=await self._store.read(partial(spoken_of, seq=item["seq"])),
        )
        # What is told anew is another message.
        before = "" if item["confirmation"] is None else f":{item['confirmation']}"
        key = f"publication:{item['seq']}{before}"
        view = await self._send(draft, actor, dry_run=dry_run, idempotency_key=key)
        return None if dry_run else str(view["id"])

    def _plan(self, tx: Transaction, item: Row, place: str | None) -> Plan:
        return plan(tx, self._terms, item, now=int(self._ports.clock()), place=place)

    def _place(self, item: Row, place: str | None, *, is_down: bool = False) -> str:
        """Return where it is made public, or taken down.

        Raises:
            InvalidError: Nobody says so, or it is no place.
        """
        # What comes down does so where it was made public.
        place = place or (item["place"] if is_down else None) or self._known_place(item)
        if place is None:
            raise InvalidError(
                "nobody says where it is made public",
                problems=(Problem("/place", "is missing"),),
                hint="name the place: --at; or set [publication] folder and address",
            )
        if not place.isprintable() or not 0 < len(place) <= _LONGEST_PLACE:
            text = f"is not a printable text up to {_LONGEST_PLACE} characters"
            raise InvalidError("that is no place", problems=(Problem("/place", text),))
        return str(place)

    def _known_place(self, item: Row) -> str | None:
        """Return where it is made public if nobody says so: on our page, or where it was before."""
        page = self._outlet.site.place(item["peer"], Register(item["register"]))
        return page or item["place"]

    def _at(self) -> str:
        return times.text(int(self._ports.clock()))


def _check_origins(tx: Transaction, item: Row, found: Plan) -> None:
    """Let nothing be made public that anybody told in confidence, except by a consent to it."""
    values = (
        (f"/{shown.entry}{pointer}", text)
        for shown in found.shown
        if shown.fields is not None
        for pointer, text in texts(shown.fields)
    )
    declared = [each for part in found.parts for each in part.declared]
    check_public(tx, values, declared, row=messages.shown(tx, item["seq"]))


def _show(tx: Transaction, item: Row, found: Plan, at: str) -> None:
    # A list by which nothing changes leaves its trace too: the page says which one it shows.
    unchanged = () if found.same is None else (found.same,)
    for each in found.shown or unchanged:
        publications.show(
            tx,
            item["seq"],
            peer=item["peer"],
            register=Register(item["register"]),
            shown=each,
            at=at,
        )
