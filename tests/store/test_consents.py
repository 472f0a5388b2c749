"""Rows of consents: found by id and message, ended once, and worth nothing once changed."""

from dataclasses import replace

import pytest

from gateway.errors import ConflictError, NotFoundError
from gateway.policy import Denied
from gateway.store import consent_notices, consents
from gateway.store.consent_notices import NoticeKind, Why
from gateway.store.consents import ConsentState, Kept
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError
from tests.store.tables import PEER, message, sql

AT, LATER = "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"
FIRST, SECOND = "0195c2b0-11aa-7d00-8a00-000000000001", "0195c2b0-22bb-7d00-8a00-000000000002"


def give(tx, consent_id=FIRST, **changes):
    seq, _ = message(tx, direction=Direction.IN)
    kept = Kept(
        seq=seq,
        peer=PEER,
        direction=Direction.IN,
        consent_id=consent_id,
        thread="t",
        not_before=AT,
        not_after=LATER,
        messages=("m",),
        noted=AT,
    )
    consents.add(tx, replace(kept, **changes))
    return consents.get(tx, seq)


def test_a_consent_is_found_by_its_id_its_message_and_its_matter(tx):
    row = give(tx)
    assert consents.by_id(tx, PEER, Direction.IN, FIRST)["seq"] == row["seq"]
    assert [each["seq"] for each in consents.of_message(tx, PEER, Direction.IN, "m")] == [
        row["seq"]
    ]
    assert [each["seq"] for each in consents.of_thread(tx, PEER, Direction.IN, "t")] == [row["seq"]]
    assert consents.of_message(tx, "np/moless", Direction.IN, "m") == []
    assert consents.of_message(tx, PEER, Direction.OUT, "m") == []


def test_a_consent_is_named_by_the_start_of_its_id(tx):
    row = give(tx)
    give(tx, SECOND)
    assert consents.find(tx, FIRST[:13])["seq"] == row["seq"]
    with pytest.raises(ConflictError, match="more than one"):
        consents.find(tx, FIRST[:8])
    with pytest.raises(NotFoundError, match="8 characters"):
        consents.find(tx, FIRST[:7])
    with pytest.raises(NotFoundError, match="no consent"):
        consents.find(tx, "0195c2b1")


def test_the_first_end_of_a_consent_stands(tx):
    row = give(tx)
    assert consents.end(tx, row, Denied.CONSENT_REVOKED, at=LATER, by=row["seq"])
    ended = consents.get(tx, row["seq"])
    consents.check(tx, ended)
    assert not consents.end(tx, ended, Denied.CONSENT_SUPERSEDED, at=LATER, by=row["seq"])
    assert consents.get(tx, row["seq"])["code"] == Denied.CONSENT_REVOKED


@pytest.mark.parametrize(
    "change",
    ["code = NULL", "peer = 'np/moless'", "direction = 'out'", "consent_id = 'x'", "uses = 9"],
)
def test_a_row_that_was_changed_on_the_disk_is_noticed(tx, change):
    row = give(tx, code=Denied.CONSENT_REPLAYED)
    consents.check(tx, row)
    sql(tx, f"UPDATE consents SET {change}")
    with pytest.raises(CorruptError, match="changed on the disk"):
        consents.check(tx, consents.get(tx, row["seq"]))


def test_what_a_message_ended_counts_again_once_that_message_never_counted(tx):
    row, other = give(tx), give(tx, SECOND)
    consents.end(tx, row, Denied.CONSENT_SUPERSEDED, at=LATER, by=other["seq"])
    consents.reopen(tx, other["seq"])
    again = consents.get(tx, row["seq"])
    consents.check(tx, again)
    assert (again["code"], again["ended_by"]) == (None, None)


def test_one_of_ours_that_never_counted_leaves_its_id_free(tx):
    row = give(tx, direction=Direction.OUT)
    consents.end(tx, row, Denied.CONSENT_INVALID, at=LATER, by=row["seq"])
    assert consents.by_id(tx, PEER, Direction.OUT, FIRST) is None


def test_a_revocation_is_kept_before_the_consent_itself_is_here(tx):
    seq, _ = message(tx, direction=Direction.IN)
    place = {"peer": PEER, "direction": Direction.IN, "consent_id": FIRST}
    consents.revoke(tx, seq, **place, reason="other", at=AT)
    assert consents.revocation(tx, PEER, Direction.IN, FIRST)["seq"] == seq
    assert consents.revocation(tx, "np/moless", Direction.IN, FIRST) is None
    assert consents.revocation(tx, PEER, Direction.OUT, FIRST) is None
    consents.unrevoke(tx, seq)
    assert consents.revocation(tx, PEER, Direction.IN, FIRST) is None


def test_only_what_the_grantor_was_told_of_ends_by_time(tx):
    row = give(tx)
    assert list(consents.to_end(tx, LATER)) == []
    consents.tell(tx, row["seq"], ConsentState.ACTIVE)
    assert consents.next_end(tx, AT) == LATER
    assert [each["seq"] for each in consents.to_end(tx, LATER)] == [row["seq"]]
    consents.tell(tx, row["seq"], ConsentState.EXPIRED)
    assert list(consents.to_end(tx, LATER)) == []
    assert consents.next_end(tx, AT) is None


def test_consents_are_counted_by_how_they_stand(tx):
    give(tx)
    give(tx, SECOND, code=Denied.CONSENT_BAD_SIGNATURE)
    give(tx, "c3", code=Denied.CONSENT_REVOKED)
    give(tx, "c4", not_after=AT, direction=Direction.OUT)
    give(tx, "c5", not_before=LATER)
    used_up = give(tx, "c6")
    consents.tell(tx, used_up["seq"], ConsentState.EXHAUSTED)
    found = {(row["direction"], row["state"]): row["count"] for row in consents.counts(tx, AT)}
    assert found == {
        ("in", "active"): 1,
        ("in", "refused"): 1,
        ("in", "revoked"): 1,
        ("in", "not-yet-valid"): 1,
        ("in", "exhausted"): 1,
        ("out", "expired"): 1,
    }


def test_a_notice_that_waits_is_not_noted_twice_and_ends_once(tx):
    row = give(tx)
    for why in (Why.CONDITION, Why.CONDITION, Why.REVOKED):
        consent_notices.note(
            tx,
            NoticeKind.REPORT,
            seq=row["seq"],
            peer=PEER,
            what=why,
            at=AT,
            consent_id=FIRST,
        )
    first, second = consent_notices.waiting(tx)
    assert [first["what"], second["what"]] == ["condition", "revoked"]
    assert consent_notices.done(tx, first["number"], "id")
    assert not consent_notices.done(tx, first["number"], "another")
    consent_notices.drop(tx, second["number"])
    assert consent_notices.waiting(tx) == []
