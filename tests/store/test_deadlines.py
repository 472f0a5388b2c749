"""What is awaited stands until its level is reached, and passes once."""

import pytest

from gateway.envelope import Awaited
from gateway.store import deadlines, messages
from gateway.store.messages import Direction, Reached
from tests.store.tables import PEER, message, sql

DUE = {
    Awaited.HANDED_OVER: "2026-01-02T00:00:00Z",
    Awaited.ACCEPTED: "2026-01-03T00:00:00Z",
    Awaited.ANSWERED: "2026-01-04T00:00:00Z",
}
LATER = "2026-02-01T00:00:00Z"


def await_all(tx, direction=Direction.OUT, due=DUE):
    seq, _ = message(tx, direction=direction)
    deadlines.add(tx, seq, due, peer=PEER, direction=direction)
    return seq


def test_what_is_awaited_already_keeps_its_time(tx):
    seq = await_all(tx)
    deadlines.add(tx, seq, {Awaited.ANSWERED: LATER}, peer=PEER, direction=Direction.OUT)
    assert deadlines.of(tx, seq) == DUE


@pytest.mark.parametrize(
    ("level", "left"),
    [
        (Reached.RECEIVED, ["accepted", "answered", "handed-over"]),
        (Reached.HANDED_OVER, ["accepted", "answered"]),
        (Reached.ACCEPTED, ["answered"]),
        (Reached.DECLINED, []),
        (Reached.ANSWERED, []),
    ],
)
def test_a_level_ends_the_waiting_for_itself_and_what_it_implies(tx, level, left):
    seq, other = await_all(tx), await_all(tx)
    messages.reach(tx, seq, level, LATER)
    assert list(deadlines.of(tx, seq)) == left
    assert deadlines.of(tx, other) == DUE


def test_the_next_deadline_is_the_earliest_that_was_not_missed(tx):
    assert deadlines.next_due(tx) is None
    await_all(tx)
    assert deadlines.next_due(tx) == DUE[Awaited.HANDED_OVER]
    (row,) = deadlines.passed(tx, "2026-01-02T00:00:01Z")
    assert deadlines.note_missed(tx, row, at="2026-01-02T00:00:01Z")
    assert deadlines.next_due(tx) == DUE[Awaited.ACCEPTED]


def test_a_deadline_has_not_passed_in_the_second_when_it_is_due(tx):
    await_all(tx)
    assert deadlines.passed(tx, DUE[Awaited.HANDED_OVER]) == []


def test_deadlines_pass_in_their_order_and_so_many_at_once(tx):
    for _ in range(90):
        await_all(tx)
    rows = deadlines.passed(tx, LATER)
    assert len(rows) == 256
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)


def test_only_one_direction_is_looked_at_on_request(tx):
    await_all(tx, Direction.OUT)
    seq = await_all(tx, Direction.IN, {Awaited.ANSWERED: LATER})
    assert deadlines.next_due(tx, direction=Direction.IN) == LATER
    rows = deadlines.passed(tx, "2026-03-01T00:00:00Z", direction=Direction.IN)
    assert [row["seq"] for row in rows] == [seq]


def test_a_deadline_is_missed_once(tx):
    seq = await_all(tx)
    row = deadlines.passed(tx, LATER)[0]
    assert deadlines.note_missed(tx, row, at=LATER, statement="sha-256:x")
    assert not deadlines.note_missed(tx, row, at=LATER, statement="sha-256:y")
    kept = sql(tx, "SELECT level, missed, statement FROM deadlines WHERE missed IS NOT NULL")
    assert [tuple(each) for each in kept] == [("handed-over", LATER, "sha-256:x")]
    assert len(deadlines.of(tx, seq)) == 3


def test_what_is_reached_is_not_missed_any_more(tx):
    seq = await_all(tx)
    row = deadlines.passed(tx, LATER)[0]
    messages.reach(tx, seq, Reached.HANDED_OVER, LATER)
    assert not deadlines.note_missed(tx, row, at=LATER)
    assert deadlines.overdue(tx) == []


def test_what_has_another_time_now_was_not_missed(tx):
    seq = await_all(tx)
    row = deadlines.passed(tx, LATER)[0]
    deadlines.drop(tx, seq)
    deadlines.add(tx, seq, {Awaited.HANDED_OVER: LATER}, peer=PEER, direction=Direction.OUT)
    assert not deadlines.note_missed(tx, row, at=LATER)


def test_overdue_levels_are_counted_by_peer_direction_and_level(tx):
    for direction in (Direction.OUT, Direction.OUT, Direction.IN):
        await_all(tx, direction)
    for row in deadlines.passed(tx, "2026-01-03T00:00:00Z"):
        deadlines.note_missed(tx, row, at=LATER)
    found = [tuple(row) for row in deadlines.overdue(tx)]
    assert found == [(PEER, "in", "handed-over", 1), (PEER, "out", "handed-over", 2)]
