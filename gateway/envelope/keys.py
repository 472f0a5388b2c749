"""Keys: signing pairs, encryption keys, their JWKs and their thumbprints.

A JWK (RFC 7517; RFC 8037 for `OKP`, RFC 9964 for `AKP`) has exactly the members written here,
and its `kid` is its RFC 7638 thumbprint, so one key has one name. The library's key objects are
made once and kept, because making them costs as much as using them.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from gateway.envelope import base64url
from gateway.envelope.encryption import expand_seed
from gateway.envelope.forms import HASH, Members
from gateway.errors import MalformedError

SEED_LENGTH: Final = 32
ED25519_LENGTH: Final = 32
ML_DSA_65_LENGTH: Final = 1952
ML_KEM_768_LENGTH: Final = 1184
X25519_LENGTH: Final = 32

# Any fixed scalar shows a point of low order: the shared secret comes out as zero.
_PROBE: Final = X25519PrivateKey.from_private_bytes(b"\x01" * 32)


@dataclass(frozen=True, slots=True)
class VerifyingPair:
    """The public half of a signing pair: an Ed25519 key and an ML-DSA-65 key, used together.

    Raises:
        MalformedError: A key has the wrong length or is none.
    """

    ed25519: bytes
    ml_dsa_65: bytes
    kids: tuple[str, str] = field(init=False, compare=False)
    keys: tuple[Ed25519PublicKey, MLDSA65PublicKey] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            keys = (
                Ed25519PublicKey.from_public_bytes(self.ed25519),
                MLDSA65PublicKey.from_public_bytes(self.ml_dsa_65),
            )
        except ValueError:
            raise MalformedError("a public signing key is not valid") from None
        kids = (
            _thumbprint(_okp(self.ed25519)),
            _thumbprint(_akp("ML-DSA-65", self.ml_dsa_65)),
        )
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "kids", kids)

    def jwks(self) -> list[dict[str, str]]:
        """Return the two JWKs, Ed25519 first."""
        return [
            _okp(self.ed25519) | {"alg": "Ed25519", "use": "sig", "kid": self.kids[0]},
            _akp("ML-DSA-65", self.ml_dsa_65) | {"use": "sig", "kid": self.kids[1]},
        ]

    @classmethod
    def from_jwks(cls, jwks: Any) -> "VerifyingPair":
        """Read the two JWKs of a pair.

        Raises:
            MalformedError: Not exactly these two keys in this order, another `use`, a `kid` that
                is not the thumbprint, or any further member: a private key must not get this far.
        """
        if type(jwks) is not list or len(jwks) != 2:
            raise MalformedError("a signing pair is not a list of two keys")
        classic, modern = Members(jwks[0], "/0"), Members(jwks[1], "/1")
        classic.only("kty", "crv", "x", "alg", "use", "kid")
        classic.constant("kty", "OKP")
        classic.constant("crv", "Ed25519")
        classic.constant("alg", "Ed25519")
        ed25519 = classic.raw("x", least=ED25519_LENGTH, most=ED25519_LENGTH)
        ml_dsa_65 = _read_akp(modern, "ML-DSA-65", "sig", length=ML_DSA_65_LENGTH)
        pair = cls(ed25519, ml_dsa_65)
        classic.constant("use", "sig")
        classic.constant("kid", pair.kids[0])
        modern.constant("kid", pair.kids[1])
        return pair


# Finds the pair that owns both kids, in order; None where no single known pair does.
Pairs: TypeAlias = Callable[[tuple[str, str]], VerifyingPair | None]


def among(pairs: Sequence[VerifyingPair]) -> Pairs:
    """Return a look-up that knows just these pairs."""
    return {pair.kids: pair for pair in pairs}.get


@dataclass(frozen=True, slots=True)
class SigningPair:
    """Both private keys of a pair, as seeds; two pairs are equal when their public halves are."""

    seeds: tuple[bytes, bytes] = field(repr=False, compare=False)
    public: VerifyingPair = field(init=False)
    keys: tuple[Ed25519PrivateKey, MLDSA65PrivateKey] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        classic = Ed25519PrivateKey.from_private_bytes(self.seeds[0])
        modern = MLDSA65PrivateKey.from_seed_bytes(self.seeds[1])
        public = VerifyingPair(
            classic.public_key().public_bytes_raw(), modern.public_key().public_bytes_raw()
        )
        object.__setattr__(self, "keys", (classic, modern))
        object.__setattr__(self, "public", public)

    @property
    def kids(self) -> tuple[str, str]:
        """The names of both keys, Ed25519 first."""
        return self.public.kids

    @classmethod
    def generate(cls) -> "SigningPair":
        """Make a pair from the system's randomness."""
        return cls((os.urandom(SEED_LENGTH), os.urandom(SEED_LENGTH)))

    @classmethod
    def from_seeds(cls, ed25519: bytes, ml_dsa_65: bytes) -> "SigningPair":
        """Make the pair that belongs to two 32-byte seeds.

        Raises:
            MalformedError: A seed has another length.
        """
        if len(ed25519) != SEED_LENGTH or len(ml_dsa_65) != SEED_LENGTH:
            raise MalformedError("a signing seed is not 32 bytes long")
        return cls((ed25519, ml_dsa_65))


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A public MLKEM768-X25519 key: 1184 bytes ML-KEM-768, then 32 bytes X25519.

    Raises:
        MalformedError: Wrong length, ML-KEM coefficients out of range, or an X25519 point of low
            order, which would make half of the key worthless.
    """

    raw: bytes
    kid: str = field(init=False, compare=False)
    key: hpke.MLKEM768X25519PublicKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            share = X25519PublicKey.from_public_bytes(self.raw[ML_KEM_768_LENGTH:])
            _PROBE.exchange(share)
            key = hpke.MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(self.raw[:ML_KEM_768_LENGTH]), share
            )
        except ValueError:
            raise MalformedError("a public encryption key is not valid") from None
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "kid", _thumbprint(_akp("HPKE-9-KE", self.raw)))

    def jwk(self) -> dict[str, str]:
        """Return the JWK (`AKP`, `use` enc)."""
        return _akp("HPKE-9-KE", self.raw) | {"use": "enc", "kid": self.kid}

    @classmethod
    def from_jwk(cls, jwk: Any) -> "EncryptionKey":
        """Read a JWK.

        Raises:
            MalformedError: Another algorithm or `use`, a key that is not valid, a `kid` that is
                not the thumbprint, or any further member.
        """
        members = Members(jwk)
        length = ML_KEM_768_LENGTH + X25519_LENGTH
        key = cls(_read_akp(members, "HPKE-9-KE", "enc", length=length))
        members.constant("kid", key.kid)
        return key


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """A private MLKEM768-X25519 key, kept as the 32-byte seed that both halves grow from."""

    seed: bytes = field(repr=False, compare=False)
    public: EncryptionKey = field(init=False)
    key: hpke.MLKEM768X25519PrivateKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kem, share = expand_seed(self.seed)
        raw = kem.public_key().public_bytes_raw() + share.public_key().public_bytes_raw()
        object.__setattr__(self, "key", hpke.MLKEM768X25519PrivateKey(kem, share))
        object.__setattr__(self, "public", EncryptionKey(raw))

    @property
    def kid(self) -> str:
        """The name under which senders find this key."""
        return self.public.kid

    @classmethod
    def generate(cls) -> "DecryptionKey":
        """Make a key from the system's randomness."""
        return cls(os.urandom(SEED_LENGTH))

    @classmethod
    def from_seed(cls, seed: bytes) -> "DecryptionKey":
        """Make the key that belongs to a 32-byte seed.

        Raises:
            MalformedError: The seed has another length.
        """
        if len(seed) != SEED_LENGTH:
            raise MalformedError("an encryption seed is not 32 bytes long")
        return cls(seed)


def fingerprint(identity: VerifyingPair) -> str:
    """Return the 60 digits that two officers compare over a telephone, in 12 groups of five."""
    hashed = hashlib.sha256(".".join(identity.kids).encode("ascii")).digest()
    digits = f"{int.from_bytes(hashed, 'big') % 10**60:060d}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def _okp(raw: bytes) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw)}


def _akp(algorithm: str, raw: bytes) -> dict[str, str]:
    return {"kty": "AKP", "alg": algorithm, "pub": base64url.encode(raw)}


def _thumbprint(required: dict[str, str]) -> str:
    """Hash the required members in lexical order (RFC 7638 §3; RFC 9964 for `AKP`)."""
    text = orjson.dumps(required, option=orjson.OPT_SORT_KEYS)
    return base64url.encode(hashlib.sha256(text).digest())


def _read_akp(members: Members, algorithm: str, use: str, *, length: int) -> bytes:
    members.only("kty", "alg", "pub", "use", "kid")
    members.constant("kty", "AKP")
    members.constant("alg", algorithm)
    members.constant("use", use)
    members.text("kid", HASH)
    return members.raw("pub", least=length, most=length)
