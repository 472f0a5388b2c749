"""What comes in and what happens: consumers that take and acknowledge, and the feed of events."""

import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

from gateway.client.asking import PATIENCE, Asking, read_answer, target
from gateway.client.consumer_views import Acknowledged, ConsumerPage, Released
from gateway.client.following import Event, blocks
from gateway.client.views import Delivery, Message
from gateway.errors import TransientError

# Three heartbeats of a stream.
_SILENCE: Final = 45.0
# Before a broken stream is taken up again: at once, then longer and longer.
_PAUSES: Final = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0)


class Incoming(Asking):
    """What a system does with what comes in."""

    def take(
        self, name: str, *, limit: int = 10, wait_seconds: int = 0, from_start: bool = False
    ) -> Delivery:
        """Return the oldest messages that this consumer has not acknowledged, with content.

        Args:
            from_start: Where a consumer begins that does not exist yet: with the oldest message
                instead of the next that comes in.
        """
        body = {
            "limit": limit,
            "wait_seconds": wait_seconds,
            "from": "start" if from_start else "now",
        }
        patience = PATIENCE + wait_seconds
        return cast(Delivery, self.post("consumers", name, "next", body=body, patience=patience))

    def acknowledge(self, name: str, ids: Sequence[str]) -> Acknowledged:
        """Tell the node that these messages need not be given again."""
        view = self.post("consumers", name, "ack", body={"ids": list(ids)})
        return cast(Acknowledged, view)

    def release(
        self, name: str, id: str, *, uid: int | None = None, skip: bool = False
    ) -> Released:
        """Have a message that was set apart given again, or never again (`skip`); for operators."""
        body: dict[str, Any] = {"id": id, "skip": skip}
        if uid is not None:
            body["uid"] = uid
        return cast(Released, self.post("consumers", name, "release", body=body))

    def consumers(self) -> ConsumerPage:
        """Return every consumer with what it has open and what was set apart for it."""
        return cast(ConsumerPage, self.get("consumers"))

    def forget(self, name: str) -> dict[str, Any]:
        """Remove a consumer; one of that name made later begins anew."""
        return self.delete("consumers", name)

    def consume(
        self,
        name: str,
        handle: Callable[[Message], None],
        *,
        limit: int = 10,
        wait_seconds: int = 60,
        from_start: bool = False,
        once: bool = False,
    ) -> None:
        """Give each message that comes in to `handle`, and acknowledge it when that returns.

        A message whose `handle` raises is not acknowledged: the error goes to the caller, and the
        next call begins with that message. What was handled but not acknowledged, because the
        machine failed in between, comes once more; `handle` knows it by its id.

        Args:
            once: Return when nothing is left, instead of waiting for more.
        """
        while True:
            wait = 0 if once else wait_seconds
            batch = self.take(name, limit=limit, wait_seconds=wait, from_start=from_start)
            for item in batch["items"]:
                handle(item["message"])
                self.acknowledge(name, [item["message"]["id"]])
            if once and not batch["items"]:
                return

    def events(
        self,
        *,
        after: int | None = None,
        kind: str | None = None,
        peer: str | None = None,
        on_open: Callable[[], None] | None = None,
    ) -> Iterator[Event]:
        """Yield what happens, without end; a broken stream goes on behind the last event seen.

        An event of kind `gap` says that what came before is not kept any more.

        Args:
            after: Begin behind the event of this number; 0 with the oldest kept; None now.
            kind: Only kinds that begin so, such as `message.`.
            on_open: Called whenever a stream has begun: whoever then lists what is there misses
                nothing that came before.

        Raises:
            NodeDownError, AnsweredError: The first request failed, or the node refused a later one;
                what broke or was not answered later is tried again.
        """
        seen, failures, is_open = after, 0, False
        while True:
            is_new = True
            try:
                for place, event in self._stream(seen, {"kind": kind, "peer": peer}):
                    seen, failures, is_open = place, 0, True
                    if is_new and on_open is not None:
                        on_open()
                    is_new = False
                    if event is not None:
                        yield event
            except TransientError:
                if not is_open:
                    raise
            time.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1

    def _stream(
        self, after: int | None, query: Mapping[str, object]
    ) -> Iterator[tuple[int, Event | None]]:
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self._talking(_SILENCE) as connection:
            connection.request("GET", target(("events",), query), headers=self._named | headers)
            with connection.getresponse() as response:
                if response.status != HTTPStatus.OK:
                    read_answer(response.status, response.read())
                try:
                    yield from blocks(response)
                except ValueError as error:
                    raise http.client.HTTPException("no stream of events") from error
