"""One text per value: base64url without padding, and no second spelling."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope import base64url
from gateway.errors import MalformedError

ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=200))
def test_a_value_comes_back_from_its_text(raw):
    text = base64url.encode(raw)
    assert base64url.decode(text) == raw
    assert text == base64.urlsafe_b64encode(raw).decode().rstrip("=")


@given(st.text(alphabet=ALPHABET + "+/= \n", max_size=12))
def test_only_the_canonical_text_is_accepted(text):
    try:
        raw = base64url.decode(text)
    except MalformedError:
        return
    assert base64url.encode(raw) == text


@pytest.mark.parametrize(
    "text",
    ["A", "AA==", "AAA=", "=", "AA\n", " AA", "A A", "+AAA", "/AAA", "AB", "AAB", "ÅAAA", "AAAA="],
)
def test_A43_another_spelling_of_base64_is_malformed(text):
    with pytest.raises(MalformedError):
        base64url.decode(text)


def test_A43_of_all_last_characters_only_those_without_loose_bits_are_accepted():
    def accepted(prefix):
        for last in ALPHABET:
            try:
                base64url.decode(prefix + last)
            except MalformedError:
                continue
            yield last

    assert len(list(accepted("A"))) == 4
    assert len(list(accepted("AA"))) == 16
    assert len(list(accepted("AAA"))) == 64
