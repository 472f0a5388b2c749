"""Names that look alike: what a reader takes for one another, and what not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.look_alikes import nearness, skeleton
from gateway.catalogue.text import folded


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ISA", "\u0406\u0405\u0410"),  # Cyrillic throughout
        ("MHLW", "M\u041d1W"),
        ("エ場", "工場"),  # the first begins with a katakana
        ("カード", "力一ド"),  # an ideograph, and the one for 1
        ("ｶｰﾄﾞ", "カード"),
    ],
)
def test_what_is_drawn_alike_has_one_skeleton(name, other):
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Osaka", "Tokyo"),
        ("東京地方裁判所", "大阪地方裁判所"),
        ("METI", "MLIT"),
        ("jp/isa", "kh/isa"),
    ],
)
def test_what_differs_to_the_eye_differs_in_its_skeleton(name, other):
    assert skeleton(name) != skeleton(other)


@given(st.text(max_size=30))
def test_a_skeleton_changes_no_more_when_it_is_folded_again(name):
    assert skeleton(folded(name)) == skeleton(name)


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3))
def test_nothing_is_nearer_than_what_looks_the_same(sought, names):
    assert 0 <= nearness(sought, names) <= 1
    if skeleton(sought):
        assert nearness(sought, [*names, sought]) == 1


def test_bureaux_of_two_cities_are_not_near():
    assert nearness("Osaka Labour Bureau", ["Tokyo Labour Bureau"]) == 0
    assert nearness("大阪労働局", ["東京労働局"]) == 0
