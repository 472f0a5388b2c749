"""What a register seals because the originator's signed marking closes it.

Which members of a type may lie open at all is said by `catalogue.register_rules`; here the marking
takes away from them. Both ends read the same signed words, and none goes by its own country's
rights, so that both registers hold the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.register_changes import Change
from gateway.policy.marking import Marking
from gateway.policy.pointers import is_within, token

# What a register calls otherwise than the message that says it.
_SAID_AS: Final = MappingProxyType(
    {
        "status_since": "effective_on",
        "amended_on": "effective_from",
        "lifted_on": "effective_from",
    }
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What of a signed body is open to everybody by its marking.

    Args:
        under: Where in the signed body that of the type stands; a correction carries one.
    """

    marking: Marking
    under: str = ""

    def is_open(self, pointer: str, now: int) -> bool:
        """Tell whether a part and all that lies in it is open, a pointer into the type's body."""
        signed = f"{self.under}{pointer}"
        inside = (each.pointer for each in self.marking.granular if is_within(each.pointer, signed))
        return all(self.marking.lies_open(each, now) for each in (signed, *inside))

    def split(
        self, values: Mapping[str, Any], now: int, *, at: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return of the members that stand at a pointer those that are open, and the others."""
        if not self._differs_inside(at):
            everything = dict(values)
            return (everything, {}) if self.is_open(at, now) else ({}, everything)
        shown: dict[str, Any] = {}
        closed: dict[str, Any] = {}
        for name, value in values.items():
            said_as = token(_SAID_AS.get(name, name))
            pointer = f"{at}/{said_as}"
            if not (isinstance(value, Mapping) and value and self._differs_inside(pointer)):
                (shown if self.is_open(pointer, now) else closed)[name] = value
                continue
            for kept, part in zip((shown, closed), self.split(value, now, at=pointer), strict=True):
                if part:
                    kept[name] = part
        return shown, closed

    def _differs_inside(self, pointer: str) -> bool:
        """Tell whether a part inside another is marked, or to be published, on its own."""
        signed = f"{self.under}{pointer}"
        named = (*(each.pointer for each in self.marking.granular), *self.marking.publish.fields)
        return any(each != signed and is_within(each, signed) for each in named)


def close(change: Change, opening: Opening, now: int) -> Change:
    """Return a change with what its message's marking closes among what is sealed.

    What lay open under the same name goes: it is not what the entry says any more.

    Args:
        now: Unix seconds, at which the recipient took the message.
    """
    public, sealed = opening.split(change.public, now, at=change.place)
    initial, sealed_initial = opening.split(change.initial, now, at=change.place)
    if not sealed and not sealed_initial:
        return change
    gone = {} if change.whole else {name: None for name in sealed if name not in public}
    # That something is cleared tells nothing.
    cleared = {name: None for name, value in change.public.items() if value is None}
    kept = {name: value for name, value in sealed.items() if value is not None}
    return replace(
        change,
        public={**cleared, **public, **gone},
        initial=initial,
        private={**sealed_initial, **kept, **change.private},
    )
