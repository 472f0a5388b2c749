"""One bad row, one bad message or a bad moment costs that message, never the whole queue."""

import pytest

from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.delivery.transport import Answer
from gateway.desk import Draft
from gateway.envelope import Entry, Outcome, read_envelope, times
from gateway.errors import LocalError, RefusalCode
from gateway.node.setup import load_peers
from gateway.store import outbox, peers
from gateway.store.alarms import Alarm
from tests.nodes import (
    OFFICER,
    START,
    RunningClock,
    alarms,
    facts,
    inquiry,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines


def send(node, to="kh/molvt"):
    return node.desk.send(Draft.from_json(inquiry(to)), OFFICER)


async def state(node, view):
    return (await node.desk.message(view["id"]))["state"]


async def test_a_changed_envelope_past_its_expiry_is_judged_once_and_others_leave(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        broken = await send(pair.jp)
        (row,) = await facts(pair.jp, "SELECT seq FROM messages")
        at = times.text(START)
        await pair.jp.store.write(lambda tx: outbox.attempted(tx, [row["seq"]], at))
        await pair.jp.store.write(
            lambda tx: tx._database.execute("UPDATE sealings SET envelope = x'00'")
        )
        pair.clock.now = times.parse(broken["expires"]) + 10
        later = await send(pair.jp)
        await pair.jp.start()
        await pair.jp.desk.wait(later["id"], "received", 5)
        assert await state(pair.jp, broken) == "held"
        witnessed = await facts(pair.jp, "SELECT fact FROM evidence WHERE fact = 'not-receipted'")
        assert len(witnessed) == 1
        assert {Alarm.CORRUPT, Alarm.OVERDUE} <= set(await alarms(pair.jp))


@pytest.mark.parametrize("at_first", [1, 3])
async def test_a_message_on_which_the_peer_breaks_does_not_stop_the_others(tmp_path, at_first):
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        views = [await send(pair.jp) for _ in range(at_first)]
        poison = views[0]["id"]

        async def harm(node, body):
            broken = any(read_envelope(line).jti == poison for line in lines(body))
            return Answer(500, b"") if broken else None

        pair.wire.harm = harm
        await pair.jp.start()
        later = await send(pair.jp)
        for view in [*views[1:], later]:
            await pair.jp.desk.wait(view["id"], "received", 8)
        assert await state(pair.jp, views[0]) == "queued"


async def test_a_wait_noted_by_a_clock_that_ran_ahead_ends_with_the_clock(tmp_path):
    policy = Policy(backoff=Backoff(base=2, cap=900))
    async with two_nodes(tmp_path, start=False, policy=policy) as pair:
        view = await send(pair.jp)
        pair.clock.now = START + 5 * 86_400
        pair.wire.down.add("kh/molvt")
        await pair.jp.start()
        await until(pair.jp, lambda: facts(pair.jp, "SELECT 1 FROM peers WHERE failures > 0"))
        pair.wire.down.clear()
        pair.clock.now = START + 3600
        await pair.restart(pair.jp)
        await pair.jp.desk.wait(view["id"], "received", 5)


async def test_what_is_queued_for_a_disabled_peer_expires_with_alarm_and_evidence(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        view = await send(pair.jp)
        await pair.jp.store.write(lambda tx: peers.enable(tx, "kh/molvt", enabled=False))
        pair.jp.directory.replace(await pair.jp.store.read(load_peers))
        pair.clock.now = times.parse(view["expires"]) + 1
        await pair.jp.start()
        await until(pair.jp, lambda: alarms(pair.jp))
        assert await state(pair.jp, view) == "expired"
        assert await facts(pair.jp, "SELECT 1 FROM evidence WHERE fact = 'expired'")
        assert pair.wire.requests == []


async def test_a_receipt_that_also_calls_the_message_unreadable_does_not_unsettle_it(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        view = await send(pair.jp)
        kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
        await pair.jp.store.write(lambda tx: tx._database.execute("UPDATE outbox SET refused = 7"))

        async def harm(node, body):
            good = kh.entry(lines(body)[0])
            bad = Entry(
                id=None,
                header_digest=None,
                envelope_digest=good.envelope_digest,
                outcome=Outcome.REFUSED,
                code=RefusalCode.UNREADABLE,
                retryable=False,
                at=good.at,
            )
            return kh.receipt([good, bad])

        pair.wire.harm = harm
        await pair.jp.start()
        await pair.jp.desk.wait(view["id"], "received", 5)
        # The sender does one thing after another: with the next receipt the first is dealt with.
        later = await pair.jp.desk.ping("kh/molvt", OFFICER)
        await pair.jp.desk.wait(later["id"], "received", 5)
        assert await state(pair.jp, view) == "delivered"
        assert await alarms(pair.jp) == []


async def test_a_node_whose_own_pair_is_over_takes_nothing_and_still_shows_what_it_has(tmp_path):
    async with two_nodes(tmp_path) as pair:
        view = await send(pair.jp)
        await pair.jp.settled()

        def over(_peer, _at):
            raise LocalError("no message pair is valid now")

        pair.kh.us.keys.pair_for = over
        pair.kh.us.keys.verifiable_pair_for = over
        before = await facts(pair.kh, "SELECT id FROM messages")
        await pair.jp.stop()
        await send(pair.jp)
        (row,) = await facts(pair.jp, "SELECT envelope FROM sealings WHERE envelope IS NOT NULL")
        reply = await pair.kh.receiver.receive("jp/isa", row["envelope"] + b"\n")
        assert reply.status == 503
        assert await facts(pair.kh, "SELECT id FROM messages") == before
        shown = await pair.kh.desk.fetch(view["id"], OFFICER)
        assert (shown["state"], "body" in shown["content"]) == ("received", True)


async def test_an_emergency_does_not_wait_behind_what_was_set_apart(tmp_path):
    policy = Policy(backoff=Backoff(base=2, cap=900))
    async with two_nodes(tmp_path, start=False, policy=policy) as pair:
        for _ in range(5):
            await send(pair.jp)
        urgent = []

        async def harm(node, body):
            if not urgent:
                draft = Draft.from_json(inquiry(priority="emergency"))
                urgent.append((await pair.jp.desk.send(draft, OFFICER))["id"])
                return Answer(422, b"")
            return None

        pair.wire.harm = harm
        await pair.jp.start()
        await pair.jp.settled()
        second = lines(pair.wire.requests[1][1])
        assert [read_envelope(line).jti for line in second] == urgent
