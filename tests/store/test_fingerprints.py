"""What messages identify, as keyed numbers: who said it first, and how."""

import os

import pytest

from gateway.catalogue.identifying import Kind
from gateway.policy.fingerprints import trace
from gateway.store import fingerprints, origin_hits
from gateway.store.fingerprints import US, Standing
from gateway.store.origin_hits import Noted, State
from gateway.store.sealing import Sealer
from tests.store.tables import message, sql

NUMBER = trace(Kind.DOCUMENT, "N01234567")
NAME = trace(Kind.NAME, "SOK PISEY")
AT = "2026-03-31T09:00:00Z"


@pytest.fixture
def seq(tx):
    return message(tx)[0]


def say(tx, seq, by, *, is_open=False, traces=(NUMBER,), most=100):
    return fingerprints.add(tx, [(each, is_open) for each in traces], by=by, seq=seq, most=most)


def standings(tx, known=NUMBER):
    return {
        each.by: each.standing
        for each in fingerprints.known(tx, {fingerprints.mark_of(tx, known.text)})
    }


def test_what_a_peer_told_in_confidence_is_its(tx, seq):
    assert say(tx, seq, "kh/molvt") == 1
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}


def test_what_we_said_before_a_peer_told_it_stays_ours_alone(tx, seq):
    say(tx, seq, US)
    assert say(tx, seq, "kh/molvt") == 0
    assert standings(tx) == {US: Standing.CLOSED}


def test_repeating_what_a_peer_told_in_confidence_makes_it_not_ours(tx, seq):
    say(tx, seq, "kh/molvt")
    assert say(tx, seq, US) == 0
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}


def test_what_a_peer_says_to_everybody_is_open_and_stays_so(tx, seq):
    say(tx, seq, "kh/molvt")
    say(tx, seq, "kh/molvt", is_open=True)
    say(tx, seq, "kh/molvt")
    assert standings(tx) == {"kh/molvt": Standing.OPEN}


def test_making_public_what_a_peer_told_in_confidence_frees_nothing(tx, seq):
    say(tx, seq, "kh/molvt")
    assert say(tx, seq, US, is_open=True) == 0
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}


def test_what_we_said_first_can_be_made_public(tx, seq):
    say(tx, seq, US)
    say(tx, seq, "kh/molvt")
    say(tx, seq, US, is_open=True)
    assert standings(tx) == {US: Standing.OPEN}


def test_what_a_message_had_said_openly_can_be_closed_again_for_that_message(tx, seq):
    other, _ = message(tx)
    say(tx, seq, "kh/molvt", is_open=True)
    fingerprints.close_again(tx, [NUMBER], by="kh/molvt", seq=other)
    assert standings(tx) == {"kh/molvt": Standing.OPEN}
    fingerprints.close_again(tx, [NUMBER], by="kh/molvt", seq=seq)
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}


def test_a_cap_leaves_out_what_comes_after_it(tx, seq):
    assert say(tx, seq, "kh/molvt", traces=(NUMBER, NAME), most=1) == 1
    assert standings(tx, NAME) == {}
    assert fingerprints.count(tx, "kh/molvt") == 1
    assert fingerprints.count(tx, "np/moless") == 0
    assert fingerprints.givers(tx) == {"kh/molvt"}


def test_first_signs_tell_how_long_what_begins_with_them_is(tx, seq):
    longer = trace(Kind.DOCUMENT, "N0123-ABCDEF")
    say(tx, seq, "kh/molvt", traces=(NUMBER, longer, NAME))
    same = fingerprints.anchor_of(tx, NUMBER.anchor)
    none = fingerprints.anchor_of(tx, "zzzzz")
    assert NUMBER.anchor == longer.anchor
    assert fingerprints.sizes(tx, [none, same]) == {same: {9, 11}}


def test_another_store_key_makes_other_numbers(tx):
    other = Sealer(b"k" * 32, os.urandom)
    assert other.fingerprint("N01234567") != tx.sealer.fingerprint("N01234567")
    assert 0 <= other.fingerprint("N01234567") < 2**63


def test_first_signs_are_never_taken_for_a_whole(tx):
    assert fingerprints.mark_of(tx, "n0123") != fingerprints.anchor_of(tx, "n0123")


def test_nothing_of_a_text_lies_in_the_file(tx, seq):
    say(tx, seq, "kh/molvt", traces=(NUMBER, NAME))
    kept = repr([tuple(row) for row in sql(tx, "SELECT * FROM fingerprints")])
    assert "pisey" not in kept.lower()
    assert "0123" not in kept


@pytest.fixture
def hit(tx, seq):
    say(tx, seq, "kh/molvt")
    return note(tx, seq)


def note(tx, seq, *, audience="np/moless", pointer="/a"):
    found = Noted(
        mark=fingerprints.mark_of(tx, NUMBER.text),
        by="kh/molvt",
        seq=seq,
        kind="document",
        audience=audience,
        type="inquiry.request",
        pointer=pointer,
    )
    return origin_hits.note(tx, found, uid=1000, at=AT)


def test_the_same_find_for_the_same_audience_has_one_number(tx, seq, hit):
    assert note(tx, seq, pointer="/b") == hit
    assert origin_hits.get(tx, hit)["pointer"] == "/b"
    assert note(tx, seq, audience="public") != hit


def test_nobody_approves_what_they_claim_themselves(tx, hit):
    assert origin_hits.claim(tx, hit, reason="our register", uid=1000, at=AT)
    row = origin_hits.get(tx, hit)
    assert not origin_hits.judge(tx, row, approves=True, uid=1000, at=AT)
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}
    assert origin_hits.judge(tx, row, approves=True, uid=1001, at=AT)
    assert standings(tx) == {"kh/molvt": Standing.CLOSED, US: Standing.INDEPENDENT}
    assert not origin_hits.claim(tx, hit, reason="again", uid=1000, at=AT)


def test_what_was_rejected_can_be_claimed_anew_and_frees_nothing(tx, seq, hit):
    origin_hits.claim(tx, hit, reason="our register", uid=1000, at=AT)
    origin_hits.judge(tx, origin_hits.get(tx, hit), approves=False, uid=1001, at=AT)
    assert standings(tx) == {"kh/molvt": Standing.CLOSED}
    assert origin_hits.get(tx, hit)["state"] == State.REJECTED
    assert note(tx, seq) == hit
    assert origin_hits.get(tx, hit)["state"] == State.OPEN


def test_a_reason_lies_sealed(tx, hit):
    origin_hits.claim(tx, hit, reason="our register of Osaka", uid=1000, at=AT)
    row = origin_hits.get(tx, hit)
    assert b"Osaka" not in bytes(row["reason"])
    assert origin_hits.reason_of(tx, row) == "our register of Osaka"


def test_finds_come_newest_first_and_only_those_that_wait(tx, seq, hit):
    second = note(tx, seq, audience="public")
    origin_hits.claim(tx, hit, reason="our register", uid=1000, at=AT)
    origin_hits.judge(tx, origin_hits.get(tx, hit), approves=True, uid=1001, at=AT)
    shown = [
        [row["hit"] for row in origin_hits.page(tx, before=None, limit=9, everything=everything)]
        for everything in (False, True)
    ]
    assert shown == [[second], [second, hit]]
