"""A file of an older version is brought up, and kept as it was; a newer one is not touched."""

import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.errors import LocalError
from gateway.store import Store, checking, evidence, messages, meta, migrate
from gateway.store.evidence import LOCAL
from gateway.store.peek import peek
from tests.store.conftest import new_sealer
from tests.store.filled import value
from tests.store.tables import PEER

MIGRATIONS = resources.files("gateway.store").joinpath("migrations")
ROWS = Path(__file__).with_name("first-format.sql")


def older(path: Path) -> Path:
    """Write a database as version 0.2.0 left it after an exchange."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(MIGRATIONS.joinpath("0001_start.sql").read_text("utf-8"))
        database.executescript(ROWS.read_text("utf-8"))
        database.execute(f"PRAGMA application_id = {migrate.APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
    path.chmod(0o600)
    return path


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if each.suffix != ".lock")


async def opened(path: Path) -> Store:
    return await Store(path, new_sealer()).open()


async def test_F25_an_older_database_is_brought_up_and_goes_on(path):
    older(path)
    store = await opened(path)
    try:
        facts = await store.read(meta.load)
        chains = await store.read(lambda tx: [evidence.verify(tx, c) for c in (PEER, LOCAL)])
        asked = await store.read(lambda tx: messages.get(tx, messages.find(tx, "JP-2026-000001")))
        content = await store.read(lambda tx: messages.content_of(tx, asked))
        await store.write(lambda tx: evidence.append(tx, LOCAL, evidence.Fact.READ, at="now"))
    finally:
        await store.close()
    assert (facts.node, facts.environment) == ("jp/isa", "test")
    assert chains[0] > 0
    assert asked["state"] == "delivered"
    assert asked["answered"] is not None
    assert '"questions"' in content
    assert value(path, "PRAGMA user_version") == migrate.newest_format()
    assert checking.check(path).faults == []


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def found(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


OPEN = "answered = NULL"
DUTIES = "SELECT seq, act, direction, due FROM duties WHERE closed IS NULL"


@pytest.mark.parametrize(
    ("change", "is_owed"),
    [
        (OPEN, True),
        ("answered = created", False),
        (f"{OPEN}, declined = created", False),
        (f"{OPEN}, state = 'refused'", False),
        (f"{OPEN}, state = 'expired'", False),
    ],
)
async def test_answers_that_are_still_owed_are_awaited_on(path, change, is_owed):
    older(path)
    changed(path, f"UPDATE messages SET {change} WHERE type = 'inquiry.request'")
    store = await opened(path)
    await store.close()
    (asked,) = found(path, "SELECT seq, direction, due FROM messages WHERE due IS NOT NULL")
    expected = [(asked[0], "answered", asked[1], asked[2])] if is_owed else []
    assert found(path, DUTIES) == expected


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ("answered = '2026-05-01T00:00:00Z'", ("2026-05-01T00:00:00Z", "done")),
        (f"{OPEN}, declined = '2026-05-02T00:00:00Z'", ("2026-05-02T00:00:00Z", "declined")),
    ],
)
async def test_answers_that_were_given_before_are_duties_that_are_done(path, change, end):
    older(path)
    changed(path, f"UPDATE messages SET {change} WHERE type = 'inquiry.request'")
    store = await opened(path)
    await store.close()
    (asked,) = found(path, "SELECT seq, due FROM messages WHERE due IS NOT NULL")
    columns = "seq, due, source, holder, opened_by, closed, outcome"
    kept = found(path, f"SELECT {columns} FROM duties WHERE act = 'answered'")
    assert kept == [(*asked, "sender", "them", asked[0], *end)]


async def test_an_answer_of_before_is_named_as_what_ended_the_duty(path):
    older(path)
    answer = "SELECT seq FROM messages WHERE type = 'inquiry.answer'"
    given = found(path, f"{answer} AND direction = 'in'")
    changed(
        path,
        "UPDATE messages SET answered = (SELECT a.created FROM messages AS a"
        " WHERE a.type = 'inquiry.answer') WHERE type = 'inquiry.request'",
    )
    store = await opened(path)
    await store.close()
    assert found(path, "SELECT closed_by FROM duties WHERE act = 'answered'") == given


CREATED = "2026-01-02T00:00:00Z"


def reply(number: int, type_name: str) -> tuple[str, str]:
    """Return what puts a queued reply of ours into the matter of the file."""
    kept = "clauses, priority, marking, caveats, expires, size, jws_digest, content_digest, jws"
    asked = "FROM messages WHERE type = 'inquiry.request'"
    message = (
        "INSERT INTO messages (seq, peer, direction, id, header_digest, type, thread, created,"
        f" state, {kept}) SELECT {number}, peer, 'out', 'reply-{number}', 'd', '{type_name}',"
        f" thread, '{CREATED}', 'queued', {kept} {asked}"
    )
    queued = (
        "INSERT INTO outbox (seq, peer, thread, rank, immediate, head, state, judge_at)"
        f" SELECT {number}, peer, thread, 1, 0, 1, 'queued', expires {asked}"
    )
    return message, queued


# The file is Japan's; with the direction of its question turned round it is Cambodia's.
RECEIVED = "UPDATE messages SET direction = 'in' WHERE type = 'inquiry.request'"
NO_REPLY = (
    "UPDATE messages SET direction = 'in', type = 'ping' WHERE type = 'inquiry.answer'",
    "UPDATE messages SET accepted = NULL, declined = NULL WHERE type = 'inquiry.request'",
)
JUDGED = f"UPDATE messages SET {{}} = '{CREATED}' WHERE type = 'inquiry.request'"
ACCEPT, DECLINE = "acknowledgement.accepted", "acknowledgement.declined"


@pytest.mark.parametrize(
    ("state", "changes", "steps"),
    [
        ("answered", [*reply(11, "inquiry.answer")], [(11, "answer", "requested")]),
        (
            "answered",
            [JUDGED.format("accepted"), *reply(11, "inquiry.answer")],
            [(11, "answer", "accepted")],
        ),
        (
            "answered",
            [*reply(11, "inquiry.answer"), *reply(12, "inquiry.answer")],
            [(11, "part", "requested"), (12, "answer", "in-progress")],
        ),
        ("in-progress", [*reply(11, "inquiry.answer")], [(11, "part", "requested")]),
        (
            "accepted",
            [JUDGED.format("accepted"), *reply(11, ACCEPT)],
            [(11, "accept", "requested")],
        ),
        (
            "declined",
            [JUDGED.format("declined"), *reply(11, DECLINE)],
            [(11, "decline", "requested")],
        ),
        # Two acknowledgements of one second: nobody can tell which of them spoke of the matter.
        ("accepted", [JUDGED.format("accepted"), *reply(11, ACCEPT), *reply(12, ACCEPT)], []),
    ],
)
async def test_what_a_queued_reply_did_can_still_be_undone(path, state, changes, steps):
    older(path)
    changed(path, RECEIVED, *NO_REPLY, f"UPDATE threads SET state = '{state}'", *changes)
    store = await opened(path)
    await store.close()
    assert found(path, "SELECT seq, step, before FROM steps ORDER BY seq") == steps


async def test_F25_what_was_there_is_kept_beside_it_for_the_version_that_wrote_it(path):
    before = content(older(path))
    store = await opened(path)
    await store.close()
    kept = path.with_name("gateway.db.format-1")
    assert names(path.parent) == ["gateway.db", kept.name]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert value(kept, "PRAGMA user_version") == 1
    assert content(kept) == before


async def test_an_older_copy_is_never_overwritten(path):
    older(path)
    path.with_name("gateway.db.format-1").write_text("of last year")
    path.with_name("gateway.db.keeping").write_text("half")
    store = await opened(path)
    await store.close()
    assert path.with_name("gateway.db.format-1").read_text() == "of last year"
    assert value(path.with_name("gateway.db.format-1.2"), "PRAGMA user_version") == 1
    assert not path.with_name("gateway.db.keeping").exists()


async def test_a_new_database_and_one_of_this_format_are_not_copied(path):
    for _ in range(2):
        store = await opened(path)
        await store.close()
    assert names(path.parent) == ["gateway.db"]


async def test_without_room_for_the_copy_nothing_is_changed(path, monkeypatch):
    before = content(older(path))
    monkeypatch.setattr(migrate.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))
    with pytest.raises(LocalError, match=r"that needs \d+ bytes free") as caught:
        await opened(path)
    assert "make room" in caught.value.hint
    assert content(path) == before
    assert not [name for name in names(path.parent) if "format" in name or "keeping" in name]


def test_F10_a_script_that_fails_leaves_the_file_as_it_was(path):
    older(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE deadlines (x)")
        before = list(database.iterdump())
        with pytest.raises(LocalError, match="cannot be brought to format 2"):
            migrate.migrate(database)
        assert list(database.iterdump()) == before
    assert value(path, "PRAGMA user_version") == 1


async def test_F25_a_newer_database_is_refused_and_not_touched(path):
    older(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with pytest.raises(LocalError, match=r"has format 99, this version knows \d") as caught:
        await opened(path)
    assert "newer" in caught.value.hint
    assert path.read_bytes() == before
    assert names(path.parent) == ["gateway.db"]


def test_whoever_only_looks_is_told_that_the_format_is_older(path):
    older(path)
    with pytest.raises(LocalError, match="has format 1") as caught:
        peek(path, meta.load)
    assert "gateway serve" in caught.value.hint
    assert value(path, "PRAGMA user_version") == 1


def test_an_older_database_can_be_checked_before_it_is_brought_up(path):
    older(path)
    report = checking.check(path)
    assert report.faults == []
    assert report.rows["messages"] == 4
    assert "statements" not in report.rows
