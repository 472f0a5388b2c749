"""Only a signed entry about the very bytes that were sent settles a message."""

from dataclasses import replace

import pytest

from gateway.delivery.awaiting import Terms
from gateway.delivery.settle import settle
from gateway.delivery.transport import Answer
from gateway.desk import Draft
from gateway.envelope import Environment, Outcome, SigningPair, digest, read_receipt, times
from gateway.errors import RefusalCode
from gateway.store import outbox
from gateway.store.alarms import Alarm
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    alarms,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
    until,
)
from tests.peer import SimulatedPeer, lines, new_id

TERMS = Terms("jp/isa", CATALOGUE)


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair


def judge(pair):
    """Return Cambodia's keys in the hands of a test."""
    return SimulatedPeer(pair.kh.keys, pair.jp.keys)


def send(pair, **changes):
    return pair.jp.desk.send(Draft.from_json(inquiry(**changes)), OFFICER)


async def answered_with(pair, make):
    """Answer one message with what `make(kh, envelope)` returns and wait for the alarm."""
    kh, sent = judge(pair), await send(pair)
    before = await rows(pair.jp)

    async def harm(_, body):
        return make(kh, lines(body)[0])

    pair.wire.harm = harm
    await pair.jp.start()
    await until(pair.jp, lambda: alarms(pair.jp))
    await pair.jp.stop()
    return sent, before


OTHER = digest(b"something else")

NO_PROOF = {
    "A109 the receipt of another message": lambda kh, e: kh.receipt([kh.entry(e, id=new_id())]),
    "A110 another header": lambda kh, e: kh.receipt([kh.entry(e, header_digest=OTHER)]),
    "A110 another envelope": lambda kh, e: kh.receipt([kh.entry(e, envelope_digest=OTHER)]),
    "A116 a refusal of another header": lambda kh, e: kh.receipt(
        [kh.entry(e, RefusalCode.UNKNOWN_TYPE, header_digest=OTHER)]
    ),
    "A116 a refusal signed by a stranger": lambda kh, e: kh.receipt(
        [kh.entry(e, RefusalCode.UNKNOWN_TYPE)], pair=SigningPair.generate()
    ),
    "signed by the peer's identity pair": lambda kh, e: kh.receipt(
        [kh.entry(e)], pair=kh.keys.identity
    ),
    "signed by our own pair": lambda kh, e: kh.receipt([kh.entry(e)], pair=kh.other.message),
    "a receipt of another node": lambda kh, e: kh.receipt([kh.entry(e)], from_="vn/dolab"),
    "a receipt for another node": lambda kh, e: kh.receipt([kh.entry(e)], to="vn/dolab"),
    "a receipt of the other environment": lambda kh, e: kh.receipt(
        [kh.entry(e)], environment=Environment.PRODUCTION
    ),
    "an entry added behind the signature": lambda kh, e: Answer(
        200,
        kh.receipt([kh.entry(e, RefusalCode.BUSY)]).body.replace(b"busy", b"null", 1),
    ),
    "the entry altered after signing": lambda kh, e: Answer(
        200, kh.receipt([kh.entry(e)]).body.replace(b"received", b"refused", 1)
    ),
    "F41 a page of HTML": lambda kh, e: Answer(200, b"<html><body>It works!</body></html>"),
    "F41 an empty answer": lambda kh, e: Answer(200, b""),
    "F41 garbage": lambda kh, e: Answer(200, bytes(range(256))),
    "an empty object": lambda kh, e: Answer(200, b"{}"),
    "a receipt of nothing": lambda kh, e: Answer(200, b'{"receipt":{},"entries":[]}'),
    "the signed message as its own receipt": lambda kh, e: Answer(
        200, b'{"receipt":%b,"entries":["x"]}' % kh.open(e)[1].jws.encode()
    ),
}


@pytest.mark.parametrize("name", NO_PROOF)
async def test_an_answer_that_proves_nothing_changes_no_state_and_raises_an_alarm(pair, name):
    sent, before = await answered_with(pair, NO_PROOF[name])
    assert Alarm.NOT_PROOF in await alarms(pair.jp)
    after = await rows(pair.jp)
    assert changed(before, after) <= {"alarms", "outbox", "messages", "peers"}
    view = await pair.jp.desk.message(sent["id"])
    assert view.pop("deadlines") == {"answered": sent["due"]}
    assert view == sent | {"attempts": view["attempts"], "next_attempt": view["next_attempt"]}
    assert await facts(pair.jp, "SELECT * FROM receipts") == []
    pair.wire.harm = None
    pair.clock.now += 3600
    await pair.restart(pair.jp)
    await pair.jp.desk.wait(sent["id"], "received", 5)


async def test_a_receipt_of_one_message_does_not_settle_its_neighbour(pair):
    kh = judge(pair)
    first, second = await send(pair), await send(pair)

    async def harm(_, body):
        return kh.receipt([kh.entry(lines(body)[0])])

    pair.wire.harm = harm
    await pair.jp.start()
    await pair.jp.desk.wait(first["id"], "received", 5)
    assert (await pair.jp.desk.message(second["id"]))["state"] == "queued"


async def test_an_entry_under_a_second_envelope_digest_of_ours_counts_only_for_its_message(pair):
    """The peer swaps the two entries of a batch: each digest is ours, but not of that message."""
    kh = judge(pair)
    await send(pair)
    await send(pair)

    async def harm(_, body):
        one, two = (kh.entry(line) for line in lines(body))
        return kh.receipt(
            [
                replace(one, envelope_digest=two.envelope_digest),
                replace(two, envelope_digest=one.envelope_digest),
            ]
        )

    pair.wire.harm = harm
    await pair.jp.start()
    await until(pair.jp, lambda: alarms(pair.jp))
    assert {m["state"] for m in (await pair.jp.desk.messages("outbox"))["items"]} == {"queued"}


async def test_an_entry_about_a_message_that_was_not_in_this_request_is_not_believed(pair):
    kh = judge(pair)
    await send(pair)
    other = await send(pair)
    batch = await ready(pair)
    await settle_again(pair, kh.receipt([kh.entry(batch[1].envelope)]), batch[:1])
    assert (await pair.jp.desk.message(other["id"]))["state"] == "queued"
    assert await alarms(pair.jp) == [Alarm.NOT_PROOF]


@pytest.mark.parametrize("at", [times.text(START - 86_400), times.text(START + 86_400)])
async def test_A115_a_receipt_of_another_time_counts_because_its_digests_do(pair, at):
    kh, sent = judge(pair), await send(pair)

    async def harm(_, body):
        return kh.receipt([kh.entry(lines(body)[0], at=at)], at=at)

    pair.wire.harm = harm
    await pair.jp.start()
    view = await pair.jp.desk.wait(sent["id"], "received", 5)
    assert view["levels"]["received"] == at


@pytest.mark.parametrize("code", [RefusalCode.UNKNOWN_TYPE, RefusalCode.MALFORMED])
async def test_a_signed_final_refusal_ends_the_message_and_flags_its_thread(pair, code):
    kh, sent = judge(pair), await send(pair)

    async def harm(_, body):
        return kh.receipt([kh.entry(lines(body)[0], code)])

    pair.wire.harm = harm
    await pair.jp.start()
    await pair.jp.settled()
    view = await pair.jp.desk.message(sent["id"])
    assert (view["state"], view["refusal"]) == ("refused", code)
    thread = await pair.jp.desk.thread(sent["id"])
    assert thread["attention"] == f"refused-{code}"


async def settle_again(pair, answer, batch):
    """Judge another answer about messages that were sent before."""
    receipt = read_receipt(
        answer.body,
        from_="kh/molvt",
        to="jp/isa",
        environment=Environment.TEST,
        pairs=lambda kids: pair.kh.keys.message.public,
    )
    at = times.text(pair.clock.now)
    return await pair.jp.store.write(
        lambda tx: settle(tx, "kh/molvt", receipt, batch, terms=TERMS, at=at)
    )


async def ready(pair):
    return await pair.jp.store.read(
        lambda tx: outbox.ready(tx, "kh/molvt", START + 1e9, limit=64, octets=2**21)
    )


@pytest.mark.parametrize(
    ("first", "second"), [(None, RefusalCode.EXPIRED), (RefusalCode.EXPIRED, None)]
)
async def test_A113_F43_a_second_and_other_final_entry_is_a_conflict_and_the_first_stays(
    pair, first, second
):
    kh, sent = judge(pair), await send(pair)
    batch = await ready(pair)
    envelope = batch[0].envelope
    await settle_again(pair, kh.receipt([kh.entry(envelope, first)]), batch)
    view = await pair.jp.desk.message(sent["id"])
    await settle_again(pair, kh.receipt([kh.entry(envelope, second)]), batch)
    assert await pair.jp.desk.message(sent["id"]) == view
    assert await alarms(pair.jp) == [Alarm.ENTRY_CONFLICT]
    conflicts = await facts(pair.jp, "SELECT subject FROM evidence WHERE fact = 'conflict'")
    assert [row["subject"] for row in conflicts] == [sent["id"]]


async def test_the_same_final_entry_again_is_no_conflict(pair):
    kh = judge(pair)
    await send(pair)
    batch = await ready(pair)
    answer = kh.receipt([kh.entry(batch[0].envelope)])
    await settle_again(pair, answer, batch)
    before = await rows(pair.jp)
    await settle_again(pair, answer, batch)
    assert changed(before, await rows(pair.jp)) == set()


async def test_A112_a_received_after_expired_is_kept_as_a_conflict(pair):
    kh = judge(pair)
    sent = await send(pair, expires=times.text(START + 60))
    batch = await ready(pair)
    pair.clock.now += 61
    await pair.jp.start()
    await until(pair.jp, lambda: alarms(pair.jp))
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "expired"
    await settle_again(pair, kh.receipt([kh.entry(batch[0].envelope)]), batch)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "expired"
    assert await alarms(pair.jp) == [Alarm.EXPIRED, Alarm.ENTRY_CONFLICT]
    assert kh.entry(batch[0].envelope).outcome is Outcome.RECEIVED


async def test_one_receipt_is_kept_once_for_all_messages_that_it_proves(pair):
    for _ in range(5):
        await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    assert len(await facts(pair.jp, "SELECT * FROM receipts")) == 1
    proofs = await facts(pair.jp, "SELECT DISTINCT receipt FROM messages WHERE direction = 'out'")
    assert len(proofs) == 1


async def test_both_ends_keep_the_same_entry_text(pair):
    sent = await send(pair)
    await pair.jp.start()
    await pair.jp.settled()
    (ours,) = await facts(pair.jp, "SELECT entry FROM messages WHERE id = ?", sent["id"])
    (theirs,) = await facts(pair.kh, "SELECT text FROM entries WHERE id = ?", sent["id"])
    assert ours["entry"] == theirs["text"]
