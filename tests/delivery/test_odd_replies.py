"""Valid messages that do not fit where they stand: kept, flagged for a person, nothing moves."""

from gateway.desk import Draft
from gateway.envelope import Outcome
from gateway.errors import RefusalCode
from tests.nodes import OFFICER, answer_to, facts, inquiry
from tests.peer import SimulatedPeer


async def asked(arena):
    """Let Cambodia ask, so that Japan's simulated peer has something to answer."""
    return await arena.kh.desk.send(Draft.from_json(inquiry("jp/isa")), OFFICER)


def reply(arena, question, **members):
    body = members.pop("body", None) or answer_to(question)["body"]
    place = {
        "thread": question["thread"],
        "in_reply_to": question["id"],
        "reference": question["reference"],
    }
    return arena.jp.envelope("inquiry.answer", body=body, **(place | members))


def acknowledge(arena, question, level, **extra):
    return arena.jp.envelope(f"acknowledgement.{level}", body={"ids": [question["id"]], **extra})


REASON = {"code": "not-competent", "text": {"en": "Please ask elsewhere."}}


async def test_an_answer_that_does_not_fit_is_kept_for_a_person_and_closes_nothing(arena):
    question = await asked(arena)
    misfit = {"answers": {"q9": {"status": "unknown", "text": {"en": "?"}}}, "final": True}
    (entry,) = await arena.entries(reply(arena, question, body=misfit))
    assert entry.outcome is Outcome.RECEIVED
    view = await arena.kh.desk.message(entry.id)
    assert view["attention"] == "does-not-fit-the-question"
    assert (await arena.kh.desk.thread(question["id"]))["state"] == "requested"
    assert (await arena.kh.desk.message(question["id"]))["levels"]["answered"] is None


async def test_a_second_question_for_more_time_is_kept_for_a_person(arena):
    question = await asked(arena)
    place = {name: question[name] for name in ("thread", "reference")}
    attention = []
    later, answer_by = "2027-05-01T00:00:00Z", question["due"]
    for due, header in ((answer_by, {}), (later, {"due": answer_by}), (later, {})):
        body = {"due": due, "reason": {"en": "Records have to be compared."}}
        asks = place | header | {"in_reply_to": question["id"]}
        (entry,) = await arena.entries(arena.jp.envelope("extension.request", body=body, **asks))
        assert entry.outcome is Outcome.RECEIVED
        attention.append((await arena.kh.desk.message(entry.id))["attention"])
    assert attention == ["does-not-fit-the-question", None, "does-not-fit-the-question"]


async def test_a_second_answer_is_kept_for_a_person_and_the_first_stands(arena):
    question = await asked(arena)
    await arena.entries(reply(arena, question))
    first = await arena.kh.desk.message(question["id"])
    arena.pair.clock.now += 60
    (entry,) = await arena.entries(reply(arena, question))
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.message(entry.id))["attention"] == "answer-while-answered"
    assert (await arena.kh.desk.thread(question["id"]))["attention"] == "answer-while-answered"
    assert (await arena.kh.desk.message(question["id"]))["levels"] == first["levels"]


async def test_a_decline_after_the_answer_reaches_no_level(arena):
    question = await asked(arena)
    await arena.entries(reply(arena, question))
    (entry,) = await arena.entries(acknowledge(arena, question, "declined", reason=REASON))
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.message(entry.id))["attention"] == "decline-while-answered"
    view = await arena.kh.desk.message(question["id"])
    assert view["levels"]["declined"] is None
    assert (await arena.kh.desk.thread(question["id"]))["state"] == "answered"


async def test_an_acceptance_overtaken_by_its_answer_needs_nobody(arena):
    question = await asked(arena)
    await arena.entries(reply(arena, question))
    (entry,) = await arena.entries(acknowledge(arena, question, "accepted"))
    assert (await arena.kh.desk.message(entry.id))["attention"] is None
    assert (await arena.kh.desk.thread(question["id"]))["state"] == "answered"


async def test_the_peer_does_not_accept_its_own_inquiry(arena):
    question = arena.jp.letter("inquiry.request")
    await arena.entries(arena.jp.seal(question))
    forged = arena.jp.envelope("acknowledgement.accepted", body={"ids": [question.id]})
    (entry,) = await arena.entries(forged)
    assert entry.code is RefusalCode.UNKNOWN_REFERENCE
    assert await arena.changed() == set()


async def test_a_reply_in_another_thread_than_its_question_is_refused(arena):
    question, other = await asked(arena), await asked(arena)
    envelope = reply(arena, question, thread=other["thread"], reference=other["reference"])
    (entry,) = await arena.entries(envelope)
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))


async def test_a_reply_under_another_reference_is_refused(arena):
    question = await asked(arena)
    (entry,) = await arena.entries(reply(arena, question, reference="KH-2026-000777"))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/reference",))


async def test_a_list_with_one_unknown_id_reaches_nothing(arena):
    question = await asked(arena)
    unknown = SimulatedPeer(arena.jp.keys, arena.kh.keys).letter().id
    ids = {"ids": [question["id"], unknown]}
    (entry,) = await arena.entries(arena.jp.envelope("acknowledgement.handed-over", body=ids))
    assert (entry.code, entry.pointers) == (RefusalCode.UNKNOWN_REFERENCE, ("/body/ids/1",))
    assert (await arena.kh.desk.message(question["id"]))["levels"]["handed-over"] is None
    assert len(await facts(arena.kh, "SELECT id FROM messages WHERE direction = 'in'")) == 0
