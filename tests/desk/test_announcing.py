"""Rotations under traffic: peers learn of each card in turn, and are served with what they know."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from gateway.delivery.cards import take_card
from gateway.delivery.transport import Answer
from gateway.desk import Draft
from gateway.envelope import fingerprint, kids_of, times
from gateway.keyring.renewal import Kind
from gateway.node.setup import load_peers
from gateway.store import own_cards, peers
from gateway.store.alarms import Alarm
from tests.nodes import OFFICER, START, RunningClock, alarms, facts, inquiry, two_nodes, until
from tests.rotor import ALL, Rotor

CARDS = "SELECT state, refusal, jws FROM messages WHERE type = 'card.update' ORDER BY seq"
ASKED = "SELECT jws FROM messages WHERE type = 'inquiry.request' AND direction = 'in'"
ATTEMPTED = "SELECT seq FROM outbox WHERE attempted_at IS NOT NULL"
SENT = "SELECT id, state, jws FROM messages WHERE direction = 'out' ORDER BY seq"


@asynccontextmanager
async def rotors(folder):
    async with two_nodes(folder, clock=RunningClock()) as pair, AsyncExitStack() as stack:
        made = []
        for node in (pair.jp, pair.kh):
            rotor = await Rotor.of(node)
            stack.push_async_callback(rotor.end)
            made.append(rotor)
        yield pair, *made


@pytest.fixture
async def both(tmp_path):
    async with rotors(tmp_path) as made:
        yield made


@pytest.fixture
async def world(both):
    """Both nodes, of which Japan's changes its keys."""
    return both[:2]


async def signer(node, id):
    (row,) = await facts(node, "SELECT jws FROM messages WHERE id = ?", id)
    return kids_of(row["jws"])


async def ask(node, to="kh/molvt"):
    return await node.desk.send(Draft.from_json(inquiry(to)), OFFICER)


async def received(node, view):
    return await node.desk.wait(view["id"], "received", 8)


async def test_a_first_card_is_told_to_nobody(both):
    pair, *_ = both
    await received(pair.jp, await pair.jp.desk.ping("kh/molvt", OFFICER))
    assert await facts(pair.jp, CARDS) == await facts(pair.kh, CARDS) == []


@pytest.mark.parametrize(
    "kinds", [{kind} for kind in Kind] + [ALL], ids=lambda kinds: "+".join(sorted(kinds))
)
async def test_a_new_card_is_told_and_used_once_it_is_receipted(world, kinds):
    pair, jp = world
    old = jp.keys.pairs[0]
    await jp.rotate(*kinds)
    await jp.known_to("kh/molvt")
    (told,) = await facts(pair.jp, CARDS)
    assert (told["state"], kids_of(told["jws"])) == ("delivered", old.kids)
    assert pair.kh.directory.get("jp/isa").keys == jp.keys.card
    view = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await received(pair.jp, view)
    assert await signer(pair.jp, view["id"]) == jp.keys.pairs[0].kids
    (row,) = await facts(pair.jp, "SELECT card_known FROM peers")
    assert row["card_known"] == 2


async def test_both_rotate_again_and_again_while_messages_flow(both):
    _, jp, kh = both
    sent = {jp: [], kh: []}

    async def talk(rotor, to):
        for _ in range(40):
            sent[rotor].append(await rotor.node.desk.ping(to, OFFICER))
            await asyncio.sleep(0.005)

    async def turn(rotor):
        for kinds in (*({kind} for kind in Kind), ALL, ALL):
            await rotor.rotate(*kinds)
            await asyncio.sleep(0.03)

    async with asyncio.TaskGroup() as group:
        for rotor, to in ((jp, "kh/molvt"), (kh, "jp/isa")):
            group.create_task(talk(rotor, to))
            group.create_task(turn(rotor))
    for rotor, to in ((jp, "kh/molvt"), (kh, "jp/isa")):
        await rotor.known_to(to)
        await rotor.node.settled()
        rows = await facts(rotor.node, SENT)
        assert {row["state"] for row in rows} == {"delivered"}
        assert len(rows) > len(sent[rotor])
        assert await alarms(rotor.node) == []
    for rotor, other in ((jp, kh), (kh, jp)):
        came = await facts(
            other.node,
            "SELECT id FROM messages WHERE type = 'ping' AND direction = 'in' ORDER BY seq",
        )
        assert [row["id"] for row in came] == [view["id"] for view in sent[rotor]]


async def test_a_peer_that_is_away_during_two_rotations_learns_both_cards_in_order(world):
    pair, jp = world
    first = jp.keys.pairs[0]
    pair.wire.down.add("kh/molvt")
    views = []
    for _ in range(2):
        await jp.rotate(*ALL)
        views.append(await ask(pair.jp))
    # What is written meanwhile is signed by the pair that the peer knows.
    assert {await signer(pair.jp, view["id"]) for view in views} == {first.kids}
    assert len(await facts(pair.jp, CARDS)) == 1
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    for view in views:
        await received(pair.jp, view)
    await jp.known_to("kh/molvt")
    assert [row["state"] for row in await facts(pair.jp, CARDS)] == ["delivered"] * 2
    assert pair.kh.directory.get("jp/isa").keys.serial == 3
    assert await alarms(pair.jp) == await alarms(pair.kh) == []


@pytest.mark.parametrize("is_revoked", [False, True])
async def test_a_peer_that_knows_an_older_card_can_verify_our_receipts(world, is_revoked):
    pair, jp = world
    pair.wire.down.add("kh/molvt")
    await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0] if is_revoked else "")
    # It reaches us, but we do not reach it.
    pair.wire.down.clear()
    pair.wire.harm = only_to("jp/isa")
    await received(pair.kh, await pair.kh.desk.ping("jp/isa", OFFICER))
    assert await alarms(pair.kh) == []


def only_to(node):
    async def harm(to, body):
        return None if to == node else Answer(503, b"")

    return harm


async def test_a_pair_that_the_peer_told_us_during_an_exchange_proves_its_receipt(both):
    pair, _, kh = both
    told = asyncio.Event()

    async def meanwhile(to, _body):
        if to == "kh/molvt" and not told.is_set():
            told.set()
            await kh.rotate(Kind.MESSAGE)
            await kh.known_to("jp/isa")

    pair.wire.harm = meanwhile
    await received(pair.jp, await pair.jp.desk.ping("kh/molvt", OFFICER))
    assert told.is_set()
    assert await alarms(pair.jp) == []
    assert len([to for to, _ in pair.wire.requests if to == "kh/molvt"]) == 1


async def test_a_receipt_that_crosses_a_revocation_is_asked_for_again_without_an_alarm(both):
    pair, _, kh = both
    old = kh.keys.pairs[0]
    crossed = asyncio.Event()

    async def late(to, answer):
        if to == "kh/molvt" and not crossed.is_set():
            crossed.set()
            await kh.rotate(Kind.MESSAGE, revoked=old.kids[0])
            await kh.known_to("jp/isa")
        return answer

    pair.wire.after = late
    await received(pair.jp, await pair.jp.desk.ping("kh/molvt", OFFICER))
    assert await alarms(pair.jp) == []
    assert len([to for to, _ in pair.wire.requests if to == "kh/molvt"]) == 2


async def test_a_receipt_by_a_pair_that_nobody_told_us_has_the_card_read(both):
    pair, _, kh = both
    # The card comes to be in force over there, and its announcement does not reach us.
    await kh.end()
    await kh.rotate(Kind.MESSAGE, revoked=kh.keys.pairs[0].kids[0])
    pair.kh.directory.replace(
        [replace(each, knows=kh.keys.card) for each in pair.kh.directory.all()]
    )
    await received(pair.jp, await pair.jp.desk.ping("kh/molvt", OFFICER))
    assert await alarms(pair.jp) == [Alarm.NOT_PROOF]
    assert pair.wire.cards_read == ["kh/molvt"]
    assert pair.jp.directory.get("kh/molvt").keys == kh.keys.card


async def test_what_is_known_survives_a_restart(world):
    pair, jp = world
    await jp.rotate(Kind.MESSAGE, Kind.TLS)
    await jp.known_to("kh/molvt")
    await jp.end()
    again = await Rotor.of(await pair.restart(pair.jp))
    try:
        assert again.node.us.pair_for("kh/molvt", START) == jp.keys.pairs[0]
        assert again.node.us.keys.certificate(START) == jp.keys.card.certificates[-1]
        await received(again.node, await again.node.desk.ping("kh/molvt", OFFICER))
        assert len(await facts(again.node, CARDS)) == 1
    finally:
        await again.end()


async def test_a_card_that_a_crash_left_untold_is_told_after_the_restart(world):
    pair, jp = world
    await jp.end()
    await jp.rotate(Kind.MESSAGE)
    again = await Rotor.of(await pair.restart(pair.jp))
    try:
        await again.known_to("kh/molvt")
    finally:
        await again.end()


async def test_the_card_that_revokes_a_pair_is_signed_by_it_and_nothing_else_is(world):
    pair, jp = world
    old = jp.keys.pairs[0]
    pair.wire.down.add("kh/molvt")
    waiting = await ask(pair.jp)
    await until(pair.jp, lambda: facts(pair.jp, ATTEMPTED))
    await jp.rotate(Kind.MESSAGE, revoked=old.kids[0])
    later = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    (told,) = await facts(pair.jp, CARDS)
    assert kids_of(told["jws"]) == old.kids
    assert await signer(pair.jp, later["id"]) == jp.keys.pairs[0].kids
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await received(pair.jp, later)
    await jp.known_to("kh/molvt")
    await pair.jp.settled()
    # What had been attempted was refused for its pair, and then said again under the new one.
    assert (await pair.jp.desk.message(waiting["id"]))["state"] == "refused"
    came = await until(pair.kh, lambda: facts(pair.kh, ASKED))
    assert [kids_of(row["jws"]) for row in came] == [jp.keys.pairs[0].kids]
    assert await alarms(pair.jp) == await alarms(pair.kh) == []


async def test_what_never_left_is_written_anew_at_once_when_its_pair_is_revoked(world):
    pair, jp = world
    old = jp.keys.pairs[0]
    await pair.jp.stop()
    waiting = await ask(pair.jp)
    await jp.rotate(Kind.MESSAGE, revoked=old.kids[0])
    assert (await pair.jp.desk.message(waiting["id"]))["state"] == "cancelled"
    await pair.jp.start()
    came = await until(pair.kh, lambda: facts(pair.kh, ASKED))
    assert [kids_of(row["jws"]) for row in came] == [jp.keys.pairs[0].kids]
    await jp.known_to("kh/molvt")
    assert await alarms(pair.jp) == await alarms(pair.kh) == []


async def test_a_revocation_under_traffic_refuses_nothing(world):
    pair, jp = world
    old = jp.keys.pairs[0]

    async def talk(node, to):
        for _ in range(40):
            await node.desk.ping(to, OFFICER)
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as group:
        group.create_task(talk(pair.jp, "kh/molvt"))
        group.create_task(talk(pair.kh, "jp/isa"))
        await asyncio.sleep(0.05)
        await jp.rotate(Kind.MESSAGE, revoked=old.kids[0])
    await jp.known_to("kh/molvt")

    # Nothing that was said is lost: what was cancelled or refused is said again and comes. What is
    # refused is looked after once the refusal is here, so it may follow a moment later.
    async def is_all_said():
        said = {row["id"]: row["state"] for row in await facts(pair.jp, SENT)}
        again = {row["old_id"] for row in await facts(pair.jp, "SELECT old_id FROM reissues")}
        return {id for id, state in said.items() if state != "delivered"} == again

    await until(pair.jp, is_all_said)
    for node in (pair.jp, pair.kh):
        await node.settled()
        assert await alarms(node) == []
    assert {row["state"] for row in await facts(pair.kh, SENT)} == {"delivered"}
    pings = "SELECT id FROM messages WHERE type = 'ping' AND direction = 'in'"
    assert len(await facts(pair.kh, pings)) == 40


async def test_a_new_card_goes_alone_and_first(world):
    pair, jp = world
    await pair.jp.stop()
    await pair.jp.desk.send(Draft.from_json(inquiry() | {"priority": "emergency"}), OFFICER)
    await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0])
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    for _ in range(3):
        await pair.jp.desk.ping("kh/molvt", OFFICER)
    pair.wire.requests.clear()
    await pair.jp.start()
    await pair.jp.settled()
    bodies = [body for to, body in pair.wire.requests if to == "kh/molvt"]
    assert bodies[0].count(b"\n") == 1
    assert await facts(pair.kh, "SELECT * FROM security_events") == []


async def test_a_card_that_has_not_left_is_not_signed_anew_by_a_pair_nobody_knows(world):
    pair, jp = world
    first = jp.keys.pairs[0]
    await pair.jp.stop()
    for _ in range(2):
        await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0])
        await until(pair.jp, lambda: facts(pair.jp, CARDS))
    (told,) = await facts(pair.jp, CARDS)
    assert (told["state"], kids_of(told["jws"])) == ("queued", first.kids)
    await pair.jp.start()
    await jp.known_to("kh/molvt")
    assert await alarms(pair.kh) == []


async def test_two_revocations_reach_a_peer_that_was_away(world):
    pair, jp = world
    pair.wire.down.add("kh/molvt")
    await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0])
    # Only what is under way is told for itself: two changes at once are one card.
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0])
    view = await pair.jp.desk.ping("kh/molvt", OFFICER)
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await received(pair.jp, view)
    await jp.known_to("kh/molvt")
    assert [row["state"] for row in await facts(pair.jp, CARDS)] == ["delivered"] * 2
    assert await alarms(pair.kh) == []


async def test_what_was_sealed_to_a_key_that_is_gone_is_sealed_anew(world):
    pair, jp = world
    pair.wire.down.add("jp/isa")
    view = await ask(pair.kh, "jp/isa")
    (before,) = await facts(pair.kh, "SELECT kid FROM sealings")
    await jp.rotate(Kind.ENCRYPTION, lose=True)
    assert before["kid"] not in jp.keys.decryption_keys
    pair.wire.down.clear()
    pair.kh.delivery.alive("jp/isa")
    await received(pair.kh, view)
    sealed = await facts(pair.kh, "SELECT kid FROM sealings ORDER BY at, kid")
    assert {row["kid"] for row in sealed} == {before["kid"], *jp.keys.decryption_keys}
    assert await alarms(pair.kh) == []


async def test_an_old_key_opens_what_was_sealed_before_the_peer_knew(world):
    pair, jp = world
    pair.wire.down.add("jp/isa")
    view = await ask(pair.kh, "jp/isa")
    await jp.rotate(Kind.ENCRYPTION)
    pair.wire.down.clear()
    pair.kh.delivery.alive("jp/isa")
    await received(pair.kh, view)
    assert len(await facts(pair.kh, "SELECT kid FROM sealings")) == 1


async def confirm(node, rotor):
    """Confirm a card as an operator does who compared its fingerprint."""
    keys = rotor.keys
    await node.store.write(
        lambda tx: peers.confirm(
            tx,
            keys.card.node,
            fingerprint=fingerprint(keys.card.identity),
            card=keys.card_raw.decode(),
            serial=keys.card.serial,
        )
    )
    node.directory.replace(await node.store.read(load_peers))


async def test_another_identity_is_refused_until_people_have_compared_it(world):
    pair, jp = world
    await jp.rotate_identity()
    await until(pair.jp, lambda: alarms(pair.jp))
    (told,) = await facts(pair.jp, CARDS)
    assert (told["state"], told["refusal"]) == ("refused", "invalid-body")
    assert await alarms(pair.jp) == [Alarm.CARD_REFUSED]
    assert await alarms(pair.kh) == [Alarm.OTHER_IDENTITY]
    # Meanwhile all goes on under the card that was confirmed, both ways.
    await received(pair.jp, await ask(pair.jp))
    await received(pair.kh, await pair.kh.desk.ping("jp/isa", OFFICER))
    assert len(await facts(pair.jp, CARDS)) == 1
    await confirm(pair.kh, jp)
    jp.announcer.offer_again()
    await jp.known_to("kh/molvt")
    await jp.rotate(*ALL)
    await jp.known_to("kh/molvt")
    await received(pair.jp, await pair.jp.desk.ping("kh/molvt", OFFICER))


async def test_a_refused_card_is_offered_again_a_day_later(world):
    pair, jp = world
    await jp.rotate_identity()
    await until(pair.jp, lambda: alarms(pair.jp))
    pair.jp.directory.replace(await pair.jp.store.read(load_peers))
    await asyncio.sleep(0.05)
    assert len(await facts(pair.jp, CARDS)) == 1
    pair.clock.now += 86_400
    pair.jp.directory.replace(await pair.jp.store.read(load_peers))
    await until(pair.jp, lambda: more_than_one(pair.jp))


async def more_than_one(node):
    return len(await facts(node, CARDS)) > 1


async def read_by_itself(pair, jp):
    """Let Cambodia take Japan's newest card, as it does when it meets an unknown key."""
    raw = jp.keys.card_raw
    await pair.kh.store.write(lambda tx: take_card(tx, "jp/isa", raw, times.text(pair.clock())))
    pair.kh.directory.replace(await pair.kh.store.read(load_peers))


async def test_a_peer_that_has_read_a_newer_card_refuses_an_older_one_without_an_alarm(world):
    pair, jp = world
    pair.wire.down.add("kh/molvt")
    await jp.rotate(Kind.MESSAGE)
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    await jp.rotate(Kind.MESSAGE)
    await read_by_itself(pair, jp)
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await jp.known_to("kh/molvt")
    told = [(row["state"], row["refusal"]) for row in await facts(pair.jp, CARDS)]
    assert told == [("refused", "invalid-body"), ("delivered", None)]
    assert await alarms(pair.jp) == await alarms(pair.kh) == []


async def test_a_peer_that_has_read_the_revoking_card_by_itself_is_known_to_have_it(world):
    pair, jp = world
    pair.wire.down.add("kh/molvt")
    await jp.rotate(Kind.MESSAGE, revoked=jp.keys.pairs[0].kids[0])
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    await jp.rotate(Kind.ENCRYPTION)
    await read_by_itself(pair, jp)
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await jp.known_to("kh/molvt")
    told = [(row["state"], row["refusal"]) for row in await facts(pair.jp, CARDS)]
    assert told == [("refused", "key-revoked"), ("delivered", None)]
    await received(pair.kh, await pair.kh.desk.ping("jp/isa", OFFICER))
    assert await alarms(pair.jp) == await alarms(pair.kh) == []


async def test_an_expired_card_is_told_again(world):
    pair, jp = world
    pair.wire.down.add("kh/molvt")
    await jp.rotate(Kind.MESSAGE)
    await until(pair.jp, lambda: facts(pair.jp, CARDS))
    pair.clock.now = START + 31 * 86_400
    pair.jp.delivery.wake("kh/molvt")
    await until(pair.jp, lambda: alarms(pair.jp))
    pair.wire.down.clear()
    pair.jp.delivery.alive("kh/molvt")
    await jp.known_to("kh/molvt")
    states = [(row["state"], row["refusal"]) for row in await facts(pair.jp, CARDS)]
    assert states == [("refused", "expired"), ("delivered", None)]


async def test_a_peer_without_a_key_that_holds_is_told_later(world):
    pair, jp = world
    pair.clock.now = START + 301 * 86_400
    await jp.rotate(Kind.MESSAGE)
    await asyncio.sleep(0.05)
    assert await facts(pair.jp, CARDS) == []


async def test_cards_are_kept_with_who_was_told(world):
    pair, jp = world
    await jp.rotate(Kind.MESSAGE)
    await jp.known_to("kh/molvt")
    newest = await pair.jp.store.read(own_cards.newest)
    assert (newest["serial"], newest["digest"]) == (2, jp.keys.digest)
    assert newest["card"] == jp.keys.card_raw.decode()
    told = await pair.jp.store.read(lambda tx: own_cards.last_update(tx, "kh/molvt"))
    assert (told["serial"], told["state"]) == (2, "delivered")
