"""A peer's newer card: which of its parts apply by themselves, and which cards are refused.

Message pairs, encryption keys and TLS certificates apply at once. Names, organisations, addresses
and officers wait for an operator; another identity is another introduction.
"""

from typing import Any

from gateway.envelope import Card, digest, read_card
from gateway.errors import InvalidBodyError, Problem, VerificationError
from gateway.store import Transaction, peers
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append


def take_card(tx: Transaction, node: str, raw: bytes, at: str) -> bool:
    """Take the keys and certificates of a peer's newer card; tell whether anything changed.

    Names, organisations, addresses, officers and identity wait for an operator.

    Raises:
        InvalidBodyError: The card is not the peer's, is older than the one we have, does not
            follow it, is not valid now, or shows another peer's certificate.
    """
    row = peers.get(tx, node)
    confirmed = read_card(row["card"].encode())
    try:
        card = read_card(raw, identity=confirmed.identity)
    except VerificationError as error:
        if _vouches_for_itself(raw, confirmed):
            # What it says may be true: the peer has lost its identity. Only people can tell.
            raise_alarm(tx, Alarm.OTHER_IDENTITY, at=at, peer=node)
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
    if (other := pinned_elsewhere(tx, card)) is not None:
        raise _not_a_card(f"shows a certificate of {other}")
    waiting = _confirmed_parts(card) != _confirmed_parts(confirmed)
    peers.take_keys(tx, node, card=raw.decode(), serial=card.serial, waiting=waiting)
    append(tx, LOCAL, Fact.PEER_CHANGED, at=at, peer=node, serial=card.serial, waiting=waiting)
    if waiting:
        raise_alarm(tx, Alarm.CARD_WAITING, at=at, peer=node)
    return True


def _vouches_for_itself(raw: bytes, confirmed: Card) -> bool:
    """Tell whether a card is whole, and of this node under another identity than the confirmed."""
    try:
        card = read_card(raw)
    except VerificationError:
        return False
    return (card.node, card.environment) == (confirmed.node, confirmed.environment)


def _confirmed_parts(card: Card) -> tuple[Any, ...]:
    """Return the parts of a card that only an operator may change."""
    return (card.names, card.organisations, card.addresses, card.officers)


def _not_a_card(text: str) -> InvalidBodyError:
    return InvalidBodyError("card.update", problems=(Problem("/body/card", text),))


def pinned_elsewhere(tx: Transaction, card: Card) -> str | None:
    """Return the other peer that has pinned one of the card's certificates, if any.

    A certificate names the peer of a connection. Whoever showed a copy of another's would take
    its place.
    """
    for row in peers.all(tx):
        known = (read_card(row[part].encode()) for part in ("card", "keys"))
        if row["node"] != card.node and any(
            set(card.certificates) & set(other.certificates) for other in known
        ):
            return str(row["node"])
    return None
