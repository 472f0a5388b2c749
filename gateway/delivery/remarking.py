"""A message marked anew by its originator: what follows from it, here and at once.

Clause 3 binds from the moment the change is here: lists, registers and pages follow it in the
transaction that keeps it, copies that have not left are decided again, and the originator hears of
what was disclosed before. The newest change counts, by its time and then by its id, whichever way
two of them arrive. Only the originator marks, more closely or less.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.catalogue import country_of
from gateway.delivery import fingerprinting, publishing
from gateway.delivery.awaiting import Terms
from gateway.delivery.placement import Placement
from gateway.delivery.reclosing import reclose
from gateway.delivery.subjects import effective
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import InvalidMarkingError, NotFoundError, NotPermittedError
from gateway.policy import Marking, check_pointers, parse_marking
from gateway.policy.label import is_below, of_marking
from gateway.store import Row, Transaction, consent_notices, disclosures, markings, messages
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.consent_notices import NoticeKind, Why
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

CHANGE: Final = "marking.change"


def check(tx: Transaction, header: Header, body: Mapping[str, Any], placed: Placement) -> None:
    """Let pass only a marking that its sender may give to the very message that it names.

    Messages of other types pass.

    Raises:
        NotPermittedError: It speaks of another message than it replies to.
        InvalidMarkingError: It is no marking of this sender, or a part of it names nothing.
    """
    if header.type != CHANGE or placed.replied is None:
        return
    for member in ("id", "header_digest"):
        if body["of"][member] != placed.replied[member]:
            raise NotPermittedError("another message", pointers=(f"/body/of/{member}",))
    try:
        marking = parse_marking(body["marking"], originator_country=country_of(header.from_))
        row = messages.get(tx, placed.replied["seq"])
        if row["content"] is not None:
            check_pointers(marking, read_content(messages.content_of(tx, row)).body)
    except InvalidMarkingError as error:
        pointers = tuple(f"/body{pointer}" for pointer in error.pointers)
        raise InvalidMarkingError(str(error), pointers=pointers) from None
    except CorruptError:
        # What cannot be read any more is kept as closely as its originator says all the same.
        return


def apply(
    tx: Transaction, terms: Terms, header: Header, placed: Placement, *, seq: int, at: str
) -> None:
    """Let everything here follow a message that marks another anew; other types change nothing.

    Args:
        seq: The row of the message that does.
    """
    if header.type != CHANGE or placed.replied is None:
        return
    target = messages.get(tx, placed.replied["seq"])
    before = _marking(tx, target)
    markings.note(tx, target["seq"], by=seq)
    after = _marking(tx, target)
    if after == before:
        return
    _follow(tx, terms, target, at=at)
    if target["direction"] == Direction.IN and not is_no_stricter(after, before):
        _call(tx, target, header, seq=seq, at=at)


def undone(tx: Transaction, terms: Terms, row: Row, *, at: str) -> None:
    """Let everything here follow that a change of ours never counted."""
    if row["type"] != CHANGE or row["in_reply_to"] is None:
        return
    target = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    if target is not None:
        markings.forget(tx, target["seq"], by=row["seq"])
        _follow(tx, terms, messages.get(tx, target["seq"]), at=at)


def _marking(tx: Transaction, row: Row) -> Marking | None:
    """Return what a message is marked now, None where nobody can tell any more."""
    try:
        return effective(tx, row, reopen_signed(row["jws"], "").header)
    except (CorruptError, NotFoundError, InvalidMarkingError):
        return None


def _follow(tx: Transaction, terms: Terms, target: Row, *, at: str) -> None:
    marking = _marking(tx, target)
    if marking is None:
        return
    try:
        markings.show(tx, target, marking.whole())
        reclose(tx, target["seq"])
    except CorruptError:
        # The marking stands all the same: whatever is decided reads it from the signed text.
        raise_alarm(tx, Alarm.CORRUPT, at=at, peer=target["peer"], subject=target["id"])
    fingerprinting.note_again(tx, terms, target["seq"], at=at)
    publishing.remarked(tx, terms, target["seq"], at=at)


def is_no_stricter(after: Marking | None, before: Marking | None) -> bool:
    """Tell whether a marking closes nothing that was open by another one."""
    if after is None or before is None:
        return False
    pointers = {"", *(part.pointer for one in (after, before) for part in one.granular)}
    wholes = replace(after, granular=()), replace(before, granular=())
    pairs = [tuple(of_marking(one, pointer=each) for one in (after, before)) for each in pointers]
    pairs.append((of_marking(wholes[0]), of_marking(wholes[1])))
    return all(is_below(*pair) for pair in pairs)


def _call(tx: Transaction, target: Row, header: Header, *, seq: int, at: str) -> None:
    """Call a person, and let the originator hear of what has left of its message before."""
    peer = target["peer"]
    raise_alarm(tx, Alarm.MARKING_TIGHTENED, at=at, peer=peer, subject=target["id"])
    if disclosures.reported(tx, peer=peer, message_id=target["id"]):
        consent_notices.note(
            tx,
            NoticeKind.REPORT,
            seq=seq,
            peer=peer,
            what=Why.RAISED,
            at=at,
            message_id=target["id"],
        )
