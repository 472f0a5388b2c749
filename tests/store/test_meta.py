"""Facts that stand once, numbers that never come twice, requests that may be repeated."""

import pytest

from gateway.errors import ConflictError, LocalError, NotFoundError
from gateway.store import alarms, meta, peers
from gateway.store.alarms import Alarm
from tests.store.tables import sql

FACTS = meta.Meta(node="jp/isa", environment="test", epoch=f"1.{'0' * 32}")
AT = "2026-09-21T14:13:20Z"
LONG_AGO = "2026-09-14T14:13:20Z"


def remember(tx, key="key", at=AT, since=LONG_AGO):
    meta.remember_request(tx, uid=1000, key=key, request="digest", id="one", at=at, since=since)


def test_a_store_has_one_owner_for_ever(tx):
    with pytest.raises(LocalError, match="not initialised"):
        meta.load(tx)
    meta.initialise(tx, FACTS)
    with pytest.raises(ConflictError):
        meta.initialise(tx, meta.Meta(node="kh/molvt", environment="test", epoch="2.0"))
    assert meta.load(tx) == FACTS


def test_the_highest_number_of_a_year_never_falls(tx):
    assert meta.highest_number(tx, "2026") == 0
    for value in (2, 1, 3):
        meta.note_number(tx, "2026", value)
    meta.note_number(tx, "2027", 1)
    assert [meta.highest_number(tx, year) for year in ("2026", "2027")] == [3, 1]


def test_a_repeated_request_finds_what_it_made(tx):
    assert meta.earlier_request(tx, 1000, "key", "digest", since=LONG_AGO) is None
    remember(tx)
    assert meta.earlier_request(tx, 1000, "key", "digest", since=LONG_AGO) == "one"


def test_a_key_used_for_another_request_is_a_conflict(tx):
    remember(tx)
    with pytest.raises(ConflictError, match="another request"):
        meta.earlier_request(tx, 1000, "key", "other digest", since=LONG_AGO)


def test_the_keys_of_two_users_do_not_meet(tx):
    remember(tx)
    assert meta.earlier_request(tx, 1001, "key", "other digest", since=LONG_AGO) is None


def test_a_key_lives_until_its_time_is_over_and_is_free_then(tx):
    remember(tx)
    assert meta.earlier_request(tx, 1000, "key", "digest", since=AT) == "one"
    later = "2026-09-21T14:13:21Z"
    assert meta.earlier_request(tx, 1000, "key", "another request", since=later) is None
    remember(tx, at=later)
    assert meta.earlier_request(tx, 1000, "key", "digest", since=later) == "one"


def test_what_remembers_a_key_forgets_at_most_a_hundred_whose_time_is_over(tx):
    for number in range(250):
        remember(tx, key=f"old {number}", since="2026-01-01T00:00:00Z")
    left = []
    for number in range(4):
        remember(tx, key=f"new {number}", at="2026-09-29T00:00:00Z", since="2026-09-22T00:00:00Z")
        left.append(sql(tx, "SELECT count(*) FROM idempotency")[0][0])
    assert left == [151, 52, 3, 4]


def test_a_follower_of_the_events_has_a_place_of_its_own_and_may_begin_anew(tx):
    assert meta.position(tx, "notify") is None
    for seq in (7, 9):
        meta.set_position(tx, "notify", seq)
    meta.set_position(tx, "other", 3)
    assert (meta.position(tx, "notify"), meta.position(tx, "other")) == (9, 3)
    meta.forget_position(tx, "notify")
    assert (meta.position(tx, "notify"), meta.position(tx, "other")) == (None, 3)


def test_the_same_alarm_is_counted_and_not_repeated(tx):
    for at in (AT, AT, "2026-09-22T00:00:00Z"):
        alarms.raise_alarm(tx, Alarm.PIN, at=at, peer="kh/molvt")
    alarms.raise_alarm(tx, Alarm.PIN, at=AT, peer="vn/dolab")
    newest = [(row["peer"], row["count"], row["last"]) for row in alarms.newest(tx, 10)]
    assert newest == [("vn/dolab", 1, AT), ("kh/molvt", 3, "2026-09-22T00:00:00Z")]


def test_security_events_are_bounded_per_peer(tx):
    for number in range(1005):
        alarms.note_event(tx, at=AT, peer="kh/molvt", code="malformed", size=number, digest="d")
    alarms.note_event(tx, at=AT, peer="vn/dolab", code="malformed", size=0, digest="d")
    found = sql(tx, "SELECT peer, count(*), min(size) FROM security_events GROUP BY peer")
    assert [tuple(row) for row in found] == [("kh/molvt", 1000, 5), ("vn/dolab", 1, 0)]


def test_a_peer_is_added_once(tx):
    peers.add(tx, "kh/molvt", fingerprint="1", card="c1", serial=1, at=AT)
    with pytest.raises(ConflictError, match="there already"):
        peers.add(tx, "kh/molvt", fingerprint="2", card="c2", serial=9, at=AT)
    assert peers.get(tx, "kh/molvt")["card"] == "c1"
    with pytest.raises(NotFoundError):
        peers.enable(tx, "vn/dolab", enabled=False)
