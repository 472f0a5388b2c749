"""Looking at what a node has: messages, matters, levels reached. No content is given out here."""

import asyncio
from functools import partial
from typing import Any, Final

from gateway.catalogue import TYPES, ThreadState
from gateway.delivery.changes import Changes
from gateway.delivery.ports import LocalNode
from gateway.desk import reading
from gateway.desk.paging import change_key, change_text, check_filter, row_key
from gateway.desk.views import direction_of, message_view, thread_view
from gateway.errors import (
    InvalidError,
    NotFoundError,
    Problem,
    RefusedByPeerError,
    WaitTimedOutError,
)
from gateway.store import Store, Transaction, messages, threads
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


# The filter of lists that leave out acknowledgements, which follow each message like a shadow.
ANY_TYPE: Final = "*"


class Overview:
    """The part of the desk that changes nothing."""

    def __init__(self, *, us: LocalNode, store: Store, changes: Changes) -> None:
        self.node = us.node
        self.environment = us.environment
        self._us = us
        self._store = store
        self._changes = changes

    async def message(self, selector: str) -> dict[str, Any]:
        """Return one message without its content.

        Raises:
            NotFoundError: Nothing fits.
            ConflictError: More than one message fits.
        """
        return await self._store.read(
            lambda tx: message_view(messages.shown(tx, messages.find(tx, selector)))
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
        check_filter("type", type, {*TYPES, ANY_TYPE})
        direction = direction_of(box)
        check_filter("state", state, messages.states_of(direction))
        before = row_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            partial(
                messages.page,
                before=before,
                limit=limit + 1,
                direction=direction,
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
        check_filter("state", state, ThreadState)
        before = change_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            partial(threads.page, before=before, limit=limit + 1, peer=peer, state=state)
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
            message = messages.shown(tx, messages.find(tx, selector))
            row = threads.get(tx, message["peer"], message["thread"])
            if row is None:
                raise NotFoundError("that message stands in the control thread, not in a matter")
            page = messages.page(
                tx, before=None, limit=_PAGE + 1, thread=row["thread"], peer=row["peer"]
            )
            return thread_view(row, self.node) | {
                "messages": [message_view(m) for m in page[:_PAGE][::-1]],
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


def _why_not(view: dict[str, Any]) -> str:
    if view["levels"][Reached.DECLINED]:
        return f"message {view['short']} was declined"
    reason = f" ({view['refusal']})" if view["refusal"] else ""
    return f"message {view['short']} is {view['state']}{reason}"
