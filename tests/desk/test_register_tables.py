"""Tables as spreadsheets write them: one meaning, or a fault with its line and column."""

import codecs
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.catalogue.registers import Register
from gateway.desk.list_reading import finder, type_of_list
from gateway.desk.register_cells import CellError, value_of
from gateway.desk.register_tables import LARGEST, read_table
from gateway.errors import InvalidError
from tests.nodes import CATALOGUE

NAME = ("organisation", "name", "en")
NUMBER = ("licence", "number")
FIND = finder(Register.SENDING_ORGS, CATALOGUE.bodies.schema(type_of_list(Register.SENDING_ORGS)))


def table(raw, **options):
    raw = raw.encode() if isinstance(raw, str) else raw
    return read_table(raw, name="list.csv", find=FIND, **options)


def texts(read, path):
    return [row.cells[path].text for row in read.rows if path in row.cells]


def fault(raw, **options):
    with pytest.raises(InvalidError) as caught:
        table(raw, **options)
    return [(problem.where, problem.text) for problem in caught.value.problems]


JAPANESE = "許可番号,名称(英語),名称\r\nTEST-1,Mekong,メコン送出機関\r\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (JAPANESE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + JAPANESE.encode(), "utf-8"),
        (JAPANESE.encode("cp932"), "cp932"),
        (JAPANESE.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + JAPANESE.encode("utf-16-be"), "utf-16"),
    ],
)
def test_the_letters_of_a_file_are_recognised(raw, encoding):
    read = table(raw)
    assert read.encoding == encoding
    assert texts(read, ("organisation", "name", "ja")) == ["メコン送出機関"]
    assert texts(read, NAME) == ["Mekong"]


def test_a_broken_place_in_utf_8_is_no_other_kind_of_letters():
    raw = "Licence number,Name\nTEST-1,ក្រុមហ៊ុន\nTEST-2,".encode() + b"\xe9\n"
    assert fault(raw) == [("list.csv:3", "holds bytes that are no UTF-8")]


def test_letters_of_no_kind_are_named_by_their_line():
    assert fault(b"Licence number,Name\nTEST-1,\x81\n")[0][0] == "list.csv:2"
    assert fault(JAPANESE.encode("cp932"), encoding="utf-8")[0] == (
        "list.csv:1",
        "holds bytes that are no UTF-8",
    )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_parts_the_cells(separator):
    raw = separator.join(["Licence number", "Name"]) + "\n" + separator.join(["TEST-1", "Mekong"])
    assert texts(table(raw), NAME) == ["Mekong"]


def test_a_line_that_names_the_separator_is_obeyed():
    read = table('sep=;\r\nLicence number;Name\r\nTEST-1;"a, b, c"\r\n')
    assert texts(read, NAME) == ["a, b, c"]
    assert read.rows[0].line == 3


def test_commas_in_quotes_do_not_count():
    read = table('"a, b, c";x\nLicence number;Name\nTEST-1;"Mekong, Ltd., Co., A, B"\n')
    assert texts(read, NAME) == ["Mekong, Ltd., Co., A, B"]


def test_a_cell_may_hold_line_breaks_and_lines_are_counted_as_an_editor_does():
    read = table('Licence number,Address\nTEST-1,"No. 1\r\nPhnom Penh"\nTEST-2,x\n')
    assert texts(read, ("organisation", "address", "en"))[0] == "No. 1\nPhnom Penh"
    assert [row.line for row in read.rows] == [2, 4]


def test_titles_above_and_empty_rows_are_passed_over():
    read = table("List of agencies,,\nAs of 1 April,,\nNo.,Name,Licence number\n1,Mekong,T-1\n,,\n")
    assert texts(read, NUMBER) == ["T-1"]
    assert [row.line for row in read.rows] == [4]


def test_headings_may_come_in_any_order_and_any_writing():
    read = table("ＮＡＭＥ,licence NUMBER\nMekong,T-1\n")
    assert (texts(read, NAME), texts(read, NUMBER)) == (["Mekong"], ["T-1"])


def test_a_formula_guard_is_taken_off():
    assert texts(table("Licence number,Phone\nT-1,'+855 23\n"), ("organisation", "phone")) == [
        "+855 23"
    ]


@pytest.mark.parametrize(
    ("raw", "where", "words"),
    [
        ("Licence number,Colour\nT-1,red\n", "list.csv:1, column 'Colour'", "no heading"),
        ("Name,Agency\nA,B\n", "list.csv:1, column 'Agency'", "the same as a column before"),
        ("Licence number,Name\nT-1,a,b\n", "list.csv:2", "more cells"),
        ('Licence number,Name\nT-1,"a\nT-2,b\n', "list.csv:2", "quote that is not closed"),
        ('Licence number,Name\nT-1,"a"b\n', "list.csv:2", "quote"),
        ("Licence number,Name\n", "list.csv:1", "no rows follow"),
        ("a,b\n1,2\n", "list.csv:1", "no line has a heading"),
        ("", "list.csv:1", "no line has a heading"),
        (f"Licence number,Name\nT-1,{'a' * 20_001}\n", "list.csv:2", "more than 20000"),
    ],
)
def test_what_is_no_table_of_ours_is_refused_with_its_place(raw, where, words):
    ((found, text),) = fault(raw)
    assert found == where
    assert words in text


@pytest.mark.parametrize("letter", ["\ue000", "\x00", "\x1b"])
def test_a_letter_that_only_one_machine_knows_is_refused_with_its_place(letter):
    ((where, text),) = fault(f"Licence number,Name\nT-1,a{letter}b\n")
    assert where == "list.csv:2, column 'Name'"
    assert f"U+{ord(letter):04X}" in text


def test_a_letter_of_an_office_in_cp932_is_refused_too():
    raw = "許可番号,名称\nT-1,".encode("cp932") + b"\xf0\x40\n"
    assert "U+E000" in fault(raw)[0][1]


def test_every_row_that_is_none_is_named():
    raw = "Licence number,Name\nT-1,a,b\nT-2,\ue000\nT-3,c\nT-4,\ue001\n"
    assert [where for where, _ in fault(raw)] == [
        "list.csv:2",
        "list.csv:3, column 'Name'",
        "list.csv:5, column 'Name'",
    ]


def test_a_column_that_is_left_out_on_purpose_is_not_missed():
    read = table("Licence number,Colour,Name\nT-1,red,A\n", skipped=["colour"])
    assert texts(read, NAME) == ["A"]


def test_a_file_larger_than_any_register_is_not_read():
    with pytest.raises(InvalidError, match="64 MiB"):
        table(b"a" * (LARGEST + 1))


DATE = {"type": "string", "format": "date"}
CODES = {"type": "string", "enum": ["approved", "food-service", "corporation"]}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("2026-03-31", DATE, "2026-03-31"),
        ("2026/3/1", DATE, "2026-03-01"),
        ("2026年3月1日", DATE, "2026-03-01"),
        ("令和8年3月31日", DATE, "2026-03-31"),
        ("令和元年5月1日", DATE, "2019-05-01"),
        ("R8.3.31", DATE, "2026-03-31"),
        ("２０２６／３／１", DATE, "2026-03-01"),
        ("Yes", {"type": "boolean"}, True),
        ("\u25cb", {"type": "boolean"}, True),
        ("無", {"type": "boolean"}, False),
        ("1,200", {"type": "integer"}, 1200),
        ("Food service", CODES, "food-service"),
        ("法人", CODES, "corporation"),
        (
            "approved; food service",
            {"type": "array", "items": CODES},
            ["approved", "food-service"],
        ),
        ("km、ja", {"type": "array", "items": {"type": "string"}}, ["km", "ja"]),
        (
            "４０１１００１０９８９９３",
            {"type": "string", "pattern": "^[0-9]{13}$"},
            "4011001098993",
        ),
        ("19登2", {"type": "string", "pattern": "^[0-9]{2}登-[0-9]{6}$"}, "19登-000002"),
        ("Ａ社", {"type": "string"}, "Ａ社"),
    ],
)
def test_a_cell_becomes_what_the_schema_wants(text, schema, value):
    assert value_of(text, schema, {}) == value


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("01/02/2026", DATE),
        ("2026-02-30", DATE),
        ("soon", DATE),
        ("perhaps", {"type": "boolean"}),
        ("1.5", {"type": "integer"}),
        ("x", {"type": "object"}),
    ],
)
def test_a_cell_with_two_meanings_or_none_is_a_fault(text, schema):
    with pytest.raises(CellError):
        value_of(text, schema, {})


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
@settings(max_examples=200)
def test_whatever_a_file_holds_it_is_a_table_or_a_fault(raw):
    with suppress(InvalidError):
        table(raw)
    with suppress(InvalidError):
        table(b"Licence number,Name,Fields\n" + raw)
