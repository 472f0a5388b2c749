"""Long texts folded by what characters take on the screen."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.cli.wrapping import folded, syllables


def cells(text):
    """Return the width by the rules of Unicode: East Asian wide is two, a mark or format none."""
    return sum(
        0
        if unicodedata.category(letter) in {"Mn", "Me", "Mc", "Cf"}
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )


FOLDED = [
    ("one two three", 9, ["one two", "three"]),
    ("one two three", 100, ["one two three"]),
    ("one   two", 4, ["one", "two"]),
    ("abcdefgh", 3, ["abc", "def", "gh"]),
    ("この登録証明書は", 8, ["この登録", "証明書は"]),
    # A full stop begins no line, and an opening bracket ends none.
    ("登録証明。次", 8, ["登録証", "明。次"]),
    ("証明書「甲」", 8, ["証明書", "「甲」"]),
    ("ちょっと待て", 4, ["ちょ", "っと", "待て"]),
    ("ក្រសួង\u200bការងារ", 6, ["ក្រសួង\u200b", "ការងារ"]),
    # Without word breaks Khmer breaks at the edge, but between written syllables.
    ("ខ្ញុំខ្ញុំ", 2, ["ខ្ញុំ", "ខ្ញុំ"]),
    ("", 5, []),
]


@pytest.mark.parametrize(("text", "width", "lines"), FOLDED)
def test_a_text_is_folded_where_its_script_allows(text, width, lines):
    assert list(folded(text, width)) == lines


def test_what_follows_stands_further_in_and_has_less_room():
    assert list(folded("one two three four", 9, hanging=4)) == ["one two", "three", "four"]


@example("\u17b6a\u17d2こ", 2)
@given(st.text(alphabet="ab この証明។ក្រាំុ\u200b", max_size=60), st.integers(2, 20))
def test_no_line_is_too_wide_and_nothing_but_space_is_lost(text, width):
    lines = list(folded(text, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        # One written syllable may be wider than the narrowest line; it is not torn. A stray mark
        # before it takes no cell, so it needs no line of its own.
        assert cells(line) <= width or len([one for one in syllables(line) if cells(one)]) == 1


@given(st.text(max_size=30))
def test_syllables_are_the_whole_word(word):
    assert "".join(syllables(word)) == word


def test_a_khmer_letter_keeps_its_marks_and_what_is_written_below_it():
    assert list(syllables("ក្រសួង")) == ["ក្រ", "សួ", "ង"]
