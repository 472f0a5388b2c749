"""What a message does to the thread it stands in, and whether it may.

The tables are in `steps`; they do not know which country we are: both sides judge by them, and by
`WHO`. What follows for people is in `next_steps`.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue.kinds import Event, Side, Superseding, ThreadKind, ThreadState
from gateway.catalogue.next_steps import NEXT, OVER, Next
from gateway.catalogue.steps import OPENING, TRANSITIONS, WHO
from gateway.catalogue.types import type_of
from gateway.errors import NotPermittedError, OutOfOrderError

__all__ = [
    "ANSWERING",
    "NEXT",
    "OPENING",
    "OVER",
    "SIDED",
    "TRANSITIONS",
    "WHO",
    "Next",
    "advance",
    "check_side",
    "event_of",
    "event_on",
    "is_taken_up",
    "listed_ids",
    "sided",
]

# Events that answer the message they reply to: the fourth level. Declined by a reply, a message is
# answered too.
ANSWERING: Final = frozenset(
    {
        Event.AGREE,
        Event.ANSWER,
        Event.CONCLUDE,
        Event.CONSENT_OF_OTHER,
        Event.COUNTER,
        Event.DECLINE,
        Event.GRANT,
        Event.PARTLY,
        Event.PUBLISH,
    }
)

# What the same words mean from one side only; None: from that side they move nothing. Who opened
# a publication may say where it published itself, and who proposed a review has findings too.
SIDED: Final[Mapping[tuple[Event, Side], Event | None]] = {
    (Event.AGREE, Side.OPENER): Event.SETTLE,
    (Event.COUNTER, Side.OPENER): Event.PROPOSE,
    (Event.CONSENT, Side.OPENER): Event.CONSENT_OF_OPENER,
    (Event.CONSENT, Side.OTHER): Event.CONSENT_OF_OTHER,
    (Event.PUBLISH, Side.OPENER): None,
    (Event.CONCLUDE, Side.OPENER): None,
}


def sided(event: Event, side: Side) -> Event | None:
    """Return what an event is when it comes from that end of the thread, None when nothing.

    >>> sided(Event.CONSENT, Side.OTHER)
    <Event.CONSENT_OF_OTHER: 'consent-of-other'>
    """
    return SIDED.get((event, side), event)


def is_taken_up(kind: ThreadKind, state: ThreadState) -> bool:
    """Tell whether a matter is past the state in which it waits to be accepted or declined."""
    return state not in (OPENING[kind], ThreadState.DECLINED, ThreadState.CANCELLED)


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
    if side not in WHO[kind].get(event, ()):
        raise NotPermittedError(f"the {side} of the {kind} thread may not {event}")


def event_of(type_name: str, body: Mapping[str, Any]) -> Event | None:
    """Return what a message does to the thread it stands in, None when nothing.

    `body` has passed the schema of its type. What a message does by speaking of others (it lists
    them, or withdraws one) is for `listed_ids` and `event_on`.

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    row = type_of(type_name)
    if row.choice is None:
        return row.event
    return row.choice.events.get(body.get(row.choice.member), row.event)


def listed_ids(type_name: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the messages that this message speaks of, in their order.

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    return tuple(body["ids"]) if type_of(type_name).lists else ()


def event_on(type_name: str, about: str) -> Event | None:
    """Return what a message does to the thread of a message that it lists or supersedes.

    Args:
        about: The type of the message that it speaks of.

    Only what opened a matter can be accepted, declined or withdrawn for it; accepting an answer is
    noted at that message, withdrawing one takes that message back, and both move nothing. A
    correction moves a matter only where the wording itself is agreed to.

    >>> event_on("acknowledgement.accepted", "inquiry.request")
    <Event.ACCEPT: 'accept'>
    >>> event_on("withdrawal", "inquiry.answer") is None
    True
    >>> event_on("correction", "amendment.propose")
    <Event.REVISE: 'revise'>

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    row, opens = type_of(type_name), type_of(about).opens
    if opens is None:
        return None
    if row.supersedes is Superseding.CORRECT:
        return Event.REVISE if Event.REVISE in WHO[opens] else None
    return row.event if row.lists or row.supersedes is not None else None
