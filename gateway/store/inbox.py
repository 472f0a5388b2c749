"""What we answered: final entries as exact text, refused headers, and what nobody could read.

A final entry is stored in the transaction of what it says and repeated byte for byte for ever. An
arrival that did not verify claims nothing; only its size and digest are noted, with a bound.
"""

from gateway.envelope import Entry
from gateway.store.transaction import Transaction


def entry_for_envelope(tx: Transaction, peer: str, envelope_digest: str) -> str | None:
    """Return the final entry that these very bytes already have."""
    row = tx.one("inbox.by_envelope", peer=peer, envelope_digest=envelope_digest)
    return None if row is None else str(row["text"])


def entry_for_message(tx: Transaction, peer: str, id: str, header_digest: str) -> str | None:
    """Return the final entry of the same signed header, in whatever envelope it first came."""
    row = tx.one("inbox.by_message", peer=peer, id=id, header_digest=header_digest)
    return None if row is None else str(row["text"])


def id_is_taken(tx: Transaction, peer: str, id: str, header_digest: str) -> bool:
    """Tell whether the peer has used this id for another header, or we for a message of ours."""
    row = tx.one("inbox.other_header", peer=peer, id=id, header_digest=header_digest)
    return row is not None


def keep_entry(tx: Transaction, peer: str, entry: Entry, text: str) -> None:
    """Keep a final entry for ever."""
    tx.run(
        "inbox.keep_entry",
        peer=peer,
        envelope_digest=entry.envelope_digest,
        id=entry.id,
        header_digest=entry.header_digest,
        code=entry.code,
        text=text,
    )


def keep_refusal(tx: Transaction, peer: str, entry: Entry, jws: str) -> None:
    """Keep the signed header of a message that was refused for good; never its content."""
    tx.run(
        "inbox.keep_refusal",
        peer=peer,
        id=entry.id,
        header_digest=entry.header_digest,
        code=entry.code,
        at=entry.at,
        jws=jws,
    )
