"""What needs a person, and arrivals that nobody could read. Codes, ids and numbers only."""

import sqlite3
from enum import StrEnum

from gateway.store.transaction import Transaction


class Alarm(StrEnum):
    """Why a person should look."""

    ID_CONFLICT = "id-conflict"
    WRONG_RECIPIENT = "wrong-recipient"
    PIN = "certificate-not-pinned"
    HELD = "held"
    OVERDUE = "overdue"
    EXPIRED = "expired"
    NOT_PROOF = "answer-is-no-proof"
    ENTRY_CONFLICT = "entry-conflict"
    CARD_WAITING = "card-waiting"
    KEY_MISSING = "peer-key-missing"
    CORRUPT = "stored-bytes-changed"


def raise_alarm(
    tx: Transaction, kind: Alarm, *, at: str, peer: str | None = None, subject: str | None = None
) -> None:
    """Raise an alarm; the same one again is counted, not repeated."""
    tx.run("inbox.alarm", at=at, peer=peer, kind=kind, subject=subject)


def newest(tx: Transaction, limit: int) -> list[sqlite3.Row]:
    """Return the newest alarms with how often each was raised."""
    return tx.all("inbox.alarms", limit=limit)


def note_event(tx: Transaction, *, at: str, peer: str, code: str, size: int, digest: str) -> None:
    """Note an arrival that did not verify; the newest 1,000 per peer are kept."""
    tx.run("inbox.event", at=at, peer=peer, code=code, size=size, digest=digest)
    tx.run("inbox.trim_events", peer=peer)
