"""The same again, nearly the same, and what is odd but allowed."""

from gateway.desk import Draft
from gateway.envelope import Outcome, SigningPair, digest, times
from gateway.errors import RefusalCode
from gateway.store import evidence
from gateway.store.alarms import Alarm
from tests.delivery.conftest import FINAL, MALFORMED, UNREADABLE, flipped
from tests.nodes import OFFICER, START, Keys, alarms, facts, inquiry
from tests.peer import SimulatedPeer

CODE = RefusalCode


async def test_A86_an_exact_resend_gets_the_first_entry_in_a_new_receipt(arena):
    envelope = arena.jp.envelope("inquiry.request")
    first = arena.receipt(await arena.post(envelope))
    arena.pair.clock.now += 60
    second = arena.receipt(await arena.post(envelope))
    assert await arena.changed() == set()
    assert first.entries == second.entries
    assert (first.at, second.at) == (times.text(START), times.text(START + 60))


async def test_A86_an_exact_resend_gets_the_first_entry_after_a_restart_too(arena):
    envelope = arena.jp.envelope("inquiry.request")
    first = arena.receipt(await arena.post(envelope))
    await arena.pair.restart(arena.kh)
    second = arena.receipt(await arena.post(envelope))
    assert first.entries == second.entries
    assert await arena.changed() == set()


async def test_the_same_message_in_another_envelope_is_the_same_message(arena):
    letter = arena.jp.letter("inquiry.request")
    first = arena.receipt(await arena.post(arena.jp.seal(letter)))
    second = arena.receipt(await arena.post(arena.jp.seal(letter)))
    assert first.entries == second.entries
    assert await arena.changed() == set()


async def test_A88_another_header_under_a_known_id_is_a_conflict_and_the_first_stays(arena):
    first = arena.jp.letter("inquiry.request")
    second = arena.jp.letter("inquiry.request", id=first.id)
    await arena.entries(arena.jp.seal(first))
    (entry,) = await arena.entries(arena.jp.seal(second))
    assert (entry.code, entry.id) == (CODE.ID_CONFLICT, first.id)
    assert entry.header_digest == second.header_digest
    assert await arena.changed() == FINAL | {"alarms"}
    assert await alarms(arena.kh) == [Alarm.ID_CONFLICT]
    kept = await facts(arena.kh, "SELECT id, header_digest FROM messages")
    assert [(row["id"], row["header_digest"]) for row in kept] == [(first.id, first.header_digest)]
    (again,) = await arena.entries(arena.jp.seal(first))
    assert again.outcome is Outcome.RECEIVED


async def test_A88_an_id_that_we_have_used_ourselves_is_a_conflict(arena):
    """Otherwise the peer could take an id of ours, and nobody could name our message any more."""
    ours = await arena.kh.desk.send(Draft.from_json(inquiry("jp/isa")), OFFICER)
    (entry,) = await arena.entries(arena.jp.envelope("ping", id=ours["id"]))
    assert entry.code is CODE.ID_CONFLICT
    assert (await arena.kh.desk.message(ours["id"]))["direction"] == "out"


async def test_A89_the_same_content_under_a_new_id_is_a_new_message(arena):
    body = {"note": "the same"}
    entries = await arena.entries(*(arena.jp.envelope(body=body) for _ in range(2)))
    assert [entry.outcome for entry in entries] == [Outcome.RECEIVED] * 2
    assert len({entry.id for entry in entries}) == 2


async def test_A92_a_stored_message_repeats_its_entry_after_it_has_expired(arena):
    letter = arena.jp.letter("inquiry.request")
    first = arena.receipt(await arena.post(arena.jp.seal(letter)))
    arena.pair.clock.now += 30 * 86_400
    for envelope in (arena.jp.seal(letter), arena.jp.seal(letter)):
        again = arena.receipt(await arena.post(envelope))
        assert again.entries == first.entries
        assert await arena.changed() == set()


async def test_A92_expiry_is_not_told_to_somebody_whose_signatures_do_not_hold(arena):
    arena.pair.clock.now += 30 * 86_400
    reply = await arena.post(arena.jp.envelope(pair=SigningPair.generate()))
    assert (reply.status, reply.body) == (422, UNREADABLE)


async def test_a_message_of_five_minutes_ahead_is_taken(arena):
    (entry,) = await arena.entries(arena.jp.envelope(created=times.text(START + 300)))
    assert entry.outcome is Outcome.RECEIVED


async def test_A98_a_reply_is_taken_once_its_question_has_come(arena):
    question = arena.jp.letter("inquiry.request")
    acknowledgement = arena.jp.letter("acknowledgement.handed-over", {"ids": [question.id]})
    (entry,) = await arena.entries(arena.jp.seal(acknowledgement))
    assert entry.code is CODE.UNKNOWN_REFERENCE
    assert await facts(arena.kh, "SELECT * FROM entries") == []


async def test_A103_the_opener_of_an_inquiry_may_not_answer_it(arena):
    question = arena.jp.letter("inquiry.request")
    await arena.entries(arena.jp.seal(question))
    answer = arena.jp.letter(
        "inquiry.answer", thread=question.id, in_reply_to=question.id, reference="JP-2026-000001"
    )
    (entry,) = await arena.entries(arena.jp.seal(answer))
    assert entry.code is CODE.NOT_PERMITTED
    assert await arena.changed() == FINAL


async def test_a_bad_line_among_good_ones_harms_only_itself(arena):
    good = [arena.jp.envelope() for _ in range(3)]
    unread = flipped(arena.jp.envelope(), "tag")
    refused = arena.jp.envelope(type="treaty.proposal")
    entries = await arena.entries(good[0], b"{}", good[1], unread, refused, good[2])
    assert [entry.code for entry in entries] == [
        None,
        CODE.MALFORMED,
        None,
        CODE.UNREADABLE,
        CODE.UNKNOWN_TYPE,
        None,
    ]
    assert [entry.id for entry in entries if entry.code in (CODE.MALFORMED, CODE.UNREADABLE)] == [
        None,
        None,
    ]
    assert [entry.envelope_digest for entry in entries if entry.code is None] == [
        digest(envelope) for envelope in good
    ]
    assert len(await facts(arena.kh, "SELECT id FROM messages")) == 3


async def test_a_batch_in_which_nothing_verified_gets_the_class_of_its_worst_line(arena):
    unread = [flipped(arena.jp.envelope(), member) for member in ("tag", "iv")]
    malformed = await arena.post(b"{}", b"[]", b"no JSON")
    mixed = await arena.post(b"{}", *unread)
    assert (malformed.status, malformed.body) == (400, MALFORMED)
    assert (mixed.status, mixed.body) == (422, UNREADABLE)
    assert await arena.changed() == {"security_events"}
    assert len(await facts(arena.kh, "SELECT * FROM security_events")) == 6


async def test_sixty_four_lines_are_taken_in_one_batch(arena):
    entries = await arena.entries(*(arena.jp.envelope() for _ in range(64)))
    assert {entry.outcome for entry in entries} == {Outcome.RECEIVED}


async def test_the_same_envelope_twice_in_a_batch_is_one_message(arena):
    envelope = arena.jp.envelope("inquiry.request")
    entries = await arena.entries(envelope, envelope)
    assert entries[0] == entries[1]
    assert len(await facts(arena.kh, "SELECT id FROM messages")) == 1


async def test_the_checkpoint_of_a_receipt_speaks_of_committed_rows(arena):
    receipt = arena.receipt(await arena.post(*(arena.jp.envelope() for _ in range(3))))
    assert receipt.checkpoint.size == 3
    assert await arena.kh.store.read(lambda tx: evidence.verify(tx, "jp/isa")) == 3
    kept = await arena.kh.store.read(lambda tx: evidence.checkpoint(tx, "jp/isa"))
    assert kept == receipt.checkpoint


async def test_A40_an_unknown_member_of_the_signed_header_is_kept_and_ignored(arena):
    letter = arena.jp.letter(later_member={"x": 1})
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED
    assert entry.header_digest == letter.header_digest
    (row,) = await facts(arena.kh, "SELECT jws FROM messages")
    assert row["jws"] == letter.jws


async def test_a_schema_digest_other_than_ours_is_flagged(arena):
    schema = {"id": "urn:moc-ssw:ping:1", "digest": digest(b"a later edition")}
    (entry,) = await arena.entries(arena.jp.envelope(body_schema=schema))
    assert entry.outcome is Outcome.RECEIVED
    (row,) = await facts(arena.kh, "SELECT attention FROM messages")
    assert row["attention"] == "schema-differs"


async def test_another_peers_message_is_not_taken_from_this_one(arena):
    """Japan passes on what somebody else signed for us."""
    stranger = SimulatedPeer(Keys("jp/isa"), arena.kh.keys)
    reply = await arena.post(stranger.envelope())
    assert (reply.status, reply.body) == (422, UNREADABLE)
