"""What leaves when: urgent first, one after another in a thread, and only the stored bytes."""

import pytest

from gateway.envelope import Sealed, digest
from gateway.store import outbox
from gateway.store.messages import State
from gateway.store.sealing import CorruptError
from tests.store.tables import PEER, message, sql

FAR = 1e12


def sealed(name, size=10):
    envelope = name.encode().ljust(size, b".")
    return Sealed(envelope=envelope, digest=digest(envelope), kid="k")


def queue(tx, name, *, thread=None, peer=PEER, priority="routine", immediate=False, size=10):
    seq, header = message(tx, peer=peer)
    outbox.add(
        tx,
        seq,
        sealed(name, size),
        peer=peer,
        thread=thread or header.thread,
        priority=priority,
        immediate=immediate,
        expires=header.expires,
        at=header.created,
    )
    return seq


def ready(tx, *, peer=PEER, now=0.0, limit=64, octets=2**21, alone=()):
    found = outbox.ready(tx, peer, now, limit=limit, octets=octets, alone=alone)
    return [item.envelope.rstrip(b".").decode() for item in found]


def test_what_is_urgent_leaves_first_and_an_immediate_one_overtakes_it(tx):
    queue(tx, "routine")
    queue(tx, "urgent", priority="urgent")
    queue(tx, "emergency", priority="emergency")
    queue(tx, "immediate", immediate=True)
    queue(tx, "late routine")
    assert ready(tx) == ["immediate", "emergency", "urgent", "routine", "late routine"]


def test_a_thread_offers_one_message_and_the_next_one_only_after_it(tx):
    first = queue(tx, "first", thread="t")
    queue(tx, "second", thread="t", priority="emergency")
    queue(tx, "third", thread="t")
    queue(tx, "elsewhere", thread="u")
    assert ready(tx) == ["first", "elsewhere"]
    outbox.leave(tx, PEER, "t", first)
    assert ready(tx) == ["second", "elsewhere"]


def test_an_immediate_message_does_not_wait_for_its_thread_nor_hold_it_up(tx):
    queue(tx, "first", thread="t")
    immediate = queue(tx, "immediate", thread="t", immediate=True)
    queue(tx, "second", thread="t")
    assert ready(tx) == ["immediate", "first"]
    outbox.leave(tx, PEER, "t", immediate)
    assert ready(tx) == ["first"]


def test_threads_of_two_peers_with_one_name_do_not_wait_for_each_other(tx):
    queue(tx, "ours", thread="t")
    queue(tx, "theirs", thread="t", peer="vn/dolab")
    assert (ready(tx), ready(tx, peer="vn/dolab")) == (["ours"], ["theirs"])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [(1, ["a"]), (33, ["a", "b", "c"]), (32, ["a", "b"]), (22, ["a", "b"]), (21, ["a"])],
)
def test_a_batch_keeps_within_its_octets_but_never_starves(tx, octets, expected):
    for name in "abc":
        queue(tx, name, size=10)
    assert ready(tx, octets=octets) == expected


def test_a_batch_keeps_within_its_lines(tx):
    for number in range(5):
        queue(tx, f"n{number}")
    assert ready(tx, limit=3) == ["n0", "n1", "n2"]


def test_what_goes_alone_shares_no_request_and_keeps_its_place(tx):
    first, _, third = queue(tx, "first"), queue(tx, "second"), queue(tx, "third")
    assert ready(tx, alone={first, third}) == ["first"]
    outbox.postpone(tx, first, 50.0, refused=True)
    assert ready(tx, alone={first, third}) == ["second"]
    queue(tx, "emergency", priority="emergency")
    assert ready(tx, now=50.0, alone={first, third}) == ["emergency", "second"]


def test_a_postponed_message_waits_for_its_time(tx):
    seq = queue(tx, "a")
    outbox.postpone(tx, seq, 50.0, refused=False)
    assert (ready(tx, now=49.9), ready(tx, now=50.0)) == ([], ["a"])
    assert outbox.next_time(tx, PEER)[0] == 50.0


def test_a_held_message_waits_for_a_person_and_an_overdue_one_is_still_offered(tx):
    held, overdue = queue(tx, "held"), queue(tx, "overdue")
    outbox.set_state(tx, held, State.HELD)
    outbox.set_state(tx, overdue, State.OVERDUE)
    assert ready(tx, now=FAR) == ["overdue"]


def test_a_new_envelope_takes_the_place_of_the_old_one_and_both_digests_stay_known(tx):
    seq = queue(tx, "old")
    outbox.add_envelope(tx, seq, sealed("new"), "2026-09-21T14:13:20Z")
    assert ready(tx) == ["new"]
    for name in ("old", "new"):
        row = outbox.by_envelope(tx, sealed(name).digest)
        assert row is not None
        assert row["seq"] == seq
    outbox.leave(tx, PEER, "t", seq)
    kept = sql(tx, "SELECT count(*), count(envelope) FROM sealings WHERE seq = ?", seq)
    assert tuple(kept[0]) == (2, 0)


def test_F20_a_changed_envelope_is_never_offered(tx):
    queue(tx, "honest")
    sql(tx, "UPDATE sealings SET envelope = CAST('changed...' AS BLOB)")
    with pytest.raises(CorruptError, match="envelope"):
        ready(tx)


def test_a_wait_longer_than_any_honest_one_is_no_wait(tx):
    seq = queue(tx, "a")
    outbox.postpone(tx, seq, 5000.0, refused=False)
    assert outbox.ready(tx, PEER, 10.0, latest=6000.0, limit=64, octets=2**21) == []
    (item,) = outbox.ready(tx, PEER, 10.0, latest=912.0, limit=64, octets=2**21)
    assert item.seq == seq


def test_only_what_still_waits_is_noted_as_attempted(tx):
    waits, held, gone = (queue(tx, name) for name in ("waits", "held", "gone"))
    outbox.set_state(tx, held, State.HELD)
    outbox.leave(tx, PEER, "t", gone)
    assert outbox.attempted(tx, [waits, held, gone], "2026-01-01T00:00:00Z") == {waits}
    counted = sql(tx, "SELECT seq, attempts FROM messages ORDER BY seq")
    assert [tuple(row) for row in counted] == [(waits, 1), (held, 0), (gone, 0)]
    assert outbox.waiting(tx, held)["attempted_at"] is None


def test_what_has_left_the_queue_keeps_its_state(tx):
    seq = queue(tx, "gone", thread="t")
    outbox.leave(tx, PEER, "t", seq)
    sql(tx, "UPDATE messages SET state = 'delivered'")
    assert not outbox.set_state(tx, seq, State.HELD)
    assert [row["state"] for row in sql(tx, "SELECT state FROM messages")] == ["delivered"]


def test_what_depends_on_a_message_is_what_answers_it_and_what_stands_in_the_matter_it_opens(tx):
    opener = queue(tx, "opener", thread="t")
    follower = queue(tx, "follower", thread="t")
    reply, stranger = queue(tx, "reply", thread="u"), queue(tx, "stranger", thread="v")
    (row,) = sql(tx, "SELECT id FROM messages WHERE seq = ?", opener)
    for seq in (follower, reply):
        sql(tx, "UPDATE messages SET in_reply_to = ? WHERE seq = ?", row["id"], seq)

    def found(opened):
        rows = outbox.depending_on(tx, peer=PEER, seq=opener, id=row["id"], opened=opened)
        return [each["seq"] for each in rows]

    assert found("t") == found(None) == [follower, reply]
    sql(tx, "UPDATE messages SET in_reply_to = NULL WHERE seq = ?", follower)
    assert found("t") == [follower, reply]
    assert found(None) == [reply]
    assert stranger not in found("t")


def test_the_envelopes_of_a_message_are_told_in_the_order_of_sealing(tx):
    seq = queue(tx, "first")
    second, third = sealed("second"), sealed("third")
    outbox.add_envelope(tx, seq, third, "2027-01-03T00:00:00Z")
    outbox.add_envelope(tx, seq, second, "2027-01-02T00:00:00Z")
    assert outbox.envelopes_of(tx, seq) == [sealed("first").digest, second.digest, third.digest]


def test_bytes_that_were_changed_are_noticed(tx):
    seq = queue(tx, "first")
    assert outbox.is_whole(tx, seq)
    sql(tx, "UPDATE sealings SET envelope = CAST('x' AS BLOB)")
    assert not outbox.is_whole(tx, seq)
    sql(tx, "UPDATE sealings SET envelope = NULL")
    assert not outbox.is_whole(tx, seq)
