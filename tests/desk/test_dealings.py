"""Every kind of matter of the framework, from its first message to its end, between two nodes.

Clauses 2, 4, 7, 8 and 9, and clause 10 for them all; organisations and lists stand elsewhere.
"""

import pytest

from gateway.catalogue import TYPES, Level, Role
from gateway.desk import Draft
from gateway.errors import ConflictError, InvalidError, PolicyError
from gateway.policy.marking import Then
from tests.desk.dealing import (
    attention,
    both,
    example,
    header_of,
    marking_of,
    read,
    say,
    take_up,
    version,
)
from tests.nodes import CATALOGUE, OFFICER, changed, facts, rows

SIDES = pytest.mark.parametrize("opener", ["jp", "kh"])


def ends(pair, opener):
    """Return who opens a matter and who answers, for what either side may open."""
    return (pair.jp, pair.kh) if opener == "jp" else (pair.kh, pair.jp)


async def silence(pair):
    """Let nothing leave either side, so that what is sent now crosses."""
    await pair.jp.stop()
    await pair.kh.stop()


async def resume(pair):
    """Let leave what has waited."""
    await pair.jp.start()
    await pair.kh.start()


# --- 2 and 4(1): contact points, information, intermediaries -------------------------------------


@pytest.mark.clause("2")
@SIDES
async def test_a_changed_contact_point_is_told_read_and_confirmed(pair, opener):
    we, they = ends(pair, opener)
    notice = await say(we, "contact.update", body=example("contact.update", party=we.keys.node))
    assert notice["clauses"] == ["2"]
    assert (await both(pair, notice))[0] == "notified"
    await take_up(pair, they, notice)
    assert await both(pair, notice) == ("accepted", "nobody: the matter is closed")
    # Whom to call is personal data: never for the public, never in clear.
    assert "personal-data" in (await marking_of(they, notice)).caveats


@pytest.mark.clause("4(1)")
@SIDES
async def test_information_is_shared_by_either_side_and_taken_up(pair, opener):
    we, they = ends(pair, opener)
    body = example("info.share", persons={"p1": {"name_latin": "KIM SOK", "nationality": "KH"}})
    shared = await say(we, "info.share", body=body)
    assert shared["clauses"] == ["4(1)"]
    marking = await marking_of(they, shared)
    assert (marking.level, marking.whole().level) == (Level.CONFIDENTIAL, Level.RESTRICTED)
    assert [part.pointer for part in marking.granular] == ["/persons"]
    await take_up(pair, they, shared)
    assert (await both(pair, shared))[0] == "accepted"
    assert (await read(they, shared))["content"]["body"]["persons"] == body["persons"]


async def test_what_was_shared_may_turn_into_an_inquiry_of_the_other_side(pair):
    shared = await say(pair.kh, "info.share")
    await read(pair.jp, shared)
    draft = {"type": "inquiry.request", "to": "kh/molvt", "in_reply_to": shared["id"]}
    draft["body"] = example("inquiry.request")
    asked = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    await pair.jp.desk.wait(asked["id"], "received", 5)
    header = await header_of(pair.kh, asked)
    assert (header["parent_thread"], header["in_reply_to"]) == (shared["thread"], shared["id"])


ACTS = [
    pytest.param(
        "property-management", marks=pytest.mark.clause("4(1)(a)"), id="property-management"
    ),
    pytest.param("penalty-contract", marks=pytest.mark.clause("4(1)(b)"), id="penalty-contract"),
    pytest.param("human-rights", marks=pytest.mark.clause("4(1)(c)"), id="human-rights"),
    pytest.param("forged-documents", marks=pytest.mark.clause("4(1)(d)"), id="forged-documents"),
    pytest.param("opaque-fees", marks=pytest.mark.clause("4(1)(e)"), id="opaque-fees"),
]


@pytest.mark.parametrize("code", [*ACTS, "other"])
@SIDES
async def test_each_act_of_an_intermediary_is_reported_and_looked_into(pair, opener, code):
    we, they = ends(pair, opener)
    acts = {"a1": {"code": code, "text": {"en": "As the workers said."}}}
    report = await say(we, "intermediary.report", body=example("intermediary.report", acts=acts))
    assert report["clauses"] == ["4(1)"]
    await take_up(pair, they, report)
    assert await both(pair, report) == ("accepted", f"{they.keys.node} is to investigate")
    received = await read(they, report)
    assert received["content"]["body"]["acts"] == acts
    result = await say(they, "intermediary.result", report)
    assert await both(pair, report) == ("concluded", "nobody: the matter is closed")
    assert (await we.desk.message(report["id"]))["levels"]["answered"] is not None
    assert result["clauses"] == ["4(1)"]


async def test_who_reported_an_intermediary_adds_what_became_known_and_the_other_side_does_not(
    pair,
):
    report = await say(pair.jp, "intermediary.report")
    await take_up(pair, pair.kh, report)
    await say(pair.jp, "intermediary.update", report)
    assert (await both(pair, report))[0] == "accepted"
    with pytest.raises(PolicyError):
        await say(pair.kh, "intermediary.update", report)
    await say(pair.kh, "intermediary.result", report)
    # News after the result stands in the matter and opens nothing.
    await say(pair.jp, "intermediary.update", report)
    assert (await both(pair, report))[0] == "concluded"


async def test_an_intermediary_that_is_a_person_is_marked_more_closely(pair):
    body = example("intermediary.report", person={"name_latin": "SOK PISEY", "nationality": "KH"})
    del body["organisation"]
    report = await say(pair.jp, "intermediary.report", body=body | {"no_tip_off": True})
    marking = await marking_of(pair.kh, report)
    assert [part.pointer for part in marking.granular] == ["/person"]
    assert marking.whole().level is Level.RESTRICTED
    assert "no-tip-off" in marking.caveats
    # Whatever is said back carries it too.
    await take_up(pair, pair.kh, report)
    result = await say(pair.kh, "intermediary.result", report)
    assert "no-tip-off" in (await marking_of(pair.jp, result)).caveats


async def test_a_report_of_nobody_is_not_sent(pair):
    body = example("intermediary.report")
    del body["organisation"]
    before = await facts(pair.jp, "SELECT count(*) AS n FROM messages")
    with pytest.raises(InvalidError) as caught:
        await say(pair.jp, "intermediary.report", body=body)
    assert [problem.where for problem in caught.value.problems] == ["/organisation"]
    assert await facts(pair.jp, "SELECT count(*) AS n FROM messages") == before


# --- 4(2): consultations -------------------------------------------------------------------------

SUBJECTS = [
    pytest.param("policy-change", marks=pytest.mark.clause("4(2)(a)"), id="policy-change"),
    pytest.param("intermediaries", marks=pytest.mark.clause("4(2)(b)"), id="intermediaries"),
    pytest.param(
        "exams-and-improper-orgs", marks=pytest.mark.clause("4(2)(c)"), id="exams-and-improper-orgs"
    ),
    pytest.param(
        "exam-implementation", marks=pytest.mark.clause("4(2)(d)"), id="exam-implementation"
    ),
    pytest.param(
        "residence-management", marks=pytest.mark.clause("4(2)(e)"), id="residence-management"
    ),
    pytest.param("other-systems", marks=pytest.mark.clause("4(2)(f)"), id="other-systems"),
]
TIME = {"from": "2026-06-12T01:00:00Z"}


@pytest.mark.clause("4(2)")
@pytest.mark.parametrize("code", SUBJECTS)
@SIDES
async def test_each_subject_is_proposed_agreed_minuted_and_followed_to_its_end(pair, opener, code):
    we, they = ends(pair, opener)
    body = example("consultation.propose", topics={"t1": {"code": code}}, occasion="ad-hoc")
    proposal = await say(we, "consultation.propose", body=body)
    assert proposal["clauses"] == ["4(2)"]
    assert (await both(pair, proposal))[0] == "proposed"
    assert (await read(they, proposal))["content"]["body"]["topics"] == body["topics"]
    await say(they, "consultation.reply", proposal)
    assert (await we.desk.message(proposal["id"]))["levels"]["answered"] is not None
    held = f"{we.keys.node} is to send the minutes once it was held"
    assert await both(pair, proposal) == ("agreed", held)
    await say(we, "consultation.minutes", proposal)
    assert (await both(pair, proposal))[0] == "minuted"
    actions = example("consultation.action", actions_open=True)
    await say(they, "consultation.action", proposal, actions)
    assert (await both(pair, proposal))[0] == "actions-open"
    await say(we, "consultation.action", proposal)
    assert await both(pair, proposal) == ("closed", "nobody: the matter is closed")


async def test_times_go_to_and_fro_until_one_side_agrees(pair):
    proposal = await say(pair.jp, "consultation.propose")
    await read(pair.kh, proposal)
    counter = {"reply": "counter", "times": {"w1": TIME}}
    first = await say(pair.kh, "consultation.reply", proposal, counter)
    turn = "jp/isa is to agree to a time or propose others"
    assert await both(pair, proposal) == ("countered", turn)
    # It is Japan's turn: Cambodia has said its word.
    with pytest.raises(ConflictError):
        await say(pair.kh, "consultation.reply", proposal)
    # Nobody agrees to times that nobody has read.
    agrees = {"reply": "agree", "time": TIME}
    with pytest.raises(ConflictError, match="nobody here has read"):
        await say(pair.jp, "consultation.reply", proposal, agrees)
    await read(pair.jp, first)
    again = await say(pair.jp, "consultation.reply", proposal, counter)
    assert (await both(pair, proposal))[0] == "proposed"
    with pytest.raises(ConflictError, match="nobody here has read"):
        await say(pair.kh, "consultation.reply", proposal, agrees)
    await read(pair.kh, again)
    second = await say(pair.kh, "consultation.reply", proposal, counter)
    with pytest.raises(ConflictError, match="nobody here has read"):
        await say(pair.jp, "consultation.reply", proposal, agrees)
    await read(pair.jp, second)
    await say(pair.jp, "consultation.reply", proposal, agrees)
    assert (await both(pair, proposal))[0] == "agreed"


async def test_who_proposed_does_not_agree_to_its_own_times(pair):
    proposal = await say(pair.jp, "consultation.propose")
    with pytest.raises(ConflictError):
        await say(pair.jp, "consultation.reply", proposal)
    assert (await both(pair, proposal))[0] == "proposed"


async def test_a_consultation_is_declined_with_a_reason_and_goes_no_further(pair):
    proposal = await say(pair.jp, "consultation.propose")
    await read(pair.kh, proposal)
    with pytest.raises(InvalidError, match="does not fit"):
        await say(pair.kh, "consultation.reply", proposal, {"reply": "decline"})
    reason = {"code": "other", "text": {"en": "The ministry is being reorganised."}}
    await say(pair.kh, "consultation.reply", proposal, {"reply": "decline", "reason": reason})
    assert (await both(pair, proposal))[0] == "declined"
    with pytest.raises(ConflictError):
        await say(pair.jp, "consultation.minutes", proposal)


async def test_minutes_that_cross_leave_both_sides_in_one_state(pair):
    proposal = await say(pair.jp, "consultation.propose")
    await read(pair.kh, proposal)
    await say(pair.kh, "consultation.reply", proposal)
    await both(pair, proposal)
    await silence(pair)
    for node, is_open in ((pair.jp, True), (pair.kh, False)):
        body = example("consultation.minutes", actions_open=is_open)
        draft = {"type": "consultation.minutes", "in_reply_to": proposal["id"], "body": body}
        await node.desk.send(Draft.from_json(draft), OFFICER)
    states = [(await node.desk.thread(proposal["id"]))["state"] for node in (pair.jp, pair.kh)]
    assert states == ["minuted", "closed"]
    await resume(pair)
    assert (await both(pair, proposal))[0] == "closed"
    for node in (pair.jp, pair.kh):
        assert await attention(node, proposal) is None


# --- 7: exams ------------------------------------------------------------------------------------


@pytest.mark.clause("7")
async def test_help_with_an_exam_is_asked_for_given_and_reported_on(pair):
    request = await say(pair.jp, "exam.cooperation.request")
    assert request["clauses"] == ["7"]
    marking = await marking_of(pair.kh, request)
    assert (marking.level, marking.then) == (Level.CONFIDENTIAL, Then.PUBLIC)
    await take_up(pair, pair.kh, request)
    await say(pair.kh, "exam.cooperation.response", request)
    reports = "jp/isa is to report how the exam went"
    assert await both(pair, request) == ("partly-agreed", reports)
    assert (await pair.jp.desk.message(request["id"]))["levels"]["answered"] is not None
    await say(pair.jp, "exam.cooperation.report", request)
    assert (await both(pair, request))[0] == "closed"


async def test_who_cannot_help_with_an_exam_says_why(pair):
    request = await say(pair.jp, "exam.cooperation.request")
    await read(pair.kh, request)
    with pytest.raises(InvalidError):
        await say(pair.kh, "exam.cooperation.response", request, {"reply": "unable"})
    reason = {"code": "not-competent", "text": {"en": "No hall is free."}}
    await say(pair.kh, "exam.cooperation.response", request, {"reply": "unable", "reason": reason})
    assert (await both(pair, request))[0] == "declined"


async def test_help_that_was_not_asked_for_is_not_offered_by_that_reply(pair):
    request = await say(pair.jp, "exam.cooperation.request")
    await read(pair.kh, request)
    body = {"reply": "partly", "needs": {"n9": {"reply": "agree"}}}
    with pytest.raises(InvalidError) as caught:
        await say(pair.kh, "exam.cooperation.response", request, body)
    assert [problem.where for problem in caught.value.problems] == ["/needs/n9"]


@pytest.mark.clause("7")
@SIDES
async def test_exam_fraud_is_reported_by_either_side_and_its_results_are_cancelled(pair, opener):
    we, they = ends(pair, opener)
    report = await say(we, "exam.fraud.report")
    marking = await marking_of(they, report)
    assert marking.level is Level.RESTRICTED
    assert {"personal-data", "no-tip-off"} <= marking.caveats
    await take_up(pair, they, report)
    await say(they, "exam.fraud.result", report)
    assert (await both(pair, report))[0] == "concluded"
    assert (await we.desk.message(report["id"]))["levels"]["answered"] is not None


# --- 8: suspension and return --------------------------------------------------------------------


@pytest.mark.clause("8")
async def test_acceptance_in_a_field_is_suspended_amended_and_resumed(pair):
    notice = await say(pair.jp, "suspension.notice")
    assert notice["clauses"] == ["8"]
    marking = await marking_of(pair.kh, notice)
    assert (marking.level, marking.then) == (Level.CONFIDENTIAL, Then.PUBLIC)
    header = await header_of(pair.kh, notice)
    assert header["marking"]["handling_until"] == "2026-04-13T00:00:00Z"
    await take_up(pair, pair.kh, notice)
    holds = "nobody: the suspension holds until it is lifted"
    assert await both(pair, notice) == ("accepted", holds)
    await say(pair.jp, "suspension.amend", notice)
    assert await both(pair, notice) == ("accepted", holds)
    await say(pair.jp, "suspension.lift", notice)
    assert await both(pair, notice) == ("lifted", "nobody: the suspension is lifted")
    with pytest.raises(ConflictError, match="is lifted already"):
        await say(pair.jp, "suspension.amend", notice)


@pytest.mark.parametrize("type_name", ["suspension.amend", "suspension.lift"])
async def test_a_suspension_is_not_ended_by_the_side_that_sends(pair, type_name):
    notice = await say(pair.jp, "suspension.notice")
    await read(pair.kh, notice)
    with pytest.raises(PolicyError, match="may not send"):
        await say(pair.kh, type_name, notice)
    assert (await both(pair, notice))[0] == "notified"


async def test_a_suspension_that_was_declined_holds_all_the_same_until_it_is_lifted(pair):
    notice = await say(pair.jp, "suspension.notice")
    await read(pair.kh, notice)
    await pair.kh.desk.decline(notice["id"], "other", "We do not agree.", OFFICER)
    assert (await both(pair, notice))[0] == "declined"
    await say(pair.jp, "suspension.lift", notice)
    assert (await both(pair, notice))[0] == "lifted"


@pytest.mark.clause("8")
async def test_a_return_is_helped_with_step_by_step(pair):
    request = await say(pair.jp, "return.assistance.request")
    marking = await marking_of(pair.kh, request)
    assert (marking.level, "personal-data" in marking.caveats) == (Level.RESTRICTED, True)
    await take_up(pair, pair.kh, request)
    assert (await both(pair, request))[1] == "kh/molvt is to take the steps for the return"
    for step in ("identity-confirmed", "document-issued", "travel-booked"):
        await say(
            pair.kh, "return.assistance.progress", request, {"step": step, "on": "2026-06-01"}
        )
    assert await both(pair, request) == ("in-progress", "kh/molvt is to report the outcome")
    await say(pair.kh, "return.assistance.result", request)
    assert (await both(pair, request))[0] == "concluded"
    with pytest.raises(ConflictError):
        await say(pair.kh, "return.assistance.progress", request)


# --- 9: review and amendment ---------------------------------------------------------------------


@pytest.mark.clause("9")
@SIDES
async def test_a_review_is_proposed_and_both_sides_send_what_they_found(pair, opener):
    we, they = ends(pair, opener)
    review = await say(we, "review.propose")
    assert review["clauses"] == ["9"]
    await take_up(pair, they, review)
    await say(we, "review.findings", review)
    # Its own findings do not answer the proposal in the other side's name.
    assert await both(pair, review) == ("accepted", f"{they.keys.node} is to send its findings")
    assert (await we.desk.message(review["id"]))["levels"]["answered"] is None
    await say(they, "review.findings", review)
    assert (await both(pair, review))[0] == "concluded"


async def consent(node, proposal, **changes):
    body = example("amendment.consent", proposal=await version(node, proposal), **changes)
    return await say(node, "amendment.consent", proposal, body)


async def corrected(pair, proposal, text="Both sides cooperate in all exams."):
    """Let Japan put another wording in the place of its proposal; the draft waits for the wire."""
    body = example("amendment.propose")
    body["articles"]["a1"]["new"] = {"en": text}
    draft = {
        "type": "correction",
        "in_reply_to": proposal["id"],
        "body": {"reason": {"en": "A better wording."}, "body": body},
    }
    return await pair.jp.desk.send(Draft.from_json(draft), OFFICER)


@pytest.mark.clause("9")
@SIDES
async def test_an_amendment_takes_effect_once_both_countries_have_consented_in_writing(
    pair, opener
):
    we, they = ends(pair, opener)
    proposal = await say(we, "amendment.propose")
    await take_up(pair, they, proposal)
    assert await both(pair, proposal) == ("accepted", f"{they.keys.node} is to consent or decline")
    effective = example("amendment.effective", proposal=await version(we, proposal))
    with pytest.raises(ConflictError):
        await say(we, "amendment.effective", proposal, effective)
    await consent(they, proposal)
    assert await both(pair, proposal) == ("consented-by-other", f"{we.keys.node} is to consent")
    assert (await we.desk.message(proposal["id"]))["levels"]["answered"] is not None
    with pytest.raises(ConflictError):
        await consent(they, proposal)
    await consent(we, proposal)
    assert (await both(pair, proposal))[0] == "consented-by-both"
    with pytest.raises(PolicyError):
        await say(they, "amendment.effective", proposal, effective)
    await say(we, "amendment.effective", proposal, effective)
    assert await both(pair, proposal) == ("effective", "nobody: the amendment is in force")


async def test_consent_of_one_side_alone_puts_nothing_in_force(pair):
    proposal = await say(pair.jp, "amendment.propose")
    await consent(pair.jp, proposal)
    assert (await both(pair, proposal))[0] == "consented-by-opener"
    await read(pair.kh, proposal)
    await pair.kh.desk.decline(proposal["id"], "other", "Not like this.", OFFICER)
    assert (await both(pair, proposal))[0] == "declined"
    with pytest.raises(ConflictError):
        await consent(pair.kh, proposal)


@pytest.mark.parametrize("member", ["id", "header_digest"])
async def test_consent_that_names_another_version_is_not_sent(pair, member):
    proposal = await say(pair.jp, "amendment.propose")
    await read(pair.kh, proposal)
    named = await version(pair.kh, proposal) | {
        member: example("amendment.consent")["proposal"][member]
    }
    body = example("amendment.consent", proposal=named)
    with pytest.raises(InvalidError) as caught:
        await say(pair.kh, "amendment.consent", proposal, body)
    assert [problem.where for problem in caught.value.problems] == [f"/proposal/{member}"]
    assert (await both(pair, proposal))[0] == "proposed"


async def test_another_wording_makes_every_consent_fall(pair):
    proposal = await say(pair.jp, "amendment.propose")
    await consent(pair.jp, proposal)
    await read(pair.kh, proposal)
    await consent(pair.kh, proposal)
    assert (await both(pair, proposal))[0] == "consented-by-both"
    sent = await corrected(pair, proposal)
    wording = await pair.jp.desk.wait(sent["id"], "received", 5)
    assert await both(pair, proposal) == ("revised", "kh/molvt is to consent or decline")
    effective = example("amendment.effective", proposal=await version(pair.jp, proposal))
    with pytest.raises(ConflictError):
        await say(pair.jp, "amendment.effective", proposal, effective)
    await read(pair.kh, wording)
    await consent(pair.kh, wording)
    await consent(pair.jp, wording)
    assert (await both(pair, proposal))[0] == "consented-by-both"


async def test_consent_that_crossed_another_wording_counts_on_neither_side(pair):
    proposal = await say(pair.jp, "amendment.propose")
    await read(pair.kh, proposal)
    await pair.kh.settled()
    await silence(pair)
    await corrected(pair, proposal)
    body = example("amendment.consent", proposal=await version(pair.kh, proposal))
    draft = {"type": "amendment.consent", "in_reply_to": proposal["id"], "body": body}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert (await pair.kh.desk.thread(proposal["id"]))["state"] == "consented-by-other"
    await resume(pair)
    assert (await both(pair, proposal))[0] == "revised"
    assert await attention(pair.jp, proposal) == "does-not-fit-the-question"


async def test_a_wording_that_never_left_lets_the_consent_count_after_all(pair):
    proposal = await say(pair.jp, "amendment.propose")
    await read(pair.kh, proposal)
    await pair.kh.settled()
    await pair.jp.stop()
    wording = await corrected(pair, proposal)
    assert (await pair.jp.desk.thread(proposal["id"]))["state"] == "revised"
    body = example("amendment.consent", proposal=await version(pair.kh, proposal))
    draft = {"type": "amendment.consent", "in_reply_to": proposal["id"], "body": body}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.settled()
    assert (await pair.jp.desk.thread(proposal["id"]))["state"] == "revised"
    await pair.jp.desk.queue.cancel(wording["id"], OFFICER)
    assert (await pair.jp.desk.thread(proposal["id"]))["state"] == "consented-by-other"


# --- who may say what ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
async def test_what_the_memorandum_gives_to_one_side_is_not_sent_by_the_other(pair, role):
    node = pair.kh if role is Role.ACCEPTING else pair.jp
    before = await rows(node)
    names = [name for name, row in TYPES.items() if row.senders == {role} and row.opens]
    assert names
    for name in names:
        with pytest.raises(PolicyError, match="may not send"):
            await say(node, name)
    assert changed(before, await rows(node)) == set()


async def test_more_time_is_asked_for_and_given_but_never_more_than_was_asked_for(pair):
    report = await say(pair.jp, "intermediary.report")
    await take_up(pair, pair.kh, report)
    asked = await say(pair.kh, "extension.request", report)
    await read(pair.jp, asked)
    with pytest.raises(InvalidError) as caught:
        await say(
            pair.jp, "extension.answer", asked, {"agreed": True, "due": "2028-01-01T00:00:00Z"}
        )
    assert [problem.where for problem in caught.value.problems] == ["/due"]
    await say(pair.jp, "extension.answer", asked)
    assert (await pair.kh.desk.message(asked["id"]))["levels"]["answered"] is not None
    # The matter stands where it stood: only the day has moved.
    assert (await both(pair, report))[0] == "accepted"


# --- 10: the language, for every type ------------------------------------------------------------


def texts(schema, defs, where=""):
    """Yield every member that is text for people, with the languages that it must have."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].removeprefix("#/$defs/")]
    if "en" in schema.get("properties", {}):
        yield where, schema.get("required", [])
        return
    for keyword in ("properties", "patternProperties"):
        for name, inner in schema.get(keyword, {}).items():
            yield from texts(inner, defs, f"{where}/{name}")


@pytest.mark.clause("10")
@pytest.mark.parametrize("type_name", CATALOGUE.profile_for("jp/isa", "kh/molvt").types)
def test_whatever_is_written_for_people_has_its_english_text(type_name):
    schema = CATALOGUE.bodies.schema(type_name)
    for where, required in texts(schema, schema.get("$defs", {})):
        assert "en" in required, where


@pytest.mark.clause("10")
async def test_a_message_without_english_is_not_sent_and_one_with_it_says_so(pair):
    body = example("info.share", summary={"ja": "英語がない。"})
    with pytest.raises(InvalidError) as caught:
        await say(pair.jp, "info.share", body=body)
    assert [problem.where for problem in caught.value.problems] == ["/summary/en"]
    shared = await say(pair.jp, "info.share")
    assert (await header_of(pair.kh, shared))["language"] == "en"
    received = await read(pair.kh, shared)
    assert received["content"]["body"]["summary"] == example("info.share")["summary"]
