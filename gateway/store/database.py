"""The store: `write(fn)` on one writer with group commit, `read(fn)` on read-only connections.

Functions that queue while the last commit is being synced share the next one, each under its own
savepoint. A lone function does not wait for company. `write` returns only after the fsync.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from gateway.errors import TransientError
from gateway.store import lock, migrate
from gateway.store.connection import Connection, Connector, reader, threaded, writer
from gateway.store.lock import StoreLockedError
from gateway.store.sealing import Sealer
from gateway.store.transaction import Transaction

__all__ = ["Store", "StoreLockedError"]

T = TypeVar("T")

# A group is one fsync: large enough for a full batch and its neighbours, small enough that the
# last caller's wait stays in milliseconds.
_GROUP: Final = 256
_READERS: Final = 2
# After one of these the file's state is unknown: no retry, no further write; restart and verify.
_FATAL: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# These speak of the disk, not of one function: the whole group fails and may be tried again.
_DISK: Final = _FATAL | {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
}


class StoreFailedError(TransientError):
    """The disk failed under the store; it takes no more writes until the node is restarted."""


@dataclass(slots=True)
class _Write:
    function: Callable[[Transaction], Any]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None


class Store:
    """One SQLite file, open in this process alone."""

    def __init__(self, path: Path, sealer: Sealer, connect: Connector = threaded) -> None:
        self.path = path
        self._sealer = sealer
        self._connect = connect
        self._lock = -1
        self._writer: Connection | None = None
        self._readers: list[Connection] = []
        self._idle: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._pending: list[_Write] = []
        self._drainer: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self._is_closing = False

    @property
    def failure(self) -> str | None:
        """Why the store takes no more writes, or None while all is well."""
        return self._failure

    @property
    def _open_writer(self) -> Connection:
        if self._writer is None:
            raise StoreFailedError("the store is closed")
        return self._writer

    async def open(self) -> "Store":
        """Take the lock, bring the file to this version's form and open the connections.

        Raises:
            StoreLockedError: Another process has it.
            LocalError: The file is not ours or is newer; nothing was changed.
        """
        self._lock = lock.take(self.path)
        try:
            if not self.path.exists():
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            connection = self._connect(writer(self.path))
            await connection
            self._writer = connection
            await self._writer.run(migrate.migrate)
            for _ in range(_READERS):
                connection = self._connect(reader(self.path))
                await connection
                self._readers.append(connection)
                self._idle.put_nowait(connection)
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        """Finish what was queued, fold the WAL into the file and give the lock back.

        Whatever fails on the way, every connection is closed: a thread left over would keep the
        process from ending, and a lock left over the next one from starting.
        """
        self._is_closing = True
        async with AsyncExitStack() as last_first:
            last_first.callback(self._unlock)
            last_first.push_async_callback(self._close_writer)
            for connection in self._readers:
                last_first.push_async_callback(connection.close)
            self._readers.clear()
            if self._drainer is not None:
                await asyncio.shield(self._drainer)

    async def _close_writer(self) -> None:
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        try:
            if self._failure is None:
                # Nothing is lost if the disk refuses: the next opening reads the WAL.
                with suppress(sqlite3.Error):
                    await writer.run(_checkpoint)
        finally:
            await writer.close()

    def _unlock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def write(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` in a transaction; return its value once it is on the disk.

        A caller that is cancelled while waiting leaves the write running: it happens whole.

        Raises:
            TransientError: The disk is full or failed; nothing of `function` was kept.
            Exception: Whatever `function` raised; only its own changes are undone.
        """
        if self._failure is not None:
            raise StoreFailedError(f"the store stopped: {self._failure}")
        future = asyncio.get_running_loop().create_future()
        self._pending.append(_Write(function, future))
        if self._drainer is None or self._drainer.done():
            self._drainer = asyncio.create_task(self._drain())
        value: T = await asyncio.shield(future)
        return value

    async def read(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` on a consistent snapshot; it cannot change anything.

        A caller that is cancelled while waiting leaves the function running on its connection;
        nobody else gets that connection before the function has ended.

        Raises:
            TransientError: The store is closed.
        """
        connection = await self._idle.get()
        if self._is_closing:
            self._idle.put_nowait(connection)
            raise StoreFailedError("the store is closed")
        reading = asyncio.create_task(connection.run(_snapshot, function, self._sealer))
        reading.add_done_callback(lambda done: self._take_back(connection, done))
        return await asyncio.shield(reading)

    def _take_back(self, connection: Connection, done: "asyncio.Task[Any]") -> None:
        self._idle.put_nowait(connection)
        if not done.cancelled():
            # The error of a reading whose caller has gone is nobody's, and no fault of the loop.
            done.exception()

    async def _drain(self) -> None:
        while self._pending:
            group, self._pending = self._pending[:_GROUP], self._pending[_GROUP:]
            functions = [write.function for write in group]
            try:
                outcomes = await self._open_writer.run(self._commit, functions)
            except Exception as error:  # noqa: BLE001  the writer's thread is gone: nobody may wait for ever
                outcomes = [_Outcome(error=error)] * len(functions)
            for write, outcome in zip(group, outcomes, strict=True):
                if write.future.cancelled():
                    continue
                if outcome.error is not None:
                    write.future.set_exception(outcome.error)
                else:
                    write.future.set_result(outcome.value)

    def _commit(
        self, database: sqlite3.Connection, functions: list[Callable[[Transaction], Any]]
    ) -> list[_Outcome]:
        """Run a group in one transaction on the writer's thread."""
        try:
            database.execute("BEGIN IMMEDIATE")
            transaction = Transaction(database, self._sealer)
            outcomes = [_guarded(database, transaction, function) for function in functions]
            database.execute("COMMIT")
        except sqlite3.Error as error:
            return [_Outcome(error=self._undo(database, error))] * len(functions)
        return outcomes

    def _undo(self, database: sqlite3.Connection, error: sqlite3.Error) -> TransientError:
        try:
            if database.in_transaction:
                database.execute("ROLLBACK")
        except sqlite3.Error as second:
            return self._stop(second)
        return (
            self._stop(error)
            if _code(error) in _FATAL
            else TransientError(f"the store could not write: {error}")
        )

    def _stop(self, error: sqlite3.Error) -> TransientError:
        self._failure = f"{error} (SQLite error {_code(error)})"
        return StoreFailedError(f"the store stopped: {self._failure}")


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _guarded(
    database: sqlite3.Connection,
    transaction: Transaction,
    function: Callable[[Transaction], Any],
) -> _Outcome:
    """Run one function of a group under its savepoint; its error undoes it alone.

    Raises:
        sqlite3.Error: The disk failed, or SQLite has rolled the whole transaction back.
    """
    database.execute("SAVEPOINT one")
    try:
        value = function(transaction)
    except Exception as error:
        if isinstance(error, sqlite3.Error) and _code(error) in _DISK:
            raise
        if not database.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back") from error
        database.execute("ROLLBACK TO one")
        database.execute("RELEASE one")
        return _Outcome(error=error)
    database.execute("RELEASE one")
    return _Outcome(value=value)


def _snapshot(
    database: sqlite3.Connection, function: Callable[[Transaction], T], sealer: Sealer
) -> T:
    database.execute("BEGIN")
    try:
        return function(Transaction(database, sealer))
    finally:
        # Nothing was changed; after a page that cannot be read, a COMMIT would fail as well.
        database.execute("ROLLBACK")


def _checkpoint(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
