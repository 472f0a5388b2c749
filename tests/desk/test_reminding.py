"""Reminding: once before the date and once after, signed for the others, an alarm for ourselves."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from gateway.delivery.changes import Changes
from gateway.delivery.deadlines import Deadlines
from gateway.desk import Actor, Draft
from gateway.desk.reminding import Reminders
from gateway.envelope import times
from gateway.store import duties, messages, threads
from gateway.store.alarms import Alarm
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    Bomb,
    CrashError,
    alarms,
    answer_to,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)

DAY = 86_400
DUE = START + 28 * DAY
# Two working days before a Monday is the Thursday.
NOTICE = DUE - 4 * DAY
ITSELF = Actor(uid=0, name="node")


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


def reminders(node, *, is_sending=True, after_start=0.0, **ports):
    return Reminders(
        us=node.us,
        store=node.store,
        directory=node.directory,
        catalogue=CATALOGUE,
        ports=replace(node.desk._ports, **ports),
        changes=node.changes,
        wake=node.delivery.wake,
        actor=ITSELF,
        is_sending=is_sending,
        after_start=after_start,
    )


async def look(pair, node, now, *, notes_lateness=True, **options):
    """Let a time come and the node look once at whom to remind; return what it sent."""
    pair.clock.now = now
    if notes_lateness:
        await note_late(node)
    before = len(await sent(node))
    await reminders(node, **options)._look(
        times.text(now), is_sending=options.get("is_sending", True)
    )
    await pair.jp.settled()
    await pair.kh.settled()
    return (await sent(node))[before:]


async def note_late(node):
    watcher = Deadlines(
        us=node.us,
        store=node.store,
        ports=node.desk._ports,
        changes=node.changes,
        after_start=0.0,
    )
    await watcher._note(times.text(node.desk._ports.clock()), None)


async def sent(node):
    """Return the reminders that a node has sent, with what they say."""
    found = await facts(
        node, "SELECT seq FROM messages WHERE type = 'reminder' AND direction = 'out' ORDER BY seq"
    )
    views = []
    for row in found:
        view = await node.desk.fetch(
            (await node.store.read(lambda tx, seq=row["seq"]: messages.get(tx, seq)))["id"], OFFICER
        )
        views.append(view)
    return views


async def ask(pair, **changes):
    draft = Draft.from_json(inquiry(due=times.text(DUE), **changes))
    asked = await pair.jp.desk.send(draft, OFFICER)
    await pair.jp.settled()
    return asked


async def accepted(pair):
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    await pair.kh.settled()
    return asked


async def duty(node, asked, act="answered"):
    page = await node.desk.duties.page(everything=True)
    (found,) = (
        each for each in page["items"] if (each["message"], each["act"]) == (asked["id"], act)
    )
    return found


async def test_the_other_side_is_reminded_two_working_days_before(pair):
    asked = await accepted(pair)
    assert await look(pair, pair.jp, NOTICE - 1) == []
    (reminder,) = await look(pair, pair.jp, NOTICE)
    assert (reminder["in_reply_to"], reminder["thread"]) == (asked["id"], asked["thread"])
    text = reminder["content"]["body"]["text"]["en"]
    assert text == (
        f"kh/molvt is to answer: Inquiry {asked['reference']}. It is due at {times.text(DUE)}."
    )
    assert (await duty(pair.jp, asked))["reminded"] == times.text(NOTICE)
    (arrived,) = (await pair.kh.desk.messages("inbox", type="reminder"))["items"]
    assert arrived["id"] == reminder["id"]


async def test_and_once_more_when_it_is_late(pair):
    asked = await accepted(pair)
    await look(pair, pair.jp, NOTICE)
    (late,) = await look(pair, pair.jp, DUE + 1)
    assert "was to answer" in late["content"]["body"]["text"]["en"]
    assert (await duty(pair.jp, asked))["reminded_late"] == times.text(DUE + 1)
    assert await look(pair, pair.jp, DUE + 30 * DAY) == []


async def test_nobody_is_told_twice_whatever_wakes_the_node(pair):
    await accepted(pair)
    await look(pair, pair.jp, NOTICE)
    before = await rows(pair.jp)
    for hours in range(3):
        assert await look(pair, pair.jp, NOTICE + hours * 3600) == []
    # Looking at what was sent is itself recorded.
    assert changed(before, await rows(pair.jp)) <= {"evidence", "chains"}


async def test_one_reminder_tells_all_that_is_owed_of_a_message(pair):
    await ask(pair)
    (reminder,) = await look(pair, pair.jp, DUE + 1)
    lines = reminder["content"]["body"]["text"]["en"].splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "kh/molvt was to accept or decline",
        "kh/molvt was to answer",
    ]


async def test_nobody_is_reminded_of_what_is_only_to_be_read(pair):
    asked = await accepted(pair)
    await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    await pair.kh.settled()
    assert await look(pair, pair.kh, DUE + DAY) == []
    assert Alarm.DUTY_DUE not in await alarms(pair.jp)


async def test_what_is_done_needs_no_reminder(pair):
    asked = await accepted(pair)
    await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    await pair.kh.settled()
    assert await look(pair, pair.jp, DUE + 1) == []


async def test_the_peer_is_not_reminded_of_what_it_never_got(pair):
    pair.wire.down.add("kh/molvt")
    asked = await pair.jp.desk.send(Draft.from_json(inquiry(due=times.text(DUE))), OFFICER)
    pair.clock.now = NOTICE
    await reminders(pair.jp)._look(times.text(NOTICE), is_sending=True)
    assert await sent(pair.jp) == []
    assert (await duty(pair.jp, asked))["reminded"] is None


async def test_in_a_flagged_matter_a_person_looks_before_anybody_is_reminded(pair):
    asked = await accepted(pair)
    await pair.jp.store.write(
        lambda tx: tx._database.execute("UPDATE threads SET attention = 'answer-while-declined'")
    )
    assert await look(pair, pair.jp, NOTICE) == []
    await pair.jp.desk.matters.attended(asked["id"], OFFICER)
    assert len(await look(pair, pair.jp, NOTICE + 1)) == 1


async def test_our_own_people_hear_of_a_duty_in_a_flagged_matter_too(pair):
    asked = await accepted(pair)
    await pair.kh.store.write(
        lambda tx: threads.flag(tx, "jp/isa", asked["thread"], "something-odd", times.text(START))
    )
    await look(pair, pair.kh, NOTICE)
    assert await alarms(pair.kh) == [Alarm.DUTY_DUE]


async def test_a_node_that_is_told_not_to_reminds_only_its_own_people(pair):
    asked = await accepted(pair)
    for node in (pair.jp, pair.kh):
        assert await look(pair, node, NOTICE, is_sending=False) == []
    assert await alarms(pair.jp) == []
    assert await alarms(pair.kh) == [Alarm.DUTY_DUE]
    assert (await duty(pair.kh, asked))["reminded"] == times.text(NOTICE)
    assert (await duty(pair.jp, asked))["reminded"] is None


async def test_our_own_people_hear_of_a_duty_once_before_and_once_when_it_is_late(pair):
    await accepted(pair)
    for now in (NOTICE, NOTICE + 3600):
        await look(pair, pair.kh, now)
    assert await alarms(pair.kh) == [Alarm.DUTY_DUE]
    await look(pair, pair.kh, DUE + 1)
    assert await alarms(pair.kh) == [Alarm.DUTY_DUE, Alarm.DUTY_OVERDUE]
    counted = await facts(pair.kh, "SELECT count FROM alarms")
    assert [row["count"] for row in counted] == [1, 1]


async def more_time(pair, asked, later):
    body = {"due": later, "reason": {"en": "Records have to be compared."}}
    request = await pair.kh.desk.send(
        Draft(type="extension.request", in_reply_to=asked["id"], body=body), OFFICER
    )
    await pair.kh.settled()
    await pair.jp.desk.fetch(request["id"], OFFICER)
    await pair.jp.desk.send(
        Draft(
            type="extension.answer",
            in_reply_to=request["id"],
            body={"agreed": True, "due": later},
        ),
        OFFICER,
    )
    await pair.jp.settled()


async def test_what_is_agreed_to_be_later_reminds_by_the_later_date(pair):
    asked = await accepted(pair)
    await more_time(pair, asked, times.text(DUE + 28 * DAY))
    assert await look(pair, pair.jp, DUE + 1) == []
    assert len(await look(pair, pair.jp, NOTICE + 28 * DAY)) == 1


@pytest.mark.parametrize("reminded", [NOTICE, DUE + 1])
async def test_a_later_date_has_reminders_of_its_own(pair, reminded):
    asked = await accepted(pair)
    assert len(await look(pair, pair.jp, reminded)) == 1
    await more_time(pair, asked, times.text(DUE + 28 * DAY))
    for now in (NOTICE + 28 * DAY, DUE + 28 * DAY + 1):
        assert len(await look(pair, pair.jp, now)) == 1
        assert await look(pair, pair.jp, now) == []


async def test_a_short_term_leaves_no_time_for_a_reminder_before(pair):
    """Three days of which two are working ones: the reminder would come with the message."""
    asked = await ask(pair)
    found = await facts(pair.jp, "SELECT act, remind FROM duties ORDER BY act")
    assert [row["remind"] for row in found if row["act"] == "handed-over"] == [None]
    draft = inquiry(due=times.text(START + DAY))
    short = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    await pair.jp.settled()
    kept = await pair.jp.store.read(lambda tx: duties.history(tx, messages.find(tx, short["id"])))
    assert {row["act"]: row["remind"] for row in kept}["answered"] is None
    assert asked["id"] != short["id"]


async def test_a_node_that_dies_after_a_reminder_reminds_nobody_again(tmp_path):
    async with two_nodes(tmp_path) as pair:
        asked = await accepted(pair)
        pair.clock.now = NOTICE
        bomb = Bomb("reminder.kept", pair.jp.store.path.parent)
        bomb.node = pair.jp
        with contextlib.suppress(CrashError):
            await reminders(pair.jp, fail_at=bomb)._look(times.text(NOTICE), is_sending=True)
        assert bomb.went_off
        again = await pair.open(pair.jp.keys, bomb.image)
        await again.start()
        assert await look(pair, again, NOTICE + 60) == []
        assert len(await sent(again)) == 1
        assert (await duty(again, asked))["reminded"] == times.text(NOTICE)


async def test_an_answer_that_comes_while_we_write_the_reminder_takes_it_back(pair):
    asked = await accepted(pair)
    pair.clock.now = NOTICE
    (row,) = await facts(pair.jp, "SELECT seq FROM messages WHERE id = ?", asked["id"])

    async def compute(function):
        value = function()
        await pair.jp.store.write(
            lambda tx: messages.reach(tx, row["seq"], messages.Reached.ANSWERED, times.text(NOTICE))
        )
        return value

    await reminders(pair.jp, compute=compute)._look(times.text(NOTICE), is_sending=True)
    assert await sent(pair.jp) == []


@pytest.mark.parametrize("after_start", [0.0, 900.0])
async def test_after_a_start_the_others_are_heard_before_they_are_reminded(pair, after_start):
    await accepted(pair)
    pair.clock.now = NOTICE
    asleep = asyncio.Event()

    class Bell(asyncio.Event):
        async def wait(self):
            asleep.set()
            return await super().wait()

    worker = reminders(pair.jp, after_start=after_start)
    worker._changes = Changes()
    worker._changes._event = Bell()
    task = asyncio.create_task(worker.run())
    try:
        if after_start:
            async with asyncio.timeout(10):
                await asleep.wait()
            assert await sent(pair.jp) == []
        else:
            await until(pair.jp, lambda: sent(pair.jp))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
