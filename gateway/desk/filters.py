"""What a list is asked for, judged before anything is looked up.

A filter that nothing can ever fit is an error: an empty list would look like an answer.
"""

from typing import Any, Final

from gateway.catalogue import TYPES, Channel, ThreadState
from gateway.desk.paging import check_filter, check_period
from gateway.desk.views import direction_of
from gateway.errors import InvalidError, Problem
from gateway.store import lists, messages, threads
from gateway.store.messages import Direction, State

# The filter of lists that leave out acknowledgements, which follow each message like a shadow.
ANY_TYPE: Final = "*"

_NOT_ACKNOWLEDGEMENTS: Final = tuple(name for name, row in TYPES.items() if not row.lists)
# What stands in a matter, and so is handed over to somebody who reads it.
MATTERS: Final = tuple(name for name, row in TYPES.items() if row.channel is Channel.THREAD)


def wanted_messages(
    box: str | None = None,
    *,
    type: str | None = None,
    state: str | None = None,
    since: str | None = None,
    until: str | None = None,
    unread: bool = False,
    overdue: bool = False,
    **same: Any,
) -> lists.Wanted:
    """Return which messages a list shall show.

    Args:
        unread: Only what came in and nobody has fetched yet.
        same: Filters that go on as they are: peer, thread, assignee.

    Raises:
        InvalidError: A value that nothing ever has, or two that exclude each other.
    """
    check_filter("type", type, {*TYPES, ANY_TYPE})
    direction = direction_of(box)
    check_filter("state", state, messages.states_of(direction))
    check_period(since, until)
    types = _types(type, direction)
    if unread:
        if direction is Direction.OUT or state not in {None, State.RECEIVED}:
            raise _excluded("unread", "is for what came in and nobody has fetched")
        direction, state = Direction.IN, State.RECEIVED
        types = tuple(name for name in types or MATTERS if name in MATTERS)
    return lists.Wanted(
        direction=direction,
        types=types,
        state=state,
        since=since,
        until=until,
        is_overdue=overdue,
        **same,
    )


def wanted_threads(
    *, state: str | None = None, overdue: bool = False, attention: bool = False, **same: Any
) -> threads.Wanted:
    """Return which matters a list shall show; `same` are peer and assignee.

    Raises:
        InvalidError: A state that no matter ever has.
    """
    check_filter("state", state, ThreadState)
    return threads.Wanted(state=state, is_overdue=overdue, is_flagged=attention, **same)


def _types(type: str | None, direction: Direction | None) -> tuple[str, ...] | None:
    if type is None:
        return None
    if type == ANY_TYPE:
        # Nobody has anything to do with a ping or a card that came in.
        return MATTERS if direction is Direction.IN else _NOT_ACKNOWLEDGEMENTS
    return (type,)


def _excluded(name: str, text: str) -> InvalidError:
    return InvalidError(f"{name} {text}", problems=(Problem(name, text),))
