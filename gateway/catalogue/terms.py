"""How long somebody has: a number of days, calendar or working.

The memorandum says only "promptly"; profiles give the numbers. Working days are Monday to Friday
by the UTC date, which is the Japanese date from nine in the morning and the Cambodian one from
seven. National holidays differ and move, so they are not counted out: a due date may fall early
for the holder, never late for the one who waits.
"""

from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400
_THURSDAY: Final = 3  # 1 January 1970; Monday is 0.
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Term:
    """A span of days that starts with the act it answers."""

    days: int
    working: bool = False

    def end(self, start: int) -> int:
        """Return the second at which the term that began at `start` has run out.

        >>> friday = 1_774_569_600  # 27 March 2026
        >>> (Term(1).end(friday) - friday) // 86_400
        1
        >>> (Term(1, working=True).end(friday) - friday) // 86_400
        3
        """
        if not self.working:
            return start + self.days * _DAY
        end, left = start, self.days
        while left:
            end += _DAY
            if (end // _DAY + _THURSDAY) % 7 < _SATURDAY:
                left -= 1
        return end
