"""Which message may follow which.

    requested ---accept--> accepted     (may still decline, send parts, answer)
        |----decline-> declined
        |----part----> in-progress      (more parts, then the answer; no way back to decline)
        |----answer--> answered

    open                                (a control thread: nothing that stands in it is a step)

The table does not know which country we are: both sides judge by it, and by `WHO`.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue.kinds import Event, Side, ThreadKind, ThreadState
from gateway.catalogue.types import type_of
from gateway.errors import NotPermittedError, OutOfOrderError

TRANSITIONS: Final[Mapping[ThreadKind, Mapping[ThreadState, Mapping[Event, ThreadState]]]] = {
    ThreadKind.INQUIRY: {
        ThreadState.REQUESTED: {
            Event.ACCEPT: ThreadState.ACCEPTED,
            Event.DECLINE: ThreadState.DECLINED,
            Event.PART: ThreadState.IN_PROGRESS,
            Event.ANSWER: ThreadState.ANSWERED,
        },
        ThreadState.ACCEPTED: {
            Event.DECLINE: ThreadState.DECLINED,
            Event.PART: ThreadState.IN_PROGRESS,
            Event.ANSWER: ThreadState.ANSWERED,
        },
        ThreadState.IN_PROGRESS: {
            Event.PART: ThreadState.IN_PROGRESS,
            Event.ANSWER: ThreadState.ANSWERED,
        },
        ThreadState.ANSWERED: {},
        ThreadState.DECLINED: {},
    },
    ThreadKind.CONTROL: {ThreadState.OPEN: {}},
}

# The state in which a thread begins. A control thread begins when the peer is added.
OPENING: Final[Mapping[ThreadKind, ThreadState]] = {
    ThreadKind.INQUIRY: ThreadState.REQUESTED,
    ThreadKind.CONTROL: ThreadState.OPEN,
}

# Which end of the thread may cause an event. An event that is not listed is nobody's.
WHO: Final[Mapping[ThreadKind, Mapping[Event, Side]]] = {
    ThreadKind.INQUIRY: {
        Event.REQUEST: Side.OPENER,
        Event.ACCEPT: Side.OTHER,
        Event.DECLINE: Side.OTHER,
        Event.PART: Side.OTHER,
        Event.ANSWER: Side.OTHER,
    },
    ThreadKind.CONTROL: {},
}

# States after which nothing follows. The control thread has no steps, but it is never over.
OVER: Final = frozenset(state for state, row in TRANSITIONS[ThreadKind.INQUIRY].items() if not row)


def advance(kind: ThreadKind, state: ThreadState, event: Event) -> ThreadState:
    """Return the state that follows `event`.

    >>> advance(ThreadKind.INQUIRY, ThreadState.REQUESTED, Event.ACCEPT)
    <ThreadState.ACCEPTED: 'accepted'>

    Raises:
        OutOfOrderError: The table has no such step. Nothing has changed, so a late or repeated
            message harms nobody.
    """
    try:
        return TRANSITIONS[kind][state][event]
    except KeyError:
        raise OutOfOrderError(f"{event} while the {kind} thread is {state}") from None


def check_side(kind: ThreadKind, event: Event, side: Side) -> None:
    """Let pass only the end of the thread whose part the event is.

    Raises:
        NotPermittedError: The event belongs to the other end, or to nobody in such a thread.
            Nothing has changed.
    """
    if WHO[kind].get(event) is not side:
        raise NotPermittedError(f"the {side} of an {kind} thread may not {event}")


def event_of(type_name: str, body: Mapping[str, Any]) -> Event | None:
    """Return what a message does to the thread it concerns, None when nothing.

    `body` has passed the schema of its type. For a type that lists other messages the event is
    meant for their threads: see `listed_ids` and `event_on`.

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    row = type_of(type_name)
    if row.part is not None and body.get("final") is False:
        return row.part
    return row.event


def listed_ids(type_name: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the messages that this message speaks of, in their order.

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    return tuple(body["ids"]) if type_of(type_name).lists else ()


def event_on(type_name: str, listed_type: str) -> Event | None:
    """Return what a listing message does to the thread of one message it lists.

    Only the message that opened a thread can be accepted or declined for it; accepting an
    answer is noted at that message and moves nothing.

    >>> event_on("acknowledgement.accepted", "inquiry.request")
    <Event.ACCEPT: 'accept'>
    >>> event_on("acknowledgement.accepted", "inquiry.answer") is None
    True

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    row = type_of(type_name)
    return row.event if row.lists and type_of(listed_type).opens is not None else None
