"""What is counted for monitoring is what stands in the store, and names nobody."""

import pytest

from gateway.store import figures, outbox, peers
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL
from gateway.store.messages import State
from tests.store.filled import AT, everything, put
from tests.store.tables import PEER, duty, sql


@pytest.fixture
def filled(tx):
    everything(tx)
    return tx


def test_the_links_tell_what_waits_and_since_when(filled):
    (link,) = figures.vital(filled).links
    assert (link.node, link.enabled, link.failures) == (PEER, True, 0)
    assert link.waiting == {"queued": 1}
    assert link.oldest == sql(filled, "SELECT created FROM messages WHERE seq = 1")[0]["created"]
    assert (link.version, link.clock_offset, link.last_contact) == (None, None, None)


def test_of_several_that_wait_the_first_counts_in_whatever_state(filled):
    later = "2030-01-01T00:00:00Z"
    put(filled, "UPDATE messages SET created = ? WHERE seq > 1", later)
    put(
        filled,
        "INSERT INTO outbox (seq, peer, thread, rank, immediate, head, state, judge_at)"
        " VALUES (2, ?, 't', 1, 0, 1, 'queued', ?)",
        PEER,
        later,
    )
    put(filled, "UPDATE outbox SET state = 'held' WHERE seq = 1")
    (link,) = figures.vital(filled).links
    assert link.waiting == {"queued": 1, "held": 1}
    assert link.oldest < later


def test_a_peer_for_which_nothing_waits_has_no_oldest(filled):
    outbox.set_state(filled, 1, State.HELD)
    put(filled, "DELETE FROM outbox")
    peers.set_link(filled, PEER, 4, 10.0)
    peers.set_contact(filled, PEER, AT)
    (link,) = figures.vital(filled).links
    assert (link.waiting, link.oldest, link.last_contact) == ({}, None, AT)


def test_an_alarm_that_somebody_has_looked_at_is_not_counted(filled):
    raise_alarm(filled, Alarm.HELD, at=AT, peer=PEER, subject="another")
    raise_alarm(filled, Alarm.PIN, at=AT, peer=PEER)
    assert figures.vital(filled).alarms == {"held": 2, "certificate-not-pinned": 1}
    put(filled, "UPDATE alarms SET seen = ? WHERE subject = 'another'", AT)
    assert figures.vital(filled).alarms == {"held": 1, "certificate-not-pinned": 1}


def test_everything_that_can_be_counted_is(filled):
    for level, direction in (("accepted", "out"), ("answered", "in")):
        duty(filled, 1, level, peer=PEER, direction=direction, due=AT, missed=AT)
    duty(filled, 2, "accepted", peer=PEER, direction="out", due=AT)
    duty(filled, 2, "repeated", peer=PEER, direction="out", due=AT, missed=AT)
    done = {"closed": AT, "outcome": "done"}
    duty(filled, 2, "answered", peer=PEER, direction="out", due=AT, missed=AT, **done)
    put(
        filled,
        "INSERT INTO security_events (at, peer, code, size, digest) VALUES (?, ?, 'x', 1, 'd')",
        *(AT, PEER),
    )
    found = figures.load(filled)
    assert found.vital == figures.vital(filled)
    assert found.messages == {("out", "queued"): 1, ("out", "refused"): 1, ("in", "received"): 1}
    assert found.missed == {(PEER, "out", "accepted"): 1, (PEER, "in", "answered"): 1}
    assert found.duties == {
        (PEER, "them", "accepted"): (2, 1),
        (PEER, "them", "repeated"): (1, 1),
        (PEER, "us", "answered"): (1, 1),
    }
    assert found.refused == {(PEER, "in", "unknown-type"): 1, (PEER, "out", "unknown-type"): 1}
    assert found.unreadable == {PEER: 1}
    assert found.evidence == {PEER: 9, LOCAL: 1}


def test_a_deadline_that_is_still_ahead_is_not_missed(filled):
    duty(filled, 1, "accepted", peer=PEER, direction="out", due=AT)
    assert figures.load(filled).missed == {}
