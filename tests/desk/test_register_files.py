"""A register as a file: nothing is computed, nothing is lost, nothing leads anywhere."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.register_rules import LISTS
from gateway.catalogue.registers import Register
from gateway.desk.list_reading import finder, places, type_of_list
from gateway.desk.register_cells import place_in
from gateway.desk.register_columns import COLUMNS, folded, known_headings, leaves_of
from gateway.desk.register_files import (
    Heading,
    Line,
    csv_text,
    guarded,
    html_page,
    json_text,
    labels_of,
    unguarded,
)
from gateway.resources import schema_files
from tests.nodes import CATALOGUE


def listed(name: str) -> list[Line]:
    """Return the entries of a list type's own example."""
    entries = CATALOGUE.bodies.example(name)["entries"]
    return [Line(entry=id, status=each["status"], values=each) for id, each in entries.items()]


SENDING = listed("sending-org.list")
SUPPORT = listed("support-org.list")
HEADING = Heading(
    register=Register.SENDING_ORGS,
    source="Ministry of Labour and Vocational Training",
    day="2026-11-24",
    made="24 November 2026",
    version="2026-03",
)


# What single messages alone say of an entry: a column in files that go out.
SINGLE = {("decided_on",), ("effective_on",), ("kind",), ("changed_on",)}


def line(**values):
    return Line(entry="so-1", status="approved", values=values)


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_file_for_spreadsheets_has_a_column_for_each_language_and_only_filled_ones():
    head, first, second = read(csv_text(Register.SENDING_ORGS, SENDING))
    assert head[:4] == ["Entry", "Name (English)", "Name (Khmer)", "Licence number"]
    assert "Name (Japanese)" not in head
    row = dict(zip(head, first, strict=True))
    assert row["Name (Khmer)"] == "ក្រុមហ៊ុន មេគង្គ គំរូ"
    assert row["Fields"] == "care; agriculture; food-service"
    assert row["Specified skilled workers"] == "yes"
    assert dict(zip(head, second, strict=True))["Until"] == "2026-04-14"


def test_what_no_column_names_is_called_by_its_path():
    head, first, _ = read(csv_text(Register.SUPPORT_ORGS, SUPPORT))
    assert dict(zip(head, first, strict=True))["offices.o1.address.ja"] == "大阪市北区見本4-5-6"


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+855 23 000 045", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "'=1", "''=1"),
        "\uff1d1+1",
        '=HYPERLINK("https://evil.example","x")',
    ],
)
def test_what_a_spreadsheet_would_compute_is_a_text(text):
    assert guarded(text).startswith("'")
    assert unguarded(guarded(text)) == text


@given(st.text())
def test_guarding_is_taken_off_again_without_a_trace(text):
    assert unguarded(guarded(text)) == text


def test_every_cell_of_a_file_is_guarded():
    text = csv_text(
        Register.SENDING_ORGS, [line(organisation={"name": {"en": '=cmd|" /C calc"!A0'}})]
    )
    assert read(text)[1][1] == '\'=cmd|" /C calc"!A0'


def test_the_mark_is_written_where_it_is_asked_for():
    assert not csv_text(Register.SENDING_ORGS, SENDING).startswith("\ufeff")
    assert csv_text(Register.SENDING_ORGS, SENDING, with_mark=True).startswith("\ufeffEntry,")


def test_a_file_for_programs_says_what_it_is_and_holds_the_entries():
    document = json.loads(json_text(HEADING, SENDING))
    assert document["count"] == 2
    assert document["version"] == "2026-03"
    assert document["entries"]["so-0045"] == dict(SENDING[0].values)


def test_a_page_shows_each_language_as_what_it_is():
    page = html_page(HEADING, SENDING)
    assert '<span lang="km">ក្រុមហ៊ុន មេគង្គ គំរូ</span>' in page
    assert "As of 2026-11-24, version 2026-03, 2 entries" in page
    assert '<html lang="en">' in page


def test_a_page_says_codes_in_words_where_it_is_given_them():
    labels = labels_of(read_code_lists(schema_files()))
    page = html_page(HEADING, SENDING, labels)
    assert "<td>Nursing care; Agriculture; " in page
    assert "<td>Suspended</td>" in page
    assert "<td>suspended</td>" in html_page(HEADING, SENDING)


def test_a_page_tells_from_which_day_an_end_holds_that_is_yet_to_come():
    def ended(day):
        return Line(entry="so-1", status="revoked", values={"effective_on": day})

    assert "<td>revoked from 2027-06-01</td>" in html_page(HEADING, [ended("2027-06-01")])
    assert "<td>revoked</td>" in html_page(HEADING, [ended(HEADING.day)])


@pytest.mark.parametrize("register", list(Register))
def test_every_code_list_of_a_column_is_there(register):
    known = {*read_code_lists(schema_files()), ""}
    assert {column.codes for column in COLUMNS[register]} <= known


def test_a_page_leads_nowhere_and_runs_nothing():
    bad = line(
        organisation={"name": {"en": "<script>alert(1)</script>"}, "website": "javascript:x"}
    )
    page = html_page(HEADING, [bad])
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"<a\b|href=|src=|url\(", page)
    assert "default-src 'none'" in page


def test_a_page_turns_no_direction_and_obeys_nothing():
    page = html_page(HEADING, [line(organisation={"name": {"en": "abc\u202ecba\u0007"}})])
    assert "abc\\u202ecba\\u0007" in page
    assert "\u202e" not in page


def test_a_page_leaves_out_what_only_offices_need():
    text = line(
        organisation={"name": {"en": "Mekong"}},
        licence={"number": "T-1", "issued_on": "2026-02-01"},
        representative={"name_latin": "SOKHA CHANN"},
    )
    page = html_page(HEADING, [text])
    assert "T-1" in page
    assert "2026-02-01" not in page
    assert "SOKHA" not in page


def test_a_page_tells_the_days_of_an_end_a_halt_and_a_licence():
    ended = {"decided_on": "2026-05-01", "effective_on": "2026-05-11", "kind": "revocation"}
    halted = {"effective_on": "2026-06-01", "until": "2026-08-31"}
    lines = [
        line(licence={"number": "T-1", "expires_on": "2029-01-31"}),
        Line(entry="so-2", status="revoked", values=ended),
        Line(entry="so-3", status="suspended", values=halted),
    ]
    page = html_page(HEADING, lines)
    heads = re.findall("<th[^>]*>([^<]*)</th>", page)
    assert heads == [
        *("Licence number", "Licence valid until", "Status"),
        *("Decided on", "Effective on", "Until"),
    ]
    for day in ("2029-01-31", "2026-05-01", "2026-05-11", "2026-08-31"):
        assert day in page
    head, *_ = read(csv_text(Register.SENDING_ORGS, lines))
    assert head == ["Entry", *heads[:5], "How it ended", heads[5]]


def test_a_page_calls_nothing_approved_where_every_approval_has_ended():
    over = [Line(entry=f"so-{n}", status=n, values={}) for n in ("revoked", "suspended")]
    ended, mixed = (html_page(HEADING, lines) for lines in (over, [*over, line()]))
    assert "<h1>Sending organisations with ended or suspended approval</h1>" in ended
    assert "Approved" not in ended
    assert "<h1>Approved sending organisations</h1>" in mixed
    ahead = Line(entry="so-1", status="revoked", values={"effective_on": "2027-06-01"})
    assert "<h1>Approved sending organisations</h1>" in html_page(HEADING, [ahead])


def test_a_page_leads_to_the_files_beside_it_alone():
    page = html_page(HEADING, SENDING, beside=("list.csv", "list.json"))
    assert re.findall('<a href="([^"]*)">([^<]*)</a>', page) == [
        ("list.csv", "CSV"),
        ("list.json", "JSON"),
    ]


def test_a_page_of_nothing_says_so():
    assert "There are no entries." in html_page(HEADING, [])


def test_offices_stand_on_the_page_with_their_languages():
    page = html_page(
        Heading(register=Register.SUPPORT_ORGS, source="ISA", day="2026-11-24", made="today"),
        SUPPORT,
    )
    assert '<span lang="ja">大阪事務所</span>' in page


@pytest.mark.parametrize("register", list(Register))
def test_every_heading_that_is_written_is_understood(register):
    headings = known_headings(register)
    for leaf in leaves_of(register):
        for word in (leaf.english, leaf.japanese, ".".join(leaf.path)):
            assert headings[folded(word)] == leaf.path


def test_a_heading_without_a_language_is_of_the_one_it_is_written_in():
    headings = known_headings(Register.SENDING_ORGS)
    assert headings[folded("Name")][-1] == "en"
    assert headings[folded("名称")][-1] == "ja"
    assert headings[folded("Khmer name")][-1] == "km"


@pytest.mark.parametrize("register", LISTS.values())
def test_every_column_of_a_list_has_its_place_in_the_schema(register):
    find = finder(register, CATALOGUE.bodies.schema(type_of_list(register)))
    schema = CATALOGUE.bodies.schema(type_of_list(register))
    for leaf in leaves_of(register):
        assert find(".".join(leaf.path)) == leaf.path
        if leaf.path in SINGLE:
            continue
        assert any(place_in(leaf.path, each, schema) for each in places(schema)), leaf
