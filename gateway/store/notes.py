"""What our own people note about a matter: sealed like content, and never sent to anybody."""

from dataclasses import dataclass, field

from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note, as it was written."""

    at: str
    uid: int
    author: str
    text: str = field(repr=False)


def add(tx: Transaction, peer: str, thread: str, note: Note) -> None:
    """Keep a note under a key of its own, sealed to its row."""
    seq = int(tx.only("notes.next")["seq"])
    place = _place(seq, peer, thread)
    key, wrapped = tx.sealer.new_key(place)
    tx.run(
        "notes.insert",
        seq=seq,
        peer=peer,
        thread=thread,
        at=note.at,
        uid=note.uid,
        author=note.author,
        content_key=wrapped,
        content=tx.sealer.seal(key, note.text.encode(), place),
    )


def of_thread(tx: Transaction, peer: str, thread: str, *, limit: int) -> list[Note]:
    """Return the newest notes of a thread, oldest first.

    Raises:
        CorruptError: What is stored is not what was noted.
    """
    return [
        Note(
            at=row["at"],
            uid=row["uid"],
            author=row["author"],
            text=tx.sealer.open(
                row["content_key"], row["content"], _place(row["seq"], peer, thread)
            ).decode(),
        )
        for row in tx.all("notes.of_thread", peer=peer, thread=thread, limit=limit)[::-1]
    ]


def _place(seq: int, peer: str, thread: str) -> str:
    return f"notes/{peer}/{thread}/{seq}/content"
