"""The registers: which lists both sides keep from what they tell each other."""

from enum import StrEnum
from typing import Final

# A list that takes away more than one entry in so many may be a file that was cut off.
_MANY: Final = 20


class Register(StrEnum):
    """One register; each pair of nodes has its own, with the whole history."""

    SENDING_ORGS = "sending-orgs"
    SUPPORT_ORGS = "support-orgs"
    MEASURES = "measures"
    SUSPENSIONS = "suspensions"
    CERTIFICATES = "certificates"
    CONTACTS = "contacts"
    INTERMEDIARIES = "intermediaries"


class Mode(StrEnum):
    """What a list says: the whole set, or what has changed since another list."""

    SNAPSHOT = "snapshot"
    DELTA = "delta"


def takes_many(gone: int, of: int) -> bool:
    """Tell whether so much of a register would go that a person has to look first.

    >>> takes_many(1, 20), takes_many(2, 20)
    (False, True)
    """
    return gone * _MANY > of
