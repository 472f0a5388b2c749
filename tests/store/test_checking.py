"""What was changed on the disk is found, and named by its table and row."""

import sqlite3

import pytest

from gateway.errors import LocalError, NotFoundError, VerificationError
from gateway.store import checking
from gateway.store.checking import Part
from tests.store.filled import AT, harm, make, put, value
from tests.store.tables import PEER

KEPT = {
    "messages": 3,
    "entries": 1,
    "refusals": 1,
    "receipts": 1,
    "published": 1,
    "register_versions": 2,
    "disclosures": 0,
    "evidence": 0,
    "statements": 1,
    "sealings": 1,
    "own_cards": 1,
    "peers": 1,
}


@pytest.fixture
def database(path):
    return make(path)


def test_a_database_that_nobody_changed_is_whole(database):
    report = checking.check(database)
    assert report.faults == []
    assert report.rows == KEPT
    assert report.chains == {PEER: 9, "local": 1}
    checking.demand_whole(report, database)


CHANGES = [
    ("messages", "UPDATE messages SET jws = replace(jws, 'a', 'b') WHERE seq = 1", "signed text"),
    (
        "messages",
        "UPDATE messages SET header_digest = jws_digest WHERE seq = 1",
        "signed header is not the one",
    ),
    (
        "messages",
        "UPDATE messages SET content = x'00' WHERE seq = 2",
        "the content is not the one that was signed",
    ),
    ("entries", "UPDATE entries SET text = replace(text, 'refused', 'received')", "entry"),
    ("entries", "UPDATE entries SET code = NULL", "not the one that was given"),
    ("entries", "UPDATE entries SET text = '{}'", "cannot be read"),
    ("refusals", "UPDATE refusals SET jws = '{}'", "refused header"),
    ("refusals", "UPDATE refusals SET header_digest = 'sha-256:other'", "refused header"),
    ("receipts", "UPDATE receipts SET text = 'another'", "its digest names"),
    ("published", "UPDATE published SET fields = '{}'", "what was let be read"),
    (
        "register_versions",
        "UPDATE register_versions SET public = '{}' WHERE seq = 1",
        "not what it was made",
    ),
    (
        "register_versions",
        "UPDATE register_versions SET change = NULL WHERE seq = 2",
        "not what it was made",
    ),
    ("statements", "UPDATE statements SET text = 'another'", "its digest names"),
    ("sealings", "UPDATE sealings SET envelope = x'00'", "the envelope is not"),
    ("own_cards", "UPDATE own_cards SET card = 'another'", "that was handed out"),
    ("peers", "UPDATE peers SET fingerprint = '00000'", "confirmed fingerprint"),
    ("peers", "UPDATE peers SET card = '{}'", "confirmed fingerprint"),
    ("evidence", "UPDATE evidence SET fact = 'read' WHERE position = 4", f"{PEER} does not hold"),
    ("evidence", "DELETE FROM evidence WHERE position = 8", "ends at 8, not at 9"),
    ("evidence", "UPDATE chains SET frontier = x'00' WHERE chain = 'local'", "local ends at 1"),
]


@pytest.mark.parametrize(("table", "change", "words"), CHANGES)
def test_F20_a_changed_row_is_named(database, table, change, words):
    harm(database, change)
    report = checking.check(database)
    assert {fault.table for fault in report.faults} == {table}
    assert words in report.faults[0].text
    assert report.faults[0].row
    with pytest.raises(VerificationError, match="is damaged"):
        checking.demand_whole(report, database)


def test_a_changed_message_is_named_by_its_id_and_the_others_are_looked_at(database):
    harm(database, "UPDATE messages SET jws = 'x' WHERE seq = 1")
    harm(database, "UPDATE messages SET jws = 'x' WHERE seq = 3")
    ids = [value(database, "SELECT id FROM messages WHERE seq = ?", seq) for seq in (1, 3)]
    found = [fault.row for fault in checking.check(database).faults]
    assert found == [f"{PEER} out {ids[0]}", f"{PEER} in {ids[1]}"]


def test_content_that_is_sealed_needs_no_key(database):
    harm(database, "UPDATE messages SET content = x'00' WHERE seq = 1")
    assert checking.check(database).faults == []


def test_a_row_whose_message_is_gone_is_found(database):
    harm(database, "UPDATE sealings SET seq = 99")
    (fault,) = checking.check(database).faults
    assert (fault.table, fault.text) == (
        "sealings",
        "refers to a row of messages that is not there",
    )


def test_F20_a_damaged_page_is_a_fault_and_no_end(database):
    size = value(database, "PRAGMA page_size")
    root = value(database, "SELECT rootpage FROM sqlite_schema WHERE name = 'receipts'")
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 200)
    tables = {fault.table for fault in checking.check(database).faults}
    assert {"file", "receipts"} <= tables
    assert "evidence" not in tables


def test_a_missing_table_is_a_fault(database):
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE statements")
    (fault,) = checking.check(database).faults
    assert str(fault) == "statements: the table is not there"


def test_faults_without_end_are_cut(path):
    def fill(tx):
        for number in range(150):
            put(tx, "INSERT INTO receipts VALUES (?, ?, ?, 'x')", f"d{number:03}", PEER, AT)

    report = checking.check(make(path, fill))
    assert len(report.faults) == 100
    assert report.is_cut
    assert report.rows["receipts"] == 150


def test_only_what_was_asked_for_is_looked_at(database):
    harm(database, "UPDATE receipts SET text = 'another'")
    parts = frozenset({Part.STRUCTURE, Part.EVIDENCE})
    assert checking.check(database, parts=parts).faults == []


def test_long_tables_are_read_page_by_page_and_each_step_is_told(path):
    def fill(tx):
        for number in range(600):
            put(tx, "INSERT INTO receipts VALUES (?, ?, ?, 'x')", f"d{number:03}", PEER, AT)

    told = []
    report = checking.check(make(path, fill), on_progress=lambda *step: told.append(step))
    assert report.rows["receipts"] == 600
    assert [step[1] for step in told if step[0] == "receipts"] == [256, 512, 600]


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\xff" * 500])
def test_a_file_that_is_no_database_is_told(path, content):
    path.write_bytes(content)
    with pytest.raises(LocalError, match="cannot be read"):
        checking.check(path)
    assert path.read_bytes() == content


def test_a_file_that_is_not_there_is_told(path):
    with pytest.raises(NotFoundError):
        checking.check(path)
    assert not path.exists()
