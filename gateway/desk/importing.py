"""From a list that was read to the messages that carry it: all of it, or nothing.

Only a list without any fault becomes messages: one that opens it and as many parts as its size
needs. What it is to be compared with comes in as arguments; nothing is kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from gateway.catalogue import Bodies
from gateway.catalogue.list_digest import line, set_digest
from gateway.catalogue.registers import Mode, Register
from gateway.desk.list_reading import (
    MOST_FAULTS,
    Read,
    ReadRow,
    kind_of,
    label_of,
    type_of_list,
    wrong,
)
from gateway.desk.register_columns import Path, at
from gateway.desk.register_tables import Table
from gateway.errors import InvalidError, Problem

# The content of a message may be 1 MiB; salt, names and what else stands in it need some room.
PART_OCTETS: Final = 900 * 1024

# A support organisation's number begins with the year in which it was given, since 2019.
_OF_YEAR: Final = re.compile("([0-9]{2})登")
_FIRST_YEAR: Final = 2019

# So many rows are judged at a time, and alone where one of them is wrong: a schema names sixteen
# faults at most, and the finer rules only where it finds none.
_AT_A_TIME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A list as a file has it, without a fault: entries, and what is known of their people.

    Args:
        left_out: Headings of what only single messages say.
    """

    register: Register
    entries: Mapping[str, Any]
    contacts: Mapping[str, Any]
    table: Table
    left_out: tuple[str, ...]


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


def check_list(read: Read, bodies: Bodies, *, day: str) -> Imported:
    """Return the list that a table holds: only one of which every row fits the schema.

    Args:
        day: Whose codes count.

    Raises:
        InvalidError: `problems` names line and column of each fault.
    """
    found = [*read.problems, *islice(_faults(read, bodies, day), MOST_FAULTS)]
    if found:
        raise wrong(read.table, found)
    rows = {row.id: row for row in read.rows if row.id is not None}
    return Imported(
        register=read.register,
        entries={id: row.entry for id, row in rows.items()},
        contacts={id: row.contact for id, row in rows.items() if row.contact},
        table=read.table,
        left_out=read.left_out,
    )


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
        "mode": Mode.SNAPSHOT if base is None else Mode.DELTA,
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
    facts = {"list_version": "1", "as_of": "2000-01-01", "mode": Mode.SNAPSHOT, "parts": 1}
    return {**facts, "count": 1, "set_digest": set_digest({}), **_carried(entries, contacts)}


def _faults(read: Read, bodies: Bodies, day: str) -> Iterator[tuple[int, Problem]]:
    """Yield what the schema and the numbers themselves say against rows, each by its line."""
    for start in range(0, len(read.rows), _AT_A_TIME):
        some = read.rows[start : start + _AT_A_TIME]
        if any(_told(read, some, bodies, day)):
            for row in some:
                told = [each for each in _told(read, [row], bodies, day) if _is_of_cell(each, row)]
                yield from ((row.row.line, _at_its_place(read, row, each)) for each in told)
        if read.register is Register.SUPPORT_ORGS:
            for row in some:
                yield from _years(read, row, day)


def _told(read: Read, rows: Sequence[ReadRow], bodies: Bodies, day: str) -> tuple[Problem, ...]:
    """Return what is wrong with rows, judged as entries of a list under ids of no meaning."""
    numbered = {f"r{number}": row for number, row in enumerate(rows)}
    body = _opening(
        {id: row.entry for id, row in numbered.items()},
        {id: row.contact for id, row in numbered.items() if row.contact},
    )
    try:
        bodies.check_draft(type_of_list(read.register), body, day=day)
    except InvalidError as error:
        return error.problems
    return ()


def _path(problem: Problem) -> Path:
    """Return where in an entry a fault lies: behind `entries` or `contacts`, and the id."""
    return tuple(problem.where.split("/")[3:])


def _is_of_cell(problem: Problem, row: ReadRow) -> bool:
    """Tell whether a fault is of what stands in the row, and was not told when it was read."""
    path = _path(problem)
    return all(path[: len(each)] != each[: len(path)] for each in row.wrong)


def _at_its_place(read: Read, row: ReadRow, problem: Problem) -> Problem:
    """Return a fault of an entry under the line and heading it came from."""
    path, cells = _path(problem), row.row.cells
    cell = next((cells[path[:n]] for n in range(len(path), 0, -1) if path[:n] in cells), None)
    if cell is not None:
        return Problem(read.table.place(cell.line, cell.heading), problem.text)
    place = read.table.place(row.row.line)
    return Problem(place, f"{label_of(read.register, path)} {problem.text}")


def _years(read: Read, row: ReadRow, day: str) -> Iterator[tuple[int, Problem]]:
    """Yield the fault of a number that was given in a year before the first or to come."""
    number = kind_of(read.register).number
    cell, found = row.row.cells.get(number), _OF_YEAR.match(str(at(row.entry, number)))
    if cell is None or found is None or _FIRST_YEAR <= 2000 + int(found[1]) <= int(day[:4]):
        return
    text = f"begins with {found[1]}, but no number was given in 20{found[1]}"
    yield cell.line, Problem(read.table.place(cell.line, cell.heading), text)
