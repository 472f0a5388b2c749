"""Steps of a thread are taken out one by one, and the rest stands as if they had never been."""

import pytest

from gateway.catalogue import ThreadState
from gateway.store import messages, steps
from gateway.store.messages import Direction, Reached, State
from tests.store.tables import PEER, message, sql


def step(tx, thread, before, *, peer=PEER, direction=Direction.OUT):
    seq, _ = message(tx, peer=peer, direction=direction)
    messages.note_step(tx, seq, thread=thread, step="part", before=before)
    return seq


def undo(tx, seq, *, peer=PEER):
    (found,) = steps.of(tx, seq)
    return steps.undo(tx, peer, seq, found)


def test_the_last_step_gives_back_the_state_before_it(tx):
    first, last = step(tx, "t", "requested"), step(tx, "t", "in-progress")
    assert undo(tx, last) is ThreadState.IN_PROGRESS
    assert undo(tx, first) is ThreadState.REQUESTED
    assert steps.of(tx, first) == []


def test_a_step_that_others_followed_hands_its_place_on(tx):
    first, second = step(tx, "t", "requested"), step(tx, "t", "accepted")
    third = step(tx, "t", "in-progress", direction=Direction.IN)
    assert undo(tx, first) is None
    assert undo(tx, second) is None
    assert steps.of(tx, third)[0]["before"] == "requested"


def test_only_steps_of_that_thread_with_that_peer_follow(tx):
    seq = step(tx, "t", "requested")
    step(tx, "u", "requested")
    step(tx, "t", "requested", peer="vn/dolab")
    assert undo(tx, seq) is ThreadState.REQUESTED


def test_a_message_may_have_moved_several_threads(tx):
    seq, _ = message(tx)
    for thread in ("t", "u"):
        messages.note_step(tx, seq, thread=thread, step="accept", before="requested")
    assert {row["thread"] for row in steps.of(tx, seq)} == {"t", "u"}
    for found in steps.of(tx, seq):
        assert steps.undo(tx, PEER, seq, found) is ThreadState.REQUESTED


@pytest.mark.parametrize(
    ("levels", "taken", "state"),
    [
        (["handed-over", "accepted", "answered"], "answered", State.ACCEPTED),
        (["handed-over", "answered"], "answered", State.HANDED_OVER),
        (["handed-over", "accepted"], "accepted", State.HANDED_OVER),
        (["handed-over", "accepted", "declined"], "declined", State.ACCEPTED),
        (["answered"], "answered", State.RECEIVED),
    ],
)
def test_without_its_latest_level_a_message_stands_where_the_one_before_put_it(
    tx, levels, taken, state
):
    seq, _ = message(tx, direction=Direction.IN)
    for level in levels:
        messages.reach(tx, seq, Reached(level), "2026-01-02T00:00:00Z")
    steps.unreach(tx, seq, Reached(taken))
    row = messages.shown(tx, seq)
    assert row["state"] == state
    assert row[taken.replace("-", "_")] is None
    assert all(row[level.replace("-", "_")] for level in levels if level != taken)


def test_a_message_gets_its_place_back_from_one_that_never_arrived(tx):
    (old, old_header), (new, new_header) = message(tx), message(tx)
    messages.supersede(
        tx, old=old, old_id=old_header.id, new=new, new_id=new_header.id, mode="correct"
    )
    steps.unsupersede(tx, new)
    assert messages.shown(tx, old)["superseded_by"] is None
    assert sql(tx, "SELECT * FROM supersessions") == []
