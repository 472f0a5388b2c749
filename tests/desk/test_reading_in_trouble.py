"""What lies here can be read and answered, whatever state the peer or one row is in."""

from dataclasses import replace

import pytest
import structlog

from gateway.desk import Draft
from gateway.store.alarms import Alarm
from tests.nodes import OFFICER, alarms, answer_to, facts, inquiry, two_nodes


@pytest.fixture
async def pair(tmp_path):
    """Open two nodes with one inquiry that has arrived in Cambodia."""
    async with two_nodes(tmp_path) as pair:
        sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await pair.jp.desk.wait(sent["id"], "received", 5)
        yield pair


def set_enabled(node, *, enabled):
    everybody = node.directory._peers.values()
    node.directory.replace([replace(peer, enabled=enabled) for peer in everybody])


async def test_a_message_of_a_disabled_peer_can_be_read_and_is_handed_over_later(pair):
    (message,) = (await pair.kh.desk.messages("inbox"))["items"]
    set_enabled(pair.kh, enabled=False)
    with structlog.testing.capture_logs() as told:
        shown = await pair.kh.desk.fetch(message["id"], OFFICER)
    assert shown["content"]["body"] == inquiry()["body"]
    assert shown["state"] == "received"
    (line,) = [each for each in told if each["event"] == "message.not-acknowledged"]
    assert (line["id"], line["error"]) == (message["id"], "NotFoundError")
    set_enabled(pair.kh, enabled=True)
    shown = await pair.kh.desk.fetch(message["id"], OFFICER)
    assert shown["state"] == "handed-over"
    await pair.jp.desk.wait(message["id"], "handed-over", 5)
    reads = await facts(pair.kh, "SELECT fact FROM evidence WHERE fact = 'read'")
    assert len(reads) == 2


async def test_a_sender_whose_peer_is_disabled_waits_without_looking_again_and_again(pair):
    pair.wire.down.add("kh/molvt")
    await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    set_enabled(pair.jp, enabled=False)
    sender = pair.jp.delivery._senders["kh/molvt"]
    looks = []
    look = sender._look
    sender._look = lambda tx, now: (looks.append(now), look(tx, now))[1]
    sender.alive()
    for _ in range(20):
        await pair.jp.store.read(lambda _: None)
    assert len(looks) <= 2


async def test_an_answer_to_a_question_that_was_changed_on_the_disk_waits_for_a_person(pair):
    (message,) = (await pair.kh.desk.messages("inbox"))["items"]
    await pair.kh.desk.fetch(message["id"], OFFICER)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(message)), OFFICER, dry_run=True)
    assert answer["dry_run"]
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE messages SET content = zeroblob(length(content)) WHERE direction = 'out'"
            " AND type = 'inquiry.request'"
        )
    )
    sent = await pair.kh.desk.send(Draft.from_json(answer_to(message)), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)
    arrived = await pair.jp.desk.message(sent["id"])
    assert arrived["attention"] == "the-question-cannot-be-read"
    assert (await pair.jp.desk.thread(message["id"]))["state"] == "requested"
    assert Alarm.CORRUPT in await alarms(pair.jp)
