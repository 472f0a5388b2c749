"""Where a message stands: its thread, its step there, and what it speaks of.

Both directions are judged by the same rules and the same tables; only the side differs. This
module reads and decides. `effects` writes what was decided here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.catalogue import (
    ANSWERING,
    OPENING,
    Channel,
    Event,
    MessageType,
    Side,
    Superseding,
    ThreadKind,
    ThreadState,
    advance,
    answers_fit,
    check_side,
    clarification_fits,
    control_thread,
    country_of,
    event_of,
    event_on,
    extension_fits,
    is_taken_up,
    listed_ids,
    needs_fit,
    sided,
    type_of,
)
from gateway.delivery import more_time
from gateway.delivery.attention import Attention
from gateway.delivery.superseding import (
    Supersession,
    body_of,
    differing_step,
    first_version,
    supersession,
)
from gateway.envelope import Header
from gateway.errors import (
    NotPermittedError,
    OutOfOrderError,
    Problem,
    UnknownReferenceError,
    WrongThreadError,
)
from gateway.store import Row, Transaction, messages, threads
from gateway.store.duties import Holder
from gateway.store.messages import Direction
from gateway.store.threads import Opener

Fits = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Problem, ...]]
# What a reply must be to the message it answers, beside its own schema.
_FITS: Final[Mapping[str, Fits]] = {
    "inquiry.answer": answers_fit,
    "clarification.answer": clarification_fits,
    "extension.answer": extension_fits,
    "exam.cooperation.response": needs_fit,
}
# What counts for one very wording alone, and so must name it.
_OF_ONE_VERSION: Final = frozenset({"amendment.consent", "amendment.effective"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a message does to one thread.

    Args:
        state: The state that follows, None where the thread stays as it is.
        before: The state until then; None for what opens the thread.
        attention: Why a person should look, if the table has no such step.
    """

    thread: str
    state: ThreadState | None
    event: Event | None
    before: ThreadState | None = None
    attention: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The decided place of a message: what opens, what moves on, and what it speaks of.

    Args:
        replied: The very version that `in_reply_to` names.
        answered: The message whose answer this is: the first version of `replied`.
        taken: Whose place it takes.
        remark: Why a person should look, though the message does all it should.
    """

    opens: ThreadKind | None
    steps: tuple[Step, ...]
    listed: tuple[Row, ...] = ()
    replied: Row | None = None
    answered: Row | None = None
    taken: Supersession | None = None
    remark: str | None = None

    @property
    def attention(self) -> str | None:
        """Why a person should look, if there is a reason."""
        return next((step.attention for step in self.steps if step.attention), self.remark)

    def without_effect(self, why: str) -> "Placement":
        """Return the place of a message that is kept, but only calls a person to its matter."""
        return replace(self, steps=(), answered=None, taken=None, remark=why)


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
    thread = _matter(tx, peer, header.thread)
    if thread is None:
        raise UnknownReferenceError("no such thread (yet)", pointers=("/thread",))
    if header.reference not in (None, thread["reference"]):
        raise WrongThreadError("another thread's reference", pointers=("/reference",))
    own = Direction.OUT if sender is Opener.US else Direction.IN
    is_own = replied is not None and replied["direction"] == own
    if row.replies_to and not row.of_own and is_own:
        raise NotPermittedError("nobody answers itself", pointers=("/in_reply_to",))
    if row.only_own and not is_own:
        raise NotPermittedError("only its sender may say this", pointers=("/in_reply_to",))
    taken = supersession(tx, header, row, peer=peer, direction=own)
    steps = _steps(row, body, thread, sender, taken)
    is_late = row.replies_to and not row.of_any and replied and _is_corrected(replied)
    return Placement(
        opens=None,
        steps=steps,
        replied=replied,
        answered=None if is_own else _answered(tx, row, replied, steps),
        taken=taken,
        remark=Attention.EARLIER_VERSION if is_late else None,
    )


def _steps(
    row: MessageType,
    body: Mapping[str, Any],
    thread: Row,
    sender: Opener,
    taken: Supersession | None,
) -> tuple[Step, ...]:
    """Decide what a message does to the thread it stands in."""
    if taken is None:
        return _step(thread, event_of(row.name, body), sender)
    event = event_on(row.name, taken.first["type"])
    if taken.is_late:
        return (_flag(thread, Attention.SUPERSEDED_ALREADY),)
    if event is not None:
        return _step(thread, event, sender)
    moved = type_of(taken.first["type"]).event
    if taken.mode is Superseding.WITHDRAW and moved is not None:
        # What was said is taken back, but the matter does not open again by itself.
        return (_flag(thread, f"{moved}-withdrawn"),)
    return ()


def _flag(thread: Row, attention: str) -> Step:
    return Step(thread=thread["thread"], state=None, event=None, attention=attention)


def _step(thread: Row, event: Event | None, sender: Opener) -> tuple[Step, ...]:
    """Return the step of one side, none where its message moves nothing."""
    event = None if event is None else sided(event, side_of(thread, sender))
    return () if event is None else (step(thread, event, sender),)


def side_of(thread: Row, sender: Opener) -> Side:
    """Return the end of the thread at which a sender stands."""
    return Side.OPENER if thread["opener"] == sender else Side.OTHER


def step(thread: Row, event: Event, sender: Opener) -> Step:
    """Decide what an event of one side does to a thread.

    Raises:
        NotPermittedError: The event belongs to the other side.
    """
    kind, before = ThreadKind(thread["kind"]), ThreadState(thread["state"])
    check_side(kind, event, side_of(thread, sender))
    try:
        state = advance(kind, before, event)
    except OutOfOrderError:
        # An acceptance overtaken by its answer is news of yesterday, not a matter for a person.
        late = event is Event.ACCEPT and is_taken_up(kind, before)
        attention = None if late else f"{event}-while-{before}"
        return Step(thread=thread["thread"], state=None, event=event, attention=attention)
    return Step(thread=thread["thread"], state=state, event=event, before=before)


def _answered(
    tx: Transaction, row: MessageType, replied: Row | None, steps: tuple[Step, ...]
) -> Row | None:
    """Return the message that reaches level 4 by this one, if one does."""
    answers = row.joins or any(step.event in ANSWERING and step.state for step in steps)
    if replied is None or not answers:
        return None
    first = first_version(tx, replied)
    return first if first["type"] in row.replies_to else None


def _is_corrected(row: Row) -> bool:
    return bool(row["superseded_mode"] == Superseding.CORRECT)


def misfit(
    tx: Transaction,
    row: MessageType,
    placed: Placement,
    body: Mapping[str, Any],
    *,
    sender: Opener,
) -> tuple[Problem, ...]:
    """Return what in a reply does not fit the message it answers, none when all does.

    A corrected answer is held against the question that the first one answered.
    """
    if placed.replied is None:
        return ()
    if placed.taken is None:
        asks = _asking(tx, row.name, placed.replied, body, sender=sender, first=None)
        return asks + _against(tx, row.name, placed.replied, body)
    if placed.taken.body_type is None:
        return ()
    first, inner = placed.taken.first, body["body"]
    problems = differing_step(tx, placed.taken, inner)
    if first["in_reply_to"] is not None:
        question = messages.in_thread(tx, first["peer"], first["in_reply_to"])
        if question is not None:
            asked = messages.shown(tx, question["seq"])
            found = _against(tx, first["type"], asked, inner)
            found += _asking(tx, first["type"], asked, inner, sender=sender, first=first["seq"])
            problems += tuple(Problem(f"/body{each.where}", each.text) for each in found)
    return problems


def _against(
    tx: Transaction, name: str, question: Row, body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    if name in _OF_ONE_VERSION:
        return _of_this_version(question, body["proposal"])
    fits = _FITS.get(name)
    asked = None if fits is None else body_of(tx, question)
    return () if fits is None or asked is None else fits(asked, body)


def _asking(
    tx: Transaction,
    name: str,
    named: Row,
    body: Mapping[str, Any],
    *,
    sender: Opener,
    first: int | None,
) -> tuple[Problem, ...]:
    """Return what is at fault in a request for more time, none in any other message."""
    if name != more_time.REQUEST:
        return ()
    return more_time.unfit(tx, named, body, holder=Holder(sender), first=first)


def _of_this_version(version: Row, named: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what is at fault unless the body names the version that counts, by its digest.

    Consent to a wording is consent to no other: one that crossed a correction must not count.
    """
    if version["superseded_by"] is not None:
        return (Problem("/proposal/id", "is of a version that another one has replaced"),)
    return tuple(
        Problem(f"/proposal/{member}", "is not that of the version that is answered")
        for member in ("id", "header_digest")
        if named[member] != version[member]
    )


def _matter(tx: Transaction, peer: str, thread: str) -> Row | None:
    """Return a thread that both sides know; one that was cancelled never left us."""
    row = threads.get(tx, peer, thread)
    return None if row is None or row["state"] == ThreadState.CANCELLED else row


def _replied(tx: Transaction, header: Header, row: MessageType, peer: str) -> Row | None:
    if header.in_reply_to is None:
        if row.replies_to or row.joins:
            raise WrongThreadError("this type speaks of a message", pointers=("/in_reply_to",))
        return None
    known = messages.in_thread(tx, peer, header.in_reply_to)
    if known is None:
        raise UnknownReferenceError("no such message (yet)", pointers=("/in_reply_to",))
    earlier = messages.shown(tx, known["seq"])
    # Only what opens a thread may answer into the one it came from.
    parent = header.parent_thread if row.opens is not None else None
    if earlier["thread"] not in (header.thread, parent):
        raise WrongThreadError("a message of another thread", pointers=("/in_reply_to",))
    answers = first_version(tx, earlier)["type"] in row.replies_to
    if row.replies_to and not row.of_any and not answers:
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
    if header.parent_thread is not None and _matter(tx, peer, header.parent_thread) is None:
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
