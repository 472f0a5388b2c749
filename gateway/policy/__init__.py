"""Who may be given content: marking, release, and content that opens only with a permit. Pure."""

from gateway.policy.closing import Opening, close
from gateway.policy.consents import Consent
from gateway.policy.content import read_for
from gateway.policy.disclosing import Disclosure, judge
from gateway.policy.examining import Examined, examine
from gateway.policy.marking import (
    Marking,
    Purpose,
    check_pointers,
    default_marking,
    parse_marking,
)
from gateway.policy.publishing import Publishable, publishable
from gateway.policy.release import (
    POLICY_VERSION,
    Action,
    Allowed,
    Denied,
    Derivation,
    Permitted,
    Request,
    Source,
    Subject,
    Withheld,
    decide,
)
from gateway.policy.terms import Mode

__all__ = [
    "POLICY_VERSION",
    "Action",
    "Allowed",
    "Consent",
    "Denied",
    "Derivation",
    "Disclosure",
    "Examined",
    "Marking",
    "Mode",
    "Opening",
    "Permitted",
    "Publishable",
    "Purpose",
    "Request",
    "Source",
    "Subject",
    "Withheld",
    "check_pointers",
    "close",
    "decide",
    "default_marking",
    "examine",
    "judge",
    "parse_marking",
    "publishable",
    "read_for",
]
