"""Padding: an envelope's length tells no more than a step on a coarse ladder.

The text is followed by spaces up to a multiple of its step: 4 KiB up to 32 KiB, above that the
power of two that makes at most sixteen steps between one power of two and the next.
"""

from typing import Final

from gateway.errors import UnreadableError

_STEP: Final = 4096
_SMALL: Final = 32 * 1024


def padded_length(length: int) -> int:
    """Return how long a text of this length becomes.

    >>> [padded_length(n) for n in (1, 4096, 4097, 32769, 65537)]
    [4096, 4096, 8192, 36864, 73728]
    """
    step = _STEP if length <= _SMALL else 1 << ((length - 1).bit_length() - 4)
    return max(1, -(-length // step)) * step


def pad(text: bytes) -> bytes:
    """Return a JSON text with the spaces that its length asks for."""
    return text.ljust(padded_length(len(text)), b" ")


def unpad(padded: bytes) -> bytes:
    """Return the JSON text.

    Raises:
        UnreadableError: Another tail than spaces after the closing brace, or another length than
            this text must have: a second padding would be a channel and a second envelope.
    """
    text = padded.rstrip(b" ")
    if not text.endswith(b"}") or len(padded) != padded_length(len(text)):
        raise UnreadableError("the padding has another form")
    return text
