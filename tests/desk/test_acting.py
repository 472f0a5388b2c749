"""Sending, reading, accepting, declining and answering: who may do what, and when no more."""

import asyncio
from functools import partial

import orjson
import pytest

from gateway.desk import Actor, Draft, reading
from gateway.envelope import times
from gateway.errors import (
    ConflictError,
    ExitCode,
    InvalidError,
    NotFoundError,
    PolicyError,
    RefusalCode,
    RefusedByPeerError,
    WaitTimedOutError,
)
from gateway.store.sealing import CorruptError
from tests.desk.conftest import ask, read
from tests.nodes import CATALOGUE, OFFICER, START, answer_to, changed, facts, inquiry, rows, until
from tests.peer import SimulatedPeer, lines

CLERK = Actor(uid=1001, name="clerk", on_behalf_of="another person")


# --- before reading ----------------------------------------------------------------------


async def test_nobody_accepts_declines_or_answers_what_nobody_has_read(pair):
    sent = await ask(pair)
    before = await rows(pair.kh)
    kh = pair.kh.desk
    for act in (
        lambda: kh.accept(sent["id"], OFFICER),
        lambda: kh.decline(sent["id"], "not-competent", "Elsewhere.", OFFICER),
        lambda: kh.send(Draft.from_json(answer_to(sent)), OFFICER),
    ):
        with pytest.raises(ConflictError, match="nobody here has read"):
            await act()
    assert changed(before, await rows(pair.kh)) == set()


async def test_a_list_is_no_reading(pair):
    sent = await ask(pair)
    for view in (
        (await pair.kh.desk.messages("inbox"))["items"][0],
        await pair.kh.desk.message(sent["id"]),
        (await pair.kh.desk.thread(sent["id"]))["messages"][0],
    ):
        assert view["levels"]["handed-over"] is None
        assert "content" not in view
    assert len(await facts(pair.kh, "SELECT id FROM messages")) == 1


async def test_the_first_reading_is_told_to_the_peer_once(pair):
    sent = await read(pair)
    for actor in (OFFICER, CLERK):
        shown = await pair.kh.desk.fetch(sent["id"], actor)
        assert shown["content"]["body"] == inquiry()["body"]
    await pair.kh.settled()
    kinds = [row["type"] for row in await facts(pair.kh, "SELECT type FROM messages")]
    assert sorted(kinds) == ["acknowledgement.handed-over", "inquiry.request"]
    reads = await facts(pair.kh, "SELECT record FROM evidence WHERE fact = 'read'")
    assert len(reads) == 3


async def test_two_who_read_at_the_same_time_are_one_handing_over(pair):
    sent = await ask(pair)
    await asyncio.gather(*(pair.kh.desk.fetch(sent["id"], OFFICER) for _ in range(5)))
    handed = await facts(
        pair.kh, "SELECT id FROM messages WHERE type = 'acknowledgement.handed-over'"
    )
    assert len(handed) == 1


async def test_reading_our_own_message_tells_nobody(pair):
    sent = await ask(pair, note="for your eyes")
    shown = await pair.jp.desk.fetch(sent["id"], OFFICER)
    assert shown["content"] == {"body": inquiry()["body"], "note": "for your eyes"}
    assert len(await facts(pair.jp, "SELECT id FROM messages")) == 1


# --- accepting and declining ---------------------------------------------------------------


async def test_what_was_accepted_is_not_accepted_again(pair):
    sent = await read(pair)
    await pair.kh.desk.accept(sent["id"], OFFICER)
    before = await rows(pair.kh)
    with pytest.raises(ConflictError) as caught:
        await pair.kh.desk.accept(sent["id"], OFFICER)
    assert str(caught.value) == f"you accepted {sent['reference']} already"
    assert caught.value.hint == f"gateway reply {sent['reference']}"
    await pair.kh.settled()
    after = await rows(pair.kh)
    assert len(after["messages"]) == len(before["messages"])
    await pair.jp.desk.wait(sent["id"], "accepted", 5)


async def test_two_who_accept_at_the_same_time_are_one_acceptance(pair):
    sent = await read(pair)
    ends = await asyncio.gather(
        *(pair.kh.desk.accept(sent["id"], OFFICER) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["ConflictError"] * 3 + ["dict"]


async def test_what_was_declined_is_over(pair):
    sent = await read(pair)
    await pair.kh.desk.decline(sent["id"], "not-competent", "Please ask elsewhere.", OFFICER)
    await until(pair.jp, lambda: level(pair, sent, "declined"))
    for act in (
        lambda: pair.kh.desk.accept(sent["id"], OFFICER),
        lambda: pair.kh.desk.decline(sent["id"], "not-competent", "Again.", OFFICER),
        lambda: pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER),
    ):
        with pytest.raises(ConflictError):
            await act()
    thread = await pair.jp.desk.thread(sent["id"])
    assert (thread["state"], thread["next"]) == ("declined", "nobody: the matter is closed")


async def level(pair, sent, name):
    return (await pair.jp.desk.message(sent["id"]))["levels"][name]


@pytest.mark.parametrize(("code", "text"), [("because", "Text."), ("not-competent", "")])
async def test_a_reason_outside_the_list_or_without_words_is_invalid(pair, code, text):
    sent = await read(pair)
    with pytest.raises(InvalidError) as caught:
        await pair.kh.desk.decline(sent["id"], code, text, OFFICER)
    assert all(problem.where.startswith("/reason") for problem in caught.value.problems)


async def test_our_own_message_is_not_ours_to_accept(pair):
    sent = await read(pair)
    for act in (
        lambda: pair.jp.desk.accept(sent["id"], OFFICER),
        lambda: pair.jp.desk.decline(sent["id"], "not-competent", "No.", OFFICER),
    ):
        with pytest.raises(ConflictError, match="only the other side accepts or declines it"):
            await act()


async def test_the_opener_does_not_answer_its_own_inquiry(pair):
    sent = await read(pair)
    with pytest.raises(PolicyError) as caught:
        await pair.jp.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    assert caught.value.hint == (
        f"gateway reply {sent['short']} --type reminder|correction|withdrawal"
    )


async def test_only_what_opens_a_matter_is_accepted(pair):
    sent = await read(pair)
    reminder = {"type": "reminder", "in_reply_to": sent["id"], "body": {}}
    reminded = await pair.jp.desk.send(Draft.from_json(reminder), OFFICER)
    await pair.jp.desk.wait(reminded["id"], "received", 5)
    with pytest.raises(ConflictError, match="is neither accepted nor declined") as caught:
        await pair.kh.desk.accept(reminded["id"], OFFICER)
    assert caught.value.hint == f"gateway reply {reminded['short']}"


# --- answering -----------------------------------------------------------------------------


async def answer(pair, sent, **changes):
    draft = answer_to(sent)
    draft["body"] |= changes
    return await pair.kh.desk.send(Draft.from_json(draft), OFFICER)


async def test_a_reply_finds_its_type_recipient_thread_and_reference(pair):
    sent = await read(pair)
    reply = await answer(pair, sent)
    assert (reply["type"], reply["peer"]) == ("inquiry.answer", "jp/isa")
    assert (reply["thread"], reply["reference"]) == (sent["thread"], sent["reference"])
    assert reply["in_reply_to"] == sent["id"]


async def test_a_message_may_be_named_by_its_reference_or_the_start_of_its_id(pair):
    sent = await read(pair)
    for selector in (sent["reference"], sent["id"][:13]):
        assert (await pair.kh.desk.message(selector))["id"] == sent["id"]


async def test_parts_may_come_before_the_answer_and_nothing_after_it(pair):
    sent = await read(pair)
    (first, *_) = answer_to(sent)["body"]["answers"].items()
    await answer(pair, sent, answers=dict([first]), final=False)
    await answer(pair, sent, answers=dict([first]), final=False)
    assert (await pair.kh.desk.thread(sent["id"]))["state"] == "in-progress"
    await answer(pair, sent)
    view = await pair.jp.desk.wait(sent["id"], "answered", 5)
    assert view["levels"]["answered"] is not None
    with pytest.raises(ConflictError, match=f"{sent['reference']} is answered already"):
        await answer(pair, sent)


async def test_a_part_is_no_answer_yet(pair):
    sent = await read(pair)
    (first, *_) = answer_to(sent)["body"]["answers"].items()
    await answer(pair, sent, answers=dict([first]), final=False)
    await pair.kh.settled()
    view = await pair.jp.desk.message(sent["id"])
    assert view["levels"]["answered"] is None
    with pytest.raises(WaitTimedOutError):
        await pair.jp.desk.wait(sent["id"], "answered", 0.05)


UNKNOWN = {"status": "unknown", "text": {"en": "No record."}}
MISFITS = {
    "a question that was not asked": ({"q1": UNKNOWN, "q2": UNKNOWN, "q9": UNKNOWN}, "/answers/q9"),
    "a question left open": ({"q1": UNKNOWN}, "/answers/q2"),
    "a yes or no that is neither": (
        {"q1": {"status": "answered", "value": "maybe"}, "q2": UNKNOWN},
        "/answers/q1/value",
    ),
    "a date that is none": (
        {"q1": UNKNOWN, "q2": {"status": "answered", "value": "last week"}},
        "/answers/q2/value",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
async def test_an_answer_that_does_not_fit_its_question_is_not_sent(pair, name):
    sent = await read(pair)
    answers, where = MISFITS[name]
    await pair.kh.settled()
    before = await rows(pair.kh)
    with pytest.raises(InvalidError, match="does not fit") as caught:
        await answer(pair, sent, answers=answers)
    assert [problem.where for problem in caught.value.problems] == [where]
    assert changed(before, await rows(pair.kh)) == set()


@pytest.mark.parametrize("type", [None, "inquiry.answer", "inquiry.request"])
async def test_what_no_type_replies_to_takes_no_reply(pair, type):
    await read(pair)
    await pair.kh.settled()
    (handed,) = await facts(
        pair.jp, "SELECT id FROM messages WHERE type = 'acknowledgement.handed-over'"
    )
    draft = inquiry() | {"in_reply_to": handed["id"]}
    if type is None:
        del draft["type"]
    else:
        draft |= {"type": type, "body": answer_to(handed)["body"]} if "answer" in type else {}
    with pytest.raises(ConflictError):
        await pair.jp.desk.send(Draft.from_json(draft), OFFICER)


async def test_a_reply_to_another_peer_than_the_message_came_from_is_a_conflict(pair):
    sent = await read(pair)
    draft = answer_to(sent) | {"to": "vn/dolab"}
    with pytest.raises(ConflictError, match="exchanged with jp/isa"):
        await pair.kh.desk.send(Draft.from_json(draft), OFFICER)


# --- dry run and repetition ----------------------------------------------------------------


async def test_a_dry_run_changes_nothing(pair):
    before = await rows(pair.jp)
    view = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER, dry_run=True)
    assert changed(before, await rows(pair.jp)) == set()
    assert view["dry_run"] is True
    assert "id" not in view
    assert (view["peer"], view["type"], view["marking"]) == (
        "kh/molvt",
        "inquiry.request",
        "confidential",
    )
    assert pair.wire.requests == []


async def test_a_dry_run_does_not_use_up_its_idempotency_key(pair):
    draft = Draft.from_json(inquiry())
    await pair.jp.desk.send(draft, OFFICER, dry_run=True, idempotency_key="key")
    sent = await pair.jp.desk.send(draft, OFFICER, idempotency_key="key")
    assert sent["id"]


async def test_F2_a_request_that_is_repeated_makes_one_message(pair):
    draft = Draft.from_json(inquiry())
    views = [await pair.jp.desk.send(draft, OFFICER, idempotency_key="key") for _ in range(3)]
    assert len({view["id"] for view in views}) == 1
    assert len(await facts(pair.jp, "SELECT id FROM messages")) == 1


async def test_F62_a_request_made_many_times_at_once_makes_one_message(pair):
    draft = Draft.from_json(inquiry())
    views = await asyncio.gather(
        *(pair.jp.desk.send(draft, OFFICER, idempotency_key="key") for _ in range(10))
    )
    assert len({view["id"] for view in views}) == 1
    assert len(await facts(pair.jp, "SELECT id FROM messages")) == 1


async def test_a_key_used_for_another_request_is_a_conflict(pair):
    await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER, idempotency_key="key")
    other = Draft.from_json(inquiry(priority="urgent"))
    with pytest.raises(ConflictError, match="another request"):
        await pair.jp.desk.send(other, OFFICER, idempotency_key="key")
    assert len(await facts(pair.jp, "SELECT id FROM messages")) == 1


async def test_the_key_of_another_caller_is_another_key(pair):
    draft = Draft.from_json(inquiry())
    first = await pair.jp.desk.send(draft, OFFICER, idempotency_key="key")
    second = await pair.jp.desk.send(draft, CLERK, idempotency_key="key")
    assert first["id"] != second["id"]


async def test_each_inquiry_has_a_number_of_its_own(pair):
    views = await asyncio.gather(
        *(pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER) for _ in range(8))
    )
    assert sorted(view["reference"] for view in views) == [f"JP-2026-{n:06}" for n in range(1, 9)]


async def test_no_number_comes_twice_over_a_restart(pair):
    first = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    again = await pair.restart(pair.jp)
    second = await again.desk.send(Draft.from_json(inquiry()), OFFICER)
    assert (first["reference"], second["reference"]) == ("JP-2026-000001", "JP-2026-000002")


# --- evidence, and what is never shown -----------------------------------------------------


async def test_the_evidence_says_which_uid_did_what(pair):
    sent = await ask(pair)
    await pair.kh.desk.fetch(sent["id"], CLERK)
    await pair.kh.desk.accept(sent["id"], OFFICER)
    found = await facts(pair.kh, "SELECT fact, record FROM evidence WHERE chain = 'local'")
    acts = [(row["fact"], orjson.loads(row["record"])["detail"]) for row in found]
    by = {fact: detail for fact, detail in acts if "uid" in detail}
    assert by["read"] == {"uid": 1001, "claims_for": "another person"}
    assert by["handed-over"]["uid"] == 1001
    assert by["accepted"]["uid"] == 1000
    assert "claims_for" not in by["accepted"]
    assert "officer" not in repr(acts)
    assert [row["record"] for row in await facts(pair.jp, "SELECT record FROM evidence")]


async def test_withheld_content_is_never_shown_and_the_refusal_is_kept(pair):
    """Whoever is at neither end of a message may not look at it, wherever its row stands."""
    sent = await ask(pair)
    loaded = await pair.kh.store.read(partial(reading.load, selector=sent["id"]))
    with pytest.raises(reading.WithheldError, match="withheld: ") as caught:
        reading.permitted_content(
            loaded, holder="vn/dolab", parties=CATALOGUE.parties, now=int(START)
        )
    assert caught.value.exit_code is ExitCode.REFUSED_BY_POLICY
    assert "Was this registration" not in str(caught.value)
    await pair.kh.store.write(
        partial(
            reading.note_withheld,
            row=loaded.row,
            error=caught.value,
            at=int(START),
            actor=OFFICER,
        )
    )
    (kept,) = await facts(pair.kh, "SELECT record FROM evidence WHERE fact = 'release-refused'")
    assert orjson.loads(kept["record"])["detail"]["audience"] == "vn/dolab"


async def test_F20_content_changed_on_the_disk_is_not_shown_nor_handed_over(pair):
    sent = await ask(pair)
    await pair.kh.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET content = zeroblob(length(content))")
    )
    with pytest.raises(CorruptError):
        await pair.kh.desk.fetch(sent["id"], OFFICER)
    assert (await pair.kh.desk.message(sent["id"]))["state"] == "received"
    assert len(await facts(pair.kh, "SELECT id FROM messages")) == 1


async def test_control_messages_reach_level_1_and_cause_no_acknowledgement(pair):
    view = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.jp.desk.wait(view["id"], "received", 5)
    await pair.kh.desk.fetch(view["id"], OFFICER)
    await pair.kh.settled()
    for node in (pair.jp, pair.kh):
        assert len(await facts(node, "SELECT id FROM messages")) == 1
    assert (await pair.jp.desk.message(view["id"]))["levels"] == {
        "received": times.text(START),
        "handed-over": None,
        "accepted": None,
        "declined": None,
        "answered": None,
    }
    with pytest.raises(ConflictError):
        await pair.kh.desk.accept(view["id"], OFFICER)


async def test_a_whole_matter_takes_exactly_the_messages_it_must(pair):
    sent = await read(pair)
    await pair.kh.desk.accept(sent["id"], OFFICER)
    reply = await answer(pair, sent)
    await pair.jp.desk.wait(sent["id"], "answered", 5)
    await pair.jp.desk.fetch(reply["id"], OFFICER)
    await pair.jp.settled()
    await pair.kh.settled()
    for node in (pair.jp, pair.kh):
        kinds = [row["type"] for row in await facts(node, "SELECT type FROM messages")]
        assert sorted(kinds) == [
            "acknowledgement.accepted",
            "acknowledgement.handed-over",
            "acknowledgement.handed-over",
            "inquiry.answer",
            "inquiry.request",
        ]


async def test_a_message_that_nobody_knows_is_not_found(pair):
    for act in (
        lambda: pair.jp.desk.fetch("0195c2a4-7b1e", OFFICER),
        lambda: pair.jp.desk.message("KH-2026-000001"),
        lambda: pair.jp.desk.accept("0195c2a4-7b1e", OFFICER),
        lambda: pair.jp.desk.thread("0195c2a4-7b1e"),
        lambda: pair.jp.desk.ping("vn/dolab", OFFICER),
    ):
        with pytest.raises(NotFoundError):
            await act()


async def test_a_refusal_by_the_peer_ends_the_waiting_with_its_code(pair):
    kh = SimulatedPeer(pair.kh.keys, pair.jp.keys)

    async def harm(node, body):
        return kh.receipt([kh.entry(lines(body)[0], RefusalCode.UNKNOWN_TYPE)])

    pair.wire.harm = harm
    sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    with pytest.raises(RefusedByPeerError, match="unknown-type") as caught:
        await pair.jp.desk.wait(sent["id"], "received", 5)
    assert caught.value.exit_code is ExitCode.REFUSED_BY_PEER
