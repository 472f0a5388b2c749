"""Tables of statistics: when numbers about many tell nothing about one.

A table leaves in place of content only where none of its hidden numbers can be worked out from
those that are shown. A number is hidden because it is small; then another one in its row and in its
column has to be hidden as well (secondary suppression), or the totals would give it away.

In the graph whose nodes are the rows and columns, the totals among them, and whose edges are the
hidden numbers, a number can be worked out exactly when its edge is a bridge: when no other way of
hidden numbers leads from its row to its column.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway.envelope.forms import Members, fault
from gateway.errors import InvalidError, MalformedError, PolicyError, Problem
from gateway.policy.codes import Denied

HIDDEN: Final = "hidden"
# Whoever needs a larger table makes several; each is read by a person before it leaves.
_MOST_CODES: Final = 30
_MOST: Final = 10**9
_TOTAL: Final = ""


class Dimension(StrEnum):
    """By what people or cases may be counted; none of them names who they are, or whose."""

    YEAR = "year"
    QUARTER = "quarter"
    FIELD = "field"
    STAGE = "stage"
    OUTCOME = "outcome"
    REASON = "reason"
    SEX = "sex"
    AGE_BAND = "age-band"
    EXAM = "exam"


# Not two letters: those would be countries.
_WORD: Final = re.compile(r"[a-z][a-z-]{2,39}")
_FORMS: Final = MappingProxyType(
    {
        Dimension.YEAR: re.compile(r"[0-9]{4}"),
        Dimension.QUARTER: re.compile(r"[0-9]{4}-q[1-4]"),
        Dimension.AGE_BAND: re.compile(r"[0-9]{2}-[0-9]{2}"),
    }
)

# The codes of a row and a column; the empty one is that of the totals.
_Place: TypeAlias = tuple[str, str]
_Cells: TypeAlias = dict[_Place, int | None]
_Line: TypeAlias = tuple[list[_Place], _Place]


@dataclass(frozen=True, slots=True)
class SafeTable:
    """A table that `check_table` has found safe.

    Args:
        least: The smallest number in it that anybody can know: one that is shown, or the sum of the
            hidden ones of a row or column.
    """

    least: int


class UnsafeTableError(PolicyError):
    """Numbers that are hidden in a table can be worked out; it does not leave."""

    reason: Final = Denied.AGGREGATE_UNSAFE


def check_table(value: object) -> SafeTable:
    """Return the proof that a table gives away none of its hidden numbers.

    A table is `{rows, columns, cells, totals}`: two dimensions, `cells` by the codes of a row and a
    column, `totals` as `{rows, columns, all}`; a number that is not shown is the text `hidden`.

    >>> check_table({
    ...     "rows": "year", "columns": "sex",
    ...     "cells": {"2025": {"female": 20, "male": 31}},
    ...     "totals": {"rows": {"2025": 51}, "columns": {"female": 20, "male": 31}, "all": 51},
    ... })
    SafeTable(least=20)

    Raises:
        InvalidError: Another form, or totals that are not the sums; `problems` say where.
        UnsafeTableError: A hidden number can be worked out.
    """
    try:
        cells, lines = _read(Members(value))
        sums = [_hidden_sum(cells, line, total) for line, total in lines]
    except MalformedError as error:
        problems = tuple(Problem(pointer, str(error)) for pointer in error.pointers)
        raise InvalidError("the table cannot be read", problems=problems) from None
    _add_up(cells, lines)
    hidden = [place for place, number in cells.items() if number is None]
    for place in hidden:
        if not _is_tied(place, hidden):
            row, column = (each or "total" for each in place)
            raise UnsafeTableError(
                f"the hidden number of {row} and {column} can be worked out from the others",
                hint="hide a second number in the same row and in the same column",
            )
    shown = [number for number in cells.values() if number is not None]
    return SafeTable(min([*shown, *(each for each in sums if each is not None)], default=0))


def _read(read: Members) -> tuple[_Cells, list[_Line]]:
    """Return every number by its place, and the places of each line with that of its total."""
    read.only("rows", "columns", "cells", "totals")
    row_by, column_by = read.kind("rows", Dimension), read.kind("columns", Dimension)
    if row_by is column_by:
        raise fault(read.pointer("columns"), "is the dimension of the rows")
    table, totals = read.object("cells"), read.object("totals")
    totals.only("rows", "columns", "all")
    rows = _codes(read, "cells", row_by)
    columns = _codes(table, rows[0], column_by)
    cells: _Cells = {}
    for row in rows:
        cells |= {(row, column): each for column, each in _numbers(table, row, columns)}
    cells |= {(row, _TOTAL): each for row, each in _numbers(totals, "rows", rows)}
    cells |= {(_TOTAL, column): each for column, each in _numbers(totals, "columns", columns)}
    cells[_TOTAL, _TOTAL] = _number(totals, "all")
    along = [([(row, each) for each in columns], (row, _TOTAL)) for row in (*rows, _TOTAL)]
    down = [([(each, column) for each in rows], (_TOTAL, column)) for column in (*columns, _TOTAL)]
    return cells, along + down


def _codes(read: Members, name: str, dimension: Dimension) -> list[str]:
    codes = list(read.object(name).plain())
    if not 1 <= len(codes) <= _MOST_CODES:
        raise fault(read.pointer(name), f"has not 1 to {_MOST_CODES} members")
    form = _FORMS.get(dimension, _WORD)
    if not all(form.fullmatch(code) for code in codes):
        raise fault(read.pointer(name), f"has a name that is no {dimension}")
    return codes


def _numbers(read: Members, name: str, codes: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    line = read.object(name)
    line.only(*codes)
    for code in codes:
        yield code, _number(line, code)


def _number(read: Members, name: str) -> int | None:
    return None if read.value(name) == HIDDEN else read.integer(name, most=_MOST)


def _add_up(cells: _Cells, lines: Sequence[tuple[Sequence[_Place], _Place]]) -> None:
    """Put in the totals that any reader adds up: they are not hidden, only not written."""
    # Twice, because the total of all is the sum of totals.
    for line, total in (*lines, *lines):
        shown = [number for place in line if (number := cells[place]) is not None]
        if cells[total] is None and len(shown) == len(line):
            cells[total] = sum(shown)


def _hidden_sum(cells: _Cells, line: Sequence[_Place], total: _Place) -> int | None:
    """Return what the hidden numbers of a line are together; None where nobody can tell."""
    whole = cells[total]
    if whole is None:
        return None
    shown = [number for place in line if (number := cells[place]) is not None]
    rest = whole - sum(shown)
    if rest < 0 or (rest and len(shown) == len(line)):
        raise fault("/totals", "are not the sums of the numbers")
    return rest if len(shown) < len(line) else None


def _is_tied(place: _Place, hidden: Sequence[_Place]) -> bool:
    """Tell whether other hidden numbers lead from the row of one to its column."""
    rows, columns = {place[0]}, set[str]()
    others = [each for each in hidden if each != place]
    size = -1
    while size != len(rows) + len(columns):
        size = len(rows) + len(columns)
        columns |= {column for row, column in others if row in rows}
        rows |= {row for row, column in others if column in columns}
    return place[1] in columns
