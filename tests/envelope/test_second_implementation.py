"""jwcrypto, written by others, reads what we write.

It knows `Ed25519` and `ML-DSA-65`, so both signatures of a message are verified by it. It does
not know `HPKE-9-KE`: of an envelope it is given the content key and opens everything else (the
framing, the AAD, the ciphertext) through its own hook for key management.
"""

import json

import orjson
import pytest
from jwcrypto import jwa, jwe, jwk, jws
from jwcrypto.common import json_encode

from gateway.envelope import Typ, base64url, encryption, read_envelope, seal, verify
from gateway.envelope.padding import unpad
from gateway.errors import UnreadableError
from tests.envelope.samples import JP, JP_PAIRS, KH_KEY, message, plaintext

MESSAGE = message()


def public(at):
    return jwk.JWK(**JP.public.jwks()[at])


@pytest.mark.parametrize("at", [0, 1], ids=["Ed25519", "ML-DSA-65"])
def test_a_second_implementation_verifies_each_signature_of_a_message(at):
    token = jws.JWS()
    token.allowed_algs = ["Ed25519", "ML-DSA-65"]
    token.deserialize(MESSAGE.jws)
    token.verify(public(at))
    assert token.objects["payload"] == MESSAGE.header.payload()


@pytest.mark.parametrize("at", [0, 1], ids=["Ed25519", "ML-DSA-65"])
def test_a_second_implementation_refuses_an_altered_message(at):
    altered = orjson.loads(MESSAGE.jws)
    altered["payload"] = altered["payload"][:-4] + "AAAA"
    token = jws.JWS()
    token.allowed_algs = ["Ed25519", "ML-DSA-65"]
    token.deserialize(json.dumps(altered))
    with pytest.raises(jws.InvalidJWSSignature):
        token.verify(public(at))


@pytest.mark.parametrize("at", [0, 1], ids=["Ed25519", "ML-DSA-65"])
def test_a_second_implementation_gives_our_keys_the_same_names(at):
    members = {k: v for k, v in JP.public.jwks()[at].items() if k != "kid"}
    assert jwk.JWK(**members).thumbprint() == JP.kids[at]


def test_we_verify_what_a_second_implementation_signed():
    token = jws.JWS(b'{"from":"jwcrypto"}')
    token.allowed_algs = ["Ed25519", "ML-DSA-65"]
    private = (
        jwk.JWK(**JP.public.jwks()[0], d=base64url.encode(JP.seeds[0])),
        jwk.JWK(**JP.public.jwks()[1], priv=base64url.encode(JP.seeds[1])),
    )
    for key, kid, algorithm in zip(private, JP.kids, ("Ed25519", "ML-DSA-65"), strict=True):
        header = json_encode({"alg": algorithm, "kid": kid, "typ": Typ.MESSAGE.value})
        token.add_signature(key, alg=algorithm, protected=header)
    written = json.loads(token.serialize())
    assert verify(written, Typ.MESSAGE, JP_PAIRS).payload == b'{"from":"jwcrypto"}'
    with pytest.raises(UnreadableError):
        verify(written, Typ.RECEIPT, JP_PAIRS)


def already_open(content_key):
    """Return a key management algorithm that hands jwcrypto this content key."""

    class AlreadyOpen(jwa._RawKeyMgmt, jwa.JWAAlgorithm):
        name = "HPKE-9-KE"
        description = "a content key that HPKE has opened"
        keysize = 256
        algorithm_usage_location = "alg"
        algorithm_use = "kex"
        status = None
        deprecated_by = None

        def wrap(self, key, bitsize, cek, headers):
            raise NotImplementedError

        def unwrap(self, key, bitsize, ek, headers):
            return content_key

    return AlreadyOpen


def test_a_second_implementation_opens_an_envelope_with_the_content_key(monkeypatch):
    envelope = seal(MESSAGE, KH_KEY.public).envelope
    content_key = encryption.unwrap(read_envelope(envelope).wrapped, KH_KEY.key)
    monkeypatch.setitem(jwa.JWA.algorithms_registry, "HPKE-9-KE", already_open(content_key))
    token = jwe.JWE(algs=["HPKE-9-KE", "A256GCM"])
    token.deserialize(envelope.decode())
    token.decrypt(jwk.JWK(kty="oct", k=base64url.encode(content_key)))
    assert unpad(token.payload) == plaintext(MESSAGE.jws, MESSAGE.content)
