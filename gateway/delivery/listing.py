"""Whole lists: gathered part by part, checked as a set, applied in one transaction or not at all.

The message that completes a list is the one that is refused when the set is not what the first
part announces. Both sides check alike: ours before it is kept, the peer's before its entry.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import orjson

from gateway.catalogue import Register
from gateway.catalogue.list_digest import line, set_digest
from gateway.catalogue.register_rules import LISTS
from gateway.catalogue.registers import Mode
from gateway.delivery.told import opening_of
from gateway.envelope import read_content, times
from gateway.errors import (
    InvalidBodyError,
    ListFaultError,
    NotFoundError,
    Problem,
    WrongBaseError,
)
from gateway.policy import Opening
from gateway.store import Transaction, messages, register_lists, registers
from gateway.store.register_lists import ListState, Whole
from gateway.store.sealing import CorruptError

Check = Callable[[str, Mapping[str, Any]], None]
# The schemas allow no more. A country's list has a few hundred entries, the longest there is some
# eleven thousand; what it takes to apply one holds up every other change of the store.
MOST_ENTRIES: Final = 50_000
MOST_PARTS: Final = 100
_HEAD: Final = ("list_version", "base_version", "as_of", "count", "set_digest", "parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """A message of a list that is not stored yet, or one that is (`seq`).

    Args:
        opening: The row of the message that opened the list; None for that one itself.
        type: The type of that message.
        marked: What of the body its signed marking leaves open.
        day: On which it was signed.
    """

    peer: str
    type: str
    body: Mapping[str, Any] = field(repr=False)
    marked: Opening
    day: str
    opening: int | None
    seq: int | None = None

    @property
    def register(self) -> Register:
        """The register that the list is of."""
        return LISTS[self.type]

    @property
    def part(self) -> int:
        """Which part of the list it is."""
        return 1 if self.opening is None else int(self.body["part"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A message of a list that has its place; `whole` once it is the last one to come."""

    arriving: Arriving
    whole: Whole | None = None


def judge(tx: Transaction, arriving: Arriving, check: Check) -> Judged:
    """Judge one message of a list, and the whole list if it completes it; changes nothing.

    Args:
        check: Checks a body against the schema of a type.

    Raises:
        ListFaultError: The part is there already or is none of this list, or the set is not what
            the list announces.
        WrongBaseError: The register stands at another list than these changes start from.
        InvalidBodyError: An entry of a further part does not fit the list that it belongs to.
    """
    head = _head(tx, arriving)
    present: set[int] = set()
    if arriving.opening is None:
        # No part has to follow a list that can never be taken.
        _check_order(tx, arriving, head)
    else:
        present = _check_part(tx, arriving, head)
        _check_entries(arriving, head, check)
    if len(present) + 1 < head["parts"]:
        return Judged(arriving=arriving)
    return Judged(arriving=arriving, whole=_whole(tx, arriving, head))


def keep(tx: Transaction, judged: Judged, *, seq: int) -> int:
    """Note a message of a list beside the others; return the row of the one that opened it."""
    arriving = judged.arriving
    if arriving.opening is None:
        register_lists.begin(tx, seq, arriving.peer, arriving.register, arriving.body)
        return seq
    register_lists.add_part(tx, arriving.opening, arriving.part, seq)
    return arriving.opening


def judge_again(tx: Transaction, opening: int) -> Whole | None:
    """Return what a list says, all of whose messages are stored; None while one is missing.

    Raises:
        ListFaultError, WrongBaseError: The register has changed since, or was never the same.
    """
    list_ = register_lists.get(tx, opening)
    rows = register_lists.parts(tx, opening)
    if list_ is None or list_["state"] != ListState.OPEN or len(rows) < list_["parts"]:
        return None
    row = messages.get(tx, opening)
    body, marked = _said(tx, opening)
    arriving = Arriving(
        peer=row["peer"],
        type=row["type"],
        body=body,
        marked=marked,
        day=times.day(row["created"]),
        opening=None,
        seq=opening,
    )
    return _whole(tx, arriving, arriving.body)


def _head(tx: Transaction, arriving: Arriving) -> Mapping[str, Any]:
    """Return what the first part says of the whole list."""
    if arriving.opening is None:
        return arriving.body
    row = register_lists.get(tx, arriving.opening)
    if row is None or row["state"] != ListState.OPEN:
        raise ListFaultError("the list is not open any more", pointers=("/in_reply_to",))
    head = {name: row[name] for name in _HEAD if row[name] is not None}
    return head | {"mode": Mode.DELTA if "base_version" in head else Mode.SNAPSHOT}


def _check_part(tx: Transaction, arriving: Arriving, head: Mapping[str, Any]) -> set[int]:
    present = {row["part"] for row in register_lists.parts(tx, arriving.opening or 0)}
    if arriving.part in present:
        raise ListFaultError("that part is there already", pointers=("/body/part",))
    if arriving.part > head["parts"]:
        raise ListFaultError("the list has fewer parts", pointers=("/body/part",))
    return present


def _check_entries(arriving: Arriving, head: Mapping[str, Any], check: Check) -> None:
    """Let pass only entries of the kind that the list is of: a further part may carry any."""
    said = {name: arriving.body[name] for name in ("entries", "contacts") if name in arriving.body}
    try:
        check(arriving.type, {**head, **said})
    except InvalidBodyError as error:
        problems = tuple(Problem(f"/body{each.where}", each.text) for each in error.problems)
        raise InvalidBodyError(str(error), problems=problems) from None


def _whole(tx: Transaction, arriving: Arriving, head: Mapping[str, Any]) -> Whole:
    """Put the parts together and hold the set against what the list announces."""
    found = _gathered(tx, arriving, head["count"])
    said, gone = found.lines, found.gone
    is_delta = head["mode"] == Mode.DELTA
    current = registers.version(tx, arriving.peer, arriving.register)
    if is_delta and (current is None or current.list_version != head["base_version"]):
        raise WrongBaseError(
            "the register stands at another list", pointers=_at(arriving, "base_version")
        )
    resulting: Mapping[str, bytes] = said
    if is_delta:
        before = _lines(tx, arriving)
        resulting = {key: text for key, text in (before | said).items() if key not in gone}
    if len(resulting) != head["count"]:
        raise ListFaultError("the set has another number", pointers=_at(arriving, "count"))
    if set_digest(resulting) != head["set_digest"]:
        raise ListFaultError("the set has another digest", pointers=_at(arriving, "set_digest"))
    if not found.contacts.keys() <= resulting.keys():
        raise ListFaultError("contacts of no entry", pointers=("/body/contacts",))
    _check_order(tx, arriving, head)
    return Whole(
        lines=said,
        gone=frozenset(gone) if is_delta else None,
        contacts=found.contacts,
        marked=found.marked,
    )


def _lines(tx: Transaction, arriving: Arriving) -> dict[str, bytes]:
    """Return the set that a delta starts from."""
    try:
        return register_lists.lines(tx, arriving.peer, arriving.register)
    except CorruptError:
        # A whole list puts it right.
        text = "the list before cannot be read any more"
        raise ListFaultError(text, pointers=_at(arriving, "base_version")) from None


def _check_order(tx: Transaction, arriving: Arriving, head: Mapping[str, Any]) -> None:
    """Let no older list take the place of a newer one, and nobody say two things by one name."""
    peer, register = arriving.peer, arriving.register
    said_on = date.fromisoformat(arriving.day)
    # Where the day begins first it is tomorrow already.
    if arriving.opening is None and head["as_of"] > (said_on + timedelta(days=1)).isoformat():
        raise ListFaultError("the day is still to come", pointers=_at(arriving, "as_of"))
    current = registers.version(tx, peer, register)
    if current is not None and head["as_of"] < current.as_of:
        text = f"a list of {current.as_of} holds already, which is newer"
        raise ListFaultError(text, pointers=_at(arriving, "as_of"))
    name, digest = head["list_version"], head["set_digest"]
    if register_lists.is_named_otherwise(tx, peer, register, name, set_digest=digest):
        raise ListFaultError(
            "another list has that version", pointers=_at(arriving, "list_version")
        )


def _at(arriving: Arriving, member: str) -> tuple[str, ...]:
    """Return where the fault stands, as far as this very message says it."""
    return ("/in_reply_to",) if arriving.opening is not None else (f"/body/{member}",)


@dataclass(slots=True)
class _Gathered:
    """What all parts of a list say, gathered one after the other.

    Args:
        gone: The ids that are taken out.
        marked: What the marking of an entry's own message leaves open.
    """

    arriving: Arriving
    lines: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    contacts: dict[str, bytes] = field(default_factory=dict)
    marked: dict[str, Opening] = field(default_factory=dict)

    def take(self, body: Mapping[str, Any], marked: Opening) -> None:
        """Add what one part says.

        Raises:
            ListFaultError: Another part has said something of the same entry.
        """
        for entry, value in body["entries"].items():
            if entry in self.lines or entry in self.gone:
                where = _twice(self.arriving, entry)
                raise ListFaultError("an entry stands there twice", pointers=where)
            if value is None:
                self.gone.add(entry)
            else:
                self.lines[entry], self.marked[entry] = line(entry, value), marked
        for entry, contact in body.get("contacts", {}).items():
            if entry in self.contacts:
                raise ListFaultError("contacts stand there twice", pointers=("/body/contacts",))
            self.contacts[entry] = orjson.dumps(contact)


def _gathered(tx: Transaction, arriving: Arriving, count: int) -> _Gathered:
    """Return what all parts say together.

    One body at a time is open, and nothing is read beyond what the list announces: a list of many
    parts would otherwise fill the memory, and hold up whoever else has something to write.
    """
    found = _Gathered(arriving)
    for body, marked in _bodies(tx, arriving):
        found.take(body, marked)
        if max(len(found.lines), len(found.contacts)) > count or len(found.gone) > MOST_ENTRIES:
            text = "the parts have more entries than the list"
            raise ListFaultError(text, pointers=_at(arriving, "count"))
    return found


def _twice(arriving: Arriving, entry: str) -> tuple[str, ...]:
    here = entry in arriving.body["entries"]
    return (f"/body/entries/{entry}" if here else "/body/entries",)


def _bodies(tx: Transaction, arriving: Arriving) -> Iterator[tuple[Mapping[str, Any], Opening]]:
    opening = arriving.opening if arriving.seq is None else arriving.seq
    stored = [] if opening is None else register_lists.parts(tx, opening)
    for row in stored:
        if row["seq"] != arriving.seq:
            yield _said(tx, row["seq"])
    yield arriving.body, arriving.marked


def _said(tx: Transaction, seq: int) -> tuple[Mapping[str, Any], Opening]:
    """Return what a stored part says, and what its marking leaves open of it."""
    try:
        body = read_content(messages.content_of(tx, messages.get(tx, seq))).body
        return body, opening_of(tx, seq)
    except (CorruptError, NotFoundError):
        # Without it the list can never be whole here; another list can.
        text = "a part cannot be read any more"
        raise ListFaultError(text, pointers=("/in_reply_to",)) from None
