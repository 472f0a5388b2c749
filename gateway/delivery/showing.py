"""What a message lets be read of an entry, and what is left of it once another was taken back.

Only what the type, the signed marking and the register agree on is shown (`policy.publishing`,
`store.registers`). What an earlier message let be read of the same entry in the same status stays,
as far as the register still says it. So what is shown by one message may come from another: when a
correction or a withdrawal closes that one, all that was shown after it is worked out anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.catalogue import Catalogue, Register, type_of
from gateway.catalogue.register_changes import State
from gateway.delivery.awaiting import Terms
from gateway.delivery.subjects import subject_of
from gateway.envelope import read_content, times
from gateway.errors import NotFoundError
from gateway.policy import Denied, Publishable, publishable
from gateway.policy.publishing import NotPublicError
from gateway.store import Transaction, messages, publications, register_lists
from gateway.store.publications import Shown
from gateway.store.register_versions import state_by
from gateway.store.sealing import CorruptError

# Which version of a message is shown is for `publications` to say, which goes by entry.
_VERSIONS: Final = frozenset({Denied.SOURCE_SUPERSEDED, Denied.SOURCE_WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of what is made public: what of it may be, and what it says."""

    may: Publishable
    body: Mapping[str, Any]


def part(
    tx: Transaction, catalogue: Catalogue, seq: int, *, node: str, now: int, as_type: str
) -> Part:
    """Return what of a message may be read by everybody.

    Args:
        as_type: The type of the first version.
        now: Unix seconds; an embargo may not be over.

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
    under = subject.under
    may = publishable(
        subject,
        type_of(as_type if under else row["type"]),
        holder=node,
        parties=catalogue.parties,
        now=now,
        under=under,
    )
    return Part(may=may, body=body["body"] if under else body)


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
    is_changed = [
        _restate(tx, terms, peer, register, entry, place, at=at) for entry, place in places.items()
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
    terms: Terms,
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
            fresh = _anew(tx, terms, each, state, done, now=times.parse(at))
        if fresh != each:
            publications.show(tx, each.seq, peer=peer, register=register, shown=fresh, at=at)
            is_changed = True
        done.insert(0, fresh)
    return is_changed


def _anew(
    tx: Transaction,
    terms: Terms,
    shown: Shown,
    state: State | None,
    before: Sequence[Shown],
    *,
    now: int,
) -> Shown:
    """Return what a message lets be read of an entry by what is still said."""
    if state is None or state.removed:
        return replace(shown, fields=None)
    fresh = replace(shown, status=state.status)
    earlier = earlier_of(before, fresh)
    item = publications.get(tx, shown.seq)
    # Which part of a list names the entry is not looked for: what it says stands in the register.
    if item is None or register_lists.list_of(tx, shown.seq) is not None:
        return replace(fresh, fields=still_said(shown.fields or {}, state.public))
    try:
        may = part(
            tx,
            terms.catalogue,
            shown.seq,
            node=terms.node,
            now=now,
            as_type=item["first_type"],
        ).may
    except NotPublicError:
        # Its originator has closed it: what others say of the entry stays, nothing of its own.
        kept = still_said(earlier, state.public)
        return replace(fresh, fields=kept or None)
    except (NotFoundError, CorruptError):
        # Of what cannot be looked at again no more is shown than before.
        return replace(fresh, fields=still_said(shown.fields or {}, state.public))
    return replace(fresh, fields=fields_of(may, state.public, earlier))


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
