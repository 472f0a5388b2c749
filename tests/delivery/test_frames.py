"""Requests in which nothing verifies: two fixed texts, whatever the cause."""

from dataclasses import replace

import orjson
import pytest

from gateway.delivery import receiver
from gateway.envelope import DecryptionKey, SigningPair, base64url
from gateway.errors import RefusalCode
from tests.delivery.conftest import MALFORMED, UNREADABLE, flipped
from tests.nodes import facts

FRAMES = {
    "A29 an empty body": lambda e: b"",
    "A29 only a line end": lambda e: b"\n",
    "a blank line between": lambda e: e + b"\n\n" + e + b"\n",
    "a blank line at the end": lambda e: e + b"\n\n",
    "more than 64 lines": lambda e: b"\n".join([e] * 65),
    "carriage returns": lambda e: e + b"\r\n",
    "A31 invalid UTF-8": lambda e: e[:-1] + b"\xff}",
    "A32 a byte order mark": lambda e: b"\xef\xbb\xbf" + e,
    "a batch over 2 MiB": lambda e: e + b"\n" + b"x" * (2 * 1024 * 1024),
    "no JSON": lambda e: b"hello",
    "A34 a key twice": lambda e: e[:-1] + b',"iv":"AAAA"}',
    "A37 deep nesting": lambda e: b"[" * 100 + b"]" * 100,
    "A41 a missing member": lambda e: orjson.dumps({"protected": orjson.loads(e)["protected"]}),
    "an unknown member": lambda e: e[:-1] + b',"x":1}',
    "a receipt in its place": lambda e: b'{"receipt":{},"entries":[]}',
}


@pytest.mark.parametrize("name", FRAMES)
async def test_a_broken_frame_gets_the_one_text_and_leaves_a_security_event(arena, name):
    reply = await arena.post_raw(FRAMES[name](arena.jp.envelope()))
    assert (reply.status, reply.body) == (400, MALFORMED)
    assert await arena.changed() == {"security_events"}
    events = await facts(arena.kh, "SELECT peer, code, size FROM security_events")
    assert {(event["peer"], event["code"]) for event in events} == {("jp/isa", "malformed")}


COVERS = {
    "A79 the cover names another recipient": {"aud": "vn/dolab"},
    "the cover names another sender": {"iss": "vn/dolab"},
    "the cover names us as the sender": {"iss": "kh/molvt"},
    "A40 an unknown member in the cover": {"extra": 1},
    "A41 true in place of 1": {"suite": True},
    "A82 an unknown suite": {"suite": 0},
    "A82 a suite of the future": {"suite": 2},
    "A97 an id of another form": {"jti": "0195c2a4-7b1e-4c3a-9f00-6a5d4c3b2a10"},
    "a receipt's kind": {"typ": "moc-receipt+jws"},
    "another algorithm": {"alg": "HPKE-0"},
    "another content encryption": {"enc": "A128GCM"},
    "A94 milliseconds in exp": {"exp": 1_790_000_000_000},
    "A94 a text in exp": {"exp": "1790000000"},
    "A94 a negative exp": {"exp": -1},
    "A94 2^63 in exp": {"exp": 2**63},
}


@pytest.mark.parametrize("name", COVERS)
async def test_a_cover_of_another_form_gets_the_one_text(arena, name):
    reply = await arena.post(arena.jp.seal(arena.jp.letter(), **COVERS[name]))
    assert (reply.status, reply.body) == (400, MALFORMED)
    assert await arena.changed() == {"security_events"}


def _jws(arena, change):
    letter = arena.jp.letter()
    jws = orjson.loads(letter.jws)
    change(jws)
    return arena.jp.seal(replace(letter, jws=orjson.dumps(jws).decode()))


def _swapped(jws):
    jws["signatures"].reverse()


def _unprotected(jws):
    jws["signatures"][0]["header"] = {"alg": "none"}


def _first_only(jws):
    del jws["signatures"][1]


def _second_only(jws):
    del jws["signatures"][0]


def _other_payload(jws):
    jws["payload"] = base64url.encode(base64url.decode(jws["payload"]).replace(b"ping", b"pong"))


def _bad_padding(arena):
    letter = arena.jp.letter()
    return arena.jp.seal(letter, padding=lambda text: text.ljust(8192, b"\0"))


def _mixed_signatures(arena):
    one, two = (orjson.loads(arena.jp.letter().jws) for _ in range(2))
    one["signatures"][1] = two["signatures"][1]
    return arena.jp.seal(replace(arena.jp.letter(), jws=orjson.dumps(one).decode()))


CRYPTOGRAPHIC = {
    "A71 the encrypted key altered": lambda a: flipped(a.jp.envelope(), "encrypted_key"),
    "A71 the nonce altered": lambda a: flipped(a.jp.envelope(), "iv"),
    "A71 the ciphertext altered": lambda a: flipped(a.jp.envelope(), "ciphertext"),
    "A71 the tag altered": lambda a: flipped(a.jp.envelope(), "tag"),
    "A83 padding of another form": _bad_padding,
    "A53 an unprotected header": lambda a: _jws(a, _unprotected),
    "A61 the Ed25519 signature only": lambda a: _jws(a, _first_only),
    "A62 the ML-DSA signature only": lambda a: _jws(a, _second_only),
    "the signatures in another order": lambda a: _jws(a, _swapped),
    "A64 a signature of another message": _mixed_signatures,
    "A70 the payload replaced": lambda a: _jws(a, _other_payload),
    "A58 signed by a pair of somebody else": lambda a: a.jp.envelope(pair=SigningPair.generate()),
    "signed by our own pair": lambda a: a.jp.envelope(pair=a.kh.keys.message),
    "signed by the identity pair": lambda a: a.jp.envelope(pair=a.jp.keys.identity),
}


@pytest.mark.parametrize("name", CRYPTOGRAPHIC)
async def test_no_cryptographic_cause_is_told_apart(arena, name):
    reply = await arena.post(CRYPTOGRAPHIC[name](arena))
    assert (reply.status, reply.body) == (422, UNREADABLE)
    assert await arena.changed() == {"security_events"}


async def test_A77_an_unknown_key_is_told_with_the_serial_of_our_card(arena):
    other = DecryptionKey.generate().public
    (entry,) = await arena.entries(arena.jp.seal(arena.jp.letter(), key=other))
    assert (entry.code, entry.retryable, entry.card_serial) == (RefusalCode.UNKNOWN_KEY, True, 1)
    assert (entry.id, entry.header_digest) == (None, None)
    assert await arena.changed() == {"security_events"}


async def test_a_stranger_gets_the_one_text(arena):
    reply = await arena.kh.receiver.receive("vn/dolab", arena.jp.envelope())
    assert (reply.status, reply.body) == (400, MALFORMED)


@pytest.mark.parametrize(("spent", "rest"), [(0.0, 25), (0.010, 15), (0.0249, 0.1), (0.030, 20)])
def test_A140_what_is_unreadable_is_answered_at_a_whole_step_whatever_the_work_took(spent, rest):
    assert receiver._rest_of_step(spent) * 1000 == pytest.approx(rest)
