"""Tables of statistics: what is hidden in them cannot be worked out."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import InvalidError
from gateway.policy.aggregate import UnsafeTableError, check_table
from gateway.policy.codes import Denied

HIDDEN = "hidden"


def table(*rows, row_totals, column_totals, everything):
    """Return a table of years and sexes."""
    years = [str(2020 + number) for number in range(len(rows))]
    sexes = ["female", "male", "unknown"][: len(rows[0])]
    return {
        "rows": "year",
        "columns": "sex",
        "cells": {
            year: dict(zip(sexes, row, strict=True)) for year, row in zip(years, rows, strict=True)
        },
        "totals": {
            "rows": dict(zip(years, row_totals, strict=True)),
            "columns": dict(zip(sexes, column_totals, strict=True)),
            "all": everything,
        },
    }


OPEN = table((20, 31), (12, 40), row_totals=(51, 52), column_totals=(32, 71), everything=103)
HELD = table(
    (HIDDEN, HIDDEN, 50),
    (HIDDEN, HIDDEN, 60),
    row_totals=(70, 90),
    column_totals=(25, 25, 110),
    everything=160,
)


def test_a_table_without_hidden_numbers_is_as_safe_as_its_smallest():
    assert check_table(OPEN).least == 12


def test_hidden_numbers_that_hide_each_other_are_as_safe_as_what_they_are_together():
    assert check_table(HELD).least == 20


def test_the_sum_of_what_is_hidden_counts_as_a_number():
    small = copy.deepcopy(HELD)
    small["totals"]["rows"] = {"2020": 53, "2021": 107}
    assert check_table(small).least == 3


@pytest.mark.parametrize(
    "unsafe",
    [
        table((HIDDEN, 31), (12, 40), row_totals=(51, 52), column_totals=(32, 71), everything=103),
        table(
            (HIDDEN, HIDDEN), (12, 40), row_totals=(51, 52), column_totals=(32, 71), everything=103
        ),
        table(
            (HIDDEN, HIDDEN),
            (12, 40),
            row_totals=(HIDDEN, 52),
            column_totals=(HIDDEN, 71),
            everything=103,
        ),
    ],
)
def test_a_hidden_number_that_the_others_give_away_makes_a_table_unsafe(unsafe):
    with pytest.raises(UnsafeTableError, match="can be worked out") as caught:
        check_table(unsafe)
    assert caught.value.reason is Denied.AGGREGATE_UNSAFE


def test_totals_that_any_reader_adds_up_are_not_hidden_but_missing():
    bare = table(
        (20, 31),
        (12, 40),
        row_totals=(HIDDEN,) * 2,
        column_totals=(HIDDEN,) * 2,
        everything=HIDDEN,
    )
    assert check_table(bare).least == 12


def test_what_is_hidden_in_a_line_without_total_is_given_away_by_nothing():
    bare = table(
        (HIDDEN, 31),
        (12, 40),
        row_totals=(HIDDEN, 52),
        column_totals=(HIDDEN, 71),
        everything=HIDDEN,
    )
    assert check_table(bare).least == 12


def changed(path, value):
    found = copy.deepcopy(OPEN)
    *way, last = path
    at = found
    for name in way:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return found


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (changed(["rows"], "passport"), "/rows"),
        (changed(["columns"], "country"), "/columns"),
        (changed(["columns"], "year"), "/columns"),
        (changed(["cells"], {}), "/cells"),
        (changed(["cells"], {f"{year}": {"male": 10} for year in range(2000, 2031)}), "/cells"),
        (changed(["cells"], {"SOK DARA": {"female": 20, "male": 31}}), "/cells"),
        (changed(["cells", "2020"], {"kh": 20, "male": 31}), "/cells/2020"),
        (changed(["cells", "2021", "male"], None), "/cells/2021/male"),
        (changed(["cells", "2021", "male"], -1), "/cells/2021/male"),
        (changed(["cells", "2021", "male"], "40"), "/cells/2021/male"),
        (changed(["cells", "2021", "other"], 3), "/cells/2021"),
        (changed(["totals", "all"], None), "/totals/all"),
        (changed(["totals", "rows", "2020"], 52), "/totals"),
        (changed(["totals", "rows", "2020"], 1), "/totals"),
        (changed(["note"], "x"), ""),
    ],
)
def test_another_form_is_refused_with_its_place(wrong, where):
    with pytest.raises(InvalidError) as caught:
        check_table(wrong)
    assert [each.where for each in caught.value.problems] == [where]


def solutions(hidden, rows, columns):
    """Tell by elimination which hidden places of a table are fixed by its sums."""
    places = sorted(hidden)
    lines = [[1 if place[0] == row else 0 for place in places] for row in range(rows + 1)]
    lines += [[1 if place[1] == column else 0 for place in places] for column in range(columns + 1)]
    # In the line of totals the grand total counts against the others.
    for number, place in enumerate(places):
        if place[1] == columns:
            lines[place[0]][number] = -1
        if place[0] == rows:
            lines[rows + 1 + place[1]][number] = -1
    if (rows, columns) in hidden:
        number = places.index((rows, columns))
        lines[rows][number] = lines[rows + 1 + columns][number] = -1
    return {
        place
        for number, place in enumerate(places)
        if rank([*lines, [int(each == number) for each in range(len(places))]]) == rank(lines)
    }


def rank(lines):
    lines, found = [list(map(float, line)) for line in lines], 0
    for column in range(len(lines[0]) if lines else 0):
        pivot = next((n for n in range(found, len(lines)) if abs(lines[n][column]) > 1e-9), None)
        if pivot is None:
            continue
        lines[found], lines[pivot] = lines[pivot], lines[found]
        for n in range(len(lines)):
            if n != found:
                factor = lines[n][column] / lines[found][column]
                lines[n] = [a - factor * b for a, b in zip(lines[n], lines[found], strict=True)]
        found += 1
    return found


@settings(max_examples=150)
@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_a_table_is_unsafe_just_when_its_sums_fix_a_hidden_number(hidden):
    value = table(
        *((10, 10, 10),) * 3, row_totals=(30,) * 3, column_totals=(30,) * 3, everything=90
    )
    years, sexes = ["2020", "2021", "2022"], ["female", "male", "unknown"]
    for row, column in hidden:
        if row < 3 and column < 3:
            value["cells"][years[row]][sexes[column]] = HIDDEN
        elif row < 3:
            value["totals"]["rows"][years[row]] = HIDDEN
        elif column < 3:
            value["totals"]["columns"][sexes[column]] = HIDDEN
        else:
            value["totals"]["all"] = HIDDEN
    if solutions(still_hidden(hidden), 3, 3):
        with pytest.raises(UnsafeTableError):
            check_table(value)
    else:
        assert check_table(value).least >= 10


def still_hidden(hidden):
    """Return what is hidden once a reader has added up whole lines of shown numbers."""
    left = set(hidden)
    lines = [({(row, column) for column in range(3)}, (row, 3)) for row in range(4)]
    lines += [({(row, column) for row in range(3)}, (3, column)) for column in range(4)]
    for line, total in lines * 2:
        if not line & left:
            left.discard(total)
    return left
