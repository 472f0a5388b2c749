"""Which days of a body come after which: what no schema can say.

An end that takes effect before it was decided, or an appeal that was over by then, is a slip of the
keyboard. Such a body does not fit its type, on neither side.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

# The day that must not be earlier, and the one that it must not be earlier than.
_Order = tuple[tuple[str, str], ...]

_DECISION: Final[_Order] = (("effective_on", "decided_on"),)
_HALT: Final[_Order] = (*_DECISION, ("until", "effective_on"), ("appeal_until", "decided_on"))
_ORDERS: Final[Mapping[str, _Order]] = MappingProxyType(
    {
        "sending-org.suspension": _HALT,
        "sending-org.revocation": _HALT,
        "sending-org.reinstatement": _DECISION,
    }
)


def disorder(type_name: str, body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path of each day that is too early, with the words for it.

    >>> list(disorder("sending-org.reinstatement",
    ...     {"decided_on": "2026-06-10", "effective_on": "2026-06-09"}))
    [(('effective_on',), 'is before decided_on')]
    """
    for later, earlier in _ORDERS.get(type_name, ()):
        # Days are written so that they compare as texts.
        if later in body and earlier in body and body[later] < body[earlier]:
            yield (later,), f"is before {earlier}"
