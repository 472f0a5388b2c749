"""The digest over a whole list, by which both sides know that they hold the same set.

One line for each entry, sorted by id by code points: the id, one space, the entry's JSON with
sorted member names and no spaces, in UTF-8, and LF at the end. SHA-256 over all lines.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.envelope import base64url


def line(entry: str, said: Mapping[str, Any]) -> bytes:
    """Return the line of one entry without its end.

    >>> line("so-7", {"status": "approved", "name": {"en": "Test"}})
    b'so-7 {"name":{"en":"Test"},"status":"approved"}'
    """
    return entry.encode() + b" " + orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def said_in(text: bytes) -> tuple[str, dict[str, Any]]:
    """Return the id and the entry that a line was made of."""
    entry, _, said = text.partition(b" ")
    return entry.decode(), orjson.loads(said)


def set_digest(lines: Mapping[str, bytes]) -> str:
    """Return the digest over a set of lines by their ids.

    >>> set_digest({})
    'sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    total = hashlib.sha256()
    for entry in sorted(lines):
        total.update(lines[entry])
        total.update(b"\n")
    return f"sha-256:{base64url.encode(total.digest())}"
