"""What was refused for its pair is said again by itself, if the pair held no more at that time."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from gateway.desk import Draft
from gateway.desk.refused_pairs import RefusedPairs
from gateway.envelope import KeyValidity, SigningPair, times
from gateway.errors import RefusalCode
from gateway.node.setup import load_peers
from gateway.store.alarms import Alarm
from tests.desk.test_revoked import reissue, remind, revoke, send, state
from tests.nodes import OFFICER, START, alarms, facts, rows, two_nodes, until
from tests.peer import SimulatedPeer, lines

DAY = 86_400


@pytest.fixture
async def pair(tmp_path):
    """Two nodes; Japan's sends nothing yet."""
    async with two_nodes(tmp_path, start=False) as pair:
        await pair.kh.start()
        yield pair


@asynccontextmanager
async def looking_after(node):
    worker = RefusedPairs(
        us=node.us,
        store=node.store,
        directory=node.directory,
        ports=node.desk._ports,
        changes=node.changes,
        queue=node.desk.queue,
        actor=OFFICER,
        pause=0.01,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def refused(pair, sent):
    async def is_refused():
        return await state(pair.jp, sent["id"]) == "refused"

    await until(pair.jp, is_refused)


async def tried(pair):
    """Let Japan's node try in vain what is queued, and stop."""
    pair.wire.down.add("kh/molvt")
    await pair.jp.start()
    attempts = "SELECT 1 FROM outbox WHERE attempted_at IS NOT NULL"
    await until(pair.jp, lambda: facts(pair.jp, attempts))
    await pair.jp.stop()
    pair.wire.down.clear()
    pair.clock.now += 60


async def in_force(pair, *, since, until):
    """Let a second pair sign from a day on; the first one ends by itself after 300 days."""
    keys, old = pair.jp.keys, pair.jp.keys.message
    keys.card()
    keys.message = SigningPair.generate()
    first = KeyValidity(not_before=times.text(START - 600), not_after=times.text(START + 300 * DAY))
    second = KeyValidity(not_before=times.text(since), not_after=times.text(until))
    longer = KeyValidity(not_before=first.not_before, not_after=second.not_after)
    keys.next_card(
        message_pairs=((old.public, first), (keys.message.public, second)),
        encryption_keys=((keys.encryption[0].public, longer),),
        not_after=second.not_after,
    )
    pair.jp.us.keys.replace(keys.key_set(), is_forced=False)
    peer = pair.kh.keys
    card = peer.next_card(
        encryption_keys=((peer.encryption[0].public, longer),), not_after=second.not_after
    )
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE peers SET card = :c, keys = :c", {"c": card.decode()}
        )
    )
    pair.jp.directory.replace(await pair.jp.store.read(load_peers))


async def test_what_a_peer_refused_while_the_pair_held_is_not_said_when_the_pair_ends(pair):
    """The clock of the peer was wrong; a year later nobody wants that message any more."""
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    sent = await send(pair.jp)

    async def harm(node, body):
        return kh.receipt([kh.entry(line, RefusalCode.KEY_REVOKED) for line in lines(body)])

    pair.wire.harm = harm
    await pair.jp.start()
    await refused(pair, sent)
    await pair.jp.stop()
    await in_force(pair, since=START + 200 * DAY, until=START + 500 * DAY)
    pair.clock.now = START + 301 * DAY
    before = await rows(pair.jp)
    async with looking_after(pair.jp):
        await asyncio.sleep(0.1)
    assert await rows(pair.jp) == before


async def test_what_was_to_follow_comes_along_when_an_opening_is_said_again(pair):
    asked = await send(pair.jp)
    await tried(pair)
    kids = await revoke(pair)
    reminders = [await remind(pair.jp, asked) for _ in range(2)]
    assert await reissue(pair.jp, kids) == []
    async with looking_after(pair.jp):
        await pair.jp.start()

        async def is_said():
            return (await pair.jp.desk.message(reminders[1]["id"]))["reissued_as"]

        await until(pair.jp, is_said)
        await pair.jp.settled()
    anew = [
        await pair.jp.desk.message((await pair.jp.desk.message(each["id"]))["reissued_as"])
        for each in (asked, *reminders)
    ]
    assert [each["state"] for each in anew] == ["delivered"] * 3
    assert {each["thread"] for each in anew} == {anew[0]["id"]}
    assert [each["in_reply_to"] for each in anew[1:]] == [anew[0]["id"]] * 2
    assert [await state(pair.jp, each["id"]) for each in reminders] == ["cancelled"] * 2
    assert await alarms(pair.jp) == [Alarm.HELD] * 2


async def test_what_was_withdrawn_meanwhile_waits_for_a_person(pair):
    asked = await send(pair.jp)
    await tried(pair)
    await revoke(pair)
    body = {"reason": {"en": "By mistake."}}
    draft = Draft(type="withdrawal", in_reply_to=asked["id"], body=body)
    withdrawal = await pair.jp.desk.send(draft, OFFICER)
    await pair.jp.desk.queue.hold(withdrawal["id"], OFFICER)
    async with looking_after(pair.jp):
        await pair.jp.start()

        async def is_left():
            return Alarm.NOT_ISSUED_ANEW in await alarms(pair.jp)

        await until(pair.jp, is_left)
    assert await state(pair.jp, withdrawal["id"]) == "held"
    assert await facts(pair.jp, "SELECT * FROM reissues") == []
