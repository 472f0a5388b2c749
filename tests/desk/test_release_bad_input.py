"""What somebody may try with a consent: each is refused by its own code, and nothing leaves.

Cambodia has told Japan something in confidence, Japan wishes to tell it to a labour bureau, and
whatever consent there is has one thing wrong with it. Names that begin with a letter and a number
bear the number that the attack had in the analysis this project began with.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.desk import submission
from gateway.desk.disclosure_wishes import Wish
from gateway.envelope import digest, times
from gateway.errors import ConflictError, PolicyError
from gateway.policy import Denied, Mode, Purpose
from gateway.store.alarms import Alarm
from gateway.store.sealing import CorruptError
from tests.consenting import BUREAU, granted, instruments, named, terms
from tests.desk.dealing import View, read, say
from tests.nodes import OFFICER, START, Keys, Node, Pair, alarms, facts

pytestmark = pytest.mark.clause("3")

BUREAU_ID = BUREAU["org_id"]
DAY = 86_400
LEDGER = "SELECT reason, state FROM shown_disclosures WHERE seq = ?"
EPOCH = f"1.{'0' * 32}"
LAWFUL = {
    "legal_basis": "Article 69(2)",
    "destination_country": "jp",
    "safeguards": "Read by the inspector alone.",
}
TOKYO = {
    "org_id": "jp/labour-bureau-tokyo",
    "name": "Tokyo Labour Bureau",
    "country": "jp",
    "kind": "authority",
}


def at(days: float) -> str:
    return times.text(START + days * DAY)


async def told(pair: Pair) -> View:
    """Let Cambodia tell Japan something in confidence."""
    view = await say(pair.kh, "info.share")
    return await read(pair.jp, view)


def offered(pair: Pair, message: View, *pointers: str, **changes: Any) -> dict[str, Any]:
    """Return the terms of Cambodia's consent to a message, changed as a case wants it."""
    return terms(
        "kh/molvt", "jp/isa", named(message, *pointers), **{"personal_data": LAWFUL} | changes
    )


@pytest.fixture
def dishonest(monkeypatch):
    """Let the other node send whatever it is told to, as no node of this program does."""
    monkeypatch.setattr(submission, "check_given", lambda judged: None)


async def offer(pair: Pair, given: dict[str, Any], **how: Any) -> View:
    """Let Cambodia send a consent that nobody has asked for."""
    return await say(pair.kh, "consent.offer", body=granted(pair.kh.keys, given, **how))


async def answer(node: Node, message: View, *, days: float = 0, **wish: Any) -> str:
    """Return what a node decides on a wish of its officer, and by which rule.

    A refusal is kept with its evidence and gives nothing; what is allowed waits to be fetched.
    """
    node.clock.now = START + days * DAY
    wished = Wish(**({"to": BUREAU_ID, "purpose": Purpose.SSW_OPERATION} | wish))
    view = await node.desk.disclosing.disclose(message["id"], wished, OFFICER)
    reason = str(view["reason"])
    assert view["is_allowed"] == (reason not in set(Denied))
    (row,) = await facts(node, LEDGER, view["ledger"])
    assert (row["reason"], row["state"]) == (
        reason,
        "decided" if view["is_allowed"] else "refused",
    )
    fact = "release-decided" if view["is_allowed"] else "release-refused"
    assert await facts(node, "SELECT fact FROM evidence WHERE fact = ?", fact)
    if not view["is_allowed"]:
        with pytest.raises(ConflictError):
            await node.desk.disclosing.package(view["ledger"], OFFICER)
    return reason


@dataclass(frozen=True)
class Case:
    """A consent with one thing wrong, or a use of it that it does not cover."""

    code: Denied
    changes: dict[str, Any]
    wish: dict[str, Any]
    pointers: tuple[str, ...] = ()
    days: float = 0


CASES = {
    "not yet valid": Case(
        Denied.CONSENT_NOT_YET_VALID,
        {"validity": {"not_before": at(2), "not_after": at(30)}},
        {},
    ),
    "expired": Case(Denied.CONSENT_EXPIRED, {}, {}, days=31),
    "for another recipient": Case(Denied.CONSENT_OTHER_RECIPIENT, {"recipients": [TOKYO]}, {}),
    "for another purpose": Case(
        Denied.CONSENT_OTHER_PURPOSE,
        {"purpose": {"code": "exam-integrity", "text": {"en": "To compare results."}}},
        {},
    ),
    "in another form": Case(
        Denied.CONSENT_OTHER_MODE, {"mode": "paraphrase"}, {"mode": Mode.VERBATIM}
    ),
    "to other fields": Case(
        Denied.CONSENT_FIELDS_NOT_COVERED, {}, {"fields": ("/subject",)}, pointers=("/topic",)
    ),
    "with a condition in words": Case(
        Denied.CONSENT_CONDITION_UNMET,
        {"conditions": {"onward": "none", "text": {"en": "Only after the hearing."}}},
        {},
    ),
    "under an embargo": Case(
        Denied.CONSENT_CONDITION_UNMET,
        {"conditions": {"onward": "none", "embargo_until": at(3)}},
        {},
    ),
}


async def test_A118_without_a_consent_nothing_leaves(pair):
    assert await answer(pair.jp, await told(pair)) == Denied.NO_CONSENT


async def test_a_consent_that_covers_the_use_lets_it_leave(pair):
    message = await told(pair)
    await offer(pair, offered(pair, message))
    assert await answer(pair.jp, message) == "consent"


@pytest.mark.parametrize("name", CASES)
async def test_A122_a_consent_covers_nothing_beside_what_it_says(pair, name):
    case = CASES[name]
    message = await told(pair)
    await offer(pair, offered(pair, message, *case.pointers, **case.changes))
    assert await answer(pair.jp, message, days=case.days, **case.wish) == case.code


# --- consents that are worth nothing from the beginning ------------------------------------


async def refused(pair: Pair, code: Denied, message: View, view: View) -> None:
    """See that a bad consent is kept, that a person is called, and that nothing may leave."""
    assert await answer(pair.jp, message) == code
    assert (await pair.jp.desk.message(view["id"]))["state"] == "received"
    assert Alarm.CONSENT_REFUSED in await alarms(pair.jp)
    (kept,) = await facts(pair.jp, "SELECT fact FROM evidence WHERE fact = 'consent-refused'")
    assert kept


async def test_A119_a_consent_that_the_requester_signs_itself_is_none(pair, dishonest):
    message = await told(pair)
    given = offered(pair, message)
    body = {"terms": given, "instruments": instruments(pair.jp.keys, given)}
    view = await say(pair.kh, "consent.offer", body=body)
    await refused(pair, Denied.CONSENT_KEY_NOT_AUTHORISED, message, view)


async def test_a_forged_consent_is_kept_and_permits_nothing(pair, dishonest):
    message = await told(pair)
    given = offered(pair, message)
    body = granted(pair.kh.keys, given)
    body["terms"] = given | {"recipients": [BUREAU, TOKYO]}
    view = await say(pair.kh, "consent.offer", body=body)
    await refused(pair, Denied.CONSENT_BAD_SIGNATURE, message, view)


async def test_the_key_of_a_node_gives_no_consent(pair, dishonest):
    message = await told(pair)
    given = offered(pair, message)
    keys = Keys("kh/molvt", officers={"officer-1": pair.kh.keys.message})
    body = {"terms": given, "instruments": instruments(keys, given)}
    view = await say(pair.kh, "consent.offer", body=body)
    await refused(pair, Denied.CONSENT_KEY_NOT_AUTHORISED, message, view)


async def test_A121_a_consent_to_another_digest_permits_nothing(pair, dishonest):
    message = await told(pair)
    other = message | {"header_digest": digest(b"other words")}
    view = await offer(pair, offered(pair, other))
    await refused(pair, Denied.CONSENT_DIGEST_MISMATCH, message, view)


async def test_a_consent_to_our_own_words_is_of_the_wrong_originator(pair, dishonest):
    ours = await say(pair.jp, "inquiry.request")
    view = await offer(pair, offered(pair, ours))
    assert Alarm.CONSENT_REFUSED in await alarms(pair.jp)
    (row,) = await facts(pair.jp, "SELECT code FROM consents")
    assert row["code"] == Denied.CONSENT_WRONG_ORIGINATOR
    assert (await pair.jp.desk.message(view["id"]))["state"] == "received"


async def test_A124_a_consent_repeated_in_a_new_message_has_no_uses_of_its_own(pair, dishonest):
    message = await told(pair)
    given = offered(pair, message, uses=1, epoch=EPOCH)
    body = granted(pair.kh.keys, given)
    await say(pair.kh, "consent.offer", body=body)
    view = await say(pair.kh, "consent.offer", body=body)
    assert Alarm.CONSENT_REFUSED in await alarms(pair.jp)
    codes = await facts(pair.jp, "SELECT code FROM consents ORDER BY seq")
    assert [row["code"] for row in codes] == [None, Denied.CONSENT_REPLAYED]
    assert (await pair.jp.desk.message(view["id"]))["state"] == "received"


# --- uses -----------------------------------------------------------------------------------

WISH = Wish(to=BUREAU_ID, purpose=Purpose.SSW_OPERATION)


async def once(pair: Pair) -> tuple[View, dict[str, Any]]:
    """Let Cambodia permit one use of something; return the message and the terms."""
    message = await told(pair)
    given = offered(pair, message, uses=1, epoch=EPOCH)
    await offer(pair, given)
    return message, given


async def test_A122_a_consent_that_was_used_as_often_as_it_says_is_used_up(pair):
    message, _ = await once(pair)
    assert await answer(pair.jp, message) == "consent"
    assert await answer(pair.jp, message) == Denied.CONSENT_EXHAUSTED
    assert await answer(pair.jp, message, to=TOKYO["org_id"]) != "consent"


async def test_of_two_that_race_for_the_last_use_one_gets_it(pair):
    message, given = await once(pair)
    views = await asyncio.gather(
        *(pair.jp.desk.disclosing.disclose(message["id"], WISH, OFFICER) for _ in range(8))
    )
    reasons = sorted(view["reason"] for view in views)
    assert reasons == ["consent", *[Denied.CONSENT_EXHAUSTED] * 7]
    used = await facts(pair.jp, "SELECT consent_id FROM disclosure_uses")
    assert [row["consent_id"] for row in used] == [given["consent_id"]]


async def test_A124_a_use_counts_for_a_repeated_consent_too(pair, dishonest):
    message, given = await once(pair)
    assert await answer(pair.jp, message) == "consent"
    await offer(pair, given)
    assert await answer(pair.jp, message) == Denied.CONSENT_EXHAUSTED


async def revoke(pair: Pair, given: dict[str, Any]) -> None:
    reason = {"consent_id": given["consent_id"], "reason": "changed"}
    (row,) = await facts(pair.jp, "SELECT seq FROM consents")
    (message,) = await facts(pair.jp, "SELECT id FROM messages WHERE seq = ?", row["seq"])
    await say(pair.kh, "consent.revoke", message, reason)


async def test_A125_a_revocation_between_decision_and_fetch_stops_it(pair):
    message, given = await once(pair)
    view = await pair.jp.desk.disclosing.disclose(message["id"], WISH, OFFICER)
    await revoke(pair, given)
    with pytest.raises(PolicyError, match=Denied.CONSENT_REVOKED):
        await pair.jp.desk.disclosing.package(view["ledger"], OFFICER)
    (row,) = await facts(pair.jp, LEDGER, view["ledger"])
    assert row["state"] == "stopped"
    assert Alarm.RELEASE_STOPPED in await alarms(pair.jp)
    assert await answer(pair.jp, message) == Denied.CONSENT_REVOKED
    # What was used stays used, although nothing left.
    assert len(await facts(pair.jp, "SELECT * FROM disclosure_uses")) == 1


async def test_what_was_fetched_before_a_revocation_stays_lawful_and_goes_no_further(pair):
    message, given = await once(pair)
    view = await pair.jp.desk.disclosing.disclose(message["id"], WISH, OFFICER)
    package = await pair.jp.desk.disclosing.package(view["ledger"], OFFICER)
    assert package
    await revoke(pair, given)
    (row,) = await facts(pair.jp, LEDGER, view["ledger"])
    assert row["state"] == "transmitted"
    assert await answer(pair.jp, message) == Denied.CONSENT_REVOKED


# --- names that are alike ------------------------------------------------------------------

ALIKE = ["Osaka Labour Bureau", "jp/Labour-bureau-osaka", "jp/labour-bureau-osаka", "大阪労働局"]


@pytest.mark.parametrize("name", ALIKE)
async def test_a_name_that_is_alike_names_nobody(pair, name):
    message = await told(pair)
    await offer(pair, offered(pair, message))
    assert await answer(pair.jp, message, to=name) == Denied.UNKNOWN_RECIPIENT
    assert await facts(pair.jp, "SELECT * FROM disclosure_uses") == []


# --- the database ---------------------------------------------------------------------------

TAMPERED = {
    "the level of the message": "UPDATE messages SET marking = 'public' WHERE id = ?",
    "the signed header": "UPDATE messages SET jws = replace(jws, 'a', 'b') WHERE id = ?",
    "the digest of the header": "UPDATE messages SET header_digest = 'x' WHERE id = ?",
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_A127_a_marker_that_was_changed_in_the_database_opens_nothing(pair, what):
    message = await told(pair)

    def tamper(tx: Any) -> None:
        tx._database.execute(TAMPERED[what], (message["id"],))

    await pair.jp.store.write(tamper)
    assert await answer(pair.jp, message) == Denied.SOURCE_CHANGED


CONSENT_ROWS = {
    "the uses": "UPDATE consents SET uses = 1000",
    "the code": "UPDATE consents SET code = NULL, ended = NULL, ended_by = NULL",
    "the last day": "UPDATE consents SET not_after = '2099-01-01T00:00:00Z'",
}


@pytest.mark.parametrize("what", CONSENT_ROWS)
async def test_A127_a_consent_whose_row_was_changed_permits_nothing_more(pair, what):
    message, given = await once(pair)
    assert await answer(pair.jp, message) == "consent"
    await revoke(pair, given)

    def tamper(tx: Any) -> None:
        tx._database.execute(CONSENT_ROWS[what])

    await pair.jp.store.write(tamper)
    assert await answer(pair.jp, message) == Denied.SOURCE_CHANGED


async def test_A127_a_row_of_the_ledger_that_was_changed_gives_no_package(pair):
    message, _ = await once(pair)
    view = await pair.jp.desk.disclosing.disclose(message["id"], WISH, OFFICER)

    def tamper(tx: Any) -> None:
        tx._database.execute("DROP TRIGGER disclosures_are_append_only")
        tx._database.execute("UPDATE disclosures SET audience = 'jp/press-example'")

    await pair.jp.store.write(tamper)
    with pytest.raises(CorruptError, match="changed on the disk"):
        await pair.jp.desk.disclosing.package(view["ledger"], OFFICER)
