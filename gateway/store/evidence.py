"""The append-only record: hash-chained rows with an RFC 9162 tree, one chain per peer, one local.

A peer's chain holds only what both sides know (receipts given and got); the local chain holds who
submitted, read and decided here. A record names its predecessor's hash; the tree's root stands as
`checkpoint` in every receipt that this node signs.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.envelope import Checkpoint, Frontier, base64url, digest
from gateway.errors import VerificationError
from gateway.store.transaction import Transaction

LOCAL: Final = "local"
_START: Final = "sha-256:" + base64url.encode(bytes(32))
_NOTHING: Final = Frontier()
_EMPTY: Final = (0, _START, _NOTHING.to_bytes())
_PAGE: Final = 500


class Fact(StrEnum):
    """What a record states."""

    # Known to both sides: the chain of a peer.
    RECEIVED = "received"
    REFUSED = "refused"
    DELIVERED = "delivered"
    REFUSED_BY_PEER = "refused-by-peer"
    # Ours alone: the local chain.
    INITIALISED = "initialised"
    PEER_ADDED = "peer-added"
    PEER_CHANGED = "peer-changed"
    SUBMITTED = "submitted"
    READ = "read"
    PRINTED = "printed"
    SEARCHED = "searched"
    REGISTER_OPENED = "register-opened"
    REGISTER_DECIDED = "register-decided"
    ASSIGNED = "assigned"
    NOTED = "noted"
    ATTENDED = "attended"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RELEASE_CHECKED = "release-checked"
    RELEASE_DECIDED = "release-decided"
    RELEASE_REFUSED = "release-refused"
    RELEASE_TRANSMITTED = "release-transmitted"
    RELEASE_STOPPED = "release-stopped"
    RELEASE_RECALLED = "release-recalled"
    MARKED = "marked"
    NOT_MARKED = "not-marked"
    CONSENT_KEPT = "consent-kept"
    CONSENT_REFUSED = "consent-refused"
    CONSENT_REVOKED = "consent-revoked"
    CONSENT_SUPERSEDED = "consent-superseded"
    CONSENT_USED = "consent-used"
    FIND_CLAIMED = "find-claimed"
    FIND_APPROVED = "find-approved"
    FIND_REJECTED = "find-rejected"
    NOT_RECEIPTED = "not-receipted"
    EXPIRED = "expired"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    HELD = "held"
    RELEASED = "released"
    ISSUED_ANEW = "issued-anew"
    LEVEL_OVERDUE = "level-overdue"
    DUTY_OVERDUE = "duty-overdue"
    ALARM_DISMISSED = "alarm-dismissed"
    CONSUMER_RELEASED = "consumer-released"
    RESTORED = "restored"
    OWN_CARD = "own-card"
    CERTIFICATE_FORCED = "certificate-forced"
    STORE_KEY_CHANGED = "store-key-changed"
    PUBLISHED = "published"
    NOT_PUBLISHED = "not-published"


class BrokenChainError(VerificationError):
    """The evidence is not what was recorded; `position` is the first place that does not hold."""

    def __init__(self, chain: str, position: int, *, end: int | None = None) -> None:
        found = "does not hold" if end is None else "ends"
        where = f"at {position}" if end is None else f"at {position}, not at {end}"
        super().__init__(
            f"evidence chain {chain} {found} {where}",
            hint="keep the files as they are; compare with a backup (gateway db check)",
        )
        self.chain = chain
        self.position = position


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a chain was found to hold, with all that is needed to go on from there.

    `is_whole` says that the chain ended here when it was looked at.
    """

    chain: str
    head: str = _START
    frontier: Frontier = _NOTHING
    is_whole: bool = False

    @property
    def size(self) -> int:
        """How many records hold."""
        return self.frontier.size


def append(
    tx: Transaction,
    chain: str,
    fact: Fact,
    *,
    at: str,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Add a record to a chain in the transaction of what it records.

    `detail` holds ids, digests, codes and numbers; never content and never a person's name.
    """
    row = tx.one("evidence.chain", chain=chain)
    size, head = (row["size"], row["head"]) if row else (0, _START)
    frontier = Frontier.from_bytes(row["frontier"]) if row else Frontier()
    record = orjson.dumps(
        {
            "chain": chain,
            "position": size,
            "at": at,
            "fact": fact,
            "subject": subject,
            "detail": detail,
            "previous": head,
        }
    )
    hash_ = digest(record)
    frontier = frontier.add(record)
    tx.run(
        "evidence.append",
        chain=chain,
        position=size,
        fact=fact,
        subject=subject,
        hash=hash_,
        record=record.decode(),
    )
    tx.run("evidence.advance", chain=chain, size=size + 1, head=hash_, frontier=frontier.to_bytes())


def checkpoint(tx: Transaction, chain: str) -> Checkpoint:
    """Return size and root of a chain as this transaction sees it."""
    row = tx.one("evidence.chain", chain=chain)
    frontier = Frontier.from_bytes(row["frontier"]) if row else Frontier()
    return Checkpoint(size=frontier.size, root=base64url.encode(frontier.root()))


def chains(tx: Transaction) -> list[sqlite3.Row]:
    """Return every chain with its size and head."""
    return tx.all("evidence.chains")


def verify(tx: Transaction, chain: str) -> int:
    """Check every record of a chain against its predecessor and the tree; return the size.

    Raises:
        BrokenChainError: A record was changed, is missing, or the end was cut; the text names
            the first position that does not hold.
    """
    so_far = Verified(chain)
    while not so_far.is_whole:
        so_far = verify_on(tx, so_far)
    return so_far.size


def verify_on(tx: Transaction, so_far: Verified, *, limit: int = _PAGE) -> Verified:
    """Check the next records of a chain, and its end if they reach it.

    What was checked before is not read again: to find a change there, begin anew. `tx` must be a
    snapshot, or a record that is just being added looks like one too many.

    Raises:
        BrokenChainError: As for `verify`.
    """
    chain, previous, frontier = so_far.chain, so_far.head, so_far.frontier
    page = _page(tx, chain, frontier.size, limit)
    for record in page:
        if not _holds(record, frontier.size, previous):
            raise BrokenChainError(chain, frontier.size)
        previous, frontier = record["hash"], frontier.add(record["record"].encode())
    is_whole = len(page) < limit
    if is_whole:
        row = tx.one("evidence.chain", chain=chain)
        kept = (row["size"], row["head"], row["frontier"]) if row else _EMPTY
        if (frontier.size, previous, frontier.to_bytes()) != kept:
            raise BrokenChainError(chain, frontier.size, end=kept[0])
    return Verified(chain, previous, frontier, is_whole)


def _page(tx: Transaction, chain: str, position: int, limit: int) -> list[sqlite3.Row]:
    try:
        return tx.all("evidence.page", chain=chain, position=position, limit=limit)
    except sqlite3.DatabaseError as error:
        # A page of the file that SQLite cannot read is evidence lost, not a disk that is busy.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        raise BrokenChainError(chain, position) from error


def _holds(record: sqlite3.Row, position: int, previous: str) -> bool:
    """Tell whether a record is the one that was chained here, columns included."""
    text = record["record"].encode()
    try:
        content = orjson.loads(text)
        said = [content[name] for name in ("position", "previous", "fact", "subject")]
    except (ValueError, TypeError, KeyError):
        return False
    kept = [record["position"], previous, record["fact"], record["subject"]]
    return said == kept and record["position"] == position and record["hash"] == digest(text)
