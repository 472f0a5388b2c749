"""Disclosures over the local API: a real desk on a real socket, held to its description."""

import pytest

from gateway.client import AnsweredError
from gateway.desk import Draft
from tests.consenting import granted, named, terms
from tests.local_api import blocking, served
from tests.nodes import CATALOGUE, OFFICER
from tests.publishing import say

BUREAU = "jp/labour-bureau-osaka"
BODY = CATALOGUE.bodies.example("inquiry.request")
WISH = {"to": BUREAU, "purpose": "ssw-operation"}
PERSONAL = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Kept by the bureau alone.",
}


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as api:
        yield api


async def told(api, *, consented=True):
    sent = await say(api.pair.kh, "inquiry.request", BODY)
    if consented:
        given = terms("kh/molvt", "jp/isa", named(sent), personal_data=PERSONAL)
        await say(api.pair.kh, "consent.offer", granted(api.pair.kh.keys, given))
    return sent


async def test_what_is_allowed_is_fetched_listed_and_recalled(api):
    sent = await told(api)
    asked = await blocking(api.client.disclose, sent["reference"], **WISH, check=True)
    assert (asked["is_allowed"], asked["ledger"]) == (True, None)
    made = await blocking(api.client.disclose, sent["id"], **WISH, fields=["/reason"])
    package = await blocking(api.client.disclosure_package, made["ledger"])
    assert package["body"] == {"reason": BODY["reason"]}
    page = await blocking(api.client.disclosures, to=BUREAU, message=sent["id"], limit=5)
    assert [item["state"] for item in page["items"]] == ["transmitted"]
    recalled = await blocking(api.client.recall, made["ledger"])
    assert recalled["notice"]["format"] == "moc-recall/1"
    assert (await blocking(api.client.disclosure, made["ledger"]))["state"] == "recalled"
    report = await blocking(api.client.report_disclosures, sent["reference"])
    assert (report["type"], report["in_reply_to"]) == ("disclosure.report", sent["id"])


async def test_a_refusal_is_an_answer_and_has_no_package(api):
    sent = await told(api, consented=False)
    made = await blocking(api.client.disclose, sent["id"], **WISH)
    assert (made["is_allowed"], made["reason"]) == (False, "no-consent")
    assert [each["reason"] for each in made["refused"]] == ["no-consent"]
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.disclosure_package, made["ledger"])
    assert caught.value.document["status"] == 409
    refused = await blocking(api.client.disclosures, allowed=False)
    assert [item["ledger"] for item in refused["items"]] == [made["ledger"]]


async def test_what_happened_outside_is_kept(api):
    sent = await told(api, consented=False)
    wish = {**WISH, "to": "jp/court-osaka"}
    row = await blocking(api.client.happened_outside, sent["id"], **wish, text="By its order.")
    assert (row["is_outside"], row["is_allowed"]) == (True, True)


async def test_words_and_numbers_may_leave_in_place_of_the_content(api):
    sent = await told(api, consented=False)
    words = {"mode": "paraphrase", "paraphrase": "A question is open.", "conditions_met": True}
    assert not (await blocking(api.client.disclose, sent["id"], **WISH, **words))["is_allowed"]
    table = {
        "rows": "year",
        "columns": "sex",
        "cells": {"2025": {"female": 20, "male": 31}},
        "totals": {"rows": {"2025": 51}, "columns": {"female": 20, "male": 31}, "all": 51},
    }
    numbers = {"mode": "aggregate", "table": table}
    assert not (await blocking(api.client.disclose, sent["id"], **WISH, **numbers))["is_allowed"]


@pytest.mark.parametrize(
    ("number", "status"), [("seventeen", 400), ("-1", 400), ("7", 404), ("9" * 16, 404)]
)
async def test_a_number_that_the_ledger_has_not_is_told_so(api, number, status):
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.disclosure, number)
    assert caught.value.document["status"] == status


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "curiosity"},
        {"fields": ["reason"]},
        {"fields": [f"/a{n}" for n in range(65)]},
        {"mode": "whole"},
        {"paraphrase": "Words that would not leave."},
        {"mode": "aggregate", "table": {}},
    ],
)
async def test_a_wish_of_another_form_decides_nothing(api, change):
    sent = await told(api, consented=False)
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.disclose, sent["id"], **{**WISH, **change})
    assert caught.value.document["status"] == 422
    assert (await blocking(api.client.disclosures))["items"] == []


async def test_our_own_message_is_reported_to_nobody(api):
    draft = Draft.from_json({"type": "inquiry.request", "to": "kh/molvt", "body": BODY})
    sent = await api.pair.jp.desk.send(draft, OFFICER)
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.report_disclosures, sent["id"])
    assert caught.value.document["status"] == 409
