"""Sealing at rest: content that is not public is kept under a key of its own.

Each message has a random content key, wrapped with the node's store key; destroying the wrapped
key erases the content and nothing else. The place (table, row, column) is authenticated too, so
that a sealed value moved to another row does not open. AES-256-GCM, random 96-bit nonces.
"""

import hmac
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import LocalError

_NONCE: Final = 12
KEY_SIZE: Final = 32
# Another purpose, another key (RFC 5869): what is found by does not weaken what is sealed with.
_LOOKUP: Final = b"moc-gateway lookup"
_FINGERPRINT: Final = b"moc-gateway fingerprint"


class CorruptError(LocalError):
    """Stored bytes are not those that were stored; nothing of them may be used."""


class Sealer:
    """Seal and open values of the store with the node's store key."""

    def __init__(self, store_key: bytes, randomness: Callable[[int], bytes]) -> None:
        self._store_key = AESGCM(store_key)
        self._lookup_key = HKDF(SHA256(), KEY_SIZE, salt=None, info=_LOOKUP).derive(store_key)
        marking = HKDF(SHA256(), KEY_SIZE, salt=None, info=_FINGERPRINT).derive(store_key)
        self._fingerprint = hmac.new(marking, digestmod="sha256")
        self._randomness = randomness

    def new_key(self, place: str) -> tuple[bytes, bytes]:
        """Return a new content key for a row, plain and wrapped."""
        key = self._randomness(KEY_SIZE)
        return key, self._seal(self._store_key, key, f"{place}/key")

    def seal(self, key: bytes, plain: bytes, place: str) -> bytes:
        """Seal a value for its place (`table/row/column`)."""
        return self._seal(AESGCM(key), plain, place)

    def open(self, wrapped: bytes, sealed: bytes, place: str) -> bytes:
        """Open a value with its row's wrapped key.

        Raises:
            CorruptError: Key, value or place was changed since it was stored.
        """
        key = self._open(self._store_key, wrapped, f"{place}/key")
        return self._open(AESGCM(key), sealed, place)

    def lookup(self, text: str) -> bytes:
        """Return what stands in the store for a number by which people look for a sealed row.

        Without the store key nobody can tell which number it is, nor try all there are.
        """
        return hmac.digest(self._lookup_key, text.encode(), "sha256")

    def fingerprint(self, text: str) -> int:
        """Return the number that stands in the store for a text, to know it again and no more.

        63 bits fit an integer of SQLite; among ten million texts two share one by a chance of less
        than one in a hundred thousand.
        """
        # A copy of the keyed state: half the cost of keying it anew, thousands of times a message.
        state = self._fingerprint.copy()
        state.update(text.encode())
        return int.from_bytes(state.digest()[:8]) >> 1

    def _seal(self, cipher: AESGCM, plain: bytes, place: str) -> bytes:
        nonce = self._randomness(_NONCE)
        return nonce + cipher.encrypt(nonce, plain, place.encode())

    def _open(self, cipher: AESGCM, sealed: bytes, place: str) -> bytes:
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise CorruptError(
                f"the stored value at {place} does not open",
                hint="restore the database from a backup; the peer keeps a copy of what it sent",
            ) from None
