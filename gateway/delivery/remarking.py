"""A message marked anew by its originator: what follows from it, here and at once.

Clause 3 binds from the moment the change is here: lists, registers and pages follow it in the
transaction that keeps it, copies that have not left are decided again, and the originator hears of
what was disclosed before. The newest change counts, by its time and then by its id, whichever way
two of them arrive. Only the originator marks, more closely or less.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.catalogue import Caveat, country_of, short
from gateway.delivery import fingerprinting, publishing
from gateway.delivery.awaiting import Terms
from gateway.delivery.placement import Placement
from gateway.delivery.reclosing import reclose
from gateway.delivery.subjects import effective, sources_of
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import (
    InvalidMarkingError,
    NotFoundError,
    NotPermittedError,
    PolicyError,
    Problem,
)
from gateway.policy import Marking, check_pointers, parse_marking
from gateway.policy.label import is_below, of_marking
from gateway.policy.pointers import overlaps
from gateway.policy.subject import Derivation, Source
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
        PolicyError: It is ours, and would open what others keep more closely.
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
    if row["direction"] == Direction.OUT:
        _check_sources(tx, row, marking)


def _check_sources(tx: Transaction, row: Row, marking: Marking) -> None:
    """Let pass a marking of ours that opens nothing, or nothing of others that they keep closer.

    Its recipient has our word alone for how closely it is to be kept.
    """
    before = _marking(tx, row)
    if before is not None and is_no_stricter(before, marking):
        return
    header = reopen_signed(row["jws"], "").header
    for source in sources_of(tx, header.derived_from, to=header.to):
        if not _keeps(marking, source):
            raise PolicyError(
                f"it carries content of {source.originator}, which keeps it more closely",
                problems=(Problem("/body/marking", f"is looser than that of {source.message_id}"),),
                hint=f"gateway show {short(source.message_id)} says how it is marked",
            )


def _keeps(marking: Marking, source: Source) -> bool:
    """Tell whether a marking keeps what was taken over as closely as it is kept where it is from.

    When somebody looks at a marking again restricts nothing, and is not compared. What is made
    public is never anybody else's, whatever its originator would let become so.
    """
    try:
        theirs = parse_marking(source.marking, originator_country=country_of(source.originator))
    except InvalidMarkingError:
        # Nobody here can say how closely it is to be kept; the bare name of a message may be told.
        return source.mode is Derivation.REFERENCE
    asked = of_marking(theirs, pointer=source.source_pointer)
    if source.mode is Derivation.REFERENCE and Caveat.NO_TIP_OFF not in asked.caveats:
        return True
    target = source.target_pointer
    if any(overlaps(field, target) for field in marking.publish.fields):
        return False
    given = of_marking(marking, pointer=target)
    asked = replace(
        asked,
        originators=given.originators,
        publish=given.publish,
        review_at=given.review_at,
    )
    return is_below(asked, given)


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
    markings.note(tx, target["seq"], by=seq, at=at)
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
        markings.forget(tx, target["seq"], by=row["seq"], at=at)
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
