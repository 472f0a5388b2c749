"""The append-only record: hash-chained rows with an RFC 9162 tree, one chain per peer, one local.

A peer's chain holds only what both sides know (receipts given and got); the local chain holds who
submitted, read and decided here. A record names its predecessor's hash; the tree's root stands as
`checkpoint` in every receipt that this node signs.
"""

import sqlite3
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.envelope import Checkpoint, Frontier, base64url, digest
from gateway.errors import VerificationError
from gateway.store.transaction import Transaction

LOCAL: Final = "local"
_START: Final = "sha-256:" + base64url.encode(bytes(32))
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
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RELEASE_REFUSED = "release-refused"
    NOT_RECEIPTED = "not-receipted"
    EXPIRED = "expired"
    CONFLICT = "conflict"


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
        VerificationError: A record was changed, is missing, or the end was cut; the text names
            the first position that does not hold.
    """
    row = tx.one("evidence.chain", chain=chain)
    size, head = (row["size"], row["head"]) if row else (0, _START)
    previous, position, frontier = _START, 0, Frontier()
    while page := tx.all("evidence.page", chain=chain, position=position, limit=_PAGE):
        for record in page:
            text = record["record"].encode()
            if not _holds(record, position, previous):
                raise VerificationError(f"evidence chain {chain} does not hold at {position}")
            previous, position, frontier = record["hash"], position + 1, frontier.add(text)
    kept = row["frontier"] if row else Frontier().to_bytes()
    if (position, previous, frontier.to_bytes()) != (size, head, kept):
        raise VerificationError(f"evidence chain {chain} ends at {position}, not at {size}")
    return position


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
