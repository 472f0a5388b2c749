"""What a message would let everybody read: its fields, entry by entry, as the register has them.

Only what the type, the signed marking and the register agree on is public
(`policy.publishing`, `store.registers`). What an earlier message let be read of the same entry in
the same status stays, as far as the register still says it. No page is made to say what the
register knows to be over: a single message waits until the later one is public, and a list leaves
the entry out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Final

import orjson

from gateway.catalogue import Register, short
from gateway.catalogue.registers import Mode, takes_many
from gateway.delivery.awaiting import Terms
from gateway.delivery.showing import Part, earlier_of, fields_of, parts_of
from gateway.envelope import digest
from gateway.errors import ConflictError
from gateway.store import Row, Transaction, publications, registers
from gateway.store.publications import Progress, Shown
from gateway.store.registers import Entry

_AT_ONCE: Final = 500


class OvertakenError(ConflictError):
    """What a later message says of the same entry waits too, and has to be public first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be shown.

    Args:
        fields: Pointers into the body of the message.
        parts: The messages that it is made of, each as it was decided.
        closes: How many entries would not be shown any more, because a list leaves them out.
        of: How many are shown now.
        same: Of a list that changes nothing, an entry that stands there by this list from now on.
    """

    shown: tuple[Shown, ...]
    fields: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    closes: int = 0
    of: int = 0
    same: Shown | None = None

    @property
    def is_large(self) -> bool:
        """Tell whether it takes away so much that a person has to look."""
        return takes_many(self.closes, self.of)

    @property
    def digest(self) -> str:
        """Return the digest of what is shown, for the evidence."""
        shown = [(each.entry, each.status, each.fields) for each in self.shown]
        return digest(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS))


def plan(tx: Transaction, terms: Terms, item: Row, *, now: int, place: str | None) -> Plan:
    """Return what a publication would show.

    Args:
        item: The publication, as `publications.get` returns it.
        place: Where, as consents have to name it; None for wherever one allows.
        now: Unix seconds; an embargo may not be over.

    Raises:
        NotPublicError: Nothing of it may be public.
        OvertakenError: A later message about the same entry has to be public first.
        ConflictError: Of its entry something else holds now, and no page says so.
        NotFoundError: The content was erased.
    """
    parts = parts_of(tx, terms, item, now=now, place=place)
    fields = tuple(dict.fromkeys(field for each in parts for field in each.may.fields))
    if "entries" in parts[0].body:
        return _plan_of_list(tx, item, parts, fields)
    named = parts[0].body
    shown = tuple(
        _shown(tx, item, entry, parts[0])
        for entry in registers.of_message(tx, item["seq"])
        # What a corrected message no longer speaks of is shown by the message before it, or not.
        if entry.register == item["register"] and entry.entry == named.get("entry", entry.entry)
    )
    return Plan(shown=shown, fields=fields, parts=parts)


def _plan_of_list(
    tx: Transaction, item: Row, parts: tuple[Part, ...], fields: tuple[str, ...]
) -> Plan:
    """Return what a list shows: all that it names, and nothing of what it leaves out."""
    register, peer = Register(item["register"]), item["peer"]
    is_whole = parts[0].body.get("mode") == Mode.SNAPSHOT
    if not is_whole:
        _check_base(tx, item, register)
    named = {entry: each for each in parts for entry in each.body["entries"]}
    since = _since(tx, item)
    now_shown = {each.entry: each for each in publications.shown(tx, peer, register)}
    shown, standing, same = [], set(), None
    for entry in _set(tx, peer, register, as_of=since):
        # A message that came after the list decides about its entry itself.
        # What the register knows to be over is not told; what says so waits, or stays closed.
        if _is_later(item, entry) or _is_over(tx, item, entry, since):
            standing.add(entry.entry)
        elif (part := named.get(entry.entry)) is not None:
            standing.add(entry.entry)
            before = now_shown.get(entry.entry)
            blank = _blank(item, entry, since)
            if before is not None and (before.status != entry.status or before.place > blank.place):
                before = None
            earlier = {} if before is None else before.fields or {}
            fresh = replace(blank, fields=_listed(tx, entry, part, earlier))
            if before is None or earlier != fresh.fields:
                shown.append(fresh)
            else:
                same = fresh
    gone = [
        each
        for each in now_shown.values()
        if each.entry not in standing
        and each.place < (since, item["seq"])
        and (is_whole or named.get(each.entry) is not None)
    ]
    closed = (replace(each, fields=None, seq=item["seq"], since=since) for each in gone)
    return Plan(
        shown=(*shown, *closed), fields=fields, parts=parts, closes=len(gone), of=len(now_shown),
        same=same,
    )  # fmt: skip


def _listed(
    tx: Transaction, entry: Entry, part: Part, earlier: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a list lets be read of an entry, and what is still true of before."""
    values = _values(tx, entry, part, entry.entry)
    return fields_of(part.may, values, earlier, at=f"/entries/{entry.entry}")


def _check_base(tx: Transaction, item: Row, register: Register) -> None:
    before = publications.waiting_list(tx, item["seq"], peer=item["peer"], register=register)
    if before is not None:
        name, first = (each["reference"] or short(each["id"]) for each in (item, before))
        raise OvertakenError(
            f"{name} goes on from a list that waits too: {first}",
            hint=f"gateway publish {short(before['id'])}; then this one",
        )


def _since(tx: Transaction, item: Row) -> str:
    """Return when the message of a publication had changed the register."""
    noted: str = item["noted"]
    return max(noted, publications.counted(tx, item["seq"]) or noted)


def _is_later(item: Row, entry: Entry) -> bool:
    """Tell whether a version came after the list that is to be made public."""
    if entry.message == item["seq"]:
        return False
    return (entry.valid_from, entry.message) > (item["noted"], item["seq"])


def _blank(item: Row, entry: Entry, since: str) -> Shown:
    """Return an entry, of which nothing is shown yet, at its place in the order of messages."""
    return Shown(
        entry=entry.entry,
        status=entry.status,
        fields=None,
        seq=item["seq"],
        since=entry.valid_from if entry.message == item["seq"] else since,
    )


def _set(tx: Transaction, peer: str, register: Register, *, as_of: str) -> Iterator[Entry]:
    after = None
    while found := registers.page(tx, peer, register, as_of=as_of, after=after, limit=_AT_ONCE):
        yield from found
        after = found[-1].entry


def as_read(tx: Transaction, item: Row, shown: Shown) -> Shown:
    """Return what everybody reads of an entry once a publication has shown its part.

    A later message may be public already; its word stands.
    """
    register = Register(item["register"])
    newest = next(iter(publications.of_entry(tx, item["peer"], register, shown.entry)), shown)
    return newest if newest.place > shown.place else shown


def _holds_now(tx: Transaction, entry: Entry) -> Entry:
    if entry.valid_to is None:
        return entry
    return registers.get(tx, entry.peer, entry.register, entry.entry)


def _is_over(tx: Transaction, item: Row, entry: Entry, since: str) -> bool:
    """Tell whether an entry has another status by now, and no page says so yet."""
    now = _holds_now(tx, entry)
    if (now.status, now.removed) == (entry.status, entry.removed):
        return False
    read = publications.of_entry(tx, entry.peer, entry.register, entry.entry)
    return not any(each.place > _blank(item, entry, since).place for each in read)


def _check_holds(tx: Transaction, item: Row, entry: Entry) -> None:
    if not _is_over(tx, item, entry, entry.valid_from):
        return
    now, name = _holds_now(tx, entry), item["reference"] or short(item["id"])
    said = f"{name} says that {entry.entry} is {entry.status}; it is {now.status} by now"
    found = registers.history(tx, entry.peer, entry.register, entry.entry)
    since = takewhile(lambda each: each.message != item["seq"], reversed(found))
    for later in (publications.get(tx, each.message) for each in since):
        if later and later["state"] == Progress.WAITING:
            line = f"gateway publish {short(later['id'])}"
            raise OvertakenError(
                f"{said}, and what says so waits too", hint=f"{line}; then this one"
            )
    raise ConflictError(
        f"{said}, and that is not made public",
        hint=f"keep it closed: gateway publish {short(item['id'])} --refuse",
    )


def _values(
    tx: Transaction, entry: Entry, part: Part, name: str | None = None
) -> Mapping[str, Any]:
    """Return what the register says of an entry that may be read; what is sealed, by consent."""
    private = registers.opened(tx, entry) if part.may.consented else {}
    return part.values(entry.public, private, name)


def _shown(tx: Transaction, item: Row, entry: Entry, part: Part) -> Shown:
    _check_holds(tx, item, entry)
    blank = _blank(item, entry, entry.valid_from)
    if entry.removed:
        return blank
    read = publications.of_entry(tx, item["peer"], entry.register, entry.entry)
    values = _values(tx, entry, part)
    return replace(blank, fields=fields_of(part.may, values, earlier_of(read, blank)))
