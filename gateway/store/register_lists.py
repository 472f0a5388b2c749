"""Lists that take a whole register from one version to the next, in one or more messages.

Nothing of a list counts before all its parts are there. What the lists alone say is kept beside the
register, because the digest of the next list is over that set; single messages change the register
between two lists, and the next snapshot takes the place of all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson

from gateway.catalogue import Register
from gateway.catalogue.list_digest import said_in
from gateway.catalogue.register_changes import (
    Change,
    State,
    Status,
    after,
    dropped,
    listed,
    revives,
)
from gateway.envelope import times
from gateway.policy import Opening, close
from gateway.store import registers
from gateway.store.register_versions import Cause, put, state
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

# Stands for an entry that was changed on the disk or is sealed under a lost key.
_UNREADABLE: Final = State(status=Status.WITHDRAWN)
_FACTS: Final = ("list_version", "as_of", "count", "set_digest", "parts")


# Lists of one register of which parts are missing. Honest nodes send one after the other; each
# that is given up may leave its rest behind, and none of them may keep the next from coming.
MOST_OPEN: Final = 4


class ListState(StrEnum):
    """Where a list stands."""

    # Parts are missing, or a person decides.
    OPEN = "open"
    APPLIED = "applied"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that a list says, checked: one line per entry of the resulting set.

    Args:
        lines: The whole set, or of a delta the entries that it names and keeps.
        gone: The entries that a delta takes out; None for a snapshot, which leaves out the rest.
        contacts: What is confidential of entries, as JSON text by their ids.
        marked: What of each entry the marking of its message leaves open.
    """

    lines: Mapping[str, bytes] = field(repr=False)
    gone: frozenset[str] | None
    contacts: Mapping[str, bytes] = field(repr=False)
    marked: Mapping[str, Opening] = field(repr=False)


def begin(
    tx: Transaction, seq: int, peer: str, register: Register, body: Mapping[str, object]
) -> None:
    """Note the list that a message opens, which is its own first part.

    The oldest of too many that are half there comes to nothing.
    """
    facts = {name: body[name] for name in _FACTS}
    base = body.get("base_version")
    tx.run("register_lists.open", seq=seq, peer=peer, register=register, base_version=base, **facts)
    add_part(tx, seq, 1, seq)
    if body["parts"] != 1:
        tx.run("register_lists.drop_oldest", peer=peer, register=register, most=MOST_OPEN)


def add_part(tx: Transaction, list_: int, part: int, seq: int) -> None:
    """Note which part of a list a message is."""
    tx.run("register_lists.add_part", list=list_, part=part, seq=seq)


def get(tx: Transaction, seq: int) -> Row | None:
    """Return the list that a message opened, if it opened one."""
    return tx.one("register_lists.get", seq=seq)


def list_of(tx: Transaction, seq: int) -> Row | None:
    """Return the list that a message is a part of, if it is one."""
    return tx.one("register_lists.list_of", seq=seq)


def parts(tx: Transaction, list_: int) -> list[Row]:
    """Return the messages of a list in the order of its parts."""
    return tx.all("register_lists.parts", list=list_)


def on_its_way(tx: Transaction, peer: str, register: Register, *, but: int = 0) -> int | None:
    """Return the row of a list of ours that the peer has not got as a whole yet."""
    row = tx.one("register_lists.on_its_way", peer=peer, register=register, but=but)
    return None if row is None else int(row["seq"])


def is_named_otherwise(
    tx: Transaction, peer: str, register: Register, list_version: str, *, set_digest: str
) -> bool:
    """Return whether a register was once brought up to another set under that name."""
    row = tx.one(
        "register_lists.named_otherwise",
        peer=peer,
        register=register,
        list_version=list_version,
        set_digest=set_digest,
    )
    return row is not None


def drop(tx: Transaction, list_: int) -> None:
    """Let a list come to nothing."""
    tx.run("register_lists.drop", seq=list_)


def lose_part(tx: Transaction, seq: int) -> None:
    """Forget a message of ours that never counted; a list that it opened comes to nothing."""
    drop(tx, seq)
    tx.run("register_lists.remove_part", seq=seq)


def lines(tx: Transaction, peer: str, register: Register) -> dict[str, bytes]:
    """Return what the lists alone say, a line of `list_digest` per entry.

    Raises:
        CorruptError: What is sealed of them does not open.
    """
    rows = tx.all("register_lists.listed", peer=peer, register=register)
    return {row["entry"]: _line(tx, row) for row in rows}


def _line(tx: Transaction, row: Row) -> bytes:
    if row["sealed"] is None:
        return str(row["line"]).encode()
    return tx.sealer.open(row["content_key"], row["sealed"], _place(row))


def _place(row: Row | Mapping[str, object]) -> str:
    named = (row[name] for name in ("peer", "register", "entry"))
    return f"register_listed/{'/'.join(map(str, named))}/line"


def apply(tx: Transaction, list_: Row, whole: Whole, *, at: str) -> bool:
    """Bring a register up to a list, in one transaction; only what differs gets a new version.

    Returns whether every entry could be read: one that could not is what the list says, and nothing
    that was known of it beside it is carried on.
    """
    peer, register = list_["peer"], Register(list_["register"])
    cause = Cause(message=list_["seq"], slot=list_["seq"], at=at)
    standing = registers.statuses(tx, peer, register).keys()
    is_read = True
    closed = set()
    for entry, line in whole.lines.items():
        before = _before(tx, peer, register, entry)
        is_read = is_read and before is not _UNREADABLE
        said = _listed(register, line, whole.contacts.get(entry))
        change = close(said, whole.marked[entry], times.parse(at))
        if change is not said:
            closed.add(entry)
        _put(tx, peer, change, cause, before)
    gone = standing - whole.lines.keys() if whole.gone is None else standing & whole.gone
    for entry in sorted(gone):
        before = _before(tx, peer, register, entry) or _UNREADABLE
        is_read = is_read and before is not _UNREADABLE
        _put(tx, peer, dropped(register, entry, before), cause, before)
    _note_set(tx, peer, register, whole, closed)
    tx.run("register_lists.drop_others", peer=peer, register=register, seq=list_["seq"])
    tx.run("register_lists.applied", seq=list_["seq"], at=at)
    return is_read


def seal_lines(tx: Transaction, peer: str, register: Register, entries: Collection[str]) -> None:
    """Seal what the lists say of some entries, of which a part is closed by now."""
    for row in tx.all("register_lists.listed", peer=peer, register=register):
        if row["entry"] in entries and row["sealed"] is None:
            named = {"peer": peer, "register": register, "entry": row["entry"]}
            kept = _kept(tx, named, _line(tx, row), is_open=False)
            tx.run("register_lists.list_entry", **named, **kept)


def revived(tx: Transaction, peer: str, register: Register, whole: Whole) -> list[str]:
    """Return the ids of approvals that would hold again, although they had ended or were halted."""
    if register is not Register.SENDING_ORGS:
        # Nothing but a list tells of the others how they stand.
        return []
    standing = registers.statuses(tx, peer, register)
    return [
        entry
        for entry, line in whole.lines.items()
        if entry in standing and revives(standing[entry], said_in(line)[1])
    ]


def _before(tx: Transaction, peer: str, register: Register, entry: str) -> State | None:
    """Return what an entry is until now; one bad row must not keep a whole list from counting."""
    try:
        return state(tx, peer, register, entry)
    except CorruptError:
        return _UNREADABLE


def _listed(register: Register, line: bytes, contact: bytes | None) -> Change:
    entry, said = said_in(line)
    return listed(register, entry, said, None if contact is None else orjson.loads(contact))


def _put(tx: Transaction, peer: str, change: Change, cause: Cause, before: State | None) -> None:
    """Make a new version of an entry, unless the list says what it was already."""
    if before is None or after(before, change) != before:
        put(tx, peer, change, cause, before=before)


def _note_set(
    tx: Transaction, peer: str, register: Register, whole: Whole, closed: Collection[str]
) -> None:
    gone = whole.gone
    if gone is None:
        rows = tx.all("register_lists.listed", peer=peer, register=register)
        gone = frozenset(row["entry"] for row in rows) - whole.lines.keys()
    for entry in gone:
        tx.run("register_lists.unlist_entry", peer=peer, register=register, entry=entry)
    for entry, line in whole.lines.items():
        row = {"peer": peer, "register": register, "entry": entry}
        kept = _kept(tx, row, line, is_open=entry not in closed)
        tx.run("register_lists.list_entry", **row, **kept)


def _kept(
    tx: Transaction, row: Mapping[str, object], line: bytes, *, is_open: bool
) -> dict[str, object]:
    """Return a line as it is stored: whole under a key of its own where a part is closed."""
    if is_open:
        return {"line": line.decode(), "content_key": None, "sealed": None}
    place = _place(row)
    key, wrapped = tx.sealer.new_key(place)
    return {"line": None, "content_key": wrapped, "sealed": tx.sealer.seal(key, line, place)}
