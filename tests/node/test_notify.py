"""The operator's command hears of each event once, in order, without content; it cannot do harm."""

import asyncio
import json
import os
import time
from contextlib import asynccontextmanager
from functools import partial

import pytest

from gateway.desk import Draft
from gateway.desk.events import GAP, Happened
from gateway.node import notify
from gateway.node.notify import MOST_SINGLY, Notifier, is_told, together
from gateway.store import meta
from tests.nodes import OFFICER, alarms, answer_to, inquiry, two_nodes, until

NOBODY = {"peer": None, "id": None, "type": None, "thread": None, "reference": None, "state": None}


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


@pytest.fixture
def heard(tmp_path):
    """Return the file that the command writes to, and a way to read it."""
    path = tmp_path / "heard"

    def read():
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    read.path = path
    read.command = ("/bin/sh", "-c", f"cat >> {path}")
    return read


def notifier(node, command, **options):
    return Notifier(
        command=command,
        timeout=options.pop("timeout", 10),
        node=node.us.node,
        store=node.store,
        events=node.desk.events,
        clock=node.clock,
        pauses=options.pop("pauses", ()),
    )


@asynccontextmanager
async def running(worker):
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def wait_for(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def note(node, *kinds, state=None):
    def record(tx):
        for kind in kinds:
            tx._database.execute("INSERT INTO events (kind, state) VALUES (?, ?)", (kind, state))

    await node.store.write(record)
    node.changes.ring()


async def begun(node):
    """Wait until the worker has noted where it begins."""

    async def place():
        return await node.store.read(partial(meta.position, name="notify")) is not None

    await until(node, place)


async def place(node):
    return await node.store.read(partial(meta.position, name="notify"))


async def test_a_new_matter_its_acceptance_and_its_answer_are_told(pair, heard):
    async with (
        running(notifier(pair.jp, heard.command)),
        running(notifier(pair.kh, ("/bin/sh", "-c", f"cat >> {heard.path}-kh"))),
    ):
        await begun(pair.jp)
        await begun(pair.kh)
        asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await pair.jp.desk.wait(asked["id"], "received", 5)
        await pair.kh.desk.fetch(asked["id"], OFFICER)
        await pair.kh.desk.accept(asked["id"], OFFICER)
        answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
        await pair.jp.desk.wait(asked["id"], "answered", 5)
        await wait_for(lambda: len(heard()) == 2)
        # Acknowledgements, signs of life and our own messages are nothing to be told of.
        await pair.kh.desk.ping("jp/isa", OFFICER)
        await note(pair.jp, "message.refused")
        await wait_for(lambda: len(heard()) == 3)
    common = {
        "peer": "kh/molvt",
        "thread": asked["thread"],
        "reference": asked["reference"],
        "count": 1,
        "node": "jp/isa",
    }
    assert heard()[0] == common | {
        "kind": "level.accepted",
        "id": asked["id"],
        "type": "inquiry.request",
        "state": "delivered",
    }
    assert heard()[1] == common | {
        "kind": "message.received",
        "id": answer["id"],
        "type": "inquiry.answer",
        "state": "received",
    }
    theirs = [
        json.loads(line) for line in (heard.path.parent / "heard-kh").read_text().splitlines()
    ]
    assert [(each["kind"], each["id"]) for each in theirs] == [("message.received", asked["id"])]


async def test_the_environment_says_the_same_and_nothing_of_the_nodes_own(pair, heard, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/secret")
    command = ("/bin/sh", "-c", f"cat > /dev/null; env >> {heard.path}")
    async with running(notifier(pair.jp, command)):
        await begun(pair.jp)
        await note(pair.jp, "alarm", state="clock-offset")
        await wait_for(heard.path.exists)
        await wait_for(lambda: "GATEWAY_EVENT_NODE" in heard.path.read_text())
    found = dict(line.split("=", 1) for line in heard.path.read_text().splitlines())
    assert found["GATEWAY_EVENT_KIND"] == "alarm"
    assert found["GATEWAY_EVENT_STATE"] == "clock-offset"
    assert found["GATEWAY_EVENT_PEER"] == ""
    assert found["GATEWAY_EVENT_NODE"] == "jp/isa"
    assert set(found) <= {
        *(f"GATEWAY_EVENT_{name.upper()}" for name in (*NOBODY, "kind", "count", "node")),
        *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PWD", "OLDPWD", "SHLVL", "_"),
    }


async def test_what_happens_while_the_node_is_down_is_told_when_it_is_up_again(pair, heard):
    async with running(notifier(pair.jp, heard.command)):
        await begun(pair.jp)
        before = await place(pair.jp)
        await note(pair.jp, "message.refused")

        async def is_kept():
            return await place(pair.jp) != before

        await until(pair.jp, is_kept)
    await note(pair.jp, "level.declined", "message.queued", "message.expired")
    async with running(notifier(pair.jp, heard.command)):
        await wait_for(lambda: len(heard()) == 3)
    kinds = [each["kind"] for each in heard()]
    assert kinds == ["message.refused", "level.declined", "message.expired"]


async def test_a_node_that_begins_to_notify_tells_nothing_old(pair, heard):
    await note(pair.jp, "message.refused")
    for _ in range(2):
        async with running(notifier(pair.jp, heard.command)):
            await begun(pair.jp)
            await note(pair.jp, "message.expired")
            await wait_for(lambda: len(heard()) % 2 == 1)
        await notify.forget(pair.jp.store)
        await note(pair.jp, "message.refused")
        heard.path.write_text(heard.path.read_text() + "{}\n")
    assert [each.get("kind") for each in heard()] == ["message.expired", None] * 2


async def test_one_run_ends_before_the_next_begins(pair, tmp_path):
    log = tmp_path / "log"
    command = ("/bin/sh", "-c", f"echo begin >> {log}; sleep 0.05; echo end >> {log}")
    async with running(notifier(pair.jp, command)):
        await begun(pair.jp)
        await note(pair.jp, *["message.refused"] * 4)
        await wait_for(lambda: log.exists() and len(log.read_text().split()) == 8)
    assert log.read_text().split() == ["begin", "end"] * 4


async def test_a_burst_is_told_in_one_run_for_each_kind(pair, heard):
    async with running(notifier(pair.jp, heard.command)):
        await begun(pair.jp)
        await note(pair.jp, *["message.refused", "level.declined"] * MOST_SINGLY)
        await wait_for(lambda: len(heard()) == 2)
        await note(pair.jp, "message.expired")
        await wait_for(lambda: len(heard()) == 3)
    found = [(each["kind"], each["count"]) for each in heard()]
    assert found == [("message.refused", 8), ("level.declined", 8), ("message.expired", 1)]


def test_what_differs_among_many_is_left_out():
    alike = {"kind": "message.received", "peer": "kh/molvt", "type": "inquiry.answer"}
    events = [
        Happened(1, NOBODY | alike | {"id": "1", "thread": "t", "state": "received"}),
        Happened(2, NOBODY | alike | {"id": "2", "thread": "t", "state": "received"}),
        Happened(3, NOBODY | {"kind": "alarm", "id": "3", "state": "held"}),
    ]
    assert together(events) == [
        NOBODY | alike | {"thread": "t", "state": "received", "count": 2},
        NOBODY | {"kind": "alarm", "id": "3", "state": "held", "count": 1},
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"kind": "message.received", "type": "inquiry.request"}, True),
        ({"kind": "message.received", "type": "reminder"}, True),
        ({"kind": "message.received", "type": "of.a.later.version"}, True),
        ({"kind": "message.received", "type": "acknowledgement.accepted"}, False),
        ({"kind": "message.received", "type": "ping"}, False),
        ({"kind": "message.refused", "type": "ping"}, True),
        ({"kind": "message.queued", "type": "inquiry.request"}, False),
        ({"kind": "message.delivered", "type": "inquiry.request"}, False),
        ({"kind": "level.accepted", "type": "inquiry.request"}, True),
        ({"kind": "level.handed-over", "type": "inquiry.request"}, False),
        ({"kind": "thread.attention"}, True),
        ({"kind": "thread.moved"}, False),
        ({"kind": "alarm", "state": "key-expiring"}, True),
        ({"kind": "alarm", "state": "overdue"}, False),
        ({"kind": "message.overdue"}, True),
        ({"kind": "alarm", "state": "notify-failed"}, False),
        ({"kind": GAP}, True),
    ],
)
def test_what_a_person_should_know_of_is_told_once(data, told):
    assert is_told(Happened(1, NOBODY | data)) is told


async def test_a_command_that_fails_is_tried_again_and_then_is_an_alarm(pair, tmp_path):
    log = tmp_path / "log"
    command = ("/bin/sh", "-c", f"echo run >> {log}; exit 3")
    async with running(notifier(pair.jp, command, pauses=(0.01, 0.01))):
        await begun(pair.jp)
        await note(pair.jp, "message.refused", "message.expired")
        await wait_for(lambda: log.exists() and len(log.read_text().split()) == 6)
        newest = await pair.jp.desk.events.newest()

        async def is_past():
            return (await place(pair.jp) or 0) >= newest - 1

        await until(pair.jp, is_past)
    # Raised once however often it failed, and not told of by what failed.
    assert await alarms(pair.jp) == ["notify-failed"]


async def test_a_command_that_heals_in_between_is_no_alarm(pair, tmp_path, heard):
    flag = tmp_path / "flag"
    command = (
        "/bin/sh",
        "-c",
        f"test -e {flag} || {{ touch {flag}; exit 1; }}; cat >> {heard.path}",
    )
    async with running(notifier(pair.jp, command, pauses=(0.01,))):
        await begun(pair.jp)
        await note(pair.jp, "message.refused")
        await wait_for(lambda: len(heard()) == 1)
    assert await alarms(pair.jp) == []


async def test_a_command_that_is_not_there_stops_nothing(pair):
    async with running(notifier(pair.jp, ("/nonexistent/mailer",))) as task:
        await begun(pair.jp)
        await note(pair.jp, "message.refused")

        async def is_raised():
            return await alarms(pair.jp) == ["notify-failed"]

        await until(pair.jp, is_raised)
        assert not task.done()


async def test_a_command_that_hangs_is_ended_with_all_it_started(pair, tmp_path):
    child = tmp_path / "child"
    command = ("/bin/sh", "-c", f"sleep 60 & echo $! > {child}; wait")
    started = time.monotonic()
    async with running(notifier(pair.jp, command, timeout=0.3)):
        await begun(pair.jp)
        await note(pair.jp, "message.refused")

        async def is_raised():
            return await alarms(pair.jp) == ["notify-failed"]

        await until(pair.jp, is_raised)
    assert time.monotonic() - started < 10
    await wait_for(lambda: not alive(int(child.read_text())))


async def test_what_a_command_leaves_running_ends_with_it(pair, tmp_path):
    child = tmp_path / "child"
    command = ("/bin/sh", "-c", f"sleep 47 & echo $! > {child}; exit 0")
    async with running(notifier(pair.jp, command)):
        await begun(pair.jp)
        await note(pair.jp, "message.refused")
        await wait_for(lambda: child.exists() and child.read_text().strip())
        await wait_for(lambda: not alive(int(child.read_text())))
    assert await alarms(pair.jp) == []


async def test_a_stop_ends_a_running_command_and_tells_that_event_again_later(
    pair, tmp_path, heard
):
    child = tmp_path / "child"
    async with running(notifier(pair.jp, ("/bin/sh", "-c", f"echo $$ > {child}; sleep 60"))):
        await begun(pair.jp)
        await note(pair.jp, "message.refused")
        await wait_for(lambda: child.exists() and child.read_text().strip())
    await wait_for(lambda: not alive(int(child.read_text())))
    async with running(notifier(pair.jp, heard.command)):
        await wait_for(lambda: len(heard()) == 1)
    assert heard()[0]["kind"] == "message.refused"


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie of another parent is as good as gone.
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


async def test_a_command_that_does_not_read_is_no_failure(pair, heard):
    async with running(notifier(pair.jp, ("/bin/sh", "-c", f"echo '{{}}' >> {heard.path}"))):
        await begun(pair.jp)
        await note(pair.jp, "message.refused", "message.expired")
        await wait_for(lambda: len(heard()) == 2)
    assert await alarms(pair.jp) == []
