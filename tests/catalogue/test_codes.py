"""Code lists: every code has its days, and a body may use it only for those."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.catalogue import TYPES, Bodies
from gateway.catalogue.codes import Code, read_code_lists
from gateway.catalogue.schema import MAX_FAULTS
from gateway.errors import InvalidBodyError, InvalidError
from gateway.resources import schema_files

FILES = schema_files()
LISTS = read_code_lists(FILES)
FIELDS = LISTS["ssw-fields"]
TYPE = "ping"
MANUFACTURING = ("machine-parts-and-tooling", "industrial-machinery")


def places(value: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a schema with its pointer; examples are data, not schema."""
    if isinstance(value, dict):
        yield where, value
        for key, inner in value.items():
            if key != "examples":
                yield from places(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, f"{where}/{index}")


@pytest.mark.parametrize("name", TYPES)
def test_every_member_that_has_the_codes_of_a_list_names_it(name):
    for where, place in places(json.loads(FILES[f"types/{name}.schema.json"])):
        named = place["codes"]["list"] if "enum" in place and "codes" in place else None
        for each in LISTS.values():
            if list(each.codes) == place.get("enum"):
                assert named is not None, f"{where} has the codes of {each.name} and no `codes`"
            if f"code list {each.name}." in str(place.get("description")) and "enum" in place:
                assert named == each.name, where


def test_every_list_is_used_by_a_schema():
    text = "".join(FILES[f"types/{name}.schema.json"].decode() for name in TYPES)
    for name in LISTS:
        assert f'"list": "{name}"' in text, name


@pytest.mark.parametrize("name", TYPES)
def test_the_examples_of_a_type_use_codes_and_numbers_that_hold(name, bodies):
    for example in bodies.schema(name)["examples"]:
        bodies.check(name, example, day="2026-11-24")


# The Specified Skilled Worker system began with 14 fields; three of manufacturing became one.
@pytest.mark.parametrize(
    ("day", "number"),
    [
        ("2019-03-31", 0),
        ("2019-04-01", 14),
        ("2022-05-24", 14),
        ("2022-05-25", 12),
        ("2024-03-28", 12),
        ("2024-03-29", 16),
        ("2026-01-22", 16),
        ("2026-01-23", 19),
        ("2026-11-24", 19),
    ],
)
def test_the_fields_of_work_are_those_of_the_day(day, number):
    assert len(FIELDS.in_use(day)) == number


@pytest.mark.parametrize("name", FIELDS.codes)
def test_every_field_has_its_words_and_the_ministry_in_charge(name, catalogue):
    code = FIELDS.codes[name]
    assert {"en", "ja", "km"} <= code.label.keys()
    assert code.ministry is not None
    assert catalogue.parties.of(code.ministry).country == "jp"
    assert isinstance(code.ssw2, bool)


def test_the_merged_fields_say_what_took_their_place():
    assert {name for name, code in FIELDS.codes.items() if code.replaced_by} == {
        *MANUFACTURING,
        "electric-electronics-information",
    }


CODE = Code(label={}, valid_from="2022-05-25", valid_to="2024-03-31")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2022-05-24", "is in use from 2022-05-25 on"),
        ("2022-05-25", ""),
        ("2024-03-31", ""),
        ("2024-04-01", "was in use until 2024-03-31"),
        ("2022-04", "is in use from 2022-05-25 on"),
        ("2022-05", ""),
        ("2022", ""),
        ("2024", ""),
        ("2025", "was in use until 2024-03-31"),
    ],
)
def test_a_code_is_used_from_its_first_to_its_last_day(day, words):
    assert CODE.misuse(day) == words


def member(**keyword: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(FIELDS.codes), "codes": {"list": "ssw-fields"} | keyword}


SCHEMA = {
    "$id": f"urn:moc-ssw:{TYPE}:1",
    "type": "object",
    "properties": {
        "day": {"type": "string"},
        "field": member(on="/day"),
        "undated": member(),
        "fields": {"type": "array", "items": member(on="/day")},
        "items": {
            "patternProperties": {
                "^c[0-9]$": {
                    "properties": {
                        "issued_on": {"type": "string"},
                        "field": member(on="/items/*/issued_on"),
                    }
                }
            }
        },
    },
}
BODIES = Bodies({TYPE: json.dumps(SCHEMA).encode()}, LISTS)
OLD, OLD_DAY = MANUFACTURING[0], "2022-05-24"
NEW, NEW_DAY = "forestry", "2024-03-29"

JUDGED = [
    # The day of the message counts where the body has none.
    ({"undated": NEW}, NEW_DAY, {}),
    ({"undated": NEW}, OLD_DAY, {"/undated"}),
    ({"undated": OLD}, NEW_DAY, {"/undated"}),
    ({"field": OLD}, NEW_DAY, {"/field"}),
    # The day in the body counts more: a message of today speaks of an old paper.
    ({"field": OLD, "day": OLD_DAY}, NEW_DAY, {}),
    ({"field": NEW, "day": OLD_DAY}, NEW_DAY, {"/field"}),
    ({"fields": ["care", OLD, NEW], "day": NEW_DAY}, OLD_DAY, {"/fields/1"}),
    # Each entry has its own day.
    (
        {
            "items": {
                "c1": {"field": OLD, "issued_on": OLD_DAY},
                "c2": {"field": OLD, "issued_on": NEW_DAY},
                "c3": {"field": OLD},
            }
        },
        NEW_DAY,
        {"/items/c2/field", "/items/c3/field"},
    ),
]


@pytest.mark.parametrize(("body", "day", "pointers"), JUDGED)
def test_a_code_is_judged_by_the_day_that_it_speaks_of(body, day, pointers):
    found = set()
    try:
        BODIES.check(TYPE, body, day=day)
    except InvalidBodyError as error:
        found = set(error.pointers)
    assert found == set(pointers)


def test_an_officer_reads_until_when_a_code_was_in_use_and_what_took_its_place():
    with pytest.raises(InvalidError) as caught:
        BODIES.check_draft(TYPE, {"undated": OLD}, day=NEW_DAY)
    (problem,) = caught.value.problems
    assert problem.where == "/undated"
    assert problem.text == ("was in use until 2022-05-24; industrial-manufacturing took its place")


BROKEN_LISTS = {
    "no JSON": b"{",
    "a form that is not the lists'": b"{}",
    "a code that ends before it begins": {"valid_to": "2019-03-31"},
    "a code in the place of which no known one came": {"replaced_by": "nowhere"},
}


@pytest.mark.parametrize("change", BROKEN_LISTS.values(), ids=BROKEN_LISTS)
def test_a_broken_list_stops_the_start(change):
    raw = change
    if isinstance(change, dict):
        document = json.loads(FILES["codes/ssw-fields.json"])
        document["codes"]["care"] |= change
        raw = json.dumps(document).encode()
    with pytest.raises(InvalidError) as caught:
        read_code_lists(FILES | {"codes/ssw-fields.json": raw})
    assert caught.value.problems[0].where.startswith("codes/ssw-fields.json")


BROKEN_SCHEMAS = {
    "a list that does not exist": ({"codes": {"list": "nowhere"}}, "nowhere"),
    "other codes than the list has": ({"enum": ["care"]}, "other codes"),
    "a day that no member is": ({"codes": {"list": "ssw-fields", "on": "/never"}}, "/never"),
}


@pytest.mark.parametrize(("change", "words"), BROKEN_SCHEMAS.values(), ids=BROKEN_SCHEMAS)
def test_a_schema_that_disagrees_with_its_list_stops_the_start(change, words):
    schema = {"$id": SCHEMA["$id"], "properties": {"field": member() | change}}
    with pytest.raises(InvalidError) as caught:
        Bodies({TYPE: json.dumps(schema).encode()}, LISTS)
    assert words in caught.value.problems[0].text


def test_as_many_faults_are_told_as_an_entry_of_a_receipt_holds():
    with pytest.raises(InvalidBodyError) as caught:
        BODIES.check(TYPE, {"fields": [OLD] * 40}, day=NEW_DAY)
    assert len(caught.value.pointers) == MAX_FAULTS
