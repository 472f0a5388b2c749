"""What health tells of a node is true, with the reason and the number."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from gateway.envelope import KeyValidity, read_card, times
from gateway.http.health import Status
from gateway.node.days import days_left
from gateway.node.workers import Named, Workers
from tests.node.watched import DAY, NOW, Idle, watched
from tests.nodes import START, Keys
from tests.store.filled import AT, DROP
from tests.store.tables import PEER


@pytest.fixture
async def node(tmp_path):
    async with watched(tmp_path) as parts:
        # Without the alarm and the message that wait since the beginning.
        await parts.run("UPDATE alarms SET seen = ?", AT)
        await parts.run("DELETE FROM outbox")
        yield parts


async def checks(node):
    return {check.name: check for check in (await node.doctor.look()).checks}


async def test_a_node_that_is_well_passes(node):
    await node.verifying.verify(whole=True)
    found = await checks(node)
    ill = {name for name, check in found.items() if check.status is not Status.PASS}
    assert ill - {"store:disk-free"} == set()
    assert found["evidence:chains"].value == 10
    assert found["keys:certificate-days-left"].value > 300


async def test_a_failed_store_fails_and_is_not_asked(node):
    node.store._failure = "disk I/O error"
    health = await node.doctor.look()
    assert health.status is Status.FAIL
    assert not any(check.name.startswith("peer:") for check in health.checks)


async def test_f61_evidence_that_does_not_hold_fails(node):
    def change(tx):
        for text in DROP.split(";")[:2]:
            tx._database.execute(text)
        tx._database.execute("UPDATE evidence SET subject = 'x' WHERE position = 4")

    await node.store.write(change)
    await node.verifying.verify(whole=True)
    assert (await node.doctor.look()).status is Status.FAIL
    check = (await checks(node))["evidence:chains"]
    assert PEER in check.reason
    assert "gateway db check" in check.reason


@pytest.mark.parametrize(
    ("days", "status"), [(250, Status.PASS), (280, Status.WARN), (301, Status.FAIL)]
)
async def test_keys_and_card_warn_before_they_end_and_fail_after(node, days, status):
    node.now += days * DAY
    found = await checks(node)
    for name in ("card", "message", "encryption"):
        assert found[f"keys:{name}-days-left"].status is status


async def test_f29_a_task_that_failed_lately_is_a_warning(node):
    node.workers = Workers([Named("delivery", Idle()), Named("verifying", Idle())])
    node.workers._failed["verifying"] = 1e12
    found = await checks(node)
    assert found["worker:delivery"].status is Status.PASS
    assert found["worker:verifying"].status is Status.WARN


async def test_a_peer_that_does_not_answer_is_a_warning_and_no_failure(node):
    await node.run("UPDATE peers SET failures = 3")
    assert (await checks(node))[f"peer:{PEER}:link"].status is Status.WARN
    await node.run("UPDATE peers SET failures = 0")
    node.delivery = SimpleNamespace(degraded=frozenset({PEER}))
    assert (await checks(node))[f"peer:{PEER}:link"].status is Status.WARN
    assert (await node.doctor.look()).status is Status.WARN


async def test_a_disabled_peer_is_not_looked_at(node):
    await node.run("UPDATE peers SET failures = 9, enabled = 0")
    assert not any(name.startswith("peer:") for name in await checks(node))


QUEUE = (
    "INSERT INTO outbox (seq, peer, thread, rank, immediate, head, state, judge_at)"
    " VALUES (1, ?, 't', 1, 0, 1, ?, '9')"
)


@pytest.mark.parametrize(
    ("state", "age", "status"),
    [
        ("queued", 3600, Status.PASS),
        ("queued", 3601, Status.WARN),
        ("held", 0, Status.WARN),
        ("overdue", 0, Status.WARN),
    ],
)
async def test_what_waits_too_long_or_is_held_is_a_warning(node, state, age, status):
    await node.run(QUEUE, PEER, state)
    await node.run("UPDATE messages SET created = ? WHERE seq = 1", times.text(NOW - age))
    check = (await checks(node))[f"peer:{PEER}:oldest-queued"]
    assert (check.status, check.value) == (status, age)


@pytest.mark.parametrize(
    ("offset", "status"), [(60.0, Status.PASS), (-61.0, Status.WARN), (75.5, Status.WARN)]
)
async def test_f47_clocks_that_are_apart_are_a_warning(node, offset, status):
    assert f"peer:{PEER}:clock" not in await checks(node)
    await node.run("UPDATE peers SET clock_offset = ?", offset)
    check = (await checks(node))[f"peer:{PEER}:clock"]
    assert (check.status, check.value) == (status, offset)


async def test_only_alarms_that_nobody_has_looked_at_count(node):
    assert (await checks(node))["node:alarms"].status is Status.PASS
    await node.run("UPDATE alarms SET seen = NULL")
    assert (await checks(node))["node:alarms"].value == 1


async def test_the_whole_is_one_document_for_the_local_api(node):
    view = (await node.doctor.look()).view()
    assert view["status"] in ("pass", "warn")
    assert view["checks"]["store:writes"] == [{"status": "pass"}]


def test_of_several_keys_the_one_that_holds_longest_counts_and_a_revoked_one_ends_then():
    keys = Keys("jp/isa")
    card = read_card(keys.card())
    short = KeyValidity(
        not_before=times.text(START), not_after=times.text(START + 10 * DAY), revoked_at=None
    )
    long = replace(short, not_after=times.text(START + 20 * DAY))
    pair = card.message_pairs[0][0]
    several = replace(card, message_pairs=((pair, short), (pair, long)))
    assert days_left(several, keys.certificate, START)["message"] == 20
    revoked = replace(long, revoked_at=times.text(START + 5 * DAY))
    several = replace(card, message_pairs=((pair, short), (pair, revoked)))
    assert days_left(several, keys.certificate, START)["message"] == 10
    alone = replace(card, message_pairs=((pair, revoked),))
    assert days_left(alone, keys.certificate, START + 6 * DAY)["message"] == -1
