"""Times on the wire: exactly `YYYY-MM-DDTHH:MM:SSZ`, so texts sort like the times they name."""

import math
import re
from datetime import UTC, datetime
from typing import Final

from gateway.errors import MalformedError

_FORM: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def text(seconds: float) -> str:
    """Return the text of a time given in unix seconds; a fraction is cut off.

    >>> text(1767225600.9)
    '2026-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(math.floor(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(text: str) -> str:
    """Return the day of a time in UTC, which is the same one for both sides.

    >>> day("2026-03-31T23:59:59Z")
    '2026-03-31'
    """
    return text[:10]


def parse(text: str) -> int:
    """Return the unix seconds of a time text.

    >>> parse("2026-01-01T00:00:00Z")
    1767225600

    Raises:
        MalformedError: Another form, zone or precision, or a day that does not exist (a leap
            second included): the same time must not have two texts.
    """
    if _FORM.fullmatch(text):
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except ValueError:
            pass
    raise MalformedError("a time is not of the form YYYY-MM-DDTHH:MM:SSZ")
