"""A wire that loses, doubles, delays and reorders: in the end both sides have the same."""

import asyncio
import random

import pytest

from gateway.delivery.transport import Answer
from gateway.desk import Draft
from gateway.errors import TransientError
from gateway.store import evidence
from tests.nodes import OFFICER, RunningClock, alarms, facts, inquiry, two_nodes

SEEDS = range(12)
MESSAGES = 24


class BadLink:
    """A harm for the wire, drawn from one seed."""

    def __init__(self, pair, seed):
        self.pair = pair
        self.chance = random.Random(seed)
        self.loss = self.chance.uniform(0.1, 0.5)
        self.late = []
        self.harms = 0

    async def before(self, node, body):
        """Lose the request, deliver an older one first, deliver it twice, or hold it back."""
        draw = self.chance.random()
        if draw < self.loss / 2:
            self.harms += 1
            self.late.append((node, body))
            raise TransientError("the request is lost")
        if draw < self.loss:
            self.harms += 1
            await self.deliver(node, body)
        if self.late and self.chance.random() < 0.5:
            await self.deliver(*self.late.pop(self.chance.randrange(len(self.late))))
        await asyncio.sleep(self.chance.uniform(0.0, 0.003))

    async def after(self, node, answer):
        """Lose the answer, or replace it with what proves nothing."""
        draw = self.chance.random()
        if draw < self.loss / 2:
            self.harms += 1
            raise TransientError("the answer is lost")
        if draw < self.loss * 0.6:
            self.harms += 1
            return Answer(200, b"<html>a captive portal</html>")
        return answer

    async def deliver(self, node, body):
        source = {"kh/molvt": "jp/isa", "jp/isa": "kh/molvt"}[node]
        await self.pair.wire.nodes[node].receiver.receive(source, body)


def play(pair, chance):
    """Send from both sides: new inquiries, and pings that share one thread each way."""

    async def one_side(node, other):
        for number in range(MESSAGES // 2):
            if chance.random() < 0.5:
                draft = Draft(type="ping", to=other, body={"note": f"{number}"})
            else:
                draft = Draft.from_json(inquiry(other))
            await node.desk.send(draft, OFFICER)
            await asyncio.sleep(0)

    return asyncio.gather(one_side(pair.jp, "kh/molvt"), one_side(pair.kh, "jp/isa"))


async def order(node, direction, thread):
    found = await facts(
        node,
        "SELECT id FROM messages WHERE direction = ? AND thread = ? ORDER BY seq",
        direction,
        thread,
    )
    return [row["id"] for row in found]


async def check(pair):
    for ours, theirs in ((pair.jp, pair.kh), (pair.kh, pair.jp)):
        sent = await facts(ours, "SELECT * FROM messages WHERE direction = 'out'")
        come = await facts(theirs, "SELECT * FROM messages WHERE direction = 'in'")
        assert len(sent) == MESSAGES // 2
        assert {row["state"] for row in sent} == {"delivered"}
        assert {(r["id"], r["header_digest"], r["jws"], r["entry"]) for r in sent} == {
            (r["id"], r["header_digest"], r["jws"], r["entry"]) for r in come
        }
        assert len(come) == len(sent)
        for thread in {row["thread"] for row in sent}:
            assert await order(ours, "out", thread) == await order(theirs, "in", thread)
        peer = ours.us.node
        size = await theirs.store.read(lambda tx, peer=peer: evidence.verify(tx, peer))
        assert size == len(await facts(theirs, "SELECT * FROM evidence WHERE chain = ?", peer))
        received = await facts(theirs, "SELECT subject FROM evidence WHERE fact = 'received'")
        assert len({row["subject"] for row in received}) == len(received) == len(sent)
        assert set(await alarms(ours)) <= {"answer-is-no-proof"}


@pytest.mark.parametrize("seed", SEEDS)
async def test_over_a_bad_link_nothing_is_lost_doubled_or_out_of_order(tmp_path, seed):
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        link = BadLink(pair, seed)
        pair.wire.harm, pair.wire.after = link.before, link.after
        await pair.jp.start()
        await pair.kh.start()
        await play(pair, random.Random(seed))
        await asyncio.gather(pair.jp.settled(15), pair.kh.settled(15))
        for late in link.late:
            await link.deliver(*late)
        assert link.harms > 0
        await check(pair)


async def test_F37_when_no_answer_ever_comes_no_state_changes_until_one_does(tmp_path):
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        lost = 0

        async def after(node, answer):
            nonlocal lost
            lost += 1
            raise TransientError("the answer is lost")

        pair.wire.after = after
        sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await pair.jp.start()
        while lost < 5:
            await asyncio.sleep(0.005)
        assert (await pair.jp.desk.message(sent["id"]))["state"] == "queued"
        assert len(await facts(pair.kh, "SELECT id FROM messages")) == 1
        pair.wire.after = None
        await pair.jp.desk.wait(sent["id"], "received", 5)
        assert len(await facts(pair.kh, "SELECT id FROM messages")) == 1
