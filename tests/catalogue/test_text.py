"""Text as it is signed and as it is compared: one spelling, and no letter of a name lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.numbers import COMPLETED
from gateway.catalogue.text import (
    _RARE,
    _REWRITTEN,
    _SEQUENCES,
    _UNLIKE,
    compact,
    composed,
    folded,
    written,
)

TYPED = [
    # From keyboards that make a letter out of its parts.
    ("か\u3099", "が"),
    ("ハ\u309aスポート", "パスポート"),
    ("Cafe\u0301", "Café"),
    # Two marks on one Khmer letter have one order.
    ("ក\u17dd\u17d2ត", "ក\u17d2\u17ddត"),
]


@pytest.mark.parametrize(("typed", "signed"), TYPED)
def test_what_a_keyboard_makes_of_parts_is_signed_as_one_letter(typed, signed):
    assert composed(typed) == signed


@given(st.text())
def test_what_is_signed_is_nfc_and_stays_as_it_is(text):
    signed = composed(text)
    assert unicodedata.is_normalized("NFC", signed)
    assert composed(signed) == signed


# Letters of Japanese names that stand in CP932, with the form that plain NFC would make of them.
NAMES = [("\ufa19", "神"), ("\ufa26", "都"), ("\uf9dc", "隆"), ("\ufa10", "塚"), ("\ufa5b", "者")]


@pytest.mark.parametrize(("letter", "common"), NAMES)
def test_a_rare_letter_of_a_name_stays_apart_from_the_common_one(letter, common):
    signed = composed(letter)
    assert signed != composed(common)
    assert unicodedata.is_normalized("NFC", signed)
    assert folded(signed) == folded(letter) == folded(common)


# Lines of StandardizedVariants.txt: several letters that share one common form among them.
VARIANTS = [
    ("\uf907", "9F9C FE00"),
    ("\uf908", "9F9C FE01"),
    ("\uface", "9F9C FE02"),
    ("\ufa31", "50E7 FE00"),
    ("\ufa50", "7956 FE00"),
    ("\U0002f953", "7956 FE01"),
    ("\U0002fa1d", "2A600 FE00"),
]


@pytest.mark.parametrize(("letter", "sequence"), VARIANTS)
def test_the_variation_sequence_is_the_one_of_unicode(letter, sequence):
    assert " ".join(f"{ord(sign):04X}" for sign in composed(letter)) == sequence


@given(st.lists(st.sampled_from([chr(each) for each in range(0xF900, 0xFB00)]), min_size=2))
def test_different_letters_never_become_the_same(letters):
    assigned = [each for each in letters if unicodedata.name(each, "")]
    assert len({composed(each) for each in assigned}) == len(set(assigned))


# The twelve ideographs of that block that are letters of their own, 﨑 of many names among them.
@pytest.mark.parametrize("letter", "﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩")
def test_an_ordinary_letter_in_the_block_of_compatibility_stays(letter):
    assert composed(letter) == letter


def test_every_sign_that_is_rewritten_is_looked_for():
    for table, signs in ((_SEQUENCES, _RARE), (_REWRITTEN, _UNLIKE)):
        assert [point for point in table if not signs.match(chr(point))] == []


ALIKE = [
    # Vowels typed as their halves: SREI E + II for OE, E + AA for OO.
    ("កើត", "ក\u17c1\u17b8ត"),
    ("កើត", "ក\u17b8\u17c1ត"),
    ("កោះ", "ក\u17c1\u17b6ះ"),
    ("កោះ", "ក\u17b6\u17c1ះ"),
    # Subscript TA and subscript DA are drawn alike.
    ("ដារ៉ាក្\u178fា", "ដារ៉ាក្\u178aា"),
    ("\u17a2ង្គភាព", "\u17a3ង្គភាព"),
    ("\u17a2\u17b6កាស", "\u17a4កាស"),
    ("ការងារ", "ក\u17b4ារងារ"),
    ("辻", "辻\U000e0100"),
    ("神", "\ufa19"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_spellings_that_look_alike_are_compared_as_one(one, other):
    assert one != other
    assert folded(one) == folded(other)


APART = [
    # TA and DA are different letters where they are not subscript, and so are these vowels.
    ("\u178f", "\u178a"),
    ("កេ", "កើ"),
    ("កោ", "កា"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_spellings_that_look_different_stay_apart(one, other):
    assert folded(one) != folded(other)


KHMER = st.text("\u1780\u178a\u178f\u17a2\u17a3\u17a4\u17b4\u17b6\u17b8\u17be\u17c1\u17c4\u17d2 ")


@given(st.text() | KHMER)
def test_the_compared_form_has_one_spelling(text):
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_how_a_text_was_typed_changes_nothing_in_the_comparison(text):
    assert folded(composed(text)) == folded(text)


@pytest.mark.parametrize(
    ("number", "other"), [("19登-000002", "19登 000002"), ("RC-00417", "ＲＣ００４１７")]
)
def test_separators_and_width_do_not_tell_numbers_apart(number, other):
    assert compact(folded(number)) == compact(folded(other))


def test_every_signatory_has_its_name_in_each_language_of_its_memorandum(catalogue):
    for profile in catalogue.profiles.values():
        for point in profile.contact_points:
            for signatory in point.signatories:
                assert set(profile.languages) <= catalogue.parties.of(signatory).names.keys()


def test_every_text_of_a_body_is_written_as_it_is_signed_and_nothing_else_changes():
    body = {"a": {"en": "Cafe\u0301"}, "list": ["か\u3099", 1], "n": 5, "flag": True, "none": None}
    assert written(body, {}) == {
        "a": {"en": "Café"},
        "list": ["が", 1],
        "n": 5,
        "flag": True,
        "none": None,
    }
    assert body["list"] == ["か\u3099", 1]


@pytest.mark.parametrize("typed", ["19登2", "19登-2", "１９登－０００００２", " 19登-000002 "])
def test_the_number_of_a_support_organisation_is_signed_as_the_register_prints_it(typed):
    body = {"identifiers": {"jp-rso": typed}, "entries": {"r1": {"registration_no": typed}}}
    assert written(body, COMPLETED) == {
        "identifiers": {"jp-rso": "19登-000002"},
        "entries": {"r1": {"registration_no": "19登-000002"}},
    }
