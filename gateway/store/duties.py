"""What messages oblige somebody to do: by when, who holds it, what began it and what ended it.

A row is never removed when its act is done: it says when, by which message and how it ended. Level
1 has no row: its time is the message's `expires`, and the queue judges it.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from gateway.envelope import Awaited
from gateway.store.transaction import Transaction

# The rest waits for the next look: a bound on what one transaction does.
_AT_ONCE: Final = 256
_FIRST: Final = ("", -1, "", -1)
_LAST: Final = ("~", 2**62, "~", 2**62)


class Act(StrEnum):
    """What is owed: a level above the receipt, or the next of a kind until the matter is over."""

    HANDED_OVER = Awaited.HANDED_OVER.value
    ACCEPTED = Awaited.ACCEPTED.value
    ANSWERED = Awaited.ANSWERED.value
    REPEATED = "repeated"


class Holder(StrEnum):
    """Which side owes it."""

    US = "us"
    THEM = "them"


class Source(StrEnum):
    """Who said by when: the memorandum's profile, the sender of the message, or both sides."""

    PROFILE = "profile"
    SENDER = "sender"
    AGREED = "agreed"


class Outcome(StrEnum):
    """How a duty ended; `LAPSED` is one that came to nothing."""

    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


LEVELS: Final = (Act.HANDED_OVER, Act.ACCEPTED, Act.ANSWERED)
ALL: Final = tuple(Act)
# What is owed no more once a level is reached: what comes before it is implied by it, with the
# answer nothing is left to report, and after a refusal nothing comes.
ENDS: Final[Mapping[str, tuple[Act, ...]]] = {
    "received": (),
    "handed-over": LEVELS[:1],
    "accepted": LEVELS[:2],
    "declined": ALL,
    "answered": ALL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """By when an act is owed, who said so, and when its holder is to be reminded of it."""

    due: str
    source: Source = Source.PROFILE
    remind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which duty: the row of the message, the act, and the how many-th time it is owed."""

    seq: int
    act: str
    turn: int

    @classmethod
    def of(cls, row: sqlite3.Row) -> "Key":
        """Return the key of a row of duties."""
        return cls(seq=row["seq"], act=row["act"], turn=row["turn"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which duties a list shows; None and false leave nothing out.

    Args:
        before: Only those due before then.
        everything: Also what is done; the latest due date then comes first.
        reading: Also what is only to be read.
    """

    peer: str | None = None
    holder: Holder | None = None
    before: str | None = None
    everything: bool = False
    reading: bool = True


def holder_of(direction: str) -> Holder:
    """Return who owes what a message of a direction asks for: whoever did not write it."""
    return Holder.US if direction == "in" else Holder.THEM


def add(
    tx: Transaction, seq: int, owed: Mapping[Act, Owed], *, peer: str, direction: str, opened: str
) -> None:
    """Await levels of a message; what stands already keeps its due date.

    Args:
        opened: From when on its recipient owes it.
    """
    for act, each in owed.items():
        _insert(
            tx,
            Key(seq=seq, act=act, turn=0),
            each,
            peer=peer,
            direction=direction,
            holder=holder_of(direction),
            opened=opened,
            by=seq,
        )


def repeat(
    tx: Transaction,
    seq: int,
    owed: Owed,
    *,
    peer: str,
    direction: str,
    holder: Holder,
    opened: str,
    by: int,
) -> None:
    """Await the next message of a kind on account of the message in row `seq`.

    Args:
        by: The message that began it: an acceptance, or the one before of its kind.
    """
    turn = int(tx.only("duties.next_turn", seq=seq, act=Act.REPEATED)["turn"])
    key = Key(seq=seq, act=Act.REPEATED, turn=turn)
    _insert(tx, key, owed, peer=peer, direction=direction, holder=holder, opened=opened, by=by)


def _insert(
    tx: Transaction,
    key: Key,
    owed: Owed,
    *,
    peer: str,
    direction: str,
    holder: str,
    opened: str,
    by: int,
) -> None:
    tx.run(
        "duties.insert",
        seq=key.seq,
        act=key.act,
        turn=key.turn,
        peer=peer,
        direction=direction,
        holder=holder,
        opened=opened,
        opened_by=by,
        due=owed.due,
        source=owed.source,
        remind=owed.remind,
    )


def reached(tx: Transaction, seq: int, level: str, *, at: str, by: int | None = None) -> None:
    """End the duty to bring a message to a level, and what the level implies.

    Args:
        by: The message that says so, if one is kept here.
    """
    outcome = Outcome.DECLINED if level == Outcome.DECLINED else Outcome.DONE
    if acts := ENDS[level]:
        close(tx, seq, acts, outcome, at=at, by=by)


def close(
    tx: Transaction,
    seq: int,
    acts: tuple[Act, ...],
    outcome: Outcome,
    *,
    at: str,
    by: int | None = None,
    with_own: bool = False,
) -> bool:
    """End duties that a message brought about; False if none of them was open.

    Args:
        with_own: Also what its own sender owes, and not only its recipient.
    """
    named = {"acts": orjson.dumps(acts).decode(), "outcome": outcome, "with_own": int(with_own)}
    return tx.run("duties.close", seq=seq, at=at, by=by, **named) > 0


def drop(tx: Transaction, seq: int, *, at: str) -> None:
    """End every duty of a message that will never be acted upon."""
    close(tx, seq, ALL, Outcome.LAPSED, at=at, with_own=True)


def withdrawn(tx: Transaction, seq: int, *, at: str) -> None:
    """End what is owed of the message that a withdrawal takes back, if `seq` is one."""
    tx.run("duties.withdrawn", seq=seq, at=at)


def reopen(tx: Transaction, by: int) -> list[int]:
    """Owe again what a message had ended, and not what it had begun; return whose duties that are.

    Args:
        by: A message that does not count.
    """
    found = [int(row["seq"]) for row in tx.all("duties.closed_by", by=by)]
    reopen_turns(tx, by)
    tx.run("duties.reopen", by=by)
    tx.run("duties.not_begun", by=by)
    return found


def reopen_turns(tx: Transaction, by: int) -> None:
    """Owe again the turns that a message had ended, by the dates they had before it."""
    tx.run("duties.reopen_turns", by=by)
    tx.run("duties.not_begun", by=by)


def previous(tx: Transaction, seq: int, *, peer: str, direction: str, type: str) -> list[int]:
    """Return the earlier messages of a type after which its sender owes the next one."""
    rows = tx.all("duties.previous", seq=seq, peer=peer, direction=direction, type=type)
    return [int(row["seq"]) for row in rows]


def next_due(tx: Transaction, *, holder: Holder | None = None) -> str | None:
    """Return when the next deadline is due, None if nothing is owed.

    Args:
        holder: Only what this side owes.
    """
    row = tx.one("duties.next", holder=holder)
    return None if row is None else str(row["due"])


def passed(tx: Transaction, now: str, *, holder: Holder | None = None) -> list[sqlite3.Row]:
    """Return duties that were due before `now` and are not noted as missed, at most 256."""
    return tx.all("duties.passed", now=now, holder=holder, limit=_AT_ONCE)


def note_missed(
    tx: Transaction, row: sqlite3.Row, *, at: str, statement: str | None = None
) -> bool:
    """Note that a deadline passed; False if the act was done or it was noted meanwhile.

    Args:
        row: One of `passed`.
        statement: The digest of what we signed about it.
    """
    named = {name: row[name] for name in ("seq", "act", "turn", "due")}
    return tx.run("duties.missed", **named, at=at, statement=statement) == 1


def of(tx: Transaction, seq: int) -> dict[str, str]:
    """Return which levels are owed of a message: level to due time, whether missed or not."""
    rows = tx.all("duties.of", seq=seq)
    return {row["act"]: row["due"] for row in rows if row["act"] != Act.REPEATED}


def history(tx: Transaction, seq: int) -> list[sqlite3.Row]:
    """Return everything that a message ever obliged somebody to do."""
    return tx.all("duties.history", seq=seq)


def open_answer(tx: Transaction, seq: int, holder: Holder) -> sqlite3.Row | None:
    """Return the answer that one side owes to a message, if it does."""
    return tx.one("duties.one", seq=seq, act=Act.ANSWERED, holder=holder)


def open_requests(tx: Transaction, peer: str, thread: str, type: str) -> list[sqlite3.Row]:
    """Return the messages of a type in a matter that are still to be answered, and by whom."""
    return tx.all("duties.open_requests", peer=peer, thread=thread, type=type)


def extend(tx: Transaction, row: sqlite3.Row, owed: Owed, *, by: int) -> None:
    """Move a due date, and keep what it was.

    Args:
        row: The answer of `open_answer`.
        by: The message by which both sides agreed.
    """
    key = {name: row[name] for name in ("seq", "act", "turn")}
    before = {"before": row["due"], "before_source": row["source"], "before_remind": row["remind"]}
    if tx.run("duties.note_extension", by=by, **key, **before):
        tx.run("duties.extend", **key, due=owed.due, source=owed.source, remind=owed.remind)


def take_extension_back(tx: Transaction, by: int) -> None:
    """Put the due date back that a message had moved, if it had and that message does not count."""
    row = tx.one("duties.extension", by=by)
    if row is None:
        return
    key = {name: row[name] for name in ("seq", "act", "turn")}
    before = {name: row[name] for name in ("before", "before_source", "before_remind")}
    tx.run("duties.remove_extension", by=by)
    if (later := tx.one("duties.later_extension", by=by, **key)) is not None:
        tx.run("duties.rebase_extension", by=later["by"], **before)
        return
    due, source, remind = before.values()
    tx.run("duties.extend", **key, due=due, source=source, remind=remind)


def next_reminder(tx: Transaction, now: str) -> str | None:
    """Return when somebody is to be reminded next after `now`, None if nobody is."""
    row = tx.one("duties.next_reminder", now=now)
    return None if row is None else str(row["remind"])


def to_remind(
    tx: Transaction, now: str, *, holder: Holder, peer: str | None = None
) -> list[sqlite3.Row]:
    """Return duties whose holder is to be reminded before they are due, at most 256."""
    return tx.all("duties.to_remind", now=now, holder=holder, peer=peer, limit=_AT_ONCE)


def to_recall(tx: Transaction, peer: str) -> list[sqlite3.Row]:
    """Return what a peer is late with and was not reminded of since, at most 256."""
    return tx.all("duties.to_recall", peer=peer, limit=_AT_ONCE)


def note_reminded(
    tx: Transaction, row: sqlite3.Row, *, at: str, by: int | None, is_late: bool
) -> bool:
    """Note a reminder; False if the act was done meanwhile, or there was one.

    Args:
        by: The reminder that was sent; None where our own people were told.
        is_late: It came after the due date.
    """
    query = "duties.recalled" if is_late else "duties.reminded"
    key = {name: row[name] for name in ("seq", "act", "turn")}
    return tx.run(query, **key, at=at, by=by) == 1


def page(
    tx: Transaction, wanted: Wanted, *, after: tuple[str, int, str, int] | None, limit: int
) -> list[sqlite3.Row]:
    """Return duties with the messages they come from, what opened them and what closed them.

    Args:
        after: Due date and key of the last one of the page before.
    """
    due, seq, act, turn = after or (_LAST if wanted.everything else _FIRST)
    return tx.all(
        "duties.page_all" if wanted.everything else "duties.page_open",
        due=due,
        seq=seq,
        act=act,
        turn=turn,
        before=wanted.before or "~",
        peer=wanted.peer,
        holder=wanted.holder,
        reading=int(wanted.reading),
        limit=limit,
    )


def report(
    tx: Transaction, *, now: str, peer: str | None, since: str | None, until: str | None
) -> list[sqlite3.Row]:
    """Return how what fell due in a period was done, per peer, holder and act."""
    return tx.all("duties.report", now=now, peer=peer, since=since or "", until=until or "~")
