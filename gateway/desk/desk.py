"""What a contact point can do: send, read, accept, decline, reply, list, wait.

Every act is one transaction with its evidence; the caller's uid is the actor. Content is given out
only against a permit of `policy.release`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gateway import log
from gateway.catalogue import TYPES, Catalogue, Channel, type_of
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk import reading, references
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.draft import Actor, Draft
from gateway.desk.overview import Overview
from gateway.desk.repeat import NEVER, Repeat
from gateway.desk.submission import check_fit, check_place, keep
from gateway.desk.views import message_view
from gateway.envelope import Header, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    LocalError,
    NotFoundError,
    PolicyError,
    Problem,
)
from gateway.store import Row, Store, Transaction, messages
from gateway.store.messages import Direction

_CARD: Final = "card.update"


class Desk(Overview):
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
        super().__init__(us=us, store=store, changes=changes)
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._wake = wake
        self._composer = Composer(us, catalogue, ports)
        self._numbers = references.Numbers(store)

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
        repeat = Repeat.of(draft, actor, None if dry_run else idempotency_key)
        if repeat.key is not None and (earlier := await self._store.read(repeat.find)):
            return await self.message(earlier)
        context = await self._context(draft)
        if context.row.lists:
            raise PolicyError(
                f"{context.row.name} is not written by hand",
                hint="gateway show, accept and decline send it",
            )
        self._check_own_card(context.row.name, draft)
        header, content = self._composer.header(draft, context)
        if dry_run or context.row.opens is None:
            check = partial(self._check, context, header, draft, repeat)
            if (earlier := await self._store.read(check)) is not None:
                return await self.message(earlier)
        if dry_run:
            self._composer.check_release(header)
            return reading.dry_view(header, context.row)
        if context.row.opens is not None:
            header = await self._numbers.give(header)
        composed = await self._composer.sign_and_seal(draft, header, content, context)

        def record(tx: Transaction) -> dict[str, Any]:
            if (again := repeat.find(tx)) is not None:
                return message_view(messages.shown(tx, messages.find(tx, again)))
            repeat.remember(tx, header.id, header.created)
            if context.row.opens is not None:
                self._numbers.note(tx, header)
            return self._keep(tx, composed, actor)

        return await self._submit(composed, record)

    def _check_own_card(self, type_name: str, draft: Draft) -> None:
        """Let pass no other card than the one this node hands out; the peer would refuse it."""
        if type_name == _CARD and draft.body.get("card") != self._us.card.decode():
            problem = Problem("/card", "is not the card of this node")
            raise InvalidError(
                "a card that is not ours", problems=(problem,), hint="gateway keys card prints it"
            )

    def _keep(self, tx: Transaction, composed: Composed, actor: Actor) -> dict[str, Any]:
        seq = keep(tx, composed, actor=actor)
        self._ports.fail_at("submit.before-commit")
        return message_view(messages.shown(tx, seq))

    async def _submit(
        self, composed: Composed, record: Callable[[Transaction], dict[str, Any]]
    ) -> dict[str, Any]:
        view = await self._store.write(record)
        self._ports.fail_at("submit.committed")
        self._wake(composed.peer)
        self._changes.ring()
        return view

    def _check(
        self, context: Context, header: Header, draft: Draft, repeat: Repeat, tx: Transaction
    ) -> str | None:
        """Let pass only what could be kept now; return what an equal request has made already."""
        if (earlier := repeat.find(tx)) is not None:
            return earlier
        if context.row.opens is not None:
            header = references.first(header)
        placed = check_place(tx, context.peer.node, header, context.row, draft.body)
        check_fit(tx, context.row, placed, draft.body)
        return None

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
        """Give out the content; the first fetch of a received message is its handing over.

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
        composed = await self._handing_over(row) if reading.is_first_fetch(row) else None

        def record(tx: Transaction) -> dict[str, Any]:
            reading.note_read(tx, row["id"], actor, times.text(now))
            if composed is not None and reading.is_first_fetch(messages.get(tx, seq)):
                keep(tx, composed, actor=actor)
            self._ports.fail_at("handing-over.before-commit")
            return message_view(messages.shown(tx, seq))

        view = await self._store.write(record)
        self._ports.fail_at("handing-over.committed")
        self._wake(row["peer"])
        self._changes.ring()
        return view | {"content": content}

    async def _handing_over(self, row: Row) -> Composed | None:
        """Return the acknowledgement of a first fetch, None while the peer can be told nothing.

        What lies here may be read even then; the next fetch tells the peer.
        """
        try:
            draft = _about("acknowledgement.handed-over", row, {})
            return await self._acknowledge(draft, NEVER)
        except LocalError as error:
            name = type(error).__name__
            log.warning(log.Event.NOT_ACKNOWLEDGED, peer=row["peer"], id=row["id"], error=name)
            return None

    async def accept(
        self, selector: str, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Accept a received message for handling (level 3).

        Raises:
            ConflictError: It was not read yet, or is accepted, declined or answered already.
        """
        return await self._judge("acknowledgement.accepted", selector, {}, actor, idempotency_key)

    async def decline(
        self,
        selector: str,
        code: str,
        text: str,
        actor: Actor,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Decline a received message with a reason (level 3).

        Raises:
            ConflictError: It was not read yet, or is declined or answered already.
            InvalidError: The reason is not one of the code list.
        """
        reason = {"code": code, "text": {"en": text}}
        extra = {"reason": reason}
        return await self._judge(
            "acknowledgement.declined", selector, extra, actor, idempotency_key
        )

    async def _judge(
        self, type_name: str, selector: str, extra: dict[str, Any], actor: Actor, key: str | None
    ) -> dict[str, Any]:
        row = await self._store.read(lambda tx: messages.get(tx, messages.find(tx, selector)))
        if row["direction"] != Direction.IN or type_of(row["type"]).opens is None:
            raise ConflictError("only a received message that opens a matter can be judged")
        draft = _about(type_name, row, extra)
        repeat = Repeat.of(draft, actor, key)
        done = repeat.key is not None and (await self._store.read(repeat.find)) is not None
        composed = None if done else await self._acknowledge(draft, repeat)
        if composed is None:
            return await self._store.read(lambda tx: message_view(messages.shown(tx, row["seq"])))

        def record(tx: Transaction) -> dict[str, Any]:
            if repeat.find(tx) is None:
                repeat.remember(tx, composed.header.id, composed.header.created)
                self._keep(tx, composed, actor)
            return message_view(messages.shown(tx, row["seq"]))

        return await self._submit(composed, record)

    async def _acknowledge(self, draft: Draft, repeat: Repeat) -> Composed | None:
        """Compose an acknowledgement; None if an equal request has made it already."""
        context = await self._context(draft)
        header, content = self._composer.header(draft, context)
        check = partial(self._check, context, header, draft, repeat)
        if await self._store.read(check) is not None:
            return None
        return await self._composer.sign_and_seal(draft, header, content, context)

    async def ping(
        self, node: str, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Send a sign of life that the peer's receipt answers."""
        draft = Draft(type="ping", to=node, body={})
        return await self.send(draft, actor, idempotency_key=idempotency_key)


def known_type(name: str) -> str:
    """Return the name of a type.

    Raises:
        NotFoundError: The catalogue has no such type.
    """
    if name not in TYPES:
        raise NotFoundError(f"no message type {name!r}", hint="gateway types")
    return name


def _about(type_name: str, row: Row, extra: dict[str, Any]) -> Draft:
    """Return the draft of an acknowledgement of one message."""
    return Draft(type=type_name, to=row["peer"], body={"ids": [row["id"]], **extra})


def _reply_type(earlier: str) -> str:
    """Return the one type that replies to a type.

    Raises:
        ConflictError: Nothing replies to it, or more than one type does.
    """
    fitting = [row.name for row in TYPES.values() if earlier in row.replies_to]
    if len(fitting) != 1 or TYPES[fitting[0]].channel is Channel.CONTROL:
        raise ConflictError("no single type replies to that message", hint="name the type")
    return fitting[0]
