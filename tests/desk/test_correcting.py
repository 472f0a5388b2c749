"""What an officer would rather not have sent: corrections, withdrawals, and replies to them."""

import asyncio

import orjson
import pytest

from gateway.desk import Draft
from gateway.envelope import base64url
from gateway.errors import ConflictError, InvalidError, PolicyError
from tests.desk.conftest import ask, read
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    RunningClock,
    answer_to,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
)

WHY = {"en": "A name was wrong."}
QUESTION = inquiry()["body"]
SHORTER = QUESTION | {"questions": {"q1": QUESTION["questions"]["q1"]}}


async def correct(node, selector, body=SHORTER, **options):
    draft = {"type": "correction", "in_reply_to": selector, "body": {"reason": WHY, "body": body}}
    return await node.desk.send(Draft.from_json(draft), OFFICER, **options)


async def withdraw(node, selector):
    draft = {"type": "withdrawal", "in_reply_to": selector, "body": {"reason": WHY}}
    return await node.desk.send(Draft.from_json(draft), OFFICER)


async def header_of(node, view):
    (row,) = await facts(node, "SELECT jws FROM messages WHERE id = ?", view["id"])
    return orjson.loads(base64url.decode(orjson.loads(row["jws"])["payload"]))


async def settled(pair):
    await pair.jp.settled()
    await pair.kh.settled()


async def test_a_correction_is_bound_to_the_very_header_that_it_corrects(pair):
    sent = await ask(pair)
    view = await correct(pair.jp, sent["reference"])
    header = await header_of(pair.jp, view)
    assert header["in_reply_to"] == sent["id"]
    assert header["supersedes"] == {
        "id": sent["id"],
        "header_digest": sent["header_digest"],
        "mode": "correct",
    }
    assert (view["thread"], view["reference"]) == (sent["thread"], sent["reference"])
    await settled(pair)
    for node in (pair.jp, pair.kh):
        found = await node.desk.message(sent["id"])
        assert (found["superseded_by"], found["superseded_mode"]) == (view["id"], "correct")
        assert (await node.desk.thread(sent["id"]))["state"] == "requested"


@pytest.mark.parametrize("which", ["reference", "first", "newest"])
async def test_whichever_version_is_named_the_newest_loses_its_place(pair, which):
    sent = await ask(pair)
    newer = await correct(pair.jp, sent["id"])
    selector = {"reference": sent["reference"], "first": sent["id"], "newest": newer["id"]}[which]
    view = await correct(pair.jp, selector, QUESTION)
    header = await header_of(pair.jp, view)
    assert (header["in_reply_to"], header["supersedes"]["id"]) == (sent["id"], newer["id"])
    await settled(pair)
    assert (await pair.kh.desk.message(newer["id"]))["superseded_by"] == view["id"]


async def test_a_withdrawal_ends_the_matter_on_both_sides_and_only_once(pair):
    sent = await read(pair)
    await pair.kh.desk.accept(sent["id"], OFFICER)
    view = await withdraw(pair.jp, sent["id"])
    await settled(pair)
    for node in (pair.jp, pair.kh):
        thread = await node.desk.thread(sent["id"])
        assert (thread["state"], thread["next"]) == (
            "withdrawn",
            "nobody: the matter was withdrawn",
        )
        assert (await node.desk.message(sent["id"]))["superseded_mode"] == "withdraw"
    for again in (withdraw, correct):
        with pytest.raises(ConflictError, match="was withdrawn"):
            await again(pair.jp, sent["id"])
    with pytest.raises(PolicyError, match="stays as it was sent"):
        await withdraw(pair.jp, view["id"])


async def test_a_withdrawal_waits_for_nothing_of_its_thread(tmp_path):
    # Its message is still on its way, so the peer refuses it once and time has to pass.
    async with two_nodes(tmp_path, start=False, clock=RunningClock()) as pair:
        sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await correct(pair.jp, sent["id"])
        view = await withdraw(pair.jp, sent["id"])
        heads = await facts(
            pair.jp,
            "SELECT m.id FROM outbox AS o JOIN messages AS m USING (seq) WHERE o.head = 1",
        )
        assert {row["id"] for row in heads} == {sent["id"], view["id"]}
        await pair.jp.start()
        await pair.kh.start()
        await settled(pair)
        assert (await pair.kh.desk.thread(sent["id"]))["state"] == "withdrawn"


async def test_an_answer_that_was_withdrawn_leaves_the_matter_closed_and_calls_a_person(pair):
    sent = await read(pair)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    await pair.jp.desk.wait(sent["id"], "answered", 5)
    await withdraw(pair.kh, answer["id"])
    await settled(pair)
    for node in (pair.jp, pair.kh):
        thread = await node.desk.thread(sent["id"])
        assert (thread["state"], thread["attention"]) == ("answered", "answer-withdrawn")


async def test_only_who_sent_a_message_corrects_or_withdraws_it(pair):
    sent = await read(pair)
    await pair.kh.settled()
    before = await rows(pair.kh)
    for act in (correct, withdraw):
        with pytest.raises(PolicyError, match="only the side that sent"):
            await act(pair.kh, sent["id"])
    assert changed(before, await rows(pair.kh)) == set()


async def test_a_ping_cannot_be_withdrawn(pair):
    ping = await pair.jp.desk.ping("kh/molvt", OFFICER)
    with pytest.raises(PolicyError, match="a ping stays as it was sent"):
        await withdraw(pair.jp, ping["id"])


async def test_a_corrected_body_is_checked_by_the_type_that_it_corrects(pair):
    sent = await ask(pair)
    before = await rows(pair.jp)
    body = {name: value for name, value in QUESTION.items() if name != "reason"} | {"colour": 1}
    with pytest.raises(InvalidError) as caught:
        await correct(pair.jp, sent["id"], body)
    assert {problem.where for problem in caught.value.problems} == {"/body/reason", "/body/colour"}
    assert "gateway template inquiry.request" in caught.value.hint
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_correction_that_turns_a_part_into_the_answer_is_not_sent(pair):
    sent = await read(pair)
    draft = answer_to(sent)
    draft["body"]["final"] = False
    part = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    with pytest.raises(InvalidError) as caught:
        await correct(pair.kh, part["id"], answer_to(sent)["body"])
    assert [problem.where for problem in caught.value.problems] == ["/body/final"]


async def test_a_corrected_answer_still_has_to_fit_its_question(pair):
    sent = await read(pair)
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    with pytest.raises(InvalidError) as caught:
        await correct(
            pair.kh, answer["id"], {"answers": {"q1": {"status": "unknown"}}, "final": True}
        )
    assert [problem.where for problem in caught.value.problems] == ["/body/answers/q2"]


async def test_a_correction_is_marked_no_more_openly_than_what_it_corrects(pair):
    body = CATALOGUE.bodies.example("irregularity.report")
    draft = {"type": "irregularity.report", "to": "kh/molvt", "body": body}
    sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    plain = {name: value for name, value in body.items() if name != "no_tip_off"}
    view = await correct(pair.jp, sent["id"], plain)
    assert view["caveats"] == sent["caveats"] == ["no-tip-off", "personal-data"]
    victim = {"p1": {"name_latin": "CHAN DARA", "nationality": "KH"}}
    view = await correct(pair.jp, sent["id"], plain | {"victims": victim})
    assert view["marking"] == "restricted"
    view = await correct(pair.jp, sent["id"], plain)
    assert view["marking"] == "restricted"


async def test_corrections_at_the_same_time_never_take_one_place_twice(pair):
    sent = await ask(pair)
    ends = await asyncio.gather(
        *(correct(pair.jp, sent["id"]) for _ in range(4)), return_exceptions=True
    )
    made = [end for end in ends if isinstance(end, dict)]
    assert {type(end) for end in ends} <= {dict, ConflictError}
    # One that began after another was kept corrects that one; nothing is ever corrected twice.
    taken = [end["supersedes"] for end in made]
    assert sent["id"] in taken
    assert len(set(taken)) == len(taken)


async def test_a_correction_is_tried_without_being_made(pair):
    sent = await ask(pair)
    before = await rows(pair.jp)
    view = await correct(pair.jp, sent["id"], dry_run=True)
    assert (view["type"], view["thread"]) == ("correction", sent["thread"])
    assert changed(before, await rows(pair.jp)) == set()


@pytest.mark.parametrize("state", ["refused", "cancelled", "expired"])
async def test_nothing_speaks_of_what_the_other_side_never_took(pair, state):
    sent = await ask(pair)
    await pair.jp.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET state = ?", (state,))
    )
    reminder = {"type": "reminder", "in_reply_to": sent["id"], "body": {}}
    for act in (
        correct(pair.jp, sent["id"]),
        withdraw(pair.jp, sent["id"]),
        pair.jp.desk.send(Draft.from_json(reminder), OFFICER),
    ):
        with pytest.raises(ConflictError, match="never took"):
            await act


# --- the other side's officer ---------------------------------------------------------------------


async def test_a_reply_answers_the_newest_version_and_only_once_it_was_read(pair):
    sent = await read(pair)
    newer = await correct(pair.jp, sent["id"])
    await settled(pair)
    draft = Draft.from_json(answer_to(sent) | {"body": {"answers": {}, "final": True}})
    draft.body["answers"]["q1"] = {"status": "unknown"}
    with pytest.raises(ConflictError, match=f"nobody here has read {newer['short']}"):
        await pair.kh.desk.send(draft, OFFICER)
    await pair.kh.desk.fetch(newer["id"], OFFICER)
    answer = await pair.kh.desk.send(draft, OFFICER)
    assert answer["in_reply_to"] == newer["id"]
    found = await pair.jp.desk.wait(sent["id"], "answered", 5)
    assert found["levels"]["answered"] is not None


async def test_what_was_corrected_is_not_accepted_before_the_correction_was_read(pair):
    sent = await read(pair)
    newer = await correct(pair.jp, sent["id"])
    await settled(pair)
    with pytest.raises(ConflictError, match=f"nobody here has read {newer['short']}"):
        await pair.kh.desk.accept(sent["id"], OFFICER)
    await pair.kh.desk.fetch(newer["id"], OFFICER)
    # The officer has the correction before him and names that.
    accepted = await pair.kh.desk.accept(newer["id"], OFFICER)
    assert (accepted["id"], accepted["state"]) == (sent["id"], "accepted")


async def test_what_was_withdrawn_is_neither_accepted_nor_answered(pair):
    sent = await read(pair)
    await withdraw(pair.jp, sent["id"])
    await settled(pair)
    for act in (
        pair.kh.desk.accept(sent["id"], OFFICER),
        pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER),
    ):
        with pytest.raises(ConflictError, match="was withdrawn"):
            await act


async def test_an_answer_composed_before_a_correction_came_is_not_kept(pair):
    """The correction arrives between composing and keeping: what was meant is outdated."""
    sent = await read(pair)
    composer, seal = pair.kh.desk._composer, pair.kh.desk._composer.sign_and_seal

    async def late(*arguments):
        await correct(pair.jp, sent["id"], QUESTION)
        await settled(pair)
        return await seal(*arguments)

    composer.sign_and_seal = late
    with pytest.raises(ConflictError, match="was corrected: answer what it says now"):
        await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    thread = await pair.jp.desk.thread(sent["id"])
    assert thread["state"] == "requested"
