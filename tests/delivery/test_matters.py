"""Where messages of the several kinds of matter may stand, judged on arrival."""

import pytest

from gateway.catalogue import TYPES, Channel, Role
from gateway.desk import Draft
from gateway.envelope import Outcome
from gateway.errors import RefusalCode
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, answer_to, facts, inquiry
from tests.peer import SimulatedPeer, marking, new_id

JOINING = [name for name, row in TYPES.items() if row.joins and not row.supersedes]
ASKED = {"status.report": "status.request", "clarification.answer": "clarification.request"}
OPENING = ["inquiry.request", "irregularity.report"]


@pytest.fixture
def kh(arena):
    """Cambodia's keys in the hands of a test, for what Japan's node takes."""
    return SimulatedPeer(arena.pair.kh.keys, arena.pair.jp.keys)


async def opened(arena, type_name):
    letter = arena.jp.letter(type_name)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED, entry
    return letter


async def spoken_of(arena, matter, type_name):
    """Return the id of a message in the matter that a message of this type may speak of."""
    if type_name not in ASKED:
        return matter.id
    await arena.kh.desk.fetch(matter.id, OFFICER)
    example = {
        "status.request": {},
        "clarification.request": {"questions": {"q1": {"text": {"en": "Which one?"}}}},
    }
    draft = {"type": ASKED[type_name], "in_reply_to": matter.id, "body": example[ASKED[type_name]]}
    return (await arena.kh.desk.send(Draft.from_json(draft), OFFICER))["id"]


@pytest.mark.parametrize("opening", OPENING)
@pytest.mark.parametrize("type_name", JOINING)
async def test_what_joins_a_matter_stands_in_any_of_them_and_moves_none(arena, opening, type_name):
    matter = await opened(arena, opening)
    about = await spoken_of(arena, matter, type_name)
    before = await arena.kh.desk.thread(matter.id)
    letter = arena.jp.letter(type_name, thread=matter.id, in_reply_to=about)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED, entry
    after = await arena.kh.desk.thread(matter.id)
    assert (after["state"], after["attention"]) == (before["state"], None)
    assert letter.id in [message["id"] for message in after["messages"]]


@pytest.mark.parametrize("type_name", JOINING)
async def test_what_joins_a_matter_must_name_a_message_of_it(arena, type_name):
    matter, other = [await opened(arena, "inquiry.request") for _ in range(2)]
    cases = [
        ({}, RefusalCode.WRONG_THREAD),
        ({"in_reply_to": new_id()}, RefusalCode.UNKNOWN_REFERENCE),
        ({"in_reply_to": other.id}, RefusalCode.WRONG_THREAD),
    ]
    for members, code in cases:
        letter = arena.jp.letter(type_name, thread=matter.id, **members)
        (entry,) = await arena.entries(arena.jp.seal(letter))
        assert (entry.code, entry.pointers) == (code, ("/in_reply_to",))
        assert await arena.changed() == (set() if entry.retryable else FINAL)


@pytest.mark.parametrize("type_name", ASKED)
async def test_an_answer_to_another_type_of_message_is_refused(arena, type_name):
    matter = await opened(arena, "inquiry.request")
    letter = arena.jp.letter(type_name, thread=matter.id, in_reply_to=matter.id)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))


@pytest.mark.parametrize("type_name", ASKED)
async def test_nobody_answers_its_own_question(arena, type_name):
    matter = await opened(arena, "inquiry.request")
    asked = arena.jp.letter(ASKED[type_name], thread=matter.id, in_reply_to=matter.id)
    letter = arena.jp.letter(type_name, thread=matter.id, in_reply_to=asked.id)
    _, entry = await arena.entries(arena.jp.seal(asked), arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/in_reply_to",))


@pytest.mark.parametrize("type_name", ASKED)
async def test_what_was_asked_in_a_matter_reaches_level_4_by_its_answer(arena, type_name):
    matter = await opened(arena, "inquiry.request")
    about = await spoken_of(arena, matter, type_name)
    assert (await arena.kh.desk.message(about))["levels"]["answered"] is None
    await arena.entries(arena.jp.envelope(type_name, thread=matter.id, in_reply_to=about))
    assert (await arena.kh.desk.message(about))["levels"]["answered"] is not None


async def test_a_clarification_that_leaves_out_a_question_is_kept_and_answers_nothing(arena):
    matter = await opened(arena, "inquiry.request")
    about = await spoken_of(arena, matter, "clarification.answer")
    body = {"answers": {"q9": {"text": {"en": "Something else."}}}}
    letter = arena.jp.letter("clarification.answer", body, thread=matter.id, in_reply_to=about)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.message(letter.id))["attention"] == "does-not-fit-the-question"
    assert (await arena.kh.desk.message(about))["levels"]["answered"] is None


@pytest.mark.parametrize("type_name", [name for name, row in TYPES.items() if row.joins])
async def test_what_joins_a_matter_has_no_place_in_the_control_thread(arena, type_name):
    ping = arena.jp.letter("ping")
    await arena.entries(arena.jp.seal(ping))
    supersedes = {"id": ping.id, "header_digest": ping.header_digest}
    mode = TYPES[type_name].supersedes
    members = {"supersedes": supersedes | {"mode": mode}} if mode else {}
    letter = arena.jp.letter(type_name, in_reply_to=ping.id, **members)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.REFUSED


# --- who may say what ----------------------------------------------------------------------------


ONE_SIDED = [name for name, row in TYPES.items() if row.senders == {Role.SENDING}]


@pytest.mark.parametrize("type_name", ONE_SIDED)
async def test_A103_what_only_cambodia_says_is_refused_from_japan(arena, type_name):
    matter = await opened(arena, "irregularity.report")
    place = {} if TYPES[type_name].opens else {"thread": matter.id, "in_reply_to": matter.id}
    (entry,) = await arena.entries(arena.jp.envelope(type_name, **place))
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/type",))
    assert await arena.changed() == FINAL


async def test_A103_a_report_under_5_5_is_refused_from_cambodia(arena, kh):
    reply = await arena.pair.jp.receiver.receive("kh/molvt", kh.envelope("irregularity.report"))
    assert reply.status == 200
    (refused,) = await facts(arena.pair.jp, "SELECT code FROM refusals")
    assert refused["code"] == "not-permitted"
    assert await facts(arena.pair.jp, "SELECT id FROM messages") == []


def test_every_type_of_a_matter_is_one_of_those_tried_here():
    tried = {*JOINING, *OPENING, *ONE_SIDED, "inquiry.answer", "correction", "withdrawal"}
    assert tried == {name for name, row in TYPES.items() if row.channel is Channel.THREAD}


async def test_a_caveat_that_nobody_knows_here_does_not_keep_us_from_answering(arena):
    caveats = ["eyes-only", "no-judicial"]
    letter = arena.jp.letter("inquiry.request", marking=marking("jp/isa", caveats=caveats))
    await arena.entries(arena.jp.seal(letter))
    await arena.kh.desk.fetch(letter.id, OFFICER)
    sent = await arena.kh.desk.send(Draft.from_json(answer_to({"id": letter.id})), OFFICER)
    assert sent["caveats"] == ["no-judicial", "personal-data"]


# --- messages that crossed -----------------------------------------------------------------------


@pytest.mark.parametrize("ahead", ["investigation.status", "investigation.result", "withdrawal"])
async def test_an_acceptance_that_comes_behind_is_noted_and_calls_nobody(arena, kh, ahead):
    jp = arena.pair.jp
    body = CATALOGUE.bodies.example("irregularity.report")
    draft = {"type": "irregularity.report", "to": "kh/molvt", "body": body}
    report = await jp.desk.send(Draft.from_json(draft), OFFICER)
    if ahead == "withdrawal":
        draft = {"type": ahead, "in_reply_to": report["id"], "body": {"reason": {"en": "No."}}}
        await jp.desk.send(Draft.from_json(draft), OFFICER)
    else:
        place = {"thread": report["thread"], "in_reply_to": report["id"]}
        await jp.receiver.receive("kh/molvt", kh.envelope(ahead, **place))
    state = (await jp.desk.thread(report["id"]))["state"]
    accepted = kh.envelope("acknowledgement.accepted", body={"ids": [report["id"]]})
    assert (await jp.receiver.receive("kh/molvt", accepted)).status == 200
    found = await jp.desk.thread(report["id"])
    assert (found["state"], found["attention"]) == (state, None)
    assert (await jp.desk.message(report["id"]))["levels"]["accepted"] is not None


# --- a matter that came from another -------------------------------------------------------------


async def test_a_matter_that_came_from_another_names_the_message_it_follows(arena):
    parent = await opened(arena, "irregularity.report")
    members = {"parent_thread": parent.id, "in_reply_to": parent.id}
    letter = arena.jp.letter("inquiry.request", **members)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.thread(letter.id))["state"] == "requested"
    orphan = arena.jp.letter("inquiry.request", in_reply_to=parent.id)
    (entry,) = await arena.entries(arena.jp.seal(orphan))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))


async def test_a_matter_that_was_cancelled_before_it_left_is_none_that_the_peer_can_know(arena):
    sent = await arena.kh.desk.send(Draft.from_json(inquiry(to="jp/isa")), OFFICER)
    await arena.kh.store.write(
        lambda tx: tx._database.execute("UPDATE threads SET state = 'cancelled'")
    )
    for members in (
        {"type_name": "reminder", "thread": sent["id"], "in_reply_to": sent["id"]},
        {"type_name": "inquiry.request", "parent_thread": sent["id"]},
    ):
        (entry,) = await arena.entries(arena.jp.envelope(**members))
        assert entry.code is RefusalCode.UNKNOWN_REFERENCE
        assert await arena.changed() == set()
