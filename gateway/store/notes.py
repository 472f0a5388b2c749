"""What our own people note about a matter: sealed like content, and never sent to anybody."""

from dataclasses import dataclass, field

from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note, as it was written; without its text when it does not open any more."""

    at: str
    uid: int
    author: str
    text: str | None = field(repr=False)


def add(
    tx: Transaction, peer: str, thread: str, *, at: str, uid: int, author: str, text: str
) -> None:
    """Keep a note under a key of its own, sealed to its row."""
    seq = int(tx.only("notes.next")["seq"])
    place = _place(seq, peer, thread)
    key, wrapped = tx.sealer.new_key(place)
    tx.run(
        "notes.insert",
        seq=seq,
        peer=peer,
        thread=thread,
        at=at,
        uid=uid,
        author=author,
        content_key=wrapped,
        content=tx.sealer.seal(key, text.encode(), place),
    )


def of_thread(tx: Transaction, peer: str, thread: str, *, limit: int) -> list[Note]:
    """Return the newest notes of a thread, oldest first.

    What was sealed under a lost store key, or changed on the disk, stays closed; the others are
    read all the same.
    """
    return [
        Note(
            at=row["at"],
            uid=row["uid"],
            author=row["author"],
            text=_text(tx, row, _place(row["seq"], peer, thread)),
        )
        for row in tx.all("notes.of_thread", peer=peer, thread=thread, limit=limit)[::-1]
    ]


def _text(tx: Transaction, row: Row, place: str) -> str | None:
    try:
        return tx.sealer.open(row["content_key"], row["content"], place).decode()
    except CorruptError:
        return None


def _place(seq: int, peer: str, thread: str) -> str:
    return f"notes/{peer}/{thread}/{seq}/content"
