"""Since which day an entry of a register is what its status says: the day of the act.

That is not the day on which the message about it arrived. A revocation may be told months before
it takes effect; whoever reads the register has to see that it does not hold yet.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

# An entry in such a status is that from this day on.
_BY_STATUS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "approved": ("status_since", "approved_on"),
        "active": ("status_since", "registered_on"),
        "announced": ("effective_from",),
        "amended": ("amended_on", "effective_from"),
        "lifted": ("lifted_on",),
        "issued": ("issued_on",),
        "cancelled": ("ended_on", "status_since"),
    }
)
_ELSE: Final = ("effective_on", "status_since", "ordered_on")


def since(status: str, public: Mapping[str, Any]) -> str | None:
    """Return the day from which an entry is what its status says, None where nothing open tells.

    >>> since("approved", {"approved_on": "2026-04-01"}), since("lifted", {})
    ('2026-04-01', None)
    """
    days = (public.get(name) for name in _BY_STATUS.get(status, _ELSE))
    return next((day for day in days if isinstance(day, str)), None)


def to_come(status: str, public: Mapping[str, Any], today: str) -> str | None:
    """Return the day from which the status will hold, None where it holds already.

    >>> to_come("revoked", {"effective_on": "2027-06-01"}, "2026-12-31")
    '2027-06-01'
    """
    day = since(status, public)
    return day if day is not None and day > today else None
