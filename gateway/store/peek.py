"""A look into the store from outside the node: read-only, without the lock and without keys."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

from gateway.errors import LocalError, NotFoundError
from gateway.store import migrate
from gateway.store.connection import reader
from gateway.store.sealing import KEY_SIZE, Sealer
from gateway.store.transaction import Transaction

T = TypeVar("T")

# It may be the node's own database or a backup that was named on the command line.
_HINT: Final = "name another file; [paths] data says where the node's own database lies"
# A key that sealed nothing: sealed values stay closed to whoever only looks.
_NO_KEY: Final = bytes(KEY_SIZE)


def peek(path: Path, function: Callable[[Transaction], T]) -> T:
    """Run `function` on a snapshot of the file, whether or not a node has it open.

    Raises:
        NotFoundError: There is no database.
        LocalError: It is not ours, of another format than this version's, or cannot be read.
    """
    with opened(path) as database:
        migrate.demand_current(database)
        with telling(path):
            return snapshot(database, function)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database of this program or an older one for reading, and close it again.

    Raises:
        NotFoundError: There is no database.
        LocalError: It is another program's or a newer version's, or it cannot be read.
    """
    if not path.exists():
        raise NotFoundError(f"there is no database at {path}", hint="gateway init")
    with telling(path):
        database = reader(path)()
    with closing(database):
        _check(path, database)
        yield database


def _check(path: Path, database: sqlite3.Connection) -> None:
    try:
        migrate.check(database)
    except LocalError as error:
        hint = error.hint if error.hint != migrate.HINT else _HINT
        raise LocalError(f"{path}: {error}", hint=hint) from error


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Tell what SQLite finds in a file as an error of that file.

    Raises:
        LocalError: It cannot be read.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise LocalError(
            f"the database {path} cannot be read: {error}",
            hint=f"gateway db check {path} names the fault",
        ) from error


def snapshot(database: sqlite3.Connection, function: Callable[[Transaction], T]) -> T:
    """Run `function` on one state of an open database; what is sealed stays closed."""
    database.execute("BEGIN")
    try:
        return function(Transaction(database, Sealer(_NO_KEY, bytes)))
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
