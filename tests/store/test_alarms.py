"""An alarm is counted, not repeated, and open until somebody has looked."""

import pytest

from gateway.errors import NotFoundError
from gateway.store import alarms
from gateway.store.alarms import Alarm

AT, LATER = "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"


def raise_one(tx, subject="one", at=AT):
    alarms.raise_alarm(tx, Alarm.HELD, at=at, peer="kh/molvt", subject=subject)


def test_the_same_alarm_is_counted_and_another_subject_is_another(tx):
    raise_one(tx)
    raise_one(tx, at=LATER)
    raise_one(tx, "two")
    found = [(row["subject"], row["count"], row["at"], row["last"]) for row in alarms.newest(tx, 9)]
    assert found == [("two", 1, AT, AT), ("one", 2, AT, LATER)]
    assert alarms.count(tx) == 2


def test_what_was_dismissed_is_not_open_until_it_is_raised_again(tx):
    raise_one(tx)
    (row,) = alarms.newest(tx, 9)
    assert alarms.dismiss(tx, row["seq"], uid=7, at=LATER)
    assert not alarms.dismiss(tx, row["seq"], uid=8, at=LATER)
    assert (alarms.newest(tx, 9), alarms.count(tx)) == ([], 0)
    assert alarms.get(tx, row["seq"])["seen_by"] == 7
    raise_one(tx, at=LATER)
    assert alarms.count(tx) == 1
    assert alarms.get(tx, row["seq"])["seen_by"] is None


def test_pages_go_on_behind_an_alarm_with_or_without_the_dismissed(tx):
    for number in range(5):
        raise_one(tx, f"{number}")
    alarms.dismiss(tx, 3, uid=7, at=LATER)

    def page(before, *, everything):
        rows = alarms.page(tx, before=before, limit=2, everything=everything)
        return [row["seq"] for row in rows]

    assert page(None, everything=False) == [5, 4]
    assert page(4, everything=False) == [2, 1]
    assert page(4, everything=True) == [3, 2]


def test_an_alarm_that_never_was_is_not_found(tx):
    with pytest.raises(NotFoundError):
        alarms.get(tx, 1)
