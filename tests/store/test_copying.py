"""A copy is a new file of its own, or no file."""

import os
import sqlite3
from contextlib import closing

import pytest

from gateway.store.copying import copy
from tests.store.filled import make


@pytest.fixture
def database(path):
    with closing(sqlite3.connect(make(path), isolation_level=None)) as connection:
        yield connection


def test_a_copy_holds_the_same_and_is_for_this_account_alone(database, tmp_path):
    before = os.umask(0)
    try:
        copy(database, tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(tmp_path / "copy.db")) as made:
        assert list(made.iterdump()) == list(database.iterdump())
        assert made.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_file_or_a_link_that_is_there_is_not_touched(database, tmp_path):
    (tmp_path / "copy.db").write_text("of somebody else")
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere")
    for name in ("copy.db", "link.db"):
        with pytest.raises(FileExistsError):
            copy(database, tmp_path / name)
    assert (tmp_path / "copy.db").read_text() == "of somebody else"
    assert not (tmp_path / "elsewhere").exists()


def test_a_copy_that_is_cut_short_leaves_no_file(database, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(database, tmp_path / "copy.db", stop)
    assert not (tmp_path / "copy.db").exists()
    assert not database.in_transaction
