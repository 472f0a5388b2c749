"""Which message may follow which, in each kind of matter.

    inquiry       requested ---accept--> accepted     (may still decline, send parts, answer)
                      |----decline-> declined
                      |----part----> in-progress      (more parts, then the answer)
                      |----answer--> answered

    irregularity  reported ---accept--> accepted      (may still decline, report, conclude)
                      |---decline--> declined
                      |---status---> investigating    (more reports, then the result)
                      |---conclude-> concluded

    revocation    notified ---accept--> accepted, or ---decline--> declined

    control       open                                (nothing that stands in it is a step)

A withdrawal of what opened a matter ends it as `withdrawn`, whatever was said before: so both
sides come to the same state, whichever way the messages crossed. `cancelled` is never told to the
other side, and no message leads there.

The tables do not know which country we are: both sides judge by them, and by `WHO`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue.kinds import Event, Side, ThreadKind, ThreadState
from gateway.catalogue.types import type_of
from gateway.envelope import Awaited
from gateway.errors import NotPermittedError, OutOfOrderError

Table = Mapping[ThreadState, Mapping[Event, ThreadState]]

_INQUIRY: Final[Table] = {
    ThreadState.REQUESTED: {
        Event.ACCEPT: ThreadState.ACCEPTED,
        Event.DECLINE: ThreadState.DECLINED,
        Event.PART: ThreadState.IN_PROGRESS,
        Event.ANSWER: ThreadState.ANSWERED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.ACCEPTED: {
        Event.DECLINE: ThreadState.DECLINED,
        Event.PART: ThreadState.IN_PROGRESS,
        Event.ANSWER: ThreadState.ANSWERED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.IN_PROGRESS: {
        Event.PART: ThreadState.IN_PROGRESS,
        Event.ANSWER: ThreadState.ANSWERED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.ANSWERED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.DECLINED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.WITHDRAWN: {},
    ThreadState.CANCELLED: {},
}
_IRREGULARITY: Final[Table] = {
    ThreadState.REPORTED: {
        Event.ACCEPT: ThreadState.ACCEPTED,
        Event.DECLINE: ThreadState.DECLINED,
        Event.STATUS: ThreadState.INVESTIGATING,
        Event.CONCLUDE: ThreadState.CONCLUDED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.ACCEPTED: {
        Event.DECLINE: ThreadState.DECLINED,
        Event.STATUS: ThreadState.INVESTIGATING,
        Event.CONCLUDE: ThreadState.CONCLUDED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.INVESTIGATING: {
        Event.STATUS: ThreadState.INVESTIGATING,
        Event.CONCLUDE: ThreadState.CONCLUDED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.CONCLUDED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.DECLINED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.WITHDRAWN: {},
    ThreadState.CANCELLED: {},
}
_REVOCATION: Final[Table] = {
    ThreadState.NOTIFIED: {
        Event.ACCEPT: ThreadState.ACCEPTED,
        Event.DECLINE: ThreadState.DECLINED,
        Event.WITHDRAW: ThreadState.WITHDRAWN,
    },
    ThreadState.ACCEPTED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.DECLINED: {Event.WITHDRAW: ThreadState.WITHDRAWN},
    ThreadState.WITHDRAWN: {},
    ThreadState.CANCELLED: {},
}
TRANSITIONS: Final[Mapping[ThreadKind, Table]] = {
    ThreadKind.INQUIRY: _INQUIRY,
    ThreadKind.IRREGULARITY: _IRREGULARITY,
    ThreadKind.REVOCATION: _REVOCATION,
    ThreadKind.CONTROL: {ThreadState.OPEN: {}},
}

# The state in which a thread begins. A control thread begins when the peer is added.
OPENING: Final[Mapping[ThreadKind, ThreadState]] = {
    ThreadKind.INQUIRY: ThreadState.REQUESTED,
    ThreadKind.IRREGULARITY: ThreadState.REPORTED,
    ThreadKind.REVOCATION: ThreadState.NOTIFIED,
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
        Event.WITHDRAW: Side.OPENER,
    },
    ThreadKind.IRREGULARITY: {
        Event.REPORT: Side.OPENER,
        Event.ACCEPT: Side.OTHER,
        Event.DECLINE: Side.OTHER,
        Event.STATUS: Side.OTHER,
        Event.CONCLUDE: Side.OTHER,
        Event.WITHDRAW: Side.OPENER,
    },
    ThreadKind.REVOCATION: {
        Event.NOTIFY: Side.OPENER,
        Event.ACCEPT: Side.OTHER,
        Event.DECLINE: Side.OTHER,
        Event.WITHDRAW: Side.OPENER,
    },
    ThreadKind.CONTROL: {},
}

# Events that answer the message they reply to: the fourth level.
ANSWERING: Final = frozenset({Event.ANSWER, Event.CONCLUDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Who must act in a matter, and in words what; `side` is None where nobody must.

    Args:
        act: To be read after "is to", as in "kh/molvt is to answer"; without a side, why nobody
            must.
        level: The level of what opened the matter that the act reaches.
    """

    side: Side | None
    act: str
    level: Awaited | None = None


def _to_answer(act: str) -> Next:
    return Next(side=Side.OTHER, act=act, level=Awaited.ANSWERED)


_JUDGE: Final = Next(side=Side.OTHER, act="accept or decline", level=Awaited.ACCEPTED)
_CLOSED: Final = Next(side=None, act="the matter is closed")
_WITHDRAWN: Final = Next(side=None, act="the matter was withdrawn")
_CANCELLED: Final = Next(side=None, act="the matter was cancelled before it left")

NEXT: Final[Mapping[tuple[ThreadKind, ThreadState], Next]] = {
    (ThreadKind.INQUIRY, ThreadState.REQUESTED): _JUDGE,
    (ThreadKind.INQUIRY, ThreadState.ACCEPTED): _to_answer("answer"),
    (ThreadKind.INQUIRY, ThreadState.IN_PROGRESS): _to_answer("answer the rest"),
    (ThreadKind.INQUIRY, ThreadState.ANSWERED): _CLOSED,
    (ThreadKind.INQUIRY, ThreadState.DECLINED): _CLOSED,
    (ThreadKind.INQUIRY, ThreadState.WITHDRAWN): _WITHDRAWN,
    (ThreadKind.INQUIRY, ThreadState.CANCELLED): _CANCELLED,
    (ThreadKind.IRREGULARITY, ThreadState.REPORTED): _JUDGE,
    (ThreadKind.IRREGULARITY, ThreadState.ACCEPTED): _to_answer("investigate"),
    (ThreadKind.IRREGULARITY, ThreadState.INVESTIGATING): _to_answer(
        "report the result of its investigation"
    ),
    (ThreadKind.IRREGULARITY, ThreadState.CONCLUDED): _CLOSED,
    (ThreadKind.IRREGULARITY, ThreadState.DECLINED): _CLOSED,
    (ThreadKind.IRREGULARITY, ThreadState.WITHDRAWN): _WITHDRAWN,
    (ThreadKind.IRREGULARITY, ThreadState.CANCELLED): _CANCELLED,
    (ThreadKind.REVOCATION, ThreadState.NOTIFIED): _JUDGE,
    (ThreadKind.REVOCATION, ThreadState.ACCEPTED): _CLOSED,
    (ThreadKind.REVOCATION, ThreadState.DECLINED): _CLOSED,
    (ThreadKind.REVOCATION, ThreadState.WITHDRAWN): _WITHDRAWN,
    (ThreadKind.REVOCATION, ThreadState.CANCELLED): _CANCELLED,
    (ThreadKind.CONTROL, ThreadState.OPEN): Next(side=None, act="it is no matter"),
}

# Where a matter is over: nobody owes anything. The control thread has no steps, but it never is.
OVER: Final = frozenset(
    (kind, state)
    for (kind, state), following in NEXT.items()
    if following.side is None and kind is not ThreadKind.CONTROL
)


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
        raise NotPermittedError(f"the {side} of the {kind} thread may not {event}")


def event_of(type_name: str, body: Mapping[str, Any]) -> Event | None:
    """Return what a message does to the thread it stands in, None when nothing.

    `body` has passed the schema of its type. What a message does by speaking of others (it lists
    them, or withdraws one) is for `listed_ids` and `event_on`.

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


def event_on(type_name: str, about: str) -> Event | None:
    """Return what a message does to the thread of a message that it lists or supersedes.

    Args:
        about: The type of the message that it speaks of.

    Only what opened a matter can be accepted, declined or withdrawn for it; accepting an answer is
    noted at that message, withdrawing one takes that message back, and both move nothing.

    >>> event_on("acknowledgement.accepted", "inquiry.request")
    <Event.ACCEPT: 'accept'>
    >>> event_on("withdrawal", "inquiry.answer") is None
    True

    Raises:
        UnknownTypeError: The catalogue has no such type.
    """
    row = type_of(type_name)
    speaks = row.lists or row.supersedes is not None
    return row.event if speaks and type_of(about).opens is not None else None
