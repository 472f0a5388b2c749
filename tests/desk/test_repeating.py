"""A key does one thing for seven days by the node's clock, whatever it was used for."""

import pytest

from gateway.desk import Draft
from gateway.desk.repeat import LIFE_SECONDS
from gateway.errors import ConflictError
from tests.desk.conftest import read
from tests.nodes import OFFICER, facts, inquiry

PING = Draft(type="ping", to="kh/molvt", body={})


async def test_a_key_lives_seven_days_and_is_free_then(pair):
    desk = pair.jp.desk
    first = await desk.send(PING, OFFICER, idempotency_key="key")
    pair.clock.now += LIFE_SECONDS
    again = await desk.send(PING, OFFICER, idempotency_key="key")
    with pytest.raises(ConflictError):
        await desk.send(Draft.from_json(inquiry()), OFFICER, idempotency_key="key")
    assert again["id"] == first["id"]
    pair.clock.now += 1
    other = await desk.send(Draft.from_json(inquiry()), OFFICER, idempotency_key="key")
    assert other["type"] == "inquiry.request"
    again = await desk.send(Draft.from_json(inquiry()), OFFICER, idempotency_key="key")
    assert again["id"] == other["id"]


async def test_sending_forgets_keys_whose_time_is_over(pair):
    desk = pair.jp.desk
    for number in range(3):
        await desk.send(PING, OFFICER, idempotency_key=f"old {number}")
    pair.clock.now += LIFE_SECONDS + 1
    await desk.send(PING, OFFICER, idempotency_key="new")
    assert await facts(pair.jp, "SELECT key FROM idempotency") == [{"key": "new"}]


async def test_an_acceptance_a_refusal_and_a_ping_are_each_done_once_under_a_key(pair):
    accepted, declined = await read(pair), await read(pair)
    desk = pair.kh.desk
    for _ in range(2):
        await desk.accept(accepted["id"], OFFICER, idempotency_key="accept")
        await desk.decline(
            declined["id"], "not-competent", "Elsewhere.", OFFICER, idempotency_key="decline"
        )
        await desk.ping("jp/isa", OFFICER, idempotency_key="ping")
    sent = await facts(
        pair.kh,
        "SELECT type FROM messages WHERE direction = 'out' AND type <> ? ORDER BY type",
        "acknowledgement.handed-over",
    )
    types = ["acknowledgement.accepted", "acknowledgement.declined", "ping"]
    assert [row["type"] for row in sent] == types
