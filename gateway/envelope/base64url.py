"""Canonical base64url without padding (RFC 4648 §5): one text per value, no other accepted."""

import binascii
from typing import Final

from gateway.errors import MalformedError

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
# The two characters of plain base64 and the padding become `!`, which the C decoder refuses.
_FROM_URL: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
# By length modulo 4: the padding, and the last characters whose unused bits are zero.
_PADDING: Final = (b"", b"", b"==", b"=")
_LAST: Final = ("", "", "AQgw", "AEIMQUYcgkosw048")


def encode(raw: bytes) -> str:
    """Return the only text that `decode` accepts for these bytes.

    >>> encode(b"ping?>")
    'cGluZz8-'
    """
    text = binascii.b2a_base64(raw, newline=False).translate(_TO_URL)
    return text.rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes behind a canonical text.

    >>> decode("cGluZz8-")
    b'ping?>'

    Raises:
        MalformedError: Padding, `+`, `/`, white space, a foreign character, an impossible
            length or unused bits that are not zero. A second spelling would give one object
            two digests.
    """
    rest = len(text) % 4
    if rest == 1 or (rest and text[-1] not in _LAST[rest]):
        raise MalformedError("base64url text has an impossible length or loose trailing bits")
    try:
        raw = text.encode("ascii").translate(_FROM_URL)
        return binascii.a2b_base64(raw + _PADDING[rest], strict_mode=True)
    except ValueError:
        raise MalformedError("base64url text has a foreign character") from None
