"""What is to be made public: what waits, who lets it go, what everybody may read, who was told.

    waiting --publish--> decided --pages written, other side told--> done
    waiting --refuse---> decided --other side told-----------------> refused

A decision is kept before a page is written, and the page before the other side is told of it: so
after a crash the node goes on where it stood, and nobody is told of what is not there yet.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from gateway.catalogue import Register
from gateway.delivery.publishing import CONFIRM
from gateway.delivery.showing import restate
from gateway.desk.draft import Actor
from gateway.desk.paging import row_key
from gateway.desk.publication_items import (
    NO_PREVIEW,
    confirmation,
    item_view,
    newest,
    of_id,
    of_peer,
    waiting,
)
from gateway.desk.published import OvertakenError, Plan, as_read
from gateway.desk.publishing import SHOWS, Publishing
from gateway.desk.repeat import NEVER, Repeat
from gateway.envelope import times
from gateway.errors import (
    ConflictError,
    InvalidError,
    LocalError,
    NotFoundError,
    PolicyError,
    TransientError,
)
from gateway.policy.publishing import NotPublicError
from gateway.store import Row, Transaction, publications
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.publications import Action, Decision, Progress

_MOST: Final = 500
# Why nobody but a person goes on: what a list takes away, or what the rules or the matter forbid.
_REMOVES_MANY: Final = "removes-many"
_NOT_ALLOWED: Final = "not-allowed"


class TooMuchError(ConflictError):
    """So much would be taken away that a person has to look first."""


class ByConsentError(ConflictError):
    """It would be made public under a consent, whose terms a person has to keep."""


_REMARKS: Final[Mapping[type[Exception], str]] = {
    TooMuchError: _REMOVES_MANY,
    ByConsentError: "consented",
}


class Publications(Publishing):
    """The part of the desk that makes public."""

    async def page(
        self,
        *,
        waiting: bool = False,
        overdue: bool = False,
        peer: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return what is to be made public, the newest first; `next` is the `after` of the rest.

        Args:
            waiting: Only what nobody has decided about.
            overdue: Only what should have been public by now.

        Raises:
            NotFoundError: There is no such peer; the text names those there are.
        """
        limit = max(1, min(limit, _MOST))

        def load(tx: Transaction) -> dict[str, Any]:
            rows = of_peer(
                tx,
                state=Progress.WAITING if waiting or overdue else None,
                due=self._at() if overdue else None,
                peer=peer,
                before=row_key(after),
                limit=limit + 1,
            )
            following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
            items = [item_view(tx, row, self._ports.clock()) for row in rows[:limit]]
            return {"items": items, "next": following}

        return await self._store.read(load)

    async def look(self, selector: str) -> dict[str, Any]:
        """Return the publication of a message and, while it waits, what everybody would read by it.

        Nothing is decided. Where it could not be published now, `hindrance` says why instead.

        Raises:
            NotFoundError: No such message.
            ConflictError: It has nothing to make public.
        """

        def load(tx: Transaction) -> dict[str, Any]:
            item = newest(tx, selector)
            view = item_view(tx, item, self._ports.clock())
            if item["state"] != Progress.WAITING:
                return view | dict(NO_PREVIEW)
            try:
                is_shown = Action(item["action"]) in SHOWS
                place = self._known_place(item)
                found = self._plan(tx, item, place) if is_shown else Plan(shown=(), fields=())
            except (PolicyError, ConflictError, NotFoundError) as error:
                return view | {**NO_PREVIEW, "hindrance": str(error)}
            read = [as_read(tx, item, each) for each in found.shown[:_MOST]]
            return view | {
                "shows": {each.entry: each.fields for each in read},
                "statuses": {each.entry: each.status for each in read},
                "fields": list(found.fields),
                "entries": len(found.shown),
                "closes": found.closes,
                "hindrance": None,
            }

        return await self._store.read(load)

    async def publish(
        self,
        selector: str,
        actor: Actor,
        *,
        place: str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Make public what waits of a message, and tell the other side where and when.

        To publish is to have read: the first look at a received message hands it over.

        Args:
            place: Where it is made public, where the node itself does not know.

        Raises:
            NotFoundError: No such message, or its content was erased.
            ConflictError: Nothing of it waits, or its matter takes no confirmation.
            NotPublicError: Nothing of it may be public.
            InvalidError: Nobody says where it is made public.
            LocalError, OSError: The pages cannot be written; the decision stands, and the node
                tries again.
        """
        asked = ["publish", selector, place]
        repeat = Repeat.of(asked, actor, idempotency_key, self._ports.clock())
        if (done := await self._store.read(partial(self._done, repeat=repeat))) is not None:
            return done
        item = await self._store.read(partial(waiting, selector=selector))
        return await self._publish(item, actor, place=place, repeat=repeat)

    async def refuse(
        self,
        selector: str,
        code: str,
        text: str,
        actor: Actor,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Decide that it stays closed, and tell the other side why.

        Where an earlier version is public, that is taken down: it is known to be wrong.

        Raises:
            NotFoundError, ConflictError, LocalError, OSError: As with `publish`.
            InvalidError: The reason is not one of the code list.
        """
        asked = ["refuse", selector, code, text]
        repeat = Repeat.of(asked, actor, idempotency_key, self._ports.clock())
        if (done := await self._store.read(partial(self._done, repeat=repeat))) is not None:
            return done
        item = await self._store.read(partial(waiting, selector=selector))
        is_public = Action(item["action"]) is not Action.PUBLISHED
        decision = Decision(
            action=Action.WITHDRAWN if is_public else Action.NOT_PUBLISHED,
            at=self._at(),
            uid=actor.uid,
            place=self._place(item, None, is_down=True) if is_public else None,
            reason={"code": code, "text": {"en": text}},
        )
        # Where nobody is told nobody else looks at the reason; where it is told, it is too late.
        self._catalogue.bodies.check_draft(
            CONFIRM, confirmation(item, decision), day=times.day(decision.at)
        )
        return await self._carry_out(item, decision, actor, repeat)

    async def go_on(self, actor: Actor) -> None:
        """Do what waits for nobody: what was decided, what goes at once, what was withdrawn.

        Raises:
            LocalError, TransientError, OSError: Of one at least the page cannot be written or the
                other side not be told; every other one was done.
        """
        await self._close_ended()
        works: list[Callable[[], Awaitable[object]]] = [
            partial(self._finish, item["seq"], Actor(uid=item["uid"], name=actor.name))
            for item in await self._all(Progress.DECIDED)
        ]
        works += [
            partial(self._publish_at_once, item, actor)
            for item in await self._all(Progress.WAITING)
            if self._goes_at_once(item)
        ]
        works += [
            partial(self._close_page, item)
            for item in await self._all(Progress.WAITING)
            if Action(item["action"]) is Action.WITHDRAWN and self._outlet.site.is_open
        ]
        # Last, since what was done before may have written them.
        works.append(self._write_changed)
        failure: Exception | None = None
        for work in works:
            try:
                await work()
            except (LocalError, TransientError, OSError) as error:
                failure = error
        if failure is not None:
            raise failure

    def _goes_at_once(self, item: Row) -> bool:
        if item["remark"] is not None:
            return False
        # What was made public elsewhere, only a person can take down.
        is_down = Action(item["action"]) is Action.WITHDRAWN and self._is_on_page(item)
        return is_down or item["first_type"] in self._outlet.automatic

    def _is_on_page(self, item: Row) -> bool:
        """Tell whether it was made public on our own page, and there alone as far as we know."""
        page = self._outlet.site.place(item["peer"], Register(item["register"]))
        return page is not None and page == item["place"]

    async def _close_page(self, item: Row) -> None:
        """Take from our own page what was withdrawn, although it stands elsewhere too."""
        at = self._at()

        def record(tx: Transaction) -> None:
            if closed := publications.close_versions(tx, item["slot"], at):
                register = Register(item["register"])
                restate(tx, self._terms, item["peer"], register, closed, at=at)
                publications.note_pages(tx)

        await self._store.write(record)

    async def write_all(self) -> None:
        """Write every page anew: whatever happened to them, they show what the store says.

        Raises:
            LocalError, OSError: The pages cannot be written.
        """
        # Read first: what changes while they are written is written again.
        self._pages, earlier = await self._store.read(publications.pages), self._pages
        try:
            await self._write()
        except BaseException:
            self._pages = earlier
            raise

    async def _write_changed(self) -> None:
        """Write every page anew where something shown has changed without a decision."""
        if await self._store.read(publications.pages) != self._pages:
            await self.write_all()

    async def _publish_at_once(self, item: Row, actor: Actor) -> None:
        """Publish without a person; what needs one is held back, with an alarm."""
        try:
            await self._publish(item, actor, place=None, is_automatic=True)
        except OvertakenError:
            # What is to be public first may go at once too, or by a person: its end is a change.
            return
        except (PolicyError, InvalidError, ConflictError, NotFoundError) as error:
            remark = _REMARKS.get(type(error), _NOT_ALLOWED)
            at = self._at()

            def record(tx: Transaction) -> None:
                if publications.hold_back(tx, item["seq"], remark):
                    about = {"peer": item["peer"], "subject": item["id"]}
                    raise_alarm(tx, Alarm.PUBLICATION_HELD, at=at, **about)

            await self._store.write(record)

    def _done(self, tx: Transaction, repeat: Repeat) -> dict[str, Any] | None:
        """Return what an equal request has decided before, if one has."""
        id = repeat.find(tx)
        if id is None:
            return None
        return item_view(tx, of_id(tx, id), self._ports.clock())

    async def _publish(
        self,
        item: Row,
        actor: Actor,
        *,
        place: str | None,
        is_automatic: bool = False,
        repeat: Repeat = NEVER,
    ) -> dict[str, Any]:
        action, fields = Action(item["action"]), tuple[str, ...]()
        place = self._place(item, place, is_down=action is Action.WITHDRAWN)
        if action in SHOWS:
            found = await self._may(item, actor, place)
            if is_automatic and found.is_large:
                raise TooMuchError("it would take away more than one entry in twenty")
            if is_automatic and any(part.may.used for part in found.parts):
                raise ByConsentError("it would use a consent, which a person has to decide")
            fields = found.fields
        decision = Decision(action=action, at=self._at(), uid=actor.uid, place=place, fields=fields)
        return await self._carry_out(item, decision, actor, repeat)

    async def _may(self, item: Row, actor: Actor, place: str) -> Plan:
        try:
            return await self._store.read(partial(self._plan, item=item, place=place))
        except NotPublicError as error:
            await self._withheld(item, error, actor, place)
            raise

    async def _all(self, state: Progress) -> list[Row]:
        """Return everything in a state, the oldest first."""
        found: list[Row] = []
        before = None
        while rows := await self._store.read(
            partial(publications.page, state=state, before=before, limit=_MOST)
        ):
            found += rows
            before = rows[-1]["seq"]
        return found[::-1]
