"""Why a person should look at a message or its matter: the words that no table of steps makes.

A step that the table does not have is named after itself (`placement`), an odd change of a register
and a consent that is worth nothing by their own codes.
"""

from enum import StrEnum


class Attention(StrEnum):
    """What is told beside a message; until somebody has looked, nothing else changes by it."""

    SCHEMA_DIFFERS = "schema-differs"
    DOES_NOT_FIT = "does-not-fit-the-question"
    QUESTION_UNREADABLE = "the-question-cannot-be-read"
    SUPERSEDED_ALREADY = "superseded-already"
    EARLIER_VERSION = "answers-an-earlier-version"
    CROSSED = "crossed-in-the-register"
    REGISTER_UNREADABLE = "the-register-cannot-be-read"
    # A revocation of what is not known here: it may have overtaken the consent.
    CONSENT_NOT_KNOWN = "consent-not-known"
    # It permits more than was asked for, which is the originator's to say, and for a person to see.
    CONSENT_OTHER_THAN_ASKED = "consent-other-than-asked"
