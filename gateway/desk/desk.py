"""What a contact point can do: send, read, accept, decline, reply, list, wait.

Every act is one transaction with its evidence; the caller's uid is the actor. Content is given out
only against a permit of `policy.release`.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeVar

from gateway import log
from gateway.catalogue import (
    Catalogue,
    MessageType,
    haste_of,
    is_less_urgent,
    short,
    type_of,
)
from gateway.catalogue.text import composed
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk import audience, onward, reading, references
from gateway.desk.alarms import Alarms
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.consents import Consents
from gateway.desk.consumers import Consumers
from gateway.desk.context import context_of, first_named
from gateway.desk.disclosing import Disclosing
from gateway.desk.draft import Actor, Draft
from gateway.desk.drafts import Drafts, forget_draft
from gateway.desk.duties import Duties
from gateway.desk.events import Events
from gateway.desk.finds import Finds
from gateway.desk.marking import Marking, history_of
from gateway.desk.matters import Matters
from gateway.desk.operations import Operations, Unwatched
from gateway.desk.overview import Overview, awaited_view
from gateway.desk.own_keys import KeyActs, Keyless
from gateway.desk.printing import Printing
from gateway.desk.public_site import Outlet
from gateway.desk.publications import Publications
from gateway.desk.queue import Queue, Wake
from gateway.desk.registers import Registers
from gateway.desk.repeat import NEVER, Repeat
from gateway.desk.searching import Search
from gateway.desk.submission import check_whole, keep
from gateway.desk.undeclared import check_sent
from gateway.desk.views import message_view
from gateway.envelope import Header, read_content, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    LocalError,
    PolicyError,
    Problem,
)
from gateway.store import Row, Store, Transaction, messages
from gateway.store.messages import Direction

T = TypeVar("T")

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
        wake: Wake,
        outlet: Outlet | None = None,
    ) -> None:
        super().__init__(us=us, store=store, changes=changes)
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._wake = wake
        self._composer = Composer(us, catalogue, ports)
        self._numbers = references.Numbers(store)
        self.events = Events(store, changes)
        self.consumers = Consumers(store, changes, ports.clock, self.give)
        self.drafts = Drafts(store, ports.clock)
        self.operations: Operations = Unwatched()
        self.keys: KeyActs = Keyless()
        here: dict[str, Any] = {"node": us.node, "store": store, "clock": ports.clock}
        self.matters = Matters(**here, changes=changes)
        self.duties = Duties(**here)
        self.searching = Search(**here, parties=catalogue.parties)
        terms = Terms(us.node, catalogue)
        self.registers = Registers(**here, parties=catalogue.parties, changes=changes, terms=terms)
        self.printing = Printing(**here, parties=catalogue.parties, give=self.give)
        inside = dict[str, Any](store=store, catalogue=catalogue, ports=ports, changes=changes)
        self.finds = Finds(node=us.node, **inside)
        acts = dict[str, Any](give=self.give, send=self.send, guarded=self.finds.guarded)
        self.publications = Publications(**acts, **inside, node=us.node, outlet=outlet or Outlet())
        self._open_release(us, store, inside)
        self.alarms = Alarms(store=store, ports=ports, changes=changes)
        writing = dict[str, Any](composer=self._composer, numbers=self._numbers)
        writing["guarded"] = self._guarded
        self.queue = Queue(**inside, **writing, us=us, directory=directory, wake=wake)

    def _open_release(self, us: LocalNode, store: Store, inside: dict[str, Any]) -> None:
        """Open what is about passing on content of others, and what its originators say of it."""
        acts = dict[str, Any](give=self.give, send=self.send)
        known = dict[str, Any](store=store, catalogue=self._catalogue, ports=self._ports)
        self.disclosing = Disclosing(node=us.node, **inside, **acts)
        self.consents = Consents(us=us, **known, **acts)
        parties = self._catalogue.parties
        self.marking = Marking(
            store=store, clock=self._ports.clock, send=self.send, parties=parties
        )

    async def send(
        self,
        draft: Draft,
        actor: Actor,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
        kept_as: str | None = None,
    ) -> dict[str, Any]:
        """Sign, seal and queue a message; return its view once it is on the disk.

        Args:
            kept_as: The name of the actor's draft that this is; it goes with the transaction.

        Raises:
            InvalidError: The draft or its body breaks a rule; `problems` says where.
            NotFoundError: No such peer or message.
            ConflictError: The thread does not allow it, or the idempotency key was used otherwise.
            PolicyError: This side may not send it, or its content may not leave.
        """
        repeat = Repeat.of(draft, actor, idempotency_key, self._ports.clock())
        if not dry_run and (earlier := await self._store.read(repeat.find)):
            return await self.message(earlier)
        context = await self._context(draft)
        self._check_writable(context.row, draft)
        header, content = self._composer.header(draft, context)
        if dry_run or context.row.opens is None:
            check = partial(self._check, context, header, draft, repeat)
            earlier = await self._guarded(self._store.read(check), actor, is_kept=not dry_run)
            if earlier is not None and not dry_run:
                return await self.message(earlier)
        if dry_run:
            return self._rehearsed(header, content, context)
        if context.row.opens is not None:
            header = await self._numbers.give(header)
        composed = await self._composer.sign_and_seal(draft, header, content, context)

        def record(tx: Transaction) -> dict[str, Any]:
            if (again := repeat.find(tx)) is not None:
                return message_view(messages.shown(tx, messages.find(tx, again)))
            repeat.remember(tx, header.id, header.created)
            if context.row.opens is not None:
                self._numbers.note(tx, header)
            if kept_as is not None:
                forget_draft(tx, kept_as, actor)
            return self._keep(tx, composed, actor)

        return await self._submit(composed, record, actor)

    async def _guarded(self, work: Awaitable[T], actor: Actor, *, is_kept: bool = True) -> T:
        """Return what some work returns; where content of others may not leave, keep that."""
        guarded = self.finds.guarded(work, actor)
        if not is_kept:
            return await guarded
        return await onward.recorded(guarded, actor, store=self._store, changes=self._changes)

    def _rehearsed(self, header: Header, content: str, context: Context) -> dict[str, Any]:
        if not header.derived_from:
            self._composer.check_release(header)
        seen = audience.facts(
            header,
            content,
            context.profile,
            self._catalogue.parties,
            sources=context.taken.sources,
        )
        haste = haste_of(context.row, read_content(content).body)
        is_slow = haste is not None and is_less_urgent(header.priority, haste)
        # What it says calls for more haste than its writer; the officer decides, knowing it.
        called_for = {"called_for": haste if is_slow else None}
        return reading.dry_view(header, context.row) | seen | called_for

    def _check_writable(self, row: MessageType, draft: Draft) -> None:
        """Let pass no acknowledgement, and no other card than the one this node hands out."""
        if row.lists:
            raise PolicyError(
                f"{row.name} is not written by hand",
                hint="gateway show, accept and decline send it",
            )
        if row.name == _CARD and draft.body.get("card") != self._us.card.decode():
            problem = Problem("/card", "is not the card of this node")
            raise InvalidError(
                "a card that is not ours", problems=(problem,), hint="gateway keys card prints it"
            )

    def _keep(self, tx: Transaction, composed: Composed, actor: Actor) -> dict[str, Any]:
        seq = keep(tx, composed, actor=actor)
        self._ports.fail_at("submit.before-commit")
        return message_view(messages.shown(tx, seq))

    async def _submit(
        self, composed: Composed, record: Callable[[Transaction], dict[str, Any]], actor: Actor
    ) -> dict[str, Any]:
        view = await self._guarded(self._store.write(record), actor)
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
        terms = Terms(self.node, self._catalogue)
        check_whole(tx, context.peer.node, header, context.row, draft.body, terms)
        check_sent(tx, header, draft.body, draft.note)
        onward.decided(tx, onward.Leaving.unsigned(header, draft, terms))
        return None

    async def _context(self, draft: Draft) -> Context:
        return await context_of(
            draft,
            node=self.node,
            store=self._store,
            directory=self._directory,
            catalogue=self._catalogue,
        )

    async def fetch(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Give out the content; the first fetch of a received message is its handing over.

        Raises:
            NotFoundError: No such message, or its content was erased.
            PolicyError: The marking does not allow it.
        """
        loaded = await self._store.read(partial(reading.load, selector=selector))
        return await self._give(loaded, actor)

    async def give(self, seq: int, actor: Actor) -> dict[str, Any]:
        """Give out the content of a row, as `fetch` does.

        Raises:
            NotFoundError, PolicyError: As with `fetch`.
        """
        loaded = await self._store.read(partial(reading.load_row, seq=seq))
        return await self._give(loaded, actor)

    async def _give(self, loaded: reading.Loaded, actor: Actor) -> dict[str, Any]:
        row = loaded.row
        seq, now = row["seq"], int(self._ports.clock())
        try:
            content = reading.permitted_content(
                loaded, holder=self.node, parties=self._catalogue.parties, now=now
            )
        except reading.WithheldError as error:
            refused = partial(reading.note_withheld, row=row, error=error, at=now, actor=actor)
            await self._store.write(refused)
            raise
        composed = await self._handing_over(row) if reading.is_first_fetch(row) else None

        def record(tx: Transaction) -> dict[str, Any]:
            reading.note_read(tx, row["id"], actor, times.text(now))
            if composed is not None and reading.is_first_fetch(messages.get(tx, seq)):
                keep(tx, composed, actor=actor)
            self._ports.fail_at("handing-over.before-commit")
            view = awaited_view(tx, messages.shown(tx, seq))
            return view | {"provenance": history_of(tx, row)}

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
        reason = {"code": code, "text": {"en": composed(text)}}
        extra = {"reason": reason}
        return await self._judge(
            "acknowledgement.declined", selector, extra, actor, idempotency_key
        )

    async def _judge(
        self, type_name: str, selector: str, extra: dict[str, Any], actor: Actor, key: str | None
    ) -> dict[str, Any]:
        row = await self._store.read(partial(first_named, selector=selector))
        _check_judgeable(row)
        draft = _about(type_name, row, extra)
        repeat = Repeat.of(draft, actor, key, self._ports.clock())
        done = repeat.key is not None and (await self._store.read(repeat.find)) is not None
        composed = None
        if not done:
            composed = await self.finds.guarded(self._acknowledge(draft, repeat), actor)
        if composed is None:
            return await self._store.read(lambda tx: message_view(messages.shown(tx, row["seq"])))

        def record(tx: Transaction) -> dict[str, Any]:
            if repeat.find(tx) is None:
                repeat.remember(tx, composed.header.id, composed.header.created)
                self._keep(tx, composed, actor)
            return message_view(messages.shown(tx, row["seq"]))

        return await self._submit(composed, record, actor)

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


def _check_judgeable(row: Row) -> None:
    """Let pass what the other side asked of us; nothing else is accepted or declined.

    Raises:
        ConflictError: It is our own, or opens no matter. Nothing was asked of the peer.
    """
    known = type_of(row["type"])
    if row["direction"] != Direction.IN:
        raise ConflictError(
            f"{row['reference'] or short(row['id'])} is a message of your own: only the other "
            "side accepts or declines it",
            hint=f"gateway thread {row['reference'] or short(row['id'])}",
        )
    if known.opens is None:
        raise ConflictError(
            f"{known.title} ({known.name}) is neither accepted nor declined, only what opens a "
            "matter is",
            hint=f"gateway reply {short(row['id'])}",
        )


def _about(type_name: str, row: Row, extra: dict[str, Any]) -> Draft:
    """Return the draft of an acknowledgement of one message."""
    return Draft(type=type_name, to=row["peer"], body={"ids": [row["id"]], **extra})
