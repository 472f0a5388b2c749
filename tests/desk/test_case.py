"""A case of clauses 5(5) and 5(4): report, investigation, result, and the revocation after it."""

import orjson
import pytest

from gateway.desk import Draft
from gateway.envelope import base64url, times
from gateway.errors import ConflictError, PolicyError
from gateway.policy import parse_marking
from tests.nodes import CATALOGUE, OFFICER, START, facts, inquiry


def example(type_name):
    return CATALOGUE.bodies.example(type_name)


async def say(node, type_name, about=None, *, to=None, body=None):
    """Send the example of a type, about a message if one is named."""
    draft = {"type": type_name, "body": example(type_name) if body is None else body}
    draft |= {} if about is None else {"in_reply_to": about["id"]}
    draft |= {} if to is None else {"to": to}
    view = await node.desk.send(Draft.from_json(draft), OFFICER)
    return await node.desk.wait(view["id"], "received", 5)


async def reported(pair):
    """Japan has reported, and Cambodia's officer has read and accepted it."""
    report = await say(pair.jp, "irregularity.report", to="kh/molvt")
    await pair.kh.desk.fetch(report["id"], OFFICER)
    await pair.kh.desk.accept(report["id"], OFFICER)
    return await pair.jp.desk.wait(report["id"], "accepted", 5)


async def both(pair, view):
    """Return state and next act as both sides have them, which must agree."""
    await pair.jp.settled()
    await pair.kh.settled()
    found = [await node.desk.thread(view["thread"]) for node in (pair.jp, pair.kh)]
    assert found[0]["state"] == found[1]["state"]
    assert found[0]["next"] == found[1]["next"]
    return found[0]["state"], found[0]["next"]


@pytest.mark.clause("5(4)")
@pytest.mark.clause("5(5)")
async def test_the_case_from_the_report_to_the_revocation(pair):
    report = await say(pair.jp, "irregularity.report", to="kh/molvt")
    assert await both(pair, report) == ("reported", "kh/molvt is to accept or decline")
    await pair.kh.desk.fetch(report["id"], OFFICER)
    await pair.kh.desk.accept(report["id"], OFFICER)
    assert await both(pair, report) == ("accepted", "kh/molvt is to investigate")
    for _ in range(2):
        await say(pair.kh, "investigation.status", report)
    result_awaited = "kh/molvt is to report the result of its investigation"
    assert await both(pair, report) == ("investigating", result_awaited)
    assert (await pair.jp.desk.message(report["id"]))["levels"]["answered"] is None
    result = await say(pair.kh, "investigation.result", report)
    assert await both(pair, report) == ("concluded", "nobody: the matter is closed")
    assert (await pair.jp.desk.wait(report["id"], "answered", 5))["clauses"] == ["5(5)"]
    notice = await say(pair.kh, "sending-org.revocation", result, to="jp/isa")
    assert (notice["thread"], notice["clauses"]) == (notice["id"], ["5(4)"])
    assert notice["reference"].startswith("KH-")
    assert await both(pair, notice) == ("notified", "jp/isa is to accept or decline")
    await pair.jp.desk.fetch(notice["id"], OFFICER)
    await pair.jp.desk.accept(notice["id"], OFFICER)
    publishes = "jp/isa is to publish it and confirm that"
    assert await both(pair, notice) == ("accepted", publishes)


async def header_of(node, view):
    (row,) = await facts(node, "SELECT jws FROM messages WHERE id = ?", view["id"])
    return orjson.loads(base64url.decode(orjson.loads(row["jws"])["payload"]))


async def test_the_revocation_names_the_matter_it_came_from_and_the_result_it_follows(pair):
    report = await reported(pair)
    result = await say(pair.kh, "investigation.result", report)
    notice = await say(pair.kh, "sending-org.revocation", result, to="jp/isa")
    header = await header_of(pair.kh, notice)
    assert (header["parent_thread"], header["in_reply_to"]) == (report["thread"], result["id"])


@pytest.mark.parametrize("type_name", ["investigation.status", "investigation.result"])
async def test_after_the_result_nothing_is_reported_any_more(pair, type_name):
    report = await reported(pair)
    await say(pair.kh, "investigation.result", report)
    with pytest.raises(ConflictError, match="was reported already"):
        await say(pair.kh, type_name, report)


async def test_a_matter_that_is_closed_may_still_be_spoken_about(pair):
    report = await reported(pair)
    result = await say(pair.kh, "investigation.result", report)
    await pair.jp.desk.fetch(result["id"], OFFICER)
    await say(pair.jp, "clarification.request", result)
    await say(pair.jp, "reminder", report)
    assert (await both(pair, report))[0] == "concluded"


async def test_an_investigation_may_be_declined_until_it_has_begun(pair):
    report = await reported(pair)
    await say(pair.kh, "investigation.status", report)
    with pytest.raises(ConflictError, match="was reported already"):
        await pair.kh.desk.decline(report["id"], "not-competent", "Elsewhere.", OFFICER)


@pytest.mark.parametrize(
    ("side", "type_name"),
    [
        ("kh", "irregularity.report"),
        ("jp", "sending-org.revocation"),
        ("jp", "investigation.status"),
    ],
)
async def test_what_is_the_other_sides_to_say_is_not_sent(pair, side, type_name):
    report = await reported(pair)
    to = None if "investigation" in type_name else {"kh": "jp/isa", "jp": "kh/molvt"}[side]
    node = {"kh": pair.kh, "jp": pair.jp}[side]
    with pytest.raises(PolicyError, match="may not send"):
        await say(node, type_name, None if to else report, to=to)


# --- markings ------------------------------------------------------------------------------------


async def marking_of(node, view):
    header = await header_of(node, view)
    return parse_marking(header["marking"], originator_country=header["from"][:2])


async def test_a_report_that_must_not_be_leaked_is_answered_under_the_same_caveat(pair):
    report = await reported(pair)
    assert "no-tip-off" in report["caveats"]
    status = await say(pair.kh, "investigation.status", report)
    assert "no-tip-off" in status["caveats"]
    marking = await marking_of(pair.kh, status)
    assert marking.originator == "kh/molvt"


async def test_what_opens_a_matter_of_its_own_inherits_no_caveat(pair):
    report = await reported(pair)
    result = await say(pair.kh, "investigation.result", report)
    assert "no-tip-off" in result["caveats"]
    notice = await say(pair.kh, "sending-org.revocation", result, to="jp/isa")
    assert notice["caveats"] == []


async def test_a_report_without_that_wish_has_no_such_caveat(pair):
    body = example("irregularity.report") | {"no_tip_off": False}
    report = await say(pair.jp, "irregularity.report", to="kh/molvt", body=body)
    assert report["caveats"] == ["personal-data"]


async def test_victims_make_a_report_restricted_and_what_joins_the_matter_too(pair):
    victim = {"name_latin": "CHAN DARA", "nationality": "KH"}
    body = example("irregularity.report") | {"victims": {"p1": victim}}
    report = await say(pair.jp, "irregularity.report", to="kh/molvt", body=body)
    assert report["marking"] == "restricted"
    await pair.kh.desk.fetch(report["id"], OFFICER)
    asked = await say(pair.kh, "clarification.request", report)
    assert asked["marking"] == "restricted"


async def test_the_fact_of_a_revocation_is_public_and_the_whole_of_it_is_not(pair):
    notice = await say(pair.kh, "sending-org.revocation", to="jp/isa")
    marking = await marking_of(pair.kh, notice)
    assert (marking.level, marking.publish.rule) == ("public", "required")
    assert [part.pointer for part in marking.granular] == ["/grounds"]
    assert notice["marking"] == "confidential"
    for node in (pair.jp, pair.kh):
        (row,) = await facts(
            node, "SELECT content_key FROM messages WHERE type = 'sending-org.revocation'"
        )
        assert row["content_key"] is not None


# --- what is due ---------------------------------------------------------------------------------


async def test_a_result_is_due_in_60_days_and_a_clarification_in_seven(pair):
    report = await reported(pair)
    assert times.parse(report["due"]) == START + 60 * 86_400
    asked = await say(pair.kh, "clarification.request", report)
    assert times.parse(asked["due"]) == START + 7 * 86_400


async def test_nobody_speaks_of_what_nobody_has_read(pair):
    report = await say(pair.jp, "irregularity.report", to="kh/molvt")
    for type_name in ("investigation.status", "clarification.request", "reminder"):
        with pytest.raises(ConflictError, match="nobody here has read"):
            await say(pair.kh, type_name, report)


async def test_an_inquiry_may_follow_from_a_matter_of_another_kind(pair):
    report = await reported(pair)
    draft = inquiry(to="jp/isa") | {"in_reply_to": report["id"]}
    view = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert (await header_of(pair.kh, view))["parent_thread"] == report["thread"]
    assert view["thread"] == view["id"]
