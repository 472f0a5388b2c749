"""What the two sides tell each other of organisations, dispatch and certificates, end to end."""

import orjson
import pytest

from gateway.catalogue import TYPES, Role
from gateway.catalogue.kinds import Level
from gateway.catalogue.list_digest import line, set_digest
from gateway.desk import Draft
from gateway.envelope import Environment, Outcome, base64url, read_receipt
from gateway.errors import InvalidError, PolicyError, RefusalCode
from gateway.policy import parse_marking
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, answer_to, changed, facts, rows
from tests.peer import SimulatedPeer

NODES = {"jp": "jp/isa", "kh": "kh/molvt"}
OTHER = {"jp": "kh", "kh": "jp"}
TOLD = [
    pytest.param("sending-org.approval", "kh", marks=pytest.mark.clause("5(1)")),
    pytest.param("sending-org.change", "kh", marks=pytest.mark.clause("5(1)")),
    pytest.param("sending-org.list", "kh", marks=pytest.mark.clause("5(1)")),
    pytest.param("dispatch.statistics", "kh", marks=pytest.mark.clause("5(2)")),
    pytest.param("certification.notice", "kh", marks=pytest.mark.clause("5(3)")),
    pytest.param("sending-org.guidance", "kh", marks=pytest.mark.clause("5(4)")),
    pytest.param("sending-org.suspension", "kh", marks=pytest.mark.clause("5(4)")),
    pytest.param("sending-org.revocation", "kh", marks=pytest.mark.clause("5(4)")),
    pytest.param("sending-org.reinstatement", "kh", marks=pytest.mark.clause("5(4)")),
    pytest.param("dispatch.anomaly", "jp", marks=pytest.mark.clause("6(1)")),
    pytest.param("measure.notice", "jp", marks=pytest.mark.clause("6(4)")),
    pytest.param("support-org.list", "jp", marks=pytest.mark.clause("6(4)")),
]
# What has to be told before, or it would be an odd thing to say and wait for a person's eye.
FIRST = {
    "sending-org.change": ["sending-org.approval"],
    "sending-org.guidance": ["sending-org.approval"],
    "sending-org.suspension": ["sending-org.list"],
    "sending-org.revocation": ["sending-org.approval"],
    "sending-org.reinstatement": ["sending-org.list", "sending-org.suspension"],
}
TO_PUBLISH = [param.values for param in TOLD if TYPES[param.values[0]].publish]
CONFIRMED = [
    pytest.param("sending-org.approval", "kh", "sending-orgs", marks=pytest.mark.clause("6(2)")),
    pytest.param("sending-org.revocation", "kh", "sending-orgs", marks=pytest.mark.clause("6(3)")),
    pytest.param("measure.notice", "jp", "measures", marks=pytest.mark.clause("5(6)")),
    pytest.param("support-org.list", "jp", "support-orgs", marks=pytest.mark.clause("5(6)")),
]
# A type, the side that may say it, and the side that may not.
ONE_SIDED = [
    *((name, "kh", "jp") for name, row in TYPES.items() if row.senders == {Role.SENDING}),
    *((name, "jp", "kh") for name, row in TYPES.items() if row.senders == {Role.ACCEPTING}),
]


def draft(type_name, **members):
    body = CATALOGUE.bodies.example(type_name)
    return Draft.from_json({"type": type_name, "body": body} | members)


async def told(pair, type_name, side, **members):
    """Send a message from one side and let the other side read it."""
    us, them = getattr(pair, side).desk, getattr(pair, OTHER[side]).desk
    place = {} if "in_reply_to" in members else {"to": NODES[OTHER[side]]}
    sent = await us.send(draft(type_name, **place, **members), OFFICER)
    await us.wait(sent["id"], "received", 5)
    return await them.fetch(sent["id"], OFFICER)


async def header(pair, id):
    """Return the signed header of a message that has arrived."""
    found = [await facts(node, "SELECT jws FROM messages WHERE id = ?", id) for node in pair.opened]
    return orjson.loads(base64url.decode(orjson.loads(found[0][0]["jws"])["payload"]))


async def states(pair, id):
    return [(await node.desk.thread(id))["state"] for node in (pair.jp, pair.kh)]


@pytest.mark.parametrize(("name", "side"), TOLD)
async def test_what_one_side_tells_arrives_whole_and_is_accepted(pair, name, side):
    for earlier in FIRST.get(name, ()):
        await told(pair, earlier, side)
    got = await told(pair, name, side)
    assert got["content"]["body"] == CATALOGUE.bodies.example(name)
    assert (got["type"], got["attention"]) == (name, None)
    role = Role.SENDING if side == "kh" else Role.ACCEPTING
    assert (await header(pair, got["id"]))["clauses"] == list(TYPES[name].clauses[role])
    await getattr(pair, OTHER[side]).desk.accept(got["id"], OFFICER)
    seen = await getattr(pair, side).desk.wait(got["id"], "accepted", 5)
    assert seen["levels"]["accepted"] is not None
    assert await states(pair, got["id"]) == ["accepted", "accepted"]


@pytest.mark.parametrize(("name", "side"), TO_PUBLISH)
async def test_what_is_public_is_marked_so_and_what_concerns_persons_is_not(pair, name, side):
    got = await told(pair, name, side)
    marking = parse_marking((await header(pair, got["id"]))["marking"], originator_country=side)
    row = TYPES[name]
    assert marking.level is Level.PUBLIC
    assert marking.publish.fields == row.publish
    closer = {part.pointer: part.level for part in marking.granular}
    assert closer == {
        pointer: level
        for pointer, level in row.parts.items()
        if pointer[1:] in got["content"]["body"]
    }


@pytest.mark.parametrize(("name", "side", "register"), CONFIRMED)
async def test_what_was_published_is_confirmed_with_place_and_time(pair, name, side, register):
    got = await told(pair, name, side)
    them = OTHER[side]
    body = CATALOGUE.bodies.example("publication.confirm") | {"register": register}
    confirmed = await told(pair, "publication.confirm", them, in_reply_to=got["id"], body=body)
    assert confirmed["content"]["body"]["place"] == body["place"]
    assert confirmed["content"]["body"]["at"] == body["at"]
    assert await states(pair, got["id"]) == ["published", "published"]
    seen = await getattr(pair, side).desk.message(got["id"])
    assert seen["levels"]["answered"] is not None


@pytest.mark.clause("5(1)")
async def test_whoever_approved_confirms_its_own_publication_and_is_not_answered_by_it(pair):
    got = await told(pair, "sending-org.approval", "kh")
    confirmed = await told(pair, "publication.confirm", "kh", in_reply_to=got["id"])
    assert (confirmed["thread"], confirmed["attention"]) == (got["thread"], None)
    assert await states(pair, got["id"]) == ["notified", "notified"]
    assert (await pair.kh.desk.message(got["id"]))["levels"]["answered"] is None


@pytest.mark.parametrize(("name", "side", "register"), CONFIRMED)
async def test_what_is_not_published_needs_a_reason_and_ends_the_matter(pair, name, side, register):
    got = await told(pair, name, side)
    them = getattr(pair, OTHER[side])
    body = {"action": "not-published", "register": register}
    await them.settled()
    before = await rows(them)
    with pytest.raises(InvalidError) as caught:
        await them.desk.send(
            draft("publication.confirm", in_reply_to=got["id"], body=body), OFFICER
        )
    assert [problem.where for problem in caught.value.problems] == ["/reason"]
    assert changed(before, await rows(them)) == set()
    body["reason"] = {"code": "law", "text": {"en": "A court has forbidden it."}}
    await told(pair, "publication.confirm", OTHER[side], in_reply_to=got["id"], body=body)
    assert await states(pair, got["id"]) == ["declined", "declined"]


async def test_a_list_in_parts_is_one_matter(pair):
    body = CATALOGUE.bodies.example("sending-org.list")
    more = CATALOGUE.bodies.example("list.part")["entries"]
    whole = {entry: line(entry, said) for entry, said in {**body["entries"], **more}.items()}
    body |= {"parts": 2, "count": len(whole), "set_digest": set_digest(whole)}
    opening = await told(pair, "sending-org.list", "kh", body=body)
    part = await told(pair, "list.part", "kh", in_reply_to=opening["id"])
    assert part["thread"] == opening["thread"]
    assert await states(pair, opening["id"]) == ["notified", "notified"]
    assert (await pair.kh.desk.message(opening["id"]))["levels"]["answered"] is None


@pytest.mark.clause("5(2)")
async def test_a_worker_who_came_by_another_way_is_asked_about_and_explained(pair):
    got = await told(pair, "dispatch.anomaly", "jp")
    marking = parse_marking((await header(pair, got["id"]))["marking"], originator_country="jp")
    assert {part.pointer: part.level for part in marking.granular} == {"/person": Level.RESTRICTED}
    assert "personal-data" in marking.caveats
    await told(pair, "dispatch.explanation", "kh", in_reply_to=got["id"])
    assert await states(pair, got["id"]) == ["concluded", "concluded"]


@pytest.mark.clause("5(3)")
@pytest.mark.clause("6(1)")
async def test_a_certificate_is_verified_by_an_inquiry(pair):
    asked = await told(pair, "inquiry.request", "jp")
    assert asked["content"]["body"]["inquiry_type"] == "certification"
    answer = answer_to(asked)["body"]
    answered = await told(pair, "inquiry.answer", "kh", in_reply_to=asked["id"], body=answer)
    assert answered["content"]["body"] == answer
    assert await states(pair, asked["id"]) == ["answered", "answered"]


@pytest.mark.parametrize(("name", "_", "wrong"), ONE_SIDED)
async def test_A103_what_is_the_other_sides_to_say_is_refused_here_and_changes_nothing(
    pair, name, _, wrong
):
    us = getattr(pair, wrong)
    before = await rows(us)
    with pytest.raises(PolicyError):
        await us.desk.send(draft(name, to=NODES[OTHER[wrong]]), OFFICER)
    assert changed(before, await rows(us)) == set()


@pytest.mark.parametrize(("name", "_", "wrong"), ONE_SIDED)
async def test_A103_what_is_the_other_sides_to_say_is_refused_on_arrival(pair, name, _, wrong):
    us = getattr(pair, OTHER[wrong])
    liar = SimulatedPeer(getattr(pair, wrong).keys, us.keys)
    before = await rows(us)
    reply = await us.receiver.receive(NODES[wrong], liar.envelope(name))
    receipt = read_receipt(
        reply.body,
        from_=NODES[OTHER[wrong]],
        to=NODES[wrong],
        environment=Environment.TEST,
        pairs=lambda kids: us.keys.message.public,
    )
    ((_, entry),) = receipt.entries
    assert entry.outcome is Outcome.REFUSED
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/type",))
    assert not entry.retryable
    assert changed(before, await rows(us)) == FINAL
