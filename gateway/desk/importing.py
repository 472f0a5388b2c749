"""From a list that was read to the messages that carry it: all of it, or nothing.

Only a list without any fault becomes messages: one that opens it and as many parts as its size
needs. What it is to be compared with comes in as arguments; nothing is kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.catalogue import Bodies
from gateway.catalogue.list_digest import line, set_digest
from gateway.desk.list_reading import Imported, kind_of, label_of, wrong
from gateway.errors import InvalidError, Problem

# The content of a message may be 1 MiB; salt, names and what else stands in it need some room.
PART_OCTETS: Final = 900 * 1024

# So many entries are judged at a time: a schema names sixteen faults at most.
_AT_A_TIME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The list that a list of changes builds on."""

    list_version: str
    entries: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What becomes of a register: the ids that come, change and go."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def check_list(imported: Imported, bodies: Bodies, *, day: str) -> None:
    """Let pass only a list of which every entry fits the schema.

    Args:
        day: Whose codes count.

    Raises:
        InvalidError: `problems` names line and column of each fault.
    """
    kind, table = kind_of(imported.register), imported.table
    ids, problems = list(imported.entries), []
    for start in range(0, len(ids), _AT_A_TIME):
        some = ids[start : start + _AT_A_TIME]
        body = _opening(
            {id: imported.entries[id] for id in some},
            {id: imported.contacts[id] for id in some if id in imported.contacts},
        )
        try:
            bodies.check_draft(kind.type, body, day=day)
        except InvalidError as error:
            problems += [_at_its_place(each, imported) for each in error.problems]
    if problems:
        raise wrong(table, problems)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Return what has to become of one set of entries so that it is the other."""
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(id for id in after.keys() & before.keys() if after[id] != before[id])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def next_version(day: str, current: str | None) -> str:
    """Return what a list of a day is called if nobody says otherwise.

    >>> next_version("2026-11-24", None), next_version("2026-11-24", "2026-11-24")
    ('2026-11-24', '2026-11-24.2')
    """
    if current is None or not (current == day or current.startswith(f"{day}.")):
        return day
    number = current.removeprefix(day).removeprefix(".") or "1"
    return f"{day}.{int(number) + 1}" if number.isdigit() else f"{day}.2"


def messages_of(
    imported: Imported, *, list_version: str, day: str, base: Base | None = None
) -> list[dict[str, Any]]:
    """Return the bodies of a list: of the message that opens it, then of each further part.

    Args:
        base: Send only what differs from it; None: the whole list.
    """
    entries: dict[str, Any] = dict(imported.entries)
    if base is not None:
        changes = difference(base.entries, imported.entries)
        entries = {id: imported.entries[id] for id in (*changes.added, *changes.changed)}
        entries |= dict.fromkeys(changes.removed)
    contacts = {id: imported.contacts[id] for id in entries if id in imported.contacts}
    parts = list(_split(entries, contacts)) or [({}, {})]
    opening = {
        "list_version": list_version,
        "as_of": day,
        "mode": "snapshot" if base is None else "delta",
        **({} if base is None else {"base_version": base.list_version}),
        "count": len(imported.entries),
        "set_digest": digest_of(imported),
        "parts": len(parts),
    }
    return [
        (opening if number == 1 else {"part": number}) | _carried(*part)
        for number, part in enumerate(parts, start=1)
    ]


def digest_of(imported: Imported) -> str:
    """Return the digest over the whole set, by which both sides know a list."""
    return set_digest({id: line(id, each) for id, each in imported.entries.items()})


def _carried(entries: dict[str, Any], contacts: dict[str, Any]) -> dict[str, Any]:
    return {"entries": entries, **({"contacts": contacts} if contacts else {})}


def _split(
    entries: Mapping[str, Any], contacts: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield entries in their order, with their contacts, as many as one message carries."""
    some: dict[str, Any] = {}
    people: dict[str, Any] = {}
    octets = 0
    for id, entry in entries.items():
        size = len(orjson.dumps({id: entry})) + len(orjson.dumps({id: contacts.get(id)}))
        if some and octets + size > PART_OCTETS:
            yield some, people
            some, people, octets = {}, {}, 0
        some[id] = entry
        if id in contacts:
            people[id] = contacts[id]
        octets += size
    if some:
        yield some, people


def _opening(entries: dict[str, Any], contacts: dict[str, Any]) -> dict[str, Any]:
    """Return a body in which entries can be judged; the list's own facts come later."""
    facts = {"list_version": "1", "as_of": "2000-01-01", "mode": "snapshot", "parts": 1}
    return {**facts, "count": 1, "set_digest": set_digest({}), **_carried(entries, contacts)}


def _at_its_place(problem: Problem, imported: Imported) -> Problem:
    """Return a fault of an entry under the line and heading it came from."""
    tokens = problem.where.split("/")[1:]
    if len(tokens) < 2 or tokens[1] not in imported.lines:
        return problem
    row = imported.lines[tokens[1]]
    path = tuple(tokens[2:])
    cell = next(
        (row.cells[path[:n]] for n in range(len(path), 0, -1) if path[:n] in row.cells), None
    )
    if cell is not None:
        return Problem(imported.table.place(cell.line, cell.heading), problem.text)
    return Problem(
        imported.table.place(row.line), f"{label_of(imported.register, path)} {problem.text}"
    )
