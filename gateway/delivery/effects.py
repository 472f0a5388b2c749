"""What a message changes beside itself: threads, levels, peers' cards. One transaction with it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.catalogue import MessageType
from gateway.delivery.cards import take_card
from gateway.delivery.placement import Placement
from gateway.delivery.superseding import supersede
from gateway.envelope import Header
from gateway.store import Transaction, messages, threads
from gateway.store.messages import Reached, State
from gateway.store.threads import Opener

# The level that a message about other messages says they have reached.
LEVELS: Final[Mapping[str, Reached]] = {
    "acknowledgement.handed-over": Reached.HANDED_OVER,
    "acknowledgement.accepted": Reached.ACCEPTED,
    "acknowledgement.declined": Reached.DECLINED,
}


def move_threads(
    tx: Transaction, header: Header, placed: Placement, *, peer: str, sender: Opener, at: str
) -> None:
    """Open the thread or move threads on, as the placement decided."""
    for step in placed.steps:
        if step.attention is not None:
            threads.flag(tx, peer, step.thread, step.attention, at)
        elif step.state is None:
            continue
        elif placed.opens is not None:
            threads.add(
                tx,
                peer,
                step.thread,
                kind=placed.opens,
                state=step.state,
                opener=sender,
                reference=header.reference,
                at=at,
            )
        else:
            threads.advance(tx, peer, step.thread, step.state, at)
    if placed.remark is not None:
        threads.flag(tx, peer, header.thread, placed.remark, at)


def note_steps(tx: Transaction, placed: Placement, *, seq: int, id: str) -> None:
    """Note beside the message that was kept what it moved and whose place it took."""
    for step in placed.steps:
        if step.event is not None and step.state is not None and step.before is not None:
            messages.note_step(tx, seq, thread=step.thread, step=step.event, before=step.before)
    supersede(tx, placed.taken, seq=seq, id=id)


def note_levels(
    tx: Transaction, row: MessageType, placed: Placement, *, seq: int, ours: bool, at: str
) -> None:
    """Note the levels that listed and answered messages have reached by the message in row `seq`.

    Args:
        ours: The message is our own, so the listed ones are received and their state moves too.
    """
    if (level := LEVELS.get(row.name)) is not None:
        stopped = {step.thread for step in placed.steps if step.attention is not None}
        for message in placed.listed:
            if message["thread"] not in stopped:
                _reach(tx, message["seq"], level, by=seq, ours=ours, at=at)
    if placed.answered is not None:
        _reach(tx, placed.answered["seq"], Reached.ANSWERED, by=seq, ours=ours, at=at)


def _reach(tx: Transaction, seq: int, level: Reached, *, by: int, ours: bool, at: str) -> None:
    messages.reach(tx, seq, level, at, by=by)
    if not ours:
        return
    # An acknowledgement of the first opening that is issued anew comes after what followed it.
    if level is Reached.HANDED_OVER and messages.shown(tx, seq)["state"] != State.RECEIVED:
        return
    messages.set_state(tx, seq, State(level.value))


def _take_card(tx: Transaction, header: Header, body: Mapping[str, Any], at: str) -> None:
    take_card(tx, header.from_, body["card"].encode(), at)


# What a type does beside threads and levels; run in the transaction of its arrival.
ARRIVALS: Final[Mapping[str, Callable[[Transaction, Header, Mapping[str, Any], str], None]]] = {
    "card.update": _take_card,
}
