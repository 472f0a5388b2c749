"""A backup is one state of the database, whole, described, and never in place of another file."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from gateway.errors import ConflictError, LocalError, NotFoundError, VerificationError
from gateway.store import backup, checking, evidence
from gateway.store.backup import Description
from gateway.store.connection import writer
from gateway.store.evidence import LOCAL, Fact
from gateway.store.transaction import Transaction
from tests.store.conftest import new_sealer
from tests.store.filled import AT, EPOCH, NODE, harm, make, value
from tests.store.tables import PEER


@pytest.fixture
def database(path):
    return make(path)


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "monday.db"


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_backup_is_a_whole_database_in_one_file_with_its_description(database, target):
    made = backup.back_up(database, target, at=AT)
    assert names(target.parent) == ["monday.db", "monday.db.json"]
    assert checking.check(target).faults == []
    assert made == Description.read(target)
    assert (made.node, made.environment, made.epoch, made.at) == (NODE, "test", EPOCH, AT)
    assert made.size == target.stat().st_size
    assert made.sha256 == backup.digest_of(target)
    assert {chain: each["size"] for chain, each in made.chains.items()} == {PEER: 9, LOCAL: 1}
    assert made.chains[LOCAL]["head"] == value(
        database, "SELECT head FROM chains WHERE chain = 'local'"
    )


def test_a_backup_is_for_this_account_alone_whatever_the_umask(database, target):
    before = os.umask(0)
    try:
        backup.back_up(database, target, at=AT)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in target.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["monday.db", "monday.db.json"])
def test_a_file_that_is_there_is_never_overwritten(database, target, name):
    (target.parent / name).write_text("of somebody else")
    with pytest.raises(ConflictError, match="was not touched"):
        backup.back_up(database, target, at=AT)
    assert names(target.parent) == [name]
    assert (target.parent / name).read_text() == "of somebody else"


def test_a_link_that_leads_nowhere_is_not_followed(database, target):
    target.symlink_to(target.parent / "elsewhere")
    with pytest.raises(ConflictError):
        backup.back_up(database, target, at=AT)
    assert names(target.parent) == ["monday.db"]


def test_a_folder_that_is_not_there_is_told(database, target):
    with pytest.raises(NotFoundError, match="no folder"):
        backup.back_up(database, target.parent / "none" / "x.db", at=AT)


def test_what_is_committed_while_the_copy_grows_is_not_in_it_and_does_not_begin_it_anew(
    path, target
):
    def large(tx):
        tx.run("meta.note_number", name="reference-2026", value=1)
        for number in range(6000):
            evidence.append(tx, LOCAL, Fact.READ, at=AT, subject="x" * 3000, uid=number)

    make(path, large)
    commits = []
    with closing(writer(path)()) as node:

        def commit(step, done, total):
            if step == "copy":
                node.execute("BEGIN IMMEDIATE")
                evidence.append(Transaction(node, new_sealer()), LOCAL, Fact.READ, at=AT)
                node.execute("COMMIT")
                commits.append((done, total))

        made = backup.back_up(path, target, at=AT, on_progress=commit)
    assert len(commits) >= 2
    assert [done for done, _ in commits] == sorted({done for done, _ in commits})
    assert commits[-1][0] == commits[-1][1]
    assert made.chains[LOCAL]["size"] == 6000
    assert checking.check(target).chains == {LOCAL: 6000}
    assert checking.check(path).chains == {LOCAL: 6000 + len(commits)}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM evidence WHERE position = 8",
        "UPDATE evidence SET subject = 'other' WHERE position = 4",
        "UPDATE sealings SET seq = 99",
    ],
)
def test_a_damaged_database_gives_no_backup_that_somebody_would_trust(database, target, change):
    harm(database, change)
    with pytest.raises(VerificationError, match="is damaged"):
        backup.back_up(database, target, at=AT)
    assert names(target.parent) == []


def test_a_disk_that_is_full_leaves_nothing_behind(database, target):
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from gateway.errors import LocalError\n"
        "from gateway.store import backup\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]), at='x')\n"
        "except LocalError as error:\n"
        "    print(error)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, database, target],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert ran.stdout.startswith("no backup was made: ")
    assert names(target.parent) == []


def test_what_a_killed_backup_left_behind_does_not_stop_the_next_one(database, target):
    (target.parent / ".monday.db.part").write_bytes(b"half")
    backup.back_up(database, target, at=AT)
    assert names(target.parent) == ["monday.db", "monday.db.json"]


def test_two_backups_at_once_do_not_disturb_each_other(database, target):
    second = []

    def begin_another(step, done, total):
        with pytest.raises(ConflictError, match="another process is writing"):
            backup.back_up(database, target.with_name("tuesday.db"), at=AT)
        second.append(step)

    backup.back_up(database, target, at=AT, on_progress=begin_another)
    assert "copy" in second
    assert names(target.parent) == ["monday.db", "monday.db.json"]


def test_a_backup_of_an_older_format_keeps_that_format(path, target):
    from tests.store.test_migrate import older

    older(path)
    made = backup.back_up(path, target, at=AT)
    assert made.format == 1
    assert value(target, "PRAGMA user_version") == 1


def test_a_description_that_is_none_is_told(target):
    backup.describing(target).write_bytes(orjson.dumps({"node": "jp/isa"}))
    with pytest.raises(VerificationError, match="does not describe"):
        Description.read(target)


def test_another_programs_database_is_not_backed_up(path, target):
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
    with pytest.raises(LocalError, match="another program"):
        backup.back_up(path, target, at=AT)
    assert names(target.parent) == []
