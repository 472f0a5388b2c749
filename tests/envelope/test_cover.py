"""The cover must say what the signed header says, or somebody has put another one around it."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    Typ,
    base64url,
    match,
    read_envelope,
    seal,
    sign,
)
from gateway.errors import (
    MalformedError,
    MismatchError,
    UnreadableError,
    WrongRecipientError,
)
from tests.envelope.samples import (
    JP,
    KH_KEY,
    OTHER_ID,
    VN,
    accept,
    close,
    content,
    message,
    plaintext,
)

MESSAGE = message()
TEXT = plaintext(MESSAGE.jws, MESSAGE.content)
RAW = seal(MESSAGE, KH_KEY.public).envelope
OUTER = read_envelope(RAW)
MEMBERS = orjson.loads(RAW)
PROTECTED = base64url.decode(MEMBERS["protected"])


def covered(**changes):
    return close(TEXT, edit=lambda members: members.update(changes))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"iss": "vn/dolab"}, "/from"),
        ({"jti": OTHER_ID}, "/id"),
        ({"exp": OUTER.exp + 1}, "/expires"),
    ],
)
def test_A85_a_cover_that_was_swapped_is_a_mismatch(changes, pointer):
    with pytest.raises(MismatchError) as caught:
        accept(covered(**changes))
    assert caught.value.pointers == (pointer,)


def test_A80_a_message_for_a_third_country_passed_on_to_us_is_a_wrong_recipient():
    signed = message(to="vn/dolab")
    with pytest.raises(WrongRecipientError):
        accept(close(plaintext(signed.jws, signed.content)))


def test_A79_a_cover_for_another_node_over_a_header_for_us_is_a_wrong_recipient():
    """`aud` is compared with our own name by the layer that knows it; this is the second net."""
    with pytest.raises(WrongRecipientError):
        accept(covered(aud="vn/dolab"))


def test_a_suite_other_than_the_one_signed_is_a_mismatch():
    with pytest.raises(MismatchError) as caught:
        match(replace(OUTER, suite=2), MESSAGE.header)
    assert caught.value.pointers == ("/suite",)


def test_a_malformed_header_is_told_only_after_both_signatures_held():
    payload = orjson.dumps(orjson.loads(MESSAGE.header.payload()) | {"to": "KH"})
    with pytest.raises(MalformedError) as caught:
        accept(close(plaintext(sign(payload, JP, Typ.MESSAGE), content())))
    assert caught.value.pointers == ("/to",)
    with pytest.raises(UnreadableError):
        accept(close(plaintext(sign(payload, VN, Typ.MESSAGE), content())))
