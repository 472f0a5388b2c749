"""Consents that were given to us or by us: how each is found, and what has happened to it since.

What a consent says stands in the signed message that gave it and is read from there at each use. A
row can only take its worth away; each row carries a keyed digest, so that nobody gives it back by
changing the file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.errors import ConflictError, NotFoundError
from gateway.policy import Denied
from gateway.policy.consents import ConsentState as ConsentState
from gateway.store.messages import PREFIX_LEAST, Direction
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

# Newest first: whoever gives more consents for one message than this means the last ones.
_FEW: Final = 64
_LAST: Final = 2**62
_MARKED: Final = (
    "seq", "peer", "direction", "consent_id", "thread", "request", "digest", "kids", "not_before",
    "not_after", "uses", "is_class", "noted", "code", "ended", "ended_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of one consent when its message comes or goes.

    Args:
        request: The id of the request that it answers.
        digest: Of the exact text of its first instrument, empty where there is none.
        messages: Ids of the messages that it names.
        code: Why it is worth nothing from the beginning.
        ended_by: The message that took its worth before it came.
    """

    seq: int
    peer: str
    direction: Direction
    consent_id: str
    thread: str
    request: str | None = None
    digest: str = ""
    kids: tuple[str, ...] = ()
    not_before: str | None = None
    not_after: str | None = None
    uses: int | None = None
    is_class: bool = False
    messages: tuple[str, ...] = ()
    noted: str
    code: Denied | None = None
    ended_by: int | None = None


def add(tx: Transaction, kept: Kept) -> None:
    """Keep a consent, good or bad, with the message that gives it."""
    row: dict[str, Any] = {
        name: getattr(kept, name) for name in _MARKED if name not in {"kids", "is_class", "ended"}
    }
    row |= {
        "kids": orjson.dumps(kept.kids).decode(),
        "is_class": int(kept.is_class),
        "ended": None if kept.code is None else kept.noted,
    }
    tx.run("consents.insert", **row, mark=_mark(tx, row))
    for id in kept.messages:
        place = {"peer": kept.peer, "direction": kept.direction, "message_id": id}
        tx.run("consents.insert_message", **place, seq=kept.seq)


def _mark(tx: Transaction, row: Row | dict[str, Any]) -> bytes:
    return tx.sealer.lookup("consents " + orjson.dumps([row[name] for name in _MARKED]).decode())


def check(tx: Transaction, row: Row) -> None:
    """Let pass only a row that is as it was written.

    Raises:
        CorruptError: It was changed on the disk; it permits nothing.
    """
    if row["mark"] != _mark(tx, row):
        raise CorruptError(
            f"the consent in message row {row['seq']} was changed on the disk",
            hint="keep the files as they are; compare with a backup (gateway db check)",
        )


def get(tx: Transaction, seq: int) -> Row | None:
    """Return the consent that a message gives, None where it gives none."""
    return tx.one("consents.get", seq=seq)


def by_id(tx: Transaction, peer: str, direction: Direction, consent_id: str) -> Row | None:
    """Return the consent of an id: the first that bore it."""
    return tx.one("consents.by_id", peer=peer, direction=direction, consent_id=consent_id)


def find(tx: Transaction, selector: str) -> Row:
    """Return a consent of either side by its id or the unique start of it.

    Raises:
        NotFoundError: Nothing fits, or the start has fewer than 8 characters.
        ConflictError: More than one consent fits.
    """
    if len(selector) < PREFIX_LEAST:
        raise NotFoundError(
            f"an id needs at least {PREFIX_LEAST} characters", hint="gateway consent list"
        )
    rows = tx.all("consents.by_prefix", low=selector, high=selector + "~")
    if not rows:
        raise NotFoundError(f"no consent {selector!r}", hint="gateway consent list")
    if len(rows) > 1:
        raise ConflictError(f"more than one consent fits {selector!r}", hint="give more characters")
    return tx.only("consents.get", seq=rows[0]["seq"])


def of_thread(tx: Transaction, peer: str, direction: Direction, thread: str) -> list[Row]:
    """Return the consents given in one matter, the newest first."""
    place = {"peer": peer, "direction": direction, "thread": thread}
    return tx.all("consents.of_thread", **place, limit=_FEW)


def of_message(tx: Transaction, peer: str, direction: Direction, message_id: str) -> list[Row]:
    """Return the newest consents that name a message of the grantor."""
    place = {"peer": peer, "direction": direction, "message_id": message_id}
    return tx.all("consents.of_message", **place, limit=_FEW)


def of_class(tx: Transaction, peer: str, direction: Direction) -> list[Row]:
    """Return the newest standing consents between us and a peer."""
    return tx.all("consents.of_class", peer=peer, direction=direction, limit=_FEW)


def page(tx: Transaction, direction: Direction, *, before: int | None, limit: int) -> list[Row]:
    """Return the consents given to us (`in`) or by us (`out`), the newest first."""
    last = _LAST if before is None else before
    return tx.all("consents.page", direction=direction, before=last, limit=limit)


def end(tx: Transaction, row: Row, code: Denied, *, at: str, by: int | None) -> bool:
    """Note why a consent is worth nothing from now on; False if it was worth nothing before.

    Raises:
        CorruptError: The row was changed on the disk.
    """
    check(tx, row)
    if row["code"] is not None:
        return False
    _set_end(tx, row, code, at=at, by=by)
    return True


def _set_end(
    tx: Transaction, row: Row, code: Denied | None, *, at: str | None, by: int | None
) -> None:
    ended = {"code": code, "ended": at, "ended_by": by}
    mark = _mark(tx, dict(row) | ended)
    tx.run("consents.end", seq=row["seq"], **ended, mark=mark)


def ended(tx: Transaction, row: Row) -> Denied | None:
    """Return what took the worth of a consent that was given to us, whatever its row says of it.

    A row that is put back as it was before its end bears its mark still; the revocation and the
    evidence are other places, and the latter is chained.
    """
    if revocation(tx, row["peer"], Direction.IN, row["consent_id"]) is not None:
        return Denied.CONSENT_REVOKED
    found = tx.one("consents.witnessed_end", seq=row["seq"])
    return None if found is None else Denied(found["fact"])


def reopen(tx: Transaction, by: int) -> None:
    """Let consents of ours count again that a message of ours, which never counted, had ended."""
    for row in tx.all("consents.ended_by", by=by):
        if row["mark"] == _mark(tx, row):
            _set_end(tx, row, None, at=None, by=None)


def revoke(
    tx: Transaction,
    seq: int,
    *,
    peer: str,
    direction: Direction,
    consent_id: str,
    reason: str,
    at: str,
) -> None:
    """Note that a message revokes a consent, whether that is here yet or not."""
    place = {"peer": peer, "direction": direction, "consent_id": consent_id}
    tx.run("consents.revoke", **place, seq=seq, reason=reason, at=at)


def revocation(tx: Transaction, peer: str, direction: Direction, consent_id: str) -> Row | None:
    """Return the first revocation of a consent, None where there is none."""
    return tx.one("consents.revocation", peer=peer, direction=direction, consent_id=consent_id)


def unrevoke(tx: Transaction, seq: int) -> None:
    """Forget a revocation of ours that never counted."""
    tx.run("consents.unrevoke", seq=seq)


def tell(tx: Transaction, seq: int, state: ConsentState) -> None:
    """Note of which state the grantor is told."""
    tx.run("consents.tell", seq=seq, told=state)


def hear(tx: Transaction, seq: int, state: ConsentState, *, code: str | None, at: str) -> bool:
    """Note how a consent of ours stands at the other side; False if we know something later."""
    return tx.run("consents.hear", seq=seq, told=state, code=code, at=at) == 1


def to_end(tx: Transaction, now: str) -> Iterable[Row]:
    """Return consents whose time is over and of which the grantor is not told so yet."""
    return tx.all("consents.to_end", now=now, limit=_FEW)


def next_end(tx: Transaction, now: str) -> str | None:
    """Return when the time of the next consent is over."""
    row = tx.only("consents.next_end", now=now)
    return None if row["not_after"] is None else str(row["not_after"])


def counts(tx: Transaction, now: str) -> list[Row]:
    """Return how many consents stand in each way, by direction."""
    return tx.all("consents.counts", now=now)
