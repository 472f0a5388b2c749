"""When a level is not reached in time: said once, signed where we waited, and never guessed."""

import asyncio
import contextlib
from dataclasses import replace

import orjson
import pytest

from gateway.delivery.deadlines import AFTER_START, Deadlines
from gateway.desk import Draft
from gateway.envelope import Awaited, read_statement, times
from gateway.errors import LocalError
from gateway.store import duties, messages, threads
from gateway.store.alarms import Alarm
from gateway.store.messages import Reached
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    Bomb,
    alarms,
    answer_to,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines

DAY = 86_400
# 21 September 2026, the time of the tests, is a Monday, and the 24th a holiday in Cambodia.
OPENED, TAKEN_UP = START + 2 * DAY, START + 4 * DAY
ANSWER_DUE = START + 10 * DAY
LEVELS = {Awaited.HANDED_OVER: OPENED, Awaited.ACCEPTED: TAKEN_UP, Awaited.ANSWERED: ANSWER_DUE}


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


async def ask(pair, **changes):
    """Let Japan ask a question that Cambodia's node receives."""
    draft = inquiry(**({"due": times.text(ANSWER_DUE)} | changes))
    asked = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    await pair.jp.settled()
    return asked


def watcher(node, *, after_start=0.0, **ports):
    return Deadlines(
        us=node.us,
        store=node.store,
        ports=replace(node.desk._ports, **ports),
        changes=node.changes,
        after_start=after_start,
    )


@contextlib.asynccontextmanager
async def watching(node, **options):
    task = asyncio.create_task(watcher(node, **options).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def pass_time(pair, node, now, **options):
    """Let a time come, and the node look once at what is due."""
    pair.clock.now = now
    async with watching(node, **options):

        async def looked():
            due = await node.store.read(duties.next_due)
            return due is None or times.parse(due) >= int(pair.clock.now)

        await until(node, looked)


async def records(node, fact):
    found = await facts(node, "SELECT record FROM evidence WHERE fact = ? ORDER BY position", fact)
    return [orjson.loads(row["record"]) for row in found]


async def view_of(node, asked):
    return await node.desk.message(asked["id"])


def read(node, text):
    return read_statement(
        text,
        from_=node.us.node,
        environment=node.us.environment,
        pairs=lambda kids: node.keys.message.public,
    )


async def reach(pair, asked, level):
    """Let Cambodia come as far as a level."""
    steps = [pair.kh.desk.fetch, pair.kh.desk.accept]
    for step in steps[: list(LEVELS).index(level) + 1]:
        await step(asked["id"], OFFICER)
    if level is Awaited.ANSWERED:
        await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    await pair.jp.desk.wait(asked["id"], level, 5)
    await pair.kh.settled()


# --- what is awaited, and from when ---------------------------------------------------------


async def test_both_sides_await_the_levels_from_the_receipt_on(pair):
    """The line was down for five hours, and in Cambodia the day was over: nobody can open what has
    not arrived.
    """
    pair.wire.down.add("kh/molvt")
    asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    assert (await view_of(pair.jp, asked))["deadlines"] == {"answered": asked["due"]}
    pair.clock.now += 5 * 3600
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await pair.jp.settled()
    expected = {
        "handed-over": times.text(START + 3 * DAY + 5 * 3600),
        "accepted": times.text(START + 6 * DAY + 5 * 3600),
        "answered": asked["due"],
    }
    assert (await view_of(pair.jp, asked))["deadlines"] == expected
    assert (await view_of(pair.kh, asked))["deadlines"] == expected


@pytest.mark.parametrize("offset", [-400 * DAY, -30, 0, 30, 400 * DAY])
async def test_the_clock_of_the_peer_cannot_put_a_deadline_off(tmp_path, offset):
    async with two_nodes(tmp_path, start=False) as pair:
        kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

        async def harm(node, body):
            return kh.receipt([kh.entry(lines(body)[0], at=times.text(START + offset))])

        pair.wire.harm = harm
        await pair.jp.start()
        asked = await ask(pair)
        assert (await view_of(pair.jp, asked))["deadlines"]["handed-over"] == times.text(OPENED)


async def test_a_control_message_owes_nothing(pair):
    ping = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.jp.settled()
    assert (await view_of(pair.jp, ping))["deadlines"] == {}
    assert await facts(pair.kh, "SELECT * FROM duties") == []


@pytest.mark.parametrize("level", LEVELS)
async def test_a_level_that_is_reached_is_awaited_no_more(pair, level):
    asked = await ask(pair)
    await reach(pair, asked, level)
    left = list(LEVELS)[list(LEVELS).index(level) + 1 :]
    for node in (pair.jp, pair.kh):
        assert list((await view_of(node, asked))["deadlines"]) == sorted(left)


async def test_a_refusal_to_act_ends_all_waiting(pair):
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    reason = "unknown-subject"
    await pair.kh.desk.decline(asked["id"], reason, "No such record.", OFFICER)
    await pair.kh.settled()
    for node in (pair.jp, pair.kh):
        assert (await view_of(node, asked))["deadlines"] == {}


async def test_an_acknowledgement_that_overtakes_the_receipt_leaves_nothing_awaited(tmp_path):
    """The peer has it, reads it and says so, while every receipt is lost."""
    async with two_nodes(tmp_path) as pair:

        async def lose(node, answer):
            return replace(answer, status=503) if node == "kh/molvt" else answer

        pair.wire.after = lose
        asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)

        async def arrived():
            return await facts(pair.kh, "SELECT id FROM messages WHERE direction = 'in'")

        await until(pair.kh, arrived)
        await pair.kh.desk.fetch(asked["id"], OFFICER)
        await pair.kh.desk.accept(asked["id"], OFFICER)
        await pair.kh.settled()
        pair.wire.after = None
        pair.clock.now += 60
        pair.jp.delivery.alive("kh/molvt")
        await pair.jp.settled()
        view = await view_of(pair.jp, asked)
        assert view["state"] == "delivered"
        assert list(view["deadlines"]) == ["answered"]


async def test_a_withdrawal_ends_all_waiting_once_it_is_known_there(pair):
    asked = await ask(pair)
    pair.wire.down.add("kh/molvt")
    body = {"reason": {"en": "Asked by mistake."}}
    await pair.jp.desk.send(Draft(type="withdrawal", in_reply_to=asked["id"], body=body), OFFICER)
    assert len((await view_of(pair.jp, asked))["deadlines"]) == 3
    pair.wire.down.clear()
    pair.clock.now += 60
    pair.jp.delivery.alive("kh/molvt")
    await pair.jp.settled()
    for node in (pair.jp, pair.kh):
        assert (await view_of(node, asked))["deadlines"] == {}


# --- what passes ----------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
async def test_a_level_that_is_late_is_stated_under_our_signature(pair, level):
    asked = await ask(pair)
    for earlier in list(LEVELS)[: list(LEVELS).index(level)]:
        await reach(pair, asked, earlier)
    now = LEVELS[level] + 1
    await pass_time(pair, pair.jp, now)
    (record,) = await records(pair.jp, "level-overdue")
    (kept,) = await facts(pair.jp, "SELECT * FROM statements")
    assert record["subject"] == asked["id"]
    assert record["detail"] == {
        "peer": "kh/molvt",
        "header_digest": asked["header_digest"],
        "level": level,
        "due": times.text(LEVELS[level]),
        "statement": kept["digest"],
    }
    stated = read(pair.jp, kept["text"])
    assert (stated.about, stated.id, stated.header_digest) == (
        "kh/molvt",
        asked["id"],
        asked["header_digest"],
    )
    assert (stated.level, stated.due, stated.at, stated.epoch) == (
        level,
        times.text(LEVELS[level]),
        times.text(now),
        pair.jp.us.epoch,
    )
    assert stated.envelope_digests is None
    assert await alarms(pair.jp) == [Alarm.LEVEL_OVERDUE]
    assert (await view_of(pair.jp, asked))["missed"] == [level]


@pytest.mark.parametrize("level", LEVELS)
async def test_a_duty_of_our_own_that_is_late_is_an_alarm_and_no_statement(pair, level):
    asked = await ask(pair)
    for earlier in list(LEVELS)[: list(LEVELS).index(level)]:
        await reach(pair, asked, earlier)
    await pass_time(pair, pair.kh, LEVELS[level] + 1)
    (record,) = await records(pair.kh, "duty-overdue")
    assert (record["subject"], record["detail"]["level"]) == (asked["id"], level)
    assert record["detail"]["statement"] is None
    assert await facts(pair.kh, "SELECT * FROM statements") == []
    assert await alarms(pair.kh) == [Alarm.DUTY_OVERDUE]
    assert (await view_of(pair.kh, asked))["missed"] == [level]


async def test_what_comes_in_the_second_when_it_is_due_is_in_time(pair):
    asked = await ask(pair)
    pair.clock.now = OPENED
    async with watching(pair.jp):
        await asyncio.sleep(0.05)
        assert await records(pair.jp, "level-overdue") == []
        await reach(pair, asked, Awaited.HANDED_OVER)
    await pass_time(pair, pair.jp, OPENED + 1)
    assert await records(pair.jp, "level-overdue") == []


async def test_a_deadline_is_noted_once_whatever_wakes_the_watcher(pair):
    await ask(pair)
    await pass_time(pair, pair.jp, OPENED + 1)
    before = await rows(pair.jp)
    for _ in range(3):
        pair.jp.changes.ring()
        await pass_time(pair, pair.jp, OPENED + DAY - 1)
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_level_that_comes_late_counts_and_the_evidence_stays(pair):
    asked = await ask(pair)
    await pass_time(pair, pair.jp, OPENED + 1)
    await reach(pair, asked, Awaited.HANDED_OVER)
    view = await view_of(pair.jp, asked)
    assert view["levels"]["handed-over"]
    assert (view["missed"], list(view["deadlines"])) == ([], ["accepted", "answered"])
    assert len(await records(pair.jp, "level-overdue")) == 1
    assert len(await facts(pair.jp, "SELECT * FROM statements")) == 1


async def test_a_level_that_is_reached_while_we_sign_is_not_called_late(pair):
    asked = await ask(pair)
    pair.clock.now = OPENED + 1
    (message,) = await facts(pair.jp, "SELECT seq FROM messages")

    async def compute(function):
        value = function()
        await pair.jp.store.write(
            lambda tx: messages.reach(tx, message["seq"], Reached.HANDED_OVER, times.text(START))
        )
        return value

    await pass_time(pair, pair.jp, OPENED + 1, compute=compute)
    assert await records(pair.jp, "level-overdue") == []
    assert await facts(pair.jp, "SELECT * FROM statements") == []
    assert await alarms(pair.jp) == []
    assert (await view_of(pair.jp, asked))["missed"] == []


async def test_without_a_pair_the_lateness_is_noted_and_nothing_is_signed(pair):
    await ask(pair)

    def over(_peer, _at):
        raise LocalError("no message pair is valid now")

    pair.jp.us.keys.pair_for = over
    await pass_time(pair, pair.jp, OPENED + 1)
    (record,) = await records(pair.jp, "level-overdue")
    assert record["detail"]["statement"] is None
    assert await alarms(pair.jp) == [Alarm.LEVEL_OVERDUE]


async def test_a_peer_owes_nothing_for_what_it_has_not_receipted(pair):
    pair.wire.down.add("kh/molvt")
    asked = await pair.jp.desk.send(Draft.from_json(inquiry(due=times.text(ANSWER_DUE))), OFFICER)
    await pair.jp.desk.queue.hold(asked["id"], OFFICER)
    await pass_time(pair, pair.jp, ANSWER_DUE + 1)
    (record,) = await records(pair.jp, "level-overdue")
    assert (record["subject"], record["detail"]["statement"]) == (asked["id"], None)
    assert await facts(pair.jp, "SELECT * FROM statements") == []
    assert Alarm.LEVEL_OVERDUE not in await alarms(pair.jp)
    assert (await view_of(pair.jp, asked))["missed"] == ["answered"]


async def test_nothing_is_signed_about_a_matter_that_a_person_is_to_look_at(pair):
    asked = await ask(pair)
    await pair.jp.store.write(
        lambda tx: threads.flag(tx, "kh/molvt", asked["thread"], "unclear", times.text(START))
    )
    await pass_time(pair, pair.jp, OPENED + 1)
    (record,) = await records(pair.jp, "level-overdue")
    assert record["detail"]["statement"] is None
    assert await facts(pair.jp, "SELECT * FROM statements") == []
    assert await alarms(pair.jp) == [Alarm.LEVEL_OVERDUE]


async def test_a_matter_that_is_flagged_while_we_sign_is_not_stated(pair):
    asked = await ask(pair)

    async def compute(function):
        value = function()
        await pair.jp.store.write(
            lambda tx: threads.flag(tx, "kh/molvt", asked["thread"], "unclear", times.text(START))
        )
        return value

    await pass_time(pair, pair.jp, OPENED + 1, compute=compute)
    assert await facts(pair.jp, "SELECT * FROM statements") == []
    assert await alarms(pair.jp) == [Alarm.LEVEL_OVERDUE]


async def test_work_that_has_begun_needs_no_acceptance(pair):
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    draft = answer_to(asked)
    draft["body"]["final"] = False
    part = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.settled()
    await pair.jp.desk.fetch(part["id"], OFFICER)
    await pair.jp.settled()
    for node in (pair.jp, pair.kh):
        await pass_time(pair, node, TAKEN_UP + 1)
        assert await alarms(node) == []
        assert list((await view_of(node, asked))["deadlines"]) == ["answered"]


async def test_many_deadlines_at_once_are_all_noted(tmp_path):
    async with two_nodes(tmp_path) as pair:
        for _ in range(130):
            await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await pair.jp.settled(60)
        await pass_time(pair, pair.jp, TAKEN_UP + 1)
        assert len(await records(pair.jp, "level-overdue")) == 260


async def test_after_a_start_the_peers_get_time_to_say_what_they_have_done(pair):
    await ask(pair)
    pair.clock.now = OPENED + 3 * DAY
    async with watching(pair.jp, after_start=AFTER_START):
        await asyncio.sleep(0.05)
        assert await records(pair.jp, "level-overdue") == []
        pair.clock.now += AFTER_START
        pair.jp.changes.ring()
        await until(pair.jp, lambda: records(pair.jp, "level-overdue"))


async def test_after_a_start_our_own_duties_are_noted_at_once(pair):
    await ask(pair)
    await pass_time(pair, pair.kh, OPENED + 1, after_start=AFTER_START)
    assert len(await records(pair.kh, "duty-overdue")) == 1


async def test_whoever_waits_for_changes_is_told_of_a_missed_deadline(pair):
    await ask(pair)
    bell = pair.jp.changes.next()
    await pass_time(pair, pair.jp, OPENED + 1)
    assert bell.is_set()


async def test_a_new_deadline_wakes_who_sleeps_for_a_later_one(pair):
    await ask(pair)
    async with watching(pair.jp):
        await asyncio.sleep(0.05)
        asked = await pair.jp.desk.send(
            Draft.from_json(inquiry(due=times.text(START + 3600))), OFFICER
        )
        pair.clock.now = START + 3601
        pair.jp.changes.ring()
        await until(pair.jp, lambda: records(pair.jp, "level-overdue"))
    (record,) = await records(pair.jp, "level-overdue")
    assert (record["subject"], record["detail"]["level"]) == (asked["id"], "answered")


# --- crashes --------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["deadline.signed", "deadline.noted"])
async def test_a_crash_while_a_deadline_is_noted_loses_nothing_and_doubles_nothing(tmp_path, point):
    async with two_nodes(tmp_path) as pair:
        bomb = Bomb(point, tmp_path / "jp")
        node = await pair.restart(pair.jp, fail_at=bomb)
        await ask(pair)
        pair.clock.now = OPENED + 1
        with contextlib.suppress(BaseException):
            await watcher(node).run()
        assert bomb.went_off
        await node.kill()
        again = await pair.open(node.keys, bomb.image)
        expected = 0 if point == "deadline.signed" else 1
        assert len(await records(again, "level-overdue")) == expected
        await pass_time(pair, again, OPENED + 1)
        assert len(await records(again, "level-overdue")) == 1
        assert len(await facts(again, "SELECT * FROM statements")) == 1
        (alarm,) = await facts(again, "SELECT kind, count FROM alarms")
        assert alarm == {"kind": "level-overdue", "count": 1}


async def test_a_crash_while_an_expiry_is_signed_judges_it_again_and_once(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        bomb = Bomb("expire.signed", tmp_path / "jp")
        await pair.jp.store.close()
        pair.jp.dead.set()
        node = await pair.open(pair.jp.keys, fail_at=bomb)
        draft = inquiry(expires=times.text(START + 60))
        sent = await node.desk.send(Draft.from_json(draft), OFFICER)
        pair.clock.now += 61
        await node.start()
        await asyncio.wait([node.running])
        assert bomb.went_off
        await node.kill()
        again = await pair.open(node.keys, bomb.image)
        assert (await view_of(again, sent))["state"] == "queued"
        assert await facts(again, "SELECT * FROM statements") == []
        await again.start()
        await again.settled()
        assert (await view_of(again, sent))["state"] == "expired"
        assert len(await records(again, "expired")) == 1
        assert len(await facts(again, "SELECT * FROM statements")) == 1


async def test_what_was_attempted_is_stated_at_its_expiry_and_at_the_end_of_the_grace(tmp_path):
    async with two_nodes(tmp_path) as pair:
        pair.wire.down.add("kh/molvt")
        draft = inquiry(expires=times.text(START + 60))
        sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)

        async def tried():
            return (await view_of(pair.jp, sent))["attempts"]

        async def in_state(state):
            return (await view_of(pair.jp, sent))["state"] == state

        await until(pair.jp, tried)
        for now, state in ((START + 61, "overdue"), (START + 31 * DAY, "expired")):
            pair.clock.now = now
            pair.jp.delivery.wake("kh/molvt")
            await until(pair.jp, lambda state=state: in_state(state))
        (envelope,) = await facts(pair.jp, "SELECT envelope_digest FROM sealings")
        named = [*await records(pair.jp, "not-receipted"), *await records(pair.jp, "expired")]
        kept = {
            row["digest"]: row["text"] for row in await facts(pair.jp, "SELECT * FROM statements")
        }
        stated = [read(pair.jp, kept[record["detail"]["statement"]]) for record in named]
        assert [each.level for each in stated] == [Awaited.RECEIVED] * 2
        assert [each.at for each in stated] == [
            times.text(START + 61),
            times.text(START + 31 * DAY),
        ]
        for each in stated:
            assert each.envelope_digests == (envelope["envelope_digest"],)
            assert each.due == sent["expires"]
        assert (await view_of(pair.jp, sent))["deadlines"] == {}


# --- what is due again and again ------------------------------------------------------------


async def told(sender, reader, type_name):
    """Let one node tell something that the other one accepts."""
    draft = {"type": type_name, "to": reader.us.node, "body": CATALOGUE.bodies.example(type_name)}
    sent = await sender.desk.send(Draft.from_json(draft), OFFICER)
    await sender.settled()
    await reader.desk.fetch(sent["id"], OFFICER)
    await reader.desk.accept(sent["id"], OFFICER)
    await reader.settled()
    return sent


@pytest.mark.clause("5(5)")
async def test_a_report_on_an_investigation_that_is_late_is_noted_and_nothing_is_signed(pair):
    sent = await told(pair.jp, pair.kh, "irregularity.report")
    for node, fact, alarm in (
        (pair.jp, "level-overdue", Alarm.LEVEL_OVERDUE),
        (pair.kh, "duty-overdue", Alarm.DUTY_OVERDUE),
    ):
        await pass_time(pair, node, START + 30 * DAY + 1)
        (record,) = await records(node, fact)
        assert (record["subject"], record["detail"]["level"]) == (sent["id"], "repeated")
        assert record["detail"]["statement"] is None
        assert await alarms(node) == [alarm]
        assert await facts(node, "SELECT * FROM statements") == []
        view = await view_of(node, sent)
        assert (view["missed"], list(view["deadlines"])) == (["repeated"], ["answered"])


async def test_the_next_statistics_are_late_though_the_last_were_accepted(pair):
    sent = await told(pair.kh, pair.jp, "dispatch.statistics")
    await pass_time(pair, pair.jp, START + 92 * DAY + 1)
    await pass_time(pair, pair.kh, START + 92 * DAY + 1)
    for node, fact in ((pair.jp, "level-overdue"), (pair.kh, "duty-overdue")):
        (record,) = await records(node, fact)
        assert (record["subject"], record["detail"]["level"]) == (sent["id"], "repeated")
