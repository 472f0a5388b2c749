"""Which message takes the place of which: corrections and withdrawals.

A message and its corrections are versions of one. `in_reply_to` of a correction or withdrawal names
the first version, `supersedes` the newest, so that nobody takes the place of what has lost it.
Nothing is ever erased or moved back: the versions keep their states and levels, and say by what
they were superseded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.catalogue import MessageType, Superseding, event_of, type_of
from gateway.envelope import Header, read_content
from gateway.errors import (
    NotPermittedError,
    Problem,
    UnknownReferenceError,
    WrongThreadError,
)
from gateway.store import Row, Transaction, messages
from gateway.store.messages import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersession:
    """What a correction or withdrawal speaks of; rows as lists show them.

    Args:
        target: The version whose place it takes.
        first: The version that was sent first; target and first may be one.
        is_late: Another message has taken that place before.
    """

    mode: Superseding
    target: Row
    first: Row
    is_late: bool

    @property
    def body_type(self) -> str | None:
        """The type that a corrected body has to fit, None for a withdrawal."""
        return self.first["type"] if self.mode is Superseding.CORRECT else None


def is_correction(row: Row) -> bool:
    """Tell whether a message carries the corrected body of another one."""
    return type_of(row["type"]).supersedes is Superseding.CORRECT


def first_version(tx: Transaction, row: Row) -> Row:
    """Return the message that a row is a version of, the row itself if it is the first."""
    if not is_correction(row):
        return row
    first = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    # A correction is kept only if its first version is here, and nothing is ever removed.
    return row if first is None else messages.shown(tx, first["seq"])


def newest_version(tx: Transaction, row: Row) -> Row:
    """Return the newest version of a message, which may itself have been withdrawn.

    Each correction comes later than what it corrects, so the walk ends.
    """
    while row["superseded_mode"] == Superseding.CORRECT:
        following = messages.in_thread(tx, row["peer"], row["superseded_by"])
        if following is None:
            return row
        row = messages.shown(tx, following["seq"])
    return row


def body_of(tx: Transaction, row: Row) -> Mapping[str, Any] | None:
    """Return what a version says, unwrapped from its correction; None if it was erased."""
    kept = messages.get(tx, row["seq"])
    if kept["content"] is None:
        return None
    body: Mapping[str, Any] = read_content(messages.content_of(tx, kept)).body
    return body["body"] if is_correction(row) else body


def supersession(
    tx: Transaction, header: Header, row: MessageType, *, peer: str, direction: Direction
) -> Supersession | None:
    """Return what a correction or withdrawal speaks of; None for every other type.

    The header's `in_reply_to` was looked up before; that `supersedes` is there, with the mode of
    the type, is known without the store.

    Args:
        direction: That of the message itself: whoever sends may speak of its own messages alone.

    Raises:
        UnknownReferenceError: The message to be superseded is not here (yet).
        NotPermittedError: It is the other side's, another one than the sender means, or of a type
            that stays as it was sent.
        WrongThreadError: It is no version of the message that `in_reply_to` names.
    """
    if row.supersedes is None or header.supersedes is None:
        return None
    known = messages.in_thread(tx, peer, header.supersedes["id"])
    if known is None:
        raise UnknownReferenceError("no such message (yet)", pointers=("/supersedes/id",))
    if known["direction"] != direction:
        raise NotPermittedError("a message of the other side", pointers=("/supersedes/id",))
    if known["header_digest"] != header.supersedes["header_digest"]:
        raise NotPermittedError("another header", pointers=("/supersedes/header_digest",))
    if not type_of(known["type"]).updatable:
        raise NotPermittedError("it stays as it was sent", pointers=("/supersedes/id",))
    target = messages.shown(tx, known["seq"])
    first = first_version(tx, target)
    if first["id"] != header.in_reply_to:
        raise WrongThreadError("not the first version", pointers=("/in_reply_to",))
    return Supersession(
        mode=row.supersedes,
        target=target,
        first=first,
        is_late=target["superseded_by"] is not None,
    )


def differing_step(
    tx: Transaction, taken: Supersession, body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what is at fault where a corrected body would have done something else to its thread.

    A partial answer cannot become the final one in this way: the state of the matter would have to
    change without a step.

    Args:
        body: The corrected body, which fits the type of the first version.
    """
    earlier = body_of(tx, taken.target)
    name = taken.first["type"]
    if earlier is None or event_of(name, earlier) is event_of(name, body):
        return ()
    choice = type_of(name).choice
    where = "/body" if choice is None else f"/body/{choice.member}"
    return (Problem(where, "differs from the message that is corrected"),)


def supersede(tx: Transaction, taken: Supersession | None, *, seq: int, id: str) -> None:
    """Note that the message takes the place of what it speaks of; the first that does stays."""
    if taken is not None:
        messages.supersede(
            tx,
            old=taken.target["seq"],
            old_id=taken.target["id"],
            new=seq,
            new_id=id,
            mode=taken.mode,
        )
