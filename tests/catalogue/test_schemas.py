"""The schema files: complete, bounded, described, and with an example that fits."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gateway.catalogue import TYPES, Schema
from gateway.catalogue.kinds import Level
from gateway.resources import schema_files

FILES = schema_files()
SCHEMAS = {
    path: json.loads(raw)
    for path, raw in FILES.items()
    if path.endswith(".schema.json") and not path.startswith("config")
}
CODES = {path: json.loads(raw) for path, raw in FILES.items() if path.startswith("codes/")}
# What a correction carries is the body of another type, which judges it.
OF_ANOTHER_TYPE = ("types/correction.schema.json", "#/properties/body")
EACH = pytest.mark.parametrize("path", SCHEMAS)


def places(value: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object in a document with its pointer; examples are data, not schema."""
    if isinstance(value, dict):
        yield where, value
        for key, inner in value.items():
            if key != "examples":
                yield from places(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, f"{where}/{index}")


def members(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that describes a member or a definition."""
    for where, place in places(SCHEMAS[path]):
        for keyword in ("properties", "patternProperties", "$defs"):
            for name, schema in place.get(keyword, {}).items():
                yield f"{where}/{keyword}/{name}", schema


def test_every_type_has_a_schema_and_every_schema_a_type():
    assert {path for path in SCHEMAS if path.startswith("types/")} == {
        f"types/{name}.schema.json" for name in TYPES
    }


@EACH
def test_a_schema_compiles_without_fetching_anything(path):
    Schema(FILES[path], where=path)


@EACH
def test_a_schema_is_whole_in_itself(path):
    for where, place in places(SCHEMAS[path]):
        assert place.get("$ref", "#/$defs/").startswith("#/$defs/"), where


@EACH
def test_every_member_has_a_title_and_a_description(path):
    for where, schema in members(path):
        assert schema.get("title"), where
        assert schema.get("description", "").endswith("."), where


@EACH
def test_every_object_refuses_what_it_does_not_know(path):
    for where, place in places(SCHEMAS[path]):
        if place.get("type") == "object" and (path, where) != OF_ANOTHER_TYPE:
            assert place["additionalProperties"] is False, where


@EACH
def test_every_text_list_and_keyed_object_is_bounded(path):
    for where, place in places(SCHEMAS[path]):
        match place.get("type"):
            case "string":
                assert place.keys() & {"maxLength", "enum", "pattern", "const"}, where
            case "array":
                assert "maxItems" in place, where
            case "object" if "patternProperties" in place or place["additionalProperties"]:
                assert "maxProperties" in place, where


@EACH
def test_every_pattern_is_anchored_bounded_and_has_words_for_the_reader(path):
    for where, place in places(SCHEMAS[path]):
        if isinstance(pattern := place.get("pattern"), str):
            assert place["$comment"], where
            assert pattern.startswith("^"), where
            assert pattern.endswith("$"), where
        for key in place.get("patternProperties", {}):
            assert key.startswith("^"), where
            assert key.endswith("$"), where


@EACH
def test_no_schema_has_a_choice_that_hides_the_place_of_a_fault(path):
    for where, place in places(SCHEMAS[path]):
        assert not {"oneOf", "anyOf", "not", "propertyNames"} & place.keys(), where


@pytest.mark.parametrize("name", TYPES)
def test_the_example_of_a_type_fits_it(name):
    path = f"types/{name}.schema.json"
    assert SCHEMAS[path]["examples"]
    for example in SCHEMAS[path]["examples"]:
        assert Schema(FILES[path], where=path).faults(example) == ()


def reached(name: str, pointer: str) -> list[dict[str, Any]]:
    """Every subschema that a pointer into a body of the type goes through, references followed."""
    document = SCHEMAS[f"types/{name}.schema.json"]
    found = [document]
    for token in pointer.split("/")[1:]:
        below = found[-1]["properties"][token]
        reference = below.get("$ref", "").removeprefix("#/$defs/")
        found.append({**document["$defs"].get(reference, {}), **below} if reference else below)
    return found


@pytest.mark.parametrize("name", TYPES)
def test_what_a_row_says_of_the_body_is_there(name):
    row = TYPES[name]
    members = SCHEMAS[f"types/{name}.schema.json"]["properties"]
    for pointer in (*row.parts, *row.publish, *filter(None, [row.public_from])):
        assert reached(name, pointer)[-1]["title"]
    for member in row.flags:
        assert members[member]["type"] == "boolean"
    if row.choice is not None:
        member = members[row.choice.member]
        known = {True, False} if member["type"] == "boolean" else set(member["enum"])
        assert known >= row.choice.events.keys()


def definitions(name: str, schema: Any) -> Iterator[str]:
    """The name of every definition that a subschema of the type uses, at whatever depth."""
    document = SCHEMAS[f"types/{name}.schema.json"]
    for used in set(re.findall(r'"#/\$defs/([a-z0-9_]+)"', json.dumps(schema))):
        yield used
        yield from definitions(name, document["$defs"][used])


@pytest.mark.parametrize("name", [name for name, row in TYPES.items() if row.publish])
def test_nothing_that_is_to_be_published_holds_a_person_or_a_part_marked_closer(name):
    row = TYPES[name]
    for pointer in row.publish:
        last = reached(name, pointer)[-1]
        assert not {"person", "contact", "document", "organisation"} & set(definitions(name, last))
        assert not [part for part in row.parts if f"{part}/".startswith(f"{pointer}/")]


def of_persons(name: str, schema: Any, pointer: str = "") -> Iterator[str]:
    """The pointer of every member of the type that is a person, by whatever way it leads there."""
    document = SCHEMAS[f"types/{name}.schema.json"]
    reference = schema.get("$ref", "").removeprefix("#/$defs/")
    if reference in {"person", "contact"}:
        yield pointer
    elif reference:
        yield from of_persons(name, document["$defs"][reference], pointer)
    for keyword in ("properties", "patternProperties"):
        for member, below in schema.get(keyword, {}).items():
            yield from of_persons(name, below, f"{pointer}/{member}")


@pytest.mark.parametrize(
    "name",
    [name for name, row in TYPES.items() if row.level is Level.PUBLIC],
)
def test_persons_in_what_is_public_stand_in_parts_that_are_marked_closer(name):
    for pointer in of_persons(name, SCHEMAS[f"types/{name}.schema.json"]):
        assert [part for part in TYPES[name].parts if f"{pointer}/".startswith(f"{part}/")], pointer


@pytest.mark.parametrize("name", ["sending-org.list", "support-org.list", "list.part"])
def test_an_entry_of_a_list_is_closed_although_it_may_be_null(name):
    entries = [
        place
        for _, place in places(SCHEMAS[f"types/{name}.schema.json"])
        if place.get("type") == ["object", "null"]
    ]
    assert entries
    for entry in entries:
        assert entry["additionalProperties"] is False
        assert entry["required"]


def test_one_definition_means_the_same_in_every_file():
    seen: dict[str, Any] = {}
    for path, document in SCHEMAS.items():
        for name, definition in document.get("$defs", {}).items():
            if not path.startswith("config"):
                assert seen.setdefault(name, definition) == definition, f"{path} {name}"


def organisations(value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the licence of each sending organisation in an example, with two things said of it."""
    for _, each in places(value):
        number = each.get("identifiers", {}).get("kh-molvt-licence")
        if number is not None:
            yield number, "name", each["name"]
        beside = each.get("organisation", each.get("sending_organisation", {}))
        number = beside.get("identifiers", {}).get("kh-molvt-licence")
        for member, said in (("entry", each.get("entry")), ("licence", each.get("licence"))):
            if number is not None and said is not None:
                yield number, member, said["issued_on"] if member == "licence" else said


def test_the_examples_say_the_same_of_one_organisation_wherever_they_speak_of_it():
    """Whoever reads them one after the other follows one story."""
    told: dict[tuple[str, str], list[Any]] = {}
    for schema in SCHEMAS.values():
        for number, member, said in organisations(schema.get("examples", [])):
            told.setdefault((number, member), []).append(said)
    assert {number for number, _ in told} >= {"TEST-045", "TEST-046"}
    assert {key: said for key, said in told.items() if any(each != said[0] for each in said)} == {}


def test_no_schema_has_a_definition_that_nothing_uses():
    for path, document in SCHEMAS.items():
        used = set(re.findall(r'"#/\$defs/([a-z0-9_]+)"', json.dumps(document)))
        assert used == set(document.get("$defs", {})), path


@pytest.mark.parametrize("path", CODES)
def test_a_code_list_fits_its_schema_and_is_named_for_its_file(path):
    schema = Schema(FILES["codes.schema.json"], where="codes.schema.json")
    schema.check_file(CODES[path], where=path)
    assert path == f"codes/{CODES[path]['name']}.json"


@pytest.mark.parametrize("path", CODES)
def test_a_code_is_not_withdrawn_before_it_is_valid(path):
    for code, row in CODES[path]["codes"].items():
        begins = date.fromisoformat(row["valid_from"])
        assert begins <= date.fromisoformat(row.get("valid_to", "9999-12-31")), code


@pytest.mark.parametrize("path", CODES)
def test_a_schema_that_names_a_code_list_has_exactly_its_codes(path):
    name = CODES[path]["name"]
    enums = [
        place["enum"]
        for document in SCHEMAS.values()
        for _, place in places(document)
        if f"code list {name}." in str(place.get("description")) and "enum" in place
    ]
    assert enums
    for enum in enums:
        assert enum == list(CODES[path]["codes"])


def test_files_are_utf8_json_with_a_final_newline_and_nothing_odd():
    for path, raw in FILES.items():
        assert raw.decode().endswith("}\n"), path
        assert not raw.startswith(b"\xef\xbb\xbf"), path
