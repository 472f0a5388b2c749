"""What people do to a message on its way; what never arrives leaves no trace of success."""

import asyncio

import orjson
import pytest

from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.desk import Actor, Draft
from gateway.envelope import read_envelope, read_statement, times
from gateway.errors import (
    ConflictError,
    NotFoundError,
    RefusalCode,
    TransientError,
    WaitTimedOutError,
)
from gateway.store.alarms import Alarm
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    RunningClock,
    alarms,
    answer_to,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines

OPERATOR = Actor(uid=0, name="operator", on_behalf_of="the duty officer")


@pytest.fixture
async def pair(tmp_path):
    """Two nodes; Japan's sends nothing yet."""
    async with two_nodes(tmp_path, start=False) as pair:
        await pair.kh.start()
        yield pair


def send(pair, **changes):
    return pair.jp.desk.send(Draft.from_json(inquiry(**changes)), OFFICER)


def down(pair):
    async def harm(node, body):
        raise TransientError("no way through")

    pair.wire.harm = harm


def heal(pair):
    pair.wire.harm = None


def refuse(pair, code=RefusalCode.KEY_REVOKED):
    """Let Cambodia refuse for good whatever comes."""
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

    async def harm(node, body):
        return kh.receipt([kh.entry(line, code) for line in lines(body)])

    pair.wire.harm = harm


async def attempted(pair, sent):
    """Try a message in vain."""
    down(pair)
    await pair.jp.start()

    async def tried():
        return (await pair.jp.desk.message(sent["id"]))["attempts"]

    await until(pair.jp, tried)
    await pair.jp.stop()
    # What the sender wrote last is on the disk when something later is.
    await pair.jp.store.write(lambda tx: None)


async def thread(node, view):
    (row,) = await facts(
        node, "SELECT state, attention FROM threads WHERE thread = ?", view["thread"]
    )
    return row["state"], row["attention"]


async def records(node, fact):
    found = await facts(node, "SELECT record FROM evidence WHERE fact = ? ORDER BY position", fact)
    return [orjson.loads(row["record"]) for row in found]


def offered(pair):
    return [
        read_envelope(line).jti
        for node, body in pair.wire.requests
        if node == "kh/molvt"
        for line in lines(body)
    ]


async def question(pair, **changes):
    """Let Japan ask, and Cambodia read it; Cambodia's node stops sending then."""
    asked = await send(pair, **changes)
    await pair.jp.start()
    await pair.jp.desk.wait(asked["id"], "received", 5)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.settled()
    await pair.kh.stop()
    return asked


# --- cancel ---------------------------------------------------------------------------------


async def test_a_message_that_never_left_is_cancelled_and_its_matter_with_it(pair):
    sent = await send(pair)
    view = await pair.jp.desk.queue.cancel(sent["id"], OPERATOR)
    assert view["state"] == "cancelled"
    assert await thread(pair.jp, sent) == ("cancelled", None)
    (record,) = await records(pair.jp, "cancelled")
    assert record["subject"] == sent["id"]
    assert record["detail"] == {
        "peer": "kh/molvt",
        "header_digest": sent["header_digest"],
        "uid": 0,
        "claims_for": "the duty officer",
    }
    assert (await pair.jp.desk.message(sent["id"]))["deadlines"] == {}
    await pair.jp.start()
    await pair.jp.settled()
    assert offered(pair) == []
    assert await facts(pair.jp, "SELECT * FROM sealings WHERE envelope IS NOT NULL") == []


async def test_a_message_is_cancelled_by_its_reference_or_the_beginning_of_its_id(pair):
    sent = [await send(pair) for _ in range(2)]
    view = await pair.jp.desk.queue.cancel(sent[0]["reference"], OFFICER)
    assert (view["id"], view["state"]) == (sent[0]["id"], "cancelled")
    with pytest.raises(NotFoundError):
        await pair.jp.desk.queue.cancel("01980000-0000", OFFICER)


async def test_cancelling_what_is_cancelled_changes_nothing(pair):
    sent = await send(pair)
    first = await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
    before = await rows(pair.jp)
    assert await pair.jp.desk.queue.cancel(sent["id"], OFFICER) == first
    assert changed(before, await rows(pair.jp)) == set()


async def refused_act(pair, act, match, hint=""):
    """Expect that an act is refused with a reason and changes nothing."""
    before = await rows(pair.jp)
    with pytest.raises(ConflictError, match=match) as caught:
        await act
    assert caught.value.hint == hint
    assert changed(before, await rows(pair.jp)) == set()


async def test_it_is_too_late_to_cancel_what_may_have_left(pair):
    sent = await send(pair)
    await attempted(pair, sent)
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(sent["id"], OFFICER),
        "too late: it has left or may have left for kh/molvt",
        hint=f"gateway reply {sent['id']} --type withdrawal",
    )


async def test_it_is_too_late_to_cancel_what_was_delivered(pair):
    sent = await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(sent["id"], OFFICER),
        "too late",
        hint=f"gateway reply {sent['id']} --type withdrawal",
    )


async def test_what_was_refused_cannot_be_cancelled_but_said_again(pair):
    sent = await send(pair)
    refuse(pair)
    await pair.jp.start()
    await pair.jp.settled()
    await pair.jp.stop()
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(sent["id"], OFFICER),
        "the message is refused: it will not leave any more",
        hint=f"gateway retry {sent['id']} issues it anew",
    )


async def test_a_statement_to_the_other_node_is_not_cancelled(pair):
    ping = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await refused_act(
        pair, pair.jp.desk.queue.cancel(ping["id"], OFFICER), "ping is a statement to the other"
    )
    asked = await question(pair)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    (accepting,) = await facts(
        pair.kh, "SELECT id FROM messages WHERE type = 'acknowledgement.accepted'"
    )
    with pytest.raises(ConflictError, match="is a statement"):
        await pair.kh.desk.queue.cancel(accepting["id"], OFFICER)


@pytest.mark.parametrize("act", ["cancel", "hold", "release", "retry"])
async def test_nobody_acts_on_what_was_received(pair, act):
    asked = await question(pair)
    with pytest.raises(ConflictError, match="was received"):
        await getattr(pair.kh.desk.queue, act)(asked["id"], OFFICER)


async def test_what_others_depend_on_is_cancelled_after_them(pair):
    sent = await send(pair)
    body = {"reason": {"en": "Asked by mistake."}}
    draft = Draft(type="withdrawal", in_reply_to=sent["id"], body=body)
    withdrawal = await pair.jp.desk.send(draft, OFFICER)
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(sent["id"], OFFICER),
        f"queued messages depend on it: {withdrawal['id']}",
        hint=f"cancel the last one first: gateway cancel {withdrawal['id']}",
    )
    assert await thread(pair.jp, sent) == ("withdrawn", None)
    await pair.jp.desk.queue.cancel(withdrawal["id"], OFFICER)
    assert await thread(pair.jp, sent) == ("requested", None)
    assert (await pair.jp.desk.message(sent["id"]))["superseded_by"] is None
    await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
    assert await thread(pair.jp, sent) == ("cancelled", None)


async def test_cancelling_a_second_report_leaves_the_first_one_its_answer(pair):
    asked = await question(pair)
    request = await pair.jp.desk.send(
        Draft(type="status.request", in_reply_to=asked["id"], body={}), OFFICER
    )
    await pair.jp.settled()
    await pair.kh.desk.fetch(request["id"], OFFICER)
    reports = []
    for text in ("Begun.", "Half done."):
        pair.clock.now += 1
        body = CATALOGUE.bodies.example("status.report") | {"text": {"en": text}}
        draft = Draft(type="status.report", in_reply_to=request["id"], body=body)
        reports.append(await pair.kh.desk.send(draft, OFFICER))
    before = await pair.kh.desk.message(request["id"])
    assert before["levels"]["answered"] == reports[0]["created"]
    await pair.kh.desk.queue.cancel(reports[1]["id"], OFFICER)
    assert await pair.kh.desk.message(request["id"]) == before
    await pair.kh.desk.queue.cancel(reports[0]["id"], OFFICER)
    view = await pair.kh.desk.message(request["id"])
    assert (view["state"], view["levels"]["answered"]) == ("handed-over", None)


async def test_cancelling_an_answer_opens_its_question_again(pair):
    asked = await question(pair)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    before = await pair.kh.desk.message(asked["id"])
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    assert await thread(pair.kh, asked) == ("answered", None)
    assert (await pair.kh.desk.message(asked["id"]))["deadlines"] == {}
    await pair.kh.desk.queue.cancel(answer["id"], OFFICER)
    assert await thread(pair.kh, asked) == ("accepted", None)
    assert await pair.kh.desk.message(asked["id"]) == before
    assert before["state"] == "accepted"
    assert before["deadlines"] == {"answered": asked["due"]}


async def test_a_part_that_is_cancelled_between_others_leaves_them_their_place(pair):
    asked = await question(pair)
    parts = []
    for _ in range(2):
        draft = answer_to(asked)
        draft["body"]["final"] = False
        parts.append(await pair.kh.desk.send(Draft.from_json(draft), OFFICER))
    await pair.kh.desk.queue.cancel(parts[0]["id"], OFFICER)
    assert await thread(pair.kh, asked) == ("in-progress", None)
    await pair.kh.desk.queue.cancel(parts[1]["id"], OFFICER)
    assert await thread(pair.kh, asked) == ("requested", None)


async def test_the_next_of_the_thread_leaves_in_the_place_of_a_cancelled_one(pair):
    asked = await question(pair)
    parts = []
    for final in (False, True):
        draft = answer_to(asked)
        draft["body"]["final"] = final
        parts.append(await pair.kh.desk.send(Draft.from_json(draft), OFFICER))
    await pair.kh.desk.queue.cancel(parts[0]["id"], OFFICER)
    await pair.kh.start()
    await pair.kh.settled()
    received = await facts(pair.jp, "SELECT id FROM messages WHERE type = 'inquiry.answer'")
    assert received == [{"id": parts[1]["id"]}]
    assert await thread(pair.jp, asked) == ("answered", None)


async def test_F62_a_cancel_between_the_look_and_the_first_byte_wins_or_comes_too_late(pair):
    """The sender has chosen its batch; whatever is decided, both sides agree on it."""
    sent = await send(pair)
    original = pair.jp.store.write
    raced = []

    async def write(function):
        name = getattr(getattr(function, "func", function), "__name__", "")
        if name == "leave" and not raced:
            raced.append(True)
            await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
        return await original(function)

    pair.jp.store.write = write
    await pair.jp.start()
    await pair.jp.settled()
    other = await send(pair)
    await pair.jp.desk.wait(other["id"], "received", 5)
    assert raced
    assert offered(pair) == [other["id"]]
    view = await pair.jp.desk.message(sent["id"])
    assert (view["state"], view["attempts"]) == ("cancelled", 0)


# --- hold and release -----------------------------------------------------------------------


async def test_what_is_held_waits_with_its_thread_until_it_is_released(pair):
    held, other = await send(pair), await send(pair)
    view = await pair.jp.desk.queue.hold(held["id"], OPERATOR)
    assert view["state"] == "held"
    await pair.jp.start()
    await pair.jp.desk.wait(other["id"], "received", 5)
    assert offered(pair) == [other["id"]]
    assert (await pair.jp.desk.queue.release(held["id"], OPERATOR))["state"] == "queued"
    await pair.jp.desk.wait(held["id"], "received", 5)
    for fact in ("held", "released"):
        (record,) = await records(pair.jp, fact)
        assert (record["subject"], record["detail"]["uid"]) == (held["id"], 0)
    assert await alarms(pair.jp) == []


async def test_holding_what_is_held_and_releasing_what_is_queued_changes_nothing(pair):
    sent = await send(pair)
    await pair.jp.desk.queue.release(sent["id"], OFFICER)
    held = await pair.jp.desk.queue.hold(sent["id"], OFFICER)
    before = await rows(pair.jp)
    assert await pair.jp.desk.queue.hold(sent["id"], OFFICER) == held
    assert changed(before, await rows(pair.jp)) == set()
    assert len(await records(pair.jp, "held")) == 1


@pytest.mark.parametrize("act", ["hold", "release"])
async def test_what_was_delivered_is_neither_held_nor_released(pair, act):
    sent = await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    await refused_act(
        pair, getattr(pair.jp.desk.queue, act)(sent["id"], OFFICER), "the message is delivered"
    )


async def test_what_is_held_and_never_left_can_be_cancelled(pair):
    sent = await send(pair)
    await pair.jp.desk.queue.hold(sent["id"], OFFICER)
    assert (await pair.jp.desk.queue.cancel(sent["id"], OFFICER))["state"] == "cancelled"


async def test_what_was_held_past_its_expiry_without_leaving_is_expired_and_undone(pair):
    sent = await send(pair, expires=times.text(START + 60))
    await pair.jp.desk.queue.hold(sent["id"], OFFICER)
    pair.clock.now += 61
    await pair.jp.start()
    await pair.jp.settled()
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "expired"
    assert await thread(pair.jp, sent) == ("cancelled", None)


async def test_a_hold_between_the_look_and_the_first_byte_keeps_the_message_back(pair):
    sent = await send(pair)
    original = pair.jp.store.write
    raced = []

    async def write(function):
        name = getattr(getattr(function, "func", function), "__name__", "")
        if name == "leave" and not raced:
            raced.append(True)
            await pair.jp.desk.queue.hold(sent["id"], OFFICER)
        return await original(function)

    pair.jp.store.write = write
    await pair.jp.start()
    other = await send(pair)
    await pair.jp.desk.wait(other["id"], "received", 5)
    assert raced
    assert offered(pair) == [other["id"]]
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "held"


# --- what never arrives ---------------------------------------------------------------------


async def test_a_matter_whose_opening_was_refused_is_cancelled_and_flagged(pair):
    sent = await send(pair)
    refuse(pair)
    await pair.jp.start()
    await pair.jp.settled()
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "refused"
    assert await thread(pair.jp, sent) == ("cancelled", "refused-key-revoked")


async def test_an_answer_that_was_refused_leaves_its_question_open(pair):
    asked = await question(pair)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)

    async def harm(node, body):
        if node != "jp/isa":
            return None
        return jp.receipt([jp.entry(line, RefusalCode.KEY_REVOKED) for line in lines(body)])

    pair.wire.harm = harm
    await pair.kh.start()
    await pair.kh.settled()
    assert (await pair.kh.desk.message(answer["id"]))["state"] == "refused"
    assert await thread(pair.kh, asked) == ("requested", "refused-key-revoked")
    view = await pair.kh.desk.message(asked["id"])
    assert (view["state"], view["levels"]["answered"]) == ("handed-over", None)
    assert view["deadlines"]["answered"] == asked["due"]


async def test_an_acceptance_that_was_refused_is_taken_back_and_can_be_given_again(pair):
    asked = await question(pair)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)

    async def harm(node, body):
        if node != "jp/isa":
            return None
        return jp.receipt([jp.entry(line, RefusalCode.KEY_REVOKED) for line in lines(body)])

    pair.wire.harm = harm
    await pair.kh.start()
    await pair.kh.settled()
    assert await thread(pair.kh, asked) == ("requested", "refused-key-revoked")
    view = await pair.kh.desk.message(asked["id"])
    assert (view["state"], view["levels"]["accepted"]) == ("handed-over", None)
    assert set(view["deadlines"]) == {"accepted", "answered"}
    heal(pair)
    await pair.kh.desk.accept(asked["id"], OFFICER)
    await pair.jp.desk.wait(asked["id"], "accepted", 5)


async def test_what_follows_in_a_matter_that_never_opened_is_held_for_a_person(pair):
    sent = await send(pair, expires=times.text(START + 60))
    later = await pair.jp.desk.send(
        Draft(type="reminder", in_reply_to=sent["id"], body={"text": {"en": "Please answer."}}),
        OFFICER,
    )
    await pair.jp.desk.queue.hold(sent["id"], OFFICER)
    pair.clock.now += 61
    await pair.jp.start()

    async def is_held():
        return (await pair.jp.desk.message(later["id"]))["state"] == "held"

    await until(pair.jp, is_held)
    await pair.jp.stop()
    assert set(await alarms(pair.jp)) == {Alarm.EXPIRED, Alarm.HELD}
    await refused_act(
        pair,
        pair.jp.desk.queue.release(later["id"], OFFICER),
        "its matter never reached the other side",
        hint=f"gateway cancel {later['id']}",
    )
    assert (await pair.jp.desk.queue.cancel(later["id"], OFFICER))["state"] == "cancelled"


# --- retry ----------------------------------------------------------------------------------


PATIENT = Policy(backoff=Backoff(base=1000.0, cap=1000.0))


async def put_off(pair, *tables):
    """Let link and messages wait, as after many failures."""
    for table in tables or ("outbox", "peers"):
        await pair.jp.store.write(
            lambda tx, table=table: tx._database.execute(
                f"UPDATE {table} SET next_attempt = ?", (START + 800,)
            )
        )


async def test_retry_tries_now_though_the_link_and_the_message_would_wait(tmp_path):
    async with two_nodes(tmp_path, start=False, policy=PATIENT) as pair:
        sent = await send(pair)
        await put_off(pair)
        await pair.jp.start()
        with pytest.raises(WaitTimedOutError):
            await pair.jp.desk.wait(sent["id"], "received", 0.1)
        view = await pair.jp.desk.queue.retry(sent["id"], OFFICER)
        assert view["id"] == sent["id"]
        await pair.jp.desk.wait(sent["id"], "received", 5)


async def test_a_call_before_the_first_look_of_a_sender_is_not_forgotten(tmp_path):
    async with two_nodes(tmp_path, start=False, policy=PATIENT) as pair:
        sent = await send(pair)
        await put_off(pair)
        await pair.jp.desk.queue.retry(sent["id"], OFFICER)
        await put_off(pair, "peers")
        await pair.jp.start()
        while "kh/molvt" not in pair.jp.delivery._senders:
            await asyncio.sleep(0)
        pair.jp.delivery.alive("kh/molvt")
        await pair.jp.desk.wait(sent["id"], "received", 5)


async def test_retry_of_all_to_a_peer_lets_everything_but_the_held_go(tmp_path):
    async with two_nodes(tmp_path, start=False, policy=PATIENT) as pair:
        sent = [await send(pair) for _ in range(3)]
        await pair.jp.desk.queue.hold(sent[2]["id"], OFFICER)
        await put_off(pair)
        await pair.jp.start()
        assert await pair.jp.desk.queue.retry_all("kh/molvt") == {
            "peer": "kh/molvt",
            "messages": 2,
        }
        for each in sent[:2]:
            await pair.jp.desk.wait(each["id"], "received", 5)
        assert (await pair.jp.desk.message(sent[2]["id"]))["state"] == "held"
        with pytest.raises(NotFoundError):
            await pair.jp.desk.queue.retry_all("vn/dolab")


async def test_a_held_message_is_offered_again_with_new_patience(tmp_path):
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        sent = await send(pair)
        kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

        async def unread(node, body):
            line = lines(body)[0]
            entry = kh.entry(line, RefusalCode.UNREADABLE, id=None, header_digest=None)
            return kh.receipt([entry])

        pair.wire.harm = unread
        await pair.jp.start()

        async def is_held():
            return (await pair.jp.desk.message(sent["id"]))["state"] == "held"

        await until(pair.jp, is_held)
        heal(pair)
        assert (await pair.jp.desk.queue.retry(sent["id"], OFFICER))["state"] == "queued"
        await pair.jp.desk.wait(sent["id"], "received", 5)
        (released,) = await records(pair.jp, "released")
        assert (released["subject"], released["detail"]["uid"]) == (sent["id"], OFFICER.uid)


async def spoil(pair, sent, table="sealings", column="envelope"):
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            f"UPDATE {table} SET {column} = CAST('{{}}' AS BLOB)"
            " WHERE seq = (SELECT seq FROM messages WHERE id = ?)",
            (sent["id"],),
        )
    )


async def test_an_envelope_that_was_changed_on_the_disk_is_sealed_anew_by_a_retry(pair):
    sent = await send(pair)
    await spoil(pair, sent)
    await pair.jp.start()

    async def is_held():
        return (await pair.jp.desk.message(sent["id"]))["state"] == "held"

    await until(pair.jp, is_held)
    await pair.jp.desk.queue.retry(sent["id"], OFFICER)
    await pair.jp.desk.wait(sent["id"], "received", 5)
    (ours,) = await facts(pair.jp, "SELECT jws FROM messages")
    assert await facts(pair.kh, "SELECT jws FROM messages WHERE direction = 'in'") == [ours]


async def test_what_was_overdue_before_it_was_held_is_overdue_again(pair):
    """Its time has passed and it may have arrived: it is never simply queued again."""
    sent = await send(pair, expires=times.text(START + 60))
    await attempted(pair, sent)
    pair.clock.now += 61
    await pair.jp.start()

    async def is_in(state):
        # A try that is under way now puts the next one off.
        pair.clock.now += 1
        pair.jp.delivery.wake("kh/molvt")
        return (await pair.jp.desk.message(sent["id"]))["state"] == state

    await until(pair.jp, lambda: is_in("overdue"))
    await spoil(pair, sent)
    await until(pair.jp, lambda: is_in("held"))
    await pair.jp.stop()
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(sent["id"], OFFICER),
        "too late",
        hint=f"gateway reply {sent['id']} --type withdrawal",
    )
    view = await pair.jp.desk.queue.retry(sent["id"], OFFICER)
    assert view["state"] == "overdue"
    await refused_act(pair, pair.jp.desk.queue.hold(sent["id"], OFFICER), "the message is overdue")


async def test_what_was_delivered_is_not_tried_again(pair):
    sent = await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    await refused_act(
        pair, pair.jp.desk.queue.retry(sent["id"], OFFICER), "the message was delivered"
    )


# --- issued anew ----------------------------------------------------------------------------


async def test_an_opening_message_that_was_refused_is_issued_anew_as_another_matter(pair):
    sent = await send(pair)
    refuse(pair)
    await pair.jp.start()
    await pair.jp.settled()
    heal(pair)
    pair.clock.now += 3 * 86_400
    anew = await pair.jp.desk.queue.retry(sent["id"], OPERATOR)
    assert anew["id"] != sent["id"]
    assert anew["thread"] == anew["id"]
    assert (sent["reference"], anew["reference"]) == ("JP-2026-000001", "JP-2026-000002")
    assert anew["created"] == times.text(pair.clock.now)
    assert anew["reissue_of"] == sent["id"]
    await pair.jp.desk.wait(anew["id"], "received", 5)
    old = await pair.jp.desk.message(sent["id"])
    assert (old["state"], old["reissued_as"]) == ("refused", anew["id"])
    assert await thread(pair.jp, anew) == ("requested", None)
    (record,) = await records(pair.jp, "issued-anew")
    assert record["subject"] == anew["id"]
    assert record["detail"]["earlier"] == sent["id"]
    assert record["detail"]["uid"] == 0
    said = [await pair.jp.desk.fetch(id, OFFICER) for id in (sent["id"], anew["id"])]
    assert said[0]["content"] == said[1]["content"]
    digests = await facts(pair.jp, "SELECT content_digest FROM messages")
    assert len({row["content_digest"] for row in digests}) == 2


async def test_a_matter_that_was_cancelled_is_opened_anew_once(pair):
    sent = await send(pair)
    await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
    anew = await pair.jp.desk.queue.retry(sent["id"], OFFICER)
    await refused_act(
        pair,
        pair.jp.desk.queue.retry(sent["id"], OFFICER),
        f"another message has taken its place: {anew['id']}",
        hint=f"gateway show {anew['id']}",
    )


async def test_a_retry_that_is_repeated_with_its_key_makes_one_message(pair):
    sent = await send(pair)
    await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
    views = [
        await pair.jp.desk.queue.retry(sent["id"], OFFICER, idempotency_key="one") for _ in range(2)
    ]
    assert views[0]["id"] == views[1]["id"] != sent["id"]


async def test_two_retries_at_once_make_one_message(pair):
    sent = await send(pair)
    await pair.jp.desk.queue.cancel(sent["id"], OFFICER)
    outcomes = await asyncio.gather(
        *(pair.jp.desk.queue.retry(sent["id"], OFFICER) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == [
        "ConflictError",
        "ConflictError",
        "dict",
    ]


async def test_an_answer_that_was_refused_is_issued_anew_in_its_thread(pair):
    asked = await question(pair)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    await pair.kh.desk.queue.cancel(answer["id"], OFFICER)
    anew = await pair.kh.desk.queue.retry(answer["id"], OFFICER)
    assert (anew["thread"], anew["in_reply_to"]) == (asked["thread"], asked["id"])
    assert anew["reference"] == asked["reference"]
    assert await thread(pair.kh, asked) == ("answered", None)
    await pair.kh.start()
    await pair.jp.desk.wait(asked["id"], "answered", 5)


async def test_an_answer_is_not_issued_anew_into_a_matter_that_has_gone_on(pair):
    asked = await question(pair)
    answers = []
    for _ in range(2):
        answers.append(await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER))
        if len(answers) == 1:
            await pair.kh.desk.queue.cancel(answers[0]["id"], OFFICER)
    before = await rows(pair.kh)
    with pytest.raises(ConflictError, match="is answered already"):
        await pair.kh.desk.queue.retry(answers[0]["id"], OFFICER)
    assert changed(before, await rows(pair.kh)) == set()


async def test_an_acknowledgement_that_is_issued_anew_takes_nothing_back(pair):
    """The one of the first opening was refused; the matter has gone on since."""
    asked = await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)

    async def harm(node, body):
        return jp.receipt([jp.entry(line, RefusalCode.KEY_REVOKED) for line in lines(body)])

    pair.wire.harm = harm
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    await pair.kh.settled()
    heal(pair)
    (opening,) = await facts(
        pair.kh, "SELECT id FROM messages WHERE type = 'acknowledgement.handed-over'"
    )
    assert (await pair.kh.desk.message(asked["id"]))["state"] == "handed-over"
    await pair.kh.desk.accept(asked["id"], OFFICER)
    before = await pair.kh.desk.message(asked["id"])
    await pair.kh.desk.queue.retry(opening["id"], OFFICER)
    assert await pair.kh.desk.message(asked["id"]) == before
    await pair.jp.desk.wait(asked["id"], "accepted", 5)
    await pair.kh.settled()
    assert (await pair.jp.desk.message(asked["id"]))["levels"]["handed-over"]


async def test_what_spoke_of_a_message_speaks_of_the_one_in_its_place(pair):
    """A reminder of a question that was refused, issued anew after the question was."""
    asked = await send(pair)
    reminder = await pair.jp.desk.send(
        Draft(type="reminder", in_reply_to=asked["id"], body={"text": {"en": "Please answer."}}),
        OFFICER,
    )
    await pair.jp.desk.queue.cancel(reminder["id"], OFFICER)
    await pair.jp.desk.queue.cancel(asked["id"], OFFICER)
    question_anew = await pair.jp.desk.queue.retry(asked["id"], OFFICER)
    reminder_anew = await pair.jp.desk.queue.retry(reminder["id"], OFFICER)
    assert reminder_anew["thread"] == question_anew["id"]
    assert reminder_anew["in_reply_to"] == question_anew["id"]
    assert reminder_anew["reference"] == question_anew["reference"]
    await pair.jp.start()
    await pair.jp.desk.wait(reminder_anew["id"], "received", 5)


async def test_what_expired_without_leaving_is_stated_undone_and_can_be_said_again(pair):
    sent = await send(pair, expires=times.text(START + 60))
    pair.clock.now += 61
    await pair.jp.start()

    async def expired():
        return (await pair.jp.desk.message(sent["id"]))["state"] == "expired"

    await until(pair.jp, expired)
    assert await thread(pair.jp, sent) == ("cancelled", None)
    (record,) = await records(pair.jp, "expired")
    (kept,) = await facts(pair.jp, "SELECT * FROM statements")
    assert record["detail"]["statement"] == kept["digest"]
    keys = pair.jp.keys
    stated = read_statement(
        kept["text"],
        from_="jp/isa",
        environment=pair.jp.us.environment,
        pairs=lambda kids: keys.message.public,
    )
    assert (stated.about, stated.id, stated.level) == ("kh/molvt", sent["id"], "received")
    assert (stated.due, stated.at) == (sent["expires"], times.text(pair.clock.now))
    assert stated.envelope_digests == ()
    anew = await pair.jp.desk.queue.retry(sent["id"], OFFICER)
    assert anew["expires"] == times.text(pair.clock.now + 60)
    await pair.jp.desk.wait(anew["id"], "received", 5)


async def test_a_correction_that_a_later_one_takes_the_place_of_is_cancelled_after_it(pair):
    sent = await send(pair)
    body = {"reason": {"en": "A name was wrong."}, "body": inquiry()["body"]}
    draft = Draft(type="correction", in_reply_to=sent["id"], body=body)
    first, second = [await pair.jp.desk.send(draft, OFFICER) for _ in range(2)]
    await refused_act(
        pair,
        pair.jp.desk.queue.cancel(first["id"], OFFICER),
        f"queued messages depend on it: {second['id']}",
        hint=f"cancel the last one first: gateway cancel {second['id']}",
    )
    await pair.jp.desk.queue.cancel(second["id"], OFFICER)
    assert (await pair.jp.desk.queue.cancel(first["id"], OFFICER))["state"] == "cancelled"


async def test_an_answer_that_expired_after_it_was_tried_can_be_said_again(tmp_path):
    """It may have arrived, so its matter is answered until a person says that it did not."""
    short = Policy(backoff=Backoff(base=0.01, cap=0.05), grace=86_400.0)
    async with two_nodes(tmp_path, start=False, policy=short) as pair:
        await pair.kh.start()
        asked = await question(pair)
        draft = answer_to(asked) | {"expires": times.text(START + 60)}
        answer = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
        pair.wire.down.add("jp/isa")
        await pair.kh.start()

        async def is_in(state):
            pair.kh.delivery.wake("jp/isa", at_once=True)
            found = await pair.kh.desk.message(answer["id"])
            return found["attempts"] and found["state"] == state

        await until(pair.kh, lambda: is_in("queued"))
        for now, state in ((START + 61, "overdue"), (START + 90_000, "expired")):
            pair.clock.now = now
            await until(pair.kh, lambda state=state: is_in(state))
        await pair.kh.stop()
        assert await thread(pair.kh, asked) == ("answered", None)
        anew = await pair.kh.desk.queue.retry(answer["id"], OFFICER)
        assert await thread(pair.kh, asked) == ("answered", None)
        view = await pair.kh.desk.message(asked["id"])
        assert view["levels"]["answered"] == anew["created"]
        pair.wire.down.clear()
        await pair.kh.start()
        await pair.jp.desk.wait(asked["id"], "answered", 5)


async def test_what_its_sender_cannot_withdraw_is_not_said_to_be_withdrawn(pair):
    draft = {"type": "sending-org.list", "to": "jp/isa"}
    draft |= {"body": CATALOGUE.bodies.example("sending-org.list")}
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)
    with pytest.raises(ConflictError) as caught:
        await pair.kh.desk.queue.cancel(sent["id"], OFFICER)
    assert "too late" in str(caught.value)
    assert caught.value.hint == ""
