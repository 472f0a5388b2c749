"""Cards: whole, signed by the identity they carry, and of exactly one form."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    Environment,
    KeyValidity,
    Officer,
    Typ,
    base64url,
    digest,
    fingerprint,
    issue_card,
    limits,
    read_card,
    sign,
)
from gateway.errors import ExitCode, InvalidError, VerificationError
from tests.envelope.samples import (
    JP,
    JP_IDENTITY,
    KH,
    KH_IDENTITY,
    KH_KEY,
    VN,
    YEAR,
    card,
    certificate,
    forge,
    heads,
)

FIRST = issue_card(card(), KH_IDENTITY)
OFFICER = Officer(id="consent-1", capability="consent", pair=VN.public, validity=YEAR)
FULL = card(
    serial=2,
    previous=digest(FIRST),
    officers=(OFFICER,),
    message_pairs=(
        (KH.public, replace(YEAR, revoked_at="2026-06-01T00:00:00Z")),
        (JP.public, YEAR),
    ),
    certificates=(certificate("kh/molvt"), certificate("kh/molvt next")),
)
RAW = issue_card(FULL, KH_IDENTITY)
PAYLOAD = orjson.loads(base64url.decode(orjson.loads(RAW)["payload"]))


@pytest.mark.parametrize("whole", [card(), FULL])
def test_a_card_comes_back_from_its_bytes(whole):
    raw = issue_card(whole, KH_IDENTITY)
    assert read_card(raw) == whole
    assert read_card(raw, identity=KH_IDENTITY.public) == whole


def test_the_members_stand_in_the_order_of_the_protocol():
    names = (
        "suite node environment names organisations addresses identity message_pairs "
        "encryption_keys officers certificates suites serial previous not_before not_after"
    )
    assert " ".join(PAYLOAD) == names
    assert "null" not in orjson.dumps(PAYLOAD).decode()


def test_the_fingerprint_of_a_card_is_that_of_its_identity():
    assert fingerprint(read_card(RAW).identity) == fingerprint(KH_IDENTITY.public)


def signed(payload, pair=KH_IDENTITY, typ=Typ.CARD):
    raw = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return sign(raw, pair, typ).encode()


def test_a_member_that_is_not_known_is_ignored():
    assert read_card(signed(PAYLOAD | {"colour": "blue"})) == FULL


JWS = orjson.loads(RAW)

UNSIGNED = {
    "A131 signed by the message pair only": signed(PAYLOAD, pair=KH),
    "A131 signed by another identity": signed(PAYLOAD, pair=JP_IDENTITY),
    "A61 one signature": orjson.dumps(JWS | {"signatures": JWS["signatures"][:1]}),
    "A64 signatures of another card": orjson.dumps(
        JWS | {"signatures": orjson.loads(FIRST)["signatures"]}
    ),
    "another payload": orjson.dumps(JWS | {"payload": orjson.loads(FIRST)["payload"]}),
    "a message for a card": signed(PAYLOAD, typ=Typ.MESSAGE),
    "A56 the key in the header": orjson.dumps(
        forge(
            orjson.dumps(PAYLOAD),
            [
                one | {"jwk": jwk}
                for one, jwk in zip(
                    heads(KH_IDENTITY, Typ.CARD), KH_IDENTITY.public.jwks(), strict=True
                )
            ],
            KH_IDENTITY.keys,
        )
    ),
    "A49 alg none": orjson.dumps(
        forge(
            orjson.dumps(PAYLOAD),
            [one | {"alg": "none"} for one in heads(KH_IDENTITY, Typ.CARD)],
            KH_IDENTITY.keys,
        )
    ),
}


@pytest.mark.parametrize("identity", [None, KH_IDENTITY.public], ids=["claimed", "known"])
@pytest.mark.parametrize("raw", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_a_card_that_its_identity_did_not_sign_is_refused(raw, identity):
    with pytest.raises(VerificationError) as caught:
        read_card(raw, identity=identity)
    assert caught.value.exit_code is ExitCode.VERIFICATION_FAILED


def test_a_card_of_another_identity_is_refused_for_a_known_peer():
    """Somebody made a whole card of that name with keys of their own: it must not apply."""
    usurper = issue_card(replace(FULL, identity=JP_IDENTITY.public), JP_IDENTITY)
    assert read_card(usurper).node == FULL.node
    with pytest.raises(VerificationError):
        read_card(usurper, identity=KH_IDENTITY.public)


def test_a_card_signed_by_the_known_identity_cannot_introduce_another():
    payload = PAYLOAD | {"identity": JP_IDENTITY.public.jwks()}
    for identity in (None, KH_IDENTITY.public):
        with pytest.raises(VerificationError):
            read_card(signed(payload), identity=identity)


def key(**changes):
    return [PAYLOAD["encryption_keys"][0] | {"key": KH_KEY.public.jwk() | changes}]


def pair(at, **changes):
    jwks = KH.public.jwks()
    jwks[at] |= changes
    return [PAYLOAD["message_pairs"][0] | {"keys": jwks}]


RAW_KEY = KH_KEY.public.raw

WRONG = {
    "A133 a short encryption key": {"encryption_keys": key(pub=base64url.encode(RAW_KEY[:-1]))},
    "A133 ML-KEM coefficients out of range": {
        "encryption_keys": key(pub=base64url.encode(b"\xff\xff\xff" + RAW_KEY[3:]))
    },
    "A76 a low-order share": {
        "encryption_keys": key(pub=base64url.encode(RAW_KEY[:-32] + bytes(32)))
    },
    "A133 a short ML-DSA key": {"message_pairs": pair(1, pub=base64url.encode(b"k" * 1951))},
    "A133 a short Ed25519 key": {"message_pairs": pair(0, x=base64url.encode(b"k" * 31))},
    "a private encryption key": {"encryption_keys": key(priv=base64url.encode(KH_KEY.seed))},
    "a private signing key": {"message_pairs": pair(0, d=base64url.encode(KH.seeds[0]))},
    "a kid that is not the thumbprint": {"encryption_keys": key(kid=KH.kids[0])},
    "no message pair": {"message_pairs": []},
    "no encryption key": {"encryption_keys": []},
    "17 encryption keys": {"encryption_keys": PAYLOAD["encryption_keys"] * 9},
    "one key twice": {"encryption_keys": PAYLOAD["encryption_keys"][:1] * 2},
    "the identity as a message pair": {
        "message_pairs": [PAYLOAD["message_pairs"][0] | {"keys": KH_IDENTITY.public.jwks()}]
    },
    "an officer with the message pair": {
        "officers": [PAYLOAD["officers"][0] | {"keys": KH.public.jwks()}]
    },
    "no certificate": {"certificates": []},
    "three certificates": {"certificates": PAYLOAD["certificates"] + PAYLOAD["certificates"][:1]},
    "one certificate twice": {"certificates": PAYLOAD["certificates"][:1] * 2},
    "bytes that are no certificate": {"certificates": [{"der": "AAAA"}]},
    "no address": {"addresses": []},
    "plain HTTP": {"addresses": ["http://gateway.molvt.example:8443"]},
    "no port": {"addresses": ["https://gateway.molvt.example"]},
    "an address with a user": {"addresses": ["https://u@gateway.molvt.example:8443"]},
    "an address with a path": {"addresses": ["https://gateway.molvt.example:8443/x"]},
    "A46 a homoglyph in the node": {"node": "kh/mоlvt"},
    "another environment": {"environment": "staging"},
    "no English name": {"names": {"ja": "x"}},
    "a name of 201 characters": {"names": {"en": "x" * 201}},
    "a signatory by number": {
        "organisations": [{"id": "kh/molvt", "names": {"en": "x"}, "signatory": 1}]
    },
    "A82 another suite": {"suite": 2},
    "no suite offered": {"suites": []},
    "a suite that is true": {"suites": [True]},
    "serial zero": {"serial": 0},
    "a second card without previous": {"previous": None},
    "a first card with previous": {"serial": 1},
    "A94 not_after as a number": {"not_after": 1798761599},
    "validity that ends before it begins": {"not_after": "2025-01-01T00:00:00Z"},
    "a key's validity that ends before it begins": {
        "encryption_keys": [PAYLOAD["encryption_keys"][0] | {"not_after": "2025-01-01T00:00:00Z"}]
    },
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_signed_card_of_another_form_is_refused(changes):
    with pytest.raises(VerificationError):
        read_card(signed(PAYLOAD | changes))


@pytest.mark.parametrize("name", [name for name in PAYLOAD if name != "previous"])
def test_A41_a_card_that_lacks_a_member_is_refused_and_says_which(name):
    payload = {k: v for k, v in PAYLOAD.items() if k != name}
    with pytest.raises(VerificationError) as caught:
        read_card(signed(payload), identity=KH_IDENTITY.public)
    assert [problem.where for problem in caught.value.problems] == [f"/{name}"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        RAW[:-1],
        RAW[:-1] + b',"payload":""}',
        orjson.dumps(JWS | {"payload": 1}),
        orjson.dumps(JWS | {"payload": "!"}),
        signed(b"[]"),
        signed(b"{}"),
        b'{"payload":"' + b"A" * limits.CARD + b'"}',
    ],
    ids=range(10),
)
def test_bytes_that_are_no_card_are_refused(raw):
    with pytest.raises(VerificationError):
        read_card(raw)


def test_A74_a_bit_flipped_anywhere_in_a_card_is_refused():
    for at in range(0, len(RAW), 3):
        altered = bytearray(RAW)
        altered[at] ^= 1 << at % 8
        with pytest.raises(VerificationError):
            read_card(bytes(altered))


@pytest.mark.parametrize(
    "changes",
    [
        {"serial": 2},
        {"node": "KH"},
        {"certificates": (b"no certificate",)},
        {"message_pairs": ()},
        {"identity": JP_IDENTITY.public},
        {"encryption_keys": ((KH_KEY.public, YEAR),) * 2},
    ],
)
def test_a_card_that_peers_would_refuse_is_not_issued(changes):
    with pytest.raises(InvalidError):
        issue_card(card(**changes), KH_IDENTITY)


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        ("2025-12-31T23:59:59Z", False),
        ("2026-01-01T00:00:00Z", True),
        ("2026-05-31T23:59:59Z", True),
        ("2026-06-01T00:00:00Z", False),
        ("2027-01-01T00:00:00Z", False),
    ],
)
def test_a_key_counts_from_its_first_second_until_it_is_revoked(at, valid):
    assert FULL.message_pairs[0][1].is_valid_at(at) is valid


def test_a_key_counts_to_its_last_second():
    validity = KeyValidity(not_before="2026-01-01T00:00:00Z", not_after="2026-12-31T23:59:59Z")
    assert validity.is_valid_at("2026-12-31T23:59:59Z")
    assert not validity.is_valid_at("2027-01-01T00:00:00Z")


def test_the_environment_of_a_card_is_a_kind():
    assert read_card(RAW).environment is Environment.TEST
