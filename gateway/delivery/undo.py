"""A message of ours that will never count at the peer: what it had done here is taken back.

It was cancelled, refused, or has expired before its first attempt. Its step leaves the thread, the
message it answered is open again, and a matter that it was to open is `cancelled`. So no matter
ever says "answered" when the answer never arrived. What was merely read here stays read. What the
other side did meanwhile counts after all, if only our message had stood in its way.
"""

from typing import Final

from gateway.catalogue import ANSWERING, Event, Superseding, ThreadState, listed_ids, type_of
from gateway.delivery import consenting, publishing, registering, remarking
from gateway.delivery.awaiting import Terms, await_rest
from gateway.delivery.owing import reopen
from gateway.delivery.placing_again import place_again
from gateway.delivery.superseding import first_version, newest_version
from gateway.envelope import read_content, times
from gateway.errors import GatewayError
from gateway.store import Row, Transaction, duties, messages, outbox, steps, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, Reached, State

# The level that an acknowledgement's step had given to the message it lists.
_JUDGED: Final = {Event.ACCEPT: Reached.ACCEPTED, Event.DECLINE: Reached.DECLINED}
# Steps of ours after which the other side's may come to nothing.
_IN_THE_WAY: Final = frozenset({Event.WITHDRAW, Event.REVISE})


def undo(tx: Transaction, seq: int, terms: Terms, *, at: str) -> set[str]:
    """Take back what a message of ours did here; it has left the queue, its state is set.

    Returns the threads that it had moved.
    """
    row = messages.get(tx, seq)
    duties.drop(tx, seq, at=at)
    reopen(tx, seq, at=at)
    # First, since what is placed again may speak of the version that counts again.
    steps.unsupersede(tx, seq)
    registering.undone(tx, seq)
    consenting.undone(tx, seq, at=at)
    remarking.undone(tx, terms, row, at=at)
    publishing.not_told(tx, terms, messages.shown(tx, seq), at=at)
    events, moved = set(), set()
    for step in steps.of(tx, seq):
        moved.add(step["thread"])
        events.add(Event(step["step"]))
        _step_back(tx, row, step, terms, at)
    for event in events & _JUDGED.keys():
        for id in _listed(tx, row):
            judged = messages.by_id(tx, row["peer"], Direction.IN, id)
            _take_back(tx, judged, _JUDGED[event], terms)
    if type_of(row["type"]).joins or events & ANSWERING:
        _open_question(tx, row, terms)
    if type_of(row["type"]).opens is not None:
        threads.advance(tx, row["peer"], row["thread"], ThreadState.CANCELLED, at)
        _hold_followers(tx, row, at)
    else:
        moved |= _drop_dependents(tx, row, terms, at)
    for thread in moved:
        consenting.tell_anew(tx, row["peer"], thread, terms, now=times.parse(at))
    return moved


def _step_back(tx: Transaction, row: Row, step: Row, terms: Terms, at: str) -> None:
    """Take one step of ours out of its thread, and let count what came in while it stood there."""
    peer, thread = row["peer"], step["thread"]
    state = steps.undo(tx, peer, row["seq"], step)
    matter = threads.get(tx, peer, thread)
    # A matter that never left us does not open because of what was to follow in it.
    if state is None or matter is None or matter["state"] == ThreadState.CANCELLED:
        return
    threads.advance(tx, peer, thread, state, at)
    if step["step"] in _IN_THE_WAY:
        # No other step of ours stands in the way of one of theirs.
        place_again(tx, peer, thread, terms, after=row["seq"], at=at)


def _open_question(tx: Transaction, row: Row, terms: Terms) -> None:
    """Take the level `answered` back from the question of a reply, if no other reply gives it."""
    question = _answered_by(tx, row)
    if question is None:
        return
    if type_of(row["type"]).joins and steps.answered_otherwise(tx, row, question):
        return
    _take_back(tx, question, Reached.ANSWERED, terms)


def _drop_dependents(tx: Transaction, row: Row, terms: Terms, at: str) -> set[str]:
    """Cancel what speaks of a message that the peer will never know.

    It would be refused there until it expires, and hold up all that follows in its matter.
    """
    moved: set[str] = set()
    found = outbox.depending_on(tx, peer=row["peer"], seq=row["seq"], id=row["id"], opened=None)
    for each in reversed(found):
        if each["attempted_at"] is not None or outbox.waiting(tx, each["seq"]) is None:
            continue
        seq, id = each["seq"], each["id"]
        messages.set_state(tx, seq, State.CANCELLED)
        outbox.leave(tx, row["peer"], each["thread"], seq)
        moved |= undo(tx, seq, terms, at=at)
        raise_alarm(tx, Alarm.NOT_ISSUED_ANEW, at=at, peer=row["peer"], subject=id)
        append(tx, LOCAL, Fact.CANCELLED, at=at, subject=id, reason="speaks-of-nothing")
    return moved


def _take_back(tx: Transaction, received: Row | None, level: Reached, terms: Terms) -> None:
    """Take back a level that a received message had reached; it is owed again."""
    if received is None:
        return
    seq = received["seq"]
    steps.unreach(tx, seq, level)
    row = messages.shown(tx, seq)
    if newest_version(tx, row)["superseded_mode"] == Superseding.WITHDRAW:
        # Nobody owes anything for what its sender took back.
        return
    await_rest(tx, row, terms, received=row["received"])


def _answered_by(tx: Transaction, row: Row) -> Row | None:
    """Return the received message to which this very one gave the level `answered`."""
    if not type_of(row["type"]).replies_to or row["in_reply_to"] is None:
        return None
    known = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    if known is None:
        return None
    question = first_version(tx, messages.shown(tx, known["seq"]))
    ours = question["direction"] == Direction.IN and question["answered"] == row["created"]
    return question if ours else None


def _listed(tx: Transaction, row: Row) -> tuple[str, ...]:
    try:
        content = read_content(messages.content_of(tx, row))
    except GatewayError:
        # Erased, or changed on the disk: nobody knows any more which messages it spoke of.
        return ()
    return listed_ids(row["type"], content.body)


def _hold_followers(tx: Transaction, row: Row, at: str) -> None:
    """Keep back what was to follow in a matter that the peer will never know."""
    for follower in outbox.of_thread(tx, row["peer"], row["thread"]):
        if outbox.set_state(tx, follower["seq"], State.HELD):
            raise_alarm(tx, Alarm.HELD, at=at, peer=row["peer"], subject=follower["id"])
            append(tx, LOCAL, Fact.HELD, at=at, subject=follower["id"], reason="matter-cancelled")
