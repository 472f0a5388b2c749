"""Suite 1's encryption: HPKE wraps a fresh content key, AES-256-GCM closes the text.

draft-ietf-jose-hpke-encrypt §6 (key encryption) and RFC 7516. The functions take bytes, so the
drafts' official vectors pass through exactly what the envelopes use.
"""

import hashlib
import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.envelope.suites import CURRENT, SUITES
from gateway.errors import UnreadableError

IV_LENGTH: Final = 12
TAG_LENGTH: Final = 16

_SUITE: Final = SUITES[CURRENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A content key closed to one recipient: the KEM's ciphertext and the encrypted key."""

    ek: bytes
    encrypted_key: bytes


def expand_seed(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """Return both private keys of an MLKEM768-X25519 seed: SHAKE256, 64 bytes and 32."""
    expanded = hashlib.shake_256(seed).digest(64 + 32)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def wrap(content_key: bytes, key: hpke.MLKEM768X25519PublicKey) -> Wrapped:
    """Close a content key to the holder of `key`."""
    both = _SUITE.hpke.encrypt(content_key, key, info=_SUITE.info)
    return Wrapped(ek=both[: _SUITE.ek_length], encrypted_key=both[_SUITE.ek_length :])


def unwrap(wrapped: Wrapped, key: hpke.MLKEM768X25519PrivateKey) -> bytes:
    """Return the content key.

    Raises:
        UnreadableError: It was closed to another key, altered, or carries an X25519 share of
            low order. The library does not tell these apart, and neither do we.
    """
    try:
        return _SUITE.hpke.decrypt(wrapped.ek + wrapped.encrypted_key, key, info=_SUITE.info)
    except (InvalidTag, ValueError):
        raise UnreadableError("the content key does not open") from None


def new_content_key() -> bytes:
    """Return a key for one envelope only."""
    return AESGCM.generate_key(bit_length=256)


def encrypt(text: bytes, content_key: bytes, *, aad: bytes) -> tuple[bytes, bytes]:
    """Close a text under a content key; return the nonce, and the ciphertext with its tag."""
    iv = os.urandom(IV_LENGTH)
    return iv, AESGCM(content_key).encrypt(iv, text, aad)


def decrypt(sealed: bytes, content_key: bytes, *, iv: bytes, aad: bytes) -> bytes:
    """Open a ciphertext with its tag.

    Raises:
        UnreadableError: Key, nonce, text or the protected header differ from what was closed.
    """
    try:
        return AESGCM(content_key).decrypt(iv, sealed, aad)
    except (InvalidTag, ValueError):
        raise UnreadableError("the ciphertext does not open") from None
