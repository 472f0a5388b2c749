"""Which leaves tell one person or document from all others, as the schemas say it."""

import json

import pytest

from gateway.catalogue import TYPES
from gateway.catalogue.identifying import Kind
from gateway.resources import schema_files
from tests.nodes import CATALOGUE

SCHEMAS = {
    path: json.loads(raw) for path, raw in schema_files().items() if path.startswith("types/")
}


def marked(value):
    """Every subschema of a document that says what it identifies."""
    if isinstance(value, dict):
        if "identifying" in value:
            yield value
        for name, inner in value.items():
            if name != "examples":
                yield from marked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from marked(inner)


@pytest.mark.parametrize("path", SCHEMAS)
def test_a_schema_names_only_kinds_that_there_are(path):
    assert all(Kind(each["identifying"]) for each in marked(SCHEMAS[path]))


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_person_and_every_document_is_known_again_by_name_and_number(path):
    defined = SCHEMAS[path].get("$defs", {})
    if "person" in defined:
        members = defined["person"]["properties"]
        assert members["name_latin"]["identifying"] == Kind.NAME
        assert members["name_native"]["properties"]["value"]["identifying"] == Kind.NAME
    if "document" in defined:
        assert defined["document"]["properties"]["number"]["identifying"] == Kind.DOCUMENT
    if "licence" in defined:
        assert defined["licence"]["properties"]["number"]["identifying"] == Kind.LICENCE


def test_the_leaves_of_a_body_are_told_with_kind_and_pointer_and_each_once():
    person = {
        "name_latin": "SOK PISEY",
        "name_native": {"script": "Khmr", "value": "សុខ ពិសី"},
        "nationality": "KH",
        "documents": {"d1": {"type": "passport", "number": "N0123", "issuing_country": "KH"}},
    }
    body = {"persons": {"p1": person}}
    found = CATALOGUE.bodies.identifying("inquiry.request", body)
    assert {(leaf.pointer, leaf.kind, leaf.text) for leaf in found} == {
        ("/persons/p1/name_latin", Kind.NAME, "SOK PISEY"),
        ("/persons/p1/name_native/value", Kind.NAME, "សុខ ពិសី"),
        ("/persons/p1/documents/d1/number", Kind.DOCUMENT, "N0123"),
    }
    assert len(found) == 3


def test_a_contact_by_language_is_told_in_each_language():
    body = CATALOGUE.bodies.example("contact.update")
    people = {"c1": {"role": "officer", "contact": {"name": {"en": "Taro Test", "ja": "試験太郎"}}}}
    found = CATALOGUE.bodies.identifying("contact.update", body | {"people": people})
    assert {(leaf.kind, leaf.text) for leaf in found} == {
        (Kind.CONTACT, "Taro Test"),
        (Kind.CONTACT, "試験太郎"),
    }


def test_a_text_of_a_leaf_is_in_no_repr():
    (leaf, *_) = CATALOGUE.bodies.identifying(
        "inquiry.request", {"persons": {"p1": {"name_latin": "SOK PISEY"}}}
    )
    assert "PISEY" not in repr(leaf)


def test_types_without_a_leaf_are_passed_over():
    assert not CATALOGUE.bodies.identifies("ping")
    assert CATALOGUE.bodies.identifies("inquiry.request")
    assert all(CATALOGUE.bodies.identifies(name) in (True, False) for name in TYPES)
