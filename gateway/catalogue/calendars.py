"""Working days: which days the offices of a country are open, by that country's own date.

A term in working days runs for somebody, and what counts is whether that one's office is open. So
each country has a file under `schemas/calendars` with its weekend, its offset from UTC and the
holidays of the years that are known. Holidays that follow the moon are settled by the country for
each year; until then they stand there as provisional and count like any other. A year without data
has weekends and no holidays: a due date then falls early for the holder, never late for the one
who waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from gateway.errors import InvalidError, Problem

# In the order of `date.weekday`.
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """One day on which offices are closed; `names` holds at least `en`.

    `provisional` means computed: the country has not settled the day, or nobody has compared it.
    """

    names: Mapping[str, str]
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The open and closed days of one country.

    Args:
        offset: Seconds that the country's clocks are ahead of UTC; none of them changes its clocks
            in summer.
        weekend: Days of the week on which offices are closed, Monday being 0.
        years: The years whose holidays are known.
    """

    country: str
    offset: int
    weekend: frozenset[int]
    holidays: Mapping[date, Holiday]
    years: frozenset[int]

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Calendar":
        """Read a file under `schemas/calendars`; its form is the schema's to check.

        Raises:
            InvalidError: A day does not exist or stands under another year. Nothing is guessed.
        """
        years: Mapping[str, Mapping[str, Any]] = document["years"]
        return cls(
            country=document["country"],
            offset=_seconds(document["utc_offset"]),
            weekend=frozenset(map(_DAYS.index, document["weekend"])),
            holidays=MappingProxyType(
                {
                    _day(year, text): Holiday(
                        names=MappingProxyType(dict(row["names"])),
                        provisional=row.get("provisional", False),
                    )
                    for year, days in years.items()
                    for text, row in days.items()
                }
            ),
            years=frozenset(map(int, years)),
        )

    def day_of(self, seconds: int) -> date:
        """Return the date that the country has at a time given in unix seconds.

        >>> WEEKDAYS.day_of(1_774_569_600)
        datetime.date(2026, 3, 27)
        """
        return (datetime.fromtimestamp(seconds, UTC) + timedelta(seconds=self.offset)).date()

    def is_working(self, day: date) -> bool:
        """Tell whether offices are open on a day; every weekday is one in a year without data."""
        return day.weekday() not in self.weekend and day not in self.holidays


# What stands in where no country is known: Monday to Friday by the UTC date.
WEEKDAYS: Final = Calendar(
    country="",
    offset=0,
    weekend=frozenset({_DAYS.index("saturday"), _DAYS.index("sunday")}),
    holidays=MappingProxyType({}),
    years=frozenset(),
)


def _seconds(offset: str) -> int:
    hours, minutes = offset[1:].split(":")
    span = (int(hours) * _MINUTE + int(minutes)) * _MINUTE
    return -span if offset.startswith("-") else span


def _day(year: str, text: str) -> date:
    where = f"/years/{year}/{text}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _invalid(where, "is no day of the calendar") from None
    if day.year != int(year):
        raise _invalid(where, f"is not in {year}")
    return day


def _invalid(where: str, text: str) -> InvalidError:
    return InvalidError("a calendar cannot be used", problems=(Problem(where, text),))
