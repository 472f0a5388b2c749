"""Which messages a list shows, newest first, without reading what it leaves out.

What fits the fewest rows chooses the way: a thread, what is overdue, what somebody handles, a
state, and else a whole direction. On that way type and peer stand in the index, so that a filter
which nothing fits passes over a hundred thousand messages in milliseconds.
"""

import sqlite3
from dataclasses import dataclass, replace
from typing import Final

from gateway.store.messages import Direction, states_of
from gateway.store.transaction import Transaction

_LAST: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages a list shows; None and false leave nothing out.

    Args:
        since: Those that we have had since then: written by us, or arrived here.
        until: Those that we had before then.
        is_overdue: Only those that missed a deadline and have not made it good.
        assignee: Only those of matters that this person handles.
    """

    direction: Direction | None = None
    peer: str | None = None
    types: tuple[str, ...] | None = None
    state: str | None = None
    thread: str | None = None
    since: str | None = None
    until: str | None = None
    is_overdue: bool = False
    assignee: str | None = None


ANY: Final = Wanted()


def page(
    tx: Transaction, wanted: Wanted = ANY, *, before: int | None, limit: int
) -> list[sqlite3.Row]:
    """Return what lists show of messages, newest first, older than row `before`."""
    last = _LAST if before is None else before - 1
    if wanted.thread is not None:
        return _page(tx, "lists.page_of_thread", wanted, last=last, limit=limit)
    found = [
        row
        for direction in _directions(wanted)
        for row in _page_of(tx, replace(wanted, direction=direction), last=last, limit=limit)
    ]
    return sorted(found, key=lambda row: -int(row["seq"]))[:limit]


def _directions(wanted: Wanted) -> tuple[Direction, ...]:
    """Return the directions to look through; a state belongs to one."""
    if wanted.direction is not None:
        return (wanted.direction,)
    if wanted.state is not None:
        return (Direction.IN if wanted.state in states_of(Direction.IN) else Direction.OUT,)
    return tuple(Direction)


def _page_of(tx: Transaction, wanted: Wanted, *, last: int, limit: int) -> list[sqlite3.Row]:
    """Return a page of one direction by the filter that fits the fewest rows."""
    if wanted.is_overdue:
        return _page(tx, "lists.page_overdue", wanted, last=last, limit=limit)
    if wanted.assignee is not None:
        return _page(tx, "lists.page_of_assignee", wanted, last=last, limit=limit)
    first = 0
    if wanted.since is not None:
        found = tx.only(f"lists.first_{wanted.direction}", since=wanted.since)["seq"]
        first = _LAST if found is None else found
    if wanted.until is not None:
        found = tx.only(f"lists.last_{wanted.direction}", until=wanted.until)["seq"]
        last = min(last, 0 if found is None else found)
    query = "lists.page_of_direction" if wanted.state is None else "lists.page_in_state"
    return _page(tx, query, wanted, first=first, last=last, limit=limit)


def _page(
    tx: Transaction, query: str, wanted: Wanted, *, last: int, limit: int, first: int = 0
) -> list[sqlite3.Row]:
    types = wanted.types
    one = types[0] if types is not None and len(types) == 1 else None
    several = None if types is None or one is not None else "|".join(("", *types, ""))
    return tx.all(
        query,
        first=first,
        last=last,
        limit=limit,
        direction=wanted.direction,
        peer=wanted.peer,
        type=one,
        types=several,
        state=wanted.state,
        thread=wanted.thread,
        since=wanted.since,
        until=wanted.until,
        overdue=int(wanted.is_overdue),
        assignee=wanted.assignee,
    )
