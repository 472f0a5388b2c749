"""What reaches the terminal: aligned, uncoloured in a pipe, and never an order to the terminal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import output


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


def test_without_a_script_the_program_is_called_outside_the_current_folder(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert output.program() == "/nowhere/python -P -m gateway"
