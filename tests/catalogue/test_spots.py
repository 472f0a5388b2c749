"""Where the members of a schema stand in a body."""

import pytest

from gateway.catalogue.spots import spots, value_at

SCHEMA = {
    "type": "object",
    "properties": {
        "plain": {"title": "plain"},
        "list": {"type": "array", "items": {"title": "of the list"}},
        "keyed": {"patternProperties": {"^k[0-9]$": {"$ref": "#/$defs/entry"}}},
        "open": {"title": "open", "type": "object"},
    },
    "else": {"properties": {"sometimes": {"title": "sometimes"}}},
    "$defs": {
        "entry": {
            "properties": {"code": {"title": "keyed"}, "within": {"$ref": "#/$defs/entry"}},
        }
    },
}
BODY = {
    "plain": 1,
    "list": [2, 3],
    "keyed": {"k1": {"code": 4}, "k2": {"within": {"code": 5}}, "other": {"code": 6}},
    "open": {"plain": 7},
    "sometimes": 8,
}
FOUND = {
    "plain": {("plain",): 1},
    "of the list": {("list", "0"): 2, ("list", "1"): 3},
    "keyed": {("keyed", "k1", "code"): 4},
    "open": {("open",): {"plain": 7}},
    "sometimes": {("sometimes",): 8},
}


@pytest.mark.parametrize("title", FOUND)
def test_the_values_of_a_member_are_found_with_their_paths(title):
    found = {}
    for spot in spots(SCHEMA):
        if spot.schema.get("title") == title:
            found |= dict(spot.values(BODY))
    assert found == FOUND[title]


@pytest.mark.parametrize("body", [None, 1, "text", [], {"list": {}, "keyed": []}])
def test_a_body_of_another_shape_has_no_values(body):
    for spot in spots(SCHEMA):
        if spot.steps:
            assert all(value in ({}, []) for _, value in spot.values(body))


def test_a_definition_that_contains_itself_ends():
    assert len(spots(SCHEMA)) < 20


@pytest.mark.parametrize(
    ("pointer", "leads"),
    [("keyed/*/code", True), ("list/*", True), ("plain", True), ("keyed/k1/code", False)],
)
def test_a_pointer_leads_to_a_member_with_a_star_for_each_id(pointer, leads):
    assert any(spot.fits(tuple(pointer.split("/"))) for spot in spots(SCHEMA)) is leads


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("list/1", 3),
        ("list/2", None),
        ("list/x", None),
        ("keyed/k1/code", 4),
        ("plain/x", None),
        ("absent", None),
    ],
)
def test_what_stands_nowhere_is_nothing(path, value):
    assert value_at(BODY, tuple(path.split("/"))) == value
