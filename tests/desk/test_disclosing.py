"""Passing content on: decided, kept, counted, decided once more, and nothing else leaves."""

import asyncio
import json
import sqlite3
from dataclasses import replace

import pytest

from gateway.catalogue import Purpose
from gateway.desk import Actor, Draft
from gateway.desk.disclosure_wishes import Wish
from gateway.errors import ConflictError, InvalidError, NotFoundError, PolicyError
from gateway.policy import Mode
from gateway.store import disclosures
from gateway.store.sealing import CorruptError
from tests.consenting import granted, named, terms
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    alarms,
    changed,
    facts,
    rows,
    three_nodes,
    until,
)
from tests.publishing import correct, example, say, withdraw

pytestmark = pytest.mark.clause("3")

BUREAU = "jp/labour-bureau-osaka"
BODY = CATALOGUE.bodies.example("inquiry.request")
WISH = Wish(to=BUREAU, purpose=Purpose.SSW_OPERATION)


async def told(pair, **changes):
    """Let Cambodia send something confidential to Japan."""
    draft = {"type": "inquiry.request", "to": "jp/isa", "body": BODY} | changes
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    return await pair.kh.desk.wait(sent["id"], "received", 5)


PERSONAL = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Kept by the bureau alone.",
}


async def offered(pair, message, *pointers, **changes):
    """Let Cambodia consent, and return the terms once Japan has them."""
    changes = {"personal_data": PERSONAL} | changes
    given = terms("kh/molvt", "jp/isa", named(message, *pointers), **changes)
    body = granted(pair.kh.keys, given)
    draft = {"type": "consent.offer", "to": "jp/isa", "body": body}
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)
    return given | {"message": sent["id"]}


async def revoked(pair, given):
    body = {"consent_id": given["consent_id"], "reason": "changed"}
    draft = {
        "type": "consent.revoke",
        "to": "jp/isa",
        "body": body,
        "in_reply_to": given["message"],
    }
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)


async def disclose(pair, message, wish=WISH, **more):
    return await pair.jp.desk.disclosing.disclose(message["id"], wish, OFFICER, **more)


async def package(pair, view):
    return await pair.jp.desk.disclosing.package(view["ledger"], OFFICER)


async def states(pair):
    page = await pair.jp.desk.disclosing.page()
    return [(item["state"], item["reason"]) for item in page["items"]]


async def test_without_consent_it_is_refused_with_what_is_missing(pair):
    sent = await told(pair)
    before = await rows(pair.jp)
    view = await disclose(pair, sent)
    assert (view["is_allowed"], view["reason"]) == (False, "no-consent")
    assert view["ask_about"] == sent["id"]
    assert view["to"] == {"org_id": BUREAU, "name": "Osaka Labour Bureau", "country": "jp"}
    assert await states(pair) == [("refused", "no-consent")]
    assert changed(before, await rows(pair.jp)) == {
        *("disclosures", "disclosure_sources", "evidence", "chains"),
    }
    with pytest.raises(ConflictError, match="is refused"):
        await package(pair, view)


async def test_with_consent_the_package_holds_the_content_and_its_conditions(pair):
    sent = await told(pair, note="Between our offices.")
    given = await offered(pair, sent)
    view = await disclose(pair, sent)
    assert (view["is_allowed"], view["reason"]) == (True, "consent")
    assert view["consents"] == [given["consent_id"]]
    assert "body" not in view
    made = await package(pair, view)
    assert made["body"] == BODY
    assert "Between our offices" not in json.dumps(made)
    assert made["marking"]["level"] == "confidential"
    assert made["conditions"]["onward"] == "none"
    assert made["source"]["reference"] == sent["reference"]
    assert made["disclosed_by"]["node"] == "jp/isa"
    assert await states(pair) == [("transmitted", "consent")]


async def test_a_check_keeps_nothing_and_uses_nothing(pair):
    sent = await told(pair)
    await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    before = await rows(pair.jp)
    view = await disclose(pair, sent, is_check=True)
    assert (view["is_allowed"], view["ledger"]) == (True, None)
    assert changed(before, await rows(pair.jp)) == set()
    assert (await disclose(pair, sent))["is_allowed"]


async def test_a_consent_is_used_up_by_the_decision(pair):
    sent = await told(pair)
    given = await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    assert (await disclose(pair, sent))["is_allowed"]
    view = await disclose(pair, sent)
    assert (view["reason"], view["nearest"]) == ("consent-exhausted", given["consent_id"])


async def test_of_two_releases_that_race_for_the_last_use_one_wins(pair):
    sent = await told(pair)
    given = await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    views = await asyncio.gather(*(disclose(pair, sent) for _ in range(5)))
    assert sorted(view["reason"] for view in views) == ["consent", *["consent-exhausted"] * 4]
    used = await pair.jp.store.read(
        lambda tx: disclosures.uses(tx, "kh/molvt", given["consent_id"])
    )
    assert used == 1


async def test_a_request_that_is_made_twice_uses_the_consent_once(pair):
    sent = await told(pair)
    await offered(pair, sent, uses=2, epoch=pair.jp.us.epoch)
    views = [await disclose(pair, sent, idempotency_key="one") for _ in range(2)]
    assert views[0] == views[1]
    assert len(await states(pair)) == 1


async def test_the_same_answer_is_given_again_when_the_consent_is_used_up(pair):
    sent = await told(pair)
    await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    views = [await disclose(pair, sent, idempotency_key="one") for _ in range(2)]
    assert [view["is_allowed"] for view in views] == [True, True]
    assert views[0]["ledger"] == views[1]["ledger"]


async def test_the_same_answer_is_given_again_after_a_revocation(pair):
    sent = await told(pair)
    first = await offered(pair, sent, "/reason", conditions={"attribution": "must"})
    second = await offered(pair, sent, "/questions", conditions={"pseudonymise": ["/questions"]})
    wishes = {
        "refused": WISH,
        "nobody": replace(WISH, to="Osaka Labour Bureau"),
        "redacted": replace(WISH, mode=Mode.REDACTED),
    }

    async def answers():
        return {
            key: await disclose(pair, sent, wish, idempotency_key=key)
            for key, wish in wishes.items()
        }

    before = await answers()
    assert {key: view["reason"] for key, view in before.items()} == {
        "refused": "consent-fields-not-covered",
        "nobody": "unknown-recipient",
        "redacted": "consent",
    }
    for given in (first, second):
        await revoked(pair, given)
    assert await answers() == before
    bound = {"consent_id": first["consent_id"], "what": "attribution", "value": "must"}
    assert bound in before["redacted"]["obligations"]
    assert before["redacted"]["pseudonymised"] == ["/questions"]


async def test_the_same_answer_is_given_again_after_the_content_was_erased(pair):
    sent = await told(pair)
    await offered(pair, sent)
    views = [await disclose(pair, sent, idempotency_key="one")]

    def erase(tx):
        erased = "UPDATE messages SET content = NULL, content_key = NULL WHERE direction = 'in'"
        tx._database.execute(erased)

    await pair.jp.store.write(erase)
    views.append(await disclose(pair, sent, idempotency_key="one"))
    assert views[0] == views[1]


async def test_a_package_that_cannot_be_noted_as_handed_over_was_read_and_did_not_leave(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)

    def forbid(tx):
        tx._database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON disclosure_steps "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )

    await pair.jp.store.write(forbid)
    with pytest.raises(sqlite3.IntegrityError, match="disk is full"):
        await package(pair, view)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "handed-over"
    assert await states(pair) == [("decided", "consent")]


async def test_a_package_that_may_not_leave_is_not_read(pair):
    sent = await told(pair)
    given = await offered(pair, sent)
    view = await disclose(pair, sent)
    await revoked(pair, given)
    with pytest.raises(PolicyError, match="consent-revoked"):
        await package(pair, view)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "received"


async def test_a_revocation_between_decision_and_fetch_stops_it(pair):
    sent = await told(pair)
    given = await offered(pair, sent)
    view = await disclose(pair, sent)
    await revoked(pair, given)
    with pytest.raises(PolicyError, match="consent-revoked"):
        await package(pair, view)
    assert await states(pair) == [("stopped", "consent")]
    assert "release-stopped" in await alarms(pair.jp)
    with pytest.raises(ConflictError, match="stopped"):
        await package(pair, view)


async def test_a_consent_that_ended_between_decision_and_fetch_stops_it(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)
    pair.clock.now += 31 * 86_400
    with pytest.raises(PolicyError, match="consent-expired"):
        await package(pair, view)


async def test_a_use_stays_used_when_the_package_was_stopped(pair):
    sent = await told(pair)
    until_then = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-09-22T00:00:00Z"}
    await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch, validity=until_then)
    view = await disclose(pair, sent)
    pair.clock.now += 86_400
    with pytest.raises(PolicyError, match="consent-expired"):
        await package(pair, view)
    assert (await states(pair))[0] == ("stopped", "consent")
    used = await facts(pair.jp, "SELECT count(*) AS n FROM disclosure_uses")
    assert used == [{"n": 1}]


async def test_a_package_is_fetched_again_until_its_consent_is_revoked(pair):
    sent = await told(pair)
    given = await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    view = await disclose(pair, sent)
    assert await package(pair, view) == await package(pair, view)
    await revoked(pair, given)
    with pytest.raises(PolicyError, match="consent-revoked"):
        await package(pair, view)
    # What was disclosed before stays as it was; that somebody tried again stands beside it.
    assert await states(pair) == [("refused", "consent-revoked"), ("transmitted", "consent")]


async def test_another_consent_does_not_stand_in_for_the_one_that_was_used(pair):
    sent = await told(pair)
    until_then = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-09-22T00:00:00Z"}
    first = await offered(pair, sent, validity=until_then)
    second = await offered(pair, sent)
    view = await disclose(pair, sent)
    assert view["consents"] == [first["consent_id"]]
    await revoked(pair, first)
    with pytest.raises(PolicyError, match="consent-revoked"):
        await package(pair, view)
    # Whoever wants to use the other one decides so, and it is written down.
    assert (await disclose(pair, sent))["consents"] == [second["consent_id"]]


async def test_a_package_of_which_a_part_may_not_leave_any_more_is_stopped_as_a_whole(pair):
    sent = await told(pair)
    first = await offered(pair, sent, "/reason")
    await offered(pair, sent, "/questions")
    view = await disclose(pair, sent, replace(WISH, mode=Mode.REDACTED))
    assert len(view["consents"]) == 2
    await revoked(pair, first)
    with pytest.raises(PolicyError, match="consent-revoked"):
        await package(pair, view)
    assert await states(pair) == [("stopped", "consent")]


async def test_a_consent_granted_later_releases_nothing_by_itself(pair):
    sent = await told(pair)
    view = await disclose(pair, sent)
    await offered(pair, sent)
    with pytest.raises(ConflictError, match="is refused"):
        await package(pair, view)
    assert (await disclose(pair, sent))["is_allowed"]


async def test_only_covered_parts_leave_when_the_rest_is_left_out(pair):
    sent = await told(pair)
    await offered(pair, sent, "/questions", "/reason")
    whole = await disclose(pair, sent)
    assert (whole["is_allowed"], whole["reason"]) == (False, "consent-fields-not-covered")
    assert "/questions" not in [each["pointer"] for each in whole["refused"]]
    view = await disclose(pair, sent, replace(WISH, mode=Mode.REDACTED))
    assert view["is_allowed"]
    made = await package(pair, view)
    assert made["body"] == {name: BODY[name] for name in ("questions", "reason")}
    assert made["is_partial"]
    assert set(view["redactions"]) == {f"/{name}" for name in BODY if name not in made["body"]}


async def test_named_fields_leave_and_no_others(pair):
    sent = await told(pair)
    await offered(pair, sent, "/questions", "/reason")
    made = await package(pair, await disclose(pair, sent, replace(WISH, fields=("/reason",))))
    assert made["body"] == {"reason": BODY["reason"]}
    uncovered = await disclose(pair, sent, replace(WISH, fields=("/inquiry_type",)))
    assert uncovered["reason"] == "consent-fields-not-covered"
    assert [each["pointer"] for each in uncovered["refused"]] == ["/inquiry_type"]


async def test_a_field_that_does_not_exist_decides_nothing(pair):
    sent = await told(pair)
    with pytest.raises(InvalidError) as caught:
        await disclose(pair, sent, replace(WISH, fields=("/persons/p9",)))
    assert [each.where for each in caught.value.problems] == ["/persons/p9"]
    assert await states(pair) == []


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (replace(WISH, to="jp/labour-bureau-nowhere"), "unknown-recipient"),
        (replace(WISH, to="jp/meti"), "consent-other-recipient"),
        (replace(WISH, purpose=Purpose.STATISTICS), "consent-other-purpose"),
        (replace(WISH, mode=Mode.PARAPHRASE, text="An office asks."), "consent-other-mode"),
    ],
)
async def test_another_use_than_was_permitted_is_refused_with_its_reason(pair, wish, reason):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent, wish)
    assert (view["is_allowed"], view["reason"]) == (False, reason)
    assert await states(pair) == [("refused", reason)]


async def test_a_name_is_never_taken_for_an_organisation(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent, replace(WISH, to="Osaka Labour Bureau"))
    assert (view["is_allowed"], view["reason"]) == (False, "unknown-recipient")
    assert {"id": BUREAU, "name": "Osaka Labour Bureau"} in view["alike"]
    # What was typed may be anybody's name: the ledger keeps that nobody was named.
    page = await pair.jp.desk.disclosing.page()
    assert page["items"][0]["to"] == {"org_id": "*", "name": None, "country": None}


async def test_what_was_corrected_or_withdrawn_goes_no_further(pair):
    sent = await told(pair)
    await offered(pair, sent)
    newer = await correct(pair.kh, sent, BODY)
    view = await disclose(pair, sent)
    assert (view["reason"], view["newer"]) == ("source-superseded", newer["id"])
    await withdraw(pair.kh, sent)
    assert (await disclose(pair, newer))["reason"] == "source-withdrawn"


async def test_a_condition_in_words_needs_somebodys_word_that_it_is_met(pair):
    sent = await told(pair)
    text = {"en": "Only once the worker has agreed."}
    await offered(pair, sent, conditions={"text": text, "attribution": "must-not"})
    assert (await disclose(pair, sent))["reason"] == "consent-condition-unmet"
    view = await disclose(pair, sent, replace(WISH, is_confirmed=True))
    made = await package(pair, view)
    assert made["conditions"]["texts"] == [text["en"]]
    # Its originator is not to be named: not by name, nor by what begins with its country.
    assert "kh" not in json.dumps(made["source"]).lower()
    assert (await pair.jp.desk.disclosing.look(view["ledger"]))["vouched_uid"] == OFFICER.uid


async def test_words_of_ours_leave_in_place_of_the_content(pair):
    sent = await told(pair)
    await offered(pair, sent, mode="paraphrase")
    wish = replace(WISH, mode=Mode.PARAPHRASE, text="A question about a certificate is open.")
    made = await package(pair, await disclose(pair, sent, wish))
    assert made["text"] == wish.text
    assert "body" not in made


TABLE = {
    "rows": "year",
    "columns": "sex",
    "cells": {"2025": {"female": 20, "male": 31}},
    "totals": {"rows": {"2025": 51}, "columns": {"female": 20, "male": 31}, "all": 51},
}


async def test_a_table_leaves_only_with_large_enough_numbers(pair):
    sent = await told(pair)
    await offered(pair, sent, mode="aggregate", min_cell=20)
    wish = replace(WISH, mode=Mode.AGGREGATE, table=TABLE)
    made = await package(pair, await disclose(pair, sent, wish))
    assert made["table"] == TABLE
    small = json.loads(json.dumps(TABLE).replace("20, ", "19, ").replace("51", "50"))
    refused = await disclose(pair, sent, replace(wish, table=small))
    assert refused["reason"] == "aggregate-unsafe"


@pytest.mark.parametrize(
    "wish",
    [
        replace(WISH, mode=Mode.PARAPHRASE),
        replace(WISH, mode=Mode.PARAPHRASE, text=" "),
        replace(WISH, text="Words."),
        replace(WISH, mode=Mode.AGGREGATE),
        replace(WISH, table=TABLE),
        replace(WISH, fields=tuple(f"/a{n}" for n in range(65))),
    ],
)
async def test_a_wish_that_does_not_say_what_would_leave_decides_nothing(pair, wish):
    with pytest.raises(InvalidError, match="what would leave"):
        await pair.jp.desk.disclosing.disclose("JP-2026-000001", wish, OFFICER)


async def test_an_agency_of_our_own_side_gets_it_and_it_is_logged(pair):
    sent = await told(pair)
    view = await disclose(pair, sent, replace(WISH, to="jp/npa"))
    assert (view["is_allowed"], view["reason"]) == (True, "internal-signatory")
    assert (await package(pair, view))["body"] == BODY
    assert await states(pair) == [("transmitted", "internal-signatory")]


async def test_our_own_information_is_for_our_own_law(pair):
    draft = {"type": "inquiry.request", "to": "kh/molvt", "body": BODY}
    sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    assert (await disclose(pair, sent))["reason"] == "own-information"


async def test_fetching_a_package_is_reading_the_message(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "received"
    await package(pair, view)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "handed-over"


async def test_a_recall_names_what_was_handed_over_and_holds_none_of_it(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)
    recall = pair.jp.desk.disclosing.recall
    with pytest.raises(ConflictError, match="was not handed over"):
        await recall(view["ledger"], OFFICER)
    made = await package(pair, view)
    first = await recall(view["ledger"], OFFICER)
    assert first["notice"]["content_digest"] == made["content_digest"]
    assert first["notice"]["to"]["org_id"] == BUREAU
    assert "body" not in first["notice"]
    assert first == await recall(view["ledger"], OFFICER)
    with pytest.raises(ConflictError, match="recalled"):
        await package(pair, view)


TAMPERED = {
    "a marker made public": "UPDATE messages SET marking = 'public' WHERE direction = 'in'",
    "a caveat removed": "UPDATE messages SET caveats = '[]' WHERE direction = 'in'",
    "the signed text": "UPDATE messages SET jws = replace(jws, 'a', 'b') WHERE direction = 'in'",
    "the content": "UPDATE messages SET content = zeroblob(64) WHERE direction = 'in'",
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
async def test_what_was_changed_in_the_database_goes_nowhere(pair, change):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)
    await pair.jp.store.write(lambda tx: tx._database.execute(change))
    with pytest.raises(PolicyError, match="source-changed"):
        await package(pair, view)
    again = await disclose(pair, sent)
    assert (again["is_allowed"], again["reason"]) == (False, "source-changed")
    assert await states(pair) == [("refused", "source-changed"), ("stopped", "consent")]


async def test_a_ledger_row_that_was_changed_hands_over_nothing(pair):
    sent = await told(pair)
    await offered(pair, sent)
    view = await disclose(pair, sent)

    def tamper(tx):
        tx._database.execute("DROP TRIGGER disclosures_are_append_only")
        tx._database.execute("UPDATE disclosures SET audience = 'jp/meti'")

    await pair.jp.store.write(tamper)
    with pytest.raises(CorruptError, match="of the ledger was changed"):
        await package(pair, view)
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "received"


async def test_the_ledger_is_listed_by_message_recipient_and_outcome(pair):
    sent, other = await told(pair), await told(pair)
    await offered(pair, sent)
    await disclose(pair, other)
    await disclose(pair, sent)
    await disclose(pair, sent, replace(WISH, to="jp/npa"))
    page = pair.jp.desk.disclosing.page

    async def numbers(**wanted):
        return [item["ledger"] for item in (await page(**wanted))["items"]]

    assert await numbers() == [3, 2, 1]
    assert await numbers(message=sent["reference"]) == [3, 2]
    assert await numbers(to=BUREAU) == [2, 1]
    assert await numbers(is_allowed=False) == [1]
    first = await page(limit=2)
    assert first["next"] == "2"
    assert await numbers(after=first["next"]) == [1]
    with pytest.raises(NotFoundError):
        await page(message="JP-2026-999999")


async def test_a_report_tells_the_originator_what_was_disclosed_and_to_whom(pair):
    sent, other = await told(pair), await told(pair)
    given = await offered(pair, sent)
    await package(pair, await disclose(pair, sent, replace(WISH, fields=("/reason",))))
    await disclose(pair, other)
    telling = pair.jp.desk.disclosing.telling
    for about in (sent["reference"], given["consent_id"]):
        report = await telling.report(about, OFFICER)
        await pair.jp.desk.wait(report["id"], "received", 5)
        body = (await pair.kh.desk.fetch(report["id"], OFFICER))["content"]["body"]
        assert (body["why"], body["complete"]) == ("voluntary", True)
        (entry,) = body["disclosures"].values()
        assert entry["message_id"] == sent["id"]
        assert entry["pointers"] == ["/reason"]
        assert entry["recipient"]["org_id"] == BUREAU
        assert entry["consent_id"] == given["consent_id"]
    empty = await telling.report(other["id"], OFFICER)
    await pair.jp.desk.wait(empty["id"], "received", 5)
    body = (await pair.kh.desk.fetch(empty["id"], OFFICER))["content"]["body"]
    assert body["disclosures"] == {}


async def test_a_question_about_disclosures_is_answered_with_what_it_asks_for(pair):
    sent = await told(pair)
    await offered(pair, sent)
    await disclose(pair, sent)
    asked = {"message": {"id": sent["id"], "header_digest": sent["header_digest"]}}
    draft = {"type": "disclosure.request", "in_reply_to": sent["id"], "body": asked}
    question = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.desk.wait(question["id"], "received", 5)
    await pair.jp.desk.fetch(question["id"], OFFICER)
    report = await pair.jp.desk.disclosing.telling.report(question["id"], OFFICER)
    await pair.jp.desk.wait(report["id"], "received", 5)
    body = (await pair.kh.desk.fetch(report["id"], OFFICER))["content"]["body"]
    assert [each["message_id"] for each in body["disclosures"].values()] == [sent["id"]]
    assert body["why"] == "asked"
    assert report["in_reply_to"] == question["id"]


async def test_a_report_names_what_left_without_what_was_left_out(pair):
    sent = await told(pair)
    await offered(pair, sent, "/questions", "/reason")
    await package(pair, await disclose(pair, sent, replace(WISH, mode=Mode.REDACTED)))
    report = await pair.jp.desk.disclosing.telling.report(sent["id"], OFFICER)
    await pair.jp.desk.wait(report["id"], "received", 5)
    body = (await pair.kh.desk.fetch(report["id"], OFFICER))["content"]["body"]
    (entry,) = body["disclosures"].values()
    assert sorted(entry["pointers"]) == ["/questions", "/reason"]
    assert entry["mode"] == "redacted"


async def test_a_report_that_says_nothing_new_is_not_sent_again(pair):
    sent = await told(pair)
    await offered(pair, sent)
    report = pair.jp.desk.disclosing.telling.report
    first = await report(sent["id"], OFFICER, idempotency_key="one")
    with pytest.raises(ConflictError, match=f"nothing new since the report {first['short']}"):
        await report(sent["id"], OFFICER, idempotency_key="two")
    assert (await report(sent["id"], OFFICER, idempotency_key="one"))["id"] == first["id"]
    await package(pair, await disclose(pair, sent))
    assert (await report(sent["id"], OFFICER))["id"] != first["id"]


async def test_our_own_messages_are_reported_to_nobody(pair):
    draft = {"type": "inquiry.request", "to": "kh/molvt", "body": BODY}
    sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    with pytest.raises(ConflictError, match="of your own"):
        await pair.jp.desk.disclosing.telling.report(sent["id"], OFFICER)


async def outside(pair, message, text="Handed over by order of the court.", **changes):
    wish = replace(WISH, to="jp/court-osaka", **changes)
    return await pair.jp.desk.disclosing.telling.outside(
        message["id"], wish, text, OFFICER, idempotency_key="outside"
    )


async def test_what_a_court_took_is_refused_here_kept_and_reported(pair):
    sent = await told(pair)
    wish = replace(WISH, to="jp/court-osaka")
    assert (await disclose(pair, sent, wish))["reason"] == "no-consent"
    first = await outside(pair, sent)
    assert (first["is_outside"], first["reason"], first["state"]) == (
        *(True, "no-consent"),
        "transmitted",
    )
    assert await outside(pair, sent) == first
    report = await pair.jp.desk.disclosing.telling.report(sent["id"], OFFICER)
    await pair.jp.desk.wait(report["id"], "received", 5)
    body = (await pair.kh.desk.fetch(report["id"], OFFICER))["content"]["body"]
    (entry,) = body["disclosures"].values()
    assert (entry["outside"], entry["text"]) == (True, {"en": "Handed over by order of the court."})
    noted = await facts(pair.jp, "SELECT kind, what, message_id FROM consent_notices")
    assert noted == [{"kind": "report", "what": "outside", "message_id": sent["id"]}]
    with pytest.raises(ConflictError, match="about no package"):
        await package(pair, first)


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001])
async def test_what_happened_outside_needs_words(pair, text):
    sent = await told(pair)
    with pytest.raises(InvalidError, match="does not say what happened"):
        await outside(pair, sent, text)
    assert await states(pair) == []


async def test_what_happened_outside_needs_a_recipient_of_the_registry(pair):
    sent = await told(pair)
    wish = replace(WISH, to="The District Court")
    with pytest.raises(InvalidError, match="nobody is named"):
        await pair.jp.desk.disclosing.telling.outside(
            sent["id"], wish, "It was taken.", OFFICER, idempotency_key=None
        )
    assert await states(pair) == []


async def test_the_grantor_hears_that_its_consent_is_used_up(pair):
    sent = await told(pair)
    await offered(pair, sent, uses=1, epoch=pair.jp.us.epoch)
    await disclose(pair, sent)
    noted = await facts(pair.jp, "SELECT kind, what FROM consent_notices ORDER BY number")
    assert {"kind": "status", "what": "exhausted"} in noted


async def test_what_is_made_public_of_the_other_side_stands_in_the_ledger(pair):
    sent = await say(pair.kh, "sending-org.approval", example("sending-org.approval"))
    place = "https://www.ministry.example/list.html"
    await pair.jp.desk.publications.publish(sent["id"], OFFICER, place=place)
    (row,) = (await pair.jp.desk.disclosing.page())["items"]
    assert (row["action"], row["reason"], row["register"]) == (
        *("publish", "public"),
        "sending-orgs",
    )
    assert row["to"] == {"org_id": "public", "name": place, "country": None}
    assert "/licence" in row["pointers"]
    report = await pair.jp.desk.disclosing.telling.report(sent["id"], OFFICER)
    await pair.jp.desk.wait(report["id"], "received", 5)
    body = (await pair.kh.desk.fetch(report["id"], OFFICER))["content"]["body"]
    (entry,) = body["disclosures"].values()
    assert entry["publication"] == {"register": "sending-orgs", "medium": place}


async def test_words_of_ours_that_hold_what_another_country_told_are_refused(tmp_path):
    async with three_nodes(tmp_path) as trio:
        person = {
            "name_latin": "SOK PISEY",
            "nationality": "KH",
            "documents": {
                "d1": {"type": "passport", "number": "N01234567", "issuing_country": "KH"}
            },
        }
        confidence = {**BODY, "persons": {"p1": person}}
        await received(trio, trio.kh, {"type": "inquiry.request", "body": confidence})
        about = await received(trio, trio.np, {"type": "inquiry.request", "body": BODY})
        given = terms(
            "np/moless", "jp/isa", named(about), mode="paraphrase", personal_data=PERSONAL
        )
        body = granted(trio.np.keys, given)
        await received(trio, trio.np, {"type": "consent.offer", "body": body})
        wish = replace(WISH, mode=Mode.PARAPHRASE, text="It is about passport n 0123-4567.")
        disclosing = trio.jp.desk.disclosing
        before = await rows(trio.jp)
        asked = await disclosing.disclose(about["id"], wish, OFFICER, is_check=True)
        assert [(each["by"], each["find"]) for each in asked["undeclared"]] == [("kh/molvt", None)]
        assert changed(before, await rows(trio.jp)) == {"evidence", "chains"}
        query = "SELECT record FROM evidence WHERE record LIKE '%release-checked%'"
        (checked,) = await facts(trio.jp, query)
        record = json.loads(checked["record"])
        assert (record["subject"], record["detail"]["uid"]) == (about["id"], OFFICER.uid)
        view = await disclosing.disclose(about["id"], wish, OFFICER)
        assert (view["is_allowed"], view["reason"]) == (False, "undeclared-origin")
        (find,) = view["undeclared"]
        assert (find["pointer"], find["by"]) == ("/text", "kh/molvt")
        assert "01234567" not in json.dumps(view)
        await trio.jp.desk.finds.claim(str(find["find"]), "In our register.", OFFICER)
        second = Actor(uid=1001, name="second")
        await trio.jp.desk.finds.judge(str(find["find"]), second, approves=True)
        assert (await disclosing.disclose(about["id"], wish, OFFICER))["is_allowed"]


async def test_words_of_ours_hold_nothing_beside_the_fields_asked_for(pair):
    """Cambodia consents to a paraphrase of the reason alone; the person is no part of it."""
    document = {"type": "passport", "number": "N01234567", "issuing_country": "KH"}
    person = {"name_latin": "SOK PISEY", "nationality": "KH", "documents": {"d1": document}}
    sent = await told(pair, body={**BODY, "persons": {"p1": person}})
    await offered(pair, sent, "/reason", mode="paraphrase")
    wish = replace(
        WISH, fields=("/reason",), mode=Mode.PARAPHRASE, text="It is about passport N01234567."
    )
    assert (await disclose(pair, sent, wish))["reason"] == "undeclared-origin"
    assert (await disclose(pair, sent, replace(wish, text="A reason.")))["is_allowed"]
    await offered(pair, sent, "/persons", mode="paraphrase")
    both = replace(wish, fields=("/reason", "/persons"))
    assert (await disclose(pair, sent, both))["is_allowed"]


async def received(trio, node, draft):
    """Send Japan something and return it as Japan has it."""
    sent = await node.desk.send(Draft.from_json({**draft, "to": "jp/isa"}), OFFICER)

    async def there():
        try:
            return await trio.jp.desk.message(sent["id"])
        except NotFoundError:
            return None

    return await until(trio.jp, there)
