"""An hour, a day, a week without a line: everything arrives in order, once, and settles.

Both sides go on writing meanwhile, in several matters and of several priorities. One node dies and
comes back. The line returns badly: requests and answers are lost. Then it is good again, and within
one longest wait nothing may be left.
"""

import asyncio
from collections import Counter

import pytest

from gateway.delivery.retry import Backoff
from gateway.desk import Draft
from gateway.envelope import times
from gateway.store import evidence
from tests.nodes import OFFICER, Node, answer_to, facts, inquiry
from tests.simulation.world import World, in_world

HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
PRIORITIES = ("routine", "urgent", "emergency")
LONGEST = Backoff().longest


def other(node: Node) -> str:
    return "kh/molvt" if node.us.node == "jp/isa" else "jp/isa"


def opening(world: World, node: Node) -> Draft:
    return Draft.from_json(inquiry(to=other(node), priority=world.chance.choice(PRIORITIES)))


async def writes(world: World, name: str, matters: list[dict]) -> None:
    """Let somebody at a node write one message, whatever comes to mind."""
    node, chance = world.node(name), world.chance
    received = await facts(
        node, "SELECT id FROM messages WHERE direction = 'in' AND type = 'inquiry.request'"
    )
    kind = chance.choice(["open", "remind", "remind", "ping", "answer"])
    if kind == "remind" and matters:
        about = chance.choice(matters)["id"]
        draft = Draft(
            type="reminder",
            in_reply_to=about,
            body={"text": {"en": "Please answer."}},
            priority=chance.choice(PRIORITIES),
        )
    elif kind == "ping":
        # A ping lives for a day by itself.
        expires = times.text(world.now + 2 * WEEK)
        draft = Draft(type="ping", to=other(node), body={}, expires=expires)
    elif kind == "answer" and received:
        body = answer_to(chance.choice(received))
        body["body"]["final"] = False
        await node.desk.fetch(body["in_reply_to"], OFFICER)
        draft = Draft.from_json(body)
    else:
        draft = opening(world, node)
    view = await node.desk.send(draft, OFFICER)
    if view["type"] == "inquiry.request":
        matters.append(view)


async def people(world: World, name: str, until: float, number: int) -> None:
    """Let people at a node write some messages at any time; nobody writes at a dead node."""
    matters: list[dict] = []
    span = until - world.now
    moments = sorted(world.now + world.chance.random() * span for _ in range(number))
    for moment in moments:
        await asyncio.sleep(max(0.0, moment - world.now))
        while world.node(name).dead.is_set():
            await asyncio.sleep(60)
        await writes(world, name, matters)


async def dies_once(world: World, until: float) -> None:
    """Kill one of the nodes at any time, and start it again after a while."""
    name = world.chance.choice(["jp/isa", "kh/molvt"])
    await asyncio.sleep((until - world.now) * world.chance.uniform(0.2, 0.7))
    await world.crash(name)
    await asyncio.sleep(world.chance.uniform(1, (until - world.now) / 2))
    await world.revive(name)


async def flaps(world: World, seconds: float) -> None:
    """Let the line come back and go again, losing a third of what it carries."""
    world.line.loss = 0.3
    end = world.now + seconds
    while world.now < end:
        world.line.cut = world.chance.random() < 0.5
        await asyncio.sleep(world.chance.uniform(10, 600))
    world.line.loss, world.line.cut = 0.0, False


async def outage(world: World, seconds: float, number: int) -> dict:
    """Play it all; return how often both nodes tried while the line was down."""
    for node in world.nodes:
        await world.start(node)
        await node.desk.send(opening(world, node), OFFICER)
    for node in world.nodes:
        await node.settled(LONGEST)
    world.line.cut = True
    began, end = len(world.line.trace), world.now + seconds
    async with asyncio.TaskGroup() as group:
        for name in ("jp/isa", "kh/molvt"):
            group.create_task(people(world, name, end, number))
        group.create_task(dies_once(world, end))
    await asyncio.sleep(max(0.0, end - world.now))
    tried = Counter(node for _, node, _ in world.line.trace[began:])
    await flaps(world, HOUR)
    healed = world.now
    for node in world.nodes:
        await node.settled(2 * LONGEST)
    return {"tried": tried, "healing": world.now - healed}


async def sent_and_received(world: World) -> None:
    """Compare what each node sent with what the other has: the same, once, in its order."""
    for ours, theirs in (world.nodes, world.nodes[::-1]):
        sent = await facts(
            ours,
            "SELECT id, thread, jws, state, entry FROM messages"
            " WHERE direction = 'out' ORDER BY seq",
        )
        got = await facts(
            theirs, "SELECT id, thread, jws FROM messages WHERE direction = 'in' ORDER BY seq"
        )
        given = await facts(theirs, "SELECT id, text FROM entries")
        assert {row["state"] for row in sent} == {"delivered"}
        assert len(got) == len({row["id"] for row in got}) == len(sent)
        assert {row["id"]: row["jws"] for row in sent} == {row["id"]: row["jws"] for row in got}
        assert {row["id"]: row["entry"] for row in sent} == {
            row["id"]: row["text"] for row in given
        }
        for thread in {row["thread"] for row in sent}:
            assert [row["id"] for row in got if row["thread"] == thread] == [
                row["id"] for row in sent if row["thread"] == thread
            ]
    states = [
        await facts(node, "SELECT thread, kind, state, attention FROM threads ORDER BY thread")
        for node in world.nodes
    ]
    assert states[0] == states[1]


async def evidence_holds(world: World) -> None:
    for node in world.nodes:
        for row in await node.store.read(evidence.chains):
            name = row["chain"]
            size = await node.store.read(lambda tx, name=name: evidence.verify(tx, name))
            assert size == row["size"]


SPANS = {"an hour": (HOUR, 15), "a day": (DAY, 30), "a week": (WEEK, 60)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("span", SPANS)
def test_after_a_long_outage_everything_arrives_in_order_and_once(tmp_path, span, seed):
    seconds, number = SPANS[span]

    async def story(world: World) -> None:
        seen = await outage(world, seconds, number)
        # A wait is half the longest one on the average, after the first few short ones.
        most = seconds / (LONGEST / 2) * 1.5 + 30
        assert all(0 < count <= most for count in seen["tried"].values()), seen
        # One longest wait, and an exchange for each message of the longest thread.
        assert seen["healing"] <= LONGEST + 120, seen
        await sent_and_received(world)
        await evidence_holds(world)

    in_world(tmp_path, seed, story)


def test_a_seed_plays_the_same_again(tmp_path):
    def once(name: str) -> list:
        (tmp_path / name).mkdir()

        async def story(world: World) -> list:
            await outage(world, HOUR, 12)
            return world.line.trace

        return in_world(tmp_path / name, 5, story)

    assert once("first") == once("second")
