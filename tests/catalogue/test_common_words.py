"""Words that everybody writes, and that names of people are not made of."""

import pytest

from gateway.catalogue.common_words import CommonWords
from tests.nodes import CATALOGUE

WORDS = CATALOGUE.bodies.words()


@pytest.mark.parametrize(
    "text",
    [
        "IN ACCORDANCE WITH",
        "Would you please",
        "THE MEMORANDUM OF COOPERATION",
        "Notice of an administrative measure",
        "在留管理",
        "ការគ្រប់គ្រងការស្នាក់នៅ",
    ],
)
def test_phrases_of_a_letter_and_words_of_the_catalogue_are_common(text):
    assert WORDS.make_up(text)


@pytest.mark.parametrize("text", ["SOK PISEY", "Taro Testsaki", "MS SOK", "山田太郎", "សុខ ពិសី", ""])
def test_names_of_people_are_not_common(text):
    assert not WORDS.make_up(text)


def test_words_of_a_text_that_is_not_ascii_are_common_too():
    assert CommonWords.of(("Travaux — réunis",)).make_up("TRAVAUX RÉUNIS")
