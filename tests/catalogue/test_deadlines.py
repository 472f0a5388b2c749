"""By when each level should be reached, and that nothing is owed where nothing is."""

from dataclasses import replace

import pytest

from gateway.catalogue import TYPES, WEEKDAYS, Channel, Term, level_deadlines
from gateway.envelope import times

# A Thursday: the weekend lies in both terms.
CREATED = times.parse("2026-03-26T08:00:00Z")
DUE = "2026-05-01T00:00:00Z"


def test_an_opening_message_has_all_three_levels():
    assert level_deadlines(TYPES["inquiry.request"], CREATED, DUE, WEEKDAYS) == {
        "handed-over": "2026-03-30T08:00:00Z",
        "accepted": "2026-03-31T08:00:00Z",
        "answered": DUE,
    }


def test_without_a_due_date_no_answer_is_awaited():
    levels = level_deadlines(TYPES["inquiry.request"], CREATED, None, WEEKDAYS)
    assert set(levels) == {"handed-over", "accepted"}


def test_a_due_date_on_what_nothing_answers_awaits_nothing():
    assert set(level_deadlines(TYPES["inquiry.answer"], CREATED, DUE, WEEKDAYS)) == {"handed-over"}


@pytest.mark.parametrize("row", TYPES.values(), ids=TYPES)
def test_nothing_is_owed_for_what_a_node_says_by_itself(row):
    owed = level_deadlines(row, CREATED, DUE, WEEKDAYS)
    is_for_people = row.channel is Channel.THREAD and row.name != "consent.status"
    assert bool(owed) == is_for_people
    assert list(owed.values()) == sorted(owed.values())


def test_the_terms_are_those_of_the_row_that_is_given():
    row = replace(TYPES["ping"], handed_over=Term(1))
    assert level_deadlines(row, CREATED, None, WEEKDAYS) == {"handed-over": "2026-03-27T08:00:00Z"}


def test_working_days_are_those_of_the_calendar_that_is_given(catalogue):
    profile = catalogue.profile_for("jp/isa", "kh/molvt")
    # The eve of the Water Festival, which Japan does not have; Labour Thanksgiving is over.
    start = times.parse("2026-11-22T08:00:00Z")
    opened = {
        node: level_deadlines(TYPES["info.share"], start, None, profile.calendar_of(node))
        for node in profile.nodes
    }
    assert opened["jp/isa"]["handed-over"] == "2026-11-25T08:00:00Z"
    assert opened["kh/molvt"]["handed-over"] == "2026-11-27T08:00:00Z"
