"""Lists that take a whole register from one version to the next, in one or more messages.

Nothing of a list counts before all its parts are there. What the lists alone say is kept beside the
register, because the digest of the next list is over that set; single messages change the register
between two lists, and the next snapshot takes the place of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from gateway.catalogue import Register
from gateway.catalogue.list_digest import said_in
from gateway.catalogue.register_changes import Change, State, Status, after, dropped, listed
from gateway.store.register_versions import Cause, put, state
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

# Stands for an entry that was changed on the disk or is sealed under a lost key.
_UNREADABLE: Final = State(status=Status.WITHDRAWN)
_FACTS: Final = ("list_version", "as_of", "count", "set_digest", "parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All that a list says, checked: one line per entry of the resulting set.

    Args:
        lines: The whole set, or of a delta the entries that it names and keeps.
        gone: The entries that a delta takes out; None for a snapshot, which leaves out the rest.
        contacts: What is confidential of entries, as JSON text by their ids.
    """

    lines: Mapping[str, bytes] = field(repr=False)
    gone: frozenset[str] | None
    contacts: Mapping[str, bytes] = field(repr=False)


def begin(
    tx: Transaction, seq: int, peer: str, register: Register, body: Mapping[str, object]
) -> None:
    """Note the list that a message opens, which is its own first part."""
    facts = {name: body[name] for name in _FACTS}
    base = body.get("base_version")
    tx.run("register_lists.open", seq=seq, peer=peer, register=register, base_version=base, **facts)
    add_part(tx, seq, 1, seq)


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


def drop(tx: Transaction, list_: int) -> None:
    """Let a list come to nothing."""
    tx.run("register_lists.drop", seq=list_)


def lose_part(tx: Transaction, seq: int) -> None:
    """Forget a message of ours that never counted; a list that it opened comes to nothing."""
    drop(tx, seq)
    tx.run("register_lists.remove_part", seq=seq)


def lines(tx: Transaction, peer: str, register: Register) -> dict[str, bytes]:
    """Return what the lists alone say, a line of `list_digest` per entry."""
    rows = tx.all("register_lists.listed", peer=peer, register=register)
    return {row["entry"]: row["line"].encode() for row in rows}


def apply(tx: Transaction, list_: Row, whole: Whole, *, at: str) -> int:
    """Bring a register up to a list, in one transaction; only what differs gets a new version.

    Returns how many entries could not be read any more: they are what the list says, and nothing
    that was known of them beside it is carried on.
    """
    peer, register = list_["peer"], Register(list_["register"])
    cause = Cause(message=list_["seq"], slot=list_["seq"], at=at)
    standing = {row["entry"] for row in tx.all("registers.ids_now", peer=peer, register=register)}
    changed, unread = 0, 0
    for entry, line in whole.lines.items():
        before = _before(tx, peer, register, entry)
        unread += before is _UNREADABLE
        contact = whole.contacts.get(entry)
        is_other = _put(tx, peer, _listed(register, line, contact), cause, before)
        changed += is_other and entry in standing
    gone = standing - whole.lines.keys() if whole.gone is None else standing & whole.gone
    for entry in sorted(gone):
        before = _before(tx, peer, register, entry) or _UNREADABLE
        unread += before is _UNREADABLE
        _put(tx, peer, dropped(register, entry, before), cause, before)
    _note_set(tx, peer, register, whole)
    tx.run("register_lists.drop_others", peer=peer, register=register, seq=list_["seq"])
    tx.run(
        "register_lists.applied",
        seq=list_["seq"],
        at=at,
        before=len(standing),
        added=len(whole.lines.keys() - standing),
        changed=changed,
        removed=len(gone),
    )
    return unread


def _before(tx: Transaction, peer: str, register: Register, entry: str) -> State | None:
    """Return what an entry is until now; one bad row must not keep a whole list from counting."""
    try:
        return state(tx, peer, register, entry)
    except CorruptError:
        return _UNREADABLE


def _listed(register: Register, line: bytes, contact: bytes | None) -> Change:
    entry, said = said_in(line)
    return listed(register, entry, said, None if contact is None else orjson.loads(contact))


def _put(tx: Transaction, peer: str, change: Change, cause: Cause, before: State | None) -> bool:
    """Make a new version of an entry; False where the list says what it was already."""
    if before is not None and after(before, change) == before:
        return False
    put(tx, peer, change, cause, before=before)
    return True


def _note_set(tx: Transaction, peer: str, register: Register, whole: Whole) -> None:
    gone = whole.gone
    if gone is None:
        gone = frozenset(lines(tx, peer, register)) - whole.lines.keys()
    for entry in gone:
        tx.run("register_lists.unlist_entry", peer=peer, register=register, entry=entry)
    for entry, line in whole.lines.items():
        tx.run(
            "register_lists.list_entry",
            peer=peer,
            register=register,
            entry=entry,
            line=line.decode(),
        )
