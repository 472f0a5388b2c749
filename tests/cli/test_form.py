"""A schema as a form: which fields there are, in which order, and what may stand in each."""

import json

import pytest

from gateway import resources
from gateway.catalogue import TYPES
from gateway.cli.form import Field, Kind, walk
from gateway.cli.form_schema import inlined, path_of, pointer, value_at
from gateway.errors import LocalError


def schema_of(name):
    return json.loads(resources.schema_file(f"types/{name}.schema.json"))


def form_of(**properties):
    required = [name for name, each in properties.items() if each.pop("needed", False)]
    return Field.of({"type": "object", "properties": properties, "required": required})


INQUIRY = Field.of(schema_of("inquiry.request"))


def test_fields_stand_in_the_order_of_the_schema_with_their_titles():
    assert [(member.name, member.label) for member in INQUIRY.members()] == [
        ("inquiry_type", "Type of inquiry"),
        ("questions", "Questions"),
        ("persons", "Persons"),
        ("organisations", "Organisations"),
        ("documents", "Documents"),
        ("reason", "Reason"),
        ("partial_ok", "Partial answers welcome"),
    ]


@pytest.mark.parametrize(
    ("path", "label", "kind", "is_required"),
    [
        ("inquiry_type", "Type of inquiry", Kind.CODE, True),
        ("questions", "Questions", Kind.KEYED, True),
        ("questions.q7", "Question q7", Kind.GROUP, True),
        ("questions.q7.text.ja", "Japanese", Kind.TEXT, False),
        ("persons.p1.birth_date", "Date of birth", Kind.TEXT, False),
        ("persons.p1.documents.d2.type", "Type", Kind.CODE, True),
        ("organisations.o1.representative.name_latin", "Name in Latin script", Kind.TEXT, True),
        ("partial_ok", "Partial answers welcome", Kind.YES_NO, False),
    ],
)
def test_a_field_is_found_behind_references_and_keyed_lists(path, label, kind, is_required):
    field = INQUIRY.at(path.split("."))
    assert (field.label, field.kind, field.is_required) == (label, kind, is_required)


@pytest.mark.parametrize("path", ["nonsense", "questions.x1", "reason.en.x", "questions.q1.textt"])
def test_where_the_form_ends_there_is_no_field(path):
    assert INQUIRY.at(path.split(".")) is None


def test_the_title_beside_a_reference_wins_over_the_one_behind_it():
    schema = {
        "$defs": {"a": {"title": "Behind", "type": "string"}},
        "type": "object",
        "properties": {"x": {"title": "Beside", "$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/a"}},
    }
    assert [member.label for member in Field.of(schema).members()] == ["Beside", "Behind"]


def test_a_reference_that_leads_nowhere_is_a_fault_of_the_program():
    with pytest.raises(LocalError):
        inlined({"properties": {"x": {"$ref": "#/$defs/none"}}})
    with pytest.raises(LocalError):
        inlined({"$defs": {"a": {"$ref": "#/$defs/a"}}, "properties": {"x": {"$ref": "#/$defs/a"}}})


def test_a_schema_that_contains_itself_ends_where_a_message_would():
    schema = {
        "$defs": {"t": {"type": "object", "properties": {"t": {"$ref": "#/$defs/t"}}}},
        "$ref": "#/$defs/t",
    }
    assert max(len(path) for path, _ in walk(Field.of(schema))) <= 16


def test_ids_are_counted_on_by_the_form_that_the_list_gives_them():
    questions = INQUIRY.at(["questions"])
    assert questions.new_key([]) == "q1"
    assert questions.new_key(["q1", "q2", "q4"]) == "q3"


def test_ids_of_another_form_are_not_made_up():
    field = form_of(x={"type": "object", "patternProperties": {"^[a-z]{2}/[a-z]+$": {}}}).members()[
        0
    ]
    assert field.new_key([]) is None
    assert field.takes_key("jp/isa")
    assert not field.takes_key("q1")


def test_entries_of_a_list_are_counted_from_one_for_people():
    items = {"title": "Measure", "type": "object", "properties": {}}
    field = form_of(x={"type": "array", "items": items}).members()[0]
    assert field.entry("0").label == "Measure 1"


KINDS = {
    "a code": ({"enum": ["a", "b"]}, Kind.CODE),
    "a whole number": ({"type": "integer"}, Kind.NUMBER),
    "yes or no": ({"type": "boolean"}, Kind.YES_NO),
    "a list": ({"type": "array", "items": {"type": "string"}}, Kind.LIST),
    "a keyed list without a pattern": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        Kind.KEYED,
    ),
    "anything": ({"type": "object", "additionalProperties": True}, Kind.OPEN),
    "nothing said": ({}, Kind.OPEN),
}


@pytest.mark.parametrize(("schema", "kind"), KINDS.values(), ids=KINDS)
def test_how_a_field_is_filled_in_follows_from_its_schema(schema, kind):
    assert form_of(x=schema).members()[0].kind is kind


def test_a_field_says_in_words_what_it_takes():
    assert INQUIRY.at(["persons", "p1", "nationality"]).form == "a country code such as KH"
    assert INQUIRY.at(["reason", "en"]).form == ""
    assert INQUIRY.at(["reason", "en"]).is_long
    assert not INQUIRY.at(["persons", "p1", "name_latin"]).is_long


def test_a_field_judges_a_value_by_the_engine_of_the_catalogue():
    birth = INQUIRY.at(["persons", "p1", "birth_date"])
    assert birth.faults("1998-04") == ()
    (fault,) = birth.faults("April 1998")
    assert fault.text == "is not a date such as 2026-03-31, 2026-03 or 2026"


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_a_form_that_its_own_example_fits(name):
    schema = schema_of(name)
    form = Field.of(schema)
    assert form.faults(schema["examples"][0]) == ()
    for path, field in walk(form):
        assert form.at(path) is not None
        assert field.label, path


@pytest.mark.parametrize("text", ["", "/a", "/a/b~1c/~0d", "/q1/0"])
def test_a_pointer_and_its_path_are_one(text):
    assert pointer(path_of(text)) == text


def test_a_value_is_found_by_its_path_or_is_none():
    value = {"a": [{"b": 1}], "c": {}}
    assert value_at(value, ("a", "0", "b")) == 1
    for path in (("a", "1"), ("a", "x"), ("c", "d", "e"), ("a", "0", "b", "x")):
        assert value_at(value, path) is None
