"""One bit flipped in every byte of an envelope, outside and inside: never accepted."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    base64url,
    encryption,
    read_envelope,
    seal,
    unseal,
)
from gateway.errors import (
    MalformedError,
    UnknownKeyError,
    UnreadableError,
)
from tests.envelope.samples import (
    JP_PAIRS,
    KH_KEY,
    accept,
    honest,
    message,
    plaintext,
    with_sealed,
)

MESSAGE = message()
TEXT = plaintext(MESSAGE.jws, MESSAGE.content)
RAW = seal(MESSAGE, KH_KEY.public).envelope
OUTER = read_envelope(RAW)
MEMBERS = orjson.loads(RAW)
PROTECTED = base64url.decode(MEMBERS["protected"])


def outer(**changes):
    return orjson.dumps(MEMBERS | changes)


def protected(raw):
    return outer(protected=base64url.encode(raw))


def flipped(name, at):
    raw = bytearray(base64url.decode(MEMBERS[name]))
    raw[at] ^= 1
    return outer(**{name: base64url.encode(bytes(raw))})


@pytest.mark.parametrize("step", [0, 1])
def test_A74_a_bit_flipped_in_any_byte_of_an_envelope_is_never_accepted(step):
    raw = honest()
    seen = set()
    for at in range(len(raw)):
        altered = bytearray(raw)
        altered[at] ^= 1 << (at + step * 3) % 8
        with pytest.raises((MalformedError, UnreadableError, UnknownKeyError)) as caught:
            accept(bytes(altered))
        seen.add(type(caught.value))
    assert seen == {MalformedError, UnreadableError} | ({UnknownKeyError} & seen)


def test_A74_a_bit_flipped_in_any_byte_of_the_cover_gets_the_class_of_the_step_that_notices():
    own = PROTECTED.index(KH_KEY.kid.encode())
    for at in range(len(PROTECTED)):
        altered = bytearray(PROTECTED)
        altered[at] ^= 1 << at % 7
        with pytest.raises((MalformedError, UnreadableError, UnknownKeyError)) as caught:
            accept(protected(bytes(altered)))
        inside_kid = own <= at < own + len(KH_KEY.kid)
        expected = (
            {MalformedError, UnknownKeyError} if inside_kid else {MalformedError, UnreadableError}
        )
        assert type(caught.value) in expected


@pytest.mark.parametrize("name", ["encrypted_key", "iv", "ciphertext", "tag"])
def test_A71_a_bit_flipped_in_any_decoded_byte_is_unreadable(name):
    for at in range(len(base64url.decode(MEMBERS[name]))):
        with pytest.raises(UnreadableError):
            accept(flipped(name, at))


@pytest.mark.parametrize("step", [0, 4])
def test_A65_a_bit_flipped_in_any_byte_of_the_jws_inside_is_unreadable(step):
    content_key = encryption.unwrap(OUTER.wrapped, KH_KEY.key)
    start = TEXT.index(MESSAGE.jws.encode())
    for at in range(start, start + len(MESSAGE.jws)):
        altered = bytearray(TEXT)
        altered[at] ^= 1 << (at + step) % 8
        sealed = with_sealed(OUTER, content_key, bytes(altered))
        with pytest.raises(UnreadableError):
            unseal(replace(OUTER, sealed=sealed), KH_KEY, JP_PAIRS)


def test_an_unaltered_text_sealed_by_the_same_means_is_accepted():
    """The flips above fail because of the flips."""
    sealed = with_sealed(OUTER, encryption.unwrap(OUTER.wrapped, KH_KEY.key), TEXT)
    assert unseal(replace(OUTER, sealed=sealed), KH_KEY, JP_PAIRS).jws == MESSAGE.jws
