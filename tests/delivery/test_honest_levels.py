"""A level says what happened: none is claimed, taken back or given to another matter."""

import asyncio

import pytest

from gateway.desk import Draft
from gateway.envelope import times
from gateway.errors import PolicyError
from tests.delivery.conftest import lies_in_clear
from tests.nodes import CATALOGUE, OFFICER, START, answer_to, facts, inquiry, two_nodes
from tests.peer import SimulatedPeer, marking


@pytest.fixture
async def asked(tmp_path):
    """Two nodes; Japan has asked twice, and both inquiries have arrived."""
    async with two_nodes(tmp_path) as pair:
        views = [await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER) for _ in range(2)]
        await pair.jp.settled()
        yield pair, views


async def test_an_acceptance_after_a_decline_is_no_acceptance(asked):
    pair, (view, _) = asked
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    ids = {"ids": [view["id"]]}
    declined = CATALOGUE.bodies.example("acknowledgement.declined") | ids
    for type_name, body in (
        ("acknowledgement.declined", declined),
        ("acknowledgement.accepted", ids),
    ):
        reply = await pair.jp.receiver.receive(
            "kh/molvt", kh.envelope(type_name, body=body) + b"\n"
        )
        assert reply.status == 200
    levels = (await pair.jp.desk.message(view["id"]))["levels"]
    assert levels["declined"] is not None
    assert levels["accepted"] is None
    thread = await pair.jp.desk.thread(view["id"])
    assert (thread["state"], thread["attention"]) == ("declined", "accept-while-declined")


async def test_a_level_is_dated_by_the_recipients_word_and_never_after_its_arrival(asked):
    pair, views = asked
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    await pair.jp.stop()
    pair.clock.now = START + 100
    for view, created in zip(views, (START, START + 200), strict=True):
        envelope = kh.envelope(
            "acknowledgement.handed-over",
            body={"ids": [view["id"]]},
            created=times.text(created),
        )
        assert (await pair.jp.receiver.receive("kh/molvt", envelope + b"\n")).status == 200
    dates = [(await pair.jp.desk.message(view["id"]))["levels"]["handed-over"] for view in views]
    assert dates == [times.text(START), times.text(START + 100)]


async def test_an_answer_cannot_close_one_matter_with_the_inquiry_of_another(asked):
    pair, (first, second) = asked
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    envelope = kh.envelope(
        "inquiry.answer",
        body=answer_to(first)["body"],
        thread=first["id"],
        parent_thread=second["id"],
        in_reply_to=second["id"],
    )
    assert (await pair.jp.receiver.receive("kh/molvt", envelope + b"\n")).status == 200
    (refused,) = await facts(pair.jp, "SELECT code FROM refusals")
    assert refused["code"] == "wrong-thread"
    for view in (first, second):
        assert (await pair.jp.desk.thread(view["id"]))["state"] == "requested"
        assert (await pair.jp.desk.message(view["id"]))["levels"]["answered"] is None


@pytest.mark.parametrize("type_name", ["handed-over", "accepted"])
async def test_an_acknowledgement_is_not_written_by_hand(asked, type_name):
    pair, (view, _) = asked
    body = {"ids": [view["id"]]}
    draft = Draft(type=f"acknowledgement.{type_name}", to="jp/isa", body=body)
    with pytest.raises(PolicyError, match="by hand"):
        await pair.kh.desk.send(draft, OFFICER)
    assert (await pair.kh.desk.message(view["id"]))["state"] == "received"


async def test_an_act_repeated_with_its_key_is_done_once(asked):
    pair, (view, _) = asked
    await pair.kh.desk.fetch(view["id"], OFFICER)
    for _ in range(2):
        accepted = await pair.kh.desk.accept(view["id"], OFFICER, idempotency_key="once")
        assert accepted["state"] == "accepted"
    pings = [await pair.kh.desk.ping("jp/isa", OFFICER, idempotency_key="two") for _ in range(2)]
    assert pings[0]["id"] == pings[1]["id"]
    sent = await facts(
        pair.kh, "SELECT type FROM messages WHERE direction = 'out' AND type LIKE '%accepted'"
    )
    assert len(sent) == 1


async def test_F62_an_act_asked_for_many_times_at_once_is_done_once(asked):
    pair, (view, other) = asked
    for one in (view, other):
        await pair.kh.desk.fetch(one["id"], OFFICER)
    accepted = await asyncio.gather(
        *(pair.kh.desk.accept(view["id"], OFFICER, idempotency_key="a") for _ in range(6))
    )
    assert {one["state"] for one in accepted} == {"accepted"}
    draft = Draft.from_json(answer_to(other))
    replies = await asyncio.gather(
        *(pair.kh.desk.send(draft, OFFICER, idempotency_key="r") for _ in range(6))
    )
    assert len({one["id"] for one in replies}) == 1
    sent = await facts(
        pair.kh,
        "SELECT type FROM messages WHERE direction = 'out' AND type NOT LIKE '%handed-over'",
    )
    assert sorted(row["type"] for row in sent) == ["acknowledgement.accepted", "inquiry.answer"]


async def test_content_with_one_confidential_part_is_sealed_at_rest(arena):
    body = CATALOGUE.bodies.example("inquiry.request")
    parts = [{"pointer": f"/{next(iter(body))}", "level": "restricted"}]
    envelope = arena.jp.envelope(
        "inquiry.request", marking=marking("jp/isa", level="public", granular=parts)
    )
    (entry,) = await arena.entries(envelope)
    assert entry.code is None
    assert not await lies_in_clear(arena.kh)


async def test_content_that_is_public_as_a_whole_is_kept_in_clear(arena):
    envelope = arena.jp.envelope("inquiry.request", marking=marking("jp/isa", level="public"))
    await arena.entries(envelope)
    assert await lies_in_clear(arena.kh)
