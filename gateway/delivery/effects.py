"""What a message changes beside itself: threads, levels, peers' cards. One transaction with it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.catalogue import Event, MessageType
from gateway.delivery.placement import Placement
from gateway.envelope import Card, Header, digest, read_card
from gateway.errors import InvalidBodyError, Problem, VerificationError
from gateway.store import Transaction, messages, peers, threads
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
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


def note_levels(
    tx: Transaction, row: MessageType, placed: Placement, *, ours: bool, at: str
) -> None:
    """Note the levels that listed and answered messages have reached.

    Args:
        ours: The message is our own, so the listed ones are received and their state moves too.
    """
    if (level := LEVELS.get(row.name)) is not None:
        stopped = {step.thread for step in placed.steps if step.attention is not None}
        for message in placed.listed:
            if message["thread"] not in stopped:
                _reach(tx, message["seq"], level, ours=ours, at=at)
    if placed.replied is not None and any(
        step.event is Event.ANSWER and step.attention is None for step in placed.steps
    ):
        _reach(tx, placed.replied["seq"], Reached.ANSWERED, ours=ours, at=at)


def _reach(tx: Transaction, seq: int, level: Reached, *, ours: bool, at: str) -> None:
    messages.reach(tx, seq, level, at)
    if ours:
        messages.set_state(tx, seq, State(level.value))


def _take_card(tx: Transaction, header: Header, body: Mapping[str, Any], at: str) -> None:
    take_card(tx, header.from_, body["card"].encode(), at)


def take_card(tx: Transaction, node: str, raw: bytes, at: str) -> bool:
    """Take the keys and certificates of a peer's newer card; tell whether anything changed.

    Names, organisations, addresses, officers and identity wait for an operator.

    Raises:
        InvalidBodyError: The card is not the peer's, is older than the one we have, does not
            follow it, or is not valid now.
    """
    row = peers.get(tx, node)
    confirmed = read_card(row["card"].encode())
    try:
        card = read_card(raw, identity=confirmed.identity)
    except VerificationError as error:
        raise _not_a_card("does not verify with the confirmed identity") from error
    if card.node != node or card.environment != confirmed.environment:
        raise _not_a_card("is another node's card")
    if card.serial == row["keys_serial"] and raw.decode() == row["keys"]:
        return False
    if card.serial <= row["keys_serial"]:
        raise _not_a_card("is older than the card we have")
    if card.serial == row["keys_serial"] + 1 and card.previous != digest(row["keys"].encode()):
        raise _not_a_card("does not follow the card we have")
    if not card.not_before <= at <= card.not_after:
        raise _not_a_card("is not valid now")
    waiting = _confirmed_parts(card) != _confirmed_parts(confirmed)
    peers.take_keys(tx, node, card=raw.decode(), serial=card.serial, waiting=waiting)
    append(tx, LOCAL, Fact.PEER_CHANGED, at=at, peer=node, serial=card.serial, waiting=waiting)
    if waiting:
        raise_alarm(tx, Alarm.CARD_WAITING, at=at, peer=node)
    return True


def _confirmed_parts(card: Card) -> tuple[Any, ...]:
    """Return the parts of a card that only an operator may change."""
    return (card.names, card.organisations, card.addresses, card.officers)


def _not_a_card(text: str) -> InvalidBodyError:
    return InvalidBodyError("card.update", problems=(Problem("/body/card", text),))


# What a type does beside threads and levels; run in the transaction of its arrival.
ARRIVALS: Final[Mapping[str, Callable[[Transaction, Header, Mapping[str, Any], str], None]]] = {
    "card.update": _take_card,
}
