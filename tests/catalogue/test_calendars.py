"""Calendars: when an office is open, by the date of its own country."""

import copy
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import WEEKDAYS, Calendar, Term
from gateway.errors import InvalidError
from gateway.resources import schema_files

FILES = {path: raw for path, raw in schema_files().items() if path.startswith("calendars/")}
DOCUMENTS = {document["country"]: document for document in map(json.loads, FILES.values())}
JP, KH, NP = (Calendar.from_json(DOCUMENTS[country]) for country in ("jp", "kh", "np"))
NUMBERS = st.integers(1, 60)
EACH = pytest.mark.parametrize("calendar", [JP, KH, NP], ids=["jp", "kh", "np"])


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def working(calendar, text):
    return calendar.is_working(date.fromisoformat(text))


@EACH
def test_every_country_has_its_holidays_of_this_year_and_the_next(calendar):
    assert {2026, 2027} <= calendar.years
    for year in (2026, 2027):
        assert sum(day.year == year for day in calendar.holidays) >= 15


@EACH
def test_every_holiday_has_an_english_name_and_closes_the_office(calendar):
    for day, holiday in calendar.holidays.items():
        assert holiday.names["en"]
        assert not calendar.is_working(day)


CLOSED = [
    (JP, "2026-01-02", "the offices are closed around New Year"),
    (JP, "2026-05-06", "a day in lieu of a Sunday"),
    (JP, "2026-09-22", "a day between two holidays"),
    (JP, "2027-12-29", "the offices are closed around New Year"),
    (KH, "2026-04-15", "Khmer New Year"),
    (KH, "2026-11-23", "the Water Festival"),
    (NP, "2026-10-20", "Dashain"),
    (NP, "2026-11-28", "a Saturday"),
]
OPEN = [
    (JP, "2026-11-24"),
    (KH, "2026-05-06"),
    (KH, "2026-12-30"),
    (NP, "2026-11-29"),
]


@pytest.mark.parametrize(("calendar", "day", "why"), CLOSED)
def test_an_office_is_closed_on_its_own_holidays(calendar, day, why):
    assert not working(calendar, day), why


@pytest.mark.parametrize(("calendar", "day"), OPEN)
def test_an_office_is_open_when_only_another_country_rests(calendar, day):
    assert working(calendar, day)


def test_what_follows_the_moon_is_provisional_and_what_a_law_fixes_is_not():
    assert KH.holidays[date(2026, 11, 24)].provisional
    assert not KH.holidays[date(2026, 11, 9)].provisional
    assert not any(holiday.provisional for holiday in JP.holidays.values())


@EACH
def test_a_year_without_data_has_weekends_and_nothing_else(calendar):
    assert 2031 not in calendar.years
    assert working(calendar, "2031-01-01")
    assert not working(calendar, "2031-01-04")


@pytest.mark.parametrize(
    ("calendar", "last", "first"),
    [
        (JP, "2026-03-26T14:59:59", "2026-03-26T15:00:00"),
        (KH, "2026-03-26T16:59:59", "2026-03-26T17:00:00"),
        (NP, "2026-03-26T18:14:59", "2026-03-26T18:15:00"),
    ],
)
def test_a_day_begins_when_the_clocks_of_the_country_say_so(calendar, last, first):
    assert calendar.day_of(at(last)) == date(2026, 3, 26)
    assert calendar.day_of(at(first)) == date(2026, 3, 27)


TERMS = [
    # Thursday evening in Europe is Friday in Japan: the next working day is Monday.
    (JP, 1, "2026-03-26T16:00:00", "2026-03-29T16:00:00"),
    (WEEKDAYS, 1, "2026-03-26T16:00:00", "2026-03-27T16:00:00"),
    # Over the Golden Week, the Water Festival, Dashain.
    (JP, 2, "2026-05-01T01:00:00", "2026-05-08T01:00:00"),
    (KH, 1, "2026-11-20T02:00:00", "2026-11-26T02:00:00"),
    (NP, 1, "2026-10-16T04:00:00", "2026-10-23T04:00:00"),
    # A Sunday counts in Nepal, and not in Cambodia.
    (NP, 1, "2026-11-27T04:00:00", "2026-11-29T04:00:00"),
    (KH, 1, "2026-11-27T04:00:00", "2026-11-30T04:00:00"),
]


@pytest.mark.parametrize(("calendar", "days", "start", "end"), TERMS)
def test_a_term_in_working_days_runs_in_the_calendar_that_is_given(calendar, days, start, end):
    assert Term(days, working=True).end(at(start), calendar) == at(end)


@EACH
@given(start=st.integers(at("2025-06-01T00:00:00"), at("2028-06-01T00:00:00")), days=NUMBERS)
def test_a_term_ends_on_the_working_day_that_is_its_number(calendar, start, days):
    end = Term(days, working=True).end(start, calendar)
    first, last = calendar.day_of(start), calendar.day_of(end)
    passed = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    assert sum(map(calendar.is_working, passed)) == days
    assert calendar.is_working(last)
    assert (end - start) % 86_400 == 0


@EACH
@given(start=st.integers(0, 4_000_000_000), later=st.integers(0, 864_000), days=NUMBERS)
def test_whoever_begins_later_ends_on_no_earlier_day(calendar, start, later, days):
    term = Term(days, working=True)
    first, second = term.end(start, calendar), term.end(start + later, calendar)
    assert calendar.day_of(first) <= calendar.day_of(second)
    assert first < Term(days + 1, working=True).end(start, calendar)


def changed(**changes):
    return copy.deepcopy(DOCUMENTS["jp"]) | changes


@pytest.mark.parametrize(
    ("years", "where"),
    [
        ({"2026": {"2026-02-30": {"names": {"en": "No day"}}}}, "/years/2026/2026-02-30"),
        ({"2026": {"2027-01-01": {"names": {"en": "Next year"}}}}, "/years/2026/2027-01-01"),
    ],
)
def test_a_day_that_does_not_exist_or_stands_elsewhere_is_named(years, where):
    with pytest.raises(InvalidError) as caught:
        Calendar.from_json(changed(years=years))
    assert caught.value.problems[0].where == where


def test_an_offset_may_lie_behind():
    assert Calendar.from_json(changed(utc_offset="-03:30")).offset == -12_600
    assert Calendar.from_json(changed(utc_offset="+05:45")).offset == 20_700
