"""Two signatures by one pair, in the suite's order, over one payload and one kind; nothing else.

Every attack here ends as `unreadable`: the causes are not told apart.
"""

import hashlib
import socket

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.envelope import SUITES, Typ, among, base64url, kids_of, sign, verify
from gateway.errors import MalformedError, UnreadableError
from tests.envelope.samples import JP, JP_NEXT, JP_PAIRS, KH, VN, forge, heads

PAYLOAD = b'{"question":"?"}'
HONEST = orjson.loads(sign(PAYLOAD, JP, Typ.MESSAGE))
OTHER = orjson.loads(sign(b'{"question":"!"}', JP, Typ.MESSAGE))


def test_what_a_pair_signed_verifies_and_names_its_keys():
    verified = verify(HONEST, Typ.MESSAGE, JP_PAIRS)
    assert verified.payload == PAYLOAD
    assert verified.kids == JP.kids


@settings(max_examples=20)
@given(st.binary(max_size=300), st.sampled_from(Typ))
def test_any_payload_comes_back_as_the_bytes_that_were_signed(payload, typ):
    text = sign(payload, JP, typ)
    assert verify(orjson.loads(text), typ, JP_PAIRS).payload == payload


def test_a_kept_text_names_its_keys_without_being_verified():
    jws = orjson.loads(sign(PAYLOAD, JP, Typ.MESSAGE)) | {"payload": "AAAA"}
    assert kids_of(orjson.dumps(jws).decode()) == JP.kids


@pytest.mark.parametrize("text", ["", "{}", '{"payload":"","signatures":[{"protected":"e30"}]}'])
def test_a_text_that_is_no_jws_names_no_keys(text):
    with pytest.raises(MalformedError):
        kids_of(text)


def test_the_text_is_compact_json_with_the_members_in_order():
    text = sign(PAYLOAD, JP, Typ.MESSAGE)
    assert orjson.dumps(orjson.loads(text)).decode() == text
    assert list(orjson.loads(text)) == ["payload", "signatures"]
    first = orjson.loads(text)["signatures"][0]
    assert list(first) == ["protected", "signature"]
    assert base64url.decode(first["protected"]) == orjson.dumps(heads()[0])


def forged(change_first=None, change_second=None, *, keys=JP.keys, payload=PAYLOAD):
    first, second = heads()
    return forge(payload, [first | (change_first or {}), second | (change_second or {})], keys)


def without(name):
    return forge(PAYLOAD, [{k: v for k, v in one.items() if k != name} for one in heads()], JP.keys)


def moved(**members):
    """Add members to the first signature, outside its protected header."""
    first, second = HONEST["signatures"]
    return HONEST | {"signatures": [first | members, second]}


class PublicKeyAsSecret:
    """Signs as HS256 would, with our public key for a secret."""

    def sign(self, data: bytes) -> bytes:
        return hashlib.blake2b(data, key=JP.public.ed25519).digest()[:32]


def swapped(at, signature):
    signatures = list(HONEST["signatures"])
    signatures[at] = signatures[at] | {"signature": signature}
    return HONEST | {"signatures": signatures}


def raw_signature(at):
    return base64url.decode(HONEST["signatures"][at]["signature"])


def damaged(edit):
    """Return the object with an edited ML-DSA signature."""
    raw = bytearray(raw_signature(1))
    edit(raw)
    return swapped(1, base64url.encode(bytes(raw)))


def with_context():
    second = HONEST["signatures"][1]
    text = f"{second['protected']}.{HONEST['payload']}".encode()
    return swapped(1, base64url.encode(JP.keys[1].sign(text, b"context")))


def pre_hashed():
    """HashML-DSA over SHA-256 (FIPS 204 §5.4): the same key, another domain."""
    second = HONEST["signatures"][1]
    text = f"{second['protected']}.{HONEST['payload']}".encode()
    oid = bytes.fromhex("0609608648016503040201")
    message = b"\x01\x00" + oid + hashlib.sha256(text).digest()
    tr = hashlib.shake_256(JP.public.ml_dsa_65).digest(64)
    mu = hashlib.shake_256(tr + message).digest(64)
    return swapped(1, base64url.encode(JP.keys[1].sign_mu(mu)))


def detached():
    return {"signatures": HONEST["signatures"]}


def set_range(raw, start, stop, value):
    raw[start:stop] = bytes([value]) * (stop - start)


# ML-DSA-65: 48 bytes of challenge, 3,200 of z, 61 of hint (55 indices, 6 counts).
ATTACKS = {
    "A49 alg none": forged({"alg": "none"}),
    "A49 alg None": forged({"alg": "None"}, {"alg": "NONE"}),
    "A49 alg none and no signature": swapped(0, "") | {},
    "A50 HS256 with the public key": forged(
        {"alg": "HS256"}, keys=(PublicKeyAsSecret(), JP.keys[1])
    ),
    "A52 EdDSA for Ed25519": forged({"alg": "EdDSA"}),
    "A52 the algorithms swapped": forged({"alg": "ML-DSA-65"}, {"alg": "Ed25519"}),
    "A52 another ML-DSA": forged(None, {"alg": "ML-DSA-87"}),
    "A53 alg outside the protected header": moved(header={"alg": "Ed25519"}),
    "A53 an empty unprotected header": moved(header={}),
    "A53 kid outside only": without("kid") | {},
    "A55 b64 false": forged({"b64": False, "crit": ["b64"]}),
    "A55 b64 true": forged({"b64": True}),
    "A55 crit": forged({"crit": ["exp"]}),
    "A56 jwk": forged({"jwk": JP.public.jwks()[0]}),
    "A56 jku": forged({"jku": "https://127.0.0.1/keys"}),
    "A56 x5u": forged({"x5u": "https://127.0.0.1/cert"}),
    "A56 x5c": forged({"x5c": ["MIIB"]}),
    "A58 signed by a third country's pair": orjson.loads(sign(PAYLOAD, VN, Typ.MESSAGE)),
    "A58 the recipient's own pair": orjson.loads(sign(PAYLOAD, KH, Typ.MESSAGE)),
    "A58 our kid over another's signature": forged(keys=VN.keys),
    "A58 keys of two pairs of one peer": forge(
        PAYLOAD, [heads(JP)[0], heads(JP_NEXT)[1]], [JP.keys[0], JP_NEXT.keys[1]]
    ),
    "A61 the Ed25519 signature only": HONEST | {"signatures": HONEST["signatures"][:1]},
    "A61 the Ed25519 signature twice": HONEST | {"signatures": [HONEST["signatures"][0]] * 2},
    "A62 the ML-DSA signature only": HONEST | {"signatures": HONEST["signatures"][1:]},
    "A62 no signature": HONEST | {"signatures": []},
    "A62 the order reversed": HONEST | {"signatures": HONEST["signatures"][::-1]},
    "A62 a third signature": HONEST
    | {"signatures": [*HONEST["signatures"], OTHER["signatures"][0]]},
    "A62 flattened": {"payload": HONEST["payload"]} | HONEST["signatures"][0],
    "A64 S1 of this, S2 of another": HONEST
    | {"signatures": [HONEST["signatures"][0], OTHER["signatures"][1]]},
    "A64 S2 of this, S1 of another": HONEST
    | {"signatures": [OTHER["signatures"][0], HONEST["signatures"][1]]},
    "A64 the payload of another": HONEST | {"payload": OTHER["payload"]},
    "A67 an empty ML-DSA signature": swapped(1, ""),
    "A67 one byte short": swapped(1, base64url.encode(raw_signature(1)[:-1])),
    "A67 one byte long": swapped(1, base64url.encode(raw_signature(1) + b"\x00")),
    "A67 z out of range": damaged(lambda raw: set_range(raw, 48, 688, 0)),
    "A67 hint counts too large": damaged(lambda raw: set_range(raw, 3303, 3309, 255)),
    "A67 hint counts that fall": damaged(lambda raw: set_range(raw, 3303, 3308, 55)),
    "A67 hint indices not in order": damaged(lambda raw: set_range(raw, 3248, 3303, 7)),
    "A67 an Ed25519 signature of 63 bytes": swapped(0, base64url.encode(raw_signature(0)[:-1])),
    "A67 an Ed25519 signature of 65 bytes": swapped(
        0, base64url.encode(raw_signature(0) + b"\x00")
    ),
    "A67 an Ed25519 S above the order": swapped(
        0, base64url.encode(raw_signature(0)[:32] + b"\xff" * 32)
    ),
    "A68 with a context": with_context(),
    "A68 pre-hashed": pre_hashed(),
    "A34 alg twice in H1": forge(
        PAYLOAD,
        [orjson.dumps(heads()[0])[:-1] + b',"alg":"Ed25519"}', heads()[1]],
        JP.keys,
    ),
    "A34 typ twice, once escaped": forge(
        PAYLOAD,
        [orjson.dumps(heads()[0])[:-1] + b',"\\u0074yp":"moc-message+jws"}', heads()[1]],
        JP.keys,
    ),
    "A41 no alg": without("alg"),
    "A41 no typ": without("typ"),
    "A41 null kid": forged({"kid": None}),
    "A41 a list as kid": forged({"kid": [JP.kids[0]]}),
    "A41 kid of another form": forged({"kid": "jp-1"}),
    "A41 H1 is no object": forge(PAYLOAD, [b'"x"', heads()[1]], JP.keys),
    "A41 H1 is no JSON": forge(PAYLOAD, [b"x", heads()[1]], JP.keys),
    "A41 an object as a signature": swapped(0, {}),
    "A41 null signatures": HONEST | {"signatures": None},
    "A41 signatures as an object": HONEST | {"signatures": {"0": 1, "1": 2}},
    "A41 strings as signatures": HONEST | {"signatures": ["a", "b"]},
    "A41 an object as protected": moved(protected={}),
    "A41 a number as payload": HONEST | {"payload": 1},
    "A41 no payload": detached(),
    "A41 a further member": HONEST | {"header": {}},
    "A44 a protected header of 10 kB": forged({"x": "y" * 10_000}),
    "typ of a receipt": orjson.loads(sign(PAYLOAD, JP, Typ.RECEIPT)),
    "typ of two kinds": forged({"typ": "moc-receipt+jws"}),
    "typ in capitals": forged({"typ": "MOC-MESSAGE+JWS"}, {"typ": "MOC-MESSAGE+JWS"}),
    "A43 payload with padding": HONEST | {"payload": HONEST["payload"] + "="},
    "A43 payload in another script": HONEST | {"payload": "é"},
    "A43 signature with padding": swapped(0, HONEST["signatures"][0]["signature"] + "=="),
    "A43 signature with a line break": swapped(0, HONEST["signatures"][0]["signature"] + "\n"),
    "A43 protected header with padding": moved(
        protected=HONEST["signatures"][0]["protected"] + "="
    ),
}


@pytest.mark.parametrize("jws", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_altered_jws_is_unreadable(jws):
    with pytest.raises(UnreadableError):
        verify(jws, Typ.MESSAGE, JP_PAIRS)


@pytest.mark.parametrize("typ", [typ for typ in Typ if typ is not Typ.MESSAGE])
def test_a_message_is_accepted_as_no_other_kind(typ):
    with pytest.raises(UnreadableError):
        verify(HONEST, typ, JP_PAIRS)


def test_A43_a_payload_signed_in_another_spelling_is_unreadable():
    """Both signatures hold over this text, but it is not the one text of its value."""
    jws = forge(PAYLOAD + b"!", heads(), JP.keys)
    for loose in ("QQ==", "QR", "Q R"):
        texts = [f"{one['protected']}.{loose}".encode() for one in jws["signatures"]]
        signatures = [
            {"protected": one["protected"], "signature": base64url.encode(key.sign(text))}
            for one, key, text in zip(jws["signatures"], JP.keys, texts, strict=True)
        ]
        with pytest.raises(UnreadableError):
            verify({"payload": loose, "signatures": signatures}, Typ.MESSAGE, JP_PAIRS)


def test_A56_a_key_named_by_address_is_never_fetched(monkeypatch):
    opened = []
    monkeypatch.setattr(socket.socket, "connect", lambda *args: opened.append(args))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: opened.append(args))
    for name in ("jku", "x5u"):
        with pytest.raises(UnreadableError):
            verify(forged({name: "https://127.0.0.1:1/key"}), Typ.MESSAGE, JP_PAIRS)
    assert opened == []


def test_A52_a_look_up_that_returns_another_pair_does_not_help():
    with pytest.raises(UnreadableError):
        verify(HONEST, Typ.MESSAGE, lambda kids: VN.public)
    under_other_names = forge(PAYLOAD, heads(JP_NEXT), JP.keys)
    with pytest.raises(UnreadableError):
        verify(under_other_names, Typ.MESSAGE, lambda kids: JP.public)


@pytest.mark.parametrize("at", [0, 1], ids=["S1", "S2"])
def test_A65_a_bit_flipped_in_any_byte_of_a_signature_is_unreadable(at):
    raw = raw_signature(at)
    for where in range(len(raw)):
        flipped = bytearray(raw)
        flipped[where] ^= 1 << where % 8
        with pytest.raises(UnreadableError):
            verify(swapped(at, base64url.encode(bytes(flipped))), Typ.MESSAGE, JP_PAIRS)


def test_A65_a_bit_flipped_in_any_byte_of_the_payload_or_a_header_is_unreadable():
    targets = [PAYLOAD, *(base64url.decode(one["protected"]) for one in HONEST["signatures"])]
    for target, raw in enumerate(targets):
        for where in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[where // 8] ^= 1 << where % 8
            text = base64url.encode(bytes(flipped))
            if target == 0:
                jws = HONEST | {"payload": text}
            else:
                signatures = list(HONEST["signatures"])
                signatures[target - 1] = signatures[target - 1] | {"protected": text}
                jws = HONEST | {"signatures": signatures}
            with pytest.raises(UnreadableError):
                verify(jws, Typ.MESSAGE, JP_PAIRS)


def test_A70_the_payload_returned_is_decoded_from_the_very_text_that_was_signed():
    verified = verify(HONEST, Typ.MESSAGE, JP_PAIRS)
    assert base64url.encode(verified.payload) == HONEST["payload"]


def test_A82_the_table_of_suites_has_one_row_and_both_signatures_stand_in_it():
    assert list(SUITES) == [1]
    assert SUITES[1].signatures == ("Ed25519", "ML-DSA-65")


def test_pairs_are_found_by_both_names_in_order():
    pairs = among([JP.public])
    assert pairs(JP.kids) == JP.public
    assert pairs(JP.kids[::-1]) is None
