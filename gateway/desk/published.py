"""What a message would let everybody read: its fields, entry by entry, as the register has them.

Only what the type, the signed marking and the register agree on is public
(`policy.publishing`, `store.registers`). What an earlier message let be read of the same entry in
the same status stays, as far as the register still says it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from gateway.catalogue import Catalogue, Register, type_of
from gateway.delivery.superseding import is_correction
from gateway.envelope import digest, read_content, reopen_signed
from gateway.policy import Publishable, Subject, publishable
from gateway.store import Row, Transaction, messages, publications, registers
from gateway.store.publications import Shown
from gateway.store.registers import Entry

_AT_ONCE: Final = 500
# Of a list that takes away more than one entry in twenty, a person looks first.
MANY: Final = 20
_SNAPSHOT: Final = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be shown.

    Args:
        fields: Pointers into the body of the message.
        closes: How many entries would not be shown any more, because a list leaves them out.
        of: How many are shown now.
    """

    shown: tuple[Shown, ...]
    fields: tuple[str, ...]
    closes: int = 0
    of: int = 0

    @property
    def is_large(self) -> bool:
        """Tell whether it takes away so much that a person has to look."""
        return self.closes * MANY > self.of

    @property
    def digest(self) -> str:
        """Return the digest of what is shown, for the evidence."""
        shown = [(each.entry, each.status, each.fields) for each in self.shown]
        return digest(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One message of what is made public: what of it may be, and what it says."""

    may: Publishable
    body: Mapping[str, Any]


def plan(tx: Transaction, catalogue: Catalogue, item: Row, *, node: str, now: int) -> Plan:
    """Return what a publication would show.

    Args:
        item: The publication, as `publications.get` returns it.
        now: Unix seconds; an embargo may not be over.

    Raises:
        NotPublicError: Nothing of it may be public.
        NotFoundError: The content was erased.
    """
    parts = [
        _part(tx, catalogue, seq, node=node, now=now, as_type=item["first_type"])
        for seq in publications.parts_of(tx, item["seq"])
    ]
    fields = tuple(dict.fromkeys(field for part in parts for field in part.may.fields))
    if "entries" in parts[0].body:
        return _plan_of_list(tx, item, parts, fields)
    named = parts[0].body
    shown = tuple(
        _shown(tx, item, entry, parts[0].may)
        for entry in registers.of_message(tx, item["seq"])
        # What a corrected message no longer speaks of is shown by the message before it, or not.
        if entry.register == item["register"] and entry.entry == named.get("entry", entry.entry)
    )
    return Plan(shown=shown, fields=fields)


def _part(
    tx: Transaction, catalogue: Catalogue, seq: int, *, node: str, now: int, as_type: str
) -> _Part:
    row = messages.get(tx, seq)
    text = messages.content_of(tx, row)
    signed = reopen_signed(row["jws"], text)
    body = read_content(text).body
    under = "/body" if is_correction(row) else ""
    may = publishable(
        Subject.of(signed.header, signed.header_digest),
        type_of(as_type if under else row["type"]),
        holder=node,
        parties=catalogue.parties,
        now=now,
        under=under,
    )
    return _Part(may=may, body=body["body"] if under else body)


def _plan_of_list(tx: Transaction, item: Row, parts: list[_Part], fields: tuple[str, ...]) -> Plan:
    """Return what a list shows: all that it names, and nothing of what it leaves out."""
    register, peer = Register(item["register"]), item["peer"]
    named = {entry: part.may for part in parts for entry in part.body["entries"]}
    now_shown = {each.entry: each for each in publications.shown(tx, peer, register)}
    shown, standing = [], set()
    for entry in _set(tx, peer, register, as_of=item["noted"]):
        # A message that came after the list decides about its entry itself.
        if entry.message > item["seq"]:
            standing.add(entry.entry)
        elif (may := named.get(entry.entry)) is not None:
            standing.add(entry.entry)
            before = now_shown.get(entry.entry)
            if before is not None and (before.status != entry.status or before.seq > item["seq"]):
                before = None
            earlier = {} if before is None else before.fields or {}
            fresh = _joined(item, entry, may, earlier, at=f"/entries/{entry.entry}")
            if before is None or earlier != fresh.fields:
                shown.append(fresh)
    is_whole = parts[0].body.get("mode") == _SNAPSHOT
    gone = [
        each
        for each in now_shown.values()
        if each.entry not in standing
        and each.seq < item["seq"]
        and (is_whole or named.get(each.entry) is not None)
    ]
    closed = (Shown(entry=each.entry, status=each.status, fields=None, seq=0) for each in gone)
    return Plan(shown=(*shown, *closed), fields=fields, closes=len(gone), of=len(now_shown))


def _set(tx: Transaction, peer: str, register: Register, *, as_of: str) -> Iterator[Entry]:
    after = None
    while found := registers.page(tx, peer, register, as_of=as_of, after=after, limit=_AT_ONCE):
        yield from found
        after = found[-1].entry


def _shown(tx: Transaction, item: Row, entry: Entry, may: Publishable) -> Shown:
    if entry.removed:
        return Shown(entry=entry.entry, status=entry.status, fields=None, seq=item["seq"])
    earlier = next(
        (
            each.fields
            for each in publications.of_entry(tx, item["peer"], entry.register, entry.entry)
            if each.seq < item["seq"] and each.status == entry.status and each.fields
        ),
        {},
    )
    return _joined(item, entry, may, earlier)


def _joined(
    item: Row, entry: Entry, may: Publishable, earlier: Mapping[str, Any], *, at: str = ""
) -> Shown:
    """Return an entry with what a message lets be read of it, and what is still true of before."""
    # What this message marks more closely is not kept because an earlier one did not.
    kept = replace(may, fields=("",)).of(still_said(earlier, entry.public), at=at)
    fields = joined(kept, may.of(entry.public, at=at))
    return Shown(entry=entry.entry, status=entry.status, fields=fields, seq=item["seq"])


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
