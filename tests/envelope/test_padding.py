"""An envelope's length shows a step, not the length of the text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope.padding import pad, padded_length, unpad
from gateway.errors import UnreadableError


@given(st.integers(1, 4 * 2**20))
def test_a_padded_length_is_the_next_multiple_of_the_step(length):
    step = 4096 if length <= 32 * 1024 else 2 ** (math.ceil(math.log2(length)) - 4)
    padded = padded_length(length)
    assert padded % step == 0
    assert 0 <= padded - length < step
    # The price of hiding the length is at most an eighth, once texts are large.
    assert length <= 32 * 1024 or padded <= length * 9 / 8


@given(st.integers(1, 200_000))
def test_a_longer_text_never_becomes_shorter(length):
    assert padded_length(length) <= padded_length(length + 1)


@given(st.integers(2, 100_000))
def test_a_text_comes_back_from_its_padding(length):
    text = b"{" + b" " * (length - 2) + b"}"
    assert unpad(pad(text)) == text


TEXT = b'{"a":1}'


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        TEXT,
        b" " * 4096,
        TEXT.ljust(4095),
        TEXT.ljust(4097),
        TEXT.ljust(8192),
        TEXT.ljust(4096, b"\x00"),
        TEXT.ljust(4096, b"\n"),
        TEXT.ljust(4095) + b"\n",
        TEXT.ljust(4095) + b"\x80",
        (TEXT + b"\t").ljust(4096),
        (TEXT + b"\x00").ljust(4096),
        (b"{" + b" " * 40_000 + b"}").ljust(45_056),
    ],
    ids=range(13),
)
def test_A83_another_padding_is_unreadable(padded):
    with pytest.raises(UnreadableError):
        unpad(padded)
