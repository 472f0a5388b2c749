"""A look into the store from outside the node: read-only, without the lock and without keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from gateway.errors import NotFoundError
from gateway.store.connection import reader
from gateway.store.sealing import KEY_SIZE, Sealer
from gateway.store.transaction import Transaction

T = TypeVar("T")

# A key that sealed nothing: sealed values stay closed to whoever only looks.
_NO_KEY: Final = bytes(KEY_SIZE)


def peek(path: Path, function: Callable[[Transaction], T]) -> T:
    """Run `function` on a snapshot of the file, whether or not a node has it open.

    Raises:
        NotFoundError: There is no database.
    """
    if not path.exists():
        raise NotFoundError(f"there is no database at {path}", hint="gateway init")
    database = reader(path)()
    try:
        return function(Transaction(database, Sealer(_NO_KEY, bytes)))
    finally:
        database.close()
