"""Alarms stay until somebody has looked, and come back with their cause."""

import orjson
import pytest

from gateway.desk import Actor
from gateway.errors import NotFoundError
from gateway.store import alarms
from gateway.store.alarms import Alarm
from tests.nodes import START, changed, facts, rows, two_nodes

AT = "2026-09-21T14:13:20Z"
OPERATOR = Actor(uid=17, name="operator")


@pytest.fixture
async def node(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp


def raise_one(node, kind=Alarm.HELD, subject="one"):
    return node.store.write(
        lambda tx: alarms.raise_alarm(tx, kind, at=AT, peer="kh/molvt", subject=subject)
    )


async def listed(node, **options):
    return (await node.desk.alarms.page(**options))["items"]


async def test_an_alarm_that_was_dismissed_is_shown_to_nobody_unless_asked_for(node):
    await raise_one(node)
    (alarm,) = await listed(node)
    assert (alarm["seen"], alarm["seen_by"]) == (None, None)
    gone = await node.desk.alarms.dismiss(str(alarm["seq"]), OPERATOR)
    assert (gone["seen"], gone["seen_by"]) == (AT, 17)
    assert await listed(node) == []
    assert (await node.desk.status())["alarms"] == []
    assert await listed(node, everything=True) == [gone]


async def test_who_dismissed_an_alarm_stands_in_the_evidence(node):
    await raise_one(node)
    (alarm,) = await listed(node)
    await node.desk.alarms.dismiss(str(alarm["seq"]), OPERATOR)
    (row,) = await facts(node, "SELECT record FROM evidence WHERE fact = 'alarm-dismissed'")
    record = orjson.loads(row["record"])
    assert record["subject"] == "one"
    assert record["detail"] == {"peer": "kh/molvt", "kind": "held", "uid": 17}


async def test_an_alarm_whose_cause_comes_back_needs_a_person_again(node):
    await raise_one(node)
    (alarm,) = await listed(node)
    await node.desk.alarms.dismiss(str(alarm["seq"]), OPERATOR)
    await raise_one(node)
    (again,) = await listed(node)
    assert (again["seq"], again["count"], again["seen"]) == (alarm["seq"], 2, None)


async def test_dismissing_twice_changes_nothing_and_keeps_the_first_name(node):
    await raise_one(node)
    (alarm,) = await listed(node)
    await node.desk.alarms.dismiss(str(alarm["seq"]), OPERATOR)
    before = await rows(node)
    view = await node.desk.alarms.dismiss(str(alarm["seq"]), Actor(uid=3, name="other"))
    assert view["seen_by"] == 17
    assert changed(before, await rows(node)) == set()


async def test_an_alarm_that_is_not_there_is_not_found(node):
    with pytest.raises(NotFoundError) as caught:
        await node.desk.alarms.dismiss("1", OPERATOR)
    assert caught.value.hint == "gateway alarms"
    assert node.clock.now == START
