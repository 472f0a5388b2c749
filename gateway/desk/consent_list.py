"""The consents of both sides as lists and people see them: how each stands now, and what it says.

A list says nothing of what a consent says: that stands in a confidential message, and whoever reads
it fetches that message.
"""

from contextlib import suppress
from typing import Any, Final, Protocol

from gateway.catalogue import Catalogue, short
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consent_of, state_of
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.draft import Actor
from gateway.desk.paging import check_filter, row_key
from gateway.errors import NotFoundError
from gateway.policy import Consent
from gateway.store import Row, Store, Transaction, consents, messages
from gateway.store.consents import ConsentState
from gateway.store.messages import Direction

_MOST: Final = 500
_AT_ONCE: Final = 100
_LAST: Final = 2**62
# What only the side that was given a consent can tell.
_THEIRS_TO_SAY: Final = frozenset({ConsentState.REFUSED, ConsentState.EXHAUSTED})


class Give(Protocol):
    """Give out the content of a row, as `Desk.give` does."""

    async def __call__(self, seq: int, actor: Actor) -> dict[str, Any]:
        """Return the view of the message with its content."""
        ...


class ConsentList:
    """The part of the desk that shows consents."""

    def __init__(
        self, *, us: LocalNode, store: Store, catalogue: Catalogue, ports: Ports, give: Give
    ) -> None:
        self._us = us
        self._store = store
        self._catalogue = catalogue
        self._ports = ports
        self._give = give
        self._terms = Terms(us.node, catalogue)

    async def page(
        self,
        *,
        direction: str | None = None,
        state: str | None = None,
        message: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return consents without what they say, the newest first.

        Args:
            direction: `in` for those given to us, `out` for ours.
            message: Only those that name this message; a selector.

        Raises:
            InvalidError: A filter that nothing could fit.
            NotFoundError: There is no such message.
        """
        check_filter("direction", direction, list(Direction))
        check_filter("state", state, list(ConsentState))
        before, most = row_key(after), max(1, min(limit, _MOST))
        sides = list(Direction) if direction is None else [Direction(direction)]

        def load(tx: Transaction) -> dict[str, Any]:
            named = None if message is None else messages.get(tx, messages.find(tx, message))
            items: list[dict[str, Any]] = []
            last = _LAST if before is None else before
            while len(items) <= most and (rows := _rows(tx, sides, before=last)):
                views = (self._view(tx, row) for row in rows if _names(row, named, tx))
                items += [view for view in views if state in (None, view["state"])]
                last = rows[-1]["seq"]
            shown = items[:most]
            following = str(shown[-1]["seq"]) if len(items) > most else None
            return {"items": shown, "next": following}

        return await self._store.read(load)

    async def state(self, selector: str) -> dict[str, Any]:
        """Return how one consent stands, without what it says.

        Raises:
            NotFoundError: No such consent.
            ConflictError: More than one fits.
        """
        return await self._store.read(lambda tx: self._view(tx, find(tx, selector)))

    async def look(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Return a consent with what it says; it counts as a fetch of the message that gives it.

        Raises:
            NotFoundError: No such consent, or its content was erased.
            PolicyError: The marking does not allow it.
        """
        view = await self.state(selector)
        given = await self._give(view["seq"], actor)
        return view | {"terms": given["content"]["body"]["terms"]}

    def _view(self, tx: Transaction, row: Row) -> dict[str, Any]:
        now = self._ports.clock()
        consent = consent_of(tx, row, self._terms, now=now)
        message = messages.shown(tx, row["seq"])
        is_ours = row["direction"] == Direction.OUT
        return {
            "seq": row["seq"],
            "consent_id": row["consent_id"],
            "short": short(row["consent_id"]),
            "direction": row["direction"],
            "peer": row["peer"],
            "grantor": self._us.node if is_ours else row["peer"],
            "grantee": row["peer"] if is_ours else self._us.node,
            "state": _state(row, consent, now),
            "code": None if consent is None else consent.standing,
            "not_before": row["not_before"],
            "not_after": row["not_after"],
            "uses": row["uses"],
            "uses_left": _left(consent, is_ours=is_ours),
            "is_class": bool(row["is_class"]),
            "message": message["id"],
            "message_state": message["state"],
            "reference": message["reference"],
            "thread": row["thread"],
            "request": row["request"],
            "noted": row["noted"],
            "told": row["told"],
            "told_code": row["told_code"],
        }


def find(tx: Transaction, selector: str) -> Row:
    """Return the consent that a person means: by its own id, or by the message that gives it.

    Raises:
        NotFoundError: Neither a consent nor such a message has that id.
        ConflictError: More than one fits.
    """
    try:
        return consents.find(tx, selector)
    except NotFoundError:
        with suppress(NotFoundError):
            row = consents.get(tx, messages.find(tx, selector))
            if row is not None:
                return row
        raise


def _rows(tx: Transaction, sides: list[Direction], *, before: int) -> list[Row]:
    """Return the next rows of one side or both, the newest first, without a gap between pages."""
    found = [
        row for side in sides for row in consents.page(tx, side, before=before, limit=_AT_ONCE)
    ]
    return sorted(found, key=lambda row: -int(row["seq"]))[:_AT_ONCE]


def _names(row: Row, named: Row | None, tx: Transaction) -> bool:
    if named is None:
        return True
    place = (row["peer"], Direction(row["direction"]), named["id"])
    return any(each["seq"] == row["seq"] for each in consents.of_message(tx, *place))


def _state(row: Row, consent: Consent | None, now: float) -> ConsentState:
    """Return how a consent stands: of ours, what the other side makes of it counts as well.

    It may know officers of ours by an older card, and it alone counts the uses.
    """
    state = state_of(consent, now)
    if row["direction"] == Direction.OUT and state is ConsentState.ACTIVE:
        return ConsentState(row["told"]) if row["told"] in _THEIRS_TO_SAY else state
    return state


def _left(consent: Consent | None, *, is_ours: bool) -> int | None:
    """Return how often we may still use a consent; how often others may is theirs to count."""
    return None if consent is None or is_ours else consent.uses_left
