"""What a kept consent is worth now, as `decide` is given it."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.policy.terms import Terms


class ConsentState(StrEnum):
    """How a consent stands; the words of `consent.status`."""

    ACTIVE = "active"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent that is kept here, as it stands at the moment of a decision.

    Args:
        standing: Why it is worth nothing, a code of `release.Denied`; None where it may be used.
            Time, recipients, purpose and parts are `decide`'s to judge.
        digest: SHA-256 of the exact text of its first instrument, for the ledger.
        kids: The names of the keys that signed it.
        uses_left: None where it may be used any number of times.
    """

    terms: Terms
    digest: str
    kids: tuple[str, ...]
    uses_left: int | None = None
    standing: str | None = None
