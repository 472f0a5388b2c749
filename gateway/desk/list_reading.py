"""From the rows of a table to the entries of a list: by the schema, cell by cell.

Every fault gets the line and the heading it stands under. An entry keeps the id of what bears its
number already; a new one gets an id that follows from the number and does not tell it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue import TYPES
from gateway.catalogue.codes import CodeList
from gateway.catalogue.register_changes import GATHERED, LISTED
from gateway.catalogue.register_rules import LISTS
from gateway.catalogue.registers import Register
from gateway.desk.register_cells import CellError, Meanings, place_in, resolved, value_of
from gateway.desk.register_columns import (
    ID,
    STATUS,
    Path,
    at,
    folded,
    known_headings,
    leaves_of,
)
from gateway.desk.register_tables import Cell, Find, Table, TableRow
from gateway.envelope import digest
from gateway.errors import InvalidError, Problem

# As many faults as somebody mends in one go.
MOST_FAULTS: Final = 200
_ID: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_DERIVED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a register is listed.

    Args:
        number: Where an entry bears the number by which it is known on paper.
        prefix: What the ids that are made here begin with.
        defaults: What is said of an entry whose table has no such column.
    """

    number: Path
    prefix: str
    defaults: Mapping[Path, Any]


_KINDS: Final[Mapping[Register, Kind]] = MappingProxyType(
    {
        Register.SENDING_ORGS: Kind(
            number=("licence", "number"),
            prefix="so-",
            defaults={
                (STATUS,): LISTED[Register.SENDING_ORGS],
                ("organisation", "kind"): "sending-org",
            },
        ),
        Register.SUPPORT_ORGS: Kind(
            number=("registration_no",),
            prefix="rso-",
            defaults={(STATUS,): LISTED[Register.SUPPORT_ORGS]},
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One row as it was read, right or wrong.

    Args:
        id: The entry that it is; None where it does not tell, or another row is that.
        wrong: Where a fault was told already: what stands there only lets the rest be judged.
    """

    row: TableRow
    id: str | None
    entry: Mapping[str, Any] = field(repr=False)
    contact: Mapping[str, Any] = field(repr=False)
    wrong: frozenset[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A table as it was read, with what is wrong so far, each by its line.

    Args:
        left_out: Headings of what only single messages say.
    """

    register: Register
    table: Table
    rows: tuple[ReadRow, ...]
    problems: tuple[tuple[int, Problem], ...]
    left_out: tuple[str, ...]


def kind_of(register: Register) -> Kind:
    """Return how a register is listed.

    Raises:
        InvalidError: No list is sent of it: its entries come one by one.
    """
    if register not in _KINDS:
        names = " and ".join(_KINDS)
        raise InvalidError(f"no list of {register} is sent; there are lists of {names}")
    return _KINDS[register]


def type_of_list(register: Register) -> str:
    """Return the type of the message that opens a list of a register.

    Raises:
        InvalidError: As with `kind_of`.
    """
    kind_of(register)
    return next(name for name, listed in LISTS.items() if listed is register)


def singles_of(register: Register) -> list[str]:
    """Return the types that change a register one entry at a time."""
    lists = type_of_list(register)
    return [row.name for row in TYPES.values() if row.register is register and row.name != lists]


def finder(
    register: Register, schema: Mapping[str, Any], others: Sequence[Mapping[str, Any]] = ()
) -> Find:
    """Return what finds the path for a heading: a known word, or a path as exports write it.

    Args:
        others: Schemas of the single messages that change the register too: what they say of an
            entry stands in an exported file, and is no fault there although a list has no place
            for it.
    """
    headings = known_headings(register)
    sources = [*((place, schema) for place in places(schema)), *((each, each) for each in others)]

    def find(heading: str) -> Path | None:
        if (known := headings.get(folded(heading))) is not None:
            return known
        path = tuple(heading.strip().split("."))
        is_said = path[0] in GATHERED or any(place_in(path, *source) for source in sources)
        return path if is_said else None

    return find


def places(schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return what the schema says of an entry, and of what is known of its people."""
    found = []
    for member in ("entries", "contacts"):
        keyed = resolved(schema["properties"][member], schema)
        found.append(resolved(next(iter(keyed["patternProperties"].values())), schema))
    return tuple(found)


def read_list(
    table: Table,
    register: Register,
    *,
    schema: Mapping[str, Any],
    known: Mapping[str, Any],
    country: str,
    codes: Mapping[str, CodeList] = MappingProxyType({}),
) -> Read:
    """Return what a table holds, right or wrong: `importing.check_list` makes a list of it.

    Args:
        schema: Of the message that opens a list of this register.
        known: The entries there are, by their ids: a row keeps the id of what has its number.
        country: Of the organisations, where the table does not say.
        codes: The lists by which a table may say a code in words.
    """
    reading = _Reading(table, register, schema, known, country, _meanings(codes))
    for row in table.rows:
        reading.take(row)
    return Read(
        register=register,
        table=table,
        rows=tuple(reading.rows),
        problems=tuple(reading.problems),
        left_out=reading.left_out(),
    )


def label_of(register: Register, path: Path) -> str:
    """Return what a column is called, for a cell that is not there."""
    for leaf in leaves_of(register):
        if leaf.path[: len(path)] == path:
            return leaf.english
    return ".".join(path)


def wrong(table: Table, found: Sequence[tuple[int, Problem]]) -> InvalidError:
    """Return the error that names the faults of a table in the order of their lines."""
    problems = [problem for _, problem in sorted(found, key=itemgetter(0))]
    number = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
    if len(problems) > MOST_FAULTS:
        number = f"more than {MOST_FAULTS} faults"
    return InvalidError(
        f"{table.name} has {number}; nothing was sent",
        problems=tuple(problems[:MOST_FAULTS]),
        hint="mend them in the table, then import it again",
    )


@dataclass(slots=True)
class _Reading:
    """A table on its way to be a list, row after row."""

    table: Table
    register: Register
    schema: Mapping[str, Any]
    known: Mapping[str, Any]
    country: str
    meanings: Meanings
    rows: list[ReadRow] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, str] = field(init=False)
    _places: tuple[Mapping[str, Any], ...] = field(init=False)

    def __post_init__(self) -> None:
        number = kind_of(self.register).number
        self._numbers = {folded(str(at(each, number))): id for id, each in self.known.items()}
        self._places = places(self.schema)

    def take(self, row: TableRow) -> None:
        """Add the entry of a row, or note what is wrong with it."""
        entry: dict[str, Any] = {}
        contact: dict[str, Any] = {}
        wrong = {
            path
            for path, cell in row.cells.items()
            if path != (ID,) and not self._put(entry, contact, path, cell)
        }
        self._complete(entry)
        id = self._id(row, entry)
        if id is None and (ID,) not in row.cells:
            wrong.add(kind_of(self.register).number)
        if id is not None and (first := self._lines.setdefault(id, row.line)) != row.line:
            self._note(row, f"is the same entry as line {first}: keep one of them")
            id = None
        self.rows.append(
            ReadRow(row=row, id=id, entry=entry, contact=contact, wrong=frozenset(wrong))
        )

    def left_out(self) -> tuple[str, ...]:
        """Return the headings for which a list has no place."""
        return tuple(
            heading
            for path, heading in self.table.headings.items()
            if path != (ID,) and not any(place_in(path, each, self.schema) for each in self._places)
        )

    def _put(self, entry: dict[str, Any], contact: dict[str, Any], path: Path, cell: Cell) -> bool:
        """Put the value of a cell in its place; False where the cell has none."""
        for target, place in zip((entry, contact), self._places, strict=True):
            wanted = place_in(path, place, self.schema)
            if wanted is None:
                continue
            try:
                _set(target, path, value_of(cell.text, wanted, self.schema, self.meanings))
            except CellError as error:
                self._note_cell(cell, str(error))
                if error.instead is not None:
                    _set(target, path, error.instead)
                return False
            return True
        return True

    def _complete(self, entry: dict[str, Any]) -> None:
        for path, value in kind_of(self.register).defaults.items():
            if at(entry, path) is None:
                _set(entry, path, value)
        organisation = entry.get("organisation")
        if isinstance(organisation, dict):
            organisation.setdefault("country", self.country)
        scope = entry.get("scope")
        if isinstance(scope, dict) and scope.get("fields"):
            # Who lists the fields of specified skilled workers sends them.
            scope.setdefault("ssw", True)

    def _id(self, row: TableRow, entry: Mapping[str, Any]) -> str | None:
        cell = row.cells.get((ID,))
        if cell is not None:
            if _ID.fullmatch(cell.text):
                return cell.text
            text = "is not up to 40 small letters, digits and hyphens, such as so-0045"
            self._note_cell(cell, text)
            return None
        kind = kind_of(self.register)
        number = folded(str(at(entry, kind.number) or ""))
        if not number:
            name = label_of(self.register, kind.number)
            self._note(row, f"has neither an entry id nor a {name.lower()}: one of them is needed")
            return None
        # Opaque, and the same whenever the same number comes again.
        made = digest(f"{self.register}\n{number}".encode()).removeprefix("sha-256:")
        plain = "".join(filter(str.isalnum, made)).lower()
        return self._numbers.get(number) or f"{kind.prefix}{plain[:_DERIVED]}"

    def _note(self, row: TableRow, text: str) -> None:
        self.problems.append((row.line, Problem(self.table.place(row.line), text)))

    def _note_cell(self, cell: Cell, text: str) -> None:
        place = self.table.place(cell.line, cell.heading)
        self.problems.append((cell.line, Problem(place, text)))


def _set(target: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        target = target.setdefault(name, {})
    target[path[-1]] = value


def _meanings(codes: Mapping[str, CodeList]) -> Meanings:
    """Return the code that each word of a list stands for, in any of its languages."""
    return {
        name: {
            folded(word): code for code, each in found.codes.items() for word in each.label.values()
        }
        for name, found in codes.items()
    }
