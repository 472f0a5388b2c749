"""A consumer is given every message until it acknowledges it, in order, and never stands still."""

import asyncio

import pytest

from gateway.desk import Actor, Draft
from gateway.desk.handing_out import MOST_TRIES
from gateway.errors import ConflictError, InvalidError, NotFoundError
from tests.desk.conftest import ask
from tests.nodes import OFFICER, Bomb, alarms, answer_to, facts, inquiry, two_nodes, until

SYSTEM = Actor(uid=1002, name="registry")
OTHER = Actor(uid=1003, name="other")


async def take(node, **options):
    options = {"limit": 10, "from_start": True} | options
    answer = await node.desk.consumers.next("registry", SYSTEM, **options)
    return answer["items"]


def ids(items):
    return [item["message"]["id"] for item in items]


async def ack(node, *ids):
    return await node.desk.consumers.acknowledge("registry", list(ids), SYSTEM)


async def fail(node, times=MOST_TRIES):
    """Take and never acknowledge, as a system does that dies at the first message."""
    return [ids(await take(node)) for _ in range(times)]


async def test_a_first_giving_hands_over_and_carries_the_content(pair):
    asked = await ask(pair)
    (item,) = await take(pair.kh)
    assert item["tries"] == 1
    assert item["message"]["content"]["body"] == inquiry()["body"]
    assert item["message"]["state"] == "handed-over"
    view = await pair.jp.desk.wait(asked["id"], "handed-over", 5)
    assert view["levels"]["handed-over"]
    read = await facts(pair.kh, "SELECT record FROM evidence WHERE fact = 'read'")
    assert '"uid":1002' in read[0]["record"]


async def test_what_is_acknowledged_is_not_given_again_and_everything_else_is(pair):
    first, second = await ask(pair), await ask(pair)
    assert ids(await take(pair.kh)) == [first["id"], second["id"]]
    assert await ack(pair.kh, first["id"]) == {"name": "registry", "open": 1}
    (item,) = await take(pair.kh)
    assert (item["message"]["id"], item["tries"]) == (second["id"], 2)
    await ack(pair.kh, second["id"])
    assert await take(pair.kh) == []
    # Nothing is left of what was taken: a consumer costs what is open.
    assert await facts(pair.kh, "SELECT * FROM consumptions") == []


async def test_acknowledging_twice_is_no_fault(pair):
    asked = await ask(pair)
    await take(pair.kh)
    for _ in range(2):
        assert (await ack(pair.kh, asked["id"], asked["id"]))["open"] == 0


async def test_what_was_never_given_cannot_be_acknowledged_and_nothing_is(pair):
    first = await ask(pair)
    await take(pair.kh)
    second = await ask(pair)
    with pytest.raises(ConflictError) as caught:
        await ack(pair.kh, first["id"], second["id"])
    assert [problem.where for problem in caught.value.problems] == ["/ids/1"]
    assert ids(await take(pair.kh)) == [first["id"]]


async def test_a_new_consumer_begins_now_unless_it_asks_for_all(pair):
    await ask(pair)
    consumers = pair.kh.desk.consumers
    assert (await consumers.next("late", SYSTEM))["items"] == []
    asked = await ask(pair)
    assert ids((await consumers.next("late", SYSTEM))["items"]) == [asked["id"]]
    # A consumer that exists goes on where it is, whatever it says about its beginning.
    await consumers.acknowledge("late", [asked["id"]], SYSTEM)
    assert (await consumers.next("late", SYSTEM, from_start=True))["items"] == []


async def test_consumers_of_two_accounts_and_two_names_do_not_meet(pair):
    asked = await ask(pair)
    consumers = pair.kh.desk.consumers
    for actor, name in ((SYSTEM, "one"), (SYSTEM, "two"), (OTHER, "one")):
        items = (await consumers.next(name, actor, from_start=True))["items"]
        assert ids(items) == [asked["id"]]
        await consumers.acknowledge(name, [asked["id"]], actor)
    with pytest.raises(NotFoundError):
        await consumers.acknowledge("two", [asked["id"]], OTHER)
    listed = [(each["uid"], each["name"]) for each in (await consumers.all())["items"]]
    assert listed == [(1002, "one"), (1002, "two"), (1003, "one")]


async def test_acknowledgements_and_signs_of_life_are_not_given(pair):
    await pair.jp.desk.ping("kh/molvt", OFFICER)
    asked = await ask(pair)
    assert ids(await take(pair.kh)) == [asked["id"]]
    await pair.jp.desk.wait(asked["id"], "handed-over", 5)
    assert await take(pair.jp, limit=1) == []


async def test_no_more_is_given_than_was_asked_for(pair):
    sent = [(await ask(pair))["id"] for _ in range(5)]
    assert ids(await take(pair.kh, limit=2)) == sent[:2]
    await ack(pair.kh, *sent[:2])
    assert ids(await take(pair.kh, limit=2)) == sent[2:4]


async def test_a_caller_that_waits_is_given_what_comes_and_one_in_vain_gets_nothing(pair):
    assert await take(pair.kh) == []
    waiting = asyncio.create_task(take(pair.kh, wait_seconds=20))
    await asyncio.sleep(0)
    asked = await ask(pair)
    assert ids(await asyncio.wait_for(waiting, 5)) == [asked["id"]]
    await ack(pair.kh, asked["id"])
    started = asyncio.get_running_loop().time()
    assert await take(pair.kh, wait_seconds=0.05) == []
    assert asyncio.get_running_loop().time() - started < 5


async def test_what_failed_is_given_alone_so_that_its_neighbours_tries_do_not_count(pair):
    sent = [(await ask(pair))["id"] for _ in range(3)]
    assert ids(await take(pair.kh)) == sent
    assert await fail(pair.kh, 2) == [sent[:1]] * 2
    await ack(pair.kh, sent[0])
    assert await fail(pair.kh, 2) == [sent[1:2]] * 2
    await ack(pair.kh, *sent[1:])
    rest = [(await ask(pair))["id"] for _ in range(3)]
    assert ids(await take(pair.kh)) == rest


async def test_f56_after_five_tries_a_message_is_set_apart_and_the_other_threads_go_on(pair):
    poison, next_matter = await ask(pair), await ask(pair)
    assert await fail(pair.kh) == [[poison["id"], next_matter["id"]], *[[poison["id"]]] * 4]
    assert await alarms(pair.kh) == []
    assert ids(await take(pair.kh)) == [next_matter["id"]]
    assert await alarms(pair.kh) == ["consumer-stuck"]
    (row,) = await facts(pair.kh, "SELECT peer, subject FROM alarms")
    assert row == {"peer": "jp/isa", "subject": poison["id"]}
    await ack(pair.kh, next_matter["id"])
    later = await ask(pair)
    assert ids(await take(pair.kh)) == [later["id"]]
    (consumer,) = (await pair.kh.desk.consumers.all())["items"]
    (apart,) = consumer["set_apart"]
    assert (apart["id"], apart["tries"], consumer["open"]) == (poison["id"], 5, 1)


async def asked_and_answered_in_parts(pair):
    """Let Cambodia answer in two parts, which Japan's system receives in one thread."""
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    parts = []
    for is_last in (False, True):
        answer = answer_to(asked)
        answer["body"]["final"] = is_last
        sent = await pair.kh.desk.send(Draft.from_json(answer), OFFICER)
        await pair.kh.desk.wait(sent["id"], "received", 5)
        parts.append(sent["id"])
    return parts


async def test_behind_a_message_that_was_set_apart_its_thread_waits_for_a_person(pair):
    first, second = await asked_and_answered_in_parts(pair)
    assert ids(await take(pair.jp, limit=1)) == [first]
    await fail(pair.jp, 4)
    assert await take(pair.jp) == []
    consumers = pair.jp.desk.consumers
    with pytest.raises(ConflictError):
        await ack(pair.jp, second)
    await consumers.release("registry", first, OFFICER, uid=SYSTEM.uid)
    assert ids(await take(pair.jp)) == [first, second]
    await ack(pair.jp, first, second)
    assert await take(pair.jp) == []
    (record,) = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'consumer-released'")
    assert '"of":1002' in record["record"]
    assert '"uid":1000' in record["record"]


async def test_a_message_that_is_given_up_lets_its_thread_go_on(pair):
    first, second = await asked_and_answered_in_parts(pair)
    await fail(pair.jp, 6)
    consumers = pair.jp.desk.consumers
    done = await consumers.release("registry", first, OFFICER, uid=SYSTEM.uid, skip=True)
    assert done == {"name": "registry", "id": first, "skipped": True}
    assert ids(await take(pair.jp)) == [second]


async def test_a_release_that_is_asked_for_twice_under_one_key_is_one(pair):
    asked = await ask(pair)
    await fail(pair.kh, MOST_TRIES + 1)
    for _ in range(2):
        await pair.kh.desk.consumers.release(
            "registry", asked["id"], SYSTEM, idempotency_key="again"
        )
    found = await facts(pair.kh, "SELECT * FROM evidence WHERE fact = 'consumer-released'")
    assert len(found) == 1


async def test_only_what_was_set_apart_is_released(pair):
    asked = await ask(pair)
    await take(pair.kh)
    consumers = pair.kh.desk.consumers
    with pytest.raises(ConflictError, match="not set apart"):
        await consumers.release("registry", asked["id"], SYSTEM)
    with pytest.raises(NotFoundError):
        await consumers.release("registry", "unknown", SYSTEM)
    with pytest.raises(NotFoundError):
        await consumers.release("registry", asked["id"], OFFICER)


async def test_what_cannot_be_given_is_set_apart_at_once_and_the_rest_goes_on(pair):
    broken, sound = await ask(pair), await ask(pair)

    def harm(tx):
        tx._database.execute("UPDATE messages SET content = x'00' WHERE id = ?", (broken["id"],))

    await pair.kh.store.write(harm)
    assert ids(await take(pair.kh)) == [sound["id"]]
    assert "consumer-stuck" in await alarms(pair.kh)


async def test_behind_one_that_cannot_be_given_its_thread_waits_too(pair):
    first, second = await asked_and_answered_in_parts(pair)

    def harm(tx):
        tx._database.execute("UPDATE messages SET content = x'00' WHERE id = ?", (first,))

    await pair.jp.store.write(harm)
    assert await take(pair.jp) == []
    (consumer,) = (await pair.jp.desk.consumers.all())["items"]
    assert [each["id"] for each in consumer["set_apart"]] == [first]
    await pair.jp.desk.consumers.release("registry", first, SYSTEM, skip=True)
    assert ids(await take(pair.jp)) == [second]


async def test_who_waits_is_given_what_is_released(pair):
    asked = await ask(pair)
    await fail(pair.kh, MOST_TRIES + 1)
    waiting = asyncio.create_task(take(pair.kh, wait_seconds=20))
    await asyncio.sleep(0.05)
    await pair.kh.desk.consumers.release("registry", asked["id"], SYSTEM)
    assert ids(await asyncio.wait_for(waiting, 5)) == [asked["id"]]


async def test_an_id_that_two_peers_use_is_given_one_after_the_other(pair):
    """An acknowledgement names an id: while one is open, no other message may answer to it."""
    first, second = await ask(pair), await ask(pair)

    def same(tx):
        tx._database.execute(
            "UPDATE messages SET peer = 'vn/dolab', id = ?, content_key = NULL WHERE id = ?",
            (first["id"], second["id"]),
        )
        tx._database.execute(
            "UPDATE threads SET peer = 'vn/dolab' WHERE thread = ?", (second["thread"],)
        )

    await pair.kh.store.write(same)
    assert ids(await take(pair.kh)) == [first["id"]]
    await ack(pair.kh, first["id"])
    (row,) = await facts(pair.kh, "SELECT tries FROM consumptions")
    assert row == {"tries": 0}


@pytest.mark.parametrize("name", ["", "Registry", "a b", "../x", "a" * 65, "-a"])
async def test_a_name_has_its_form(pair, name):
    with pytest.raises(InvalidError):
        await pair.kh.desk.consumers.next(name, SYSTEM)
    assert await facts(pair.kh, "SELECT * FROM consumers") == []


async def test_an_account_has_only_so_many(pair):
    consumers = pair.kh.desk.consumers
    for number in range(64):
        await consumers.next(f"system-{number}", SYSTEM)
    with pytest.raises(ConflictError, match="64 consumers"):
        await consumers.next("one-more", SYSTEM)
    await consumers.forget("system-0", SYSTEM)
    await consumers.next("one-more", SYSTEM)
    with pytest.raises(NotFoundError):
        await consumers.forget("system-0", SYSTEM)


@pytest.mark.parametrize("point", ["handing-over.before-commit", "handing-over.committed"])
async def test_a_node_that_dies_while_it_gives_loses_nothing_and_gives_it_again(tmp_path, point):
    async with two_nodes(tmp_path) as pair:
        bomb = Bomb(point, tmp_path / "kh")
        kh = await pair.restart(pair.kh, fail_at=bomb)
        asked = await ask(pair)
        taking = asyncio.ensure_future(take(kh))
        dying = asyncio.ensure_future(kh.dead.wait())
        await asyncio.wait({taking, dying}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert bomb.went_off
        for task in (taking, dying):
            task.cancel()
        await asyncio.gather(taking, dying, return_exceptions=True)
        await kh.kill()
        again = await pair.open(kh.keys, bomb.image, fail_at=lambda _: None)
        await again.start()
        (item,) = await take(again)
        assert (item["message"]["id"], item["tries"]) == (asked["id"], 2)
        await ack(again, asked["id"])
        assert await take(again) == []
        await pair.jp.desk.wait(asked["id"], "handed-over", 5)


async def test_a_consumer_that_dies_after_its_work_does_it_once_by_the_id(pair):
    sent = [(await ask(pair))["id"] for _ in range(3)]
    booked: dict[str, int] = {}
    died = False
    while items := await take(pair.kh):
        for item in items:
            id = item["message"]["id"]
            booked.setdefault(id, item["tries"])
            if id == sent[1] and not died:
                died = True
                break
            await ack(pair.kh, id)
    assert sorted(booked) == sorted(sent)
    assert died


async def test_a_consumer_walks_past_a_long_control_thread(pair):
    for _ in range(3):
        await pair.jp.desk.ping("kh/molvt", OFFICER)

    async def arrived():
        return len(await facts(pair.kh, "SELECT seq FROM messages WHERE type = 'ping'")) == 3

    await until(pair.kh, arrived)
    assert await take(pair.kh) == []
    (row,) = await facts(pair.kh, "SELECT after_seq FROM consumers")
    assert row["after_seq"] == 3
