"""What needs a person, and arrivals that nobody could read. Codes, ids and numbers only."""

import sqlite3
from enum import StrEnum
from typing import Final

from gateway.errors import NotFoundError
from gateway.store.transaction import Transaction

_LAST: Final = 2**62


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
    CLOCK_OFFSET = "clock-offset"
    EVIDENCE = "evidence-broken"
    RESTORED = "restored"
    LEVEL_OVERDUE = "level-overdue"
    DUTY_DUE = "duty-due"
    DUTY_OVERDUE = "duty-overdue"
    CONSUMER_STUCK = "consumer-stuck"
    NOTIFY_FAILED = "notify-failed"
    FOLDER_FAILED = "folder-failed"
    NOT_ISSUED_ANEW = "not-issued-anew"
    KEY_EXPIRING = "key-expiring"
    CARD_REFUSED = "card-refused"
    OTHER_IDENTITY = "other-identity"
    STORE_KEY_CHANGED = "store-key-changed"
    PUBLICATION_HELD = "publication-held"
    PUBLICATION_FAILED = "publication-failed"
    REGISTER_WAITING = "register-waiting"
    CONSENT_REFUSED = "consent-refused"
    RECALL = "recall"
    MARKING_TIGHTENED = "marking-tightened"
    RELEASE_STOPPED = "release-stopped"
    FINGERPRINTS_FULL = "fingerprints-full"


def raise_alarm(
    tx: Transaction, kind: Alarm, *, at: str, peer: str | None = None, subject: str | None = None
) -> None:
    """Raise an alarm; the same one again is counted, not repeated, and needs a person again."""
    tx.run("alarms.raise", at=at, peer=peer, kind=kind, subject=subject)


def was_raised(tx: Transaction, kind: Alarm, *, subject: str, since: str) -> bool:
    """Tell whether an alarm about ourselves was raised at a time or later."""
    return tx.one("alarms.raised", kind=kind, subject=subject, since=since) is not None


def newest(tx: Transaction, limit: int) -> list[sqlite3.Row]:
    """Return the newest alarms that nobody has dismissed, with how often each was raised."""
    return tx.all("alarms.open", limit=limit)


def count(tx: Transaction) -> int:
    """Return how many alarms nobody has dismissed."""
    return int(tx.only("alarms.count")["count"])


def page(tx: Transaction, *, before: int | None, limit: int, everything: bool) -> list[sqlite3.Row]:
    """Return alarms, newest first; those that were dismissed only if `everything` is wanted."""
    query = "alarms.page" if everything else "alarms.page_open"
    return tx.all(query, before=_LAST if before is None else before, limit=limit)


def get(tx: Transaction, seq: int) -> sqlite3.Row:
    """Return one alarm.

    Raises:
        NotFoundError: No alarm has this number.
    """
    row = tx.one("alarms.get", seq=seq)
    if row is None:
        raise NotFoundError(f"no alarm {seq}", hint="gateway alarms")
    return row


def dismiss(tx: Transaction, seq: int, *, uid: int, at: str) -> bool:
    """Note who has looked at an alarm; False if somebody had done so before."""
    return tx.run("alarms.dismiss", seq=seq, uid=uid, at=at) == 1


def note_event(tx: Transaction, *, at: str, peer: str, code: str, size: int, digest: str) -> None:
    """Note an arrival that did not verify; the newest 1,000 per peer are kept."""
    tx.run("alarms.event", at=at, peer=peer, code=code, size=size, digest=digest)
    tx.run("alarms.trim_events", peer=peer)
