"""Terms: calendar days and working days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import WEEKDAYS, Term

STARTS = st.integers(0, 4_000_000_000)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


CASES = [
    (Term(3), "2026-03-27T10:00:00", "2026-03-30T10:00:00"),
    (Term(1, working=True), "2026-03-26T10:00:00", "2026-03-27T10:00:00"),
    (Term(1, working=True), "2026-03-27T10:00:00", "2026-03-30T10:00:00"),
    (Term(1, working=True), "2026-03-28T10:00:00", "2026-03-30T10:00:00"),
    (Term(5, working=True), "2026-03-25T10:00:00", "2026-04-01T10:00:00"),
    (Term(25, working=True), "2026-03-25T10:00:00", "2026-04-29T10:00:00"),
]


@pytest.mark.parametrize(("term", "start", "end"), CASES)
def test_a_term_ends_when_an_officer_would_say(term, start, end):
    assert term.end(at(start), WEEKDAYS) == at(end)


@given(start=STARTS, days=st.integers(1, 366))
def test_a_term_in_working_days_ends_on_one_and_is_never_the_shorter(start, days):
    end = Term(days, working=True).end(start, WEEKDAYS)
    assert datetime.fromtimestamp(end, UTC).weekday() < 5
    assert end >= Term(days).end(start, WEEKDAYS)


@given(start=STARTS, days=st.integers(1, 100))
def test_working_days_are_counted_one_by_one(start, days):
    first = datetime.fromtimestamp(start, UTC)
    span = (Term(days, working=True).end(start, WEEKDAYS) - start) // 86_400
    passed = [first + timedelta(days=day) for day in range(1, span + 1)]
    assert sum(day.weekday() < 5 for day in passed) == days
