"""What happens at a time happens then: expiry, the end of the grace, each deadline, once."""

import asyncio

import orjson
import pytest

from gateway.delivery.deadlines import AFTER_START
from gateway.delivery.sender import Policy
from gateway.desk import Draft
from gateway.envelope import times
from tests.nodes import OFFICER, Node, answer_to, facts, inquiry
from tests.simulation.world import World, in_world

HOUR, DAY = 3600, 86_400
GRACE = 2 * DAY
# An exchange may be under way when a time comes; a look waits a second for company.
PROMPT = 3


async def records(node: Node, *kinds: str) -> list[dict]:
    marks = ", ".join("?" * len(kinds))
    found = await facts(
        node,
        f"SELECT record FROM evidence WHERE chain = 'local' AND fact IN ({marks})"
        " ORDER BY position",
        *kinds,
    )
    return [orjson.loads(row["record"]) for row in found]


def is_prompt(record: dict, moment: float) -> bool:
    return 0 <= times.parse(record["at"]) - int(moment) <= PROMPT


async def ask(world: World, node: Node, **changes: object) -> dict:
    to = "kh/molvt" if node.us.node == "jp/isa" else "jp/isa"
    return await node.desk.send(Draft.from_json(inquiry(to=to, **changes)), OFFICER)


def remind(node: Node, view: dict, **changes: object):
    body = {"text": {"en": "Please answer."}}
    draft = Draft(type="reminder", in_reply_to=view["id"], body=body, **changes)
    return node.desk.send(draft, OFFICER)


@pytest.mark.parametrize("seed", range(4))
def test_without_a_line_each_message_ends_at_its_own_time_and_is_stated(tmp_path, seed):
    """Probes go out while the line is down; whatever was one may have arrived, the rest did not."""

    async def story(world: World) -> None:
        world.line.cut = True
        jp = world.pair.jp
        await world.start(jp)
        ends = {}
        for _ in range(20):
            end = world.now + world.chance.uniform(HOUR, 3 * DAY)
            view = await ask(world, jp, expires=times.text(end))
            ends[view["id"]] = times.parse(view["expires"])
            if world.chance.random() < 0.5:
                end = world.now + world.chance.uniform(HOUR, 3 * DAY)
                late = await remind(jp, view, expires=times.text(end))
                ends[late["id"]] = times.parse(late["expires"])
            await asyncio.sleep(world.chance.uniform(0, 600))
        await jp.settled(8 * DAY)
        overdue = {row["subject"]: row for row in await records(jp, "not-receipted")}
        expired = {row["subject"]: row for row in await records(jp, "expired")}
        tried = await facts(jp, "SELECT id FROM messages WHERE attempts > 0")
        assert overdue.keys() == {row["id"] for row in tried}
        assert expired.keys() == ends.keys() > overdue.keys() > set()
        for id, end in ends.items():
            if id in overdue:
                assert is_prompt(overdue[id], end)
            assert is_prompt(expired[id], end + GRACE if id in overdue else end)
        states = await facts(jp, "SELECT DISTINCT state FROM messages")
        assert states == [{"state": "expired"}]
        stated = [row["detail"]["statement"] for row in (*overdue.values(), *expired.values())]
        kept = await facts(jp, "SELECT digest FROM statements")
        assert sorted(stated) == sorted(row["digest"] for row in kept)
        assert len(set(stated)) == len(overdue) + len(expired)

    in_world(tmp_path, seed, story, policy=Policy(grace=GRACE))


@pytest.mark.parametrize("seed", range(4))
def test_deadlines_pass_at_their_moment_at_both_ends_and_once(tmp_path, seed):
    """Messages arrive; some are opened, taken up or answered in time, others late or never."""

    async def story(world: World) -> None:
        for node in world.nodes:
            await world.start(node)
        due: dict[tuple[str, str], int] = {}
        reached: dict[tuple[str, str], float] = {}
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                await asyncio.sleep(world.chance.uniform(0, 6 * HOUR))
                group.create_task(matter(world, due, reached))
            group.create_task(dies_and_returns(world))
        await asyncio.sleep(60 * DAY)
        late = {key: at for key, at in due.items() if reached.get(key, float("inf")) > at}
        for node, kind in ((world.pair.jp, "level-overdue"), (world.pair.kh, "duty-overdue")):
            noted = {}
            for record in await records(node, kind):
                key = (record["subject"], record["detail"]["level"])
                assert key not in noted
                noted[key] = record
                assert record["detail"]["due"] == times.text(due[key])
                if not overlaps(world, due[key]):
                    assert is_prompt(record, due[key] + 1)
            told = {key for key in late if overlaps(world, due[key], reached.get(key))}
            assert late.keys() - told <= noted.keys() <= late.keys()
            if kind == "duty-overdue":
                assert noted.keys() == late.keys()
        assert 0 < len(late) < len(due)
        signed = await facts(world.pair.jp, "SELECT digest FROM statements")
        assert len(signed) == len(await records(world.pair.jp, "level-overdue"))

    in_world(tmp_path, seed, story)


def overlaps(world: World, *moments: float | None) -> bool:
    """Tell whether all this was while a node was down, or had just come back."""
    return any(
        all(moment and begin <= moment <= end + AFTER_START for moment in moments)
        for begin, end in world.absences
    )


async def dies_and_returns(world: World) -> None:
    for _ in range(2):
        await asyncio.sleep(world.chance.uniform(DAY, 3 * DAY))
        name = world.chance.choice(["jp/isa", "kh/molvt"])
        begin = world.now
        await world.crash(name)
        await asyncio.sleep(world.chance.uniform(60, 10 * HOUR))
        await world.revive(name)
        world.absences.append((begin, world.now))


async def matter(world: World, due: dict, reached: dict) -> None:
    """Let Japan ask, and people in Cambodia act when they get to it, if they do."""
    while world.pair.jp.dead.is_set():
        await asyncio.sleep(60)
    asked = await ask(world, world.pair.jp, due=times.text(world.now + 12 * DAY))
    await until_both_know(world, asked["id"])
    view = await world.pair.kh.desk.message(asked["id"])
    for level, moment in view["deadlines"].items():
        due[asked["id"], level] = times.parse(moment)
    desk = lambda: world.pair.kh.desk  # noqa: E731 - the node may be another one after a crash
    acts = {
        "handed-over": lambda: desk().fetch(asked["id"], OFFICER),
        "accepted": lambda: desk().accept(asked["id"], OFFICER),
        "answered": lambda: desk().send(Draft.from_json(answer_to(asked)), OFFICER),
    }
    for level, act in acts.items():
        if world.chance.random() < 0.25:
            return
        await asyncio.sleep(world.chance.uniform(HOUR, 4 * DAY))
        while world.pair.kh.dead.is_set():
            await asyncio.sleep(60)
        await act()
        # What comes in the second when it is due is in time.
        reached[asked["id"], level] = int(world.now)


async def until_both_know(world: World, id: str) -> None:
    while True:
        nodes = [node for node in world.nodes if not node.dead.is_set()]
        found = [
            await facts(node, "SELECT received FROM messages WHERE id = ?", id) for node in nodes
        ]
        if len(nodes) == 2 and all(rows and rows[0]["received"] for rows in found):
            return
        await asyncio.sleep(5)
