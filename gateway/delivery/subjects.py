"""What a decision about a stored message is about: its marking now, and what it took over.

A later `marking.change` of the same originator stands in place of the marking in the message's own
header: the newest by its time, then by its id. All of it is read from signed text. What lists show
of the marking only has to agree with it: where it does not, the database was changed by hand, and
nothing of the message goes further.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import orjson

from gateway.catalogue import Superseding, country_of
from gateway.delivery.superseding import first_version, is_correction, newest_version
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import InvalidMarkingError, NotFoundError
from gateway.policy import Denied, Marking, Subject, parse_marking
from gateway.policy.pointers import overlaps
from gateway.policy.subject import Derivation, Source
from gateway.store import Row, Transaction, markings, messages
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# Caps of our own: what went through more hands, or is made of more, is taken as nobody knows whose.
_DEEPEST: Final = 8
_MOST: Final = 256


def subject_of(tx: Transaction, row: Row, *, to: str | None = None) -> Subject:
    """Return what `decide` is asked about a stored message, with everything that it rests on.

    Args:
        row: The whole row, as `messages.get` returns it.
        to: The node that a message of ours is on its way to, as in `sources_of`.
    """
    signed = reopen_signed(row["jws"], "")
    header = signed.header
    marking, is_sound = _marking(tx, row, header)
    is_sound = is_sound and signed.header_digest == row["header_digest"]
    return Subject(
        message_id=header.id,
        header_digest=signed.header_digest,
        profile=header.profile,
        sender=header.from_,
        recipient=header.to,
        marking=marking,
        derived_from=header.derived_from,
        sources=sources_of(tx, header.derived_from, to=to),
        standing=_standing(tx, row) if is_sound else Denied.SOURCE_CHANGED,
        earlier=earlier_of(tx, row),
        under="/body" if is_correction(row) else "",
        type=header.type,
        thread=header.thread,
        received=row["received"] if row["direction"] == Direction.IN else None,
    )


def sources_of(
    tx: Transaction, entries: tuple[Mapping[str, Any], ...], *, to: str | None = None
) -> tuple[Source, ...]:
    """Return what the entries of a provenance name, each as it is kept here.

    What a source has itself taken over, into the part that is taken over from it, is a source too:
    content stays its originator's, through however many hands it goes. One that is not kept here
    has no marking: nobody can say whose it is.

    Args:
        to: The node that all of it goes to. What is not kept here, but came inside a message of
            that node, tells it nothing: going back, it is governed by that message's marking.
    """
    every = (source for entry in entries for source in _sources(tx, entry, depth=1, to=to))
    found = tuple(islice(every, _MOST + 1))
    if len(found) <= _MOST:
        return found
    # The rest could be anybody's; a mere reference to nobody knows what would be passed over.
    rest = replace(found[_MOST], marking=None, target_pointer="", mode=Derivation.QUOTE)
    return (*found[:_MOST], rest)


def declared_in(tx: Transaction, entries: tuple[Mapping[str, Any], ...]) -> dict[int, int]:
    """Return the row of each message kept here that a provenance names, by the entry's number."""
    rows = {
        number: markings.source(tx, str(each.get("message_id")), str(each.get("header_digest")))
        for number, each in enumerate(entries)
    }
    return {number: int(row["seq"]) for number, row in rows.items() if row is not None}


def note_derivations(tx: Transaction, seq: int, entries: tuple[Mapping[str, Any], ...]) -> None:
    """Note beside a message that was kept what it took over, so that it is found from there.

    Raises:
        CorruptError: The signed text of a source is not the one that was stored.
    """
    for number, source in declared_in(tx, entries).items():
        markings.derive(tx, seq, number, source=source)


def marking_of(tx: Transaction, row: Row, header: Header) -> object:
    """Return the marking that a message has now, as JSON.

    Raises:
        CorruptError: A message that changed it cannot be read any more.
    """
    for change in markings.changes_of(tx, row["seq"]):
        if (change["peer"], change["direction"]) == (row["peer"], row["direction"]):
            return _changed(tx, change["seq"], header)
    return header.marking


def effective(tx: Transaction, row: Row, header: Header) -> Marking:
    """Return the marking that a message has now.

    Raises:
        CorruptError: A message that changed it cannot be read any more.
        InvalidMarkingError: It is none.
    """
    value = marking_of(tx, row, header)
    return parse_marking(value, originator_country=country_of(header.from_))


def earlier_of(tx: Transaction, row: Row) -> tuple[tuple[str, str], ...]:
    """Return id and header digest of each version that a correction takes the place of."""
    if not is_correction(row):
        return ()
    found: list[tuple[str, str]] = []
    version = first_version(tx, messages.shown(tx, row["seq"]))
    while version["seq"] != row["seq"]:
        found.append((version["id"], version["header_digest"]))
        if version["superseded_by"] is None:
            break
        following = messages.in_thread(tx, row["peer"], version["superseded_by"])
        if following is None:
            break
        version = messages.shown(tx, following["seq"])
    return tuple(found)


def _marking(tx: Transaction, row: Row, header: Header) -> tuple[object, bool]:
    """Return the marking now, and whether all that is kept of it agrees."""
    try:
        value = marking_of(tx, row, header)
    except (CorruptError, NotFoundError):
        return header.marking, False
    try:
        whole = parse_marking(value, originator_country=country_of(header.from_)).whole()
    except InvalidMarkingError:
        # The evaluator says what is wrong with it.
        return value, True
    kept = (row["marking"], set(orjson.loads(row["caveats"])))
    agrees = kept == (whole.level, set(whole.caveats))
    return value, agrees and markings.is_witnessed(tx, row)


def _changed(tx: Transaction, seq: int, header: Header) -> object:
    change = messages.get(tx, seq)
    body = read_content(messages.content_of(tx, change)).body
    of = body["of"]
    if of["id"] != header.id:
        raise CorruptError(f"message {change['id']} speaks of another marking than it is kept for")
    return body["marking"]


def _standing(tx: Transaction, row: Row) -> Denied | None:
    """Return why nothing of a message may go further: its sender says something else by now."""
    shown = messages.shown(tx, row["seq"])
    if newest_version(tx, shown)["superseded_mode"] == Superseding.WITHDRAW:
        return Denied.SOURCE_WITHDRAWN
    return None if shown["superseded_by"] is None else Denied.SOURCE_SUPERSEDED


def _sources(
    tx: Transaction, entry: Mapping[str, Any], *, depth: int, to: str | None
) -> Iterator[Source]:
    """Yield what an entry names, then what that has taken over into the same part of itself."""
    named = _named(entry)
    try:
        row = markings.source(tx, named.message_id, named.header_digest)
        if row is None or depth > _DEEPEST:
            yield named
            return
        header = reopen_signed(row["jws"], "").header
        marking, is_sound = _marking(tx, row, header)
        yield replace(
            named,
            originator=header.from_,
            profile=header.profile,
            marking=marking,
            standing=_standing(tx, row) if is_sound else Denied.SOURCE_CHANGED,
            earlier=earlier_of(tx, row),
            under="/body" if is_correction(row) else "",
            type=header.type,
            thread=header.thread,
            received=row["received"] if row["direction"] == Direction.IN else None,
        )
    except CorruptError:
        yield replace(named, standing=Denied.SOURCE_CHANGED)
        return
    if named.mode is Derivation.REFERENCE:
        return
    for inner in header.derived_from:
        if overlaps(str(inner.get("target_pointer", "")), named.source_pointer):
            onward = {**inner, "target_pointer": named.target_pointer}
            if named.mode is not Derivation.QUOTE and inner.get("mode") == Derivation.QUOTE:
                # What is paraphrased is so in whoever's words it came.
                onward["mode"] = named.mode.value
            inside = _sources(tx, onward, depth=depth + 1, to=to)
            yield from inside if header.from_ != to else _kept_here(inside)


def _kept_here(sources: Iterator[Source]) -> Iterator[Source]:
    """Yield what is kept here, and what was until it was changed on the disk."""
    return (each for each in sources if (each.marking, each.standing) != (None, None))


def _named(entry: Mapping[str, Any]) -> Source:
    """Return what an entry says of its source, as of one that nobody here knows."""
    return Source(
        message_id=str(entry.get("message_id", "")),
        header_digest=str(entry.get("header_digest", "")),
        originator=str(entry.get("originator", "")),
        profile=str(entry.get("profile", "")),
        marking=None,
        source_pointer=str(entry.get("source_pointer", "")),
        target_pointer=str(entry.get("target_pointer", "")),
        mode=_mode(entry),
    )


def _mode(entry: Mapping[str, Any]) -> Derivation:
    """Return how content was taken over; what is not understood is taken as a quotation."""
    try:
        return Derivation(entry.get("mode", ""))
    except ValueError:
        return Derivation.QUOTE
