"""What leaves when, what happens on failures, and how a message ends."""

import asyncio

import orjson
import pytest

from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.delivery.transport import Answer, PinError
from gateway.desk import Draft
from gateway.envelope import DecryptionKey, digest, read_envelope, times
from gateway.errors import RefusalCode, TransientError
from gateway.store.alarms import Alarm
from tests.nodes import (
    OFFICER,
    START,
    RunningClock,
    alarms,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines


@pytest.fixture
async def pair(tmp_path):
    """Two nodes, neither sending yet, at a time that stands still."""
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair


@pytest.fixture
async def running(tmp_path):
    """Two nodes, neither sending yet, at a time that runs on."""
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        yield pair


def send(pair, **changes):
    return pair.jp.desk.send(Draft.from_json(inquiry(**changes)), OFFICER)


def ping(node, to, note):
    return node.desk.send(Draft(type="ping", to=to, body={"note": note}), OFFICER)


def ids(request):
    return [read_envelope(line).jti for line in lines(request[1])]


def requests(pair):
    return [ids(request) for request in pair.wire.requests if request[0] == "kh/molvt"]


def down(pair):
    async def harm(node, body):
        raise TransientError("no way through")

    pair.wire.harm = harm


def heal(pair):
    pair.wire.harm = None


# --- order ---------------------------------------------------------------------------------


async def test_different_threads_leave_in_one_batch_urgent_ones_first(pair):
    priorities = ["routine", "urgent", "emergency", "routine", "urgent"]
    sent = [(await send(pair, priority=priority))["id"] for priority in priorities]
    await pair.jp.start()
    await pair.jp.settled()
    assert requests(pair) == [[sent[2], sent[1], sent[4], sent[0], sent[3]]]


async def test_one_thread_leaves_one_after_another(pair):
    sent = [(await ping(pair.jp, "kh/molvt", f"{n}"))["id"] for n in range(4)]
    await pair.jp.start()
    await pair.jp.settled()
    assert requests(pair) == [[id] for id in sent]


async def test_an_immediate_message_overtakes_its_thread_and_everything_urgent(pair):
    first = await ping(pair.jp, "kh/molvt", "first")
    second = await ping(pair.jp, "kh/molvt", "second")
    urgent = await send(pair, priority="emergency")
    card = Draft(type="card.update", to="kh/molvt", body={"card": pair.jp.us.card.decode()})
    overtaking = await pair.jp.desk.send(card, OFFICER)
    await pair.jp.start()
    await pair.jp.settled()
    assert requests(pair) == [[overtaking["id"], urgent["id"], first["id"]], [second["id"]]]


async def test_a_backlog_leaves_in_batches_of_at_most_64(pair):
    for _ in range(70):
        await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    assert [len(request) for request in requests(pair)] == [64, 6]
    assert len(await facts(pair.kh, "SELECT id FROM messages WHERE direction = 'in'")) == 70


async def test_a_message_that_is_not_settled_holds_up_its_thread_only(running):
    pings = [(await ping(running.jp, "kh/molvt", f"{n}"))["id"] for n in range(2)]
    kh = SimulatedPeer(running.kh.keys, running.jp.keys)

    async def harm(_, body):
        busy = [line for line in lines(body) if read_envelope(line).jti == pings[0]]
        if not busy:
            return None
        return kh.receipt([kh.entry(line, RefusalCode.BUSY) for line in busy])

    running.wire.harm = harm
    await running.jp.start()
    other = await send(running)
    await running.jp.desk.wait(other["id"], "received", 5)
    assert pings[1] not in {id for request in requests(running) for id in request}
    heal(running)
    await running.jp.settled()


# --- failures ------------------------------------------------------------------------------


async def test_the_same_bytes_leave_at_each_attempt(running):
    down(running)
    await send(running)
    await running.jp.start()
    await until(running.jp, lambda: at_least(running, 4))
    heal(running)
    await running.jp.settled()
    assert len({body for _, body in running.wire.requests}) == 1


async def at_least(pair, number):
    return len(pair.wire.requests) >= number


async def test_an_attempt_is_on_the_disk_before_its_first_byte_leaves(pair):
    sent = await send(pair)
    seen = []

    async def harm(node, body):
        seen.extend(await facts(pair.jp, "SELECT attempted_at FROM outbox"))
        seen.append((await pair.jp.desk.message(sent["id"]))["attempts"])

    pair.wire.harm = harm
    await pair.jp.start()
    await pair.jp.settled()
    assert seen == [{"attempted_at": times.text(START)}, 1]


async def test_while_the_peer_is_down_one_probe_goes_out_and_afterwards_everything(running):
    down(running)
    for _ in range(10):
        await send(running)
    await running.jp.start()
    await until(running.jp, lambda: at_least(running, 4))
    sizes = [len(request) for request in requests(running)]
    assert sizes[0] == 10
    assert set(sizes[1:]) == {1}
    heal(running)
    await running.jp.settled()
    assert len(await facts(running.kh, "SELECT id FROM messages")) == 10
    assert len(requests(running)[-1]) == 9


async def link(pair):
    (row,) = await facts(pair.jp, "SELECT failures, next_attempt FROM peers")
    return row["failures"], row["next_attempt"]


async def failed(pair, number):
    return (await link(pair))[0] >= number


async def test_the_waiting_time_is_kept_over_a_restart(tmp_path):
    policy = Policy(backoff=Backoff(base=1000.0, cap=1000.0))
    async with two_nodes(tmp_path, start=False, policy=policy) as pair:
        down(pair)
        sent = await send(pair)
        await pair.jp.start()
        await until(pair.jp, lambda: failed(pair, 1))
        kept = await link(pair)
        assert START < kept[1] <= START + 1000
        heal(pair)
        again = await pair.restart(pair.jp)
        await ping(again, "kh/molvt", "wakes the sender")
        assert await link(pair) == kept
        assert len(pair.wire.requests) == 1
        pair.clock.now = kept[1] + 1
        again.delivery.wake("kh/molvt")
        await again.desk.wait(sent["id"], "received", 5)
        assert (await link(pair)) == (0, 0.0)


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(300.0, 300.0, 310.0), (1e12, 900.0, 910.0), (None, 0.0, 10.0)]
)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_F40_retry_after_is_honoured_up_to_the_cap(tmp_path, status, asked, least, most):
    policy = Policy(backoff=Backoff(base=10.0, cap=900.0))
    async with two_nodes(tmp_path, start=False, policy=policy) as pair:
        await send(pair)

        async def harm(node, body):
            return Answer(status, b"", asked)

        pair.wire.harm = harm
        await pair.jp.start()
        await until(pair.jp, lambda: failed(pair, 1))
        _, when = await link(pair)
        assert START + least <= when <= START + most


async def test_a_sign_of_life_of_the_peer_wakes_what_waits(tmp_path):
    policy = Policy(backoff=Backoff(base=10_000.0, cap=10_000.0))
    async with two_nodes(tmp_path, start=False, policy=policy) as pair:
        down(pair)
        sent = await send(pair)
        await pair.jp.start()
        await until(pair.jp, lambda: failed(pair, 1))
        heal(pair)
        await pair.kh.start()
        await ping(pair.kh, "jp/isa", "we are back")
        await pair.jp.desk.wait(sent["id"], "received", 5)


async def test_A7_a_certificate_that_is_not_pinned_raises_an_alarm_and_nothing_else(pair):
    sent = await send(pair)

    async def harm(node, body):
        raise PinError("somebody stands between")

    pair.wire.harm = harm
    await pair.jp.start()
    await until(pair.jp, lambda: failed(pair, 1))
    assert await alarms(pair.jp) == [Alarm.PIN]
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "queued"


# --- answers without proof -------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_refused_batch_is_offered_one_by_one_and_the_poison_is_held(running, status):
    sent = [(await send(running))["id"] for _ in range(4)]
    poison = sent[1]

    async def harm(node, body):
        return Answer(status, b"") if poison in map_ids(body) else None

    running.wire.harm = harm
    await running.jp.start()
    for id in sent:
        if id != poison:
            await running.jp.desk.wait(id, "received", 5)
    await until(running.jp, lambda: is_in_state(running, poison, "held"))
    assert await alarms(running.jp) == [Alarm.HELD]
    alone = [request for request in requests(running) if poison in request]
    assert [len(request) for request in alone] == [4] + [1] * 8
    assert (await running.jp.desk.message(poison))["attempts"] == 9
    assert running.wire.cards_read.count("kh/molvt") == 8


def map_ids(body):
    return [read_envelope(line).jti for line in lines(body)]


async def hold(pair, sent):
    """Answer without proof until a message is held; return how many requests that took."""

    async def harm(node, body):
        return Answer(400, b"")

    pair.wire.harm = harm
    await pair.jp.start()
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "held"))
    return len(pair.wire.requests)


async def is_in_state(pair, id, state):
    return (await pair.jp.desk.message(id))["state"] == state


async def test_an_envelope_that_the_peer_cannot_read_is_held_and_its_neighbours_arrive(running):
    """Signed entries without an id: the peer read the neighbours, but not this one."""
    sent = [(await send(running))["id"] for _ in range(3)]

    kh = SimulatedPeer(running.kh.keys, running.jp.keys)

    async def unread(node, body):
        entries = [
            kh.entry(line)
            if read_envelope(line).jti != sent[1]
            else kh.entry(line, RefusalCode.UNREADABLE, id=None, header_digest=None)
            for line in lines(body)
        ]
        return kh.receipt(entries)

    running.wire.harm = unread
    await running.jp.start()
    await until(running.jp, lambda: is_in_state(running, sent[1], "held"))
    assert await alarms(running.jp) == [Alarm.HELD]
    states = [(await running.jp.desk.message(id))["state"] for id in sent]
    assert states == ["delivered", "held", "delivered"]


async def test_a_held_message_is_not_offered_any_more(running):
    sent = await send(running)

    number = await hold(running, sent)
    running.clock.now += 86_400
    await ping(running.jp, "kh/molvt", "wakes the sender")
    await until(running.jp, lambda: at_least(running, number + 1))
    assert all(sent["id"] not in request for request in requests(running)[number:])


async def test_F20_a_changed_envelope_is_held_and_the_other_threads_go_on(pair):
    sent = [(await send(pair))["id"] for _ in range(3)]
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE sealings SET envelope = CAST('{}' AS BLOB) WHERE seq ="
            " (SELECT seq FROM messages WHERE id = ?)",
            (sent[1],),
        )
    )
    await pair.jp.start()
    for id in (sent[0], sent[2]):
        await pair.jp.desk.wait(id, "received", 5)
    assert await is_in_state(pair, sent[1], "held")
    assert await alarms(pair.jp) == [Alarm.CORRUPT]
    assert sent[1] not in {id for request in requests(pair) for id in request}


# --- keys ------------------------------------------------------------------------------------


def forget_old_key(pair):
    """Cambodia destroys its old encryption key and has a new card."""
    keys = pair.kh.keys
    keys.renew()
    old = keys.encryption.pop(0)
    pair.kh.us.decryption_keys.clear()
    pair.kh.us.decryption_keys.update({key.kid: key for key in keys.encryption})
    return old


async def test_an_unknown_key_makes_the_same_text_leave_in_a_new_envelope(pair):
    sent = await send(pair)
    old = forget_old_key(pair)
    await pair.jp.start()
    await pair.jp.desk.wait(sent["id"], "received", 5)
    sealings = await facts(pair.jp, "SELECT * FROM sealings")
    assert {row["kid"] for row in sealings} == {old.kid, pair.kh.keys.encryption[0].kid}
    assert {row["envelope_digest"] for row in sealings} == {
        digest(lines(body)[0]) for _, body in pair.wire.requests
    }
    (ours,) = await facts(pair.jp, "SELECT jws, header_digest FROM messages")
    (theirs,) = await facts(pair.kh, "SELECT jws, header_digest FROM messages")
    assert ours == theirs
    assert pair.wire.cards_read == ["kh/molvt"]
    (peer,) = await facts(pair.jp, "SELECT keys_serial, waiting FROM peers")
    assert peer == {"keys_serial": 2, "waiting": None}


async def test_an_unknown_key_without_a_newer_card_waits_with_an_alarm(pair):
    sent = await send(pair)
    pair.kh.us.decryption_keys.clear()
    await pair.jp.start()
    await until(pair.jp, lambda: alarms(pair.jp))
    assert await alarms(pair.jp) == [Alarm.KEY_MISSING]
    view = await pair.jp.desk.message(sent["id"])
    assert (view["state"], view["attempts"]) == ("queued", 1)
    assert view["next_attempt"] > START


async def test_a_card_that_does_not_fit_changes_no_key(pair):
    sent = await send(pair)
    pair.kh.us.decryption_keys.clear()
    stranger = type(pair.kh.keys)("kh/molvt", serial=9)
    pair.kh.keys.identity = stranger.identity
    pair.kh.keys.serial = 9
    pair.kh.keys.encryption = [DecryptionKey.generate()]
    pair.kh.keys.current = None
    await pair.jp.start()
    await until(pair.jp, lambda: alarms(pair.jp))
    (peer,) = await facts(pair.jp, "SELECT keys_serial FROM peers")
    assert peer["keys_serial"] == 1
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "queued"


# --- expiry ----------------------------------------------------------------------------------

SOON = {"expires": times.text(START + 60)}


async def test_what_was_never_attempted_expires_at_once_and_never_leaves(pair):
    sent = await send(pair, **SOON)
    pair.clock.now += 61
    await pair.jp.start()
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "expired"))
    assert await alarms(pair.jp) == [Alarm.EXPIRED]
    (fact,) = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'expired'")
    assert orjson.loads(fact["record"])["subject"] == sent["id"]
    assert pair.wire.requests == []


async def attempted(pair):
    """Send a message that expires soon, try it in vain, and let its time pass."""
    sent = await send(pair, **SOON)
    down(pair)
    await pair.jp.start()
    await until(pair.jp, lambda: failed(pair, 1))
    pair.clock.now += 61
    pair.jp.delivery.wake("kh/molvt")
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "overdue"))
    return sent


async def test_what_was_attempted_is_overdue_still_offered_and_may_be_delivered(pair):
    sent = await attempted(pair)
    assert await alarms(pair.jp) == [Alarm.OVERDUE]
    assert len(await facts(pair.jp, "SELECT * FROM evidence WHERE fact = 'not-receipted'")) == 1
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

    async def harm(node, body):
        return kh.receipt([kh.entry(lines(body)[0])])

    pair.wire.harm = harm
    pair.clock.now += 3600
    pair.jp.delivery.wake("kh/molvt")
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "delivered"))


async def test_an_expiry_that_the_peer_confirms_is_a_refusal_with_its_signature(pair):
    sent = await attempted(pair)
    heal(pair)
    pair.clock.now += 3600
    pair.jp.delivery.wake("kh/molvt")
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "refused"))
    assert (await pair.jp.desk.message(sent["id"]))["refusal"] == "expired"


async def test_after_the_grace_an_overdue_message_is_expired_and_its_bytes_are_gone(pair):
    sent = await attempted(pair)
    pair.clock.now += 31 * 86_400
    pair.jp.delivery.wake("kh/molvt")
    await until(pair.jp, lambda: is_in_state(pair, sent["id"], "expired"))
    assert await alarms(pair.jp) == [Alarm.OVERDUE, Alarm.EXPIRED]
    assert await facts(pair.jp, "SELECT * FROM sealings WHERE envelope IS NOT NULL") == []
    number = len(pair.wire.requests)
    heal(pair)
    pair.clock.now += 60
    await ping(pair.jp, "kh/molvt", "afterwards")
    await pair.jp.settled()
    assert all(sent["id"] not in request for request in requests(pair)[number:])


async def test_a_held_message_that_expires_is_offered_on_and_witnessed_once(running):
    sent = await send(running, expires=times.text(START + 30))

    number = await hold(running, sent)
    running.clock.now += 60
    running.jp.delivery.wake("kh/molvt")
    await until(running.jp, lambda: at_least(running, number + 4))
    assert await is_in_state(running, sent["id"], "overdue")
    assert len(await facts(running.jp, "SELECT * FROM evidence WHERE fact = 'not-receipted'")) == 1


async def test_the_next_message_of_a_thread_leaves_when_the_one_before_expired(pair):
    first = await pair.jp.desk.send(
        Draft(type="ping", to="kh/molvt", body={}, expires=times.text(START + 60)), OFFICER
    )
    second = await ping(pair.jp, "kh/molvt", "second")
    pair.clock.now += 61
    await pair.jp.start()
    await pair.jp.settled()
    assert requests(pair) == [[second["id"]]]
    assert await is_in_state(pair, first["id"], "expired")


# --- duplicates ------------------------------------------------------------------------------


async def test_F34_a_hundred_parallel_duplicates_make_one_message_and_one_entry(pair):
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)
    envelope = jp.envelope("inquiry.request")
    replies = await asyncio.gather(
        *(pair.kh.receiver.receive("jp/isa", envelope + b"\n") for _ in range(100))
    )
    entries = {tuple(orjson.loads(reply.body)["entries"]) for reply in replies}
    assert len(entries) == 1
    found = await rows(pair.kh)
    assert [len(found[table]) for table in ("messages", "entries", "threads")] == [1, 1, 1]
    assert len([row for row in found["evidence"] if "received" in row]) == 1


async def test_two_envelopes_of_one_message_in_parallel_make_one_message(pair):
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)
    letter = jp.letter("inquiry.request")
    replies = await asyncio.gather(
        *(pair.kh.receiver.receive("jp/isa", jp.seal(letter)) for _ in range(20))
    )
    entries = {tuple(orjson.loads(reply.body)["entries"]) for reply in replies}
    assert len(entries) == 1
