"""Connections to the SQLite file: settings that keep what was acknowledged, read back at start.

The only place that touches the inside of aiosqlite: `Connection.run` sends one whole function to
the connection's thread, so that a transaction is one hop and nothing can be awaited inside it.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import aiosqlite

from gateway.errors import LocalError
from gateway.store import migrate

SQLITE_VERSION: Final = sqlite3.sqlite_version
# Earlier versions can corrupt a WAL when two connections checkpoint; ours has one that does.
CHECKPOINTS_ARE_SAFE: Final = sqlite3.sqlite_version_info >= (3, 51, 3)

P = ParamSpec("P")
T = TypeVar("T")

# WAL with FULL syncs at every commit: with NORMAL an acknowledged row can vanish at a power cut.
# Checkpoints run on the writer alone: two connections that checkpoint can corrupt the file in
# SQLite before 3.51.3. `secure_delete` overwrites what an erasure removes. After a checkpoint the
# WAL is cut to 64 MiB: one slow reader lets it grow, and without a limit it keeps that size.
_SETTINGS: Final = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 1,
    "wal_autocheckpoint": 1000,
    "journal_size_limit": 64 * 1024 * 1024,
}
_READER_SETTINGS: Final = {
    "query_only": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "wal_autocheckpoint": 0,
}
_BUSY_SECONDS: Final = 5.0
_STATEMENTS: Final = 256


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that runs one function per hop to its thread."""

    async def _connect(self) -> "Connection":
        try:
            await super()._connect()
        except BaseException:
            # aiosqlite leaves its thread ending by itself; a loop closed meanwhile would break it.
            await asyncio.to_thread(self._thread.join)
            raise
        return self

    async def run(
        self,
        fn: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn(database, …)` on the connection's thread and return what it returns."""
        result: T = await self._execute(fn, self._conn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
        return result


Connector = Callable[[Callable[[], sqlite3.Connection]], Connection]


def threaded(connector: Callable[[], sqlite3.Connection]) -> Connection:
    """Make a connection on a thread of its own; a simulation passes an inline one instead."""
    return Connection(connector, iter_chunk_size=64)


def writer(path: Path) -> Callable[[], sqlite3.Connection]:
    """Return the function that opens the one writing connection.

    It looks before it sets anything up: the first setting would already change the file.
    """

    def connect() -> sqlite3.Connection:
        database = sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_SECONDS, cached_statements=_STATEMENTS
        )
        try:
            migrate.check(database)
        except LocalError:
            database.close()
            raise
        return _set_up(database, _SETTINGS)

    return connect


def reader(path: Path) -> Callable[[], sqlite3.Connection]:
    """Return the function that opens a read-only connection."""

    def connect() -> sqlite3.Connection:
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            timeout=_BUSY_SECONDS,
            cached_statements=_STATEMENTS,
        )
        return _set_up(database, _READER_SETTINGS)

    return connect


def _set_up(database: sqlite3.Connection, settings: dict[str, Any]) -> sqlite3.Connection:
    database.row_factory = sqlite3.Row
    for name, value in settings.items():
        database.execute(f"PRAGMA {name} = {value}")
        kept = database.execute(f"PRAGMA {name}").fetchone()[0]
        if kept != value:
            database.close()
            raise LocalError(
                f"SQLite keeps {name} at {kept!r} instead of {value!r}",
                hint="put the data folder on a local file system that supports shared memory",
            )
    return database
