"""Corrections and withdrawals that arrive: whose place is taken, and what never is."""

import pytest

from gateway.catalogue import TYPES, Superseding
from gateway.desk import Draft
from gateway.envelope import Outcome, digest
from gateway.errors import RefusalCode
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, answer_to, facts, inquiry
from tests.peer import ABSENT, Letter, new_id

WHY = {"en": "A name was wrong."}
QUESTION = CATALOGUE.bodies.example("inquiry.request")


async def take(arena, letter):
    """Let Cambodia take a letter from Japan, which it must."""
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED, entry
    return letter


async def opened(arena, type_name="inquiry.request"):
    return await take(arena, arena.jp.letter(type_name))


def superseding(arena, target: Letter, first: Letter | None = None, mode="correct", **members):
    """Return Japan's correction or withdrawal of a letter, the newest version of `first`."""
    first = first or target
    body = {"reason": WHY} | ({"body": QUESTION} if mode == "correct" else {})
    given = {
        "thread": first.id,
        "in_reply_to": first.id,
        "supersedes": {"id": target.id, "header_digest": target.header_digest, "mode": mode},
    }
    name = "correction" if mode == "correct" else "withdrawal"
    return arena.jp.letter(name, **({"body": body} | given | members))


async def view(arena, letter):
    return await arena.kh.desk.message(letter.id)


async def thread(arena, letter):
    found = await arena.kh.desk.thread(letter.id)
    return found["state"], found["attention"]


# --- what is taken -------------------------------------------------------------------------------


async def test_a_corrected_message_keeps_its_state_and_says_what_took_its_place(arena):
    first = await opened(arena)
    before = await view(arena, first)
    newer = await take(arena, superseding(arena, first))
    after = await view(arena, first)
    changes = {"superseded_by": newer.id, "superseded_mode": "correct"}
    assert after == before | changes
    assert (await view(arena, newer))["supersedes"] == first.id
    assert await thread(arena, first) == ("requested", None)


async def test_a_correction_may_be_corrected_again_and_each_names_the_newest(arena):
    first = await opened(arena)
    second = await take(arena, superseding(arena, first))
    third = await take(arena, superseding(arena, second, first))
    chain = [(await view(arena, each))["superseded_by"] for each in (first, second, third)]
    assert chain == [second.id, third.id, None]


@pytest.mark.parametrize("type_name", ["inquiry.request", "irregularity.report"])
async def test_withdrawing_what_opened_a_matter_ends_it_at_once(arena, type_name):
    first = await opened(arena, type_name)
    assert TYPES["withdrawal"].immediate
    await take(arena, superseding(arena, first, mode="withdraw"))
    assert await thread(arena, first) == ("withdrawn", None)
    found = await view(arena, first)
    assert (found["state"], found["superseded_mode"]) == ("received", "withdraw")


@pytest.mark.parametrize("act", ["accept", "decline", "answer"])
async def test_a_withdrawal_ends_a_matter_that_was_taken_up_or_closed(arena, act):
    first = await opened(arena)
    kh = arena.kh.desk
    await kh.fetch(first.id, OFFICER)
    if act == "accept":
        await kh.accept(first.id, OFFICER)
    elif act == "decline":
        await kh.decline(first.id, "not-competent", "Elsewhere.", OFFICER)
    else:
        await kh.send(Draft.from_json(answer_to({"id": first.id})), OFFICER)
    levels = (await view(arena, first))["levels"]
    await take(arena, superseding(arena, first, mode="withdraw"))
    assert (await thread(arena, first))[0] == "withdrawn"
    assert (await view(arena, first))["levels"] == levels


async def test_withdrawing_the_newest_version_withdraws_the_matter(arena):
    first = await opened(arena)
    second = await take(arena, superseding(arena, first))
    await take(arena, superseding(arena, second, first, mode="withdraw"))
    assert (await thread(arena, first))[0] == "withdrawn"
    assert (await view(arena, first))["superseded_mode"] == "correct"
    assert (await view(arena, second))["superseded_mode"] == "withdraw"


async def test_what_was_superseded_already_is_kept_for_a_person_and_moves_nothing(arena):
    first = await opened(arena)
    second = await take(arena, superseding(arena, first))
    for mode in Superseding:
        late = await take(arena, superseding(arena, first, mode=mode))
        assert (await view(arena, late))["attention"] == "superseded-already"
        assert (await view(arena, late))["supersedes"] is None
    assert (await view(arena, first))["superseded_by"] == second.id
    assert await thread(arena, first) == ("requested", "superseded-already")


# --- an answer of theirs -------------------------------------------------------------------------


async def answered(arena, **changes):
    """Cambodia has asked and Japan has answered; return the question's view and the answer."""
    question = await arena.kh.desk.send(Draft.from_json(inquiry(to="jp/isa")), OFFICER)
    body = answer_to(question)["body"] | changes
    place = {"thread": question["thread"], "in_reply_to": question["id"]}
    return question, await take(arena, arena.jp.letter("inquiry.answer", body=body, **place))


def of_answer(arena, question, answer, mode, body=None):
    inner = {} if body is None else {"body": body}
    return superseding(
        arena, answer, mode=mode, thread=question["thread"], body={"reason": WHY} | inner
    )


async def test_withdrawing_an_answer_opens_nothing_again_and_calls_a_person(arena):
    question, answer = await answered(arena)
    before = await arena.kh.desk.message(question["id"])
    await take(arena, of_answer(arena, question, answer, "withdraw"))
    found = await arena.kh.desk.thread(question["id"])
    assert (found["state"], found["attention"]) == ("answered", "answer-withdrawn")
    assert (await arena.kh.desk.message(question["id"]))["levels"] == before["levels"]
    assert (await view(arena, answer))["superseded_mode"] == "withdraw"


async def test_a_corrected_answer_that_fits_takes_the_place_of_the_first(arena):
    question, answer = await answered(arena)
    body = answer_to(question)["body"]
    newer = await take(arena, of_answer(arena, question, answer, "correct", body))
    assert (await view(arena, answer))["superseded_by"] == newer.id
    found = await arena.kh.desk.thread(question["id"])
    assert (found["state"], found["attention"]) == ("answered", None)


MISFITS = {
    "one that leaves a question open": {"answers": {"q1": {"status": "unknown"}}, "final": True},
    "one that is no longer final": {
        "answers": {"q1": {"status": "unknown"}, "q2": {"status": "unknown"}},
        "final": False,
    },
}


@pytest.mark.parametrize("name", MISFITS)
async def test_a_corrected_answer_that_does_not_fit_is_kept_and_takes_no_place(arena, name):
    question, answer = await answered(arena)
    odd = await take(arena, of_answer(arena, question, answer, "correct", MISFITS[name]))
    assert (await view(arena, odd))["attention"] == "does-not-fit-the-question"
    assert (await view(arena, answer))["superseded_by"] is None


async def corrected_question(arena):
    """Cambodia has asked, and corrected what it asked before Japan could know."""
    question = await arena.kh.desk.send(Draft.from_json(inquiry(to="jp/isa")), OFFICER)
    body = inquiry()["body"] | {
        "questions": {"q1": {"text": {"en": "When was it issued?"}, "expected": "date"}}
    }
    draft = {"type": "correction", "in_reply_to": question["id"]}
    draft["body"] = {"reason": WHY, "body": body}
    return question, await arena.kh.desk.send(Draft.from_json(draft), OFFICER)


async def test_an_answer_to_a_question_that_was_corrected_meanwhile_counts_and_is_flagged(arena):
    question, _ = await corrected_question(arena)
    body = answer_to(question)["body"]
    place = {"thread": question["thread"], "in_reply_to": question["id"]}
    answer = await take(arena, arena.jp.letter("inquiry.answer", body=body, **place))
    assert (await view(arena, answer))["attention"] == "answers-an-earlier-version"
    found = await arena.kh.desk.thread(question["id"])
    assert (found["state"], found["attention"]) == ("answered", "answers-an-earlier-version")


async def test_an_answer_is_held_against_the_version_that_it_names(arena):
    question, correction = await corrected_question(arena)
    place = {"thread": question["thread"], "in_reply_to": correction["id"]}
    body = {"answers": {"q1": {"status": "answered", "value": "2026-02-10"}}, "final": True}
    answer = await take(arena, arena.jp.letter("inquiry.answer", body=body, **place))
    assert (await view(arena, answer))["attention"] is None
    # The level is the first version's: a matter has one question, however often it is corrected.
    assert (await arena.kh.desk.message(question["id"]))["levels"]["answered"] is not None
    assert (await arena.kh.desk.message(correction["id"]))["levels"]["answered"] is None


# --- what is refused -----------------------------------------------------------------------------


def named(target, **changes):
    members = {"id": target.id, "header_digest": target.header_digest, "mode": "correct"}
    return {"supersedes": members | changes}


REFUSED = {
    "another header of the message": (
        RefusalCode.NOT_PERMITTED,
        "/supersedes/header_digest",
        lambda first: named(first, header_digest=digest(b"")),
    ),
    "a withdrawal that says correct": (
        RefusalCode.NOT_PERMITTED,
        "/supersedes",
        lambda first: named(first, mode="withdraw"),
    ),
    "a correction of nothing": (
        RefusalCode.NOT_PERMITTED,
        "/supersedes",
        lambda first: {"supersedes": ABSENT},
    ),
    "no first version": (
        RefusalCode.WRONG_THREAD,
        "/in_reply_to",
        lambda first: {"in_reply_to": ABSENT},
    ),
    "an unknown first version": (
        RefusalCode.UNKNOWN_REFERENCE,
        "/in_reply_to",
        lambda first: {"in_reply_to": new_id()},
    ),
    "an unknown message": (
        RefusalCode.UNKNOWN_REFERENCE,
        "/supersedes/id",
        lambda first: named(first, id=new_id()),
    ),
    "a corrected body that does not fit its type": (
        RefusalCode.INVALID_BODY,
        "/body/body/reason",
        lambda first: {
            "body": {"reason": WHY, "body": {k: v for k, v in QUESTION.items() if k != "reason"}}
        },
    ),
    "a corrected body with a member that nobody knows": (
        RefusalCode.INVALID_BODY,
        "/body/body/*",
        lambda first: {"body": {"reason": WHY, "body": QUESTION | {"N1234567": 1}}},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_may_not_take_a_place_is_refused_and_changes_nothing(arena, name):
    code, pointer, members = REFUSED[name]
    first = await opened(arena)
    letter = superseding(arena, first, **members(first))
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (code, (pointer,))
    assert await arena.changed() == (set() if entry.retryable else FINAL)


async def test_nobody_corrects_or_withdraws_what_the_other_side_has_sent(arena):
    question = await arena.kh.desk.send(Draft.from_json(inquiry(to="jp/isa")), OFFICER)
    for mode in Superseding:
        theirs = {"id": question["id"], "header_digest": question["header_digest"], "mode": mode}
        place = {"thread": question["thread"], "in_reply_to": question["id"], "supersedes": theirs}
        first = arena.jp.letter("ping")
        letter = superseding(arena, first, mode=mode, **place)
        (entry,) = await arena.entries(arena.jp.seal(letter))
        assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/supersedes/id",))
        assert await arena.changed() == FINAL


async def test_a_message_without_content_of_its_own_stays_as_it_was_sent(arena):
    first = await opened(arena)
    place = {"thread": first.id, "in_reply_to": first.id}
    reminder = await take(arena, arena.jp.letter("reminder", **place))
    withdrawal = await take(arena, superseding(arena, await opened(arena), mode="withdraw"))
    for fixed, matter in ((reminder, first.id), (withdrawal, None)):
        thread_of = matter or (await view(arena, withdrawal))["thread"]
        letter = superseding(arena, fixed, mode="withdraw", thread=thread_of)
        (entry,) = await arena.entries(arena.jp.seal(letter))
        assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/supersedes/id",))


async def test_a_correction_in_another_matter_than_its_message_is_refused(arena):
    first, other = await opened(arena), await opened(arena)
    letter = superseding(arena, first, thread=other.id)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))
    letter = superseding(arena, first, thread=other.id, in_reply_to=other.id)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.WRONG_THREAD, ("/in_reply_to",))
    assert (await view(arena, first))["superseded_by"] is None


async def test_a_withdrawal_that_overtakes_its_message_is_judged_again_once_that_is_there(arena):
    first = arena.jp.letter("inquiry.request")
    withdrawal = superseding(arena, first, mode="withdraw")
    (entry,) = await arena.entries(arena.jp.seal(withdrawal))
    assert (entry.code, entry.retryable) == (RefusalCode.UNKNOWN_REFERENCE, True)
    await take(arena, first)
    await take(arena, withdrawal)
    assert (await thread(arena, first))[0] == "withdrawn"


async def test_a_type_that_supersedes_nothing_may_not_say_that_it_does(arena):
    first = await opened(arena)
    place = {"thread": first.id, "in_reply_to": first.id}
    letter = arena.jp.letter("reminder", **place, **named(first))
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/supersedes",))


async def test_each_step_is_kept_with_the_state_that_was_before_it(arena):
    first = await opened(arena)
    await arena.kh.desk.fetch(first.id, OFFICER)
    await arena.kh.desk.accept(first.id, OFFICER)
    await take(arena, superseding(arena, first, mode="withdraw"))
    found = await facts(arena.kh, "SELECT thread, step, before FROM steps ORDER BY seq")
    assert [(row["thread"], row["step"], row["before"]) for row in found] == [
        (first.id, "accept", "requested"),
        (first.id, "withdraw", "accepted"),
    ]
