"""This node's own cards: every one that was handed out, and which message carried it to whom.

What a peer knows of us follows from here: its receipt for a message that carries a card.
"""

import sqlite3

from gateway.store.transaction import Transaction


def newest(tx: Transaction) -> sqlite3.Row | None:
    """Return the card that was handed out last, None before the first start."""
    return tx.one("own_cards.newest")


def first_met(tx: Transaction, at: str) -> sqlite3.Row | None:
    """Return the card that somebody who met us at a time was most likely given."""
    return tx.one("own_cards.first_met", at=at)


def get(tx: Transaction, serial: int) -> sqlite3.Row | None:
    """Return one of our cards, if this database has seen it."""
    return tx.one("own_cards.get", serial=serial)


def all(tx: Transaction) -> list[sqlite3.Row]:
    """Return every card that was handed out, the oldest first; some a year."""
    return tx.all("own_cards.all")


def add(tx: Transaction, *, serial: int, digest: str, card: str, at: str) -> None:
    """Keep a card from the moment on from which it is handed out."""
    tx.run("own_cards.add", serial=serial, digest=digest, card=card, at=at)


def force(tx: Transaction, serial: int, at: str) -> bool:
    """Have the newest certificate of a card shown now; False if that was wished before."""
    return tx.run("own_cards.force", serial=serial, at=at) == 1


def note_update(tx: Transaction, seq: int, *, peer: str, serial: int) -> None:
    """Note that a queued message carries one of our cards."""
    tx.run("own_cards.note_update", seq=seq, peer=peer, serial=serial)


def carried_by(tx: Transaction, seq: int) -> sqlite3.Row | None:
    """Return peer and serial of the card that a message carries, None if it carries none."""
    return tx.one("own_cards.update", seq=seq)


def refused_for_the_pair(tx: Transaction, peer: str) -> list[sqlite3.Row]:
    """Return what a peer refused because of the pair that signed it, and nobody has said again."""
    return tx.all("own_cards.refused", peer=peer)


def last_update(tx: Transaction, peer: str) -> sqlite3.Row | None:
    """Return the message that last carried a card of ours to a peer, with its state."""
    return tx.one("own_cards.last_update", peer=peer)
