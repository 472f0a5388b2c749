"""A full disk: nobody hears of a message that was not kept, and all goes on when there is room."""

import asyncio

from gateway.desk import Draft
from gateway.envelope import Outcome
from gateway.errors import TransientError
from tests.nodes import OFFICER, facts, inquiry


async def fill(node, *, spare=4):
    """Let the node's file grow by a few pages only."""
    (row,) = await facts(node, "PRAGMA page_count")
    await limit(node, row["page_count"] + spare)


async def limit(node, pages):
    await node.store.write(
        lambda tx: tx._database.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    )


async def test_A139_what_the_disk_does_not_take_is_answered_with_503_and_taken_later(arena):
    batch = [arena.jp.envelope("inquiry.request") for _ in range(20)]
    await fill(arena.kh)
    reply = await arena.post(*batch)
    assert reply.status == 503
    assert await arena.changed() == set()
    await limit(arena.kh, 1_000_000)
    entries = await arena.entries(*batch)
    assert {entry.outcome for entry in entries} == {Outcome.RECEIVED}
    assert len(await facts(arena.kh, "SELECT id FROM messages")) == 20


async def test_what_the_disk_does_not_take_is_not_submitted(arena):
    draft = Draft.from_json(inquiry("jp/isa", note="x" * 4000))
    await fill(arena.kh, spare=1)
    sends = [arena.kh.desk.send(draft, OFFICER) for _ in range(20)]
    ends = await asyncio.gather(*sends, return_exceptions=True)
    assert TransientError in {type(end) for end in ends}
    told = {end["id"] for end in ends if isinstance(end, dict)}
    assert told == {row["id"] for row in await facts(arena.kh, "SELECT id FROM messages")}
    await limit(arena.kh, 1_000_000)
    assert (await arena.kh.desk.send(draft, OFFICER))["state"] == "queued"
