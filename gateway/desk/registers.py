"""The registers as officers read them: as they stand, as they stood, and what has changed.

What lies open of an entry is shown like a list. What is sealed of it (personal data, grounds,
contacts) is given out as the content of a message is: only where the marking of every message that
went into it allows, and with a record of who had it. Reading a register hands nothing over.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from gateway.catalogue import Parties
from gateway.catalogue.list_digest import said_in
from gateway.catalogue.register_rules import STATUSES
from gateway.catalogue.registers import Register
from gateway.catalogue.text import folded
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.subjects import subject_of
from gateway.desk import reading
from gateway.desk.draft import Actor
from gateway.desk.matters import check_note
from gateway.desk.paging import check_filter, check_period, row_key
from gateway.desk.register_decisions import decide_on
from gateway.desk.register_views import (
    View,
    list_of,
    numbered,
    opened_views,
    sources_of,
    stood,
    summary_of,
    views_of,
)
from gateway.desk.repeat import Repeat
from gateway.desk.submission import who_acts
from gateway.envelope import digest, times
from gateway.errors import InvalidError, NotFoundError, Problem
from gateway.policy import Action, Permitted, Request, Subject, decide
from gateway.store import (
    Row,
    Store,
    Transaction,
    messages,
    peers,
    register_lists,
    registers,
)
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.registers import Decision

MOST: Final = 500
# Each page of what the lists say is cut from the whole, so there should be few of them.
MOST_LISTED: Final = 5_000
# As many ids as a record of evidence names; a digest stands for more.
_NAMED: Final = 16
_ACTIONS: Final[Mapping[str, Action]] = {"show": Action.SHOW, "export": Action.EXPORT}


class Registers:
    """The part of the desk that reads registers and decides what waits for a person."""

    def __init__(
        self,
        *,
        node: str,
        store: Store,
        parties: Parties,
        clock: Callable[[], float],
        changes: Changes,
        terms: Terms,
    ) -> None:
        self._terms = terms
        self._node = node
        self._store = store
        self._parties = parties
        self._clock = clock
        self._changes = changes

    def _now(self) -> int:
        return int(self._clock())

    async def overview(self, peer: str | None = None) -> View:
        """Return each register that has entries or had a list, and how many messages wait.

        Raises:
            NotFoundError: No such peer.
        """

        def load(tx: Transaction) -> list[View]:
            nodes = [row["node"] for row in peers.all(tx)] if peer is None else [_known(tx, peer)]
            found = (summary_of(tx, node, each) for node in nodes for each in Register)
            return [view for view in found if view["entries"] or view["list"] or view["waiting"]]

        return {"items": await self._store.read(load), "next": None}

    async def page(
        self,
        name: str,
        *,
        peer: str | None = None,
        as_of: str | None = None,
        status: str | None = None,
        words: Sequence[str] = (),
        number: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> View:
        """Return entries by their ids, without what is sealed.

        Args:
            as_of: The time at which they stood there.
            number: Only what bears or bore this number, which may be sealed.

        Raises:
            NotFoundError: No such register or peer.
            InvalidError: There are several peers and none is named, no entry ever has that
                status, or it is asked for words and a number together.
        """
        register, limit = named(name), max(1, min(limit, MOST))
        check_filter("status", status, STATUSES[register])
        if number is not None and words:
            problem = Problem("find", "cannot be asked together with number")
            raise InvalidError("words and a number are two questions", problems=(problem,))
        look = partial(
            registers.page,
            register=register,
            as_of=as_of,
            status=status,
            words=[folded(word) for word in words if folded(word)],
            after=after,
            limit=limit + 1,
        )

        def load(tx: Transaction) -> View:
            node = _peer(tx, peer)
            if number is None:
                found = look(tx, node)
            else:
                asked = {"as_of": as_of, "status": status, "after": after}
                found = numbered(tx, node, register, number, **asked)
            following = found[limit - 1].entry if len(found) > limit else None
            views = views_of(tx, found[:limit], now=self._now())
            return {"register": register, "peer": node, "items": views, "next": following}

        return await self._store.read(load)

    async def entry(
        self, name: str, entry: str, *, peer: str | None = None, as_of: str | None = None
    ) -> View:
        """Return one entry with its whole history, without what is sealed.

        Raises:
            NotFoundError: No such register, peer or entry.
            InvalidError: There are several peers and none is named.
        """
        register = named(name)

        def load(tx: Transaction) -> View:
            node = _peer(tx, peer)
            found = registers.get(tx, node, register, entry, as_of=as_of)
            versions = registers.history(tx, node, register, entry)
            (view,) = views_of(tx, [found], now=self._now())
            return view | {"history": views_of(tx, versions, now=self._now())}

        return await self._store.read(load)

    async def opened(
        self,
        name: str,
        entries: Sequence[str],
        actor: Actor,
        *,
        peer: str | None = None,
        as_of: str | None = None,
        action: str = "show",
    ) -> View:
        """Return entries with what is sealed of them; who had it is recorded.

        Raises:
            NotFoundError: No such register, peer or entry.
            InvalidError: There are several peers and none is named, or too many entries.
            PolicyError: The marking of a message does not allow it; nothing was opened.
        """
        register = named(name)
        check_filter("action", action, _ACTIONS)
        if not 0 < len(entries) <= MOST:
            problem = Problem("/entries", f"is not a list of 1 to {MOST} ids")
            raise InvalidError("there is nothing to open", problems=(problem,))
        now = int(self._clock())

        def load(tx: Transaction) -> tuple[str, list[registers.Entry], list[tuple[Row, Subject]]]:
            node = _peer(tx, peer)
            found = [registers.get(tx, node, register, id, as_of=as_of) for id in entries]
            return node, found, [(row, subject_of(tx, row)) for row in sources_of(tx, found)]

        node, found, sources = await self._store.read(load)
        for row, subject in sources:
            await self._decide(row, subject, _ACTIONS[action], now, actor)
        about: View = {"register": register, "peer": node}

        def record(tx: Transaction) -> list[View]:
            witness = {**about, "action": action, **_which(entries), **who_acts(actor)}
            append(tx, LOCAL, Fact.REGISTER_OPENED, at=times.text(now), **witness)
            return opened_views(tx, found, now=self._now())

        views = await self._store.write(record)
        return about | {"items": views, "next": None}

    async def _decide(
        self, row: Row, subject: Subject, action: Action, now: int, actor: Actor
    ) -> None:
        """Let pass only if the marking of a message allows this contact point the act.

        Raises:
            WithheldError: It does not; that is recorded.
        """
        # The marking is all that is asked here; the content may even be erased by now.
        decision = decide(
            Request(
                action=action,
                subject=subject,
                holder=self._node,
                audience=self._node,
                now=now,
            ),
            self._parties,
        )
        if not isinstance(decision, Permitted):
            error = reading.WithheldError(decision)
            refused = partial(reading.note_withheld, row=row, error=error, at=now, actor=actor)
            await self._store.write(refused)
            raise error

    async def changed(
        self,
        name: str,
        *,
        since: str,
        until: str,
        peer: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> View:
        """Return the entries that are not now what they were, with what they were, by their ids.

        Args:
            since: The time of what they were.
            until: The time of what they are.

        Raises:
            NotFoundError: No such register or peer.
            InvalidError: There are several peers and none is named, or no such period.
        """
        register, limit = named(name), max(1, min(limit, MOST))
        check_period(since, until)

        def load(tx: Transaction) -> View:
            node = _peer(tx, peer)
            last = {
                each.entry: each for each in registers.changed(tx, node, register, since, until)
            }
            ids = sorted(id for id in last if id > (after or ""))
            some = [last[id] for id in ids[:limit]]
            now = self._now()
            views = views_of(tx, some, now=now)
            for view in views:
                view["before"] = stood(tx, node, register, view["entry"], since, now=now)
            following = ids[limit - 1] if len(ids) > limit else None
            return {"register": register, "peer": node, "items": views, "next": following}

        return await self._store.read(load)

    async def listed(
        self, name: str, *, peer: str | None = None, after: str | None = None, limit: int = 50
    ) -> View:
        """Return what the lists alone say at present: what a list of changes builds on.

        Raises:
            NotFoundError: No such register or peer.
            InvalidError: There are several peers and none is named.
        """
        register, limit = named(name), max(1, min(limit, MOST_LISTED))

        def load(tx: Transaction) -> View:
            node = _peer(tx, peer)
            lines = register_lists.lines(tx, node, register)
            ids = sorted(id for id in lines if id > (after or ""))
            following = ids[limit - 1] if len(ids) > limit else None
            return {
                "register": register,
                "peer": node,
                "list": list_of(registers.version(tx, node, register)),
                "entries": dict(said_in(lines[id]) for id in ids[:limit]),
                "next": following,
            }

        return await self._store.read(load)

    async def waiting(self, *, after: str | None = None, limit: int = 50) -> View:
        """Return the messages that change no register until a person decides, oldest first."""
        limit = max(1, min(limit, MOST))
        key = row_key(after) or 0
        rows = await self._store.read(partial(registers.deferred, after=key, limit=limit + 1))
        following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return {"items": [dict(row) for row in rows[:limit]], "next": following}

    async def decide(
        self,
        selector: str,
        *,
        apply: bool,
        reason: str,
        actor: Actor,
        idempotency_key: str | None = None,
    ) -> View:
        """Let a message that waits change its register, or see to it that it never does.

        Args:
            reason: In words; kept as an internal note about the matter, and never sent.

        Raises:
            NotFoundError: No such message, or it does not wait.
            ConflictError: It was decided on before, or cannot be applied as it is.
        """
        check_note(reason)
        at = times.text(int(self._clock()))
        asked = ["decide", selector, apply, reason]
        repeat = Repeat.of(asked, actor, idempotency_key, self._clock())

        def record(tx: Transaction) -> View:
            row = messages.shown(tx, messages.find(tx, selector))
            if repeat.find(tx) is None:
                repeat.remember(tx, row["id"], at)
                decide_on(tx, row, self._terms, actor, apply=apply, reason=reason, at=at)
            return {
                "message": row["id"],
                "decision": Decision.APPLIED if apply else Decision.DROPPED,
                "entries": views_of(tx, registers.of_message(tx, row["seq"]), now=self._now()),
            }

        view = await self._store.write(record)
        self._changes.ring()
        return view


def named(name: str) -> Register:
    """Return the register of that name.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return Register(name)
    except ValueError:
        raise NotFoundError(
            f"there is no register {name!r}; there are {', '.join(Register)}"
        ) from None


def _known(tx: Transaction, peer: str) -> str:
    return str(peers.get(tx, peer)["node"])


def _peer(tx: Transaction, peer: str | None) -> str:
    """Return the peer that is meant: the only one there is, if none is named."""
    if peer is not None:
        return _known(tx, peer)
    nodes = [row["node"] for row in peers.all(tx)]
    if len(nodes) != 1:
        problem = Problem("peer", f"is missing; there are {', '.join(nodes) or 'no peers yet'}")
        raise InvalidError(
            "each peer has registers of its own", problems=(problem,), hint="name one with --peer"
        )
    return str(nodes[0])


def _which(entries: Sequence[str]) -> View:
    if len(entries) <= _NAMED:
        return {"entries": list(entries)}
    return {"entries": len(entries), "digest": digest("\n".join(sorted(entries)).encode())}
