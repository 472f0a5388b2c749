"""How long somebody has: a number of days, calendar or working.

The memorandum says only "promptly"; profiles give the numbers. Working days are those of the
country that must act, by its own date (`calendars.py`). Both nodes compute a term with the same
calendar, whichever of them asks.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.catalogue.calendars import Calendar

_DAY: Final = 86_400
_NEXT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """A span of days that starts with the act it answers."""

    days: int
    working: bool = False

    def end(self, start: int, calendar: Calendar) -> int:
        """Return the second at which the term that began at `start` has run out.

        The day of the start is not counted, and the time of day is kept.

        Args:
            calendar: Of the country whose office must act.

        >>> from gateway.catalogue.calendars import WEEKDAYS
        >>> friday = 1_774_569_600  # 27 March 2026
        >>> (Term(1).end(friday, WEEKDAYS) - friday) // 86_400
        1
        >>> (Term(1, working=True).end(friday, WEEKDAYS) - friday) // 86_400
        3
        """
        if not self.working:
            return start + self.days * _DAY
        day = first = calendar.day_of(start)
        left = self.days
        while left:
            day += _NEXT
            if calendar.is_working(day):
                left -= 1
        return start + (day - first).days * _DAY
