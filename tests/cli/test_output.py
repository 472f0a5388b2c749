"""What reaches the terminal: aligned, uncoloured in a pipe, and never an order to the terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import labelled, output, tables


@given(st.text())
def test_printed_text_holds_nothing_a_terminal_obeys(text):
    printed = output.printable(text)
    kept = printed.replace("\n", "").replace("\t", "")
    assert all(ch.isprintable() or ch.isspace() or ord(ch) > 0x9F for ch in kept)
    assert not set(kept) & set("\x1b\x9b\r\x7f\u202e\u2066")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20)))
def test_a_json_document_stays_the_same_document(value):
    raw = json.dumps(value, ensure_ascii=False, indent=2)
    assert json.loads(output.printable(raw)) == value


def test_khmer_word_breaks_and_vowel_signs_stay():
    text = "ក្រសួង\u200bការងារ ចាន់ ដារ៉ា"
    assert output.printable(text) == text


def test_columns_line_up_by_what_a_character_takes_on_the_screen(capsys):
    tables.draw(("NAME", "X"), [("出入国", "1"), ("ចាន់", "2"), ("Japan", None)])
    assert capsys.readouterr().out == "NAME    X\n出入国  1\nចាន់      2\nJapan   -\n"


def test_a_row_in_a_pipe_is_one_line_without_colours(capsys):
    tables.draw(("A", "B"), [("x" * 400, "[red]\x1b[31m\nb")])
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["A", "B"]
    assert row == f"{'x' * 400}  [red]\\u001b[31m\\nb"


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
    "$defs": {"text": {"title": "Text", "properties": {"en": {"title": "English"}}}},
}


def test_a_body_is_labelled_by_the_titles_of_its_schema():
    body = {
        "text": {"en": "Was it issued?\nWhen?"},
        "people": {"p1": {"n": "CHAN DARA"}},
        "partial_ok": True,
        "codes": ["a", "b"],
        "new_member": {"x": [{"y": 1}, {"y": None}]},
    }
    assert list(labelled.lines(body, SCHEMA)) == [
        "Question:",
        "  English: Was it issued?",
        "    When?",
        "Persons:",
        "  Person p1:",
        "    Name: CHAN DARA",
        "partial ok: yes",
        "Codes: a, b",
        "new_member:",
        "  x 1:",
        "    y: 1",
        "  x 2:",
        "    y: (none)",
    ]


@pytest.mark.parametrize("value", ["\x1b[2J", "\u202eabc"])
def test_a_body_cannot_give_orders_by_a_name_or_a_value(value):
    (line,) = labelled.lines({value: value}, {})
    assert "\x1b" not in line
    assert "\u202e" not in line


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=12,
    ).map(lambda value: {"body": value})
)
def test_any_body_can_be_shown(body):
    assert list(labelled.lines(body, SCHEMA))


def test_without_a_script_the_program_is_called_outside_the_current_folder(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert output.program() == "/nowhere/python -P -m gateway"
