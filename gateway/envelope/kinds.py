"""The closed sets of words that stand in signed objects."""

from enum import StrEnum


class Typ(StrEnum):
    """Which kind of object a signature or a seal is over; nothing passes as another kind."""

    ENVELOPE = "moc-envelope+jwe"
    MESSAGE = "moc-message+jws"
    RECEIPT = "moc-receipt+jws"
    CARD = "moc-card+jws"
    CONSENT = "moc-consent+jws"
    MANIFEST = "moc-manifest+jws"
    CHECKPOINT = "moc-checkpoint+jws"
    EVIDENCE = "moc-evidence+jws"


class Environment(StrEnum):
    """Whether an object speaks of real people or of an exercise."""

    PRODUCTION = "production"
    TEST = "test"


class Priority(StrEnum):
    """How soon the recipient should look; it changes the order of sending, not the rules."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"
