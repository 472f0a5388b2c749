"""What a message does to duties beside the levels it reaches; one transaction with it.

Work that has begun, and a matter that is over, end what was owed before. Some types are owed again
and again: reports on an investigation from its acceptance until its result, statistics each
quarter. More time counts once the side that waits has agreed; what one side says alone moves no
date.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import (
    OVER,
    TYPES,
    Event,
    MessageType,
    Superseding,
    ThreadKind,
    is_taken_up,
)
from gateway.delivery.awaiting import Terms, remind_at
from gateway.delivery.more_time import answer_owed, lapse, opening_of
from gateway.delivery.placement import Placement, Step
from gateway.delivery.superseding import body_of, first_version, newest_version
from gateway.envelope import times
from gateway.store import Row, Transaction, duties, messages, threads
from gateway.store.duties import Act, Holder, Outcome, Owed, Source
from gateway.store.messages import Direction
from gateway.store.threads import Opener

_BEGUN: Final = (Act.HANDED_OVER, Act.ACCEPTED)
_MATTER: Final = (Act.ACCEPTED, Act.ANSWERED, Act.REPEATED)
# What is reported on again and again, by the type that opened the matter.
REPORTED: Final[Mapping[str, MessageType]] = {
    about: row
    for row in TYPES.values()
    if row.repeats is not None and row.opens is None
    for about in row.replies_to
}
# The type by which the side that waits agrees to a later date.
_AGREES: Final = "extension.answer"


def note_duties(
    tx: Transaction,
    placed: Placement,
    row: MessageType,
    body: Mapping[str, Any],
    terms: Terms,
    *,
    peer: str,
    sender: Opener,
    seq: int,
    at: str,
) -> None:
    """Note what the message in row `seq` ends and begins; its levels are noted already."""
    for step in placed.steps:
        if step.state is not None and step.event is not None:
            _note_step(tx, step, terms, peer=peer, sender=sender, seq=seq, at=at)
    if placed.answered is not None and placed.replied is not None:
        about = (placed.answered["id"], placed.replied["id"])
        lapse(tx, peer, placed.answered["thread"], about=about, at=at, by=seq)
    if row.repeats is not None:
        _note_repeated(tx, placed, row, terms, peer=peer, sender=sender, seq=seq, at=at)
    if row.name == _AGREES and placed.answered is not None and body.get("agreed") is True:
        _note_agreement(tx, placed, body, terms, peer=peer, seq=seq)


def _note_step(
    tx: Transaction, step: Step, terms: Terms, *, peer: str, sender: Opener, seq: int, at: str
) -> None:
    """Note what a step in a matter means for what its opening asked for."""
    thread = threads.get(tx, peer, step.thread)
    # A withdrawal ends duties when it is known to arrive; the opening of a matter ends none.
    if thread is None or step.state is None or step.event is Event.WITHDRAW:
        return
    opening = opening_of(tx, thread)
    if opening is None:
        return
    kind, about = ThreadKind(thread["kind"]), int(opening["seq"])
    if sender != thread["opener"] and is_taken_up(kind, step.state):
        duties.close(tx, about, _BEGUN, Outcome.DONE, at=at, by=seq)
    if (kind, step.state) in OVER:
        duties.close(tx, about, _MATTER, Outcome.LAPSED, at=at, by=seq)
        lapse(tx, peer, step.thread, about=None, at=at, by=seq)
    elif step.event is Event.ACCEPT and opening["type"] in REPORTED:
        await_next(tx, opening, REPORTED[opening["type"]], terms, at=at, by=seq)


def _note_repeated(
    tx: Transaction,
    placed: Placement,
    row: MessageType,
    terms: Terms,
    *,
    peer: str,
    sender: Opener,
    seq: int,
    at: str,
) -> None:
    """Note that a message was due again and again, and when the next one is."""
    if row.opens is not None:
        direction = Direction.OUT if sender is Opener.US else Direction.IN
        found = duties.previous(tx, seq, peer=peer, direction=direction, type=row.name)
        for earlier in found:
            end_turn(tx, earlier, at=at, by=seq)
        await_next(tx, messages.shown(tx, seq), row, terms, at=at, by=seq)
        return
    if placed.replied is None or not any(step.state for step in placed.steps):
        return
    about = first_version(tx, placed.replied)
    end_turn(tx, about["seq"], at=at, by=seq)
    await_next(tx, about, row, terms, at=at, by=seq)


def end_turn(tx: Transaction, seq: int, *, at: str, by: int) -> None:
    """End what was owed of the next message on account of the one in row `seq`: it is here."""
    duties.close(tx, seq, (Act.REPEATED,), Outcome.DONE, at=at, by=by, with_own=True)


def await_next(
    tx: Transaction, about: Row, row: MessageType, terms: Terms, *, at: str, by: int
) -> None:
    """Await the next message of a type, on account of another one.

    Args:
        about: What it reports on, or the one before of its kind.
    """
    if row.repeats is None:
        return
    recipient = duties.holder_of(about["direction"])
    sender = Holder.THEM if recipient is Holder.US else Holder.US
    holder = recipient if row.opens is None else sender
    start, calendar = times.parse(at), terms.calendar(about["peer"], holder)
    due = times.text(row.repeats.end(start, calendar))
    duties.repeat(
        tx,
        about["seq"],
        Owed(due=due, remind=remind_at(Act.REPEATED, due, start, calendar)),
        peer=about["peer"],
        direction=about["direction"],
        holder=holder,
        opened=at,
        by=by,
    )


def _note_agreement(
    tx: Transaction,
    placed: Placement,
    body: Mapping[str, Any],
    terms: Terms,
    *,
    peer: str,
    seq: int,
) -> None:
    """Move the date of an answer to the one that both sides agreed upon."""
    request, first = placed.replied, placed.answered
    if request is None or first is None:
        return
    asked = body_of(tx, request) or {}
    due = body.get("due", asked.get("due"))
    holder = Holder.US if first["direction"] == Direction.OUT else Holder.THEM
    named = messages.in_thread(tx, peer, first["in_reply_to"])
    owed = None if named is None else answer_owed(tx, messages.shown(tx, named["seq"]), holder)
    if owed is None or not isinstance(due, str) or due <= owed["due"]:
        return
    calendar = terms.calendar(peer, holder)
    remind = remind_at(Act.ANSWERED, due, times.parse(owed["opened"]), calendar)
    duties.extend(tx, owed, Owed(due=due, source=Source.AGREED, remind=remind), by=seq)


def reopen(tx: Transaction, seq: int, *, at: str) -> None:
    """Owe again what a message of ours had ended that will never count, and put dates back."""
    duties.take_extension_back(tx, seq)
    for about in duties.reopen(tx, seq):
        newest = newest_version(tx, messages.shown(tx, about))
        if newest["superseded_mode"] == Superseding.WITHDRAW:
            # Nobody owes anything for what its sender took back.
            duties.close(tx, about, duties.ALL, Outcome.WITHDRAWN, at=at)
