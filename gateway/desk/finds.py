"""Finds of undeclared copying, for whoever says where else something is known from.

One person claims with a reason, another approves: what an office has from its own registers was not
obtained through the cooperation, and nobody decides that alone.
"""

from collections.abc import Awaitable
from functools import partial
from typing import Any, Final, TypeVar

from gateway.catalogue import Catalogue
from gateway.delivery.changes import Changes
from gateway.delivery.ports import Ports
from gateway.desk.draft import Actor
from gateway.desk.paging import row_key
from gateway.desk.submission import who_acts
from gateway.desk.undeclared import UndeclaredOriginError, note_refused, source_of
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, NotFoundError, Problem
from gateway.store import Row, Store, Transaction, origin_hits
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.origin_hits import State

_PAGE: Final = 500
_LONGEST_NUMBER: Final = 18
_LONGEST_REASON: Final = 2_000

T = TypeVar("T")


class Finds:
    """The finds of this node and what people say about them."""

    def __init__(
        self, *, node: str, store: Store, catalogue: Catalogue, ports: Ports, changes: Changes
    ) -> None:
        self._node = node
        self._store = store
        self._parties = catalogue.parties
        self._ports = ports
        self._changes = changes

    async def guarded(self, work: Awaitable[T], actor: Actor) -> T:
        """Return what some work returns; where it finds what was copied, keep that it was refused.

        The work's own transaction leaves nothing, so the finds are kept in one of their own.

        Raises:
            UndeclaredOriginError: With the number of each find, and its source for those who may
                read it.
        """
        try:
            return await work
        except UndeclaredOriginError as error:
            now = int(self._ports.clock())
            told = await self._store.write(
                partial(
                    note_refused,
                    error=error,
                    actor=actor,
                    parties=self._parties,
                    node=self._node,
                    now=now,
                    at=times.text(now),
                )
            )
            self._changes.ring()
            raise told from None

    async def page(
        self, *, everything: bool = False, after: str | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """Return finds, newest first; `next` is the `after` of the following page.

        Args:
            everything: Also those that were judged.
        """
        before = row_key(after)
        limit = max(1, min(limit, _PAGE))

        def load(tx: Transaction) -> dict[str, Any]:
            rows = origin_hits.page(tx, before=before, limit=limit + 1, everything=everything)
            following = str(rows[limit - 1]["hit"]) if len(rows) > limit else None
            return {"items": [self._view(tx, row) for row in rows[:limit]], "next": following}

        return await self._store.read(load)

    async def claim(self, number: str, reason: str, actor: Actor) -> dict[str, Any]:
        """Say that a find is known here from elsewhere, and how; another person has to approve.

        Whoever says the same once more gets the answer once more.

        Raises:
            NotFoundError: No find has this number.
            InvalidError: The reason is no text of up to 2,000 characters.
            ConflictError: Somebody else has said so already, or for another reason.
        """
        if not 0 < len(reason.strip()) <= _LONGEST_REASON:
            problem = Problem("/reason", f"is not a text up to {_LONGEST_REASON} characters")
            raise InvalidError("a claim needs its reason", problems=(problem,))
        hit, at, words = _number(number), times.text(self._ports.clock()), reason.strip()

        def record(tx: Transaction) -> dict[str, Any]:
            row = origin_hits.get(tx, hit)
            if not origin_hits.claim(tx, hit, reason=words, uid=actor.uid, at=at):
                if (row["claimed_by"], origin_hits.reason_of(tx, row)) == (actor.uid, words):
                    return self._view(tx, row)
                raise ConflictError(f"find {hit} is {row['state']} already")
            self._witness(tx, Fact.FIND_CLAIMED, row, actor, at)
            return self._view(tx, origin_hits.get(tx, hit))

        return await self._kept(record)

    async def judge(self, number: str, actor: Actor, *, approves: bool) -> dict[str, Any]:
        """Approve or reject what another person claims; the same once more has the same answer.

        Raises:
            NotFoundError: No find has this number.
            ConflictError: Nobody claims it, or the actor does: that takes two.
        """
        hit, at = _number(number), times.text(self._ports.clock())

        def record(tx: Transaction) -> dict[str, Any]:
            row = origin_hits.get(tx, hit)
            wanted = State.APPROVED if approves else State.REJECTED
            if (row["state"], row["judged_by"]) == (wanted, actor.uid):
                return self._view(tx, row)
            if row["state"] != State.CLAIMED:
                raise ConflictError(
                    f"find {hit} is {row['state']}: nobody's claim waits for a second person",
                    hint=f"gateway disclose claim {hit} --reason TEXT",
                )
            if not origin_hits.judge(tx, row, approves=approves, uid=actor.uid, at=at):
                raise ConflictError(
                    "whoever claims does not approve as well",
                    hint=f"another person: gateway disclose approve {hit}",
                )
            fact = Fact.FIND_APPROVED if approves else Fact.FIND_REJECTED
            self._witness(tx, fact, row, actor, at)
            return self._view(tx, origin_hits.get(tx, hit))

        return await self._kept(record)

    async def _kept(self, record: Any) -> dict[str, Any]:
        view: dict[str, Any] = await self._store.write(record)
        self._changes.ring()
        return view

    def _view(self, tx: Transaction, row: Row) -> dict[str, Any]:
        """Return what is shown of a find: never its value, its source to those who may read it."""
        now = int(self._ports.clock())
        names = ("kind", "by", "audience", "type", "pointer", "uid", "at", "state")
        claim = ("claimed_by", "claimed_at", "judged_by", "judged_at")
        return {
            "find": row["hit"],
            **{name: row[name] for name in (*names, *claim)},
            "source": source_of(tx, row["seq"], self._parties, node=self._node, now=now),
            "reason": origin_hits.reason_of(tx, row),
        }

    def _witness(self, tx: Transaction, fact: Fact, row: Row, actor: Actor, at: str) -> None:
        append(
            tx,
            LOCAL,
            fact,
            at=at,
            find=row["hit"],
            audience=row["audience"],
            source=row["by"],
            **who_acts(actor),
        )


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise NotFoundError("a find has a number", hint="gateway disclose finds")
    return int(text)
