"""Does a text that leaves hold what somebody told us in confidence?

What comes back to whoever said it is free, and so is what we said first, what anybody has said to
everybody, and what a declared source says itself: in the part that is said to be taken over, and
where it is said to stand. Everything else is a find, and the text stays here until its provenance
is declared or two people say that it is known from elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.catalogue.identifying import Kind
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import NotFoundError
from gateway.policy.fingerprints import Cut, cut, texts_of
from gateway.policy.pointers import is_within
from gateway.policy.subject import Derivation
from gateway.store import Transaction, fingerprints, messages
from gateway.store.fingerprints import US, Known, Standing
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

_NOTE: Final = "/note"
_NAMED: Final = frozenset({"message_id", "header_digest"})
# Where the note stands among the places of a body: in no part of it.
_BESIDE: Final = "note"
# What is made of more than this is taken as nobody knows whose.
_MOST_SOURCES: Final = 256

Texts = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Content that is said to come from a message kept here; the name of a message alone is none.

    Args:
        seq: The row of that message.
        part: The part of its body that is taken over; `""` for all of it, and its note.
        target: Where it is said to stand; `""` for anywhere.
        body_only: What the note says is not taken over.
    """

    seq: int
    part: str = ""
    target: str = ""
    body_only: bool = False

    def takes(self, place: str) -> bool:
        """Tell whether something that stands at a place of the message is taken over."""
        return is_within(place, self.part) and not (self.body_only and place == _BESIDE)


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
    declared: Iterable[Declared] = (),
    own: bool = False,
) -> tuple[Hit, ...]:
    """Return what of some texts was said in confidence and goes to somebody who did not say it.

    Args:
        values: Each text with its pointer, as `texts` yields them.
        audience_peer: The node on whose side the audience is, None for anybody else.
        declared: What it is said to come from.
        own: What we ourselves said in confidence counts too: for publications.
    """
    silent = {audience_peer} if own else {audience_peer, US}
    if not fingerprints.givers(tx) - silent:
        # With one peer alone nothing can be carried from one to another.
        return ()
    hits = tuple(_hits(tx, values, audience_peer, own=own))
    sources, declared = _Sources(tx), tuple(declared)
    return tuple(hit for hit in hits if not sources.explain(declared, hit.pointer, hit.mark))


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


class _Sources:
    """What declared sources say themselves; each is looked through once."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._said: dict[int, dict[int, set[str]]] = {}

    def explain(self, declared: Iterable[Declared], place: str, mark: int) -> bool:
        """Tell whether what stands at a place is said to come from where it stands as well."""
        return any(
            any(map(each.takes, self._says(each.seq).get(mark, ())))
            for each in declared
            if is_within(place, each.target)
        )

    def _says(self, seq: int) -> dict[int, set[str]]:
        """Return where each mark stands in what a message says itself."""
        if seq not in self._said:
            if len(self._said) >= _MOST_SOURCES:
                return {}
            # A message that named itself would explain nothing by it.
            self._said[seq] = {}
            places: defaultdict[int, set[str]] = defaultdict(set)
            for place, mark in self._places(seq):
                places[mark].add(place)
            self._said[seq] = dict(places)
        return self._said[seq]

    def _places(self, seq: int) -> Iterator[tuple[str, int]]:
        """Yield the marks of what a message says itself, each with its place.

        What we wrote explains nothing: it may be what went back to its originator. Only what it
        has declared in its turn does, where it stands.
        """
        row = messages.get(self._tx, seq)
        try:
            content = read_content(messages.content_of(self._tx, row))
        except (NotFoundError, CorruptError):
            # What cannot be read any more explains nothing.
            return
        values = list(texts_of(content.body))
        if content.note is not None:
            values.append((_BESIDE, content.note))
        found = {(place, known.mark) for place, known in _finds(self._tx, values)}
        if row["direction"] == Direction.IN:
            yield from found
            return
        inner = declared_in(self._tx, reopen_signed(row["jws"], "").header)
        yield from (each for each in found if self.explain(inner, *each))


def declared_in(tx: Transaction, header: Header) -> tuple[Declared, ...]:
    """Return what a header says that its content comes from, as far as it is kept here.

    The name of a message takes nothing over, so it explains nothing.
    """
    return tuple(
        Declared(
            seq=seq, part=entry.get("source_pointer", ""), target=entry.get("target_pointer", "")
        )
        for entry in header.derived_from
        if entry.get("mode") != Derivation.REFERENCE and entry.keys() >= _NAMED
        for seq in fingerprints.versions(
            tx, id=entry["message_id"], header_digest=entry["header_digest"]
        )
    )
