"""Writes are whole, shared, ordered and durable; a failing disk fails everybody honestly."""

import asyncio
import gc
import resource
import sqlite3
import subprocess
import sys
import threading

import pytest

from gateway.errors import ExitCode, LocalError, NotFoundError, TransientError
from gateway.store import Store, StoreLockedError
from gateway.store.connection import Connection
from gateway.store.database import StoreFailedError
from gateway.store.migrate import APPLICATION_ID
from tests.store.conftest import new_sealer
from tests.store.tables import behind_the_back, count, counters, sql


async def commits(store):
    """Return a list to which each statement of the writer is added from now on."""
    statements = []
    await store._writer.run(lambda database: database.set_trace_callback(statements.append))
    return statements


class Gate:
    """A write that holds the writer's thread until the test lets it go on."""

    def __init__(self):
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, tx):
        self.entered.set()
        assert self.open.wait(5)
        return count("gate", 1)(tx)

    async def hold(self, store):
        task = asyncio.create_task(store.write(self))
        await asyncio.to_thread(self.entered.wait, 5)
        return task


async def test_what_was_written_is_read_back_and_survives_a_restart(store, path):
    assert await store.write(count("a", 1)) == 1
    assert await store.read(counters) == {"a": 1}
    await store.close()
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"a": 1}
    finally:
        await again.close()


async def test_functions_that_wait_together_share_one_commit(store):
    statements = await commits(store)
    await asyncio.gather(*(store.write(count(f"n{n:03}", n)) for n in range(40)))
    assert statements.count("COMMIT") == 1
    assert len(await store.read(counters)) == 40


async def test_functions_that_queue_during_a_sync_share_the_next_commit(store):
    statements = await commits(store)
    gate = Gate()
    first = await gate.hold(store)
    rest = [asyncio.create_task(store.write(count(f"n{n}", n))) for n in range(5)]
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(first, *rest)
    assert statements.count("COMMIT") == 2


async def test_a_large_crowd_is_split_into_groups_and_loses_nobody(store):
    statements = await commits(store)
    await asyncio.gather(*(store.write(count(f"n{n}", n)) for n in range(600)))
    assert statements.count("COMMIT") == 3
    assert len(await store.read(counters)) == 600


async def test_functions_run_in_the_order_of_their_asking(store):
    seen = []
    await asyncio.gather(*(store.write(lambda tx, n=n: seen.append(n)) for n in range(50)))
    assert seen == list(range(50))


async def test_a_function_that_raises_undoes_only_itself(store):
    def half(tx):
        count("half", 1)(tx)
        raise KeyError("mine alone")

    outcomes = await asyncio.gather(
        store.write(count("before", 1)),
        store.write(half),
        store.write(count("after", 1)),
        return_exceptions=True,
    )
    assert outcomes[0] == outcomes[2] == 1
    assert isinstance(outcomes[1], KeyError)
    assert await store.read(counters) == {"after": 1, "before": 1}


async def test_a_broken_constraint_is_told_to_its_caller_alone(store):
    outcomes = await asyncio.gather(
        store.write(count("a", 1)),
        store.write(count("a", 2)),
        store.write(count("b", 3)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert await store.read(counters) == {"a": 1, "b": 3}


async def test_the_write_of_a_cancelled_caller_happens_whole(store):
    gate = Gate()
    task = await gate.hold(store)
    queued = asyncio.create_task(store.write(count("queued", 1)))
    await asyncio.sleep(0)
    task.cancel()
    queued.cancel()
    gate.open.set()
    assert all(
        isinstance(end, asyncio.CancelledError)
        for end in await asyncio.gather(task, queued, return_exceptions=True)
    )
    await store.write(lambda tx: None)
    assert await store.read(counters) == {"gate": 1, "queued": 1}


async def test_a_read_after_the_close_is_told_so_and_may_be_tried_again(store):
    await store.close()
    for _ in range(3):
        with pytest.raises(TransientError, match="closed"):
            await store.read(counters)


async def test_closing_finishes_what_was_queued(store, path):
    gate = Gate()
    task = await gate.hold(store)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    gate.open.set()
    await asyncio.gather(task, closing)
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"gate": 1}
    finally:
        await again.close()


async def test_a_reader_sees_no_half_done_group(store):
    gate = Gate()
    task = await gate.hold(store)
    assert await store.read(counters) == {}
    gate.open.set()
    await task
    assert await store.read(counters) == {"gate": 1}


async def test_a_reader_cannot_change_anything(store):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(count("a", 1))
    assert await store.read(counters) == {}


async def test_a_cancelled_reader_leaves_its_connection_usable(store):
    entered, leave = threading.Event(), threading.Event()

    def slow(tx):
        entered.set()
        assert leave.wait(5)

    tasks = [asyncio.create_task(store.read(slow)) for _ in range(2)]
    await asyncio.to_thread(entered.wait, 5)
    for task in tasks:
        task.cancel()
    leave.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [await store.read(counters) for _ in range(4)] == [{}] * 4


async def test_a_connection_that_is_still_busy_for_a_cancelled_reader_is_given_to_nobody(store):
    entered, leave = threading.Event(), threading.Event()

    def slow(tx):
        entered.set()
        assert leave.wait(20)

    task = asyncio.create_task(store.read(slow))
    await asyncio.to_thread(entered.wait, 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    try:
        async with asyncio.timeout(10):
            for _ in range(3):
                assert await store.read(counters) == {}
            together = [asyncio.create_task(store.read(counters)) for _ in range(3)]
            assert await asyncio.gather(*together) == [{}] * 3
    finally:
        leave.set()
    # Both serve again: two functions that wait for each other end.
    meeting = threading.Barrier(2, timeout=5)
    await asyncio.gather(*(store.read(lambda tx: meeting.wait()) for _ in range(2)))


async def test_a_cancelled_reader_whose_function_fails_gives_its_connection_back(store):
    entered, leave = threading.Event(), threading.Event()

    def fails(tx):
        entered.set()
        assert leave.wait(5)
        raise KeyError("nobody hears it")

    for _ in range(3):
        entered.clear()
        leave.clear()
        task = asyncio.create_task(store.read(fails))
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        leave.set()
        assert await store.read(counters) == {}


def big(tx):
    return sql(tx, "INSERT INTO meta (name, value) VALUES ('big', ?)", "x" * 4_000_000)


def limit_pages(pages):
    return lambda tx: sql(tx, f"PRAGMA max_page_count = {pages}")[0][0]


async def test_a_full_disk_fails_the_whole_group_and_leaves_the_file_intact(store, path):
    await store.write(count("earlier", 1))
    pages = await store.read(lambda tx: sql(tx, "PRAGMA page_count")[0][0])
    await store.write(limit_pages(pages + 8))
    outcomes = await asyncio.gather(
        store.write(count("small", 1)),
        store.write(big),
        store.write(count("late", 1)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [TransientError] * 3
    assert await store.read(counters) == {"earlier": 1}
    assert store.failure is None
    await store.write(limit_pages(1_000_000))
    await store.write(big)
    assert await store.read(lambda tx: sql(tx, "PRAGMA integrity_check")[0][0]) == "ok"


async def test_a_function_that_hides_a_full_disk_is_not_believed(store):
    """SQLite has rolled everything back; a function that goes on would write half of it."""
    pages = await store.read(lambda tx: sql(tx, "PRAGMA page_count")[0][0])
    await store.write(limit_pages(pages + 8))

    def hides(tx):
        count("first half", 1)(tx)
        try:
            big(tx)
        except sqlite3.Error:
            raise ValueError("hidden") from None

    outcomes = await asyncio.gather(
        store.write(count("small", 1)), store.write(hides), return_exceptions=True
    )
    kept = await store.read(counters)
    if kept:  # SQLite undid only the statement: then only this function's work is undone.
        assert isinstance(outcomes[1], ValueError)
        assert (outcomes[0], kept) == (1, {"small": 1})
    else:
        assert all(isinstance(outcome, TransientError) for outcome in outcomes)


async def test_an_unwritable_disk_stops_the_store_and_keeps_what_was_acknowledged(store, path):
    await store.write(count("earlier", 1))
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in path.parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 4096, kept[1]))
    try:
        outcomes = await asyncio.gather(
            store.write(big), store.write(count("late", 1)), return_exceptions=True
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert [type(outcome) for outcome in outcomes] == [StoreFailedError] * 2
    assert store.failure is not None
    with pytest.raises(StoreFailedError, match="stopped"):
        await store.write(count("after", 1))
    assert await store.read(counters) == {"earlier": 1}
    await store.close()
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"earlier": 1}
        assert await again.read(lambda tx: sql(tx, "PRAGMA integrity_check")[0][0]) == "ok"
        await again.write(count("after", 1))
    finally:
        await again.close()


async def test_a_disk_that_refuses_the_last_checkpoint_keeps_nobody_from_closing(path):
    """A thread left over would keep the process from ending, a lock the next from starting."""
    store = await Store(path, new_sealer()).open()
    threads = [connection._thread for connection in (store._writer, *store._readers)]
    await store.write(count("earlier", 1))
    await store.write(lambda tx: sql(tx, "INSERT INTO meta VALUES ('x', ?)", "x" * 200_000))
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, kept[1]))
    try:
        await store.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    await _all_is_closed(store, threads)
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"earlier": 1}
        assert await again.read(lambda tx: sql(tx, "PRAGMA integrity_check")[0][0]) == "ok"
    finally:
        await again.close()


class _Unclosable(Connection):
    async def close(self):
        await super().close()
        raise sqlite3.OperationalError("it would not close")


@pytest.mark.parametrize("bad", [0, 1, 2])
async def test_a_connection_that_fails_to_close_keeps_no_other_one_open(path, bad):
    made = []

    def connect(connector):
        kind = _Unclosable if len(made) == bad else Connection
        made.append(kind(connector, iter_chunk_size=64))
        return made[-1]

    store = await Store(path, new_sealer(), connect).open()
    await store.write(count("earlier", 1))
    with pytest.raises(sqlite3.OperationalError, match="would not close"):
        await store.close()
    await _all_is_closed(store, [connection._thread for connection in made])
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"earlier": 1}
    finally:
        await again.close()


async def test_a_cancelled_close_still_finishes_what_was_queued_and_closes(store, path):
    threads = [connection._thread for connection in (store._writer, *store._readers)]
    gate = Gate()
    task = await gate.hold(store)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    gate.open.set()
    await asyncio.gather(closing, return_exceptions=True)
    assert await task == 1
    await _all_is_closed(store, threads)
    again = await Store(path, new_sealer()).open()
    try:
        assert await again.read(counters) == {"gate": 1}
    finally:
        await again.close()


async def _all_is_closed(store, threads):
    for thread in threads:
        await asyncio.to_thread(thread.join, 5)
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(StoreFailedError, match="closed"):
        await store.write(count("later", 1))


async def test_a_second_store_over_the_same_file_is_refused(store, path):
    with pytest.raises(StoreLockedError) as caught:
        await Store(path, new_sealer()).open()
    assert caught.value.exit_code is ExitCode.UNAVAILABLE
    await store.write(count("a", 1))


async def test_another_process_is_refused_and_let_in_after_the_close(store, path):
    program = (
        "import asyncio, os, pathlib, sys\n"
        "from gateway.store import Store, StoreLockedError\n"
        "from gateway.store.sealing import Sealer\n"
        "async def main():\n"
        "    store = Store(pathlib.Path(sys.argv[1]), Sealer(bytes(32), os.urandom))\n"
        "    try:\n"
        "        await store.open()\n"
        "    except StoreLockedError:\n"
        "        return print('locked')\n"
        "    await store.close()\n"
        "    print('opened')\n"
        "asyncio.run(main())\n"
    )

    def other():
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=15
        )
        return done.stdout.strip() or done.stderr

    assert await asyncio.to_thread(other) == "locked"
    await store.close()
    assert await asyncio.to_thread(other) == "opened"


def _newer(path):
    behind_the_back(path, f"PRAGMA application_id = {APPLICATION_ID}")
    behind_the_back(path, "CREATE TABLE later (x)")
    behind_the_back(path, "PRAGMA user_version = 99")


def _foreign(path):
    behind_the_back(path, "CREATE TABLE somebody_elses (x)")


def _no_database(path):
    path.write_bytes(b"a letter that somebody saved under this name\n" * 200)


@pytest.mark.parametrize("make", [_newer, _foreign, _no_database])
async def test_a_file_that_is_newer_or_not_ours_is_refused_untouched(path, make):
    make(path)
    before = path.read_bytes()
    store = Store(path, new_sealer())
    try:
        with pytest.raises(LocalError):
            await store.open()
    finally:
        await store.close()
    assert path.read_bytes() == before
    assert {file.suffix for file in path.parent.iterdir()} <= {".db", ".lock"}


async def test_a_refused_file_gives_its_lock_back(path):
    _foreign(path)
    with pytest.raises(LocalError, match="another program"):
        await Store(path, new_sealer()).open()
    path.unlink()
    store = await Store(path, new_sealer()).open()
    await store.close()


async def test_a_migration_that_fails_leaves_nothing_half_made(path):
    behind_the_back(path, f"PRAGMA application_id = {APPLICATION_ID}")
    behind_the_back(path, "CREATE TABLE evidence (x)")  # the script meets it in its middle
    with pytest.raises(LocalError, match="table evidence already exists"):
        await Store(path, new_sealer()).open()
    database = sqlite3.connect(path)
    try:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema").fetchall()]
        assert names == ["evidence"]
        assert database.execute("PRAGMA user_version").fetchone()[0] == 0
    finally:
        database.close()


async def test_the_settings_that_keep_data_are_in_force(store):
    def setting(name):
        return lambda tx: sql(tx, f"PRAGMA {name}")[0][0]

    names = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "secure_delete": 1,
        "journal_size_limit": 64 * 1024 * 1024,
    }
    assert {name: await store.write(setting(name)) for name in names} == names
    assert await store.read(setting("query_only")) == 1
    assert await store.read(setting("wal_autocheckpoint")) == 0


async def test_the_database_is_readable_by_its_owner_only(store, path):
    modes = {file.name: file.stat().st_mode & 0o077 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(
        ["gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.lock"], 0
    )


async def test_the_error_of_a_reading_whose_caller_has_gone_troubles_nobody(store):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def fail(_):
        raise NotFoundError("gone")

    reading = asyncio.ensure_future(store.read(fail))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    for _ in range(4):
        await store.read(lambda tx: None)
    del reading
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
