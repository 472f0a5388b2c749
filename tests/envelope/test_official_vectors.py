"""The standards' own examples pass through the functions that the envelopes use.

`GATEWAY_VECTORS` names the folder; without it, `../shared/vectors` beside the project is tried.
"""

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from gateway.envelope import DecryptionKey, VerifyingPair, base64url, encryption
from gateway.envelope.encryption import Wrapped
from gateway.envelope.jws import check_signature
from gateway.errors import UnreadableError


def official(name, root):
    named = os.environ.get("GATEWAY_VECTORS")
    folder = Path(named) if named else root.parent / "shared" / "vectors"
    path = folder / name
    if not path.is_file():
        pytest.skip(
            f"the official vectors are not at {path}: set GATEWAY_VECTORS to the folder that "
            "holds jwe-HPKE-9.json and jws-ML-DSA-65.json"
        )
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def jwe(root):
    vectors = official("jwe-HPKE-9.json", root)
    (vector,) = [one for one in vectors if one["alg"] == "HPKE-9-KE"]
    return vector


def parts(serialised):
    """Return what `encryption` needs to open a flattened JWE, as bytes."""
    header = json.loads(base64url.decode(serialised["protected"]))
    aad = serialised["protected"]
    if "aad" in serialised:
        aad += "." + serialised["aad"]
    raw = {name: base64url.decode(serialised[name]) for name in ("iv", "ciphertext", "tag")}
    encrypted_key = base64url.decode(serialised["encrypted_key"])
    wrapped = Wrapped(ek=base64url.decode(header["ek"]), encrypted_key=encrypted_key)
    return wrapped, raw["ciphertext"] + raw["tag"], raw["iv"], aad.encode()


def flattened(compact):
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    return dict(zip(names, compact.split("."), strict=True))


def test_the_seed_of_the_draft_expands_to_its_public_key_and_its_name(jwe):
    key = DecryptionKey.from_seed(base64url.decode(jwe["jwk"]["priv"]))
    assert base64url.encode(key.public.raw) == jwe["jwk"]["pub"]
    assert key.kid == jwe["jwk"]["kid"]


@pytest.mark.parametrize("form", ["flattened", "compact"])
def test_the_envelope_of_the_draft_opens(jwe, form):
    serialised = jwe["flattened"] if form == "flattened" else flattened(jwe["compact"])
    wrapped, sealed, iv, aad = parts(serialised)
    key = DecryptionKey.from_seed(base64url.decode(jwe["jwk"]["priv"]))
    text = encryption.decrypt(sealed, encryption.unwrap(wrapped, key.key), iv=iv, aad=aad)
    assert text.decode("utf-8").startswith("You can trust us to stick with you")


def test_the_envelope_of_the_draft_does_not_open_with_another_header(jwe):
    wrapped, sealed, iv, aad = parts(jwe["flattened"])
    key = DecryptionKey.from_seed(base64url.decode(jwe["jwk"]["priv"]))
    content_key = encryption.unwrap(wrapped, key.key)
    with pytest.raises(UnreadableError):
        encryption.decrypt(sealed, content_key, iv=iv, aad=aad + b"A")


@pytest.fixture
def jws(root):
    return official("jws-ML-DSA-65.json", root)


def test_the_signature_of_the_standard_verifies_and_an_altered_one_does_not(jws):
    key = MLDSA65PrivateKey.from_seed_bytes(base64url.decode(jws["jwk"]["priv"])).public_key()
    assert key.public_bytes_raw().hex() == jws["raw_public_key"]
    protected, payload, signature = jws["jws"].split(".")
    signing_input = f"{protected}.{payload}".encode()
    assert signing_input.hex() == jws["raw_to_be_signed"]
    raw = base64url.decode(signature)
    check_signature("ML-DSA-65", key, signing_input, raw)
    for altered in (raw[:-1], raw[:-1] + b"\xff", bytes([raw[0] ^ 1]) + raw[1:]):
        with pytest.raises(UnreadableError):
            check_signature("ML-DSA-65", key, signing_input, altered)


def test_the_key_of_the_standard_has_the_name_that_we_would_give_it(jws):
    pair = VerifyingPair(bytes([9]) + bytes(31), base64url.decode(jws["jwk"]["pub"]))
    assert pair.kids[1] == jws["jwk"]["kid"]
