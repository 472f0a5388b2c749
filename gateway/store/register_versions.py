"""Writing registers: each change of an entry is a new version, and none is ever taken away.

A correction takes the place of what it corrects and a withdrawal empties it, but what other
messages said since stays: the state is worked out again from all that was said, in the order of
its arrival at the recipient. So is what follows a message that settles here later than another one
which arrived after it. Both sides then hold the same. A clock that is put back changes no order:
what a side says later holds from no earlier a time than what it said before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.catalogue import Register
from gateway.catalogue.register_changes import (
    Change,
    State,
    Status,
    after,
    named_by,
    number_key,
    numbers_in,
    searched,
    withdrawn,
)
from gateway.store.registers import check_row, number_text, place_of, row_digest, unsealed
from gateway.store.transaction import Row, Transaction

_SAID: Final = ("status", "initial", "public", "whole", "is_anew", "removed", "unknown")
# What stands for the change of a version that says nothing any more.
_TAKEN_BACK: Final = "null"
# Two would be enough, but for what stands no more.
_SAME_NUMBER: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What makes a version: the message, the first version of it, and when it was taken.

    Args:
        slot: The row of the first version; that of the message itself unless it is a correction
            or a withdrawal.
    """

    message: int
    slot: int
    at: str


@dataclass(slots=True, kw_only=True)
class _Version:
    """A version with what its message said; None is said by a withdrawal."""

    row: Mapping[str, Any]
    said: Change | None
    state: State | None = None


def state(tx: Transaction, peer: str, register: Register, entry: str) -> State | None:
    """Return what an entry is now, None where there never was one.

    Raises:
        CorruptError: It was changed on the disk, or what is sealed of it does not open.
    """
    row = tx.one("registers.now", peer=peer, register=register, entry=entry)
    return None if row is None else _state(tx, row)


def state_without(
    tx: Transaction, peer: str, register: Register, entry: str, *, slot: int
) -> State | None:
    """Return what an entry would be had a message never come.

    Raises:
        CorruptError: One of its versions cannot be read.
    """
    versions = [each for each in _versions(tx, peer, register, entry) if each.row["slot"] != slot]
    return _work_out(versions)


def state_by(
    tx: Transaction,
    peer: str,
    register: Register,
    entry: str,
    *,
    message: int,
    at: str,
    but: frozenset[int] = frozenset(),
) -> State | None:
    """Return what an entry is by all that was said up to a message, as it was corrected since.

    Args:
        at: When the message counted, for one that changed nothing.
        but: Messages that are left out.

    Raises:
        CorruptError: One of its versions cannot be read.
    """
    versions = [
        each for each in _versions(tx, peer, register, entry) if each.row["message"] not in but
    ]
    # Its own version where there is one; else the one that held when it counted.
    end = sum(each.row["valid_from"] <= at for each in versions)
    own = (place for place, each in enumerate(versions, 1) if each.row["message"] == message)
    slots = {each.row["slot"] for each in versions[: next(own, end)]}
    return _work_out([each for each in versions if each.row["slot"] in slots])


def entries_of(tx: Transaction, slot: int) -> list[tuple[str, Register, str]]:
    """Return peer, register and id of the entries that a message has changed, in any version."""
    rows = tx.all("registers.of_slot", slot=slot)
    return [(row["peer"], Register(row["register"]), row["entry"]) for row in rows]


def said_by(tx: Transaction, slot: int) -> list[str]:
    """Return the ids of the entries of which the newest version of a message says something."""
    rows = tx.all("registers.said_by_slot", slot=slot)
    return [row["entry"] for row in rows if row["change"] != _TAKEN_BACK]


def numbered(tx: Transaction, peer: str, register: Register, number: str) -> list[str]:
    """Return the ids of the entries that a number names or named; two are as bad as more.

    What was withdrawn or left out of a list is meant only where nothing of that number stands.
    """
    place = {"peer": peer, "register": register}
    lookup = tx.sealer.lookup(_name(register, number))
    rows = tx.all("registers.named", **place, lookup=lookup, limit=_SAME_NUMBER)
    standing = [row for row in rows if not row["removed"]]
    return [row["entry"] for row in standing or rows]


def put(
    tx: Transaction, peer: str, change: Change, cause: Cause, *, before: State | None = None
) -> bool:
    """Make a new version of an entry; tell whether what the other side said stands after it.

    Args:
        before: What the entry is now, if the caller has just read it.

    Raises:
        CorruptError: What it was before cannot be read; nothing was changed.
    """
    place = {"peer": peer, "register": change.register, "entry": change.entry}
    if cause.slot != cause.message:
        return _work_in(tx, place, change, cause)
    if before is None:
        before = state(tx, peer, change.register, change.entry)
        if before is not None and before.removed and before.status == Status.WITHDRAWN:
            # Of what was taken back nothing goes into what is said anew.
            return _work_in(tx, place, change, cause)
    if before is not None and not tx.run("registers.end", **place, at=cause.at):
        # One that arrived later was settled before it, or a clock was put back.
        return _work_in(tx, place, change, cause)
    made = after(before, change)
    row = place | {"message": cause.message, "slot": cause.slot, "valid_from": cause.at}
    tx.insert("registers.insert", **_kept(tx, row, made, change, valid_to=None))
    _note_numbers(tx, peer, change, made)
    return False


def take_back(tx: Transaction, peer: str, register: Register, entry: str, cause: Cause) -> bool:
    """Make a version of an entry without what a message had said of it; tell as `put` does.

    Raises:
        CorruptError: What it was before cannot be read; nothing was changed.
    """
    return _work_in(tx, {"peer": peer, "register": register, "entry": entry}, None, cause)


def said_in(tx: Transaction, message: int) -> list[Row]:
    """Return peer, register, id and beginning of each version that a message has brought."""
    return tx.all("registers.of_message", message=message)


def say_anew(
    tx: Transaction,
    peer: str,
    register: Register,
    entry: str,
    *,
    message: int,
    closed: Callable[[Change], Change],
) -> None:
    """Keep what a message said of an entry as it is closed now; nothing else of it changes.

    Args:
        closed: Returns what the message said with what is to be sealed of it.

    Raises:
        CorruptError: A version of the entry cannot be read; nothing was changed.
    """
    versions = list(_versions(tx, peer, register, entry))
    for each in versions:
        if each.row["message"] == message and each.said is not None:
            each.said = closed(each.said)
    _work_out(versions)
    for each in versions:
        _restate(tx, each, each.row["valid_to"])


def _work_in(tx: Transaction, place: Mapping[str, Any], said: Change | None, cause: Cause) -> bool:
    """Set what was said at its place in the history, and work out what follows."""
    others = tx.all("registers.sides", **place, message=cause.message, slot=cause.slot)
    versions = list(_versions(tx, place["peer"], place["register"], place["entry"]))
    before = [each["valid_from"] for each in others if each["is_before"]]
    at = max([cause.at, _begun(versions, said), *before])
    row = {**place, "message": cause.message, "slot": cause.slot, "valid_from": at}
    position = sum(each.row["valid_from"] <= at for each in versions)
    added = _Version(row=row, said=said)
    versions.insert(position, added)
    _work_out(versions)
    for number in range(max(position - 1, 0), len(versions)):
        each = versions[number]
        end = versions[number + 1].row["valid_from"] if number + 1 < len(versions) else None
        if each is not added:
            _restate(tx, each, end)
    if added.state is not None:
        end = versions[position + 1].row["valid_from"] if position + 1 < len(versions) else None
        tx.insert("registers.insert", **_kept(tx, row, added.state, said, valid_to=end))
        if said is not None:
            _note_numbers(tx, place["peer"], said, added.state)
    return any(each["is_theirs"] and each["valid_from"] > at for each in others)


def _begun(versions: Sequence[_Version], said: Change | None) -> str:
    """Return from when on a change may hold that may not begin an entry."""
    if said is None or said.unknown is None:
        return ""
    return next(
        (
            str(each.row["valid_from"])
            for each in versions
            if each.said is not None and each.said.unknown is None
        ),
        "",
    )


def _work_out(versions: Sequence[_Version]) -> State | None:
    """Work out what the entry is after each version, and return what it is after the last.

    What may not begin an entry says nothing until something stands that may.
    """
    slots: dict[int, Change | None] = {}
    state: State | None = None
    for each in versions:
        slots[each.row["slot"]] = each.said
        made: State | None = None
        for change in slots.values():
            if change is not None and (made is not None or change.unknown is None):
                made = after(made, change)
        if made is None and state is not None:
            made = withdrawn(state)
        each.state = state = made
    return state


def _versions(tx: Transaction, peer: str, register: Register, entry: str) -> Iterator[_Version]:
    for row in tx.all("registers.history", peer=peer, register=register, entry=entry):
        check_row(row)
        yield _Version(row=dict(row), said=_said(tx, row))


def _said(tx: Transaction, row: Row) -> Change | None:
    """Return what the message of a version said, as it was kept."""
    place = {"register": Register(row["register"]), "entry": row["entry"]}
    private = unsealed(tx, row)
    if row["change"] is None:
        return Change(
            **place,
            status=row["status"],
            public=orjson.loads(row["public"]),
            private=private.get("change", private["private"]),
            whole=True,
            removed=bool(row["removed"]),
        )
    kept = orjson.loads(row["change"])
    if kept is None:
        return None
    return Change(**place, **kept, private=private.get("change", private["private"]))


def _state(tx: Transaction, row: Row) -> State:
    check_row(row)
    return State(
        status=row["status"],
        public=orjson.loads(row["public"]),
        private=unsealed(tx, row)["private"],
        removed=bool(row["removed"]),
    )


def _restate(tx: Transaction, version: _Version, end: str | None) -> None:
    if version.state is not None:
        kept = _kept(tx, version.row, version.state, version.said, valid_to=end)
        tx.run("registers.restate", **kept)


def _kept(
    tx: Transaction,
    row: Mapping[str, Any],
    state: State,
    said: Change | None,
    *,
    valid_to: str | None,
) -> dict[str, Any]:
    """Return a version as it is stored."""
    kept = {
        **row,
        "valid_to": valid_to,
        "status": state.status,
        "removed": int(state.removed),
        # Nobody looks among what was removed.
        "search": "" if state.removed else searched(state.public),
        "public": _text(state.public),
        "change": _change_text(said),
    }
    kept["digest"] = row_digest(kept)
    kept["content_key"], kept["private"] = _sealed(tx, kept, state, said)
    return kept


def _change_text(said: Change | None) -> str | None:
    """Return what of a message's own words lies open, None where the whole state says it."""
    if said is not None and said.whole and said.status is not None and said.unknown is None:
        return None
    if said is None:
        return _TAKEN_BACK
    return _text({name: getattr(said, name) for name in _SAID})


def _sealed(
    tx: Transaction, row: Mapping[str, Any], state: State, said: Change | None
) -> tuple[bytes | None, bytes | None]:
    said_of_it = {} if said is None else said.private
    if not state.private and not said_of_it:
        return None, None
    kept: dict[str, Any] = {"private": state.private}
    if said_of_it != state.private:
        kept["change"] = said_of_it
    place = place_of(row)
    key, wrapped = tx.sealer.new_key(place)
    return wrapped, tx.sealer.seal(key, _text(kept).encode(), place)


def _note_numbers(tx: Transaction, peer: str, change: Change, state: State) -> None:
    if state.removed:
        return
    register = change.register
    found = {number_text(register, each) for each in numbers_in(state.public, state.private)}
    found |= {_name(register, each) for each in named_by(state)}
    for text in found:
        lookup = tx.sealer.lookup(text)
        tx.run(
            "registers.add_number", peer=peer, register=register, lookup=lookup, entry=change.entry
        )


def _name(register: Register, number: str) -> str:
    """Return what is looked up to tell which entry is meant, apart from every other number."""
    return f"{register}={number_key(number)}"


def _text(value: Any) -> str:
    return orjson.dumps(value, default=dict).decode()
