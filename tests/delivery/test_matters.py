"""Where messages of the several kinds of matter may stand, judged on arrival."""

import pytest

from gateway.catalogue import OPENING as OPENING_STATE
from gateway.catalogue import TYPES, Channel, Role
from gateway.desk import Draft
from gateway.envelope import Outcome
from gateway.errors import RefusalCode
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, answer_to, facts, inquiry
from tests.peer import SimulatedPeer, marking, new_id

JOINING = [name for name, row in TYPES.items() if row.joins and not row.supersedes]
ASKED = {
    "status.report": "status.request",
    "clarification.answer": "clarification.request",
    "extension.answer": "extension.request",
    "disclosure.report": "disclosure.request",
}
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
    body = CATALOGUE.bodies.example(ASKED[type_name])
    if type_name == "clarification.answer":
        body = {"questions": {"q1": {"text": {"en": "Which one?"}}}}
    draft = {"type": ASKED[type_name], "in_reply_to": matter.id, "body": body}
    return (await arena.kh.desk.send(Draft.from_json(draft), OFFICER))["id"]


@pytest.mark.parametrize("opening", OPENING)
@pytest.mark.parametrize("type_name", JOINING)
async def test_what_joins_a_matter_stands_in_any_of_them_and_moves_none(arena, opening, type_name):
    matter = await opened(arena, opening)
    about = await spoken_of(arena, matter, type_name)
    before = await arena.kh.desk.thread(matter.id)
    body = CATALOGUE.bodies.example(type_name)
    if "of" in body:
        body["of"] = {"id": matter.id, "header_digest": matter.header_digest}
        body["marking"] |= {"originator": "jp/isa", "granular": []}
    letter = arena.jp.letter(type_name, body, thread=matter.id, in_reply_to=about)
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


@pytest.mark.parametrize("type_name", [name for name in ASKED if not TYPES[name].of_any])
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


@pytest.mark.parametrize(
    "type_name", [name for name, row in TYPES.items() if row.senders == {Role.ACCEPTING}]
)
async def test_A103_what_only_japan_says_is_refused_from_cambodia(arena, kh, type_name):
    place = {} if TYPES[type_name].opens else {"thread": new_id(), "in_reply_to": new_id()}
    letter = kh.envelope(type_name, **place)
    reply = await arena.pair.jp.receiver.receive("kh/molvt", letter)
    assert reply.status == 200
    (refused,) = await facts(arena.pair.jp, "SELECT code FROM refusals")
    assert refused["code"] == "not-permitted"
    assert await facts(arena.pair.jp, "SELECT id FROM messages") == []


OPENERS = [
    name for name, row in TYPES.items() if row.opens is not None and Role.ACCEPTING in row.senders
]


@pytest.mark.parametrize("type_name", OPENERS)
async def test_what_opens_a_matter_opens_it_in_the_first_state_of_its_kind(arena, type_name):
    letter = await opened(arena, type_name)
    found = await arena.kh.desk.thread(letter.id)
    kind = TYPES[type_name].opens
    assert (found["kind"], found["state"]) == (kind, OPENING_STATE[kind])
    # The matter is there now: the same type cannot open it a second time.
    again = arena.jp.letter(type_name, thread=letter.id)
    (entry,) = await arena.entries(arena.jp.seal(again))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/thread",))


REPLYING = [
    name
    for name, row in TYPES.items()
    if row.replies_to and not row.joins and Role.ACCEPTING in row.senders
]


@pytest.mark.parametrize("type_name", REPLYING)
async def test_what_goes_on_with_one_kind_of_matter_has_no_place_in_another(arena, type_name):
    other = "inquiry.request" if type_name != "inquiry.answer" else "info.share"
    matter = await opened(arena, other)
    letter = arena.jp.letter(type_name, thread=matter.id, in_reply_to=matter.id)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))
    assert await arena.changed() == FINAL


def test_every_type_of_a_matter_is_one_of_those_tried_here():
    tried = {*JOINING, *OPENERS, *REPLYING, *ONE_SIDED, "correction", "withdrawal"}
    assert tried == {name for name, row in TYPES.items() if row.channel is Channel.THREAD}


# --- what counts for one wording, and what fits the question --------------------------------------


NEVER = {"id": new_id(), "header_digest": "sha-256:" + "A" * 43}


@pytest.mark.parametrize("member", NEVER)
async def test_consent_to_another_wording_is_kept_counts_for_nothing_and_calls_a_person(
    arena, kh, member
):
    jp = arena.pair.jp
    body = CATALOGUE.bodies.example("amendment.propose")
    draft = {"type": "amendment.propose", "to": "kh/molvt", "body": body}
    proposal = await jp.desk.send(Draft.from_json(draft), OFFICER)
    (row,) = await facts(jp, "SELECT id, header_digest FROM messages")
    named = row | {member: NEVER[member]}
    body = CATALOGUE.bodies.example("amendment.consent") | {"proposal": named}
    place = {"thread": proposal["thread"], "in_reply_to": proposal["id"]}
    reply = await jp.receiver.receive(
        "kh/molvt", kh.envelope("amendment.consent", body=body, **place)
    )
    assert reply.status == 200
    found = await jp.desk.thread(proposal["id"])
    assert (found["state"], found["attention"]) == ("proposed", "does-not-fit-the-question")
    assert (await jp.desk.message(proposal["id"]))["levels"]["answered"] is None


async def test_more_time_than_was_asked_for_is_kept_and_answers_nothing(arena):
    matter = await opened(arena, "inquiry.request")
    about = await spoken_of(arena, matter, "extension.answer")
    body = {"agreed": True, "due": "2030-01-01T00:00:00Z"}
    letter = arena.jp.letter("extension.answer", body, thread=matter.id, in_reply_to=about)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.message(letter.id))["attention"] == "does-not-fit-the-question"
    assert (await arena.kh.desk.message(about))["levels"]["answered"] is None


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
