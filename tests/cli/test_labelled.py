"""Bodies as people read them: labels, order, nothing hidden, nothing obeyed."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import labelled

SCHEMA = {
    "properties": {
        "text": {"$ref": "#/$defs/text", "title": "Question"},
        "people": {
            "title": "Persons",
            "patternProperties": {
                "^p": {"title": "Person", "properties": {"n": {"title": "Name"}}}
            },
        },
        "partial_ok": {},
        "codes": {"title": "Codes", "items": {}},
    },
    "$defs": {
        "text": {
            "title": "Text",
            "properties": {"en": {"title": "English"}, "ja": {"title": "Japanese"}},
        }
    },
}
SIGNED = {"properties": {"o1": {"title": "Signature", "contentMediaType": "application/jose+json"}}}
ROOT = Path(__file__).parents[2]


def test_a_body_is_labelled_by_the_titles_of_its_schema():
    body = {
        "text": {"en": "Was it issued?\nWhen?", "ja": "いつ"},
        "people": {"p1": {"n": "CHAN DARA"}},
        "partial_ok": True,
        "codes": ["a", "b"],
        "new_member": {"x": [{"y": 1}, {"y": None}]},
    }
    assert list(labelled.lines(body, SCHEMA)) == [
        "Question:",
        "  English: Was it issued?",
        "    When?",
        "  Japanese: いつ",
        "",
        "Persons:",
        "  Person p1:",
        "    Name: CHAN DARA",
        "",
        "partial ok: yes",
        "Codes: a, b",
        "",
        "new_member:",
        "  x 1:",
        "    y: 1",
        "  x 2:",
        "    y: (none)",
    ]


def test_members_stand_in_the_order_of_the_schema_and_unknown_ones_last():
    body = {"zeta": 1, "codes": [], "partial_ok": False, "alpha": 2, "text": {"en": "Q"}}
    assert list(labelled.lines(body, SCHEMA)) == [
        "Question: Q",
        "partial ok: no",
        "Codes: (none)",
        "zeta: 1",
        "alpha: 2",
    ]


def test_the_members_of_a_keyed_list_are_counted_as_people_count():
    body = {"people": {"p10": {"n": "c"}, "p9": {"n": "b"}, "p1": {"n": "a"}}}
    named = [line for line in labelled.lines(body, SCHEMA) if "Person p" in line]
    assert named == ["  Person p1:", "  Person p9:", "  Person p10:"]


def test_a_text_in_english_alone_needs_no_label_for_its_language():
    assert list(labelled.lines({"text": {"en": "Why?"}}, SCHEMA)) == ["Question: Why?"]
    # Another object that happens to have one member is no text.
    assert list(labelled.lines({"people": {"en": {"n": "x"}}}, SCHEMA))[0:1] == ["Persons:"]


def test_a_code_is_shown_with_its_words():
    schema = labelled.schema_of("inquiry.request")
    assert list(labelled.lines({"inquiry_type": "certification"}, schema)) == [
        "Type of inquiry: A certificate (certification)"
    ]
    assert list(labelled.lines({"inquiry_type": "unheard-of"}, schema)) == [
        "Type of inquiry: unheard-of"
    ]


def test_long_texts_are_folded_and_stand_under_their_label():
    body = {"text": {"en": "one two three four five six seven eight nine ten"}}
    assert list(labelled.lines(body, SCHEMA, width=32)) == [
        "Question: one two three four",
        "  five six seven eight nine ten",
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "schemas/types").iterdir()), ids=lambda p: p.name)
def test_every_example_is_written_out_with_all_it_says_and_no_bare_member_name(path):
    schema = json.loads(path.read_text("utf-8"))
    body = schema["examples"][0]
    text = "\n".join(labelled.lines(body, schema))
    for pointer, leaf in _leaves(body):
        assert leaf in text, pointer
        label = labelled.path_of(f"/body{pointer}", schema)
        assert "_" not in label, label


def _leaves(value, pointer=""):
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{pointer}/{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{pointer}/{number}")
    elif isinstance(value, str):
        yield pointer, value.split("\n")[0]


PATHS = [
    ("/body/people/p1/n", "Persons > Person p1 > Name"),
    ("/body/text/ja", "Question > Japanese"),
    ("/body/codes/0", "Codes > 1"),
    ("/body/new/x~1y", "new > x/y"),
    ("/note", "Note"),
    ("/reference", "Reference"),
    ("/id", "Id"),
    ("/body/\x1b[2J", "\\u001b[2J"),
]


@pytest.mark.parametrize(("pointer", "labels"), PATHS)
def test_a_place_is_named_by_the_labels_on_the_way(pointer, labels):
    assert labelled.path_of(pointer, SCHEMA) == labels


def test_an_entry_is_read_by_the_kind_of_list_it_is_of():
    schema = json.loads((ROOT / "schemas/types/list.part.schema.json").read_text("utf-8"))
    sending, supporting = schema["examples"]
    text = "\n".join(labelled.lines(sending, schema))
    assert "    Approved on: 2025-09-15" in text
    text = "\n".join(labelled.lines(supporting, schema))
    assert "    Registration number: 25登-000001" in text
    assert "  Entry rso-19-000002: (taken off)" in text
    where = "/body/entries/rso-25-000001/registered_on"
    assert labelled.path_of(where, schema) == "Entries > Entry rso-25-000001 > Registered on"


def test_a_list_of_different_things_hides_none_of_them():
    text = "\n".join(labelled.lines({"x": [1, {"y": "QQ"}, ["JJ"]]}, {}))
    assert text == "x 1: 1\n\nx 2:\n  y: QQ\n\nx 3: JJ"


@pytest.mark.parametrize("value", ["\x1b[2J", "\u202eabc"])
def test_a_body_cannot_give_orders_by_a_name_or_a_value(value):
    (line,) = labelled.lines({value: value}, {})
    assert "\x1b" not in line
    assert "\u202e" not in line


BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="QJ", min_size=1, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="xyz", min_size=1, max_size=4), inner)
    ),
    max_leaves=12,
).map(lambda value: {"body": value})


@given(BODIES, st.none() | st.integers(1, 40))
def test_any_body_can_be_shown_and_nothing_of_it_is_hidden(body, width):
    text = "".join("\n".join(labelled.lines(body, SCHEMA, width=width)).split())
    for _, leaf in _leaves(body):
        assert leaf in text


def test_a_correction_is_read_by_the_schema_of_what_it_corrects():
    schema = labelled.with_body(
        labelled.schema_of("correction"), labelled.schema_of("inquiry.request")
    )
    body = {"body": {"inquiry_type": "exam", "partial_ok": True}, "reason": {"en": "A slip."}}
    assert list(labelled.lines(body, schema)) == [
        "Reason: A slip.",
        "",
        "Corrected body:",
        "  Type of inquiry: Exams and tests (exam)",
        "  Partial answers welcome: yes",
    ]


def test_an_empty_pointer_is_said_to_be_all_of_it():
    assert list(labelled.lines({"codes": [""]}, SCHEMA)) == ["Codes: all of it"]


def instrument(payload: bytes) -> str:
    """Return the text of something signed, whose signatures nobody looks at here."""
    return json.dumps({"payload": base64.urlsafe_b64encode(payload).decode().rstrip("=")})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            instrument(b'{"officer":"officer-1","signed_at":"2026-11-24T09:00:00Z"}'),
            "signed by officer-1, 2026-11-24T09:00:00Z",
        ),
    ],
)
def test_of_a_signed_text_is_shown_who_signed_it_and_when(text, shown):
    schema = {
        "properties": {"o1": {"title": "Signature", "contentMediaType": "application/jose+json"}}
    }
    assert list(labelled.lines({"o1": text}, schema)) == [f"Signature: {shown}"]
