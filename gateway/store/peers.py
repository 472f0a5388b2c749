"""Peers: the card an operator confirmed, newer keys that came alone, the state of the link."""

import sqlite3

from gateway.errors import ConflictError, NotFoundError
from gateway.store.transaction import Transaction


def all(tx: Transaction) -> list[sqlite3.Row]:
    """Return every peer, enabled or not."""
    return tx.all("peers.all")


def get(tx: Transaction, node: str) -> sqlite3.Row:
    """Return one peer.

    Raises:
        NotFoundError: No such peer.
    """
    row = tx.one("peers.get", node=node)
    if row is None:
        known = ", ".join(each["node"] for each in all(tx)) or "none yet"
        raise NotFoundError(f"no peer {node!r}; known: {known}", hint="gateway peers list")
    return row


def add(tx: Transaction, node: str, *, fingerprint: str, card: str, serial: int, at: str) -> None:
    """Add a peer whose fingerprint an operator confirmed.

    Raises:
        ConflictError: The peer is there already; nothing was changed.
    """
    if tx.one("peers.get", node=node) is not None:
        raise ConflictError(f"peer {node} is there already", hint="gateway peers confirm CARD")
    tx.run("peers.insert", node=node, fingerprint=fingerprint, card=card, serial=serial, at=at)


def confirm(tx: Transaction, node: str, *, fingerprint: str, card: str, serial: int) -> None:
    """Take a card as a whole, with the identity it names, on an operator's word."""
    tx.run("peers.confirm", node=node, fingerprint=fingerprint, card=card, serial=serial)


def take_keys(tx: Transaction, node: str, *, card: str, serial: int, waiting: bool) -> None:
    """Take a newer card's keys and certificates; keep it waiting if other parts differ."""
    tx.run("peers.keys", node=node, card=card, serial=serial, waiting=card if waiting else None)


def enable(tx: Transaction, node: str, *, enabled: bool) -> None:
    """Enable or disable a peer; nothing of it is lost.

    Raises:
        NotFoundError: No such peer.
    """
    get(tx, node)
    tx.run("peers.enable", node=node, enabled=int(enabled))


def set_link(tx: Transaction, node: str, failures: int, next_attempt: float) -> None:
    """Keep how often the link failed in a row and when the next probe is due."""
    tx.run("peers.link", node=node, failures=failures, next_attempt=next_attempt)


def set_contact(tx: Transaction, node: str, at: str) -> None:
    """Note that the peer showed life; what waits for it may go at once."""
    tx.run("peers.contact", node=node, at=at)


def note_arrival(tx: Transaction, node: str, at: str, *, since: str) -> None:
    """Note that something came from the peer, unless it has shown life after `since`."""
    tx.run("peers.note_arrival", node=node, at=at, since=since)


def know_card(tx: Transaction, node: str, serial: int) -> None:
    """Note that the peer has receipted a card of ours; what it once knew it does not forget."""
    tx.run("peers.know_card", node=node, serial=serial)
