"""What people do to our own messages on their way: cancel, hold, release, try again, issue anew.

The states and who leaves them by what are those of `store/outbox.py`. Nothing can be called back
once its first byte may have left: from then on only a withdrawal speaks to the other side.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final, Protocol

from gateway.catalogue import Catalogue, Channel, ThreadState, type_of
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.reissue import Queued, Renamed
from gateway.delivery.reseal import reseal
from gateway.delivery.undo import undo
from gateway.desk.compose import Composer
from gateway.desk.draft import Actor
from gateway.desk.onward import Guard
from gateway.desk.references import Numbers
from gateway.desk.reissue import Reissue
from gateway.desk.repeat import Repeat
from gateway.desk.revoked import Revoked, cancel
from gateway.desk.submission import who_acts
from gateway.desk.views import message_view
from gateway.envelope import times
from gateway.errors import ConflictError
from gateway.store import Row, Store, Transaction, messages, outbox, threads
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, State

# What ended without counting at the peer; the same may be said once more.
_NEVER_COUNTED: Final = {State.REFUSED, State.EXPIRED, State.CANCELLED}


class Wake(Protocol):
    """Tell the sender of a peer to look again."""

    def __call__(self, node: str, /, *, at_once: bool = False) -> None:
        """With `at_once`, also where the link has failed and it would wait."""
        ...


class Queue:
    """The acts on our own messages; each is one transaction with its evidence."""

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
        composer: Composer,
        numbers: Numbers,
        guarded: Guard,
    ) -> None:
        self._store = store
        self._directory = directory
        self._ports = ports
        self._changes = changes
        self._wake = wake
        self._guarded = guarded
        self._terms = Terms(us.node, catalogue)
        self._reissue = Reissue(
            us=us,
            store=store,
            directory=directory,
            catalogue=catalogue,
            ports=ports,
            composer=composer,
            numbers=numbers,
        )
        self._revoked = Revoked(
            store=store,
            ports=ports,
            terms=self._terms,
            reissue=self._reissue,
            guarded=guarded,
        )

    async def cancel(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Take a message back that has never left; what it did to its matter is undone.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: It may have left, is an acknowledgement, or others depend on it; nothing
                was changed.
        """
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> Row:
            row = _ours(tx, selector)
            if row["state"] != State.CANCELLED:
                _check_cancellable(tx, row)
                queued = Queued(row["seq"], row["peer"], row["thread"], row["id"])
                cancel(tx, queued, self._terms, actor, at=at)
            return messages.shown(tx, row["seq"])

        return await self._record(record)

    async def hold(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Keep a queued message back, and what stands behind it in its thread.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: It is not queued any more, or it is overdue.
        """
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> Row:
            row = _ours(tx, selector)
            if row["state"] != State.HELD:
                if row["state"] != State.QUEUED:
                    raise ConflictError(f"the message is {row['state']}, nothing can be held")
                outbox.set_state(tx, row["seq"], State.HELD)
                _witness(tx, Fact.HELD, row, actor, at)
            return messages.shown(tx, row["seq"])

        return await self._record(record)

    async def release(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Let a held message go on when its turn comes.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: It is final, or its matter was cancelled.
        """
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> Row:
            row = _ours(tx, selector)
            if row["state"] == State.HELD:
                _release(tx, row, actor, at)
            elif row["state"] not in (State.QUEUED, State.OVERDUE):
                raise ConflictError(f"the message is {row['state']}, nothing is held")
            return messages.shown(tx, row["seq"])

        return await self._record(record)

    async def retry(
        self, selector: str, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Try a queued or held message now; issue one that never counted anew under a new id.

        Returns the view of the message that is on its way now, which may be the new one.

        Raises:
            NotFoundError: Nothing fits, or the content that was to be said again was erased.
            ConflictError: It was delivered, or issued anew already, or its matter does not allow
                it any more.
            PolicyError: Its content may not leave any more.
        """
        repeat = Repeat.of({"retry": selector}, actor, idempotency_key, self._ports.clock())
        earlier = None if repeat.key is None else await self._store.read(repeat.find)
        row = await self._store.read(partial(_ours, selector=earlier or selector))
        if earlier is not None:
            return message_view(row)
        if row["state"] in _NEVER_COUNTED:
            return await self._issue_anew(row, actor, repeat)
        if row["state"] == State.DELIVERED:
            raise ConflictError("the message was delivered; there is nothing to try again")
        return await self._try_now(row, actor)

    async def retry_all(self, node: str) -> dict[str, Any]:
        """Try everything that is queued for a peer now; what is held stays held.

        Raises:
            NotFoundError: No such peer, or it is disabled.
        """
        peer = self._directory.get(node).node
        count = await self._store.write(partial(outbox.forget_waits_with, peer=peer))
        self._wake(peer, at_once=True)
        return {"peer": peer, "messages": count}

    async def reissue_signed_by(self, kids: Collection[str], actor: Actor) -> list[tuple[str, str]]:
        """Cancel and issue anew all that waits under revoked keys and has never left.

        Returns the old and the new id of each, in the order in which they leave. What was attempted
        stays queued until the peer's entry; if it refuses it, `retry` issues it anew.
        """
        done = await self._revoked.replace(kids, actor)
        self._changes.ring()
        for node in self._directory.known():
            self._wake(node)
        return done

    async def reissue_refused(self, id: str, actor: Actor) -> None:
        """Issue a message of ours that was refused anew, and with it what waits in its matter.

        Raises:
            NotFoundError, ConflictError, PolicyError: As `retry` does; nothing was changed.
        """
        view = await self.retry(id, actor)
        names = Renamed(ids={id: (view["id"], view["header_digest"])})
        if view["thread"] == view["id"]:
            names.threads[id] = (view["id"], view["reference"])
        await self._revoked.replace((), actor, names=names)
        self._wake(view["peer"])
        self._changes.ring()

    async def _issue_anew(self, row: Row, actor: Actor, repeat: Repeat) -> dict[str, Any]:
        _check_not_replaced(row)
        anew = await self._reissue.compose(row["seq"])

        def record(tx: Transaction) -> Row:
            if (again := repeat.find(tx)) is not None:
                return messages.shown(tx, messages.find(tx, again))
            now = messages.shown(tx, row["seq"])
            _check_not_replaced(now)
            if now["state"] == State.EXPIRED and type_of(now["type"]).opens is None:
                # It may have left, so nobody took back what it did; now a person says it did not.
                undo(tx, row["seq"], self._terms, at=anew.composed.header.created)
            seq = self._reissue.keep(tx, anew, actor)
            repeat.remember(tx, anew.composed.header.id, anew.composed.header.created)
            return messages.shown(tx, seq)

        return await self._guarded(self._record(record), actor)

    async def _try_now(self, row: Row, actor: Actor) -> dict[str, Any]:
        if row["state"] == State.HELD:
            await self._mend(row)
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> Row:
            now = messages.shown(tx, row["seq"])
            if now["state"] == State.HELD:
                _release(tx, now, actor, at)
            outbox.forget_waits(tx, row["seq"])
            return messages.shown(tx, row["seq"])

        return await self._record(record, at_once=True)

    async def _mend(self, row: Row) -> None:
        """Seal a message again whose envelope was changed on the disk.

        Raises:
            CorruptError: Its signed text or content was changed as well.
            ConflictError: The peer's card has no key that is valid now.
        """
        if await self._store.read(partial(outbox.is_whole, seq=row["seq"])):
            return
        key = self._directory.get(row["peer"]).encryption_key(self._ports.clock())
        if key is None:
            raise ConflictError(
                f"the card of {row['peer']} has no encryption key that is valid now",
                hint=f"ask the peer for its new card: gateway peers show {row['peer']}",
            )
        await reseal(self._store, row["seq"], key, self._ports)

    async def _record(
        self, record: Callable[[Transaction], Row], *, at_once: bool = False
    ) -> dict[str, Any]:
        row = await self._store.write(record)
        self._wake(row["peer"], at_once=at_once)
        self._changes.ring()
        return message_view(row)


def _ours(tx: Transaction, selector: str) -> Row:
    """Return what is shown of a message of ours.

    Raises:
        NotFoundError: Nothing fits.
        ConflictError: The other side wrote it.
    """
    row = messages.shown(tx, messages.find(tx, selector))
    if row["direction"] != Direction.OUT:
        raise ConflictError("that message was received; only what we send is in the queue")
    return row


def _check_cancellable(tx: Transaction, row: Row) -> None:
    """Let pass only a message of a matter that never left and that nothing depends on."""
    row_type = type_of(row["type"])
    if row_type.channel is not Channel.THREAD:
        raise ConflictError(
            f"{row_type.name} is a statement to the other node, not a message that can be cancelled"
        )
    waiting = outbox.waiting(tx, row["seq"])
    if waiting is None and row["state"] != State.DELIVERED:
        raise ConflictError(
            f"the message is {row['state']}: it will not leave any more",
            hint=f"gateway retry {row['id']} issues it anew",
        )
    if waiting is None or waiting["attempted_at"] is not None:
        hint = f"gateway reply {row['id']} --type withdrawal" if row_type.updatable else ""
        raise ConflictError(f"too late: it has left or may have left for {row['peer']}", hint=hint)
    others = outbox.depending_on(
        tx,
        peer=row["peer"],
        seq=row["seq"],
        id=row["id"],
        opened=row["thread"] if row_type.opens is not None else None,
    )
    if others:
        ids = [each["id"] for each in others]
        raise ConflictError(
            f"queued messages depend on it: {', '.join(ids)}",
            hint=f"cancel the last one first: gateway cancel {ids[-1]}",
        )


def _check_not_replaced(row: Row) -> None:
    """Let pass only a message that is said nowhere else."""
    if (other := row["reissued_as"] or row["superseded_by"]) is not None:
        raise ConflictError(
            f"another message has taken its place: {other}", hint=f"gateway show {other}"
        )


def _release(tx: Transaction, row: Row, actor: Actor, at: str) -> None:
    thread = threads.get(tx, row["peer"], row["thread"])
    if thread is not None and thread["state"] == ThreadState.CANCELLED:
        raise ConflictError(
            "its matter never reached the other side, so it cannot either",
            hint=f"gateway cancel {row['id']}",
        )
    waiting = outbox.waiting(tx, row["seq"])
    is_overdue = waiting is not None and waiting["judge_at"] > row["expires"]
    outbox.set_state(tx, row["seq"], State.OVERDUE if is_overdue else State.QUEUED)
    _witness(tx, Fact.RELEASED, row, actor, at)


def _witness(tx: Transaction, fact: Fact, row: Row, actor: Actor, at: str) -> None:
    append(
        tx,
        LOCAL,
        fact,
        at=at,
        subject=row["id"],
        peer=row["peer"],
        header_digest=row["header_digest"],
        **who_acts(actor),
    )
