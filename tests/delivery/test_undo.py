"""What never counts at the peer is taken back, with all that hung on it and nothing beside it."""

from dataclasses import replace

import pytest

from gateway.desk import Draft
from gateway.envelope import times
from gateway.errors import RefusalCode
from gateway.store.alarms import Alarm
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    alarms,
    answer_to,
    facts,
    inquiry,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines

WHY = {"en": "Asked by mistake."}
ASK = CATALOGUE.bodies.example("clarification.request")
IN_QUESTION = "SELECT state, answered FROM messages WHERE type = ? AND direction = 'in'"


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


def say(node, name, about, body=None, **changes):
    body = CATALOGUE.bodies.example(name) if body is None else body
    return node.desk.send(Draft(type=name, in_reply_to=about["id"], body=body, **changes), OFFICER)


async def opened(pair):
    """Let Japan ask and Cambodia read; nothing is on its way then."""
    sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    await pair.jp.desk.wait(sent["id"], "received", 5)
    await pair.kh.desk.fetch(sent["id"], OFFICER)
    await pair.kh.settled()
    await pair.jp.settled()
    return sent


async def asked(pair, name="status.request"):
    """Let Japan ask something in a matter; Cambodia reads it and sends nothing more then."""
    question = await say(pair.jp, name, await opened(pair))
    await pair.jp.desk.wait(question["id"], "received", 5)
    await pair.kh.desk.fetch(question["id"], OFFICER)
    await pair.kh.settled()
    await pair.kh.stop()
    return question


async def state(node, view):
    return (await node.desk.message(view["id"]))["state"]


async def thread(node, view):
    found = await node.desk.thread(view["id"])
    return found["state"], found["attention"]


async def awaited(node, view):
    return set((await node.desk.message(view["id"]))["deadlines"])


# --- what speaks of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["correction", "withdrawal"])
async def test_what_changes_a_message_that_expired_goes_with_it_and_holds_up_nothing(pair, name):
    sent = await opened(pair)
    await pair.jp.stop()
    expired = await say(pair.jp, "clarification.request", sent, expires=times.text(START + 60))
    body = {"reason": WHY} | ({"body": ASK} if name == "correction" else {})
    change = await say(pair.jp, name, expired, body)
    reminder = await say(pair.jp, "reminder", sent)
    pair.clock.now += 61
    await pair.jp.start()
    await pair.jp.desk.wait(reminder["id"], "received", 5)
    assert await state(pair.jp, expired) == "expired"
    assert await state(pair.jp, change) == "cancelled"
    assert await alarms(pair.jp) == [Alarm.NOT_ISSUED_ANEW, Alarm.EXPIRED]
    (record,) = await facts(pair.jp, "SELECT subject FROM evidence WHERE fact = 'cancelled'")
    assert record["subject"] == change["id"]
    assert (await pair.jp.desk.message(expired["id"]))["superseded_by"] is None


async def test_a_chain_of_corrections_of_a_message_that_was_refused_goes_with_it(pair):
    sent = await opened(pair)
    await pair.jp.stop()
    refused = await say(pair.jp, "clarification.request", sent)
    corrections = [
        await say(pair.jp, "correction", refused, {"reason": WHY, "body": ASK}) for _ in range(2)
    ]
    reminder = await say(pair.jp, "reminder", sent)
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

    async def harm(node, body):
        pair.wire.harm = None
        entry = kh.entry(lines(body)[0])
        return kh.receipt([replace(entry, outcome="refused", code=RefusalCode.KEY_REVOKED)])

    pair.wire.harm = harm
    await pair.jp.start()
    await pair.jp.desk.wait(reminder["id"], "received", 5)
    assert await state(pair.jp, refused) == "refused"
    assert [await state(pair.jp, each) for each in corrections] == ["cancelled"] * 2
    anew = await pair.jp.desk.queue.retry(refused["id"], OFFICER)
    correction = await pair.jp.desk.queue.retry(corrections[0]["id"], OFFICER)
    assert correction["in_reply_to"] == anew["id"]
    await pair.jp.settled()
    assert await state(pair.jp, correction) == "delivered"


# --- the question that it answered ---------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 100])
@pytest.mark.parametrize("cancelled", [0, 1])
async def test_a_question_that_another_reply_answers_stays_answered(pair, cancelled, seconds):
    question = await asked(pair)
    reports = []
    for _ in range(2):
        reports.append(await say(pair.kh, "status.report", question))
        pair.clock.now += seconds
    await pair.kh.desk.queue.cancel(reports[cancelled]["id"], OFFICER)
    (row,) = await facts(pair.kh, IN_QUESTION, "status.request")
    assert row == {"state": "answered", "answered": reports[1 - cancelled]["created"]}
    assert await awaited(pair.kh, question) == set()
    await pair.kh.desk.queue.cancel(reports[1 - cancelled]["id"], OFFICER)
    (row,) = await facts(pair.kh, IN_QUESTION, "status.request")
    assert row == {"state": "handed-over", "answered": None}
    assert await awaited(pair.kh, question) == {"answered"}


async def test_a_part_that_was_sent_does_not_stand_for_the_answer_that_was_not(pair):
    sent = await opened(pair)
    draft = answer_to(sent)
    draft["body"]["final"] = False
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.settled()
    await pair.kh.stop()
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    await pair.kh.desk.queue.cancel(answer["id"], OFFICER)
    assert await thread(pair.kh, sent) == ("in-progress", None)
    (row,) = await facts(pair.kh, IN_QUESTION, "inquiry.request")
    assert row["answered"] is None


async def test_nothing_is_owed_again_for_a_question_that_was_withdrawn_meanwhile(pair):
    question = await asked(pair, "clarification.request")
    body = {"answers": {name: {"text": {"en": "Yes."}} for name in ASK["questions"]}}
    answer = await say(pair.kh, "clarification.answer", question, body)
    await say(pair.jp, "withdrawal", question, {"reason": WHY})
    await pair.jp.settled()
    await pair.kh.desk.queue.cancel(answer["id"], OFFICER)
    assert await awaited(pair.kh, question) == set()


# --- what came in meanwhile ----------------------------------------------------------------------


async def withdrawn(pair, sent):
    """Let Japan withdraw a matter, and its node send nothing."""
    await pair.jp.stop()
    return await say(pair.jp, "withdrawal", sent, {"reason": WHY})


async def test_an_answer_counts_once_the_withdrawal_that_it_met_is_taken_back(pair):
    sent = await opened(pair)
    withdrawal = await withdrawn(pair, sent)
    draft = answer_to(sent)
    draft["body"]["final"] = False
    for each in (draft, answer_to(sent)):
        await pair.kh.desk.send(Draft.from_json(each), OFFICER)
        pair.clock.now += 10
    await pair.kh.settled()
    assert (await thread(pair.jp, sent))[0] == "withdrawn"
    await pair.jp.desk.queue.cancel(withdrawal["id"], OFFICER)
    assert (await thread(pair.jp, sent))[0] == (await thread(pair.kh, sent))[0] == "answered"
    views = [await node.desk.message(sent["id"]) for node in (pair.jp, pair.kh)]
    assert views[0]["levels"]["answered"] == views[1]["levels"]["answered"] is not None
    assert await awaited(pair.jp, sent) == set()
    moved = "SELECT s.step, s.before FROM steps AS s ORDER BY s.seq"
    assert await facts(pair.jp, moved) == [
        {"step": "part", "before": "requested"},
        {"step": "answer", "before": "in-progress"},
    ]


@pytest.mark.parametrize("state", ["accepted", "declined"])
async def test_a_judgement_counts_once_the_withdrawal_that_it_met_is_taken_back(pair, state):
    """The acknowledgement speaks of another matter, too, where it has counted already."""
    other, sent = await opened(pair), await opened(pair)
    withdrawal = await withdrawn(pair, sent)
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    name = f"acknowledgement.{state}"
    body = CATALOGUE.bodies.example(name) | {"ids": [other["id"], sent["id"]]}
    letter = kh.letter(name, body=body)
    await pair.jp.receiver.receive("kh/molvt", kh.seal(letter))
    assert await thread(pair.jp, other) == (state, None)
    assert (await thread(pair.jp, sent))[0] == "withdrawn"
    await pair.jp.desk.queue.cancel(withdrawal["id"], OFFICER)
    assert (await thread(pair.jp, sent))[0] == state
    assert (await pair.jp.desk.message(sent["id"]))["levels"][state] is not None
    assert await thread(pair.jp, other) == (state, None)


async def test_what_does_not_fit_its_question_moves_nothing_whatever_is_taken_back(pair):
    sent = await opened(pair)
    withdrawal = await withdrawn(pair, sent)
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    members = {"thread": sent["id"], "in_reply_to": sent["id"], "reference": sent["reference"]}
    body = {"answers": {"q9": {"status": "unknown"}}, "final": True}
    letter = kh.letter("inquiry.answer", body=body, **members)
    await pair.jp.receiver.receive("kh/molvt", kh.seal(letter))
    assert await facts(
        pair.jp, "SELECT id FROM messages WHERE direction = 'in' AND id = ?", letter.id
    )
    await pair.jp.desk.queue.cancel(withdrawal["id"], OFFICER)
    assert (await thread(pair.jp, sent))[0] == "requested"
    assert "answered" in await awaited(pair.jp, sent)


async def test_what_is_cancelled_in_a_matter_that_never_left_does_not_open_it(pair):
    await pair.jp.stop()
    draft = inquiry(expires=times.text(START + 60))
    sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    withdrawal = await say(pair.jp, "withdrawal", sent, {"reason": WHY})
    await pair.jp.desk.queue.hold(sent["id"], OFFICER)
    pair.wire.down.add("kh/molvt")
    pair.clock.now += 61
    await pair.jp.start()

    async def is_held():
        return await state(pair.jp, withdrawal) == "held"

    await until(pair.jp, is_held)
    await pair.jp.stop()
    await pair.jp.desk.queue.cancel(withdrawal["id"], OFFICER)
    assert (await thread(pair.jp, sent))[0] == "cancelled"
