"""Fixed keys and honest objects that the tests of the wire alter, one thing at a time."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from gateway.envelope import (
    Card,
    DecryptionKey,
    Environment,
    Header,
    KeyValidity,
    Organisation,
    Outer,
    SignedMessage,
    SigningPair,
    Typ,
    among,
    base64url,
    content_text,
    digest,
    encryption,
    match,
    parse_header,
    read_envelope,
    sign_message,
    times,
    unseal,
)
from gateway.envelope.padding import pad
from gateway.errors import UnknownKeyError

ID = "01980000-0000-7000-8000-000000000001"
OTHER_ID = "01980000-0000-7000-8000-000000000002"
CREATED = "2026-01-05T08:00:00Z"
EXPIRES = "2026-02-04T08:00:00Z"


def seed(name: str) -> bytes:
    """Return 32 bytes that anybody can compute again from the name of a key."""
    return hashlib.sha256(f"gateway test key: {name}".encode()).digest()


def signing_pair(name: str) -> SigningPair:
    return SigningPair.from_seeds(seed(f"{name} ed25519"), seed(f"{name} ml-dsa-65"))


JP_IDENTITY = signing_pair("jp identity")
JP = signing_pair("jp message 1")
JP_NEXT = signing_pair("jp message 2")
VN = signing_pair("vn message 1")
KH_IDENTITY = signing_pair("kh identity")
KH = signing_pair("kh message 1")
KH_OFFICER = signing_pair("kh officer 1")
KH_OFFICER_2 = signing_pair("kh officer 2")
JP_OFFICER = signing_pair("jp officer 1")
KH_KEY = DecryptionKey.from_seed(seed("kh encryption 1"))
KH_NEXT_KEY = DecryptionKey.from_seed(seed("kh encryption 2"))
JP_KEY = DecryptionKey.from_seed(seed("jp encryption 1"))

# What the Cambodian node knows: its own private keys, and Japan's two message pairs.
OWN_KEYS = {key.kid: key for key in (KH_KEY, KH_NEXT_KEY)}
JP_PAIRS = among([JP.public, JP_NEXT.public])


def certificate(name: str) -> bytes:
    """Return the DER of a self-signed certificate that is the same each time it is made."""
    key = Ed25519PrivateKey.from_private_bytes(seed(f"{name} tls"))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} 00000001")])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, None)
    )
    return built.public_bytes(serialization.Encoding.DER)


YEAR = KeyValidity(not_before="2026-01-01T00:00:00Z", not_after="2026-12-31T23:59:59Z")
QUARTER = KeyValidity(not_before="2026-01-01T00:00:00Z", not_after="2026-03-31T23:59:59Z")


def card(**changes: Any) -> Card:
    """Return the first card of the Cambodian node."""
    members: dict[str, Any] = {
        "node": "kh/molvt",
        "environment": Environment.TEST,
        "names": {
            "en": "Ministry of Labour and Vocational Training",
            "ja": "労働職業訓練省",
            "km": "ក្រសួងការងារ និងបណ្តុះបណ្តាលវិជ្ជាជីវៈ",
        },
        "organisations": (Organisation(id="kh/molvt", names={"en": "MoLVT"}, is_signatory=True),),
        "addresses": ("https://gateway.molvt.example:8443",),
        "identity": KH_IDENTITY.public,
        "message_pairs": ((KH.public, YEAR),),
        "encryption_keys": ((KH_KEY.public, QUARTER), (KH_NEXT_KEY.public, QUARTER)),
        "certificates": (certificate("kh/molvt"),),
        "serial": 1,
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2026-12-31T23:59:59Z",
    }
    return Card(**(members | changes))


SALT = seed("salt")
BODY = {"subject": "Registration certificate", "question": "Is this certificate valid?"}
MARKING = {"scheme": "moc-ssw/1", "level": "confidential", "originator": "jp/isa"}


def content() -> str:
    return content_text(BODY, salt=SALT)


def header(**changes: Any) -> Header:
    members: dict[str, Any] = {
        "profile": "moc-ssw/kh-jp/2019",
        "environment": Environment.TEST,
        "id": ID,
        "type": "inquiry.request",
        "from_": "jp/isa",
        "to": "kh/molvt",
        "created": CREATED,
        "expires": EXPIRES,
        "thread": ID,
        "reference": "JP-2026-000001",
        "clauses": ("5(7)",),
        "marking": MARKING,
        "content_digest": digest(content().encode()),
        "body_schema": {"id": "urn:moc-ssw:inquiry.request:1", "digest": digest(b"schema")},
    }
    return Header(**(members | changes))


def message(pair: SigningPair = JP, **changes: Any) -> SignedMessage:
    return sign_message(header(**changes), content(), pair)


def protected_members(key: DecryptionKey = KH_KEY, **changes: Any) -> dict[str, Any]:
    """Return the outer header of the honest message, without its encapsulated key."""
    return {
        "typ": "moc-envelope+jwe",
        "alg": "HPKE-9-KE",
        "enc": "A256GCM",
        "kid": key.kid,
        "ek": "",
        "suite": 1,
        "jti": ID,
        "iss": "jp/isa",
        "aud": "kh/molvt",
        "exp": times.parse(EXPIRES),
    } | changes


def plaintext(jws: str, text: str) -> bytes:
    return b'{"signed":%b,"content":%b}' % (jws.encode(), orjson.dumps(text))


def close(
    text: bytes,
    *,
    key: DecryptionKey = KH_KEY,
    edit: Callable[[dict[str, Any]], Any] = lambda members: None,
    padding: Callable[[bytes], bytes] = pad,
) -> bytes:
    """Seal any text under any outer header, as an attacker who knows the public key can.

    `edit` changes the protected header's members in place, or returns the bytes to use instead.
    """
    content_key = encryption.new_content_key()
    wrapped = encryption.wrap(content_key, key.public.key)
    members = protected_members(key) | {"ek": base64url.encode(wrapped.ek)}
    replaced = edit(members)
    raw = replaced if isinstance(replaced, bytes) else orjson.dumps(members)
    protected = base64url.encode(raw)
    iv, sealed = encryption.encrypt(padding(text), content_key, aad=protected.encode())
    return orjson.dumps(
        {
            "protected": protected,
            "encrypted_key": base64url.encode(wrapped.encrypted_key),
            "iv": base64url.encode(iv),
            "ciphertext": base64url.encode(sealed[:-16]),
            "tag": base64url.encode(sealed[-16:]),
        }
    )


def honest() -> bytes:
    """Return an envelope from Japan to Cambodia that must be accepted."""
    return close(plaintext(message().jws, content()))


def accept(raw: bytes) -> Header:
    """Take an envelope as the Cambodian node's arrival does, up to the comparison of the cover."""
    outer = read_envelope(raw)
    key = OWN_KEYS.get(outer.kid)
    if key is None:
        raise UnknownKeyError("no such key here")
    opened = unseal(outer, key, JP_PAIRS)
    inner = parse_header(opened.payload)
    match(outer, inner)
    return inner


def forge(
    payload: bytes,
    protected: Sequence[Mapping[str, Any] | bytes],
    keys: Sequence[Any],
) -> dict[str, Any]:
    """Sign with any protected headers and any private keys, in any number."""
    text = base64url.encode(payload)
    signatures = []
    for members, key in zip(protected, keys, strict=True):
        raw = members if isinstance(members, bytes) else orjson.dumps(members)
        head = base64url.encode(raw)
        signature = key.sign(f"{head}.{text}".encode())
        signatures.append({"protected": head, "signature": base64url.encode(signature)})
    return {"payload": text, "signatures": signatures}


def heads(pair: SigningPair = JP, typ: Typ = Typ.MESSAGE) -> list[dict[str, Any]]:
    """Return the two protected headers that a pair must write."""
    return [
        {"alg": algorithm, "kid": kid, "typ": typ.value}
        for algorithm, kid in zip(("Ed25519", "ML-DSA-65"), pair.kids, strict=True)
    ]


def with_sealed(outer: Outer, content_key: bytes, text: bytes) -> bytes:
    """Close another text under an envelope's own content key, nonce and header."""
    return encryption.AESGCM(content_key).encrypt(outer.iv, pad(text), outer.aad)
