"""The content's exact text is bound by its digest; nothing is signed that a peer would refuse."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope import (
    Typ,
    content_text,
    digest,
    limits,
    parse_header,
    read_content,
    sign_message,
    verify,
)
from gateway.errors import InvalidError, MalformedError
from tests.envelope.samples import BODY, EXPIRES, JP, JP_PAIRS, SALT, content, header, message

PLAIN = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), PLAIN, max_size=4), st.none() | st.text(max_size=20))
def test_whatever_can_be_written_comes_back(body, note):
    try:
        text = content_text(body, salt=SALT, note=note)
    except InvalidError:
        return
    read = read_content(text)
    assert (read.body, read.note, read.salt) == (body, note, SALT)


def test_the_members_stand_in_order():
    assert list(orjson.loads(content_text(BODY, salt=SALT, note="n"))) == ["salt", "body", "note"]


def nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return {"a": value}


@pytest.mark.parametrize(
    "body",
    [
        {"a": 1.5},
        {"a": -0.0},
        {"a": 2**53 + 1},
        {"a": 2**80},
        {"a": "\x00"},
        {"a": "\ud800"},
        {"a": object()},
        {1: "a"},
        nested(17),
        {"a": "x" * limits.CONTENT},
    ],
    ids=range(10),
)
def test_a_body_that_the_peer_would_refuse_is_not_written(body):
    with pytest.raises(InvalidError):
        content_text(body, salt=SALT)


@pytest.mark.parametrize("salt", [b"", SALT[:-1], SALT + b"x"])
def test_a_salt_of_another_length_is_refused(salt):
    with pytest.raises(InvalidError):
        content_text(BODY, salt=salt)


@pytest.mark.parametrize("note", ["", "x" * (limits.NOTE_LENGTH + 1)])
def test_a_note_that_is_empty_or_too_long_is_refused(note):
    with pytest.raises(InvalidError):
        content_text(BODY, salt=SALT, note=note)


TEXT = orjson.loads(content())


@pytest.mark.parametrize(
    "members",
    [
        {"body": BODY},
        {"salt": TEXT["salt"]},
        TEXT | {"salt": TEXT["salt"] + "="},
        TEXT | {"salt": "AAAA"},
        TEXT | {"salt": 1},
        TEXT | {"body": []},
        TEXT | {"body": None},
        TEXT | {"note": None},
        TEXT | {"note": 1},
        TEXT | {"attachments": []},
        TEXT | {"other": 1},
    ],
    ids=range(11),
)
def test_A41_a_content_of_another_form_is_malformed(members):
    with pytest.raises(MalformedError):
        read_content(orjson.dumps(members).decode())


def test_A34_a_content_with_a_name_twice_is_malformed():
    with pytest.raises(MalformedError):
        read_content(content()[:-1] + ',"body":{}}')


def test_a_content_with_a_lone_surrogate_is_malformed():
    with pytest.raises(MalformedError):
        read_content(content().replace("Is", "\ud800"))


def test_a_content_longer_than_1_mib_is_malformed():
    with pytest.raises(MalformedError):
        read_content('{"salt":"' + "A" * limits.CONTENT + '"}')


def test_a_signed_message_carries_the_digest_of_the_octets_that_were_signed():
    signed = message()
    verified = verify(orjson.loads(signed.jws), Typ.MESSAGE, JP_PAIRS)
    assert verified.payload == signed.header.payload()
    assert signed.header_digest == digest(verified.payload)
    assert parse_header(verified.payload) == signed.header
    assert signed.header.content_digest == digest(signed.content.encode())


def test_a_header_with_the_digest_of_another_content_is_not_signed():
    with pytest.raises(InvalidError):
        sign_message(header(content_digest=digest(b"other")), content(), JP)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"to": "KH"}, "/to"),
        ({"expires": "2025-01-01T00:00:00Z"}, "/expires"),
        ({"created": EXPIRES}, "/expires"),
        ({"type": "Inquiry"}, "/type"),
        ({"derived_from": ("x",)}, "/derived_from/0"),
    ],
)
def test_a_header_that_the_peer_would_refuse_is_not_signed(changes, pointer):
    with pytest.raises(InvalidError) as caught:
        message(**changes)
    assert [problem.where for problem in caught.value.problems] == [pointer]


def test_a_header_longer_than_16_kib_is_not_signed():
    with pytest.raises(InvalidError):
        message(marking={"x": "y" * limits.HEADER})


def test_a_header_with_a_value_that_json_has_not_is_not_signed():
    with pytest.raises(InvalidError):
        message(marking={"x": object()})
