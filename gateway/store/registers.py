"""The registers as they stand, as they stood, and how each entry came to be what it is.

Each pair of nodes has its own registers (`catalogue.registers`), and both sides hold the same
history: a version begins when the recipient's node took the message that brought it. What may be
public lies open; what is personal or confidential is sealed (`opened`), and is found only by its
number (`by_number`). What messages change is written by `register_versions`, whole lists by
`register_lists`; what a person decides of a message that waits, by `delivery.registering.decide`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.catalogue import Register
from gateway.catalogue.register_changes import number_key
from gateway.catalogue.text import folded
from gateway.envelope import digest
from gateway.errors import InvalidError, NotFoundError
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

# A comparison is read by people; more than this nobody reads in one go.
_MOST: Final = 100_000
_SAME_NUMBER: Final = 100
# As many as the query has places for.
_WORDS: Final = 8


class Decision(StrEnum):
    """What became of a message that changed no register until a person decided."""

    APPLIED = "applied"
    DROPPED = "dropped"
    # A correction or a withdrawal took its place before anybody had decided.
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of an entry of a register.

    Args:
        public: What may be shown and published.
        private: What is sealed, None while it is; `opened` returns it.
        valid_to: When the next version began; None while this one holds.
        seq: The row of this version.
        message: The row of the message that brought it.
        removed: The entry stands in the register no more.
        has_private: There is something sealed.
    """

    peer: str
    register: Register
    entry: str
    status: str
    public: Mapping[str, Any]
    private: Mapping[str, Any] | None
    valid_from: str
    valid_to: str | None
    seq: int
    message: int
    removed: bool
    has_private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The list that a register was last brought up to.

    Args:
        as_of: The day that the list speaks of.
        count: How many entries it has.
        at: When it was applied.
        message: The row of the message that opened it.
    """

    list_version: str
    set_digest: str
    as_of: str
    count: int
    at: str
    message: int


def page(
    tx: Transaction,
    peer: str,
    register: Register,
    *,
    as_of: str | None = None,
    status: str | None = None,
    words: Sequence[str] = (),
    after: str | None = None,
    limit: int,
) -> list[Entry]:
    """Return entries that stand in a register, by id, without opening what is sealed.

    Args:
        as_of: The time at which they stood there; None for now.
        words: All of them occur in what is public, however it is spelt.
        after: The id to go on after.

    Raises:
        InvalidError: There are more words than one query takes.
        CorruptError: An entry was changed on the disk.
    """
    asked = {"peer": peer, "register": register, "status": status, "after": after or ""}
    if as_of is not None:
        rows = tx.all("registers.page_then", **asked, **_words(words), as_of=as_of, limit=limit)
    elif words:
        rows = tx.all("registers.find_now", **asked, **_words(words), limit=limit)
    else:
        rows = tx.all("registers.page_now", **asked, limit=limit)
    # Which rows they are was decided in the order of ids; they are read by their numbers.
    return [entry_of(row) for row in sorted(rows, key=lambda row: row["entry"])]


def _words(words: Sequence[str]) -> dict[str, str | None]:
    looked_for: list[str | None] = list(dict.fromkeys(filter(None, map(folded, words))))
    if len(looked_for) > _WORDS:
        raise InvalidError(f"a register is searched for {_WORDS} words at most")
    looked_for += [None] * (_WORDS - len(looked_for))
    return {f"word{number}": word for number, word in enumerate(looked_for)}


def statuses(tx: Transaction, peer: str, register: Register) -> dict[str, str]:
    """Return the status of every entry that stands in a register now, by its id."""
    rows = tx.all("registers.statuses", peer=peer, register=register)
    return {row["entry"]: row["status"] for row in rows}


def counts(tx: Transaction, peer: str, register: Register) -> dict[str, int]:
    """Return how many entries stand in a register now, by status."""
    rows = tx.all("registers.count_now", peer=peer, register=register)
    return {row["status"]: row["count"] for row in rows}


def get(
    tx: Transaction, peer: str, register: Register, entry: str, *, as_of: str | None = None
) -> Entry:
    """Return an entry as it is or was at a time, also one that was removed before.

    Raises:
        NotFoundError: The register has (had) no such entry.
        CorruptError: It was changed on the disk.
    """
    named = {"peer": peer, "register": register, "entry": entry}
    if as_of is None:
        row = tx.one("registers.now", **named)
    else:
        row = tx.one("registers.then", **named, as_of=as_of)
    if row is None:
        raise NotFoundError(
            f"the register {register} has no entry {entry!r}",
            hint=f"gateway register list {register}",
        )
    return entry_of(row)


def opened(tx: Transaction, entry: Entry) -> Mapping[str, Any]:
    """Return what of a version is sealed, empty where nothing is.

    Raises:
        CorruptError: It was changed on the disk, or sealed under another store key.
    """
    row = tx.only("registers.by_seq", seq=entry.seq)
    private: Mapping[str, Any] = unsealed(tx, row)["private"]
    return private


def history(tx: Transaction, peer: str, register: Register, entry: str) -> list[Entry]:
    """Return every version of an entry in order, none where there never was such an entry."""
    rows = tx.all("registers.history", peer=peer, register=register, entry=entry)
    return [entry_of(row) for row in rows]


def by_number(tx: Transaction, peer: str, register: Register, number: str) -> list[Entry]:
    """Return the entries, as they are now, that bear or bore a number, however it is typed."""
    rows = tx.all(
        "registers.by_number",
        peer=peer,
        register=register,
        lookup=tx.sealer.lookup(number_text(register, number)),
        limit=_SAME_NUMBER,
    )
    return [get(tx, peer, register, row["entry"]) for row in rows]


def version(tx: Transaction, peer: str, register: Register) -> Version | None:
    """Return the list that a register was last brought up to, None before the first."""
    row = tx.one("register_lists.current", peer=peer, register=register)
    if row is None:
        return None
    return Version(
        list_version=row["list_version"],
        set_digest=row["set_digest"],
        as_of=row["as_of"],
        count=row["count"],
        at=row["applied"],
        message=row["seq"],
    )


def changed(tx: Transaction, peer: str, register: Register, since: str, until: str) -> list[Entry]:
    """Return the versions that began after one time and up to another, in order."""
    rows = tx.all(
        "registers.changed",
        peer=peer,
        register=register,
        since=since,
        until=until,
        limit=_MOST,
    )
    return [entry_of(row) for row in rows]


def of_message(tx: Transaction, message: int) -> list[Entry]:
    """Return the versions that a message brought."""
    return [entry_of(row) for row in tx.all("registers.of_message", message=message)]


def deferred(
    tx: Transaction,
    *,
    peer: str | None = None,
    register: Register | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Row]:
    """Return the messages that change no register until a person decides, oldest first.

    Their rows say `seq`, `peer`, `register`, `reason`, `at`, and of the message `id`, `type`,
    `thread`, `reference` and `direction`.
    """
    return tx.all("registers.deferred_open", peer=peer, register=register, after=after, limit=limit)


def waiting(tx: Transaction, peer: str, register: Register) -> int:
    """Return how many messages change a register only once a person has decided."""
    return int(tx.only("registers.count_deferred", peer=peer, register=register)["count"])


def all_waiting(tx: Transaction) -> dict[str, int]:
    """Return how many messages wait for a decision, by peer; those with none are left out."""
    return {row["peer"]: row["count"] for row in tx.all("registers.waiting")}


def deferral(tx: Transaction, seq: int) -> Row | None:
    """Return why and since when a message waits, and what became of it; None if it never did."""
    return tx.one("registers.deferred", seq=seq)


def defer(
    tx: Transaction, seq: int, *, slot: int, peer: str, register: Register, reason: str, at: str
) -> None:
    """Note that a message changes no register until a person has decided.

    Args:
        slot: The row of its first version.
    """
    place = {"peer": peer, "register": register}
    tx.run("registers.defer", seq=seq, slot=slot, **place, reason=reason, at=at)


def supersede(tx: Transaction, slot: int, *, at: str) -> None:
    """Let no version of a message wait any more: another has taken its place."""
    tx.run("registers.supersede", slot=slot, at=at, decision=Decision.SUPERSEDED)


def decide(tx: Transaction, seq: int, decision: Decision, *, at: str, uid: int) -> None:
    """Note what became of a message that waits; nothing changes where none does."""
    tx.run("registers.decide", seq=seq, at=at, decision=decision, uid=uid)


def entry_of(row: Row) -> Entry:
    """Return a version as others see it.

    Raises:
        CorruptError: The row was changed on the disk.
    """
    check_row(row)
    return Entry(
        peer=row["peer"],
        register=Register(row["register"]),
        entry=row["entry"],
        status=row["status"],
        public=orjson.loads(row["public"]),
        private=None,
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        seq=row["seq"],
        message=row["message"],
        removed=bool(row["removed"]),
        has_private=row["private"] is not None,
    )


def number_text(register: Register, number: str) -> str:
    """Return what is looked up for a number, however it is typed."""
    return f"{register}/{number_key(number)}"


def check_row(row: Row) -> None:
    """Let nobody go on with a version that is not what it was made.

    Raises:
        CorruptError: The row was changed on the disk.
    """
    if row_digest(row) != row["digest"]:
        raise CorruptError(
            f"the entry {row['entry']} of the register {row['register']} was changed on the disk",
            hint="gateway db check",
        )


def row_digest(row: Row | Mapping[str, Any]) -> str:
    """Return the digest of what of a version lies open; its end comes later and is left out."""
    named = ("peer", "register", "entry", "status", "removed", "valid_from", "message", "slot")
    text = "\n".join(str(row[name]) for name in (*named, "change", "public"))
    return digest(text.encode())


def unsealed(tx: Transaction, row: Row) -> dict[str, Any]:
    """Return what of a version is sealed: its `private` part, and the `change` that led to it.

    Raises:
        CorruptError: It does not open.
    """
    if row["private"] is None:
        return {"private": {}, "change": {}}
    kept: dict[str, Any] = orjson.loads(
        tx.sealer.open(row["content_key"], row["private"], place_of(row))
    )
    return kept


def place_of(row: Row | Mapping[str, Any]) -> str:
    """Return the place that what is sealed of a version is bound to."""
    named = (row[name] for name in ("peer", "register", "entry", "message"))
    return f"register_versions/{'/'.join(map(str, named))}/private"
