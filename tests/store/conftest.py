"""A store with its file in a temporary folder, closed whatever happens."""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.store import Store, Transaction
from gateway.store.migrate import migrate
from gateway.store.sealing import Sealer


def new_sealer() -> Sealer:
    return Sealer(bytes(32), os.urandom)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = await Store(path, new_sealer()).open()
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def fresh() -> Iterator[Transaction]:
    """Open a transaction over a fresh database in memory, for functions that need no disk."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        database.row_factory = sqlite3.Row
        migrate(database)
        yield Transaction(database, new_sealer())
    finally:
        database.close()


@pytest.fixture
def tx() -> Iterator[Transaction]:
    with fresh() as made:
        yield made
