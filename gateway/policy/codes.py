"""What may be asked of the policy, and the stable codes of its answers.

Evidence, ledger and API carry these words, so that none of them ever changes its meaning.
"""

from enum import StrEnum


class Action(StrEnum):
    """What is to happen with the content; every way out of the gateway is one of these."""

    SHOW = "show"
    SEND = "send"
    DISCLOSE = "disclose"
    EXPORT = "export"
    PRINT = "print"
    PUBLISH = "publish"


class Allowed(StrEnum):
    """Why content may be given."""

    CONTACT_POINT = "contact-point"
    PUBLIC = "public"
    OWN_INFORMATION = "own-information"
    RETURN_TO_ORIGINATOR = "return-to-originator"
    INTERNAL_SIGNATORY = "internal-signatory"
    PRE_AUTHORISED = "pre-authorised"
    CONSENT = "consent"
    STATISTICS = "statistics"
    MOC_PUBLICATION = "moc-publication"


class Denied(StrEnum):
    """Why content is withheld. Codes are stable: evidence and the API carry them."""

    MARKER_MISSING = "marker-missing"
    MARKER_INVALID = "marker-invalid"
    UNKNOWN_CAVEAT = "unknown-caveat"
    UNKNOWN_RECIPIENT = "unknown-recipient"
    NO_CONSENT = "no-consent"
    CONSENT_INVALID = "consent-invalid"
    CONSENT_BAD_SIGNATURE = "consent-bad-signature"
    CONSENT_KEY_NOT_AUTHORISED = "consent-key-not-authorised"
    CONSENT_OFFICER_MISSING = "consent-officer-missing"
    CONSENT_REPLAYED = "consent-replayed"
    CONSENT_WRONG_ORIGINATOR = "consent-wrong-originator"
    CONSENT_OTHER_GRANTEE = "consent-other-grantee"
    CONSENT_OTHER_EPOCH = "consent-other-epoch"
    CONSENT_DIGEST_MISMATCH = "consent-digest-mismatch"
    CONSENT_OTHER_RECIPIENT = "consent-other-recipient"
    CONSENT_OTHER_PURPOSE = "consent-other-purpose"
    CONSENT_OTHER_MODE = "consent-other-mode"
    CONSENT_FIELDS_NOT_COVERED = "consent-fields-not-covered"
    CONSENT_NOT_YET_VALID = "consent-not-yet-valid"
    CONSENT_EXPIRED = "consent-expired"
    CONSENT_REVOKED = "consent-revoked"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONSENT_SUPERSEDED = "consent-superseded"
    CONSENT_EXHAUSTED = "consent-exhausted"
    CONSENT_CONDITION_UNMET = "consent-condition-unmet"
    MULTI_ORIGIN_MISSING = "multi-origin-missing"
    CAVEAT_FORBIDS = "caveat-forbids"
    UNDECLARED_ORIGIN = "undeclared-origin"
    SOURCE_SUPERSEDED = "source-superseded"
    SOURCE_WITHDRAWN = "source-withdrawn"
    SOURCE_CHANGED = "source-changed"
    AGGREGATE_UNSAFE = "aggregate-unsafe"
    EVALUATOR_ERROR = "evaluator-error"
