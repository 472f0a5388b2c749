"""A number or a name is found however it is typed, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.common_words import CommonWords
from gateway.catalogue.identifying import Kind
from gateway.policy.fingerprints import LONGEST, cut, texts_of, trace

NAMES = [
    (
        "SOK PISEY",
        ["sok pisey", "Sok-Pisey", "Ｓｏｋ　Ｐｉｓｅｙ", "SOK\nPISEY", "for Sok Pisey, please"],
    ),
    ("សុខ ពិសី", ["សុខពិសី", "អ្នកឈ្មោះសុខពិសីមក", "សុខ\u200bពិសី"]),
    ("山田太郎", ["山田 太郎", "昨日山田太郎が来た"]),
    ("ขวัญใจ ดี", ["คุณขวัญใจดีมา"]),
    ("DVOŘÁK JAN", ["Dvořák Jan", "dvor\u030ca\u0301k jan"]),
]
NUMBERS = [
    (
        "N01234567",
        [
            "n 0123 4567",
            "noN01234567expired",
            "passportn01234567",
            "Ｎ０１２３４５６７",
            "N០១២៣៤៥៦៧",
            "(N0123-4567)",
        ],
    ),
    ("AB12345678CD", ["ab12345678cd", "cardAB12345678CDvalid", "AB 12345678 CD"]),
    ("RC-TEST-00417", ["rc test 00417", "RCTEST00417", "rc/test/00417."]),
    ("19登-000002", ["19登000002", "番号は19登-000002です"]),
]


def finds(known, text):
    """Tell whether a text holds what is known, as a scan would."""
    pieces = cut(text)
    return any(
        anchor == known.anchor
        and candidate == known.text
        and pieces.bears(known.kind, start=start, end=end, alone=known.alone)
        for start, anchor in pieces.starts()
        for end, candidate in pieces.candidates(start, {len(known.text)})
    )


@pytest.mark.parametrize(("name", "typed"), [(a, b) for a, many in NAMES for b in many])
def test_a_name_is_found_in_other_width_case_spacing_and_form(name, typed):
    assert finds(trace(Kind.NAME, name), typed)


@pytest.mark.parametrize(("number", "typed"), [(a, b) for a, many in NUMBERS for b in many])
def test_a_number_is_found_in_other_width_case_spacing_and_digits(number, typed):
    assert finds(trace(Kind.DOCUMENT, number), typed)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("KIM CHANTHA", "Mr Kim Chanthao came"),
        ("ANNA CHAN", "Joanna Chan came"),
        ("ANNA CHAN", "JoAnna Chan came"),
        ("INFORMATION", "please send information"),
        ("SOK PISEY", "Sok, and later Pisey? No: Sok wrote Pisey"),
    ],
)
def test_a_name_is_found_in_whole_words_alone(name, text):
    assert not finds(trace(Kind.NAME, name), text)


def test_a_name_of_one_word_counts_where_nothing_else_stands():
    known = trace(Kind.NAME, "Information")
    assert finds(known, "information")
    assert not finds(known, "information on it")


def test_a_number_within_other_digits_is_another_number():
    assert not finds(trace(Kind.DOCUMENT, "12345"), "9123459")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DOCUMENT, "1234"),
        (Kind.DOCUMENT, "unknown"),
        (Kind.DOCUMENT, "2026-03-31"),
        (Kind.CERTIFICATE, "31.03.2026"),
        (Kind.CERTIFICATE, "2026-03"),
        (Kind.NAME, "Kim Li"),
        (Kind.NAME, "山田"),
        (Kind.NAME, ""),
        (Kind.LICENCE, " - "),
    ],
)
def test_what_is_common_identifies_nobody(kind, text):
    assert trace(kind, text) is None


def test_a_long_name_is_known_by_its_beginning():
    long = " ".join(["PHRAYA", "SOMDET"] * 20)
    known = trace(Kind.NAME, long)
    assert len(known.text) == LONGEST
    assert finds(known, f"of {long} and others")


def test_a_trace_shows_nothing_of_its_text():
    assert "pisey" not in repr(trace(Kind.NAME, "SOK PISEY"))
    assert "pisey" not in repr(cut("SOK PISEY"))


SEPARATORS = st.sampled_from([" ", "-", "/", ".", "\u00a0", "\n", "\u3000", ""])


@given(
    st.lists(st.sampled_from(["N", "12", "AB", "0", "登", "7788"]), min_size=3, max_size=8),
    st.data(),
)
def test_separators_never_hide_a_number(parts, data):
    known = trace(Kind.DOCUMENT, "".join(parts))
    if known is None:
        return
    typed = "".join(part + data.draw(SEPARATORS) for part in parts)
    assert finds(known, f"see {typed} there")


@given(st.text(max_size=60))
def test_any_text_can_be_cut_and_is_found_in_itself(text):
    pieces = cut(text)
    assert pieces.places == tuple(sorted(pieces.ends))
    assert pieces.places[-1] == len(pieces.text)
    assert pieces.inside <= pieces.ends
    for kind in Kind:
        if (known := trace(kind, text)) is not None:
            assert finds(known, text)


def test_every_text_and_every_name_of_a_member_is_looked_at():
    body = {"a": "one", "N01234567": {"b/c": ["two", {"d": 12345}]}, "yes": True}
    assert list(texts_of(body)) == [
        ("/a", "one"),
        ("/N01234567", "N01234567"),
        ("/N01234567/b~1c/0", "two"),
        ("/N01234567/b~1c/1/d", "12345"),
    ]


COMMON = CommonWords.of(("Certificate of skills", "特定技能制度の運用"))


@pytest.mark.parametrize("name", ["IN ACCORDANCE WITH", "Would You Please", "特定技能制度"])
def test_a_name_of_words_that_every_letter_has_is_found_only_alone(name):
    known = trace(Kind.NAME, name, common=COMMON)
    assert finds(known, f" {name.lower()}. ")
    assert not finds(known, f"We ask {name.lower()} clause 4.")


@pytest.mark.parametrize("name", ["WITH SOK PISEY", "Will Youngman", "特定太郎"])
def test_a_name_with_one_word_that_not_every_letter_has_is_found_anywhere(name):
    assert finds(trace(Kind.NAME, name, common=COMMON), f"We ask {name.lower()} please.")
