"""Columns line up for the eyes of both sides, and nothing in a cell gives orders."""

import unicodedata
from contextlib import contextmanager

import click
import pytest
from rich.cells import cell_len

from gateway.cli import inbox, outbox, tables, thread
from gateway.cli.box import Box
from tests.cli.test_wrapping import cells

NAMES = [
    "Japan",
    "出入国在留管理庁",
    "ﾎｳﾑｼｮｳ",
    "ＩＳＡ",
    "が",
    "ក្រសួងការងារ និងបណ្តុះបណ្តាលវិជ្ជាជីវៈ",
    "ចាន់ ដារ៉ា",
    "ខ្ញុំ",
    "ក្រុមហ៊ុនគំរូ",
    "កៅអី កោះ កែ",
    "មន្ត្រី",
    "ក្រសួង\u200bការងារ",
    "①…—",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_takes_the_cells_that_unicode_gives_it(name):
    """The vowel signs of Khmer combine with their letter and take no cell of their own."""
    assert cell_len(name) == cells(name)


def test_columns_line_up_by_what_a_character_takes_on_the_screen(capsys):
    tables.draw(("NAME", "X"), [(name, "|") for name in NAMES])
    head, *lines = capsys.readouterr().out.splitlines()
    assert len({cells(line.partition("|")[0]) for line in lines}) == 1
    assert cells(head.partition("X")[0]) == cells(lines[0].partition("|")[0])


def test_an_absent_value_has_a_sign(capsys):
    tables.draw(("NAME", "X"), [("出入国", "1"), ("Japan", None), ("", ())])
    assert capsys.readouterr().out == "NAME    X\n出入国  1\nJapan   -\n-       -\n"


def test_a_row_in_a_pipe_is_one_line_without_colours(capsys):
    tables.draw(("A", "B"), [("x" * 400, "[red]\x1b[31m\nb")])
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["A", "B"]
    assert row == f"{'x' * 400}  [red]\\u001b[31m\\nb"


def test_rows_go_on_under_an_earlier_table(capsys):
    widths = tables.draw(("NAME", "X"), [("Cambodia", "1")])
    tables.draw(("NAME", "X"), [("出入国", "2")], below=widths)
    widths = tables.draw(("NAME", "X"), [("Phnom Penh", "3")], below=widths)
    tables.draw(("NAME", "X"), [("Tokyo", "4")], below=widths)
    assert capsys.readouterr().out.splitlines() == [
        "NAME      X",
        "Cambodia  1",
        "出入国    2",
        "Phnom Penh  3",
        "Tokyo       4",
    ]


ROW = (
    "01a20d16-caf3",
    "JP-2026-000002",
    "irregularity.report",
    "24 Nov 10:25 UTC",
    "a b c d e f g",
)


@pytest.mark.parametrize("width", [70, 80, 200])
def test_at_a_terminal_ids_stay_whole_and_times_and_sentences_are_folded(
    capsys, monkeypatch, width
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    tables.draw(("ID", "REFERENCE", "TYPE", "WRITTEN", "WHERE"), [ROW])
    _, *lines = capsys.readouterr().out.splitlines()
    assert ROW[0] in lines[0]
    assert ROW[1] in lines[0]
    assert all(cells(line) <= width for line in lines)
    assert (len(lines) == 1) == (width == 200)


def test_the_expectation_itself_knows_marks_from_letters():
    assert unicodedata.category("\u17b6") == "Mc"
    assert (cells("កា"), cells("か"), cells("a")) == (1, 2, 1)


TYPES = ["inquiry.request", "irregularity.report", "sending-org.revocation", "correction"]
LISTS = [
    (inbox, inbox._row, {"direction": "in", "state": "accepted", "missed": ["answered"]}),
    (outbox, outbox._row, {"direction": "out", "state": "delivered", "reached": "handed-over"}),
]


@contextmanager
def terminal(monkeypatch, width):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    with click.Context(click.Command("inbox")):
        yield


def messages(**more):
    moment = "2026-11-24T10:25:00Z"
    return [
        {"short": "01a20d16-caf3", "peer": "kh/molvt", "type": name, "created": moment}
        | {"reference": "JP-2026-000002", "marking": "restricted", "due": moment, "attempts": 3}
        | {"next_attempt": 1790000000, "levels": {"received": moment}, **more}
        for name in TYPES
    ]


def columns_of(command):
    return next(
        each.cell_contents
        for each in command.command.callback.__closure__
        if isinstance(each.cell_contents, Box)
    )


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize(("module", "row", "more"), LISTS)
def test_a_list_breaks_no_head_and_no_code_and_takes_two_lines(
    capsys, monkeypatch, width, module, row, more
):
    box, views = columns_of(module), messages(**more)
    with terminal(monkeypatch, width):
        tables.draw(box.columns, map(row, views), spare=box.spare)
    head, *lines = capsys.readouterr().out.splitlines()
    head = head.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert all(cells(line) <= width for line in [head, *lines])
    assert " ".join(head.split()) == " ".join(name for name in box.columns if name in head)
    assert {"ID", "TYPE", "REFERENCE", "STATE"} <= set(head.split())
    firsts = [line for line in lines if line.startswith("01a20d16-caf3")]
    assert len(firsts) == len(TYPES)
    assert len(lines) <= 2 * len(TYPES)
    for line, name in zip(firsts, TYPES, strict=True):
        assert {name, "JP-2026-000002"} <= set(line.split())


def test_a_list_of_matters_takes_two_lines(capsys, monkeypatch):
    moment = "2026-11-24T10:25:00Z"
    view = {"reference": "JP-2026-000002", "peer": "kh/molvt", "kind": "irregularity"}
    view |= {"state": "investigating", "updated": moment, "due": moment, "assignee": "sato"}
    view |= {"next": "kh/molvt is to report the result of its investigation", "next_node": "kh"}
    with terminal(monkeypatch, 80):
        tables.draw(thread._COLUMNS, [thread._row(view)], spare=thread._SPARE)
    head, *lines = capsys.readouterr().out.splitlines()
    assert "JP-2026-000002" in lines[0]
    assert len(lines) <= 2
    assert all(cells(line) <= 80 for line in lines)
    assert "NEXT" in head


def test_what_a_list_left_out_stays_out_below_it(capsys, monkeypatch):
    rows = [("a" * 30, "b" * 30, "c" * 30)]
    with terminal(monkeypatch, 80):
        widths = tables.draw(("A", "B", "C"), rows, spare=("B",))
        tables.draw(("A", "B", "C"), rows, below=widths)
    _, first, second = capsys.readouterr().out.splitlines()
    assert first == second == f"{'a' * 30}  {'c' * 30}"
