"""What each side owes, as both nodes tell it: what opened it, by when, and what ended it."""

import pytest

from gateway.desk import Draft
from gateway.desk.duties import Kept, Light, act_in_words, light_of
from gateway.envelope import times
from gateway.errors import InvalidError, NotFoundError, Problem
from gateway.store.duties import Act
from tests.nodes import CATALOGUE, OFFICER, START, answer_to, facts, inquiry, two_nodes, until

DAY = 86_400
DUE = times.text(START + 20 * DAY)
LATER = times.text(START + 40 * DAY)
# Three working days: the 24th of September is a holiday in Cambodia.
READ_BY, ACCEPT_BY = times.text(START + 2 * DAY), times.text(START + 4 * DAY)
LEVELS = ["accepted", "answered", "handed-over"]
WHY = {"en": "Records of three offices have to be compared."}


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


async def settle(pair):
    for _ in range(2):
        await pair.jp.settled()
        await pair.kh.settled()


async def say(pair, side, draft):
    sent = await getattr(pair, side).desk.send(Draft.from_json(draft), OFFICER)
    await settle(pair)
    return sent


async def ask(pair, **changes):
    return await say(pair, "jp", inquiry(**changes))


async def reply(pair, side, about, type_name, body=None, **changes):
    body = CATALOGUE.bodies.example(type_name) if body is None else body
    draft = {"type": type_name, "in_reply_to": about["id"], "body": body} | changes
    return await say(pair, side, draft)


async def take_up(pair, about, side="kh"):
    desk = getattr(pair, side).desk
    await desk.fetch(about["id"], OFFICER)
    await desk.accept(about["id"], OFFICER)
    await settle(pair)


async def owed(node, about, **filters):
    """Return the duties of one message by act."""
    page = await node.desk.duties.page(everything=True, **filters)
    return {each["act"]: each for each in page["items"] if each["message"] == about["id"]}


async def turns(node, about):
    page = await node.desk.duties.page(everything=True)
    found = [each for each in page["items"] if each["message"] == about["id"]]
    return [each for each in reversed(found) if each["act"] == "repeated"]


async def both(pair, about, *names):
    """Return some members of the duties of a message, which have to be the same on both sides."""
    told = [
        {
            act: tuple(each[name] for name in names)
            for act, each in (await owed(node, about)).items()
        }
        for node in (pair.jp, pair.kh)
    ]
    assert told[0] == told[1]
    return told[0]


# --- what opens and what ends a duty --------------------------------------------------------


@pytest.mark.clause("5(7)")
async def test_both_nodes_tell_the_same_duties_of_the_same_holder(pair):
    asked = await ask(pair, due=DUE)
    found = await both(pair, asked, "node", "words", "due", "source")
    assert found == {
        "handed-over": ("kh/molvt", "read it", READ_BY, "profile"),
        "accepted": ("kh/molvt", "accept or decline", ACCEPT_BY, "profile"),
        "answered": ("kh/molvt", "answer", DUE, "sender"),
    }
    begun = await both(pair, asked, "opened_by", "closed")
    assert set(begun.values()) == {(asked["id"], None)}
    assert {each["holder"] for each in (await owed(pair.kh, asked)).values()} == {"us"}
    assert {each["holder"] for each in (await owed(pair.jp, asked)).values()} == {"them"}


@pytest.mark.parametrize("everything", [False, True])
async def test_what_is_only_to_be_read_may_be_left_out(pair, everything):
    await ask(pair)
    page = await pair.kh.desk.duties.page(everything=everything, reading=False)
    assert {each["act"] for each in page["items"]} == {"accepted", "answered"}


async def test_a_date_that_the_profile_gives_is_the_profile_s(pair):
    asked = await ask(pair)
    assert (await both(pair, asked, "source"))["answered"] == ("profile",)


async def test_a_duty_says_which_message_ended_it(pair):
    asked = await ask(pair)
    await take_up(pair, asked)
    answer = await say(pair, "kh", answer_to(asked))
    found = await both(pair, asked, "outcome", "closed_by")
    ended_by = {
        act: (await pair.kh.desk.message(closed_by))["type"]
        for act, (_, closed_by) in found.items()
    }
    assert ended_by == {
        "handed-over": "acknowledgement.handed-over",
        "accepted": "acknowledgement.accepted",
        "answered": "inquiry.answer",
    }
    assert found["answered"] == ("done", answer["id"])
    assert {outcome for outcome, _ in found.values()} == {"done"}
    assert (await pair.kh.desk.duties.page(holder="us"))["items"] == []


async def test_a_refusal_to_act_and_a_withdrawal_are_ends_of_their_own(pair):
    declined, withdrawn = await ask(pair), await ask(pair)
    await pair.kh.desk.fetch(declined["id"], OFFICER)
    await pair.kh.desk.decline(declined["id"], "unknown-subject", "No such record.", OFFICER)
    body = {"reason": {"en": "Asked by mistake."}}
    withdrawal = await reply(pair, "jp", withdrawn, "withdrawal", body)
    await settle(pair)
    outcomes = await both(pair, declined, "outcome")
    assert outcomes == {"handed-over": ("done",)} | dict.fromkeys(LEVELS[:2], ("declined",))
    found = await both(pair, withdrawn, "outcome", "closed_by")
    assert found == dict.fromkeys(LEVELS, ("withdrawn", withdrawal["id"]))


async def test_work_that_has_begun_was_accepted_by_that(pair):
    asked = await ask(pair)
    await pair.kh.desk.fetch(asked["id"], OFFICER)
    part = answer_to(asked)
    part["body"]["final"] = False
    answer = await say(pair, "kh", part)
    found = await both(pair, asked, "outcome", "closed_by")
    assert found["accepted"] == ("done", answer["id"])
    assert found["answered"] == (None, None)


async def test_what_a_message_ended_is_owed_again_when_it_never_counts(pair):
    asked = await ask(pair)
    await take_up(pair, asked)
    await pair.kh.stop()
    answer = await pair.kh.desk.send(Draft.from_json(answer_to(asked)), OFFICER)
    assert (await owed(pair.kh, asked))["answered"]["closed_by"] == answer["id"]
    await pair.kh.desk.queue.cancel(answer["id"], OFFICER)
    found = (await owed(pair.kh, asked))["answered"]
    assert (found["closed"], found["outcome"], found["due"]) == (None, None, asked["due"])


async def test_a_message_that_never_arrives_obliges_nobody(pair):
    pair.wire.down.add("kh/molvt")
    await pair.jp.stop()
    asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    await pair.jp.desk.queue.cancel(asked["id"], OFFICER)
    found = await owed(pair.jp, asked)
    assert {act: each["outcome"] for act, each in found.items()} == {"answered": "lapsed"}


async def test_a_matter_that_is_over_leaves_nothing_to_accept(pair):
    notice = await say(
        pair, "jp", {"type": "suspension.notice", "to": "kh/molvt"} | example("suspension.notice")
    )
    lift = await reply(pair, "jp", notice, "suspension.lift")
    assert (await both(pair, notice, "outcome", "closed_by"))["accepted"] == ("lapsed", lift["id"])


def example(type_name):
    return {"body": CATALOGUE.bodies.example(type_name)}


# --- more time ------------------------------------------------------------------------------


async def ask_for_time(pair, asked, due=LATER):
    return await reply(pair, "kh", asked, "extension.request", {"due": due, "reason": WHY})


async def agree(pair, request, *, agreed=True, due=LATER):
    await pair.jp.desk.fetch(request["id"], OFFICER)
    body = {"agreed": agreed} | ({"due": due} if agreed else {"reason": WHY})
    return await reply(pair, "jp", request, "extension.answer", body)


async def test_more_time_that_is_agreed_moves_the_date_on_both_sides(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    request = await ask_for_time(pair, asked)
    assert (await both(pair, asked, "due", "source"))["answered"] == (DUE, "sender")
    await agree(pair, request)
    assert (await both(pair, asked, "due", "source"))["answered"] == (LATER, "agreed")
    assert (await pair.kh.desk.message(asked["id"]))["deadlines"] == {"answered": LATER}
    assert (await pair.jp.desk.thread(asked["id"]))["due"] == LATER


async def test_less_time_than_was_asked_for_may_be_agreed(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    sooner = times.text(START + 25 * DAY)
    await agree(pair, await ask_for_time(pair, asked), due=sooner)
    assert (await both(pair, asked, "due", "source"))["answered"] == (sooner, "agreed")


async def test_a_refusal_of_more_time_moves_nothing(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    await agree(pair, await ask_for_time(pair, asked), agreed=False)
    assert (await both(pair, asked, "due", "source"))["answered"] == (DUE, "sender")


async def test_who_waits_cannot_put_the_date_off_for_itself(pair):
    """Japan owes nothing here, so its wish for more time has nothing to move."""
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    request = await reply(pair, "jp", asked, "extension.request", {"due": LATER, "reason": WHY})
    await pair.kh.desk.fetch(request["id"], OFFICER)
    await reply(pair, "kh", request, "extension.answer", {"agreed": True, "due": LATER})
    assert (await both(pair, asked, "due", "source"))["answered"] == (DUE, "sender")


async def test_an_agreement_never_brings_a_date_forward(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    sooner = times.text(START + 5 * DAY)
    await agree(pair, await ask_for_time(pair, asked), due=sooner)
    assert (await both(pair, asked, "due", "source"))["answered"] == (DUE, "sender")


@pytest.mark.parametrize("due", [DUE, times.text(START + 5 * DAY)])
async def test_more_time_that_is_none_is_not_asked_for(pair, due):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    with pytest.raises(InvalidError) as caught:
        await ask_for_time(pair, asked, due)
    assert caught.value.problems == (
        Problem("/due", f"is not later than {DUE}, the day that stands"),
    )


async def test_more_time_is_asked_for_once_at_a_time(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    request = await ask_for_time(pair, asked)
    latest = times.text(START + 60 * DAY)
    with pytest.raises(InvalidError) as caught:
        await ask_for_time(pair, asked, latest)
    assert caught.value.problems == (
        Problem("/due", f"was asked for already: {request['short']} has no answer"),
    )
    corrected = {"reason": {"en": "Later."}, "body": {"due": latest, "reason": WHY}}
    await reply(pair, "kh", request, "correction", corrected)
    await reply(pair, "kh", request, "withdrawal", {"reason": {"en": "Not needed."}})
    await agree(pair, await ask_for_time(pair, asked))
    await ask_for_time(pair, asked, latest)


async def test_a_question_for_more_time_lapses_with_the_answer(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    request = await ask_for_time(pair, asked)
    part = answer_to(asked)
    part["body"]["final"] = False
    await say(pair, "kh", part)
    assert (await both(pair, request, "closed"))["answered"] == (None,)
    answer = await say(pair, "kh", answer_to(asked))
    found = await both(pair, request, "outcome", "closed_by")
    assert found["answered"] == ("lapsed", answer["id"])


async def test_a_question_for_more_time_to_clarify_lapses_with_the_clarification(pair):
    asked = await ask(pair)
    await take_up(pair, asked)
    unclear = await reply(pair, "kh", asked, "clarification.request")
    await pair.jp.desk.fetch(unclear["id"], OFFICER)
    body = {"due": times.text(START + 60 * DAY), "reason": WHY}
    request = await reply(pair, "jp", unclear, "extension.request", body)
    other = await ask_for_time(pair, asked, times.text(START + 90 * DAY))
    clear = await reply(pair, "jp", unclear, "clarification.answer")
    found = await both(pair, request, "outcome", "closed_by")
    assert found["answered"] == ("lapsed", clear["id"])
    assert (await both(pair, other, "closed"))["answered"] == (None,)


async def test_an_agreement_that_never_leaves_moves_nothing(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    request = await ask_for_time(pair, asked)
    await pair.jp.desk.fetch(request["id"], OFFICER)
    await settle(pair)
    await pair.jp.stop()
    draft = {
        "type": "extension.answer",
        "in_reply_to": request["id"],
        "body": {"agreed": True, "due": LATER},
    }
    answer = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    assert (await owed(pair.jp, asked))["answered"]["due"] == LATER
    await pair.jp.desk.queue.cancel(answer["id"], OFFICER)
    found = (await owed(pair.jp, asked))["answered"]
    assert (found["due"], found["source"]) == (DUE, "sender")


# --- again and again ------------------------------------------------------------------------


async def report(pair):
    draft = {"type": "irregularity.report", "to": "kh/molvt"} | example("irregularity.report")
    return await say(pair, "jp", draft)


@pytest.mark.clause("5(5)")
async def test_an_investigation_is_reported_on_each_thirty_days_until_its_result(pair):
    told = await report(pair)
    assert await turns(pair.kh, told) == []
    await take_up(pair, told)
    (first,) = await turns(pair.kh, told)
    accepted = (await pair.kh.desk.message(told["id"]))["levels"]["accepted"]
    assert (first["due"], first["node"]) == (
        times.text(times.parse(accepted) + 30 * DAY),
        "kh/molvt",
    )
    assert (await pair.jp.desk.message(first["opened_by"]))["type"] == "acknowledgement.accepted"
    pair.clock.now += 20 * DAY
    status = await reply(pair, "kh", told, "investigation.status")
    done, following = await turns(pair.kh, told)
    assert (done["outcome"], done["closed_by"]) == ("done", status["id"])
    assert (following["opened_by"], following["closed"]) == (status["id"], None)
    assert following["due"] == times.text(START + 50 * DAY)
    result = await reply(pair, "kh", told, "investigation.result")
    _, last = await turns(pair.kh, told)
    assert (last["outcome"], last["closed_by"]) == ("done", result["id"])
    names = ("due", "source", "opened", "opened_by", "closed", "closed_by", "outcome", "node")
    ours, theirs = await turns(pair.kh, told), await turns(pair.jp, told)
    assert [[each[name] for name in names] for each in ours] == [
        [each[name] for name in names] for each in theirs
    ]


async def test_a_report_that_never_leaves_leaves_the_one_before_due(pair):
    told = await report(pair)
    await take_up(pair, told)
    await pair.kh.stop()
    draft = {"type": "investigation.status", "in_reply_to": told["id"]}
    status = await pair.kh.desk.send(
        Draft.from_json(draft | example("investigation.status")), OFFICER
    )
    assert len(await turns(pair.kh, told)) == 2
    await pair.kh.desk.queue.cancel(status["id"], OFFICER)
    (left,) = await turns(pair.kh, told)
    assert left["closed"] is None


async def test_a_report_that_is_cancelled_after_the_next_one_loses_no_turn(pair):
    told = await report(pair)
    await take_up(pair, told)
    await pair.kh.stop()
    pair.clock.now += 10 * DAY
    draft = {"type": "investigation.status", "in_reply_to": told["id"]}
    draft = Draft.from_json(draft | example("investigation.status"))
    cancelled = await pair.kh.desk.send(draft, OFFICER)
    pair.clock.now += DAY
    left = await pair.kh.desk.send(draft, OFFICER)
    await pair.kh.desk.queue.cancel(cancelled["id"], OFFICER)
    await pair.kh.start()
    pair.kh.delivery.wake("jp/isa")
    await settle(pair)
    names = ("due", "opened", "opened_by", "closed", "closed_by", "outcome")
    for reports in range(2):
        ours, theirs = await turns(pair.kh, told), await turns(pair.jp, told)
        seen = [[each[name] for name in names] for each in ours]
        assert seen == [[each[name] for name in names] for each in theirs]
        assert [each["closed"] is None for each in ours] == [False] * (reports + 1) + [True]
        pair.clock.now += 10 * DAY
        await reply(pair, "kh", told, "investigation.status")
    assert ours[0]["closed_by"] == left["id"]


async def has(node, query, *values):
    return bool(await facts(node, query, *values))


async def test_statistics_that_expire_on_their_way_leave_the_ones_before_owed(pair):
    draft = {"type": "dispatch.statistics", "to": "jp/isa"} | example("dispatch.statistics")
    first = await say(pair, "kh", draft)
    pair.clock.now += 80 * DAY
    pair.wire.down.add("jp/isa")
    limit = {"expires": times.text(pair.clock.now + 3_600)}
    second = await pair.kh.desk.send(Draft.from_json(draft | limit), OFFICER)
    attempted = "SELECT 1 FROM outbox WHERE attempted_at IS NOT NULL"
    await until(pair.kh, lambda: has(pair.kh, attempted))
    # Past the time of grace too.
    pair.clock.now += 40 * DAY
    pair.kh.delivery.wake("jp/isa")
    await until(pair.kh, lambda: has(pair.kh, "SELECT 1 FROM messages WHERE state = 'expired'"))
    (owed_again,), (lapsed,) = await turns(pair.kh, first), await turns(pair.kh, second)
    assert (owed_again["closed"], lapsed["outcome"]) == (None, "lapsed")
    pair.wire.down.clear()
    third = await say(pair, "kh", draft)
    (ended,), (following,) = await turns(pair.kh, first), await turns(pair.kh, third)
    assert (ended["closed_by"], following["closed"]) == (third["id"], None)


@pytest.mark.clause("5(2)")
async def test_statistics_are_due_again_each_quarter_whatever_becomes_of_the_last(pair):
    draft = {"type": "dispatch.statistics", "to": "jp/isa"} | example("dispatch.statistics")
    first = await say(pair, "kh", draft)
    await take_up(pair, first, "jp")
    (due,) = await turns(pair.kh, first)
    assert (due["holder"], due["due"], due["closed"]) == ("us", times.text(START + 92 * DAY), None)
    assert due["words"] == "send the next one"
    pair.clock.now += 90 * DAY
    second = await say(pair, "kh", draft)
    for node in (pair.jp, pair.kh):
        (ended,) = await turns(node, first)
        assert (ended["outcome"], ended["closed_by"]) == ("done", second["id"])
        (following,) = await turns(node, second)
        assert (following["node"], following["closed"]) == ("kh/molvt", None)


# --- haste ----------------------------------------------------------------------------------


def intermediary(code, **changes):
    body = CATALOGUE.bodies.example("intermediary.report")
    body["acts"] = {"a1": next(iter(body["acts"].values())) | {"code": code}}
    return {"type": "intermediary.report", "to": "kh/molvt", "body": body} | changes


@pytest.mark.parametrize(
    ("code", "priority", "days"),
    [
        pytest.param("human-rights", "emergency", 3, marks=pytest.mark.clause("4(1)(c)")),
        pytest.param("forged-documents", "urgent", 7, marks=pytest.mark.clause("4(1)(d)")),
    ],
)
async def test_what_is_told_hastens_a_report_whose_writer_says_nothing(pair, code, priority, days):
    sent = await say(pair, "jp", intermediary(code))
    view = await pair.kh.desk.message(sent["id"])
    assert (view["priority"], view["due"]) == (priority, times.text(START + days * DAY))


async def test_an_officer_who_leaves_more_time_than_that_is_told_so_and_decides(pair):
    draft = Draft.from_json(intermediary("human-rights", priority="routine"))
    assert (await pair.jp.desk.send(draft, OFFICER, dry_run=True))["called_for"] == "emergency"
    assert (await pair.jp.desk.send(draft, OFFICER))["priority"] == "routine"
    for priority in ({}, {"priority": "emergency"}):
        draft = Draft.from_json(intermediary("human-rights", **priority))
        assert (await pair.jp.desk.send(draft, OFFICER, dry_run=True))["called_for"] is None


# --- lists and reports ----------------------------------------------------------------------


async def test_duties_are_listed_page_by_page_the_most_pressing_first(pair):
    for days in (30, 10, 20):
        await ask(pair, due=times.text(START + days * DAY))
    everything = (await pair.kh.desk.duties.page())["items"]
    assert len(everything) == 9
    assert [each["due"] for each in everything] == sorted(each["due"] for each in everything)
    found, after = [], None
    while True:
        page = await pair.kh.desk.duties.page(limit=4, after=after)
        found += page["items"]
        if (after := page["next"]) is None:
            break
    assert found == everything
    assert (await pair.kh.desk.duties.page(holder="them"))["items"] == []


async def test_what_is_late_is_what_is_due_and_not_done(pair):
    asked = await ask(pair, due=DUE)
    await take_up(pair, asked)
    pair.clock.now = times.parse(DUE)
    assert (await pair.kh.desk.duties.page(overdue=True))["items"] == []
    pair.clock.now += 1
    (late,) = (await pair.kh.desk.duties.page(overdue=True))["items"]
    assert (late["act"], late["overdue"]) == ("answered", True)


@pytest.mark.parametrize(
    "filters",
    [
        {"holder": "me"},
        {"overdue": True, "everything": True},
        {"after": "17"},
        {"after": "2026-01-01T00:00:00Z~x~answered~0"},
        {"after": "2026-01-01T00:00:00Z~1~done~0"},
    ],
)
async def test_a_filter_that_nothing_can_fit_is_an_error(pair, filters):
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.duties.page(**filters)
    assert caught.value.problems


@pytest.mark.parametrize("period", [{"since": "today"}, {"since": LATER, "until": DUE}])
async def test_a_report_needs_a_period(pair, period):
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.duties.report(**period)
    assert caught.value.problems


async def test_an_unknown_peer_is_not_one_without_duties(pair):
    with pytest.raises(NotFoundError):
        await pair.jp.desk.duties.page(peer="np/moless")
    with pytest.raises(NotFoundError):
        await pair.jp.desk.duties.report(peer="np/moless")


async def test_a_report_tells_how_each_side_kept_its_word(pair):
    first, second = await ask(pair, due=DUE), await ask(pair, due=DUE)
    pair.clock.now += DAY
    await take_up(pair, first)
    pair.clock.now += 3 * DAY + 60
    await take_up(pair, second)
    pair.clock.now += DAY
    await say(pair, "kh", answer_to(first))
    pair.clock.now = times.parse(DUE) + 1
    told = await pair.jp.desk.duties.report()
    (side,) = told["items"]
    assert (side["peer"], side["node"], side["holder"]) == ("kh/molvt", "kh/molvt", "them")
    assert side["accepted"] == {
        "done": 2,
        "in_time": 1,
        "open": 0,
        "overdue": 0,
        "mean_days": 2.5,
    }
    assert side["answered"] == {"done": 1, "in_time": 1, "open": 1, "overdue": 1, "mean_days": 5.0}
    assert side["light"] == "red"
    (ours,) = (await pair.kh.desk.duties.report(peer="jp/isa"))["items"]
    assert {name: ours[name] for name in ("accepted", "answered", "light")} == {
        name: side[name] for name in ("accepted", "answered", "light")
    }
    period = {"since": DUE, "until": LATER}
    (side,) = (await pair.jp.desk.duties.report(**period))["items"]
    assert (side["accepted"]["done"], side["answered"]["done"]) == (0, 1)


@pytest.mark.parametrize(
    ("done", "in_time", "overdue", "light"),
    [
        (0, 0, 0, Light.NONE),
        (10, 9, 0, Light.GREEN),
        (20, 18, 0, Light.GREEN),
        (100, 89, 0, Light.AMBER),
        (99, 99, 1, Light.AMBER),
        (10, 7, 0, Light.AMBER),
        (10, 6, 0, Light.RED),
        (0, 0, 1, Light.RED),
    ],
)
def test_the_light_is_green_only_where_nothing_is_late(done, in_time, overdue, light):
    kept = {Act.ACCEPTED: Kept(done=done, in_time=in_time, open=overdue, overdue=overdue)}
    assert light_of(kept) is light


def test_what_is_only_to_be_read_turns_no_light():
    assert light_of({Act.HANDED_OVER: Kept(open=9, overdue=9)}) is Light.NONE


@pytest.mark.parametrize(
    ("type_name", "act", "words"),
    [
        ("irregularity.report", Act.ANSWERED, "investigate"),
        ("sending-org.approval", Act.ANSWERED, "publish it and confirm that"),
        ("status.request", Act.ANSWERED, "answer"),
        ("irregularity.report", Act.REPEATED, "report on it again"),
        ("dispatch.statistics", Act.REPEATED, "send the next one"),
    ],
)
def test_a_duty_is_told_in_the_words_of_its_matter(type_name, act, words):
    assert act_in_words(type_name, act) == words
