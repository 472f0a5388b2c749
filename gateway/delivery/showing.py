"""What a message lets be read of an entry, and what is left of it once another was taken back.

Only what the type, the signed marking and the register agree on is shown (`policy.publishing`,
`store.registers`). What an earlier message let be read of the same entry in the same status stays,
as far as the register still says it. So what is shown by one message may come from another: when a
correction or a withdrawal closes that one, all that was shown after it is worked out anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.catalogue import Register, type_of
from gateway.catalogue.register_changes import State
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consents_for, consents_of
from gateway.delivery.scanning import Declared
from gateway.delivery.subjects import subject_of
from gateway.envelope import read_content, times
from gateway.errors import NotFoundError
from gateway.policy import Consent, Denied, Publishable, Subject, publishable
from gateway.policy.publishing import NotPublicError
from gateway.store import Row, Transaction, disclosures, messages, publications, register_lists
from gateway.store.publications import Shown
from gateway.store.register_versions import state_by
from gateway.store.sealing import CorruptError

# Which version of a message is shown is for `publications` to say, which goes by entry.
_VERSIONS: Final = frozenset({Denied.SOURCE_SUPERSEDED, Denied.SOURCE_WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of what is made public: what of it may be, and what it says.

    Args:
        seq: Its row.
        consents: Those that it was decided with.
    """

    seq: int
    may: Publishable
    body: Mapping[str, Any]
    subject: Subject
    consents: tuple[Consent, ...] = ()

    @property
    def declared(self) -> tuple[Declared, ...]:
        """What of it was told in confidence, and may be public by consent."""
        under = self.subject.under
        return tuple(Declared(seq=self.seq, part=f"{under}{each}") for each in self.may.consented)

    def values(
        self, public: Mapping[str, Any], private: Mapping[str, Any], entry: str | None = None
    ) -> Mapping[str, Any]:
        """Return what a register says of an entry that is open, by its marking or by consent.

        A consent opens what this message says itself, as far as the register still says it.

        Args:
            entry: Which part of a list says it.
        """
        if not self.may.consented:
            return public
        at = "" if entry is None else f"/entries/{entry}"
        body = self.body if entry is None else self.body["entries"][entry] or {}
        said = replace(self.may, fields=self.may.consented).of(body, at=at)
        return joined(public, still_said(said, joined(public, private)))


def part(
    tx: Transaction,
    terms: Terms,
    seq: int,
    *,
    now: int,
    as_type: str,
    place: str | None = None,
    shown_by: Row | None = None,
) -> Part:
    """Return what of a message may be read by everybody.

    Args:
        as_type: The type of the first version.
        now: Unix seconds; an embargo may not be over.
        place: Where it is made public, as a consent has to name it; None for wherever one allows.
        shown_by: The publication by which it is public; the consents that were used then are
            asked, and no others.

    Raises:
        NotPublicError: Nothing of it.
        NotFoundError: Its content was erased.
        CorruptError: It was changed on the disk.
    """
    row = messages.get(tx, seq)
    text = messages.content_of(tx, row)
    body = read_content(text).body
    subject = subject_of(tx, row)
    if subject.standing in _VERSIONS:
        subject = replace(subject, standing=None)
    under, type_ = subject.under, type_of(as_type)
    consents: tuple[Consent, ...] = ()
    if shown_by is None:
        consents = consents_for(tx, subject, terms, now=now)
    elif (made := disclosures.published(tx, shown_by["seq"])) is not None:
        consents, place = consents_of(tx, made, subject, terms, now=now), made["audience_name"]
    may = publishable(
        subject,
        type_ if under else type_of(subject.type),
        holder=terms.node,
        parties=terms.catalogue.parties,
        now=now,
        under=under,
        consents=consents,
        publication=_named(consents, str(type_.register), place),
    )
    body = body["body"] if under else body
    return Part(seq=seq, may=may, body=body, subject=subject, consents=consents)


def _named(consents: Sequence[Consent], register: str, place: str | None) -> tuple[str, str] | None:
    """Return the register and the medium that a consent has to name."""
    if place is not None:
        return register, place
    asked = (each.terms.publication for each in consents if each.standing is None)
    return next((each for each in asked if each is not None and each[0] == register), None)


def parts_of(
    tx: Transaction, terms: Terms, item: Row, *, now: int, place: str | None = None
) -> tuple[Part, ...]:
    """Return what may be read by everybody of each message of a publication that waits.

    Raises:
        NotPublicError, NotFoundError, CorruptError: As with `part`, of any of them.
    """
    return tuple(
        part(tx, terms, seq, now=now, as_type=item["first_type"], place=place)
        for seq in publications.parts_of(tx, item["seq"])
    )


class Looking:
    """What messages let be read now that are public, each looked at once.

    A whole list can be shown by some thousand entries, of which each is asked about.
    """

    def __init__(self, tx: Transaction, terms: Terms, *, now: int) -> None:
        self._tx = tx
        self._terms = terms
        self._now = now
        self._lists: dict[int, tuple[dict[str, Part], bool]] = {}

    def part(self, shown: Shown) -> Part | None:
        """Return what a message lets be read of an entry; None for as much as before.

        Raises:
            NotPublicError: Nothing.
        """
        item = publications.get(self._tx, shown.seq)
        if item is None:
            return None
        if not self.is_list(shown.seq):
            try:
                return self._part(item, shown.seq)
            except (NotFoundError, CorruptError):
                # Of what cannot be looked at again no more is shown than before.
                return None
        if shown.seq not in self._lists:
            self._lists[shown.seq] = self._list(item)
        named, is_whole = self._lists[shown.seq]
        if shown.entry in named:
            return named[shown.entry]
        if is_whole:
            raise NotPublicError(None)
        return None

    def is_list(self, seq: int) -> bool:
        """Tell whether a message is a list."""
        return register_lists.list_of(self._tx, seq) is not None

    def _part(self, item: Row, seq: int) -> Part:
        return part(
            self._tx, self._terms, seq, now=self._now, as_type=item["first_type"], shown_by=item
        )

    def _list(self, item: Row) -> tuple[dict[str, Part], bool]:
        """Return which part of a list names each entry, and whether all of it was looked at."""
        named: dict[str, Part] = {}
        is_whole = True
        for seq in publications.parts_of(self._tx, item["seq"]):
            try:
                found = self._part(item, seq)
            except NotPublicError:
                continue
            except (NotFoundError, CorruptError):
                is_whole = False
                continue
            named |= dict.fromkeys(found.body["entries"], found)
        return named, is_whole


def restate(
    tx: Transaction,
    terms: Terms,
    peer: str,
    register: Register,
    closed: Iterable[Shown],
    *,
    at: str,
) -> None:
    """Work out anew what is shown of entries by all that counts later than what was closed.

    Raises:
        CorruptError: What is kept of an entry cannot be read; nothing may be shown of it.
    """
    places: dict[str, tuple[str, int]] = {}
    for each in closed:
        places[each.entry] = min(each.place, places.get(each.entry, each.place))
    looking = Looking(tx, terms, now=times.parse(at))
    is_changed = [
        _restate(tx, looking, peer, register, entry, place, at=at)
        for entry, place in places.items()
    ]
    if any(is_changed):
        publications.note_pages(tx)


def restate_all(
    tx: Transaction,
    terms: Terms,
    peer: str,
    register: Register,
    entries: Iterable[str],
    *,
    at: str,
) -> None:
    """Work out anew all that is shown of some entries.

    Raises:
        CorruptError: What is kept of an entry cannot be read.
    """
    read = [publications.of_entry(tx, peer, register, entry) for entry in entries]
    restate(tx, terms, peer, register, [each for found in read for each in found], at=at)


def _restate(
    tx: Transaction,
    looking: Looking,
    peer: str,
    register: Register,
    entry: str,
    place: tuple[str, int],
    *,
    at: str,
) -> bool:
    """Go through what is shown of an entry from a place on, and tell whether anything changed."""
    is_changed = False
    undecided = publications.pending(tx, peer, register, entry)
    done: list[Shown] = []
    for each in reversed(publications.of_entry(tx, peer, register, entry)):
        fresh = each
        if each.place >= place:
            state = state_by(
                tx, peer, register, entry, message=each.seq, at=each.since, but=undecided
            )
            fresh = _anew(looking, each, state, done)
        if fresh != each:
            publications.show(tx, each.seq, peer=peer, register=register, shown=fresh, at=at)
            is_changed = True
        done.insert(0, fresh)
    return is_changed


def _anew(looking: Looking, shown: Shown, state: State | None, before: Sequence[Shown]) -> Shown:
    """Return what a message lets be read of an entry by what is still said."""
    if state is None or state.removed:
        return replace(shown, fields=None)
    fresh = replace(shown, status=state.status)
    earlier = earlier_of(before, fresh)
    try:
        part = looking.part(shown)
    except NotPublicError:
        # Its originator has closed it: what others say of the entry stays, nothing of its own.
        return replace(fresh, fields=still_said(earlier, state.public) or None)
    if part is None:
        return replace(fresh, fields=still_said(shown.fields or {}, state.public))
    if not looking.is_list(shown.seq):
        values = part.values(state.public, state.private)
        return replace(fresh, fields=fields_of(part.may, values, earlier))
    # By a list no more is read than was decided about it.
    values = part.values(state.public, state.private, shown.entry)
    kept = still_said(shown.fields or {}, values)
    at = f"/entries/{shown.entry}"
    return replace(fresh, fields=fields_of(part.may, kept, earlier, at=at))


def earlier_of(read: Sequence[Shown], shown: Shown) -> Mapping[str, Any]:
    """Return what was let be read of an entry, in the status that it has, before a message.

    Args:
        read: Of the entry, the one that is shown first.
    """
    return next(
        (
            each.fields
            for each in read
            if each.place < shown.place and each.status == shown.status and each.fields
        ),
        {},
    )


def fields_of(
    may: Publishable, public: Mapping[str, Any], earlier: Mapping[str, Any], *, at: str = ""
) -> dict[str, Any]:
    """Return what a message lets be read of an entry, and what is still true of before."""
    # What this message marks more closely is not kept because an earlier one did not.
    kept = replace(may, fields=("",)).of(still_said(earlier, public), at=at)
    return joined(kept, may.of(public, at=at))


def still_said(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return of what was shown before what is still said, member by member.

    >>> still_said({"name": "A", "scope": {"ssw": True, "titp": True}}, {"scope": {"ssw": True}})
    {'scope': {'ssw': True}}
    """
    kept = {}
    for name, value in earlier.items():
        if isinstance(value, Mapping) and isinstance(now.get(name), Mapping):
            if inside := still_said(value, now[name]):
                kept[name] = inside
        elif name in now and now[name] == value:
            kept[name] = value
    return kept


def joined(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return both, the second one's members in place of the first one's."""
    together = dict(before)
    for name, value in more.items():
        old = together.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            together[name] = joined(old, value)
        else:
            together[name] = value
    return together
