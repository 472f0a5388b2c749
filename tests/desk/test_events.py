"""Whoever follows the events sees each change once, in order, without content, and every gap."""

import asyncio
import json
from contextlib import aclosing

from gateway.desk import Draft
from gateway.desk.events import GAP, Events
from gateway.store import Store
from tests.desk.conftest import ask
from tests.nodes import OFFICER, answer_to, inquiry

NOBODY = {"peer": None, "id": None, "type": None, "thread": None, "reference": None, "state": None}


async def looks(events: Events, after, count: int, **filters):
    """Return as many looks as asked for, the one that says where it begins left out."""
    found = []
    async with asyncio.timeout(10), aclosing(events.follow(after, **filters)) as following:
        async for look in following:
            found.append(look)
            if len(found) == count + 1:
                break
    return found[1:]


async def happened(events: Events, after, count: int, **filters):
    """Return so many events."""
    found = []
    async with asyncio.timeout(10), aclosing(events.follow(after, **filters)) as following:
        async for look in following:
            found += look.found
            if len(found) >= count:
                return found
    raise AssertionError("the events ended")


def quick(node) -> Events:
    """Return the feed of a node with quick signs of life."""
    return Events(node.store, node.changes, heartbeat=0.01)


async def note(store: Store, *kinds: str, peer: str | None = None) -> None:
    """Write events as the triggers do."""

    def record(tx):
        for kind in kinds:
            tx._database.execute("INSERT INTO events (kind, peer) VALUES (?, ?)", (kind, peer))

    await store.write(record)


async def trim(store: Store, to: int) -> None:
    await store.write(lambda tx: tx._database.execute("DELETE FROM events WHERE seq <= ?", (to,)))


async def test_a_matter_is_told_in_its_order_on_both_sides(pair):
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    await pair.jp.desk.wait(asked["id"], "answered", 5)
    ours = [each for each in await happened(pair.jp.desk.events, 0, 6) if each.kind != GAP]
    about = [each for each in ours if each.data["type"] == "inquiry.request"]
    assert [each.kind for each in about] == [
        "message.queued",
        "message.delivered",
        "level.handed-over",
        "level.accepted",
        "level.answered",
    ]
    assert {each.data["reference"] for each in about} == {asked["reference"]}
    theirs = await happened(pair.kh.desk.events, 0, 4)
    assert theirs[0].kind == "thread.opened"
    assert theirs[1].data == {
        "kind": "message.received",
        "peer": "jp/isa",
        "id": asked["id"],
        "type": "inquiry.request",
        "thread": asked["thread"],
        "reference": asked["reference"],
        "state": "received",
    }


async def test_an_event_carries_no_content(pair):
    canary = "CANARY-7f3a"
    body = inquiry()["body"]
    body["reason"] = {"en": canary}
    await ask(pair, body=body)
    for node in (pair.jp, pair.kh):
        everything = await node.store.read(
            lambda tx: [dict(row) for row in tx._database.execute("SELECT * FROM events")]
        )
        assert everything
        assert canary not in json.dumps(everything)


async def test_who_begins_now_sees_only_what_comes(pair):
    await ask(pair)
    events = pair.jp.desk.events
    newest = await events.newest()
    following = events.follow(None)
    async with aclosing(following):
        assert (await anext(following)).seq == newest > 0
        coming = asyncio.ensure_future(anext(following))
        sent = await pair.jp.desk.ping("kh/molvt", OFFICER)
        look = await asyncio.wait_for(coming, 5)
        assert look.found[0].data["id"] == sent["id"]


async def test_each_is_seen_once_over_many_pages(pair):
    store, events = pair.jp.store, pair.jp.desk.events
    begin = await events.newest()
    await note(store, *(f"test.{number}" for number in range(1234)))
    found = await happened(events, begin, 1234)
    assert [each.kind for each in found] == [f"test.{number}" for number in range(1234)]
    assert [each.seq for each in found] == list(range(begin + 1, begin + 1235))


async def test_who_comes_too_late_is_told_of_the_gap_first_and_then_sees_the_oldest(pair):
    store, events = pair.jp.store, pair.jp.desk.events
    await note(store, *(f"test.{number}" for number in range(20)))
    await trim(store, 10)
    for after in (0, 3, 9):
        found = await happened(events, after, 11)
        assert [each.seq for each in found] == list(range(10, 21))
        assert found[0].data == NOBODY | {"kind": GAP}
        assert GAP not in {each.kind for each in found[1:]}
    assert (await happened(events, 10, 10))[0].kind == "test.10"


async def test_a_place_that_this_database_never_reached_is_a_gap(pair):
    store, events = pair.jp.store, pair.jp.desk.events
    await note(store, "test.1", "test.2")
    found = await happened(events, 99, 3)
    assert [each.kind for each in found] == [GAP, "test.1", "test.2"]


async def test_what_does_not_fit_is_left_out_but_the_place_moves_on(pair):
    store, events = pair.jp.store, pair.jp.desk.events
    begin = await events.newest()
    await note(store, "message.one", "alarm", "message.two", peer="kh/molvt")
    await note(store, "message.three", "level.four", peer="vn/dolab")
    found = await happened(events, begin, 3, kind="message.")
    assert [each.kind for each in found] == ["message.one", "message.two", "message.three"]
    found = await happened(events, begin, 2, peer="vn/dolab")
    assert [each.kind for each in found] == ["message.three", "level.four"]
    (look,) = await looks(quick(pair.jp), begin, 1, kind="nothing.")
    assert (look.seq, look.found) == (begin + 5, ())


async def test_a_quiet_feed_gives_signs_of_life(pair):
    begin = await pair.jp.desk.events.newest()
    found = await looks(quick(pair.jp), None, 3)
    assert [(look.seq, look.found) for look in found] == [(begin, ())] * 3
