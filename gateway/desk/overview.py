"""Looking at what a node has: messages, matters, levels reached. No content is given out here."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gateway.delivery.changes import Changes
from gateway.delivery.ports import LocalNode
from gateway.desk import reading
from gateway.desk.filters import wanted_messages, wanted_threads
from gateway.desk.matters import matter_of
from gateway.desk.paging import change_key, change_text, row_key
from gateway.desk.views import message_view, thread_view
from gateway.errors import (
    InvalidError,
    Problem,
    RefusedByPeerError,
    WaitTimedOutError,
)
from gateway.store import Row, Store, Transaction, duties, lists, messages, peers, threads
from gateway.store.messages import Reached, State

_PAGE: Final = 500
_ENDED: Final = {State.REFUSED, State.CANCELLED, State.EXPIRED}
# A level counts as reached when a later one is: an answer says that it was accepted.
_IMPLIED_BY: Final = {
    Reached.RECEIVED: tuple(Reached),
    Reached.HANDED_OVER: (Reached.HANDED_OVER, Reached.ACCEPTED, Reached.ANSWERED),
    Reached.ACCEPTED: (Reached.ACCEPTED, Reached.ANSWERED),
    Reached.ANSWERED: (Reached.ANSWERED,),
}


class Overview:
    """The part of the desk that changes nothing."""

    def __init__(self, *, us: LocalNode, store: Store, changes: Changes) -> None:
        self.node = us.node
        self.environment = us.environment
        self._us = us
        self._store = store
        self._changes = changes

    async def message(self, selector: str) -> dict[str, Any]:
        """Return one message without its content, and by when its next levels are due.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: More than one message fits.
        """
        return await self._store.read(
            lambda tx: awaited_view(tx, messages.shown(tx, messages.find(tx, selector)))
        )

    async def messages(
        self,
        box: str | None = None,
        *,
        after: str | None = None,
        limit: int = 50,
        **filters: Any,
    ) -> dict[str, Any]:
        """Return messages, newest first; `next` is the `after` of the following page.

        Args:
            filters: See `wanted_messages`.

        Raises:
            InvalidError: A filter that nothing can ever fit.
            NotFoundError: There is no such peer; the text names those there are.
        """
        wanted = wanted_messages(box, **filters)
        before = row_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            _with_peer(
                wanted.peer, partial(lists.page, wanted=wanted, before=before, limit=limit + 1)
            )
        )
        following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return {"items": [message_view(row) for row in rows[:limit]], "next": following}

    async def threads(
        self, *, after: str | None = None, limit: int = 50, **filters: Any
    ) -> dict[str, Any]:
        """Return matters, the last changed first; `next` is the `after` of the following page.

        Args:
            filters: See `wanted_threads`.

        Raises:
            InvalidError: A filter that nothing can ever fit.
            NotFoundError: There is no such peer; the text names those there are.
        """
        wanted = wanted_threads(**filters)
        before = change_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            _with_peer(
                wanted.peer, partial(threads.page, wanted=wanted, before=before, limit=limit + 1)
            )
        )
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else change_text(last["updated"], last["thread"])
        return {"items": [thread_view(row, self.node) for row in rows[:limit]], "next": following}

    async def thread(self, selector: str) -> dict[str, Any]:
        """Return one matter with its newest 500 messages, oldest first; `more` if it has others.

        The others are in `messages` with this thread and `after`.

        Raises:
            NotFoundError: Nothing fits, or the message stands in no matter.
        """

        def load(tx: Transaction) -> dict[str, Any]:
            row = matter_of(tx, selector)
            wanted = lists.Wanted(thread=row["thread"], peer=row["peer"])
            page = lists.page(tx, wanted, before=None, limit=_PAGE + 1)
            return thread_view(row, self.node) | {
                "messages": [awaited_view(tx, each) for each in page[:_PAGE][::-1]],
                "more": len(page) > _PAGE,
            }

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
                        raise RefusedByPeerError(
                            _why_not(view), hint=f"gateway show {view['short']}"
                        )
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


def awaited_view(tx: Transaction, row: Row) -> dict[str, Any]:
    """Return a message with the deadlines that it has not met yet."""
    return message_view(row) | {"deadlines": duties.of(tx, row["seq"])}


def _with_peer(
    peer: str | None, look: Callable[[Transaction], list[Row]]
) -> Callable[[Transaction], list[Row]]:
    """Let a look be about a known peer alone: no message of another would look like an answer."""

    def checked(tx: Transaction) -> list[Row]:
        if peer is not None:
            peers.get(tx, peer)
        return look(tx)

    return checked


def _why_not(view: dict[str, Any]) -> str:
    if view["levels"][Reached.DECLINED]:
        return f"message {view['short']} was declined"
    reason = f" ({view['refusal']})" if view["refusal"] else ""
    return f"message {view['short']} is {view['state']}{reason}"
