"""The hard cases of consent between real nodes; `docs/confidentiality.md` lists all of them.

Each name is that of the case. What other tests have happen already is not played again here.
"""

from typing import Any

import pytest

from gateway.desk import submission
from gateway.desk.consent_notices import ConsentNotices
from gateway.desk.disclosure_wishes import Wish
from gateway.desk.marking import Wanted
from gateway.envelope import times
from gateway.errors import NotFoundError, PolicyError
from gateway.policy import Denied, Mode, Purpose
from tests.consenting import BUREAU, granted, named, terms
from tests.desk.dealing import View, example, read, say
from tests.nodes import CATALOGUE, OFFICER, START, Node, Pair, alarms, facts

pytestmark = pytest.mark.clause("3")

DAY = 86_400
LAWFUL = {
    "legal_basis": "Article 69(2)",
    "destination_country": "jp",
    "safeguards": "Read by the inspector alone.",
}
TABLE = {
    "rows": "year",
    "columns": "sex",
    "cells": {"2025": {"female": 20, "male": 31}},
    "totals": {"rows": {"2025": 51}, "columns": {"female": 20, "male": 31}, "all": 51},
}


async def told(pair: Pair) -> View:
    """Let Cambodia tell Japan something in confidence."""
    return await read(pair.jp, await say(pair.kh, "info.share"))


async def offer(pair: Pair, message: View, **changes: Any) -> dict[str, Any]:
    """Let Cambodia consent unasked, and return the terms."""
    given = terms("kh/molvt", "jp/isa", named(message), **{"personal_data": LAWFUL} | changes)
    await say(pair.kh, "consent.offer", body=granted(pair.kh.keys, given))
    return given


async def decided(node: Node, message: View, **wish: Any) -> View:
    wanted = {"to": BUREAU["org_id"], "purpose": Purpose.SSW_OPERATION} | wish
    return await node.desk.disclosing.disclose(message["id"], Wish(**wanted), OFFICER)


async def reason(node: Node, message: View, **wish: Any) -> str:
    return str((await decided(node, message, **wish))["reason"])


async def heard(pair: Pair, type_name: str) -> list[dict[str, Any]]:
    """Let Japan's node say what it owes; return what Cambodia then reads of one type."""
    notices = ConsentNotices(
        us=pair.jp.us,
        store=pair.jp.store,
        directory=pair.jp.directory,
        catalogue=CATALOGUE,
        ports=pair.jp.desk._ports,
        changes=pair.jp.changes,
        wake=pair.jp.delivery.wake,
    )
    await notices.say_all()
    await pair.jp.settled()
    found = await facts(pair.kh, "SELECT id FROM messages WHERE type = ?", type_name)
    return [(await read(pair.kh, row))["content"]["body"] for row in found]


async def test_a_grant_arrives_after_its_own_last_day(pair, monkeypatch):
    monkeypatch.setattr(submission, "check_given", lambda judged: None)
    message = await told(pair)
    over = {"not_before": times.text(START - 30 * DAY), "not_after": times.text(START - DAY)}
    await offer(pair, message, validity=over)
    assert await reason(pair.jp, message) == Denied.CONSENT_EXPIRED
    (kept,) = await facts(pair.jp, "SELECT code FROM consents")
    assert kept["code"] == Denied.CONSENT_EXPIRED
    (status,) = await heard(pair, "consent.status")
    assert status["state"] == "expired"


async def test_a_grant_arrives_after_the_disclosure_was_refused(pair):
    message = await told(pair)
    first = await decided(pair.jp, message)
    await offer(pair, message)
    rows = await facts(pair.jp, "SELECT seq, is_allowed FROM disclosures")
    assert [(row["seq"], row["is_allowed"]) for row in rows] == [(first["ledger"], 0)]
    again = await decided(pair.jp, message)
    assert (again["reason"], again["ledger"]) == ("consent", first["ledger"] + 1)


async def test_revoked_after_the_disclosure(pair):
    message = await told(pair)
    given = await offer(pair, message)
    view = await decided(pair.jp, message)
    await pair.jp.desk.disclosing.package(view["ledger"], OFFICER)
    (row,) = await facts(pair.jp, "SELECT id FROM messages JOIN consents USING (seq)")
    body = {"consent_id": given["consent_id"], "reason": "changed"}
    await say(pair.kh, "consent.revoke", row, body)
    assert await reason(pair.jp, message) == Denied.CONSENT_REVOKED
    assert "recall" in " ".join(await alarms(pair.jp))
    (said,) = await heard(pair, "disclosure.report")
    assert [each["recipient"]["org_id"] for each in said["disclosures"].values()] == [
        BUREAU["org_id"]
    ]
    recalled = await pair.jp.desk.disclosing.recall(view["ledger"], OFFICER)
    assert recalled["state"] == "recalled"


async def test_different_recipient_subsidiary_or_successor_body(pair):
    message = await told(pair)
    await offer(pair, message)
    for other in ("jp/labour-bureau-tokyo", "jp/labour-bureau-aichi", "jp/maff"):
        assert await reason(pair.jp, message, to=other) == Denied.CONSENT_OTHER_RECIPIENT
    # Whose place the recipient took is no recipient either.
    assert await reason(pair.jp, message, to="jp/immigration-bureau") != "consent"


@pytest.mark.parametrize(
    ("follows", "code"), [(False, Denied.CONSENT_DIGEST_MISMATCH), (True, "consent")]
)
async def test_corrected_envelope_with_a_new_digest(pair, follows, code):
    message = await told(pair)
    await offer(pair, message, follow_corrections=follows)
    body = {
        "body": example("info.share", subject={"en": "What we have heard since"}),
        "reason": {"en": "A name was wrong."},
    }
    corrected = await say(pair.kh, "correction", message, body)
    await read(pair.jp, corrected)
    assert await reason(pair.jp, message) == Denied.SOURCE_SUPERSEDED
    # What the correction says beside the new words was never consented to.
    assert await reason(pair.jp, corrected, fields=("/body",)) == code


async def test_aggregate_or_statistics_of_what_is_confidential(pair):
    message = await told(pair)
    asked = {"purpose": Purpose.STATISTICS, "mode": Mode.AGGREGATE, "table": TABLE}
    assert await reason(pair.jp, message, **asked) == Denied.NO_CONSENT
    purpose = {"code": "statistics", "text": {"en": "The yearly report."}}
    await offer(pair, message, mode="aggregate", purpose=purpose, min_cell=25)
    # Twenty is too few for this consent, although it betrays nobody by itself.
    assert await reason(pair.jp, message, **asked) != "consent"
    larger = {
        "rows": "year",
        "columns": "sex",
        "cells": {"2025": {"female": 40, "male": 31}},
        "totals": {"rows": {"2025": 71}, "columns": {"female": 40, "male": 31}, "all": 71},
    }
    assert await reason(pair.jp, message, **asked | {"table": larger}) == "consent"


async def test_publishing_already_public_facts_needs_the_originators_own_word(pair):
    message = await told(pair)
    wanted = Wanted(level="public", reason="published-elsewhere", text="It is in every paper.")
    with pytest.raises((PolicyError, NotFoundError)):
        await pair.jp.desk.marking.mark(message["id"], wanted, OFFICER)
    assert await reason(pair.jp, message, to="jp/press-example") == Denied.NO_CONSENT
