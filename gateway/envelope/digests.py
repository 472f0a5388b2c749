"""Digests as they stand in signed objects: SHA-256 (RFC 6234), named in the text."""

import hashlib

from gateway.envelope.base64url import encode


def digest(raw: bytes) -> str:
    """Return `sha-256:` and the canonical base64url of the hash.

    >>> digest(b"")
    'sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    return "sha-256:" + encode(hashlib.sha256(raw).digest())
