"""The same said once more under a new id: what changes in the header, and what must come along.

A message whose envelope never counted at the peer cannot be sent again: its id is spent, its time
runs, or its key no longer holds. What stands behind it in its thread, and what speaks of it, is
issued anew with it, so that order and references hold.
"""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from gateway.catalogue import Calendar, MessageType
from gateway.envelope import Header, digest, kids_of, times
from gateway.store import Row, Transaction, messages, outbox, threads
from gateway.store.messages import Direction

_DAY: Final = 86_400


@dataclass(slots=True)
class Renamed:
    """What has another name now: ids with the new header digest, threads with their reference."""

    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    threads: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def take(self, others: "Renamed") -> None:
        """Learn other names."""
        self.ids |= others.ids
        self.threads |= others.threads

    def note(self, old: Header, new: Header) -> None:
        """Remember under which names a message is issued anew."""
        self.ids[old.id] = (new.id, digest(new.payload()))
        if old.thread == old.id:
            self.threads[old.thread] = (new.thread, new.reference)


def renamed(fresh: Header, old: Header, names: Renamed) -> Header:
    """Return the header of a fresh message that stands where the old one stood.

    Args:
        fresh: With its own id, times, marking and content digest.
    """
    thread, reference = names.threads.get(old.thread, (old.thread, old.reference))
    if old.thread == old.id:
        thread, reference = fresh.id, None
    parent, reply = old.parent_thread, old.in_reply_to
    return replace(
        fresh,
        thread=thread,
        parent_thread=names.threads[parent][0] if parent in names.threads else parent,
        in_reply_to=names.ids[reply][0] if reply in names.ids else reply,
        reference=reference,
        supersedes=_new_supersedes(old.supersedes, names),
    )


def known_names(tx: Transaction, old: Header) -> Renamed:
    """Return the new names of what a message speaks of, where that was issued anew before."""
    names = Renamed()
    spoken_of = {old.thread, old.parent_thread, old.in_reply_to, (old.supersedes or {}).get("id")}
    for id in spoken_of - {None, old.id}:
        latest = _latest(tx, old.to, str(id))
        if latest is not None:
            names.ids[str(id)] = (latest["id"], latest["header_digest"])
            opened = threads.get(tx, old.to, latest["id"])
            reference = None if opened is None else opened["reference"]
            names.threads[str(id)] = (latest["id"], reference)
    return names


def _latest(tx: Transaction, peer: str, id: str) -> Row | None:
    """Return the last message that says what the one with this id said, None if it does itself."""
    latest = None
    row = messages.by_id(tx, peer, Direction.OUT, id)
    while row is not None and (new_id := outbox.reissued_as(tx, row["seq"])) is not None:
        latest = row = messages.by_id(tx, peer, Direction.OUT, new_id)
    return latest


def _new_supersedes(old: Mapping[str, str] | None, names: Renamed) -> Mapping[str, str] | None:
    if old is None or old["id"] not in names.ids:
        return old
    id, header_digest = names.ids[old["id"]]
    return {**old, "id": id, "header_digest": header_digest}


def new_expiry(old: Header, row: MessageType, now: int) -> str:
    """Return until when the new message is of use.

    A date that somebody chose is kept while it lies ahead; a span is given again.
    """
    span = times.parse(old.expires) - times.parse(old.created)
    chosen = span != row.life * _DAY
    return old.expires if chosen and times.parse(old.expires) > now else times.text(now + span)


def new_due(old: Header, row: MessageType, now: int, calendar: Calendar) -> str | None:
    """Return when an answer to the new message is due, by the same rule."""
    if old.due is None:
        return None
    created = times.parse(old.created)
    term = row.response.get(old.priority)
    if term is not None and old.due == times.text(term.end(created, calendar)):
        return times.text(term.end(now, calendar))
    if times.parse(old.due) > now:
        return old.due
    return times.text(now + times.parse(old.due) - created)


@dataclass(frozen=True, slots=True)
class Queued:
    """One message that never left."""

    seq: int
    peer: str
    thread: str
    id: str


def groups(rows: Iterable[Row], kids: Collection[str], names: Renamed) -> list[list[Queued]]:
    """Return what must be issued anew because of who signed it, in order, as few at once as can be.

    Beside what these keys signed that is whatever waits behind it in its thread, moved that thread
    after it, or speaks of it. What hangs together so stands in one group.

    Args:
        rows: Every message of which no byte has left, in the order of queueing.
        names: What was issued anew before.
    """
    found: list[Queued] = []
    linked = _Linked()
    for row in rows:
        peer = row["peer"]
        places = {(peer, thread) for thread in (row["thread"], *orjson.loads(row["moved"]))}
        spoken_of = (peer, row["in_reply_to"])
        renamed_already = row["thread"] in names.threads or row["in_reply_to"] in names.ids
        tied = not linked.known.isdisjoint({*places, spoken_of})
        if tied or renamed_already or not set(kids).isdisjoint(kids_of(row["jws"])):
            found.append(Queued(row["seq"], peer, row["thread"], row["id"]))
            linked.tie({*places, (peer, row["id"])} | ({spoken_of} & linked.known))
    parts: dict[tuple[str, str], list[Queued]] = {}
    for each in found:
        parts.setdefault(linked.root((each.peer, each.id)), []).append(each)
    return list(parts.values())


class _Linked:
    """Threads and ids that hang together (a union of sets, each known by one of its members)."""

    def __init__(self) -> None:
        self._above: dict[tuple[str, str], tuple[str, str]] = {}

    @property
    def known(self) -> Set[tuple[str, str]]:
        return self._above.keys()

    def tie(self, names: Iterable[tuple[str, str]]) -> None:
        """Let these hang together."""
        first, *rest = sorted(names)
        self._above.setdefault(first, first)
        for name in rest:
            self._above.setdefault(name, name)
            self._above[self.root(name)] = self.root(first)

    def root(self, name: tuple[str, str]) -> tuple[str, str]:
        """Return the member by which the set of a name is known."""
        while (above := self._above[name]) != name:
            # Each walk halves the way of the next one.
            self._above[name] = name = self._above[above]
        return name
