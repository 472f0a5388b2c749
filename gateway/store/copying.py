"""Copy a database as one plain file: one state of it, for this account alone, safe on the disk."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

# 8 MiB between two signs of life.
_PAGES: Final = 2048

# Pages done and pages to do.
OnPages = Callable[[int, int], None]


def _quietly(done: int, total: int) -> None:
    """Tell nobody."""


def copy(database: sqlite3.Connection, target: Path, on_pages: OnPages = _quietly) -> None:
    """Write what an open connection sees to the new file `target`; others may go on writing.

    The reading transaction is what makes it one state: without it SQLite would begin the copy anew
    after every commit of another process, and under traffic never end.

    Raises:
        OSError: The file is there already or cannot be made; a file that was there is as it was.
        sqlite3.Error: The disk is full or failed. No file is left.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            # It is thrown away unless it is whole: no journal, and one sync at the end.
            made.execute("PRAGMA journal_mode = OFF")
            made.execute("PRAGMA synchronous = OFF")
            _copy(database, made, on_pages)
            # What is copied says that it has a WAL; alone, in one file, it has none.
            made.execute("PRAGMA journal_mode = DELETE")
        sync(target)
        sync(target.parent)
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


def _copy(database: sqlite3.Connection, made: sqlite3.Connection, on_pages: OnPages) -> None:
    database.execute("BEGIN")
    try:
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        database.backup(
            made, pages=_PAGES, progress=lambda _, left, total: on_pages(total - left, total)
        )
    finally:
        database.execute("ROLLBACK")


def sync(path: Path) -> None:
    """Have the disk keep a file or a folder as it is now."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
