"""Times have one text, and texts sort like the times they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope import times
from gateway.errors import MalformedError

SECONDS = st.integers(0, 253_402_300_799)


@given(SECONDS)
def test_a_time_comes_back_from_its_text(seconds):
    assert times.parse(times.text(seconds)) == seconds


@given(SECONDS, SECONDS)
def test_texts_sort_like_their_times(first, second):
    assert (times.text(first) < times.text(second)) == (first < second)


def test_a_fraction_of_a_second_is_cut_off():
    assert times.text(1_767_225_600.999) == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00z",
        "2026-01-01t00:00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.0Z",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T09:00:00+09:00",
        "2026-1-1T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
        "２026-01-01T00:00:00Z",
        "1767225600",
    ],
)
def test_A94_another_form_of_time_is_malformed(text):
    with pytest.raises(MalformedError):
        times.parse(text)
