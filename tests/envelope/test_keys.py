"""Keys have one name, one JWK, and no room for a private member."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from gateway.envelope import (
    DecryptionKey,
    EncryptionKey,
    SigningPair,
    VerifyingPair,
    base64url,
    fingerprint,
)
from gateway.errors import MalformedError
from tests.envelope.samples import JP, JP_IDENTITY, KH, KH_KEY, seed


def test_a_pair_comes_back_from_its_seeds_and_its_jwks():
    assert SigningPair.from_seeds(*JP.seeds) == JP
    assert VerifyingPair.from_jwks(JP.public.jwks()) == JP.public
    assert JP.kids == JP.public.kids == tuple(jwk["kid"] for jwk in JP.public.jwks())


def test_an_encryption_key_comes_back_from_its_seed_and_its_jwk():
    assert DecryptionKey.from_seed(KH_KEY.seed) == KH_KEY
    assert EncryptionKey.from_jwk(KH_KEY.public.jwk()) == KH_KEY.public
    assert KH_KEY.kid == KH_KEY.public.kid == KH_KEY.public.jwk()["kid"]


def test_new_keys_differ():
    assert SigningPair.generate() != SigningPair.generate()
    assert DecryptionKey.generate() != DecryptionKey.generate()


def test_a_private_key_never_shows_itself():
    for key, secrets in ((JP, JP.seeds), (KH_KEY, (KH_KEY.seed,))):
        for secret in secrets:
            assert repr(secret) not in repr(key)
            assert base64url.encode(secret) not in repr(key)
            assert secret.hex() not in repr(key)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_of_another_length_is_refused(length):
    for make in (
        lambda raw: SigningPair.from_seeds(raw, seed("x")),
        lambda raw: SigningPair.from_seeds(seed("x"), raw),
        DecryptionKey.from_seed,
    ):
        with pytest.raises(MalformedError):
            make(b"s" * length)


def changed(at: int, **members):
    jwks = JP.public.jwks()
    jwks[at] |= members
    return jwks


PAIRS_REFUSED = {
    "no list": {},
    "one key": JP.public.jwks()[:1],
    "three keys": [*JP.public.jwks(), JP.public.jwks()[0]],
    "the wrong order": JP.public.jwks()[::-1],
    "twice the same": [JP.public.jwks()[0]] * 2,
    "A52 another algorithm": changed(0, alg="EdDSA"),
    "another curve": changed(0, crv="X25519"),
    "another kind": changed(1, kty="OKP"),
    "another use": changed(0, use="enc"),
    "another use of the second": changed(1, use="enc"),
    "a private member": changed(0, d=base64url.encode(JP.seeds[0])),
    "a private seed": changed(1, priv=base64url.encode(JP.seeds[1])),
    "A56 a certificate chain": changed(1, x5c=["MIIB"]),
    "the kid of another key": changed(0, kid=KH.kids[0]),
    "the kid of another second key": changed(1, kid=KH.kids[1]),
    "A133 a short Ed25519 key": changed(0, x=base64url.encode(b"k" * 31)),
    "A133 a short ML-DSA key": changed(1, pub=base64url.encode(b"k" * 1951)),
    "A133 a long ML-DSA key": changed(1, pub=base64url.encode(b"k" * 1953)),
    "A43 padding": changed(0, x=JP.public.jwks()[0]["x"] + "="),
    "a number as a key": changed(0, x=1),
    "null": changed(1, pub=None),
}


@pytest.mark.parametrize("jwks", PAIRS_REFUSED.values(), ids=PAIRS_REFUSED.keys())
def test_a_signing_pair_of_another_form_is_malformed(jwks):
    with pytest.raises(MalformedError):
        VerifyingPair.from_jwks(jwks)


RAW = KH_KEY.public.raw
LOW_ORDER = (
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
)


def with_raw(raw: bytes):
    return KH_KEY.public.jwk() | {"pub": base64url.encode(raw)}


KEYS_REFUSED = {
    "no object": [],
    "another algorithm": KH_KEY.public.jwk() | {"alg": "HPKE-9"},
    "another use": KH_KEY.public.jwk() | {"use": "sig"},
    "the kid of another key": KH_KEY.public.jwk() | {"kid": KH.kids[0]},
    "a kid of another form": KH_KEY.public.jwk() | {"kid": "key-1"},
    "a private member": KH_KEY.public.jwk() | {"priv": base64url.encode(KH_KEY.seed)},
    "A133 one byte short": with_raw(RAW[:-1]),
    "A133 one byte long": with_raw(RAW + b"\x00"),
    "A76 an ML-KEM coefficient out of range": with_raw(b"\xff\xff\xff" + RAW[3:]),
} | {
    f"A76 an X25519 share of low order {at}": with_raw(RAW[:-32] + share)
    for at, share in enumerate(LOW_ORDER)
}


@pytest.mark.parametrize("jwk", KEYS_REFUSED.values(), ids=KEYS_REFUSED.keys())
def test_an_encryption_key_of_another_form_is_malformed(jwk):
    with pytest.raises(MalformedError):
        EncryptionKey.from_jwk(jwk)


def test_a_valid_key_with_the_right_kid_is_refused_for_its_low_order_share_alone():
    """The library itself would take the bytes; only an exchange shows what they are."""
    X25519PublicKey.from_public_bytes(LOW_ORDER[2])
    with pytest.raises(MalformedError, match="not valid"):
        EncryptionKey(RAW[:-32] + LOW_ORDER[2])


def test_a_fingerprint_is_twelve_groups_of_five_digits_and_one_per_identity():
    text = fingerprint(JP_IDENTITY.public)
    assert re.fullmatch(r"[0-9]{5}( [0-9]{5}){11}", text)
    assert text != fingerprint(JP.public)
    assert text == fingerprint(VerifyingPair.from_jwks(JP_IDENTITY.public.jwks()))
