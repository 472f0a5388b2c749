"""Paper: the content of a message for a page in a file, decided and recorded on its own.

To print is to read as well, so the first print of a received message hands it over like any fetch.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from gateway.catalogue import Parties
from gateway.desk import reading
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.envelope import times
from gateway.policy import Action
from gateway.store import Store, Transaction, messages
from gateway.store.evidence import LOCAL, Fact, append


class Printing:
    """The part of the desk that gives out content for paper."""

    def __init__(
        self,
        *,
        node: str,
        store: Store,
        parties: Parties,
        clock: Callable[[], float],
        give: Callable[[int, Actor], Awaitable[dict[str, Any]]],
    ) -> None:
        self._node = node
        self._store = store
        self._parties = parties
        self._clock = clock
        self._give = give

    async def page(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Return a message with its content, its evidence, and who printed it and when.

        Raises:
            NotFoundError: No such message, or its content was erased.
            PolicyError: The marking does not allow paper; nothing was handed over.
        """
        loaded = await self._store.read(partial(reading.load, selector=selector))
        row = loaded.row
        now = int(self._clock())
        try:
            reading.permitted_content(
                loaded,
                holder=self._node,
                parties=self._parties,
                now=now,
                action=Action.PRINT,
            )
        except reading.WithheldError as error:
            refused = partial(reading.note_withheld, row=row, error=error, at=now, actor=actor)
            await self._store.write(refused)
            raise
        view = await self._give(row["seq"], actor)
        at = times.text(now)

        def record(tx: Transaction) -> dict[str, Any]:
            append(tx, LOCAL, Fact.PRINTED, at=at, subject=row["id"], **who_acts(actor))
            return {
                "content_digest": row["content_digest"],
                "evidence": [dict(each) for each in messages.recorded(tx, row["id"])],
                "printed": {"by": actor.name, "node": self._node, "at": at},
            }

        return view | await self._store.write(record)
