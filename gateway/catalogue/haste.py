"""How urgent a message is by what it says, whatever its writer says.

A report that people are harmed cannot wait for the days that a routine one has. Which codes are of
that kind stands in the row of the type; they are looked for in members named `code`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.catalogue.kinds import Priority
from gateway.catalogue.types.row import MessageType

_CODE: Final = "code"
_ORDER: Final = tuple(Priority)


def haste_of(row: MessageType, body: Mapping[str, Any]) -> Priority | None:
    """Return the priority that a body calls for, None where it calls for none.

    >>> from gateway.catalogue.types import TYPES
    >>> body = {"acts": {"a1": {"code": "opaque-fees"}, "a2": {"code": "human-rights"}}}
    >>> haste_of(TYPES["intermediary.report"], body)
    <Priority.EMERGENCY: 'emergency'>
    """
    if not row.haste:
        return None
    called_for = [row.haste[code] for code in _codes(body) if code in row.haste]
    return max(called_for, key=_ORDER.index, default=None)


def is_less_urgent(priority: Priority, than: Priority) -> bool:
    """Tell whether a priority leaves more time than another one."""
    return _ORDER.index(priority) < _ORDER.index(than)


def _codes(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _codes(each)
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == _CODE and isinstance(each, str):
                yield each
            else:
                yield from _codes(each)
