"""After a revocation: what waits under the revoked pair is issued anew, whole and in its order."""

from dataclasses import replace

import pytest

from gateway.catalogue import type_of
from gateway.desk import Draft
from gateway.envelope import KeyValidity, SigningPair, kids_of, read_envelope, times
from gateway.node.setup import load_peers
from gateway.store.alarms import Alarm
from tests.nodes import (
    OFFICER,
    START,
    alarms,
    answer_to,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)
from tests.peer import lines


@pytest.fixture
async def pair(tmp_path):
    """Two nodes; Japan's sends nothing yet."""
    async with two_nodes(tmp_path, start=False) as pair:
        await pair.kh.start()
        yield pair


def send(node, **changes):
    to = "kh/molvt" if node.us.node == "jp/isa" else "jp/isa"
    return node.desk.send(Draft.from_json(inquiry(to=to, **changes)), OFFICER)


def remind(node, view):
    body = {"text": {"en": "Please answer."}}
    draft = Draft(type="reminder", in_reply_to=view["id"], body=body)
    return node.desk.send(draft, OFFICER)


async def revoke(pair, node=None):
    """Let another message pair sign for a node from now on; return the old one's key ids."""
    node, other = node or pair.jp, pair.kh if node in (None, pair.jp) else pair.jp
    keys, old = node.keys, node.keys.message
    keys.card()
    keys.message = SigningPair.generate()
    holding = KeyValidity(
        not_before=times.text(START - 600), not_after=times.text(START + 300 * 86_400)
    )
    over = replace(holding, revoked_at=times.text(START))
    keys.next_card(message_pairs=((keys.message.public, holding), (old.public, over)))
    node.us.keys.replace(keys.key_set(), is_forced=False)
    await other.store.write(
        lambda tx: tx._database.execute(
            "UPDATE peers SET card = :card, keys = :card, keys_serial = :serial",
            {"card": keys.card().decode(), "serial": keys.serial},
        )
    )
    other.directory.replace(await other.store.read(load_peers))
    return set(old.kids)


def reissue(node, kids):
    return node.desk.queue.reissue_signed_by(kids, OFFICER)


async def signers(node, ids):
    found = await facts(node, "SELECT id, jws FROM messages WHERE direction = 'out'")
    jws = {row["id"]: row["jws"] for row in found}
    return [set(kids_of(jws[id])) for id in ids]


def offered(pair, to="kh/molvt"):
    return [
        read_envelope(line).jti
        for node, body in pair.wire.requests
        if node == to
        for line in lines(body)
    ]


async def state(node, id):
    return (await node.desk.message(id))["state"]


async def test_what_never_left_is_issued_anew_in_its_order_and_arrives(pair):
    sent = [await send(pair.jp, priority=each) for each in ("routine", "emergency", "routine")]
    kids = await revoke(pair)
    done = await reissue(pair.jp, kids)
    assert [old for old, _ in done] == [each["id"] for each in sent]
    new = [new for _, new in done]
    assert await signers(pair.jp, new) == [set(pair.jp.keys.message.kids)] * 3
    assert [await state(pair.jp, each["id"]) for each in sent] == ["cancelled"] * 3
    await pair.jp.start()
    await pair.jp.settled()
    assert offered(pair) == [new[1], new[0], new[2]]
    assert [await state(pair.jp, id) for id in new] == ["delivered"] * 3
    records = await facts(pair.jp, "SELECT subject FROM evidence WHERE fact = 'issued-anew'")
    assert [row["subject"] for row in records] == new


async def test_a_chain_keeps_its_order_and_speaks_of_its_new_names(pair):
    """A question, a reminder of it, a correction and its own correction, all still queued."""
    asked = await send(pair.jp)
    reminder = await remind(pair.jp, asked)
    corrections = []
    for text in ("First.", "Second."):
        body = {"reason": {"en": text}, "body": inquiry()["body"]}
        draft = Draft(type="correction", in_reply_to=asked["id"], body=body)
        corrections.append(await pair.jp.desk.send(draft, OFFICER))
    old = [asked, reminder, *corrections]
    done = dict(await reissue(pair.jp, await revoke(pair)))
    assert list(done) == [each["id"] for each in old]
    new = [await pair.jp.desk.message(done[each["id"]]) for each in old]
    assert {each["thread"] for each in new} == {new[0]["id"]}
    assert {each["reference"] for each in new} == {"JP-2026-000002"}
    assert [each["in_reply_to"] for each in new[1:]] == [new[0]["id"]] * 3
    assert await alarms(pair.jp) == []
    assert new[0]["superseded_by"] == new[2]["id"]
    assert new[2]["superseded_by"] == new[3]["id"]
    await pair.jp.start()
    await pair.jp.settled()
    assert offered(pair) == [each["id"] for each in new]
    states = await facts(pair.kh, "SELECT state, attention FROM threads")
    assert states == [{"state": "requested", "attention": None}]
    received = await facts(pair.kh, "SELECT attention FROM messages WHERE direction = 'in'")
    assert [row["attention"] for row in received] == [None] * 4


async def test_what_waits_behind_under_another_pair_comes_along(pair):
    asked = await send(pair.jp)
    kids = await revoke(pair)
    reminder = await remind(pair.jp, asked)
    alone = await send(pair.jp)
    done = dict(await reissue(pair.jp, kids))
    assert list(done) == [asked["id"], reminder["id"]]
    assert await state(pair.jp, alone["id"]) == "queued"
    view = await pair.jp.desk.message(done[reminder["id"]])
    assert (view["thread"], view["in_reply_to"]) == (done[asked["id"]], done[asked["id"]])
    await pair.jp.start()
    await pair.jp.settled()
    assert offered(pair).index(view["thread"]) < offered(pair).index(view["id"])


async def test_answers_and_acknowledgements_move_the_matter_once_more(pair):
    asked = await send(pair.jp)
    await pair.jp.start()
    await pair.jp.settled()
    await pair.kh.stop()
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    draft = answer_to(asked)
    draft["body"]["final"] = False
    part = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    before = await pair.kh.desk.message(asked["id"])
    done = await reissue(pair.kh, await revoke(pair, pair.kh))
    assert [type_of((await pair.kh.desk.message(new))["type"]).name for _, new in done] == [
        "acknowledgement.handed-over",
        "acknowledgement.accepted",
        "inquiry.answer",
        "inquiry.answer",
    ]
    assert {part["id"], answer["id"]} <= {old for old, _ in done}
    assert await pair.kh.desk.message(asked["id"]) == before
    assert (await pair.kh.desk.thread(asked["id"]))["state"] == "answered"
    await pair.kh.start()
    await pair.jp.desk.wait(asked["id"], "answered", 5)
    view = await pair.jp.desk.message(asked["id"])
    assert all(view["levels"][level] for level in ("handed-over", "accepted", "answered"))
    assert (await pair.jp.desk.thread(asked["id"]))["attention"] is None


async def test_what_was_attempted_waits_for_the_entry_of_the_peer(pair):
    first = await send(pair.jp)
    pair.wire.down.add("kh/molvt")
    await pair.jp.start()

    async def tried():
        return (await pair.jp.desk.message(first["id"]))["attempts"]

    await until(pair.jp, tried)
    await pair.jp.stop()
    reminder = await remind(pair.jp, first)
    second = await send(pair.jp)
    kids = await revoke(pair)
    done = dict(await reissue(pair.jp, kids))
    assert list(done) == [reminder["id"], second["id"]]
    assert await state(pair.jp, first["id"]) == "queued"
    pair.wire.down.clear()
    pair.clock.now += 60
    await pair.jp.start()

    async def refused():
        return await state(pair.jp, first["id"]) == "refused"

    await until(pair.jp, refused)
    assert (await pair.jp.desk.message(first["id"]))["refusal"] == "key-revoked"
    anew = await pair.jp.desk.queue.retry(first["id"], OFFICER)
    await pair.jp.desk.wait(anew["id"], "received", 5)


async def test_doing_it_twice_changes_nothing_more(pair):
    await send(pair.jp)
    kids = await revoke(pair)
    await reissue(pair.jp, kids)
    before = await rows(pair.jp)
    assert await reissue(pair.jp, kids) == []
    assert await rows(pair.jp) == before


async def test_a_message_of_a_matter_that_went_on_is_cancelled_with_an_alarm(pair):
    """Our answer waits; Japan withdraws the question meanwhile."""
    asked = await send(pair.jp)
    await pair.jp.start()
    await pair.jp.settled()
    await pair.kh.stop()
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    withdrawal = Draft(
        type="withdrawal", in_reply_to=asked["id"], body={"reason": {"en": "By mistake."}}
    )
    await pair.jp.desk.send(withdrawal, OFFICER)
    await pair.jp.settled()
    assert (await pair.kh.desk.thread(asked["id"]))["state"] == "withdrawn"
    done = await reissue(pair.kh, await revoke(pair, pair.kh))
    assert answer["id"] not in dict(done)
    assert await state(pair.kh, answer["id"]) == "cancelled"
    assert await alarms(pair.kh) == [Alarm.NOT_ISSUED_ANEW]
    assert (await pair.kh.desk.thread(asked["id"]))["state"] == "withdrawn"
    assert (await pair.kh.desk.message(asked["id"]))["levels"]["answered"] is None


async def test_a_peer_without_a_key_holds_up_its_own_messages_alone(pair):
    sent = await send(pair.jp)
    kids = await revoke(pair)
    pair.clock.now += 299 * 86_400
    pair.clock.now += 2 * 86_400
    done = await reissue(pair.jp, kids)
    assert done == []
    assert await state(pair.jp, sent["id"]) == "queued"
    assert await alarms(pair.jp) == [Alarm.NOT_ISSUED_ANEW]


async def test_a_card_that_is_not_in_force_any_more_is_cancelled_and_said_by_nobody(pair):
    card = Draft(type="card.update", to="kh/molvt", body={"card": pair.jp.us.card.decode()})
    sent = await pair.jp.desk.send(card, OFFICER)
    kids = await revoke(pair)
    assert await reissue(pair.jp, kids) == []
    assert await state(pair.jp, sent["id"]) == "cancelled"
    assert await alarms(pair.jp) == []


async def test_what_is_queued_while_it_is_being_signed_keeps_its_place_behind(pair):
    asked = await send(pair.jp)
    kids = await revoke(pair)
    original, late = pair.jp.desk.queue._reissue.compose, []

    async def compose(seq, names=None):
        anew = await original(seq, names)
        if not late:
            late.append(await remind(pair.jp, asked))
        return anew

    pair.jp.desk.queue._reissue.compose = compose
    done = dict(await reissue(pair.jp, kids))
    assert list(done) == [asked["id"], late[0]["id"]]
    assert (await pair.jp.desk.message(done[late[0]["id"]]))["thread"] == done[asked["id"]]
    assert len(await facts(pair.jp, "SELECT id FROM messages WHERE state = 'queued'")) == 2


async def test_what_leaves_while_it_is_being_signed_stays_what_it_is(pair):
    asked = await send(pair.jp)
    kids = await revoke(pair)
    original, gone = pair.jp.desk.queue._reissue.compose, []

    async def compose(seq, names=None):
        anew = await original(seq, names)
        if not gone:
            gone.append(seq)
            await pair.jp.store.write(
                lambda tx: tx._database.execute(
                    "UPDATE outbox SET attempted_at = ?", (times.text(START),)
                )
            )
        return anew

    pair.jp.desk.queue._reissue.compose = compose
    assert await reissue(pair.jp, kids) == []
    assert await state(pair.jp, asked["id"]) == "queued"
    assert await facts(pair.jp, "SELECT * FROM reissues") == []
