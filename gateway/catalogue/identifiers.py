"""Names and numbers: nodes, message ids, the control thread, references.

Every form is ASCII and has one spelling, so equal text means the same thing. Checks use
`fullmatch`: with `$` a trailing newline would pass.
"""

import hashlib
import re
import uuid
from typing import Final

from gateway.envelope.forms import NODE, UUID7
from gateway.errors import InvalidError

_REFERENCE: Final = re.compile(r"[A-Z]{2}-[0-9]{4}-(?:[0-9]{6}|[1-9][0-9]{6,8})")
# The first 13 characters of a UUIDv7 hold its milliseconds: enough to tell messages apart by eye.
_SHORT: Final = 13


def is_node(text: str) -> bool:
    """Tell whether `text` has the form of a node's or an organisation's name.

    >>> is_node("jp/isa"), is_node("JP/ISA"), is_node("jp/isa\\n")
    (True, False, False)
    """
    return NODE.fullmatch(text) is not None


def country_of(name: str) -> str:
    """Return the country in the name of a node or organisation.

    >>> country_of("kh/molvt")
    'kh'

    Raises:
        InvalidError: The name has another form, so nothing may be concluded from it.
    """
    if not is_node(name):
        raise InvalidError("not a name such as jp/isa")
    return name[:2]


def is_uuid7(text: str) -> bool:
    """Tell whether `text` is a UUIDv7 in lower case with hyphens, the only spelling we take."""
    return UUID7.fullmatch(text) is not None


def control_thread(a: str, b: str) -> str:
    """Return the id of the control thread of two nodes, the same from either end.

    Nobody opens this thread: both nodes know its id (UUIDv8, RFC 9562 section 5.8) before the
    first message, so an acknowledgement can never arrive ahead of its thread.

    >>> control_thread("jp/isa", "kh/molvt") == control_thread("kh/molvt", "jp/isa")
    True
    """
    raw = bytearray(hashlib.sha256("\n".join(sorted((a, b))).encode()).digest()[:16])
    raw[6] = 0x80 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))


def reference_text(country: str, year: int, number: int) -> str:
    """Return the number people quote for a thread.

    >>> reference_text("jp", 2026, 123)
    'JP-2026-000123'

    Raises:
        InvalidError: The parts cannot make a reference that the peer would accept.
    """
    text = f"{country.upper()}-{year:04d}-{number:06d}"
    if number < 1 or not is_reference(text):
        raise InvalidError("a reference needs a country, a year and a number up to 999999999")
    return text


def is_reference(text: str) -> bool:
    """Tell whether `text` has the form of a reference; says nothing about its existence."""
    return _REFERENCE.fullmatch(text) is not None


def short(message_id: str) -> str:
    """Return the part of an id that is shown in lists.

    >>> short("0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10")
    '0195c2a4-7b1e'
    """
    return message_id[:_SHORT]
