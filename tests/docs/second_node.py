"""A second implementation of the wire, written from `docs/protocol.md` alone.

It imports nothing of the gateway. What it needs is a JSON library, SHA-2, SHA-3, and the primitives
Ed25519, ML-DSA-65, ML-KEM-768, X25519 and AES-GCM. The numbers are those of the page's sections.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

INFO = b"JOSE-HPKE rcpt\xffA256GCM\xff"


def encode(raw):
    """1.2: base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text):
    """1.2, the other way."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest(raw):
    """1.2: a digest."""
    return "sha-256:" + encode(hashlib.sha256(raw).digest())


def compact(value):
    """1.1: any JSON text will do; this one has no white space."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def thumbprint(members):
    """2.1: the name of a key."""
    return encode(hashlib.sha256(compact(dict(sorted(members.items())))).digest())


def control_thread(one, other):
    """6.2: the thread that two nodes share."""
    raw = bytearray(hashlib.sha256("\n".join(sorted((one, other))).encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass
class Signer:
    """2.1, 3: a pair from its two seeds."""

    ed25519: bytes
    ml_dsa_65: bytes

    def kids(self):
        """Return both names, Ed25519 first."""
        classic, modern = self._keys()
        public = [encode(key.public_key().public_bytes_raw()) for key in (classic, modern)]
        return (
            thumbprint({"crv": "Ed25519", "kty": "OKP", "x": public[0]}),
            thumbprint({"alg": "ML-DSA-65", "kty": "AKP", "pub": public[1]}),
        )

    def sign(self, payload, typ):
        """Return the JWS as a value."""
        text, signatures = encode(payload), []
        for algorithm, key, kid in zip(
            ("Ed25519", "ML-DSA-65"), self._keys(), self.kids(), strict=True
        ):
            protected = encode(compact({"alg": algorithm, "kid": kid, "typ": typ}))
            signature = encode(key.sign(f"{protected}.{text}".encode()))
            signatures.append({"protected": protected, "signature": signature})
        return {"payload": text, "signatures": signatures}

    def _keys(self):
        return (
            Ed25519PrivateKey.from_private_bytes(self.ed25519),
            MLDSA65PrivateKey.from_seed_bytes(self.ml_dsa_65),
        )


def verify(jws, typ, jwks):
    """3: return the payload once both signatures hold."""
    keys = (
        Ed25519PublicKey.from_public_bytes(decode(jwks[0]["x"])),
        MLDSA65PublicKey.from_public_bytes(decode(jwks[1]["pub"])),
    )
    assert jws.keys() == {"payload", "signatures"}
    for one, key, jwk in zip(jws["signatures"], keys, jwks, strict=True):
        expected = {"alg": jwk["alg"], "kid": jwk["kid"], "typ": typ}
        assert json.loads(decode(one["protected"])) == expected
        key.verify(decode(one["signature"]), f"{one['protected']}.{jws['payload']}".encode())
    return decode(jws["payload"])


def read_card(raw):
    """12: return the payload of a card that verifies with the identity it carries."""
    jws = json.loads(raw)
    claimed = json.loads(decode(jws["payload"]))["identity"]
    return json.loads(verify(jws, "moc-card+jws", claimed))


def fingerprint(card):
    """12.2: what people compare."""
    kids = ".".join(jwk["kid"] for jwk in card["identity"])
    number = int.from_bytes(hashlib.sha256(kids.encode()).digest(), "big") % 10**60
    digits = f"{number:060d}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def pad(text):
    """4.2: spaces up to the step."""
    length = len(text)
    step = 4096 if length <= 32768 else 2 ** ((length - 1).bit_length() - 4)
    return text + b" " * (-length % step)


def encapsulate(public, content_key):
    """2.3: close a content key to a public key of 1216 bytes."""

    def lp(raw):
        return len(raw).to_bytes(2, "big") + raw

    ss_m, ct_m = MLKEM768PublicKey.from_public_bytes(public[:1184]).encapsulate()
    pk_x, ephemeral = public[1184:], X25519PrivateKey.generate()
    ct_x = ephemeral.public_key().public_bytes_raw()
    ss_x = ephemeral.exchange(X25519PublicKey.from_public_bytes(pk_x))
    secret = hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + b"\\.//^\\").digest()
    labelled = b"HPKE-v1" + b"HPKE" + bytes.fromhex("647a00110002") + lp(b"secret")
    context = bytes.fromhex("006c00") + lp(b"") + lp(INFO)
    derived = hashlib.shake_256(lp(b"") + lp(secret) + labelled + context).digest(108)
    return ct_m + ct_x, AESGCM(derived[:32]).encrypt(derived[32:44], content_key, b"")


def seal(header, jws, content, jwk, seconds):
    """4: return the envelope of a signed message."""
    content_key, iv = os.urandom(32), os.urandom(12)
    ek, encrypted_key = encapsulate(decode(jwk["pub"]), content_key)
    cover = {
        "typ": "moc-envelope+jwe",
        "alg": "HPKE-9-KE",
        "enc": "A256GCM",
        "kid": jwk["kid"],
        "ek": encode(ek),
        "suite": 1,
        "jti": header["id"],
        "iss": header["from"],
        "aud": header["to"],
        "exp": seconds,
    }
    protected = encode(compact(cover))
    text = compact({"signed": jws, "content": content.decode()})
    sealed = AESGCM(content_key).encrypt(iv, pad(text), protected.encode())
    return compact(
        {
            "protected": protected,
            "encrypted_key": encode(encrypted_key),
            "iv": encode(iv),
            "ciphertext": encode(sealed[:-16]),
            "tag": encode(sealed[-16:]),
        }
    )


def believed(answer, card, header, header_digest, envelope):
    """9.4: return the entry that an answer proves about an envelope, with its exact text."""
    body = json.loads(answer)
    pair = card["message_pairs"][0]["keys"]
    signed = json.loads(verify(body["receipt"], "moc-receipt+jws", pair))
    assert (signed["from"], signed["to"], signed["suite"]) == (header["to"], header["from"], 1)
    assert signed["environment"] == header["environment"]
    (text,) = [one for one in body["entries"] if json.loads(one)["id"] == header["id"]]
    assert digest(text.encode()) in signed["entries"]
    entry = json.loads(text)
    assert entry["envelope_digest"] == digest(envelope)
    assert entry["header_digest"] == header_digest
    return entry, text
