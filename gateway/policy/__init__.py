"""Who may be given content: marking, release, and content that opens only with a permit. Pure."""

from gateway.policy.closing import Opening, close
from gateway.policy.content import read_for
from gateway.policy.marking import (
    Marking,
    Purpose,
    check_pointers,
    default_marking,
    parse_marking,
)
from gateway.policy.publishing import Publishable, publishable
from gateway.policy.release import (
    Action,
    Allowed,
    Denied,
    Permitted,
    Request,
    Subject,
    Withheld,
    decide,
)

__all__ = [
    "Action",
    "Allowed",
    "Denied",
    "Marking",
    "Opening",
    "Permitted",
    "Publishable",
    "Purpose",
    "Request",
    "Subject",
    "Withheld",
    "check_pointers",
    "close",
    "decide",
    "default_marking",
    "parse_marking",
    "publishable",
    "read_for",
]
