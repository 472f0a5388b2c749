"""What a contact point can do: send, read, accept, decline, reply, list, wait.

Every act is one transaction with its evidence; the caller's uid is the actor. Content is given out
only against a permit of `policy.release`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import orjson

from gateway.catalogue import TYPES, Catalogue, Channel, reference_text, type_of
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.placement import Placement
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk import reading
from gateway.desk.compose import Composed, Composer, Context, with_reference
from gateway.desk.draft import Actor, Draft
from gateway.desk.submission import check_fit, check_place, keep
from gateway.desk.views import direction_of, message_view, thread_view
from gateway.envelope import Header, digest, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    Problem,
    RefusedByPeerError,
    WaitTimedOutError,
)
from gateway.store import Store, Transaction, messages, meta, threads
from gateway.store.messages import Direction, Reached, State

_PAGE: Final = 500
_ENDED: Final = {State.REFUSED, State.CANCELLED, State.EXPIRED}
# A level counts as reached when a later one is: an answer says that it was accepted.
_IMPLIED_BY: Final = {
    Reached.RECEIVED: tuple(Reached),
    Reached.HANDED_OVER: (Reached.HANDED_OVER, Reached.ACCEPTED, Reached.ANSWERED),
    Reached.ACCEPTED: (Reached.ACCEPTED, Reached.ANSWERED),
    Reached.ANSWERED: (Reached.ANSWERED,),
}


class Desk:
    """The desk of one node, for the local API and whoever translates for it."""

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
    ) -> None:
        self.node = us.node
        self.environment = us.environment
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._changes = changes
        self._wake = wake
        self._composer = Composer(us, catalogue, ports)

    async def send(
        self,
        draft: Draft,
        actor: Actor,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Sign, seal and queue a message; return its view once it is on the disk.

        Raises:
            InvalidError: The draft or its body breaks a rule; `problems` says where.
            NotFoundError: No such peer or message.
            ConflictError: The thread does not allow it, or the idempotency key was used otherwise.
            PolicyError: This side may not send it, or its content may not leave.
        """
        request = digest(orjson.dumps(asdict(draft), option=orjson.OPT_SORT_KEYS))
        if idempotency_key is not None and not dry_run:
            earlier = await self._store.read(
                partial(meta.earlier_request, uid=actor.uid, key=idempotency_key, request=request)
            )
            if earlier is not None:
                return await self.message(earlier)
        context = await self._context(draft)
        header, content = self._composer.header(draft, context)
        await self._store.read(partial(self._check, context, header, draft))
        if dry_run:
            self._composer.check_release(header)
            return reading.dry_view(header, context.row)
        if context.row.opens is not None:
            header = with_reference(header, await self._next_reference(header))
        composed = await self._composer.sign_and_seal(draft, header, content, context)

        def record(tx: Transaction) -> dict[str, Any]:
            if idempotency_key is not None:
                again = meta.earlier_request(tx, actor.uid, idempotency_key, request)
                if again is not None:
                    return message_view(messages.get(tx, messages.find(tx, again)))
                meta.remember_request(
                    tx,
                    uid=actor.uid,
                    key=idempotency_key,
                    request=request,
                    id=header.id,
                    at=header.created,
                )
            return self._keep(tx, composed, actor)

        return await self._submit(composed, record)

    def _keep(self, tx: Transaction, composed: Composed, actor: Actor) -> dict[str, Any]:
        seq = keep(tx, composed, actor=actor)
        self._ports.fail_at("submit.before-commit")
        return message_view(messages.get(tx, seq))

    async def _submit(
        self, composed: Composed, record: Callable[[Transaction], dict[str, Any]]
    ) -> dict[str, Any]:
        view = await self._store.write(record)
        self._ports.fail_at("submit.committed")
        self._wake(composed.peer)
        self._changes.ring()
        return view

    def _check(self, context: Context, header: Header, draft: Draft, tx: Transaction) -> Placement:
        if context.row.opens is not None:
            header = with_reference(header, self._reference(header, 1))
        placed = check_place(tx, context.peer.node, header, context.row, draft.body)
        check_fit(tx, context.row, placed, draft.body)
        return placed

    async def _next_reference(self, header: Header) -> str:
        """Take the next number of the year; a number may stay unused, none is used twice."""
        year = header.created[:4]
        number = await self._store.write(partial(meta.next_number, name=f"reference-{year}"))
        return self._reference(header, number)

    def _reference(self, header: Header, number: int) -> str:
        return reference_text(self.node[:2], int(header.created[:4]), number)

    async def _context(self, draft: Draft) -> Context:
        earlier = None
        if draft.in_reply_to is not None:
            selector = draft.in_reply_to
            earlier = await self._store.read(
                lambda tx: messages.get(tx, messages.find(tx, selector))
            )
        to = draft.to or (earlier["peer"] if earlier else "")
        if earlier is not None and earlier["peer"] != to:
            raise ConflictError(f"that message was exchanged with {earlier['peer']}, not {to}")
        peer = self._directory.get(to)
        profile = self._catalogue.profile_for(self.node, to)
        name = draft.type or _reply_type(earlier["type"] if earlier else "")
        row = profile.check_sender(self.node, known_type(name))
        return Context(
            peer=peer,
            row=row,
            profile=profile,
            thread=None if earlier is None or row.opens else earlier["thread"],
            reference=None if earlier is None or row.opens else earlier["reference"],
            in_reply_to=None if earlier is None else earlier["id"],
        )

    async def fetch(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Give an officer or a system the content; the first fetch of a received message is level 2.

        Raises:
            NotFoundError: No such message, or its content was erased.
            PolicyError: The marking does not allow it.
        """
        seq, row, text = await self._store.read(partial(reading.load, selector=selector))
        now = int(self._ports.clock())
        try:
            content = reading.permitted_content(
                row, text, holder=self.node, parties=self._catalogue.parties, now=now
            )
        except reading.WithheldError as error:
            await self._store.write(partial(reading.note_withheld, row=row, error=error, at=now))
            raise
        composed = None
        if reading.is_first_fetch(row):
            composed = await self._acknowledge("acknowledgement.handed-over", row, {})

        def record(tx: Transaction) -> dict[str, Any]:
            reading.note_read(tx, row["id"], actor, times.text(now))
            if composed is not None and reading.is_first_fetch(messages.get(tx, seq)):
                keep(tx, composed, actor=actor)
            self._ports.fail_at("handover.before-commit")
            return message_view(messages.get(tx, seq))

        view = await self._store.write(record)
        self._ports.fail_at("handover.committed")
        self._wake(row["peer"])
        self._changes.ring()
        return view | {"content": content}

    async def accept(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Accept a received message for handling (level 3).

        Raises:
            ConflictError: It was not read yet, or is accepted, declined or answered already.
        """
        return await self._judge("acknowledgement.accepted", selector, {}, actor)

    async def decline(self, selector: str, code: str, text: str, actor: Actor) -> dict[str, Any]:
        """Decline a received message with a reason (level 3).

        Raises:
            ConflictError: It was not read yet, or is declined or answered already.
            InvalidError: The reason is not one of the code list.
        """
        reason = {"code": code, "text": {"en": text}}
        return await self._judge("acknowledgement.declined", selector, {"reason": reason}, actor)

    async def _judge(
        self, type_name: str, selector: str, extra: dict[str, Any], actor: Actor
    ) -> dict[str, Any]:
        row = await self._store.read(lambda tx: messages.get(tx, messages.find(tx, selector)))
        if row["direction"] != Direction.IN or type_of(row["type"]).opens is None:
            raise ConflictError("only a received message that opens a matter is accepted or declined")
        composed = await self._acknowledge(type_name, row, extra)

        def record(tx: Transaction) -> dict[str, Any]:
            self._keep(tx, composed, actor)
            return message_view(messages.get(tx, row["seq"]))

        return await self._submit(composed, record)

    async def _acknowledge(self, type_name: str, row: Any, extra: dict[str, Any]) -> Composed:
        draft = Draft(type=type_name, to=row["peer"], body={"ids": [row["id"]], **extra})
        context = await self._context(draft)
        header, content = self._composer.header(draft, context)
        await self._store.read(partial(self._check, context, header, draft))
        return await self._composer.sign_and_seal(draft, header, content, context)

    async def ping(self, node: str, actor: Actor) -> dict[str, Any]:
        """Send a sign of life that the peer's receipt answers."""
        return await self.send(Draft(type="ping", to=node, body={}), actor)

    async def message(self, selector: str) -> dict[str, Any]:
        """Return one message without its content.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: More than one message fits.
        """
        return await self._store.read(
            lambda tx: message_view(messages.get(tx, messages.find(tx, selector)))
        )

    async def messages(
        self,
        box: str | None = None,
        *,
        peer: str | None = None,
        type: str | None = None,
        state: str | None = None,
        thread: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return messages, newest first; `next` is the `after` of the following page."""
        before = page_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            partial(
                messages.page,
                before=before,
                limit=limit + 1,
                direction=direction_of(box),
                peer=peer,
                type=type,
                state=state,
                thread=thread,
            )
        )
        following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return {"items": [message_view(row) for row in rows[:limit]], "next": following}

    async def threads(
        self,
        *,
        peer: str | None = None,
        state: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return matters, the last changed first; `next` is the `after` of the following page."""
        before = None
        if after is not None:
            moment, _, thread = after.partition("~")
            before = (moment, thread)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            partial(threads.page, before=before, limit=limit + 1, peer=peer, state=state)
        )
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else f"{last['updated']}~{last['thread']}"
        return {"items": [thread_view(row, self.node) for row in rows[:limit]], "next": following}

    async def thread(self, selector: str) -> dict[str, Any]:
        """Return one matter with its messages, oldest first.

        Raises:
            NotFoundError: Nothing fits, or the message stands in no matter.
        """

        def load(tx: Transaction) -> dict[str, Any]:
            message = messages.get(tx, messages.find(tx, selector))
            row = threads.get(tx, message["peer"], message["thread"])
            if row is None:
                raise NotFoundError("that message stands in the control thread, not in a matter")
            page = messages.page(tx, before=None, limit=_PAGE, thread=row["thread"], peer=row["peer"])
            return thread_view(row, self.node) | {"messages": [message_view(m) for m in page[::-1]]}

        return await self._store.read(load)

    async def wait(self, selector: str, level: str, timeout: float) -> dict[str, Any]:
        """Return a message's view once it has reached a level.

        Raises:
            WaitTimedOutError: Not within `timeout` seconds; it may still.
            RefusedByPeerError: It will not: refused, declined, cancelled or expired.
        """
        if level not in _IMPLIED_BY:
            problem = Problem("level", f"is not one of: {', '.join(_IMPLIED_BY)}")
            raise InvalidError("no such level", problems=(problem,))
        wanted = _IMPLIED_BY[Reached(level)]
        view: dict[str, Any] = {}
        try:
            async with asyncio.timeout(timeout):
                while True:
                    bell = self._changes.next()
                    view = await self.message(selector)
                    if any(view["levels"][name] for name in wanted):
                        return view
                    if view["state"] in _ENDED or view["levels"][Reached.DECLINED]:
                        raise RefusedByPeerError(_why_not(view))
                    await bell.wait()
        except TimeoutError:
            raise WaitTimedOutError(
                f"not {level} within {timeout:g} s", hint=f"gateway show {selector}"
            ) from None

    async def status(self) -> dict[str, Any]:
        """Return who we are, what waits where, and the newest alarms."""
        us = self._us
        facts = await self._store.read(reading.status)
        return {
            "node": us.node,
            "environment": us.environment,
            "epoch": us.epoch,
            "card_serial": us.card_serial,
            "store": "failed" if self._store.failure else "ok",
            **facts,
        }


def known_type(name: str) -> str:
    """Return the name of a type.

    Raises:
        NotFoundError: The catalogue has no such type.
    """
    if name not in TYPES:
        raise NotFoundError(f"no message type {name!r}", hint="gateway types")
    return name


def page_key(after: str | None) -> int | None:
    """Return the row that a page starts after.

    Raises:
        InvalidError: Not a value that an earlier page returned.
    """
    if after is None:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        problem = Problem("after", "is not a value that an earlier page returned")
        raise InvalidError("no such page", problems=(problem,))
    return int(after)


def _reply_type(earlier: str) -> str:
    """Return the one type that replies to a type.

    Raises:
        ConflictError: Nothing replies to it, or more than one type does.
    """
    fitting = [row.name for row in TYPES.values() if earlier in row.replies_to]
    if len(fitting) != 1 or TYPES[fitting[0]].channel is Channel.CONTROL:
        raise ConflictError("no single type replies to that message", hint="name the type")
    return fitting[0]


def _why_not(view: dict[str, Any]) -> str:
    if view["levels"][Reached.DECLINED]:
        return f"message {view['short']} was declined"
    reason = f" ({view['refusal']})" if view["refusal"] else ""
    return f"message {view['short']} is {view['state']}{reason}"

