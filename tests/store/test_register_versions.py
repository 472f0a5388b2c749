"""Versions of register entries: whatever the order of settling, the order of arrival decides."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.catalogue import Register
from gateway.catalogue.register_changes import Change
from gateway.errors import InvalidError, NotFoundError
from gateway.store import Transaction, register_versions, registers
from gateway.store.register_versions import Cause
from gateway.store.sealing import CorruptError
from tests.store.conftest import fresh
from tests.store.tables import PEER, sql

ORGS = Register.SENDING_ORGS
AT = [f"2026-03-{day:02}T00:00:00Z" for day in range(1, 29)]


def change(entry: str = "so-1", **said: Any) -> Change:
    return Change(register=ORGS, entry=entry, **said)


def put(tx: Transaction, change: Change, at: str, *, slot: int | None = None) -> int:
    """Let a message, of which only the row is of interest, change an entry."""
    seq = next_row(tx)
    register_versions.put(tx, PEER, change, Cause(message=seq, slot=slot or seq, at=at))
    return seq


def next_row(tx: Transaction) -> int:
    (row,) = sql(tx, "SELECT ifnull(max(message), 0) + 1 AS seq FROM register_versions")
    return int(row["seq"])


def now(tx: Transaction, entry: str = "so-1") -> registers.Entry:
    return registers.get(tx, PEER, ORGS, entry)


def told(tx: Transaction) -> list[tuple[Any, ...]]:
    """Return the history of the only entry with what is sealed of it."""
    return [
        (each.status, each.removed, each.valid_from, each.valid_to, each.public, private(tx, each))
        for each in registers.history(tx, PEER, ORGS, "so-1")
    ]


def private(tx: Transaction, entry: registers.Entry) -> Mapping[str, Any]:
    return registers.opened(tx, entry)


# --- one after another ---------------------------------------------------------------------------


def test_a_version_ends_when_the_next_begins(tx):
    put(tx, change(status="approved", public={"a": 1}), AT[0])
    put(tx, change(status="suspended", public={"b": 2}), AT[5])
    assert [row[:4] for row in told(tx)] == [
        ("approved", False, AT[0], AT[5]),
        ("suspended", False, AT[5], None),
    ]
    assert now(tx).public == {"a": 1, "b": 2}


def test_an_entry_is_what_it_was_at_a_time(tx):
    put(tx, change(status="approved"), AT[1])
    put(tx, change(status="revoked"), AT[3])
    at = {as_of: registers.get(tx, PEER, ORGS, "so-1", as_of=as_of) for as_of in AT[1:5]}
    statuses = [each.status for each in at.values()]
    assert statuses == ["approved", "approved", "revoked", "revoked"]
    with pytest.raises(NotFoundError):
        registers.get(tx, PEER, ORGS, "so-1", as_of=AT[0])


def test_two_versions_of_one_second_leave_the_later_one(tx):
    put(tx, change(status="approved"), AT[0])
    put(tx, change(status="revoked"), AT[0])
    assert now(tx).status == "revoked"
    assert registers.get(tx, PEER, ORGS, "so-1", as_of=AT[0]).status == "revoked"
    assert len(told(tx)) == 2


@pytest.mark.parametrize("as_of", [None, AT[9]])
def test_a_register_is_read_page_by_page_without_what_was_removed(tx, as_of):
    for number in range(5):
        put(tx, change(f"so-{number}", status="approved", public={"n": f"name {number}"}), AT[0])
    put(tx, change("so-2", removed=True), AT[1])
    first = registers.page(tx, PEER, ORGS, as_of=as_of, limit=2)
    second = registers.page(tx, PEER, ORGS, as_of=as_of, after=first[-1].entry, limit=9)
    assert [each.entry for each in (*first, *second)] == ["so-0", "so-1", "so-3", "so-4"]
    (found,) = registers.page(tx, PEER, ORGS, as_of=as_of, words=["NAME", "3"], limit=9)
    assert found.entry == "so-3"
    assert registers.page(tx, PEER, ORGS, as_of=as_of, status="revoked", limit=9) == []
    assert registers.counts(tx, PEER, ORGS) == {"approved": 4}


@pytest.mark.parametrize("as_of", [None, AT[9]])
def test_what_is_found_stands_in_the_order_of_ids(tx, as_of):
    for entry in ("so-3", "so-1", "so-2"):
        put(tx, change(entry, public={"n": "name"}), AT[0])
    found = registers.page(tx, PEER, ORGS, as_of=as_of, words=["name"], limit=2)
    assert [each.entry for each in found] == ["so-1", "so-2"]


def test_words_are_found_however_they_are_spelt(tx):
    names = {"en": "Angkor", "ja": "ﾒｺﾝ支援", "km": "\u1780\u17c1\u17b8"}
    put(tx, change(public={"name": names, "licence": {"number": "AB-12"}}), AT[0])
    for word in ("ANGKOR", "メコン", "支援", "\u1780\u17be", "ab12", "ab-12"):
        assert len(registers.page(tx, PEER, ORGS, words=[word], limit=9)) == 1, word
    assert registers.page(tx, PEER, ORGS, words=["angkor", "nobody"], limit=9) == []


def test_more_words_than_a_query_takes_are_refused(tx):
    with pytest.raises(InvalidError, match="8 words"):
        registers.page(tx, PEER, ORGS, words=list("abcdefghi"), limit=9)


# --- out of order --------------------------------------------------------------------------------

SAID = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["approved", "suspended", "revoked"]),
        "public": st.dictionaries(st.sampled_from("abc"), st.integers(0, 9) | st.none()),
        "private": st.dictionaries(st.sampled_from("xyz"), st.integers(0, 9)),
        "whole": st.booleans(),
        "removed": st.booleans(),
    },
)


@settings(max_examples=40)
@given(said=st.lists(SAID, min_size=1, max_size=6), data=st.data())
def test_the_order_of_arrival_decides_not_that_of_settling(said, data):
    """Receipts may come in another order than the messages that they are of."""
    order = data.draw(st.permutations(range(len(said))))
    with fresh() as one, fresh() as other:
        for number in range(len(said)):
            put(one, change(**said[number]), AT[number])
        for number in order:
            put(other, change(**said[number]), AT[number])
        assert told(one) == told(other)


@settings(max_examples=40)
@given(said=st.lists(SAID, min_size=2, max_size=6), data=st.data())
def test_what_is_taken_back_counts_as_if_it_had_never_come(said, data):
    gone = data.draw(st.integers(0, len(said) - 1))
    with fresh() as one, fresh() as other:
        slots = [put(one, change(**each), AT[number]) for number, each in enumerate(said)]
        for number, each in enumerate(said):
            if number != gone:
                put(other, change(**each), AT[number])
        cause = Cause(message=next_row(one), slot=slots[gone], at=AT[20])
        register_versions.take_back(one, PEER, ORGS, "so-1", cause)
        assert told(one)[-1][4:] == told(other)[-1][4:]
        assert told(one)[-1][:2] == told(other)[-1][:2]


@settings(max_examples=40)
@given(said=st.lists(SAID, min_size=2, max_size=6), instead=SAID, data=st.data())
def test_a_correction_counts_as_if_it_had_been_said_at_first(said, instead, data):
    wrong = data.draw(st.integers(0, len(said) - 1))
    with fresh() as one, fresh() as other:
        slots = [put(one, change(**each), AT[number]) for number, each in enumerate(said)]
        for number, each in enumerate(said):
            put(other, change(**(instead if number == wrong else each)), AT[number])
        put(one, change(**instead), AT[20], slot=slots[wrong])
        assert told(one)[-1][4:] == told(other)[-1][4:]
        assert told(one)[-1][:2] == told(other)[-1][:2]


def test_the_whole_history_stays_after_a_correction_and_a_withdrawal(tx):
    first = put(tx, change(status="approved", public={"a": 1}), AT[0])
    put(tx, change(status="approved", public={"a": 2}), AT[1], slot=first)
    cause = Cause(message=next_row(tx), slot=first, at=AT[2])
    register_versions.take_back(tx, PEER, ORGS, "so-1", cause)
    assert [row[:3] for row in told(tx)] == [
        ("approved", False, AT[0]),
        ("approved", False, AT[1]),
        ("withdrawn", True, AT[2]),
    ]
    assert told(tx)[0][4] == {"a": 1}


# --- what is sealed ------------------------------------------------------------------------------


def test_what_is_private_does_not_lie_in_clear(tx):
    put(tx, change(public={"a": 1}, private={"name": "SOKHA CHANN"}), AT[0])
    put(tx, change(private={"more": "SOKHA CHANN"}), AT[1])
    assert private(tx, now(tx)) == {"name": "SOKHA CHANN", "more": "SOKHA CHANN"}
    for row in sql(tx, "SELECT * FROM register_versions"):
        assert b"SOKHA" not in b"".join(str(value).encode() for value in tuple(row))
        assert b"SOKHA" not in row["private"]


def test_numbers_are_found_but_do_not_lie_in_clear(tx):
    put(tx, change(private={"certificate_no": "TEST-CERT-7"}), AT[0])
    (found,) = registers.by_number(tx, PEER, ORGS, "test cert 7")
    assert found.entry == "so-1"
    assert registers.by_number(tx, PEER, ORGS, "TEST-CERT-8") == []
    assert registers.by_number(tx, "np/moless", ORGS, "TEST-CERT-7") == []
    for row in sql(tx, "SELECT lookup FROM register_numbers"):
        assert len(row["lookup"]) == 32
        assert b"CERT" not in row["lookup"]


def test_a_sealed_part_moved_to_another_entry_does_not_open(tx):
    put(tx, change("so-1", private={"x": 1}), AT[0])
    put(tx, change("so-2", private={"x": 2}), AT[0])
    sql(
        tx,
        "UPDATE register_versions SET (private, content_key) = (SELECT private, content_key"
        " FROM register_versions WHERE entry = 'so-1') WHERE entry = 'so-2'",
    )
    with pytest.raises(CorruptError):
        private(tx, now(tx, "so-2"))


TAMPERED = [
    "status = 'approved'",
    "public = '{}'",
    "removed = 1",
    f"valid_from = '{AT[5]}', valid_to = NULL",
    "entry = 'so-9'",
]


@pytest.mark.parametrize("edit", TAMPERED)
def test_an_entry_that_was_changed_on_the_disk_is_not_shown(tx, edit):
    put(tx, change(status="revoked", public={"a": 1}), AT[0])
    sql(tx, f"UPDATE register_versions SET {edit}")
    entry = "so-9" if "so-9" in edit else "so-1"
    with pytest.raises(CorruptError, match="changed on the disk"):
        now(tx, entry)
