"""What each message identifies is noted as it is kept: theirs in confidence, ours as ours.

What was said first counts: what we knew before a peer told it in confidence is ours, and what it
told in confidence before is not ours because we repeat it. A peer can fill neither our index nor
our language: each message and each peer has its cap, with an alarm, what is made up of words that
every letter has is no name inside a text, and the names of organisations that everybody knows are
nobody's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from gateway.catalogue import Catalogue, Parties, country_of, type_of
from gateway.catalogue.bodies import Bodies
from gateway.catalogue.common_words import CommonWords
from gateway.catalogue.identifying import Kind, Leaf
from gateway.catalogue.kinds import Superseding
from gateway.delivery.awaiting import Terms
from gateway.delivery.subjects import effective
from gateway.delivery.superseding import first_version, is_correction
from gateway.envelope import Header, read_content, reopen_signed, times
from gateway.errors import InvalidMarkingError, NotFoundError
from gateway.policy import Marking, parse_marking
from gateway.policy.fingerprints import Trace, cut, trace
from gateway.store import Transaction, fingerprints, messages, meta
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.fingerprints import US
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# A part of a list has at most some thousand entries with their contacts; a message of an honest
# office that names more people than this is not known.
MOST_OF_A_MESSAGE: Final = 20_000
MOST_NAMES: Final = 2_000
# About 100 MB for each million; at 200 new ones a day a peer needs decades.
MOST_OF_A_PEER: Final = 2_000_000
_MARK: Final = "fingerprints"
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A message as the index sees it: its type and body, of a correction the corrected ones.

    Args:
        under: Where in the whole body that body stands.
    """

    by: str
    seq: int
    id: str
    type: str
    body: Mapping[str, Any]
    under: str
    marking: Marking


def note(
    tx: Transaction,
    terms: Terms,
    header: Header,
    body: Mapping[str, Any],
    *,
    seq: int,
    peer: str,
    at: str,
) -> None:
    """Note what a message identifies, in the transaction that keeps it.

    Args:
        peer: With whom it was exchanged, whoever sent it.
    """
    name, under = header.type, ""
    if type_of(name).supersedes is Superseding.CORRECT:
        first = messages.in_thread(tx, peer, header.in_reply_to or "")
        name, under, body = name if first is None else first["type"], "/body", body["body"]
    if not terms.catalogue.bodies.identifies(name):
        return
    said = _Said(
        by=peer if header.from_ == peer else US,
        seq=seq,
        id=header.id,
        type=name,
        body=body,
        under=under,
        marking=parse_marking(header.marking, originator_country=country_of(header.from_)),
    )
    _note(tx, terms, said, at=at)


def note_again(tx: Transaction, terms: Terms, seq: int, *, at: str) -> None:
    """Note what a message identifies by the marking that it has now, after that has changed."""
    if (said := _said(tx, seq)) is None:
        return
    traces = list(_traces(terms, said, now=times.parse(at)))
    closed = (trace for trace, is_open in traces if not is_open)
    fingerprints.close_again(tx, closed, by=said.by, seq=seq)
    _note(tx, terms, said, at=at)


def catch_up(tx: Transaction, terms: Terms, *, at: str) -> bool:
    """Look through some of what an older version has kept; False once nothing is left.

    Each call is one transaction, so that a start which is cut short goes on where it was.
    """
    if not meta.is_to_do(tx, _MARK):
        return False
    after = meta.position(tx, _MARK) or 0
    rows = fingerprints.messages_after(tx, after, limit=_CHUNK)
    for seq in rows:
        if (said := _said(tx, seq)) is not None:
            _note(tx, terms, said, at=at)
    if rows:
        meta.set_position(tx, _MARK, rows[-1])
        return True
    meta.forget_position(tx, _MARK)
    meta.done(tx, _MARK)
    return False


def _note(tx: Transaction, terms: Terms, said: _Said, *, at: str) -> None:
    room = MOST_OF_A_MESSAGE
    if said.by != US:
        room = min(room, MOST_OF_A_PEER - fingerprints.count(tx, said.by))
    traces = list(islice(_traces(terms, said, now=times.parse(at)), MOST_OF_A_MESSAGE + 1))
    names = [each for each in traces if each[0].kind is Kind.NAME]
    is_full = len(traces) > room
    if said.by != US and len(names) > MOST_NAMES:
        is_full, left_out = True, set(map(id, names[MOST_NAMES:]))
        traces = [each for each in traces if id(each) not in left_out]
    fingerprints.add(tx, traces, by=said.by, seq=said.seq, most=max(room, 0))
    if is_full:
        raise_alarm(tx, Alarm.FINGERPRINTS_FULL, at=at, peer=_peer(said.by), subject=said.id)


def _peer(by: str) -> str | None:
    return None if by == US else by


def _traces(terms: Terms, said: _Said, *, now: int) -> Iterator[tuple[Trace, bool]]:
    """Yield what a message identifies, each with whether it is for everybody."""
    catalogue = terms.catalogue
    for leaf in catalogue.bodies.identifying(said.type, said.body):
        found = _trace(leaf, catalogue, is_ours=said.by == US)
        if found is not None:
            yield found, said.marking.lies_open(f"{said.under}{leaf.pointer}", now)


def _trace(leaf: Leaf, catalogue: Catalogue, *, is_ours: bool) -> Trace | None:
    if leaf.kind is Kind.CONTACT and not is_ours:
        return None
    found = trace(leaf.kind, leaf.text, common=_words_of(catalogue.bodies))
    return None if found is None or found.text in _names_of(catalogue.parties) else found


@lru_cache(maxsize=4)
def _words_of(bodies: Bodies) -> CommonWords:
    """Return the words of which no name is made that counts inside a text."""
    return bodies.words()


@lru_cache(maxsize=4)
def _names_of(parties: Parties) -> frozenset[str]:
    """Return what everybody calls the organisations of the registry, as it is compared."""
    return frozenset(cut(name).text for party in parties.all() for name in party.called)


def _said(tx: Transaction, seq: int) -> _Said | None:
    """Return a kept message as the index sees it, None where it says nothing any more."""
    row = messages.get(tx, seq)
    try:
        header = reopen_signed(row["jws"], "").header
        body = read_content(messages.content_of(tx, row)).body
        marking = effective(tx, row, header)
    except (CorruptError, NotFoundError, InvalidMarkingError):
        # Whoever reads it hears of it; nothing is known of what it said.
        return None
    name, under = row["type"], ""
    if is_correction(row):
        name, under = first_version(tx, messages.shown(tx, seq))["type"], "/body"
        body = body["body"]
    by = row["peer"] if row["direction"] == Direction.IN else US
    return _Said(
        by=by,
        seq=seq,
        id=row["id"],
        type=type_of(name).name,
        body=body,
        under=under,
        marking=marking,
    )
