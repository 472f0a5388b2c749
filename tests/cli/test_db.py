"""`gateway db`: what it says, where it stops, and that it asks before it replaces anything."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store import lock
from gateway.store.migrate import newest_format
from tests.store.filled import harm, value
from tests.store.test_migrate import older
from tests.system.nodes import make_pair

EPOCH = "SELECT value FROM meta WHERE name = 'epoch'"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def node(made, tmp_path):
    """A copy of a node that a test may ruin."""
    shutil.copytree(made.jp.folder, tmp_path / "jp")
    return tmp_path / "jp"


@pytest.fixture
def db(run, node):
    return lambda *words, **more: run("--config", str(node / "config.toml"), "db", *words, **more)


@pytest.fixture
def database(node):
    return node / "data" / "gateway.db"


def test_status_tells_whose_it_is_and_what_it_holds(db, database):
    view = db("status", "--json").json()
    assert (view["node"], view["environment"], view["format"]) == (
        "jp/isa",
        "test",
        newest_format(),
    )
    assert view["epoch"] == value(database, EPOCH)
    assert view["size"] == database.stat().st_size
    assert view["evidence"] == {"local": 2}
    assert view["messages"] == {}
    shown = db("status")
    assert (shown.code, shown.err) == (0, "")
    assert "node: jp/isa\n" in shown.out
    assert f"file: {database}\n" in shown.out


def test_status_of_an_older_format_tells_that_it_is_older(db, database):
    database.unlink()
    older(database)
    view = db("status", "--json").json()
    assert (view["format"], view["newest_format"]) == (1, newest_format())
    assert "messages" not in view


def test_without_a_database_every_command_says_so(db, database, tmp_path):
    database.unlink()
    for words in (("status",), ("check",), ("backup", str(tmp_path / "x.db"))):
        finished = db(*words)
        assert (finished.code, finished.out) == (4, "")
        assert f"there is no database at {database}" in finished.err
    assert not database.exists()


def test_a_check_that_finds_nothing_says_what_it_compared(db, database):
    finished = db("check")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == f"{database} is whole; rows compared: 1, records: 2\n"


def test_f61_a_check_names_each_fault_by_table_and_row_and_ends_with_8(db, database):
    harm(database, "UPDATE evidence SET subject = 'x' WHERE position = 1")
    harm(database, "UPDATE peers SET fingerprint = '0'")
    finished = db("check")
    assert finished.code == 8
    assert finished.out.splitlines() == [
        "peers kh/molvt: the card is not one of the confirmed fingerprint",
        "evidence local 1: evidence chain local does not hold at 1",
    ]
    assert "next: " in finished.err
    assert " db restore BACKUP" in finished.err
    document = db("check", "--json")
    assert document.code == 8
    assert [fault["row"] for fault in document.json()["faults"]] == ["kh/molvt", "local 1"]


def test_another_file_can_be_checked_without_a_node(run, database, tmp_path):
    finished = run("--config", str(tmp_path / "none.toml"), "db", "check", str(database))
    assert finished.code == 0
    (tmp_path / "text").write_text("no database")
    finished = run("db", "check", str(tmp_path / "text"))
    assert (finished.code, finished.out) == (1, "")
    assert "cannot be read" in finished.err


def test_a_backup_is_made_and_described(db, tmp_path):
    target = tmp_path / "saved.db"
    finished = db("backup", str(target))
    assert (finished.code, finished.out) == (0, f"{target}\n")
    assert "2 records of evidence, checked" in finished.err
    assert json.loads((tmp_path / "saved.db.json").read_text())["node"] == "jp/isa"
    again = db("backup", str(target))
    assert (again.code, again.out) == (6, "")
    assert "was not touched" in again.err
    other = db("backup", str(tmp_path / "other.db"), "--json").json()
    assert other["file"] == str(tmp_path / "other.db")
    assert other["chains"]["local"]["size"] == 2


def test_f10_a_backup_beside_a_running_node_takes_no_lock(db, database, tmp_path):
    descriptor = lock.take(database)
    try:
        assert db("backup", str(tmp_path / "saved.db")).code == 0
        assert db("check").code == 0
        assert db("status").code == 0
    finally:
        os.close(descriptor)


@pytest.fixture
def saved(db, tmp_path):
    db("backup", str(tmp_path / "saved.db"))
    return tmp_path / "saved.db"


def test_a_restoring_asks_and_without_a_terminal_it_does_not_begin(db, database, saved):
    before = database.read_bytes()
    for words in ((), ("--json",)):
        finished = db("restore", str(saved), *words)
        assert finished.code == 1
        assert "--yes" in finished.err
    assert database.read_bytes() == before


def test_a_restoring_says_what_was_done_and_what_to_do_next(db, database, saved, node):
    before = value(database, EPOCH)
    finished = db("restore", "--yes", str(saved))
    assert (finished.code, finished.out) == (0, f"{database}\n")
    kept = next(database.parent.glob("gateway.db.before-restore-*"))
    assert f"the old database is kept as {kept}\n" in finished.err
    assert "tell every peer" in finished.err
    assert finished.err.endswith(f"--config {node / 'config.toml'} serve\n")
    assert value(database, EPOCH).startswith("2.")
    assert value(kept, EPOCH) == before


def test_a_restoring_beside_a_running_node_is_refused(db, database, saved):
    descriptor = lock.take(database)
    try:
        finished = db("restore", "--yes", str(saved))
    finally:
        os.close(descriptor)
    assert finished.code == 5
    assert "stop the node first" in finished.err


def test_another_nodes_backup_is_refused_before_anybody_is_asked(db, made):
    finished = db("restore", str(made.kh.database))
    assert finished.code == 3
    assert "is a database of kh/molvt (test), not of jp/isa" in finished.err


def test_a_backup_that_was_changed_ends_with_8(db, database, saved):
    saved.chmod(0o600)
    harm(saved, "UPDATE meta SET value = 'x' WHERE name = 'epoch'")
    before = database.read_bytes()
    finished = db("restore", "--yes", str(saved))
    assert finished.code == 8
    assert "is not the file that" in finished.err
    assert database.read_bytes() == before


def test_a_backup_is_checked_against_what_describes_it(db, saved):
    assert db("check", str(saved)).code == 0
    saved.chmod(0o600)
    harm(saved, "UPDATE meta SET value = 'x' WHERE name = 'epoch'")
    finished = db("check", str(saved))
    assert finished.code == 8
    assert f"it is not the file that {saved}.json describes" in finished.out
    assert "take another backup" in finished.err
    assert "keep it as it is" not in finished.err


def test_a_file_that_is_no_database_is_named(db, tmp_path):
    (tmp_path / "text").write_text("no database" * 100)
    finished = db("check", str(tmp_path / "text"))
    assert finished.code == 1
    assert str(tmp_path / "text") in finished.err.splitlines()[0]
    assert "name another file" in finished.err


POINTS = ["restore.prepared", "restore.kept", "restore.swapped"]


@pytest.mark.parametrize("point", POINTS)
def test_f10_a_killed_restoring_leaves_one_whole_database_or_the_other(db, database, saved, point):
    before = value(database, EPOCH)
    killed = db("restore", "--yes", str(saved), GATEWAY_FAIL_AT=point)
    assert killed.code == -9
    epoch = value(database, EPOCH)
    assert epoch.startswith("2.") if point == "restore.swapped" else epoch == before
    assert db("check").code == 0
    finished = db("restore", "--yes", str(saved))
    assert finished.code == 0 or "there is a file" in finished.err
    if finished.code:
        # Within the same second; whoever comes later has another name for the kept one.
        next(database.parent.glob("gateway.db.before-restore-*")).unlink()
        assert db("restore", "--yes", str(saved)).code == 0
    assert not list(database.parent.glob("*restoring*"))


def typed(node: Path, words: list[str], answer: bytes) -> tuple[int, str]:
    """Run a command at a terminal and type an answer."""
    mine, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "--config", str(node / "config.toml"), *words],
        stdin=its,
        stdout=its,
        stderr=its,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"},
    )
    os.close(its)
    os.write(mine, answer)
    said = b""
    try:
        while part := os.read(mine, 65_536):
            said += part
    except OSError:
        pass  # the other side of a terminal that was closed
    os.close(mine)
    return process.wait(60), said.decode()


def test_at_a_terminal_it_shows_both_databases_and_asks(node, database, saved):
    before = value(database, EPOCH)
    code, said = typed(node, ["db", "restore", str(saved)], b"n\n")
    assert code == 1
    assert f"epoch {before}, 2 records of evidence, made 20" in said
    assert said.count(before) == 2
    assert "Put the backup in its place? [y/N]" in said
    assert value(database, EPOCH) == before
    code, _ = typed(node, ["db", "restore", str(saved)], b"y\n")
    assert code == 0
    assert value(database, EPOCH) != before


SLOW = """
import time
from gateway.cli import progress
with progress.shown({"copy": "copying"}) as tell:
    for done in range(0, 101, 20):
        tell("copy", done, 100)
        time.sleep(float(%r))
    tell("structure", 1, 0)
"""


def bar(seconds: float) -> str:
    program = (
        "import click\nfrom gateway.cli.root import cli\n"
        "with click.Context(cli).scope(cleanup=False):\n"
        + "\n".join(f"    {line}" for line in (SLOW % seconds).splitlines())
    )
    mine, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=its,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"},
    )
    os.close(its)
    said = b""
    try:
        while part := os.read(mine, 65_536):
            said += part
    except OSError:
        pass
    os.close(mine)
    assert process.wait(30) == 0
    return said.decode()


def test_what_is_slow_shows_how_far_it_has_come_on_a_terminal():
    assert "copying" in bar(0.2)


def test_what_is_quick_shows_nothing():
    assert bar(0.01) == ""
