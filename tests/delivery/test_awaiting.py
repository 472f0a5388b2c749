"""Who said by when something is due, and when its holder is to hear of it."""

from dataclasses import replace

import pytest

from gateway.catalogue import TYPES, WEEKDAYS, Term
from gateway.delivery.awaiting import Dated, awaited, remind_at
from gateway.envelope import times
from gateway.store.duties import Act, Source
from tests.nodes import CATALOGUE

DAY = 86_400
MONDAY = 1_790_006_400  # 21 September 2026, 16:00 UTC
REQUEST = TYPES["inquiry.request"]
CREATED = times.text(MONDAY)
CAMBODIA = CATALOGUE.profile_for("jp/isa", "kh/molvt").calendar_of("kh/molvt")


def dated(due, priority="routine"):
    return Dated(CREATED, due, priority)


@pytest.mark.parametrize(
    ("days", "reminded_after"),
    [
        # Due on a Friday or a Sunday: on the Wednesday. On a Monday: on the Thursday.
        (18, 16),
        (21, 17),
        (20, 16),
        # Two working days and less: it would come with the message.
        (2, None),
        (1, None),
        (3, 1),
    ],
)
def test_a_reminder_comes_two_working_days_before_if_there_are_so_many(days, reminded_after):
    expected = None if reminded_after is None else times.text(MONDAY + reminded_after * DAY)
    due = times.text(MONDAY + days * DAY)
    assert remind_at(Act.ANSWERED, due, MONDAY, WEEKDAYS) == expected


def test_a_reminder_keeps_clear_of_the_holidays_of_whoever_must_act():
    """The 24th of September is a holiday in Cambodia; the 25th is a Friday."""
    due = times.text(MONDAY + 4 * DAY)
    assert remind_at(Act.ANSWERED, due, MONDAY - DAY, CAMBODIA) == times.text(MONDAY + DAY)


def test_nobody_is_reminded_of_reading_however_long_it_may_take():
    patient = replace(REQUEST, handed_over=Term(20, working=True))
    owed = awaited(patient, dated(None), WEEKDAYS, received=CREATED)
    assert owed[Act.HANDED_OVER].remind is None
    assert owed[Act.ACCEPTED].remind is not None


@pytest.mark.parametrize("priority", ["routine", "urgent", "emergency"])
def test_a_date_is_the_profile_s_where_the_profile_gives_that_very_date(priority):
    term = REQUEST.response[priority]
    given = term.end(MONDAY, WEEKDAYS)
    for due, source in ((given, Source.PROFILE), (given + 1, Source.SENDER)):
        owed = awaited(REQUEST, dated(times.text(due), priority), WEEKDAYS, received=CREATED)
        assert owed[Act.ANSWERED].source is source
        assert owed[Act.ACCEPTED].source is Source.PROFILE


def test_before_it_is_received_only_the_answer_is_owed():
    due = times.text(MONDAY + 30 * DAY)
    assert list(awaited(REQUEST, dated(due), WEEKDAYS, received=None)) == [Act.ANSWERED]
