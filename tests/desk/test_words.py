"""What is found, however it was typed: full width or half, with or without separators."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.text import folded
from gateway.desk.words import Words, leaves_of

FOUND = [
    ("certificate", "The Certificate was issued."),
    ("ISSUED", "The certificate was issued."),
    ("登録証明書", "この登録証明書は貴省が発行したものですか。"),
    ("ﾄｳﾛｸ", "トウロク"),
    ("トウロク", "ﾄｳﾛｸ"),
    ("ＲＣ－ＴＥＳＴ－００４１７", "RC-TEST-00417"),
    ("RC-TEST-00417", "ＲＣ－ＴＥＳＴ－００４１７"),
    ("rctest00417", "RC-TEST-00417"),
    ("RC TEST 00417", "RC-TEST-00417"),
    ("RC-TEST-00417", "No. RC TEST 00417 of 2026"),
    ("19登000002", "19登-000002"),
    ("ចាន់", "ចាន់ ដារ៉ា"),
    ("ក្រសួងការងារ", "ក្រសួង\u200bការងារ"),
    ("ក្រសួង\u200bការងារ", "ក្រសួងការងារ"),
    # Words of Japanese have two characters, and no spaces between them.
    ("監理", "監理団体の登録"),
    ("登録", "この登録証明書"),
    ("印", "登録印"),
    # Two spellings of the Khmer vowels OE and OO, and of a subscript that is drawn as another.
    ("កើត", "ថ្ងៃខែឆ្នាំក\u17c1\u17b8ត"),
    ("ថ្ងៃខែឆ្នាំក\u17c1\u17b8ត", "ថ្ងៃខែឆ្នាំកើត"),
    ("កោះ", "ក\u17c1\u17b6ះកុង"),
    ("ក\u17c1\u17b6ះកុង", "កោះកុង"),
    ("បណ្\u178fុះ", "បណ្\u178aុះបណ្តាល"),
    ("បណ្\u178aុះ", "បណ្\u178fុះបណ្តាល"),
    # A letter of a name, its common form, and its variation sequence.
    ("神田", "\ufa19田 太郎"),
    ("\ufa19田", "神\ufe00田 太郎"),
    ("strasse", "Straße 7"),
    ("chan dara", "CHAN\n  DARA"),
    ("2026-02-10", "20260210"),
]
NOT_FOUND = [
    ("certificates", "certificate"),
    # Letters alone keep their separators: "rest-art" is not "restart".
    ("restart", "rest-art"),
    ("00418", "RC-TEST-00417"),
    ("ចន់", "ចាន់"),
    ("7", "sieben"),
    ("録登", "登録"),
    ("ត", "ដ"),
]


@pytest.mark.parametrize(("word", "text"), FOUND)
def test_a_word_is_found_however_it_was_typed(word, text):
    assert Words([word]).places({"/body/a": text}) == ["/body/a"]


@pytest.mark.parametrize(("word", "text"), NOT_FOUND)
def test_another_word_is_not_found(word, text):
    assert Words([word]).places({"/body/a": text}) == []


def test_every_word_has_to_be_somewhere():
    leaves = {"/a": "Chan Dara", "/b": "Example Manpower", "/c": "nothing"}
    assert Words(["dara", "manpower"]).places(leaves) == ["/a", "/b"]
    assert Words(["dara", "absent"]).places(leaves) == []


@given(st.text(min_size=1).filter(folded), st.text(), st.text())
def test_what_stands_in_a_text_is_found_in_it(word, before, after):
    """A space keeps letters apart that Unicode would compose with their neighbours."""
    assert Words([word]).places({"/x": f"{before} . {word} . {after}"}) == ["/x"]


@given(st.text())
def test_the_compared_form_has_one_spelling(text):
    assert folded(folded(text)) == folded(text)


def test_every_text_and_number_has_a_pointer():
    body = {"a/b": {"~": ["x", {"y": 7}]}, "flag": True, "none": None, "n": -3}
    assert dict(leaves_of(body, "/body")) == {
        "/body/a~1b/~0/0": "x",
        "/body/a~1b/~0/1/y": "7",
        "/body/n": "-3",
    }
