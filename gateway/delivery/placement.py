"""Where a message stands: its thread, its step there, and what it speaks of.

Both directions are judged by the same rules and the same tables; only the side differs. This
module reads and decides. `effects` writes what was decided here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue import (
    OPENING,
    Channel,
    Event,
    MessageType,
    Side,
    ThreadKind,
    ThreadState,
    advance,
    answers_fit,
    check_side,
    control_thread,
    country_of,
    event_of,
    event_on,
    listed_ids,
)
from gateway.envelope import Header, read_content
from gateway.errors import OutOfOrderError, Problem, UnknownReferenceError, WrongThreadError
from gateway.store import Row, Transaction, messages, threads
from gateway.store.messages import Direction
from gateway.store.threads import Opener

Fits = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Problem, ...]]
# What a reply must be to the message it answers, beside its own schema.
_FITS: Final[Mapping[str, Fits]] = {"inquiry.answer": answers_fit}


_AFTER_ACCEPTANCE: Final = frozenset(
    {ThreadState.ACCEPTED, ThreadState.IN_PROGRESS, ThreadState.ANSWERED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a message does to one thread; `attention` if the table has no such step."""

    thread: str
    state: ThreadState | None
    event: Event | None
    attention: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The decided place of a message: what opens, what moves on, what is listed or answered."""

    opens: ThreadKind | None
    steps: tuple[Step, ...]
    listed: tuple[Row, ...] = ()
    replied: Row | None = None

    @property
    def attention(self) -> str | None:
        """Why a person should look, if the message fits no step."""
        return next((step.attention for step in self.steps if step.attention), None)


def place(
    tx: Transaction,
    header: Header,
    row: MessageType,
    body: Mapping[str, Any],
    *,
    peer: str,
    sender: Opener,
) -> Placement:
    """Decide where a message stands.

    Args:
        peer: The other node of the exchange, whoever sends.
        sender: Whether we (`us`) or the peer (`them`) send the message.

    Raises:
        UnknownReferenceError: It speaks of a message or a thread that we do not have (yet).
        WrongThreadError: It stands in a thread where its type has no place.
        NotPermittedError: The step belongs to the other end of the thread.
    """
    replied = _replied(tx, header, row, peer)
    if row.channel is Channel.CONTROL:
        return _in_control(tx, header, row, body, peer, sender, replied)
    if row.opens is not None:
        return _opening(tx, header, row.opens, peer)
    thread = threads.get(tx, peer, header.thread)
    if thread is None:
        raise UnknownReferenceError("no such thread (yet)", pointers=("/thread",))
    if header.reference not in (None, thread["reference"]):
        raise WrongThreadError("another thread's reference", pointers=("/reference",))
    event = event_of(row.name, body)
    steps = () if event is None else (step(thread, event, sender),)
    return Placement(opens=None, steps=steps, replied=replied)


def step(thread: Row, event: Event, sender: Opener) -> Step:
    """Decide what an event of one side does to a thread.

    Raises:
        NotPermittedError: The event belongs to the other side.
    """
    kind = ThreadKind(thread["kind"])
    side = Side.OPENER if thread["opener"] == sender else Side.OTHER
    check_side(kind, event, side)
    try:
        state = advance(kind, ThreadState(thread["state"]), event)
    except OutOfOrderError:
        # An acceptance overtaken by its answer is news of yesterday, not a matter for a person.
        late = event is Event.ACCEPT and thread["state"] in _AFTER_ACCEPTANCE
        attention = None if late else f"{event}-while-{thread['state']}"
        return Step(thread=thread["thread"], state=None, event=event, attention=attention)
    return Step(thread=thread["thread"], state=state, event=event)


def misfit(
    tx: Transaction, row: MessageType, placed: Placement, body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what in a reply does not fit the message it answers, none when all does."""
    fits = _FITS.get(row.name)
    if fits is None or placed.replied is None:
        return ()
    earlier = messages.get(tx, placed.replied["seq"])
    if earlier["content"] is None:
        return ()
    return fits(read_content(messages.content_of(tx, earlier)).body, body)


def _replied(tx: Transaction, header: Header, row: MessageType, peer: str) -> Row | None:
    if header.in_reply_to is None:
        if row.replies_to:
            raise WrongThreadError("this type answers a message", pointers=("/in_reply_to",))
        return None
    earlier = messages.in_thread(tx, peer, header.in_reply_to)
    if earlier is None:
        raise UnknownReferenceError("no such message (yet)", pointers=("/in_reply_to",))
    # Only what opens a thread may answer into the one it came from.
    parent = header.parent_thread if row.opens is not None else None
    if earlier["thread"] not in (header.thread, parent):
        raise WrongThreadError("a message of another thread", pointers=("/in_reply_to",))
    if row.replies_to and earlier["type"] not in row.replies_to:
        raise WrongThreadError("not a message this type answers", pointers=("/in_reply_to",))
    return earlier


def _opening(tx: Transaction, header: Header, kind: ThreadKind, peer: str) -> Placement:
    if header.thread != header.id:
        raise WrongThreadError("a thread bears its first message's id", pointers=("/thread",))
    if threads.get(tx, peer, header.thread) is not None:
        raise WrongThreadError("the thread is there already", pointers=("/thread",))
    country = country_of(header.from_).upper()
    if header.reference is None or not header.reference.startswith(f"{country}-"):
        raise WrongThreadError("the opener gives its own reference", pointers=("/reference",))
    if header.parent_thread is not None and threads.get(tx, peer, header.parent_thread) is None:
        raise UnknownReferenceError("no such parent (yet)", pointers=("/parent_thread",))
    opening = Step(thread=header.thread, state=OPENING[kind], event=None)
    return Placement(opens=kind, steps=(opening,))


def _in_control(
    tx: Transaction,
    header: Header,
    row: MessageType,
    body: Mapping[str, Any],
    peer: str,
    sender: Opener,
    replied: Row | None,
) -> Placement:
    if header.thread != control_thread(header.from_, header.to):
        raise WrongThreadError("not the control thread", pointers=("/thread",))
    theirs = Direction.OUT if sender is Opener.THEM else Direction.IN
    listed = tuple(
        _listed(tx, peer, theirs, id, position)
        for position, id in enumerate(listed_ids(row.name, body))
    )
    steps = []
    for message in listed:
        event = event_on(row.name, message["type"])
        thread = threads.get(tx, peer, message["thread"])
        if event is not None and thread is not None:
            steps.append(step(thread, event, sender))
    return Placement(opens=None, steps=tuple(steps), listed=listed, replied=replied)


def _listed(tx: Transaction, peer: str, direction: Direction, id: str, position: int) -> Row:
    message = messages.by_id(tx, peer, direction, id)
    if message is None:
        raise UnknownReferenceError("no such message (yet)", pointers=(f"/body/ids/{position}",))
    return message
