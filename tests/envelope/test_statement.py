"""Statements: what a node signs of another one's silence, and nothing that is not so."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    Awaited,
    Environment,
    Statement,
    Typ,
    among,
    base64url,
    digest,
    limits,
    read_statement,
    sign,
    sign_statement,
)
from gateway.envelope.statement import ENVELOPES
from gateway.errors import InvalidError, VerificationError
from tests.envelope.samples import ID, JP, JP_IDENTITY, JP_NEXT, KH, header

JP_PAIRS = among([JP.public, JP_NEXT.public])

LATE = Statement(
    environment=Environment.TEST,
    from_="jp/isa",
    about="kh/molvt",
    id=ID,
    header_digest=digest(header().payload()),
    level=Awaited.HANDED_OVER,
    due="2026-01-07T08:00:00Z",
    at="2026-01-07T08:00:01Z",
    epoch="1.c29tZXRoaW5n",
)
UNRECEIPTED = replace(
    LATE, level=Awaited.RECEIVED, envelope_digests=(digest(b"first"), digest(b"second"))
)
PAYLOAD = orjson.loads(base64url.decode(orjson.loads(sign_statement(LATE, JP))["payload"]))


def read(text, **changes):
    parts = {"from_": "jp/isa", "environment": Environment.TEST, "pairs": JP_PAIRS}
    return read_statement(text, **(parts | changes))


def signed(**changes):
    """Sign other members than an honest node would."""
    members = {name: value for name, value in (PAYLOAD | changes).items() if value is not None}
    return sign(orjson.dumps(members), JP, Typ.EVIDENCE)


@pytest.mark.parametrize(
    "statement",
    [
        LATE,
        replace(LATE, level=Awaited.ACCEPTED),
        replace(LATE, level=Awaited.ANSWERED, at=LATE.due),
        UNRECEIPTED,
        replace(UNRECEIPTED, envelope_digests=()),
        replace(UNRECEIPTED, envelope_digests=(digest(b"one"),) * ENVELOPES),
    ],
)
def test_a_statement_comes_back_as_it_was_made(statement):
    text = sign_statement(statement, JP)
    assert read(text) == statement
    assert len(text) <= limits.STATEMENT


def test_the_signed_members_stand_in_the_order_of_the_protocol():
    names = ["suite", "environment", "from", "about", "id", "header_digest"]
    names += ["level", "due", "at", "epoch"]
    assert list(PAYLOAD) == names
    whole = orjson.loads(base64url.decode(orjson.loads(sign_statement(UNRECEIPTED, JP))["payload"]))
    assert list(whole) == [*names, "envelope_digests"]


@pytest.mark.parametrize(
    "statement",
    [
        replace(LATE, at="2026-01-07T07:59:59Z"),
        replace(LATE, about="jp/isa"),
        replace(LATE, envelope_digests=()),
        replace(UNRECEIPTED, envelope_digests=None),
        replace(UNRECEIPTED, envelope_digests=(digest(b"one"),) * (ENVELOPES + 1)),
    ],
)
def test_nothing_is_signed_that_contradicts_itself(statement):
    with pytest.raises(InvalidError, match="cannot be signed"):
        sign_statement(statement, JP)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"suite": 2}, "/suite"),
        ({"suite": True}, "/suite"),
        ({"from": "kh/molvt"}, "/from"),
        ({"environment": "production"}, "/environment"),
        ({"about": "KH/MOLVT"}, "/about"),
        ({"about": "jp/isa"}, "/about"),
        ({"id": "not an id"}, "/id"),
        ({"header_digest": digest(b"x")[:-1]}, "/header_digest"),
        ({"level": "declined"}, "/level"),
        ({"level": "received"}, "/envelope_digests"),
        ({"due": "2026-01-07"}, "/due"),
        ({"at": None}, "/at"),
        ({"at": "2026-01-07T07:59:59Z"}, "/at"),
        ({"epoch": ""}, "/epoch"),
        ({"envelope_digests": []}, "/envelope_digests"),
        ({"level": "received", "envelope_digests": ["x"]}, "/envelope_digests/0"),
        ({"level": "received", "envelope_digests": [digest(b"x")] * 17}, "/envelope_digests"),
    ],
)
def test_a_statement_with_another_member_states_nothing(changes, pointer):
    with pytest.raises(VerificationError, match=f"does not hold: {pointer} "):
        read(signed(**changes))


def test_a_member_that_is_not_known_yet_changes_nothing():
    assert read(signed(colour="blue")) == LATE


@pytest.mark.parametrize("pair", [KH, JP_IDENTITY])
def test_only_a_message_pair_of_the_signer_states_anything(pair):
    with pytest.raises(VerificationError, match="does not hold"):
        read(sign_statement(LATE, pair))


@pytest.mark.parametrize("typ", [typ for typ in Typ if typ is not Typ.EVIDENCE])
def test_no_other_signed_object_passes_as_a_statement(typ):
    with pytest.raises(VerificationError, match="does not hold"):
        read(sign(orjson.dumps(PAYLOAD), JP, typ))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "\ud800",
        sign_statement(LATE, JP)[:-1],
        sign_statement(LATE, JP) + " " * limits.STATEMENT,
    ],
)
def test_what_is_no_signed_text_states_nothing(text):
    with pytest.raises(VerificationError):
        read(text)


@pytest.mark.parametrize("part", ["payload", "first", "second"])
def test_a_flipped_bit_states_nothing(part):
    jws = orjson.loads(sign_statement(LATE, JP))
    place = jws if part == "payload" else jws["signatures"][part == "second"]
    name = "payload" if part == "payload" else "signature"
    raw = bytearray(base64url.decode(place[name]))
    raw[len(raw) // 2] ^= 1
    place[name] = base64url.encode(bytes(raw))
    with pytest.raises(VerificationError):
        read(orjson.dumps(jws).decode())
