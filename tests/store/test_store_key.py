"""A store key that is not the one before is noticed once, and noted for ever."""

import os

from gateway.store import Store, evidence
from gateway.store.sealing import Sealer
from gateway.store.store_key import note_key
from tests.store.tables import sql

AT = "2026-09-21T14:13:20Z"
FACTS = "SELECT fact FROM evidence WHERE chain = 'local'"
ALARMS = "SELECT kind, count FROM alarms"


async def noted(path, key):
    """Open the store with a key and return what came of it: the answer, facts and alarms."""
    store = await Store(path, Sealer(key, os.urandom)).open()
    try:
        same = await store.write(lambda tx: note_key(tx, AT))
        facts = await store.read(lambda tx: [row["fact"] for row in sql(tx, FACTS)])
        alarms = await store.read(lambda tx: [tuple(row) for row in sql(tx, ALARMS)])
        await store.read(lambda tx: evidence.verify(tx, "local"))
        return same, facts, alarms
    finally:
        await store.close()


async def test_another_key_is_noted_once_and_the_same_one_never(tmp_path):
    path, first, second = tmp_path / "gateway.db", b"1" * 32, b"2" * 32
    assert await noted(path, first) == (True, [], [])
    assert await noted(path, first) == (True, [], [])
    changed = (["store-key-changed"], [("store-key-changed", 1)])
    assert await noted(path, second) == (False, *changed)
    assert await noted(path, second) == (True, *changed)
