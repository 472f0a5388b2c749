"""The strict JSON reader: one meaning per text (RFC 8259 with the limits of RFC 7493 and ours).

Python's own reader takes duplicate names, NaN, lone surrogates and numbers of any length, and
dies of depth before a hook could say no. So the text is looked over first, without recursion,
and only then given to the reader, whose hooks refuse the rest.
"""

import json
import re
from typing import Any, Final

from gateway.envelope import limits
from gateway.errors import MalformedError

_LARGEST: Final = 2**53

# What only a careful look can tell is done on bytes by whole-text operations: they are linear,
# and many times faster than a walk in Python.
_DIGITS_TO_ZERO: Final = bytes.maketrans(b"123456789", b"000000000")
_ONE_BRACKET: Final = bytes.maketrans(b"[]", b"{}")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_LARGE: Final = re.compile(rb"[0-9]{16,}")
_UNICODE_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<bad>u0000|u[dD][89a-fA-F])|.)",
    re.DOTALL,
)
_SPACE: Final = re.compile(r"[ \t\n\r]*")


def parse(raw: bytes, *, limit: int) -> dict[str, Any]:
    """Return the object that the bytes spell, where they can spell only one.

    >>> parse(b'{"a": 1}', limit=100)
    {'a': 1}

    Raises:
        MalformedError: Too long, not UTF-8 or with a BOM, a name given twice at any depth, a
            number that is not an integer within ±2^53, deeper than 16, more than 100,000
            members, U+0000 or a lone surrogate, or no object at the top.
    """
    if len(raw) > limit:
        raise MalformedError(f"JSON text is longer than {limit} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("JSON text is not UTF-8") from None
    look_over(raw)
    try:
        value = _DECODER.decode(text)
    except ValueError:
        # The reader's own message is dropped: it may quote the text.
        raise MalformedError("JSON text breaks the grammar") from None
    if not isinstance(value, dict):
        raise MalformedError("JSON text is not an object")
    return value


def look_over(raw: bytes) -> None:
    """Check what JSON's grammar allows and we do not; repeated names are left to the reader.

    For a text that a correct writer has just made from a dictionary, this is all there is to
    check before it is sent.

    Raises:
        MalformedError: Depth, members, numbers, U+0000 or a lone surrogate.
    """
    bare = raw
    if b"\\" in raw:
        if b"\\u" in raw and any(one["bad"] for one in _UNICODE_ESCAPE.finditer(raw)):
            raise MalformedError("JSON text has U+0000 or a lone surrogate")
        # A run of backslashes pairs up from its left, so what is left over escapes a quote.
        bare = raw.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    # Every second piece between quotation marks lies outside a string.
    outside = b"".join(bare.split(b'"')[::2])
    brackets = outside.translate(_ONE_BRACKET, _NO_BRACKETS)
    if outside.count(b",") + len(brackets) // 2 > limits.MEMBERS:
        raise MalformedError(f"JSON text has more than {limits.MEMBERS} members")
    # Each round takes away exactly the innermost level.
    for _ in range(limits.DEPTH):
        brackets = brackets.replace(b"{}", b"")
    if brackets:
        raise MalformedError(f"JSON text is nested deeper than {limits.DEPTH} or not closed")
    _check_numbers(outside)


def member_text(text: str, name: str) -> str:
    """Return the exact text of a top-level member's value in a text that `parse` accepted.

    >>> member_text('{"a": {"b":  1}, "c": 2}', "a")
    '{"b":  1}'

    Raises:
        MalformedError: The object has no such member.
    """
    at = text.index("{") + 1
    while text[at := _skip(text, at)] == '"':
        key, at = _PLAIN.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _PLAIN.raw_decode(text, start)
        if key == name:
            return text[start:end]
        at = _skip(text, end)
        if text[at] == "}":
            break
        at += 1
    raise MalformedError("JSON object lacks a member", pointers=(f"/{name}",))


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()


def _check_numbers(outside: bytes) -> None:
    shapes = outside.translate(_DIGITS_TO_ZERO)
    # A fraction or exponent, or `-0`, a second spelling of zero.
    if b"0." in shapes or b"0e" in shapes or b"0E" in shapes or b"-0" in outside:
        raise MalformedError("JSON text has a number that is not an integer")
    if b"0" * 16 in shapes:
        for digits in _LARGE.findall(outside):
            if len(digits) > 16 or int(digits) > _LARGEST:
                raise MalformedError("JSON text has a number outside ±2^53")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedError("JSON object has the same name twice")
    return value


def _refuse_constant(text: str) -> None:
    raise MalformedError("JSON text has a number that is none")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
_PLAIN: Final = json.JSONDecoder()
