"""A node dies at each named point, once, and comes back from its disk: nothing lost or doubled.

The files are copied at the very moment of the crash, the node is dropped, and another one is
opened over the copy. The people at both nodes simply try again what they were not told was done.
"""

import asyncio
import re
from dataclasses import dataclass, field

import pytest

from gateway.desk import Draft
from gateway.errors import ConflictError
from gateway.store import evidence
from tests.conftest import ROOT
from tests.nodes import (
    OFFICER,
    Bomb,
    Node,
    Pair,
    RunningClock,
    answer_to,
    facts,
    inquiry,
    two_nodes,
    until,
)

# Where time passes and not a message: tried in `test_deadlines.py` and `desk/test_reminding.py`.
OF_TIME = ("deadline.", "expire.", "reminder.")
# Where pages are written beside the messages: tried in `desk/test_publications.py`.
OF_PAGES = ("publication.",)
NAMED = sorted(
    {
        point
        for folder in ("delivery", "desk")
        for file in (ROOT / "gateway" / folder).glob("*.py")
        for point in re.findall(r'fail_at\("([a-z.-]+)"\)', file.read_text())
    }
)
POINTS = [point for point in NAMED if not point.startswith(OF_TIME + OF_PAGES)]


def test_the_points_of_sending_receiving_submitting_and_handing_over_are_all_there():
    assert {point.partition(".")[0] for point in POINTS} == {
        "handing-over",
        "receive",
        "send",
        "submit",
    }
    assert len(POINTS) >= 13


@dataclass
class Story:
    """People at both nodes who go on until their matter is closed, whatever dies under them."""

    pair: Pair
    bombs: dict[str, Bomb]
    revived: list[str] = field(default_factory=list)

    def node(self, name: str) -> Node:
        return self.pair.wire.nodes[name]

    async def revive(self, name: str) -> None:
        """Open the dead node again from its disk as the crash left it."""
        dead = self.node(name)
        await dead.kill()
        again = await self.pair.open(dead.keys, self.bombs[name].image, fail_at=lambda point: None)
        await again.start()
        self.revived.append(name)

    async def do(self, name, act):
        """Do something at a node until it is done; if the node dies over it, try again."""
        while True:
            node = self.node(name)
            work = asyncio.ensure_future(act(node))
            while not work.done() and not node.dead.is_set():
                await self._watch(work)
            work.cancel()
            (outcome,) = await asyncio.gather(work, return_exceptions=True)
            if node.dead.is_set():
                # What a dead process would have said, nobody has heard.
                await self._revive_the_dead()
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                return outcome

    async def _watch(self, work):
        """Wait until the work is done or any node dies."""
        deaths = [asyncio.ensure_future(n.dead.wait()) for n in self.pair.wire.nodes.values()]
        try:
            await asyncio.wait({work, *deaths}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for death in deaths:
                death.cancel()
        if not work.done():
            await self._revive_the_dead()

    async def _revive_the_dead(self):
        for name, node in list(self.pair.wire.nodes.items()):
            if node.dead.is_set():
                await self.revive(name)

    async def settled(self):
        """Wait until neither node has anything on its way."""

        async def quiet(node):
            return not await node.store.read(lambda tx: tx.all("outbox.depth"))

        for _ in range(3):
            for name in ("jp/isa", "kh/molvt"):
                await self.do(name, lambda node: until(node, lambda: quiet(node)))


async def accept(node: Node, id: str):
    """Accept, or find that it was accepted before the crash."""
    try:
        await node.desk.accept(id, OFFICER)
    except ConflictError:
        assert (await node.desk.message(id))["levels"]["accepted"]


async def play(story: Story) -> None:
    """Two inquiries from Japan; the first one is read, accepted and answered."""

    def send(key):
        return lambda node: node.desk.send(Draft.from_json(inquiry()), OFFICER, idempotency_key=key)

    first = await story.do("jp/isa", send("first"))
    second = await story.do("jp/isa", send("second"))
    for id in (first["id"], second["id"]):
        await story.do("jp/isa", lambda node, id=id: node.desk.wait(id, "received", 8))
    await story.do("kh/molvt", lambda node: node.desk.fetch(first["id"], OFFICER))
    await story.do("kh/molvt", lambda node: accept(node, first["id"]))
    answer = Draft.from_json(answer_to(first))
    reply = await story.do(
        "kh/molvt", lambda node: node.desk.send(answer, OFFICER, idempotency_key="answer")
    )
    await story.do("jp/isa", lambda node: node.desk.wait(first["id"], "answered", 8))
    await story.do("jp/isa", lambda node: node.desk.fetch(reply["id"], OFFICER))
    await story.settled()


EXCHANGED = [
    "acknowledgement.accepted",
    "acknowledgement.handed-over",
    "acknowledgement.handed-over",
    "inquiry.answer",
    "inquiry.request",
    "inquiry.request",
]


async def check(pair: Pair) -> None:
    """Compare what both nodes kept: the same messages, entries and states, each once."""
    kept = {}
    for node in (pair.jp, pair.kh):
        found = await facts(node, "SELECT direction, id, type, header_digest, jws FROM messages")
        assert sorted(row["type"] for row in found) == EXCHANGED
        kept[node.us.node] = {(row["id"], row["header_digest"], row["jws"]) for row in found}
        chains = await node.store.read(evidence.chains)
        for row in chains:
            name = row["chain"]
            size = await node.store.read(lambda tx, name=name: evidence.verify(tx, name))
            assert size == row["size"]
    assert kept["jp/isa"] == kept["kh/molvt"]
    for ours, theirs in ((pair.jp, pair.kh), (pair.kh, pair.jp)):
        sent = await facts(ours, "SELECT id, state, entry FROM messages WHERE direction = 'out'")
        given = await facts(theirs, "SELECT id, text FROM entries")
        assert {row["state"] for row in sent} == {"delivered"}
        assert {row["id"]: row["entry"] for row in sent} == {
            row["id"]: row["text"] for row in given
        }
        facts_of = await facts(
            theirs, "SELECT subject FROM evidence WHERE fact = 'received' ORDER BY subject"
        )
        assert [row["subject"] for row in facts_of] == sorted(row["id"] for row in sent)
    threads = await facts(pair.jp, "SELECT thread, state FROM threads ORDER BY thread")
    assert threads == await facts(pair.kh, "SELECT thread, state FROM threads ORDER BY thread")


@pytest.mark.parametrize("name", ["jp/isa", "kh/molvt"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_node_that_dies_at_a_point_loses_nothing_and_doubles_nothing(tmp_path, point, name):
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        bomb = Bomb(point, tmp_path / name[:2])
        await pair.restart(pair.wire.nodes[name], fail_at=bomb)
        for node in (pair.jp, pair.kh):
            if node.running is None:
                await node.start()
        story = Story(pair, {name: bomb})
        await play(story)
        assert bomb.went_off
        assert story.revived == [name]
        await check(pair)
