"""Does a text that leaves hold what somebody told us in confidence?

What comes back to whoever said it is free, and so is what we said first, what anybody has said to
everybody, and what a declared source says itself. Everything else is a find, and the text stays
here until its provenance is declared or two people say that it is known from elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.catalogue.identifying import Kind
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import NotFoundError
from gateway.policy.fingerprints import Cut, cut, texts_of
from gateway.store import Row, Transaction, fingerprints, messages
from gateway.store.fingerprints import US, Known, Standing
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

_NOTE: Final = "/note"
# What is made of more than this is taken as nobody knows whose.
_MOST_SOURCES: Final = 256

Texts = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One find: where in what leaves, and who said it in which message."""

    pointer: str
    mark: int
    by: str
    seq: int
    kind: Kind


def texts(body: object, note: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield everything that is written in a body and beside it, each with its pointer."""
    yield from texts_of(body)
    if note is not None:
        yield _NOTE, note


def scan(
    tx: Transaction,
    values: Texts,
    *,
    audience_peer: str | None,
    declared: frozenset[int] = frozenset(),
    own: bool = False,
) -> tuple[Hit, ...]:
    """Return what of some texts was said in confidence and goes to somebody who did not say it.

    Args:
        values: Each text with its pointer, as `texts` yields them.
        audience_peer: The node on whose side the audience is, None for anybody else.
        declared: The rows of the messages that it is said to come from.
        own: What we ourselves said in confidence counts too: for publications.
    """
    silent = {audience_peer} if own else {audience_peer, US}
    if not fingerprints.givers(tx) - silent:
        # With one peer alone nothing can be carried from one to another.
        return ()
    hits = tuple(_hits(tx, values, audience_peer, own=own))
    if not hits or not declared:
        return hits
    explained = _said_by(tx, declared)
    return tuple(hit for hit in hits if hit.mark not in explained)


def _hits(tx: Transaction, values: Texts, audience: str | None, *, own: bool) -> Iterator[Hit]:
    """Yield each find once for each place and each of those who said it."""
    places: defaultdict[int, set[str]] = defaultdict(set)
    said: defaultdict[int, dict[str, Known]] = defaultdict(dict)
    for pointer, known in _finds(tx, values):
        places[known.mark].add(pointer)
        said[known.mark][known.by] = known
    for mark, by_whom in said.items():
        for known in _bound(by_whom, audience, own=own):
            for pointer in sorted(places[mark]):
                yield Hit(pointer=pointer, mark=mark, by=known.by, seq=known.seq, kind=known.kind)


def _bound(said: dict[str, Known], audience: str | None, *, own: bool) -> tuple[Known, ...]:
    """Return those whose confidence binds us in one number or name; none where it is free."""
    if any(each.standing is not Standing.CLOSED for each in said.values()):
        # Known from elsewhere, or to everybody.
        return ()
    if audience in said:
        # Another peer that says the same must not keep us from answering this one.
        return ()
    if (ours := said.get(US)) is not None:
        # A contact is there to be given out.
        return (ours,) if own and ours.kind is not Kind.CONTACT else ()
    return tuple(said.values())


def _finds(tx: Transaction, values: Texts) -> Iterator[tuple[str, Known]]:
    """Yield everything known that stands in some texts, with the pointer of the text."""
    cuts = [(pointer, cut(text)) for pointer, text in values]
    starts: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, (_, pieces) in enumerate(cuts):
        for start, anchor in pieces.starts():
            starts[anchor].append((number, start))
    anchors = {fingerprints.anchor_of(tx, anchor): anchor for anchor in starts}
    ends: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for found, sizes in fingerprints.sizes(tx, anchors).items():
        for number, start in starts[anchors[found]]:
            for end, text in cuts[number][1].candidates(start, sizes):
                ends[text].append((number, start, end))
    marks = {fingerprints.mark_of(tx, text): text for text in ends}
    for known in fingerprints.known(tx, marks):
        for number, start, end in ends[marks[known.mark]]:
            pointer, pieces = cuts[number]
            if _counts(pieces, known, start, end):
                yield pointer, known


def _counts(pieces: Cut, known: Known, start: int, end: int) -> bool:
    return pieces.bears(known.kind, start=start, end=end, alone=known.alone)


def _said_by(tx: Transaction, declared: frozenset[int]) -> set[int]:
    """Return the marks of all that the declared sources of others say themselves.

    What we wrote explains nothing: it may be what went back to its originator. If it has declared
    a source of its own, that one counts.
    """
    found: set[int] = set()
    for row in _of_others(tx, declared):
        try:
            content = read_content(messages.content_of(tx, row))
        except (NotFoundError, CorruptError):
            # What cannot be read any more explains nothing.
            continue
        found.update(known.mark for _, known in _finds(tx, texts(content.body, content.note)))
    return found


def _of_others(tx: Transaction, declared: frozenset[int]) -> list[Row]:
    """Return the received messages among some rows and among what rows of ours have declared."""
    rows, waiting, seen = [], list(declared), set[int]()
    while waiting and len(seen) < _MOST_SOURCES:
        seq = waiting.pop()
        if seq in seen:
            continue
        seen.add(seq)
        row = messages.get(tx, seq)
        if row["direction"] == Direction.IN:
            rows.append(row)
        else:
            waiting.extend(declared_rows(tx, reopen_signed(row["jws"], "").header))
    return rows


def declared_rows(tx: Transaction, header: Header) -> frozenset[int]:
    """Return the rows of the messages that a header says its content comes from."""
    found = (
        fingerprints.versions(tx, id=entry["envelope_id"], header_digest=entry["header_digest"])
        for entry in header.derived_from
        if {"envelope_id", "header_digest"} <= entry.keys()
    )
    return frozenset(seq for rows in found for seq in rows)
