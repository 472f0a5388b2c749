"""What this node has signed alone, as exact text; the evidence names it by its digest."""

from gateway.envelope import digest
from gateway.errors import NotFoundError
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Transaction


def digest_of(text: str) -> str:
    """Return the name under which a statement is kept."""
    return digest(text.encode())


def keep(tx: Transaction, peer: str, text: str, at: str) -> str:
    """Keep a statement about a peer and return its digest."""
    name = digest_of(text)
    tx.run("statements.insert", digest=name, peer=peer, at=at, text=text)
    return name


def get(tx: Transaction, name: str) -> str:
    """Return the text of a statement.

    Raises:
        NotFoundError: No statement has this digest.
        CorruptError: What is stored is not what was signed.
    """
    row = tx.one("statements.get", digest=name)
    if row is None:
        raise NotFoundError("no statement of that digest")
    text = str(row["text"])
    if digest_of(text) != name:
        raise CorruptError("a statement was changed on the disk")
    return text
