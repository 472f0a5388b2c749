"""Every message sent or received: its signed text for ever, its content sealed, its levels.

Content that is not public is kept under a key of its own (`sealing`). Digests are checked on each
read: SQLite itself does not notice a changed byte inside a row.
"""

import sqlite3
from enum import StrEnum
from typing import Final

import orjson

from gateway.catalogue import Level, short
from gateway.envelope import Header, digest
from gateway.errors import ConflictError, NotFoundError
from gateway.policy import Marking
from gateway.store import duties
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Transaction

PREFIX_LEAST: Final = 8
# As many as fit into a hint.
_MOST_LISTED: Final = 6
_OF_ONE_PEER: Final = "gateway inbox --from NODE; gateway outbox --to NODE"


class Direction(StrEnum):
    """Whether we sent a message or got it."""

    IN = "in"
    OUT = "out"


class State(StrEnum):
    """Where a message stands: the first seven for ours, the rest for received ones."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    OVERDUE = "overdue"
    HELD = "held"
    RECEIVED = "received"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"


# A state belongs to one direction, so that a list of one state needs no other filter to be fast.
_RECEIVED: Final = frozenset(
    {State.RECEIVED, State.HANDED_OVER, State.ACCEPTED, State.DECLINED, State.ANSWERED}
)


def states_of(direction: Direction | None) -> frozenset[State]:
    """Return the states that a message of a direction can have, of either if None."""
    if direction is None:
        return frozenset(State)
    return _RECEIVED if direction is Direction.IN else frozenset(State) - _RECEIVED


class Reached(StrEnum):
    """The acknowledgement levels, each signed by the recipient."""

    RECEIVED = "received"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"


def add(
    tx: Transaction,
    peer: str,
    direction: Direction,
    header: Header,
    *,
    header_digest: str,
    jws: str,
    content: str,
    marking: Marking,
    state: State,
    received: str | None = None,
    attention: str | None = None,
    entry: str | None = None,
) -> int:
    """Keep a message and return its row number.

    Args:
        marking: What the signed marking means as a whole, which is not always what its words say.
    """
    raw = content.encode()
    kept, wrapped = _keep(tx, raw, marking.level, _place(peer, direction, header.id))
    named = ("id", "type", "thread", "in_reply_to", "reference", "priority")
    return tx.insert(
        "messages.insert",
        **{name: getattr(header, name) for name in (*named, "created", "expires", "due")},
        peer=peer,
        direction=direction,
        header_digest=header_digest,
        clauses=orjson.dumps(list(header.clauses)).decode(),
        marking=marking.level,
        caveats=orjson.dumps(sorted(marking.caveats)).decode(),
        jws=jws,
        jws_digest=digest(jws.encode()),
        content=kept,
        content_key=wrapped,
        content_digest=header.content_digest,
        size=len(raw),
        state=state,
        received=received,
        attention=attention,
        entry=entry,
    )


def note_step(tx: Transaction, seq: int, *, thread: str, step: str, before: str) -> None:
    """Note what a message did to a thread and the state it had until then, so as to undo it."""
    tx.run("messages.step", seq=seq, thread=thread, step=step, before=before)


def supersede(tx: Transaction, *, old: int, old_id: str, new: int, new_id: str, mode: str) -> bool:
    """Note that one message takes the place of another; False if another has done so before.

    Args:
        mode: `correct` or `withdraw`.
    """
    return (
        tx.run("messages.supersede", old=old, old_id=old_id, new=new, new_id=new_id, mode=mode) == 1
    )


def _keep(tx: Transaction, raw: bytes, level: Level, place: str) -> tuple[bytes, bytes | None]:
    """Return content as it is kept, and its wrapped key unless it is public."""
    if level is Level.PUBLIC:
        return raw, None
    key, wrapped = tx.sealer.new_key(place)
    return tx.sealer.seal(key, raw, place), wrapped


def _place(peer: str, direction: str, id: str) -> str:
    return f"messages/{peer}/{direction}/{id}/content"


def get(tx: Transaction, seq: int) -> sqlite3.Row:
    """Return one message with its signed text checked.

    Raises:
        NotFoundError: No such row.
        CorruptError: The signed text is not the one that was stored.
    """
    row = tx.one("messages.by_seq", seq=seq)
    if row is None:
        raise NotFoundError("no such message")
    if digest(row["jws"].encode()) != row["jws_digest"]:
        raise CorruptError(f"the signed text of message {row['id']} was changed on the disk")
    return row


def shown(tx: Transaction, seq: int) -> sqlite3.Row:
    """Return what lists show of one message, without reading its signed text and content.

    Raises:
        NotFoundError: No such row.
    """
    row = tx.one("messages.shown", seq=seq)
    if row is None:
        raise NotFoundError("no such message")
    return row


def content_of(tx: Transaction, row: sqlite3.Row) -> str:
    """Return the exact content text of a message.

    Raises:
        NotFoundError: The content was erased; the signed header is still there.
        CorruptError: What is stored is not what was signed.
    """
    if row["content"] is None:
        raise NotFoundError(f"the content of message {row['id']} was erased")
    raw: bytes = row["content"]
    if row["content_key"] is not None:
        place = _place(row["peer"], row["direction"], row["id"])
        raw = tx.sealer.open(row["content_key"], raw, place)
    if digest(raw) != row["content_digest"]:
        raise CorruptError(f"the content of message {row['id']} was changed on the disk")
    return raw.decode()


def sealed(tx: Transaction, row: sqlite3.Row) -> tuple[bytes, bytes | None]:
    """Return the content of a message as it is kept once it is not public, and its wrapped key.

    Raises:
        CorruptError: What is stored is not what was signed.
    """
    place = _place(row["peer"], row["direction"], row["id"])
    return _keep(tx, content_of(tx, row).encode(), Level.CONFIDENTIAL, place)


def find(tx: Transaction, selector: str) -> int:
    """Return the row number of a message by id, reference, or unique prefix of an id.

    A prefix has at least 8 characters.

    Raises:
        NotFoundError: Nothing fits.
        ConflictError: More than one message fits.
    """
    if len(selector) < PREFIX_LEAST:
        raise NotFoundError(f"an id needs at least {PREFIX_LEAST} characters")
    is_reference = "/" not in selector and selector[:2].isupper()
    if is_reference:
        rows = tx.all("messages.by_reference", reference=selector)
    else:
        rows = tx.all("messages.by_prefix", low=selector, high=selector + "~")
    if not rows:
        raise NotFoundError(f"no message {selector!r}", hint="gateway inbox; gateway outbox")
    if len(rows) > 1:
        hint = f"give the id of one: {_OF_ONE_PEER}" if is_reference else _hint(rows)
        raise ConflictError(f"more than one message fits {selector!r}", hint=hint)
    return int(rows[0]["seq"])


def find_exact(tx: Transaction, selector: str) -> int:
    """Return the row number of the very message that is meant, where the wrong one would do harm.

    A reference is that of a whole matter, whose messages may be of both sides: it means one of them
    only while it has no other.

    Raises:
        NotFoundError: Nothing fits.
        ConflictError: More than one message fits; the hint lists the newest of them.
    """
    seq = find(tx, selector)
    said = tx.all("messages.said_under", reference=selector, limit=_MOST_LISTED)
    if len(said) > 1:
        listed = "; ".join(
            f"{short(row['id'])} {row['type']} "
            f"{'from' if row['direction'] == Direction.IN else 'to'} {row['peer']}"
            for row in said
        )
        raise ConflictError(
            f"{selector} is a matter of several messages", hint=f"give the id of one: {listed}"
        )
    return seq


def _hint(rows: list[sqlite3.Row]) -> str:
    """Return what tells messages apart: ids are unique per peer and direction, not everywhere."""
    if len({row["id"] for row in rows}) > 1:
        return "give more characters"
    return f"they bear one id: give the reference of one ({_OF_ONE_PEER})"


def in_thread(tx: Transaction, peer: str, id: str) -> sqlite3.Row | None:
    """Return what is known of a message of either side, for references."""
    return tx.one("messages.in_thread", peer=peer, id=id)


def last_reply(tx: Transaction, row: sqlite3.Row, type: str) -> sqlite3.Row | None:
    """Return the newest message of a type by which we answered one of the other side."""
    return tx.one(
        "messages.last_reply", peer=row["peer"], thread=row["thread"], id=row["id"], type=type
    )


def by_id(tx: Transaction, peer: str, direction: Direction, id: str) -> sqlite3.Row | None:
    """Return the short facts of one message, if we have it."""
    return tx.one("messages.by_id", peer=peer, direction=direction, id=id)


def recorded(tx: Transaction, id: str) -> list[sqlite3.Row]:
    """Return where the evidence speaks of a message: chain, position, fact, time and hash."""
    rows = tx.all("messages.recorded", id=id)
    return sorted(rows, key=lambda row: (row["at"], row["chain"], row["position"]))


def reach(tx: Transaction, seq: int, level: Reached, at: str, *, by: int | None = None) -> None:
    """Note that a message reached a level; the first time stands, and it is owed no more.

    Args:
        by: The row of the message that says so.
    """
    tx.run("messages.reach", seq=seq, level=level, at=at)
    duties.reached(tx, seq, level, at=at, by=by)


def set_state(tx: Transaction, seq: int, state: State) -> None:
    """Move a message's state on; callers follow the published graph."""
    tx.run("messages.set_state", seq=seq, state=state)


def counts(tx: Transaction) -> dict[str, dict[str, int]]:
    """Return how many messages stand in each state, by direction."""
    table: dict[str, dict[str, int]] = {"in": {}, "out": {}}
    for row in tx.all("messages.counts"):
        table[row["direction"]][row["state"]] = row["count"]
    return table
