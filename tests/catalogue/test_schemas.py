"""The schema files: complete, bounded, described, and with an example that fits."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gateway.catalogue import TYPES, Schema
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


def test_one_definition_means_the_same_in_every_file():
    seen: dict[str, Any] = {}
    for path, document in SCHEMAS.items():
        for name, definition in document.get("$defs", {}).items():
            if not path.startswith("config"):
                assert seen.setdefault(name, definition) == definition, f"{path} {name}"


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
