"""A message as the registers see it: what it says, for whom, and in whose place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.catalogue import MessageType, Superseding, country_of, type_of
from gateway.catalogue.register_rules import LIST_PART, LISTS
from gateway.delivery.placement import Placement
from gateway.delivery.subjects import effective
from gateway.delivery.superseding import body_of, first_version
from gateway.envelope import Header, reopen_signed, times
from gateway.policy import Marking, Opening, parse_marking
from gateway.store import Row, Transaction, messages, meta
from gateway.store.messages import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message as the registers see it.

    Args:
        type: The type of its first version.
        body: What it says, of a correction the corrected body; None for a withdrawal, and where
            it was erased.
        is_taken_back: It is a withdrawal.
        first: Row and id of the first version, if another message is that.
        opening: What of the body its signed marking leaves open.
        day: On which it was signed.
        replied: What `in_reply_to` names.
    """

    peer: str
    direction: Direction
    type: str
    body: Mapping[str, Any] | None = field(repr=False)
    id: str
    country: str
    thread: str
    opening: Opening
    day: str
    is_taken_back: bool = False
    first: tuple[int, str] | None = None
    replied: Row | None = None

    @property
    def is_of_list(self) -> bool:
        """Whether it is a message of a whole list."""
        return self.type in LISTS or self.type == LIST_PART


def told(
    header: Header,
    row: MessageType,
    body: Mapping[str, Any],
    placed: Placement,
    *,
    peer: str,
    direction: Direction,
) -> Told | None:
    """Return a message as the registers see it, None where none is changed by it."""
    first = None if placed.taken is None else placed.taken.first
    if row.supersedes is not None and (placed.taken is None or placed.taken.is_late):
        return None
    name = row.name if first is None else first["type"]
    if type_of(name).register is None and name != LIST_PART:
        return None
    said: Mapping[str, Any] | None = body
    if row.supersedes is not None:
        said = body["body"] if row.supersedes is Superseding.CORRECT else None
    return Told(
        peer=peer,
        direction=direction,
        type=name,
        body=said,
        id=header.id,
        country=country_of(header.from_),
        thread=header.thread,
        opening=opening_by(header, row),
        day=times.day(header.created),
        is_taken_back=row.supersedes is Superseding.WITHDRAW,
        first=None if first is None else (first["seq"], first["id"]),
        replied=placed.replied,
    )


def told_again(tx: Transaction, row: Row) -> Told | None:
    """Return a stored message as the registers see it, None where none is changed by it."""
    kind = type_of(row["type"])
    if kind.supersedes is not None and row["supersedes"] is None:
        return None
    first = row if kind.supersedes is None else _first_of(tx, row)
    if type_of(first["type"]).register is None:
        return None
    return Told(
        peer=row["peer"],
        direction=Direction(row["direction"]),
        type=first["type"],
        body=None if kind.supersedes is Superseding.WITHDRAW else body_of(tx, row),
        id=row["id"],
        country=_country(tx, row),
        thread=row["thread"],
        opening=opening_of(tx, row["seq"]),
        day=times.day(row["created"]),
        is_taken_back=kind.supersedes is Superseding.WITHDRAW,
        first=None if first["seq"] == row["seq"] else (first["seq"], first["id"]),
    )


def opening_by(header: Header, row: MessageType) -> Opening:
    """Return what of a body the marking leaves open that was signed with it."""
    marking = parse_marking(header.marking, originator_country=country_of(header.from_))
    return _opening(marking, row)


def opening_of(tx: Transaction, seq: int) -> Opening:
    """Return what of a stored message the marking leaves open that it has now.

    Raises:
        CorruptError: The signed text is not the one that was stored, or that of a message which
            changed the marking.
    """
    kept = messages.get(tx, seq)
    header = reopen_signed(kept["jws"], "").header
    return _opening(effective(tx, kept, header), type_of(header.type))


def _opening(marking: Marking, row: MessageType) -> Opening:
    return Opening(marking, "/body" if row.supersedes is Superseding.CORRECT else "")


def _first_of(tx: Transaction, row: Row) -> Row:
    """Return the first version of what a correction or withdrawal speaks of."""
    named = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    return row if named is None else first_version(tx, messages.shown(tx, named["seq"]))


def _country(tx: Transaction, row: Row) -> str:
    """Return the country of a stored message's sender."""
    return country_of(row["peer"] if row["direction"] == Direction.IN else meta.load(tx).node)
