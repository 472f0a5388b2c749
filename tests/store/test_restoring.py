"""A backup takes the place of the database whole or not at all, and a new life begins with it."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.errors import InvalidError, LocalError, NotFoundError, VerificationError
from gateway.store import backup, checking, evidence, lock, migrate, restoring
from gateway.store.connection import writer
from gateway.store.evidence import LOCAL, Fact
from gateway.store.lock import StoreLockedError
from gateway.store.transaction import Transaction
from tests.store.conftest import new_sealer
from tests.store.filled import AT, EPOCH, NODE, harm, make, value
from tests.store.tables import PEER
from tests.store.test_migrate import older

LATER = "2027-02-03T04:05:06Z"
KEPT = "gateway.db.before-restore-20270203T040506Z"


class CrashError(BaseException):
    """The process dies here; nothing of the program may stop it."""


@pytest.fixture
def database(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return make(folder / "gateway.db")


@pytest.fixture
def saved(database, tmp_path):
    target = tmp_path / "saved.db"
    backup.back_up(database, target, at=AT)
    return target


def look(path: Path):
    return restoring.look(path, node=NODE, environment="test")


def restore(saved: Path, database: Path, **options):
    return restoring.restore(
        look(saved), database, at=LATER, uid=1000, randomness=lambda size: b"\x0f" * size, **options
    )


def names(database: Path) -> set[str]:
    """Return what lies in the folder; whoever only looked leaves an index and an empty WAL."""
    files = [each for each in database.parent.iterdir() if each.name != "gateway.lock"]
    empty = {
        each.name for each in files if each.name == "gateway.db-wal" and not each.stat().st_size
    }
    return {each.name for each in files} - empty - ({"gateway.db-shm"} if empty else set())


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def go_on(database: Path, *, references: int = 0, year: int = 2026) -> None:
    """Work on after the backup: more evidence, more references."""
    with closing(writer(database)()) as connection:
        connection.execute("BEGIN")
        tx = Transaction(connection, new_sealer())
        evidence.append(tx, PEER, Fact.RECEIVED, at=AT, subject="after the backup")
        tx.run("meta.note_number", name=f"reference-{year}", value=references)
        connection.execute("COMMIT")


def counters(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT name, value FROM counters").fetchall())


def test_a_backup_takes_the_place_of_the_database_which_is_kept(saved, database):
    go_on(database)
    before = content(database)
    done = restore(saved, database)
    assert names(database) == {"gateway.db", KEPT}
    assert done.kept == database.with_name(KEPT)
    assert content(done.kept) == before
    assert checking.check(database).chains == {PEER: 9, LOCAL: 2}
    assert checking.check(database).faults == []
    assert {path.stat().st_mode & 0o777 for path in database.parent.glob("*db*")} == {0o600}


def test_a_new_life_has_an_epoch_of_its_own_and_says_so(saved, database):
    done = restore(saved, database)
    assert done.epoch == f"4.{'0f' * 16}"
    assert value(database, "SELECT value FROM meta WHERE name = 'epoch'") == done.epoch
    record = value(database, "SELECT record FROM evidence WHERE chain = 'local' AND position = 1")
    for part in ('"fact":"restored"', done.epoch, EPOCH, backup.digest_of(saved), '"uid":1000'):
        assert part in record
    alarm = "SELECT subject FROM alarms WHERE kind = 'restored' AND seen IS NULL"
    assert value(database, alarm) == done.epoch


def test_every_restoring_begins_another_life_also_of_the_same_backup(saved, database):
    restore(saved, database)
    database.with_name(KEPT).rename(database.with_name("first"))
    assert restore(saved, database).epoch.startswith("5.")


def test_no_reference_is_given_twice(saved, database):
    assert counters(saved) == {"reference-2025": 12, "reference-2026": 123}
    go_on(database, references=456)
    restore(saved, database)
    assert counters(database) == {
        "reference-2025": 1012,
        "reference-2026": 1456,
        # The year has turned since the backup: its first numbers may have been given.
        "reference-2027": 1000,
    }


def test_without_the_old_database_the_numbers_of_the_backup_count(saved, database):
    database.unlink()
    done = restore(saved, database)
    assert done.kept is None
    assert counters(database)["reference-2026"] == 1123
    assert done.epoch.startswith("4.")
    assert names(database) == {"gateway.db"}


def test_a_data_folder_that_is_lost_is_made_again(saved, database):
    shutil.rmtree(database.parent)
    restore(saved, database)
    assert database.parent.stat().st_mode & 0o777 == 0o700
    assert checking.check(database).faults == []


def test_the_numbers_of_events_go_on_above_those_of_both(saved, database):
    in_backup = value(saved, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")
    restore(saved, database)
    after = value(database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")
    assert after >= in_backup + 10_000


def test_the_database_of_a_running_node_is_not_touched(saved, database):
    descriptor = lock.take(database)
    try:
        before = database.read_bytes()
        with pytest.raises(StoreLockedError, match="running"):
            restore(saved, database)
    finally:
        os.close(descriptor)
    assert database.read_bytes() == before
    assert names(database) == {"gateway.db"}


def test_a_backup_of_another_node_or_environment_is_refused(saved):
    for owner in (
        {"node": "kh/molvt", "environment": "test"},
        {"node": NODE, "environment": "production"},
    ):
        with pytest.raises(InvalidError, match="is a database of jp/isa"):
            restoring.look(saved, **owner)


def test_a_backup_that_is_not_there_is_told(tmp_path):
    with pytest.raises(NotFoundError):
        look(tmp_path / "none.db")


def damaged(path: Path) -> None:
    harm(path, "UPDATE receipts SET text = 'another'")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("change", [damaged, cut])
@pytest.mark.parametrize("is_described", [True, False])
def test_a_backup_that_is_not_whole_changes_nothing(saved, database, change, is_described):
    if not is_described:
        backup.describing(saved).unlink()
    before = database.read_bytes()
    change(saved)
    with pytest.raises((VerificationError, LocalError)):
        restore(saved, database)
    assert database.read_bytes() == before
    assert names(database) == {"gateway.db"}


def test_a_backup_that_its_description_does_not_fit_is_refused(saved, database):
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("UPDATE counters SET value = 5")
        connection.commit()
    with pytest.raises(VerificationError, match="is not the file that"):
        restore(saved, database)
    backup.describing(saved).unlink()
    restore(saved, database)


def test_F25_a_backup_of_an_older_format_is_brought_up_and_itself_left_as_it_is(tmp_path, database):
    saved = older(tmp_path / "old.db")
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    before = saved.read_bytes()
    restore(saved, database)
    assert value(database, "PRAGMA user_version") == migrate.newest_format()
    assert checking.check(database).faults == []
    assert saved.read_bytes() == before
    assert names(database) == {"gateway.db", KEPT}


def test_F25_a_backup_of_a_newer_version_is_refused(saved, database):
    with closing(sqlite3.connect(saved)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LocalError, match="has format 99"):
        look(saved)


def test_a_database_that_nobody_can_read_is_kept_with_its_wal(saved, database):
    database.write_bytes(b"ruined")
    database.with_name("gateway.db-wal").write_bytes(b"its wal")
    database.with_name("gateway.db-shm").write_bytes(b"its index")
    restore(saved, database)
    assert names(database) == {"gateway.db", KEPT, f"{KEPT}-wal"}
    assert database.with_name(KEPT).read_bytes() == b"ruined"
    assert database.with_name(f"{KEPT}-wal").read_bytes() == b"its wal"
    assert checking.check(database).faults == []


def test_commits_that_stand_only_in_the_wal_are_kept_and_never_meet_the_new_file(saved, database):
    image = database.parent.parent / "image"
    with closing(writer(database)()) as connection:
        connection.execute("BEGIN")
        tx = Transaction(connection, new_sealer())
        evidence.append(tx, PEER, Fact.RECEIVED, at=AT, subject="in the WAL")
        connection.execute("COMMIT")
        # As a killed process leaves it: with a WAL that nobody folded into the file.
        shutil.copytree(database.parent, image, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    crashed = image / "gateway.db"
    assert crashed.with_name("gateway.db-wal").stat().st_size > 0
    restore(saved, crashed)
    assert checking.check(crashed).chains[PEER] == 9
    assert checking.check(crashed.with_name(KEPT)).chains[PEER] == 10


POINTS = ["restore.prepared", "restore.kept", "restore.swapped"]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("is_readable", [True, False])
def test_F10_a_crash_leaves_the_old_database_or_the_restored_one(
    saved, database, point, is_readable
):
    """What a killed process leaves on the disk is copied where the crash is."""
    if not is_readable:
        database.write_bytes(b"ruined")
    image = database.parent.parent / "image"

    def crash(here: str) -> None:
        if here == point:
            shutil.copytree(database.parent, image)
            raise CrashError

    with pytest.raises(CrashError):
        restore(saved, database, fail_at=crash)
    crashed = image / "gateway.db"
    epochs = {
        epoch
        for path in (crashed, crashed.with_name(KEPT))
        if path.exists() and (epoch := epoch_of(path))
    }
    if point == "restore.swapped":
        assert epoch_of(crashed) == f"4.{'0f' * 16}"
    elif is_readable:
        assert epoch_of(crashed) == EPOCH
        assert epochs == {EPOCH}
    elif point == "restore.kept":
        assert not crashed.exists(), "a node would start on it"
    # The same again comes to its end, whatever was left.
    crashed.with_name(KEPT).unlink(missing_ok=True)
    restore(saved, crashed)
    assert checking.check(crashed).faults == []
    assert not crashed.with_name("gateway.db.restoring").exists()


def epoch_of(path: Path) -> str | None:
    try:
        return value(path, "SELECT value FROM meta WHERE name = 'epoch'")
    except sqlite3.DatabaseError:
        return None
