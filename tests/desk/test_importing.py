"""Lists from spreadsheets: the whole file is right, or nothing is sent and each fault is named."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.list_digest import line, set_digest
from gateway.catalogue.register_rules import LISTS
from gateway.catalogue.registers import Register
from gateway.desk.importing import (
    PART_OCTETS,
    Base,
    check_list,
    difference,
    messages_of,
    next_version,
)
from gateway.desk.list_reading import finder, kind_of, read_list, type_of_list
from gateway.desk.register_files import Line, csv_text
from gateway.desk.register_tables import read_table
from gateway.envelope import content_text, limits
from gateway.errors import InvalidError
from gateway.resources import schema_files
from tests.nodes import CATALOGUE

DAY = "2026-11-24"
CODES = read_code_lists(schema_files())
HEAD = "Entry,Licence number,Name,Approved on,Phone,Fields,Status\n"
GOOD = HEAD + (
    "so-1,T-1,Mekong Example,2026-02-01,+855 23 000 045,care; agriculture,approved\n"
    'so-2,T-2,"Angkor, Ltd.",2026/3/1,,food-service,Suspended\n'
)


def imported(text, register=Register.SENDING_ORGS, *, known=None):
    schema = CATALOGUE.bodies.schema(type_of_list(register))
    singles = [CATALOGUE.bodies.schema("sending-org.revocation")]
    table = read_table(text.encode(), name="list.csv", find=finder(register, schema, singles))
    given = {"schema": schema, "known": known or {}, "country": "KH", "codes": CODES}
    return check_list(read_list(table, register, **given), CATALOGUE.bodies, day=DAY)


def faults(text, register=Register.SENDING_ORGS):
    with pytest.raises(InvalidError, match="nothing was sent") as caught:
        imported(text, register)
    return [(problem.where, problem.text) for problem in caught.value.problems]


def test_a_table_becomes_entries_that_fit_the_schema():
    entries = imported(GOOD).entries
    assert entries["so-1"]["organisation"] == {
        "name": {"en": "Mekong Example"},
        "phone": "+855 23 000 045",
        "kind": "sending-org",
        "country": "KH",
    }
    assert entries["so-1"]["scope"] == {"fields": ["care", "agriculture"], "ssw": True}
    assert entries["so-2"]["status"] == "suspended"
    assert entries["so-2"]["approved_on"] == "2026-03-01"


@pytest.mark.parametrize("register", LISTS.values())
def test_what_is_exported_can_be_imported_as_it_was(register):
    example = CATALOGUE.bodies.example(type_of_list(register))
    lines = [
        Line(
            entry=id,
            status=each["status"],
            values={**each, **example["contacts"].get(id, {})},
        )
        for id, each in example["entries"].items()
    ]
    read = imported(csv_text(register, lines, with_mark=True), register)
    assert read.entries == example["entries"]
    assert read.contacts == example["contacts"]


def test_every_fault_has_its_line_and_its_column():
    text = HEAD + (
        "so-1,T-1,Mekong,soon,,care,approved\n"
        "SO 2,T-2,Angkor,2026-03-01,,care,approved\n"
        "so-1,T-3,Third,2026-03-01,,care,approved\n"
        ",,Fourth,2026-03-01,,care,approved\n"
    )
    places = [where for where, _ in faults(text)]
    assert places == [
        "list.csv:2, column 'Approved on'",
        "list.csv:3, column 'Entry'",
        "list.csv:4",
        "list.csv:5",
    ]


def test_what_the_schema_refuses_has_its_line_and_its_column_too():
    text = HEAD + (
        "so-1,T-1,Mekong,2026-02-01,,astrology,approved\n"
        "so-2,T-2,Angkor,2026-02-01,,care,wonderful\n"
        "so-3,T-3,,2026-02-01,,care,approved\n"
        "so-4,T-4,Fourth,,,care,approved\n"
    )
    found = dict(faults(text))
    assert set(found) == {
        "list.csv:2, column 'Fields'",
        "list.csv:3, column 'Status'",
        "list.csv:4",
        "list.csv:5",
    }
    assert found["list.csv:4"] == "Name (English) is missing"
    assert found["list.csv:5"] == "Approved on is missing"


def test_no_fault_hides_another_and_none_is_told_twice():
    text = HEAD + (
        "so-1,T-1,Mekong,soon,,astrology; care; magic,approved\n"
        "so-1,T-3,,2026-03-01,,care,wonderful\n"
        ",,Fourth,,,care,approved\n"
        "so-5,T-5,Fifth,01/02/2026,,care,approved\n"
    )
    assert faults(text) == [
        ("list.csv:2, column 'Approved on'", "is no day such as 2026-03-31 or 令和8年3月31日"),
        (
            "list.csv:2, column 'Fields'",
            "has 'astrology', 'magic', which are no codes: see gateway codes ssw-fields",
        ),
        (
            "list.csv:3, column 'Status'",
            "has 'wonderful', which is no code: see gateway codes approval-statuses",
        ),
        ("list.csv:3", "is the same entry as line 2: keep one of them"),
        ("list.csv:3", "Name (English) is missing"),
        ("list.csv:4", "has neither an entry id nor a licence number: one of them is needed"),
        ("list.csv:4", "Approved on is missing"),
        (
            "list.csv:5, column 'Approved on'",
            "may be two days: write the year first, as in 2026-03-31",
        ),
    ]


def test_a_hundred_and_one_rows_have_all_their_faults():
    text = HEAD + "".join(f"so-{n},T-{n},,2026-02-01,,care,approved\n" for n in range(101))
    assert [where for where, _ in faults(text)] == [f"list.csv:{n + 2}" for n in range(101)]


def test_so_many_faults_are_named_as_somebody_mends_in_one_go():
    text = HEAD + "".join(f"so-{n},T-{n},,2026-02-01,,care,approved\n" for n in range(300))
    with pytest.raises(InvalidError, match="more than 200 faults") as caught:
        imported(text + "so-x,T-x,Last,soon,,care,approved\n")
    assert len(caught.value.problems) == 200


@pytest.mark.parametrize(
    ("day", "read"),
    [
        ("平成31年4月30日", "2019-04-30"),
        ("令和元年5月1日", "2019-05-01"),
        ("R8.3.31", "2026-03-31"),
        ("平成40年1月1日", None),
        ("令和元年3月1日", None),
        ("平成元年1月7日", None),
        ("令和99年1月1日", None),
        ("2101-01-01", None),
        ("20260-01-01", None),
    ],
)
def test_a_day_lies_in_its_era_and_in_no_far_year(day, read):
    text = HEAD + f"so-1,T-1,Mekong,{day},,care,approved\n"
    if read is None:
        assert faults(text)[0][1].startswith("is no day such as")
    else:
        assert imported(text).entries["so-1"]["approved_on"] == read


@pytest.mark.parametrize("number", ["99登-1", "27登-000001", "18登-000001"])
def test_a_number_of_a_year_in_which_none_was_given_is_found_in_its_line(number):
    head = "Entry,登録番号,登録年月日,氏名又は名称,名称(英語),法人・個人の別\n"
    row = "rso-1,{},令和元年5月10日,一般社団法人見本,Mihon,法人\n"
    assert len(imported(head + row.format("26登-1"), Register.SUPPORT_ORGS).entries) == 1
    (found,) = faults(head + row.format(number), Register.SUPPORT_ORGS)
    year = number[:2]
    text = f"begins with {year}, but no number was given in 20{year}"
    assert found == ("list.csv:2, column '登録番号'", text)


def test_a_corporate_number_with_a_wrong_digit_is_found_in_its_line():
    head = "Entry,登録番号,登録年月日,氏名又は名称,名称(英語),法人・個人の別,法人番号\n"
    row = "rso-1,19登2,令和元年5月10日,一般社団法人見本,Mihon,法人,{}\n"
    good = imported(head + row.format("4011001098993"), Register.SUPPORT_ORGS)
    assert good.entries["rso-1"]["registration_no"] == "19登-000002"
    ((where, _),) = faults(head + row.format("4011001098994"), Register.SUPPORT_ORGS)
    assert where == "list.csv:2, column '法人番号'"


def test_a_row_without_an_id_keeps_the_one_of_its_number_or_gets_one_that_stays():
    text = GOOD.replace("so-1,", ",").replace("so-2,", ",")
    first, again = imported(text), imported(text)
    assert list(first.entries) == list(again.entries)
    assert all(id.startswith("so-") and "T-" not in id for id in first.entries)
    known = {"so-0045": {"licence": {"number": "t 1"}}}
    assert next(iter(imported(text, known=known).entries)) == "so-0045"


def test_codes_may_be_said_in_words_of_any_language():
    text = GOOD.replace("care; agriculture", "介護; Agriculture").replace("food-service", "外食業")
    entries = imported(text).entries
    assert entries["so-1"]["scope"]["fields"] == ["care", "agriculture"]
    assert entries["so-2"]["scope"]["fields"] == ["food-service"]


def test_what_only_single_messages_say_is_left_out_and_told():
    read = imported(
        GOOD.replace(",Status\n", ",Status,kind,guidance\n").replace(
            "approved\n", "approved,revocation,x\n"
        )
    )
    assert read.left_out == ("kind", "guidance")
    assert "kind" not in read.entries["so-1"]


def test_a_register_without_lists_takes_none():
    with pytest.raises(InvalidError, match="sending-orgs and support-orgs"):
        kind_of(Register.MEASURES)


def test_a_small_list_is_one_message_that_fits_its_type():
    (body,) = messages_of(imported(GOOD), list_version="v1", day=DAY)
    CATALOGUE.bodies.check_draft("sending-org.list", body, day=DAY)
    lines = {id: line(id, each) for id, each in body["entries"].items()}
    assert (body["count"], body["parts"], body["mode"]) == (2, 1, "snapshot")
    assert body["set_digest"] == set_digest(lines)


def many(number, *, name="Example"):
    rows = (f"so-{n},T-{n},{name} {n},2026-02-01,,care,approved\n" for n in range(number))
    return imported(HEAD + "".join(rows))


def test_a_large_list_is_parted_and_every_part_can_be_sent():
    read = many(12_000)
    opening, *parts = messages_of(read, list_version="v1", day=DAY)
    assert opening["parts"] == len(parts) + 1 > 1
    assert [part["part"] for part in parts] == list(range(2, len(parts) + 2))
    together = dict(opening["entries"])
    for part in parts:
        assert not together.keys() & part["entries"].keys()
        together |= part["entries"]
        CATALOGUE.bodies.check_draft("list.part", part, day=DAY)
    assert together == read.entries
    for body in (opening, *parts):
        size = len(content_text(body, salt=bytes(32)).encode())
        assert size <= PART_OCTETS + 1024 < limits.CONTENT


def test_a_list_of_changes_names_what_comes_changes_and_goes():
    read = imported(GOOD)
    base = Base(
        list_version="v1",
        entries={
            "so-1": {**read.entries["so-1"], "status": "suspended"},
            "so-2": read.entries["so-2"],
            "so-9": read.entries["so-2"],
        },
    )
    (body,) = messages_of(read, list_version="v2", day=DAY, base=base)
    CATALOGUE.bodies.check_draft("sending-org.list", body, day=DAY)
    assert (body["mode"], body["base_version"], body["count"]) == ("delta", "v1", 2)
    assert body["entries"] == {"so-1": read.entries["so-1"], "so-9": None}


ENTRIES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3))


@given(ENTRIES, ENTRIES)
@settings(max_examples=50)
def test_a_difference_leads_from_one_set_to_the_other(before, after):
    changes = difference(before, after)
    made = {id: each for id, each in before.items() if id not in changes.removed}
    made |= {id: after[id] for id in (*changes.added, *changes.changed)}
    assert made == after


@pytest.mark.parametrize(
    ("current", "following"),
    [
        (None, DAY),
        ("2026-11-23", DAY),
        (DAY, f"{DAY}.2"),
        (f"{DAY}.2", f"{DAY}.3"),
        (f"{DAY}.9", f"{DAY}.10"),
        (f"{DAY}.x", f"{DAY}.2"),
    ],
)
def test_a_version_is_called_by_its_day(current, following):
    assert next_version(DAY, current) == following


CELLS = st.text(max_size=12).map(lambda text: text.replace('"', '""'))


@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=1, max_size=4))
@settings(max_examples=100)
def test_whatever_stands_in_the_cells_it_is_a_list_that_fits_or_a_fault(rows):
    text = HEAD + "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    with suppress(InvalidError):
        for body in messages_of(imported(text), list_version="v1", day=DAY):
            CATALOGUE.bodies.check_draft("sending-org.list", body, day=DAY)
