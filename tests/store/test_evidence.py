"""The record only grows, and a change anywhere in it shows at its exact place."""

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.envelope import base64url, digest, root_of
from gateway.errors import VerificationError
from gateway.store import evidence
from gateway.store.evidence import LOCAL, BrokenChainError, Fact, Verified
from tests.store.tables import sql

AT = "2026-09-21T14:13:20Z"
DROP = "DROP TRIGGER evidence_is_append_only; DROP TRIGGER evidence_is_never_deleted;"


def write(tx, chain, number):
    for position in range(number):
        evidence.append(tx, chain, Fact.READ, at=AT, subject=f"message {position}", uid=position)


def records(tx, chain):
    found = sql(tx, "SELECT record FROM evidence WHERE chain = ? ORDER BY position", chain)
    return [row["record"].encode() for row in found]


def tamper(tx, text, *parameters):
    """Change the record as somebody can who has the file and drops its triggers."""
    tx._database.executescript(DROP)
    assert tx._database.execute(text, parameters).rowcount == 1


@given(details=st.lists(st.dictionaries(st.sampled_from(["id", "code"]), st.text()), max_size=30))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_chain_verifies_and_its_root_is_that_of_its_records(tx, details):
    chain = f"chain {len(sql(tx, 'SELECT chain FROM chains'))}"
    for detail in details:
        evidence.append(tx, chain, Fact.RECEIVED, at=AT, **detail)
    assert evidence.verify(tx, chain) == len(details)
    checkpoint = evidence.checkpoint(tx, chain)
    assert checkpoint.size == len(details)
    assert checkpoint.root == base64url.encode(root_of(records(tx, chain)))


def test_each_peer_has_a_chain_of_its_own(tx):
    write(tx, "kh/molvt", 3)
    write(tx, "vn/dolab", 2)
    write(tx, LOCAL, 1)
    assert {row["chain"]: row["size"] for row in evidence.chains(tx)} == {
        "kh/molvt": 3,
        "local": 1,
        "vn/dolab": 2,
    }
    assert [evidence.verify(tx, chain) for chain in ("kh/molvt", "vn/dolab", LOCAL)] == [3, 2, 1]


def test_a_chain_that_nobody_wrote_is_empty_and_verifies(tx):
    assert evidence.verify(tx, "kh/molvt") == 0
    assert evidence.checkpoint(tx, "kh/molvt").size == 0


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE evidence SET record = '{}'",
        "UPDATE evidence SET fact = 'received' WHERE position = 1",
        "DELETE FROM evidence WHERE position = 1",
        "DELETE FROM evidence",
    ],
)
def test_the_record_is_append_only(tx, text):
    write(tx, LOCAL, 3)
    before = records(tx, LOCAL)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        tx._database.execute(text)
    assert records(tx, LOCAL) == before


CHANGES = [
    "UPDATE evidence SET record = replace(record, 'read', 'edit') WHERE position = 4",
    "UPDATE evidence SET record = 'no JSON' WHERE position = 4",
    "UPDATE evidence SET record = '{}' WHERE position = 4",
    "UPDATE evidence SET hash = 'sha-256:other' WHERE position = 4",
    "UPDATE evidence SET fact = 'accepted' WHERE position = 4",
    "UPDATE evidence SET subject = 'message 5' WHERE position = 4",
    "UPDATE evidence SET subject = NULL WHERE position = 4",
    "UPDATE evidence SET position = 99 WHERE position = 4",
    "DELETE FROM evidence WHERE position = 4",
]


@pytest.mark.parametrize("text", CHANGES)
def test_F61_a_changed_record_is_found_at_its_exact_place(tx, text):
    write(tx, LOCAL, 9)
    tamper(tx, text)
    with pytest.raises(VerificationError, match="does not hold at 4"):
        evidence.verify(tx, LOCAL)


def test_F61_a_record_changed_together_with_its_hash_breaks_the_next_one(tx):
    write(tx, LOCAL, 9)
    edited = records(tx, LOCAL)[4].replace(b'"uid":4', b'"uid":7')
    tamper(
        tx,
        "UPDATE evidence SET record = ?, hash = ? WHERE position = 4",
        edited.decode(),
        digest(edited),
    )
    with pytest.raises(VerificationError, match="does not hold at 5"):
        evidence.verify(tx, LOCAL)


def test_F61_a_cut_tail_is_found(tx):
    write(tx, LOCAL, 9)
    tamper(tx, "DELETE FROM evidence WHERE position = 8")
    with pytest.raises(VerificationError, match="ends at 8, not at 9"):
        evidence.verify(tx, LOCAL)


def test_F61_a_record_added_behind_the_chain_is_found(tx):
    write(tx, LOCAL, 3)
    tamper(
        tx,
        "INSERT INTO evidence SELECT chain, 3, fact, subject, hash, record FROM evidence"
        " WHERE position = 2",
    )
    with pytest.raises(VerificationError, match="does not hold at 3"):
        evidence.verify(tx, LOCAL)


def test_F61_a_damaged_frontier_is_found(tx):
    write(tx, LOCAL, 3)
    tamper(tx, "UPDATE chains SET frontier = zeroblob(length(frontier))")
    with pytest.raises(VerificationError):
        evidence.verify(tx, LOCAL)


def test_a_long_chain_is_verified_page_by_page(tx):
    write(tx, LOCAL, 1203)
    assert evidence.verify(tx, LOCAL) == 1203
    tamper(tx, "UPDATE evidence SET record = replace(record, 'read', 'edit') WHERE position = 1001")
    with pytest.raises(VerificationError, match="does not hold at 1001"):
        evidence.verify(tx, LOCAL)


def test_a_chain_is_verified_on_from_where_it_was_left(tx):
    write(tx, LOCAL, 7)
    first = evidence.verify_on(tx, Verified(LOCAL), limit=4)
    assert (first.size, first.is_whole) == (4, False)
    second = evidence.verify_on(tx, first, limit=4)
    assert (second.size, second.is_whole) == (7, True)
    write(tx, LOCAL, 2)
    third = evidence.verify_on(tx, second)
    assert (third.size, third.is_whole) == (9, True)
    assert third.frontier.to_bytes() == sql(tx, "SELECT frontier FROM chains")[0]["frontier"]


def test_a_page_that_ends_with_the_chain_is_followed_by_its_end(tx):
    write(tx, LOCAL, 4)
    first = evidence.verify_on(tx, Verified(LOCAL), limit=4)
    assert (first.size, first.is_whole) == (4, False)
    assert evidence.verify_on(tx, first, limit=4).is_whole


def test_what_was_verified_before_is_not_read_again_and_what_follows_is(tx):
    write(tx, LOCAL, 9)
    so_far = evidence.verify_on(tx, Verified(LOCAL), limit=5)
    tamper(tx, "UPDATE evidence SET subject = 'other' WHERE position = 2")
    assert evidence.verify_on(tx, so_far).is_whole
    with pytest.raises(BrokenChainError) as caught:
        evidence.verify(tx, LOCAL)
    assert (caught.value.chain, caught.value.position) == (LOCAL, 2)


def test_a_chain_that_was_cut_below_what_was_verified_is_found(tx):
    write(tx, LOCAL, 9)
    so_far = evidence.verify_on(tx, Verified(LOCAL))
    tx._database.executescript(DROP)
    tx._database.execute("DELETE FROM evidence WHERE position > 3")
    tx._database.execute("UPDATE chains SET size = 4")
    with pytest.raises(BrokenChainError, match="ends at 9, not at 4"):
        evidence.verify_on(tx, so_far)
