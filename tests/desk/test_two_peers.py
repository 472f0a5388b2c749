"""One Japanese node and two peers: each matter stays between the two who have it."""

import copy

import orjson
import pytest

from gateway.catalogue import Register
from gateway.desk import Actor, Draft
from gateway.desk.handing_out import MOST_TRIES
from gateway.envelope import read_envelope, times
from gateway.errors import ConflictError, PolicyError
from gateway.policy import Action, Denied, Request, Subject, Withheld, decide
from gateway.store import registers
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    answer_to,
    changed,
    facts,
    inquiry,
    rows,
    three_nodes,
)
from tests.peer import SimulatedPeer, new_id

CAMBODIA, NEPAL = "kh/molvt", "np/moless"
PAIRS = [(CAMBODIA, NEPAL), (NEPAL, CAMBODIA)]
EACH = pytest.mark.parametrize(("one", "other"), PAIRS, ids=["kh", "np"])
PROFILES = {CAMBODIA: "moc-ssw/kh-jp/2019", NEPAL: "moc-ssw/np-jp/2019"}
SYSTEM = Actor(uid=1002, name="registry")


@pytest.fixture
async def trio(tmp_path):
    async with three_nodes(tmp_path) as trio:
        yield trio


@pytest.fixture
async def still(tmp_path):
    """The three nodes, none of which sends anything."""
    async with three_nodes(tmp_path, start=False) as trio:
        yield trio


def about(text, to):
    draft = copy.deepcopy(inquiry(to=to))
    draft["body"]["reason"] = {"en": text}
    return draft


async def ask(trio, to, text="A question."):
    """Send an inquiry from Japan to one peer and wait until it is there."""
    sent = await trio.jp.desk.send(Draft.from_json(about(text, to)), OFFICER)
    return await trio.jp.desk.wait(sent["id"], "received", 5)


async def ask_and_answer(trio, to):
    """Let a matter between Japan and one peer run to its end."""
    sent = await ask(trio, to)
    peer = trio.wire.nodes[to]
    await peer.desk.fetch(sent["id"], OFFICER)
    await peer.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    return await trio.jp.desk.wait(sent["id"], "answered", 5)


def simulated(trio, name):
    return SimulatedPeer(trio.wire.nodes[name].keys, trio.jp.keys)


async def told(trio, name, letter):
    """Hand Japan's node one letter of a peer; return the outcome and code of its entry."""
    peer = simulated(trio, name)
    reply = await trio.jp.receiver.receive(name, peer.seal(letter) + b"\n")
    entries = orjson.loads(reply.body)["entries"]
    entry = orjson.loads(entries[0])
    return entry["outcome"], entry.get("code")


async def test_both_peers_are_asked_and_answer_each_under_its_own_memorandum(trio):
    for name in (CAMBODIA, NEPAL):
        assert (await ask_and_answer(trio, name))["levels"]["answered"]
    found = await facts(
        trio.jp,
        "SELECT peer, type, clauses FROM messages WHERE type LIKE 'inquiry.%' ORDER BY seq",
    )
    assert [(each["peer"], each["type"], each["clauses"]) for each in found] == [
        (CAMBODIA, "inquiry.request", '["5(7)"]'),
        (CAMBODIA, "inquiry.answer", '["5(7)"]'),
        (NEPAL, "inquiry.request", '["3"]'),
        (NEPAL, "inquiry.answer", '["3"]'),
    ]
    states = await facts(trio.jp, "SELECT peer, state FROM threads WHERE kind = 'inquiry'")
    assert {(each["peer"], each["state"]) for each in states} == {
        (CAMBODIA, "answered"),
        (NEPAL, "answered"),
    }


@EACH
async def test_a_peer_s_store_holds_nothing_of_the_matter_of_the_other(trio, one, other):
    known = {name: await ask_and_answer(trio, name) for name in (CAMBODIA, NEPAL)}
    held = repr(await rows(trio.wire.nodes[one]))
    assert known[one]["id"] in held
    for hidden in (other, known[other]["id"], known[other]["reference"]):
        assert hidden not in held


@EACH
async def test_every_envelope_on_the_wire_goes_to_the_one_it_was_sealed_for(trio, one, other):
    sent = await ask(trio, one)
    carried = [
        (name, envelope.aud)
        for name, body in trio.wire.requests
        for envelope in map(read_envelope, body.splitlines())
        if envelope.jti == sent["id"]
    ]
    assert carried == [(one, one)]
    assert other not in {name for name, _ in trio.wire.requests}


@EACH
async def test_an_envelope_of_one_peer_that_reaches_the_other_is_refused(still, one, other):
    wrong = still.wire.nodes[other]
    raw = SimulatedPeer(still.jp.keys, still.wire.nodes[one].keys).envelope("ping")
    reply = await wrong.receiver.receive("jp/isa", raw + b"\n")
    assert b"received" not in reply.body
    assert await facts(wrong, "SELECT id FROM messages") == []


@EACH
async def test_a_reply_to_the_other_peer_is_refused_before_it_is_signed(trio, one, other):
    sent = await ask(trio, one)
    before = await rows(trio.jp)
    draft = Draft.from_json(answer_to(sent) | {"to": other})
    with pytest.raises(ConflictError, match=f"was exchanged with {one}, not {other}"):
        await trio.jp.desk.send(draft, OFFICER)
    assert changed(before, await rows(trio.jp)) == set()


@EACH
async def test_a_new_matter_with_one_peer_never_names_a_matter_with_the_other(trio, one, other):
    sent = await ask(trio, one)
    before = await rows(trio.jp)
    draft = about("What became of it?", other) | {"in_reply_to": sent["reference"]}
    with pytest.raises(ConflictError, match=f"was exchanged with {one}, not {other}"):
        await trio.jp.desk.send(Draft.from_json(draft), OFFICER)
    assert changed(before, await rows(trio.jp)) == set()


@EACH
async def test_a_peer_that_answers_the_question_put_to_the_other_is_refused(trio, one, other):
    sent = await ask(trio, one)
    letter = simulated(trio, other).letter(
        "inquiry.answer",
        answer_to(sent)["body"],
        profile=PROFILES[other],
        thread=sent["thread"],
        in_reply_to=sent["id"],
        reference=sent["reference"],
    )
    assert await told(trio, other, letter) == ("refused", "unknown-reference")
    view = await trio.jp.desk.message(sent["id"])
    assert view["levels"]["answered"] is None
    assert (await trio.jp.desk.messages("inbox"))["items"] == []


@EACH
async def test_a_peer_cannot_speak_under_the_memorandum_of_the_other(still, one, other):
    letter = simulated(still, one).letter(
        "inquiry.request", profile=PROFILES[other], reference=f"{one[:2].upper()}-2026-000001"
    )
    assert await told(still, one, letter) == ("refused", "not-permitted")


async def test_a_type_that_only_one_memorandum_has_is_refused_here_and_there(still):
    letter = simulated(still, NEPAL).letter("sending-org.approval", profile=PROFILES[NEPAL])
    assert await told(still, NEPAL, letter) == ("refused", "unknown-type")
    draft = {"type": "suspension.notice", "to": NEPAL}
    body = CATALOGUE.bodies.example("suspension.notice")
    before = await rows(still.jp)
    with pytest.raises(PolicyError, match="not in use"):
        await still.jp.desk.send(Draft.from_json(draft | {"body": body}), OFFICER)
    assert changed(before, await rows(still.jp)) == set()


async def test_one_id_from_two_peers_is_two_messages(still):
    id = new_id()
    for name in (CAMBODIA, NEPAL):
        reference = f"{name[:2].upper()}-2026-000001"
        letter = simulated(still, name).letter(
            "inquiry.request", id=id, profile=PROFILES[name], reference=reference
        )
        assert await told(still, name, letter) == ("received", None)
    found = await facts(still.jp, "SELECT peer, id, thread FROM messages ORDER BY peer")
    assert [(each["peer"], each["id"]) for each in found] == [(CAMBODIA, id), (NEPAL, id)]
    threads = await facts(still.jp, "SELECT peer FROM threads WHERE kind = 'inquiry'")
    assert {each["peer"] for each in threads} == {CAMBODIA, NEPAL}
    for name in (CAMBODIA, NEPAL):
        view = await still.jp.desk.fetch(f"{name[:2].upper()}-2026-000001", OFFICER)
        assert view["peer"] == name
    with pytest.raises(ConflictError, match="more than one message"):
        await still.jp.desk.fetch(id, OFFICER)


@pytest.mark.clause("3")
async def test_what_one_peer_sent_may_not_be_shown_to_the_other(still):
    letter = simulated(still, CAMBODIA).letter("inquiry.request")
    await told(still, CAMBODIA, letter)
    for audience, reason in ((NEPAL, Denied.NO_CONSENT), ("np/embassy-tokyo", Denied.NO_CONSENT)):
        for action in (Action.SHOW, Action.SEND, Action.DISCLOSE, Action.EXPORT):
            decision = decided(letter, audience, action)
            assert isinstance(decision, Withheld)
            assert decision.reason is reason
    # The Japanese signatories are on the side that received it, under this memorandum too.
    assert not isinstance(decided(letter, "jp/npa", Action.SHOW), Withheld)


def decided(letter, audience, action):
    header = orjson.loads(letter.payload)
    subject = Subject(
        message_id=letter.id,
        header_digest=letter.header_digest,
        profile=header["profile"],
        sender=header["from"],
        recipient=header["to"],
        marking=header["marking"],
    )
    request = Request(
        action=action,
        subject=subject,
        holder="jp/isa",
        audience=audience,
        now=times.parse(header["created"]),
    )
    return decide(request, CATALOGUE.parties)


async def test_lists_and_searches_show_each_message_with_its_peer(still):
    for name, text in ((CAMBODIA, "The red folder."), (NEPAL, "A red lantern.")):
        await still.jp.desk.send(Draft.from_json(about(text, name)), OFFICER)
    for name in (CAMBODIA, NEPAL):
        page = await still.jp.desk.messages("outbox", peer=name)
        assert {each["peer"] for each in page["items"]} == {name}
    page = await still.jp.desk.searching.find(["red"], OFFICER)
    assert {each["peer"] for each in page["items"]} == {CAMBODIA, NEPAL}
    (view,) = (await still.jp.desk.searching.find(["lantern"], OFFICER))["items"]
    assert view["peer"] == NEPAL


async def test_a_consumer_stuck_at_one_peer_goes_on_with_the_other(still):
    for name in (CAMBODIA, NEPAL):
        reference = f"{name[:2].upper()}-2026-000001"
        letter = simulated(still, name).letter(
            "inquiry.request", profile=PROFILES[name], reference=reference
        )
        await told(still, name, letter)
    consumers = still.jp.desk.consumers

    async def take():
        answer = await consumers.next("registry", SYSTEM, limit=10, from_start=True)
        return [item["message"] for item in answer["items"]]

    first, second = await take()
    assert (first["peer"], second["peer"]) == (CAMBODIA, NEPAL)
    await consumers.acknowledge("registry", [second["id"]], SYSTEM)
    for _ in range(MOST_TRIES):
        await take()
    letter = simulated(still, NEPAL).letter(
        "inquiry.request", profile=PROFILES[NEPAL], reference="NP-2026-000002"
    )
    await told(still, NEPAL, letter)
    assert [view["peer"] for view in await take()] == [NEPAL]


async def test_an_answer_is_due_by_the_working_days_of_whoever_owes_it(still):
    # From Monday 21 September 2026: Constitution Day, Pchum Ben, the mourning of 15 October and the
    # coronation of the 29th here; Dashain there, where Sundays are working days.
    due = {}
    for name in (CAMBODIA, NEPAL):
        sent = await still.jp.desk.send(Draft.from_json(about("A question.", name)), OFFICER)
        due[name] = sent["due"]
    assert due == {CAMBODIA: "2026-10-30T14:13:20Z", NEPAL: "2026-10-27T14:13:20Z"}


async def test_the_registers_of_two_peers_are_two(still):
    for name in (CAMBODIA, NEPAL):
        letter = simulated(still, name).letter(
            "intermediary.report",
            profile=PROFILES[name],
            reference=f"{name[:2].upper()}-2026-000001",
        )
        assert await told(still, name, letter) == ("received", None)
    entry = CATALOGUE.bodies.example("intermediary.report")["entry"]
    for name in (CAMBODIA, NEPAL):
        found = await still.jp.store.read(
            lambda tx, name=name: registers.page(tx, name, Register.INTERMEDIARIES, limit=10)
        )
        assert [(each.peer, each.entry) for each in found] == [(name, f"{name[:2]}.{entry}")]


@EACH
async def test_both_ends_await_the_reading_of_a_message_by_the_same_time(trio, one, other):
    sent = await ask(trio, one)
    here = await trio.jp.desk.message(sent["id"])
    there = await trio.wire.nodes[one].desk.message(sent["id"])
    for level in ("handed-over", "accepted", "answered"):
        assert here["deadlines"][level] == there["deadlines"][level]
