"""Which messages are chosen: order, ids, sizes and bounds, over rows as peers could make them."""

import pytest

from gateway.desk import handing_out
from gateway.desk.handing_out import choose
from gateway.store import consumers
from gateway.store.consumers import Consumer
from tests.nodes import two_nodes

AT = "2026-09-21T14:13:20Z"
CONSUMER = Consumer(1002, "registry")


@pytest.fixture
async def store(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp.store


def put(tx, id, *, thread="t", peer="kh/molvt", kind="inquiry", size=10):
    """Insert a received message as far as choosing looks at it."""
    tx._database.execute(
        "INSERT OR IGNORE INTO threads (peer, thread, kind, state, opener, opened, updated)"
        " VALUES (?, ?, ?, 'requested', 'them', ?, ?)",
        (peer, thread, kind, AT, AT),
    )
    tx._database.execute(
        "INSERT INTO messages (peer, direction, id, header_digest, type, thread, clauses, priority,"
        " marking, caveats, created, expires, size, state, jws_digest, content_digest, jws)"
        " VALUES (?, 'in', ?, 'd', 'inquiry.request', ?, '[]', 'routine', 'public', '[]', ?, ?, ?,"
        " 'received', 'd', 'd', 'j')",
        (peer, id, thread, AT, AT, size),
    )


async def chosen(store, limit=10):
    """Return the ids of one choice."""
    choice = await store.write(lambda tx: choose(tx, CONSUMER, limit=limit, at=AT))
    return [given.id for given in choice.given]


async def prepare(store, *messages):
    def record(tx):
        CONSUMER.add(tx, at=AT, after=0)
        for id, options in messages:
            put(tx, id, **options)

    await store.write(record)


async def ack(store, id):
    def record(tx):
        for row in CONSUMER.rows(tx):
            if row["id"] == id and row["tries"]:
                CONSUMER.done(tx, row["seq"])

    await store.write(record)


async def test_messages_of_many_threads_come_in_the_order_of_their_arrival(store):
    await prepare(store, *((f"m{n}", {"thread": f"t{n % 3}"}) for n in range(7)))
    assert await chosen(store) == [f"m{n}" for n in range(7)]


async def test_what_waits_for_its_id_holds_up_its_thread_and_no_other(store):
    await prepare(
        store,
        ("x", {"peer": "kh/molvt", "thread": "a"}),
        ("x", {"peer": "vn/dolab", "thread": "b"}),
        ("y", {"peer": "vn/dolab", "thread": "b"}),
        ("z", {"peer": "vn/dolab", "thread": "c"}),
    )
    assert await chosen(store) == ["x", "z"]
    assert await chosen(store) == ["x"]
    await ack(store, "x")
    await ack(store, "z")
    assert await chosen(store) == ["x", "y"]


async def test_what_waits_comes_before_what_is_new_in_its_thread(store):
    await prepare(store, ("a1", {"thread": "a"}), ("a2", {"thread": "a"}))
    for _ in range(handing_out.MOST_TRIES + 1):
        await chosen(store, limit=1)
    assert await chosen(store) == []
    await store.write(lambda tx: put(tx, "a3", thread="a"))
    await store.write(lambda tx: put(tx, "b1", thread="b"))
    assert await chosen(store) == ["b1"]
    await ack(store, "b1")
    await store.write(lambda tx: CONSUMER.release(tx, CONSUMER.rows(tx)[0]["seq"]))
    assert await chosen(store) == ["a1", "a2", "a3"]


async def test_contents_of_one_answer_have_a_bound_and_one_that_is_larger_goes_alone(store):
    half = handing_out._MOST_BYTES // 2
    sizes = [half, half, 1, 3 * half, 1]
    await prepare(
        store, *((f"m{n}", {"thread": f"t{n}", "size": size}) for n, size in enumerate(sizes))
    )
    for expected in (["m0", "m1"], ["m2"], ["m3"], ["m4"]):
        assert await chosen(store) == expected
        for id in expected:
            await ack(store, id)


async def test_a_system_that_leaves_everything_open_is_given_nothing_new(store, monkeypatch):
    monkeypatch.setattr(handing_out, "_MOST_OPEN", 3)
    await prepare(store, *((f"m{n}", {"thread": f"t{n}"}) for n in range(5)))
    assert await chosen(store, limit=3) == ["m0", "m1", "m2"]
    for _ in range(3 * handing_out.MOST_TRIES):
        await chosen(store)
    assert await chosen(store) == []
    open_ = await store.read(CONSUMER.rows)
    assert [row["id"] for row in open_ if row["quarantined"]] == ["m0", "m1", "m2"]


async def test_a_long_way_through_the_control_thread_is_gone_in_parts(store, monkeypatch):
    monkeypatch.setattr(handing_out, "_PAGE", 4)
    monkeypatch.setattr(handing_out, "_MOST_LOOKED", 8)
    control = ((f"c{n}", {"thread": "control", "kind": "control"}) for n in range(20))
    await prepare(store, *control, ("m", {"thread": "a"}))
    for place in (8, 16):
        choice = await store.write(lambda tx: choose(tx, CONSUMER, limit=5, at=AT))
        assert (choice.given, choice.is_all) == ([], False)
        assert await store.read(CONSUMER.place) == place
    assert await chosen(store) == ["m"]


async def test_a_consumer_that_has_taken_everything_writes_nothing(store):
    await prepare(store, ("m", {}))
    assert await chosen(store) == ["m"]
    await ack(store, "m")
    before = await store._writer.run(lambda database: database.total_changes)
    assert await chosen(store) == []
    assert await store._writer.run(lambda database: database.total_changes) == before
    assert await store.read(lambda tx: consumers.count(tx, 1002)) == 1
