"""The evidence is verified while a node works: all of it, then what is new, and again."""

import asyncio

import pytest

from gateway import log
from gateway.node.verifying import Verifying
from gateway.store import Store, evidence
from gateway.store.evidence import LOCAL, Fact
from tests.store.conftest import new_sealer
from tests.store.filled import AT, DROP, make
from tests.store.tables import PEER, sql

ALARMS = "SELECT peer, subject, count FROM alarms WHERE kind = 'evidence-broken'"


@pytest.fixture
async def store(tmp_path):
    log.set_up("error")
    store = await Store(make(tmp_path / "gateway.db"), new_sealer()).open()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def verifying(store):
    return Verifying(store=store, clock=lambda: 1_790_000_000.0, every=0.01)


async def tamper(store, text):
    """Change the evidence as somebody can who has the file."""

    def change(tx):
        tx._database.execute(DROP.split(";")[0])
        tx._database.execute(DROP.split(";")[1])
        assert tx._database.execute(text).rowcount == 1

    await store.write(change)


async def alarms(store):
    return [tuple(row) for row in await store.read(lambda tx: sql(tx, ALARMS))]


async def test_at_the_start_every_chain_is_verified_whole(store, verifying):
    assert verifying.verified == {}
    await verifying.verify(whole=True)
    assert verifying.verified == {PEER: 9, LOCAL: 1}
    assert verifying.broken == {}
    assert await alarms(store) == []


async def test_a_long_chain_is_read_in_pages_and_others_are_served_between(store, verifying):
    def many(tx):
        for number in range(1700):
            evidence.append(tx, LOCAL, Fact.READ, at=AT, uid=number)

    await store.write(many)
    seen = []

    async def watch():
        while True:
            seen.append(await store.read(lambda tx: verifying.verified.get(LOCAL)))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await verifying.verify(whole=True)
    assert verifying.verified[LOCAL] == 1701
    assert {500, 1000, 1500} & set(seen)
    # While it is read again, what was found before still counts.
    seen.clear()
    await verifying.verify(whole=True)
    watching.cancel()
    assert set(seen) == {1701}


async def test_what_comes_later_is_verified_from_there_on(store, verifying):
    await verifying.verify(whole=True)
    await tamper(store, "UPDATE evidence SET subject = 'other' WHERE position = 2")
    await store.write(lambda tx: evidence.append(tx, PEER, Fact.RECEIVED, at=AT))
    await verifying.verify(whole=False)
    assert (verifying.verified[PEER], verifying.broken) == (10, {})
    await verifying.verify(whole=True)
    assert verifying.broken == {PEER: 2}


async def test_F61_a_fault_raises_an_alarm_once_and_the_other_chains_are_looked_at(
    store, verifying
):
    await tamper(store, "UPDATE evidence SET subject = 'other' WHERE position = 4")
    for _ in range(3):
        await verifying.verify(whole=False)
    assert verifying.broken == {PEER: 4}
    assert verifying.verified == {PEER: 4, LOCAL: 1}
    assert await alarms(store) == [(PEER, f"{PEER}:4", 1)]


async def test_a_fault_of_the_local_chain_is_of_no_peer(store, verifying):
    await tamper(store, "UPDATE evidence SET fact = 'read' WHERE chain = 'local'")
    await verifying.verify(whole=True)
    assert await alarms(store) == [(None, "local:0", 1)]


async def test_a_page_of_the_file_that_cannot_be_read_is_a_fault(tmp_path, store, verifying):
    size, root = await store.read(
        lambda tx: (
            sql(tx, "PRAGMA page_size")[0][0],
            sql(tx, "SELECT rootpage FROM sqlite_schema WHERE name = 'evidence'")[0][0],
        )
    )
    await store.close()
    with (tmp_path / "gateway.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 400)
    again = await Store(tmp_path / "gateway.db", new_sealer()).open()
    try:
        verifying = Verifying(store=again, clock=lambda: 1_790_000_000.0)
        await verifying.verify(whole=True)
        assert verifying.broken == {PEER: 0, LOCAL: 0}
    finally:
        await again.close()


async def test_the_worker_begins_at_once_and_looks_again_and_again(store, verifying):
    running = asyncio.create_task(verifying.run())
    try:
        async with asyncio.timeout(5):
            while verifying.verified.get(PEER) != 9:
                await asyncio.sleep(0.005)
            await store.write(lambda tx: evidence.append(tx, PEER, Fact.RECEIVED, at=AT))
            while verifying.verified[PEER] != 10:
                await asyncio.sleep(0.005)
            await tamper(store, "UPDATE evidence SET subject = 'other' WHERE position = 2")
            while not verifying.broken:
                await asyncio.sleep(0.005)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert verifying.broken == {PEER: 2}
