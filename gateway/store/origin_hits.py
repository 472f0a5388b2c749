"""Finds of what was received in confidence, and what people say about them. No value is kept.

open --claim--> claimed --another person--> approved | rejected --claim--> claimed
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.errors import NotFoundError
from gateway.store.fingerprints import make_independent
from gateway.store.transaction import Row, Transaction

_LAST: Final = 2**62


class State(StrEnum):
    """Where a find stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A find: what, who said it in which message, and where in what it stood for whom."""

    mark: int
    by: str
    seq: int
    kind: str
    audience: str
    type: str
    pointer: str


def note(tx: Transaction, found: Noted, *, uid: int, at: str) -> int:
    """Keep a find and return its number; the same one for the same audience has one number."""
    values = {name: getattr(found, name) for name in Noted.__slots__}
    return int(tx.only("origin_hits.note", **values, uid=uid, at=at)["hit"])


def get(tx: Transaction, hit: int) -> Row:
    """Return one find.

    Raises:
        NotFoundError: No find has this number.
    """
    row = tx.one("origin_hits.get", hit=hit)
    if row is None:
        raise NotFoundError(f"no find {hit}", hint="gateway disclose finds")
    return row


def page(tx: Transaction, *, before: int | None, limit: int, everything: bool) -> list[Row]:
    """Return finds, newest first; those that were judged only if `everything` is wanted."""
    query = "origin_hits.page" if everything else "origin_hits.page_open"
    return tx.all(query, before=_LAST if before is None else before, limit=limit)


def claim(tx: Transaction, hit: int, *, reason: str, uid: int, at: str) -> bool:
    """Keep why a find is known from elsewhere; False if it is claimed or approved already."""
    key, wrapped = tx.sealer.new_key(_place(hit))
    sealed = tx.sealer.seal(key, reason.encode(), _place(hit))
    changed = tx.run(
        "origin_hits.claim", hit=hit, uid=uid, at=at, reason_key=wrapped, reason=sealed
    )
    return changed == 1


def judge(tx: Transaction, row: Row, *, approves: bool, uid: int, at: str) -> bool:
    """Keep what another person says of a claim; False where none waits, or for the same person.

    What is approved is known from elsewhere from then on, whoever is told it.
    """
    state = State.APPROVED if approves else State.REJECTED
    if tx.run("origin_hits.judge", hit=row["hit"], state=state, uid=uid, at=at) != 1:
        return False
    if approves:
        make_independent(tx, mark=row["mark"], by=row["by"])
    return True


def reason_of(tx: Transaction, row: Row) -> str | None:
    """Return why a find is known from elsewhere, None while nobody says so.

    Raises:
        CorruptError: What is stored is not what was sealed.
    """
    if row["reason"] is None:
        return None
    return tx.sealer.open(row["reason_key"], row["reason"], _place(row["hit"])).decode()


def _place(hit: int) -> str:
    return f"origin_hits/{hit}/reason"
