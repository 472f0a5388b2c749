"""How far each local system has come with what was received: given, acknowledged, set apart.

A consumer's place is one row number. What it has taken up to there needs no row of its own; only
what is open has one, so that a consumer of a hundred thousand messages costs as much as its last.
"""

from dataclasses import dataclass

from gateway.store.transaction import Row, Transaction


@dataclass(frozen=True, slots=True)
class Consumer:
    """Whose consumer it is and how it is called there."""

    uid: int
    name: str

    def rows(self, tx: Transaction) -> list[Row]:
        """Return what is open, oldest first; `gateway.desk.consumers` bounds how much can be."""
        return tx.all("consumers.open", uid=self.uid, name=self.name)

    def place(self, tx: Transaction) -> int | None:
        """Return the row up to which it has seen everything, None if there is no such consumer."""
        row = tx.one("consumers.get", uid=self.uid, name=self.name)
        return None if row is None else int(row["after_seq"])

    def add(self, tx: Transaction, *, at: str, after: int) -> None:
        """Make the consumer."""
        tx.run("consumers.insert", uid=self.uid, name=self.name, at=at, after=after)

    def move(self, tx: Transaction, seq: int) -> None:
        """Note that it has seen everything up to a row."""
        tx.run("consumers.move", uid=self.uid, name=self.name, seq=seq)

    def remove(self, tx: Transaction) -> bool:
        """Forget it and all it was given; False if there is none."""
        return tx.run("consumers.remove", uid=self.uid, name=self.name) == 1

    def give(self, tx: Transaction, seq: int) -> None:
        """Count that a message is given out once more, before it is."""
        tx.run("consumers.give", uid=self.uid, name=self.name, seq=seq)

    def keep_waiting(self, tx: Transaction, seq: int) -> None:
        """Note a message that is behind its place but was not given."""
        tx.run("consumers.keep_waiting", uid=self.uid, name=self.name, seq=seq)

    def quarantine(self, tx: Transaction, seq: int, at: str) -> None:
        """Set a message apart: it is given no more until somebody releases it."""
        tx.run("consumers.quarantine", uid=self.uid, name=self.name, seq=seq, at=at)

    def release(self, tx: Transaction, seq: int) -> None:
        """Let a message be given again, as if it never had been."""
        tx.run("consumers.release", uid=self.uid, name=self.name, seq=seq)

    def done(self, tx: Transaction, seq: int) -> None:
        """Note that a message is acknowledged."""
        tx.run("consumers.done", uid=self.uid, name=self.name, seq=seq)


def count(tx: Transaction, uid: int) -> int:
    """Return how many consumers an account has."""
    return int(tx.only("consumers.count", uid=uid)["count"])


def all(tx: Transaction) -> list[Row]:
    """Return every consumer with how much it has open."""
    return tx.all("consumers.all")


def newest(tx: Transaction) -> int:
    """Return the row of the newest message."""
    return int(tx.only("consumers.newest")["seq"])


def fresh(tx: Transaction, *, after: int, limit: int) -> list[Row]:
    """Return what came in behind a row, oldest first, the control thread's included."""
    return tx.all("consumers.fresh", after=after, limit=limit)


def rows_of(tx: Transaction, id: str) -> list[int]:
    """Return the rows of a received id: more than one if several peers used it."""
    return [int(row["seq"]) for row in tx.all("consumers.received", id=id)]
