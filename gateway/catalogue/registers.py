"""The registers: which lists both sides keep from what they tell each other."""

from enum import StrEnum


class Register(StrEnum):
    """One register; each pair of nodes has its own, with the whole history."""

    SENDING_ORGS = "sending-orgs"
    SUPPORT_ORGS = "support-orgs"
    MEASURES = "measures"
    SUSPENSIONS = "suspensions"
    CERTIFICATES = "certificates"
    CONTACTS = "contacts"
    INTERMEDIARIES = "intermediaries"
