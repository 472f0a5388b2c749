"""Consent at the desk: asked for, prepared, signed away from the node, given, denied, revoked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.desk import Draft
from gateway.desk.consent_asking import Wish
from gateway.envelope import KeyValidity, Officer, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    LocalError,
    NotFoundError,
    PolicyError,
    VerificationError,
)
from tests.consenting import BUREAU, NARROWED, asked, give, parsed, prepared, signed
from tests.desk.dealing import example, say
from tests.nodes import OFFICER, START, Pair, changed, facts, inquiry, rows, two_nodes

DAY = 86_400


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


def problems(error: pytest.ExceptionInfo[LocalError]) -> list[tuple[str, str]]:
    return [(each.where, each.text) for each in error.value.problems]


async def test_a_consent_is_asked_for_signed_away_from_the_node_and_given(pair: Pair) -> None:
    package = await prepared(pair)
    await give(pair, signed(pair.kh.keys, package))
    theirs = (await pair.jp.desk.consents.page())["items"]
    assert [(one["direction"], one["state"]) for one in theirs] == [("in", "active")]
    ours = (await pair.kh.desk.consents.page())["items"]
    assert [(one["direction"], one["state"]) for one in ours] == [("out", "active")]
    assert theirs[0]["consent_id"] == package["terms"]["consent_id"]
    looked = await pair.jp.desk.consents.look(theirs[0]["short"], OFFICER)
    assert looked["terms"] == package["terms"]


async def test_what_is_not_narrowed_is_granted_as_it_was_asked_for(pair: Pair) -> None:
    sent, request = await asked(pair, uses=3, until="2026-10-01T00:00:00Z")
    found = await pair.kh.desk.consents.prepare(request["id"], NARROWED, OFFICER)
    terms = found["package"]["terms"]
    assert terms["recipients"] == [BUREAU]
    assert terms["subject"]["messages"][0]["id"] == sent["id"]
    assert terms["subject"]["messages"][0]["pointers"] == [""]
    assert terms["validity"]["not_after"] == "2026-10-01T00:00:00Z"
    assert (terms["uses"], terms["epoch"]) == (3, pair.jp.us.epoch)
    assert (terms["granted_by"]["org_id"], found["officers_needed"]) == ("kh/molvt", 1)
    assert found["package"]["partly"] is False


async def test_to_prepare_is_to_read_the_request_and_what_it_is_about(pair: Pair) -> None:
    sent, request = await asked(pair)
    await pair.kh.desk.consents.prepare(request["id"], NARROWED, OFFICER)
    await pair.jp.desk.wait(request["id"], "handed-over", 5)
    read = await facts(pair.kh, "SELECT subject FROM evidence WHERE fact = 'read'")
    assert {row["subject"] for row in read} == {sent["id"], request["id"]}


BEYOND: list[tuple[dict[str, Any], str]] = [
    ({"until": times.text(START + 91 * DAY)}, "/validity/not_after"),
    ({"uses": 2}, "/uses"),
    ({"fields": ("/nowhere",)}, "/subject"),
    ({"recipients": ("jp/mhlw",)}, "/recipients"),
    ({"granted_by": {"org_id": "jp/isa", "role": "a", "authority": "b"}}, "/granted_by/org_id"),
    ({"granted_by": {"role": "a"}}, "/granted_by/authority"),
    ({"conditions": {"embargo": "2026-10-01T00:00:00Z"}}, "/conditions"),
]


async def test_a_grant_never_permits_more_than_was_asked_for(pair: Pair) -> None:
    _, request = await asked(pair, uses=1, fields=("/questions",), mode="redacted")
    for changes, where in [*BEYOND, ({"mode": "verbatim"}, "/mode")]:
        with pytest.raises(InvalidError) as error:
            await pair.kh.desk.consents.prepare(
                request["id"], replace(NARROWED, **changes), OFFICER
            )
        assert where in [at for at, _ in problems(error)], changes


async def test_less_than_was_asked_for_is_a_part(pair: Pair) -> None:
    _, request = await asked(pair, to=(BUREAU["org_id"], "jp/mhlw"))
    narrowed = replace(NARROWED, recipients=(BUREAU["org_id"],))
    found = await pair.kh.desk.consents.prepare(request["id"], narrowed, OFFICER)
    assert found["package"]["partly"] is True
    view = await give(pair, signed(pair.kh.keys, found["package"]))
    thread = await pair.kh.desk.thread(view["thread"])
    assert thread["state"] == "partly-granted"


async def test_personal_data_go_further_on_a_named_ground_alone(pair: Pair) -> None:
    _, request = await asked(pair)
    with pytest.raises(InvalidError, match="ground") as error:
        await pair.kh.desk.consents.prepare(
            request["id"], replace(NARROWED, personal_data=None), OFFICER
        )
    assert [at for at, _ in problems(error)] == ["/personal_data"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"purpose": "gossip"}, "/purpose"),
    ({"to": ("jp/nobody",)}, "/to"),
    ({"to": ("Osaka Labour Bureau",)}, "/to"),
    ({"to": ()}, "/to"),
    ({"publication": {"register": "sending-orgs", "medium": "a"}}, "/to"),
    ({"mode": "loud"}, "/mode"),
    ({"fields": ("/nowhere",)}, "/fields"),
    ({"fields": ("/questions", "/questions/q1")}, "/fields"),
    ({"until": times.text(START - 1)}, "/until"),
    ({"until": times.text(START + 367 * DAY)}, "/until"),
    ({"until": "tomorrow"}, "/until"),
    ({"uses": 0}, "/uses"),
]


async def test_what_cannot_be_asked_for_is_refused_and_nothing_leaves(pair: Pair) -> None:
    sent = await say(pair.kh, "inquiry.request", body=example("inquiry.request"))
    await pair.kh.settled()
    given: dict[str, Any] = {"purpose": "ssw-operation", "to": (BUREAU["org_id"],), "reason": "a"}
    before = await rows(pair.jp)
    for changes, where in REFUSED:
        with pytest.raises(InvalidError) as raised:
            await pair.jp.desk.consents.request(sent["id"], Wish(**(given | changes)), OFFICER)
        assert where in [at for at, _ in problems(raised)], changes
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_name_is_answered_with_ids_and_none_is_chosen(pair: Pair) -> None:
    sent = await say(pair.kh, "inquiry.request", body=example("inquiry.request"))
    wish = Wish(purpose="ssw-operation", to=("Osaka Labour Bureau",), reason="a")
    with pytest.raises(InvalidError) as error:
        await pair.jp.desk.consents.request(sent["id"], wish, OFFICER)
    assert "jp/labour-bureau-osaka (" in problems(error)[0][1]


async def test_nobody_asks_itself_for_consent_nor_offers_what_is_the_others(pair: Pair) -> None:
    sent = await say(pair.kh, "inquiry.request", body=example("inquiry.request"))
    wish = Wish(purpose="ssw-operation", to=(BUREAU["org_id"],), reason="a")
    with pytest.raises(PolicyError, match="your own information"):
        await pair.kh.desk.consents.request(sent["id"], wish, OFFICER)
    with pytest.raises(PolicyError, match="only the side that sent"):
        await pair.jp.desk.consents.offer(sent["id"], wish, NARROWED, OFFICER)
    with pytest.raises(NotFoundError):
        await pair.jp.desk.consents.request("0195c2a4-0000", wish, OFFICER)


async def test_a_withdrawn_message_is_not_asked_about(pair: Pair) -> None:
    sent = await say(pair.kh, "inquiry.request", body=example("inquiry.request"))
    await say(pair.kh, "withdrawal", sent)
    wish = Wish(purpose="ssw-operation", to=(BUREAU["org_id"],), reason="a")
    with pytest.raises(ConflictError, match="withdrawn"):
        await pair.jp.desk.consents.request(sent["id"], wish, OFFICER)


async def test_consent_to_what_was_corrected_meanwhile_is_not_prepared(pair: Pair) -> None:
    sent, request = await asked(pair)
    body = {"reason": {"en": "A slip."}, "body": example("inquiry.request")}
    await say(pair.kh, "correction", sent, example("correction") | body)
    with pytest.raises(ConflictError, match="does not stand any more"):
        await pair.kh.desk.consents.prepare(request["id"], NARROWED, OFFICER)


async def test_four_eyes_are_asked_for_before_anything_is_sent(pair: Pair) -> None:
    sent = await say(pair.jp, "inquiry.request", body=example("inquiry.request"))
    wish = Wish(purpose="ssw-operation", to=("kh/moi",), reason="a")
    found = await pair.jp.desk.consents.offer(sent["id"], wish, NARROWED, OFFICER)
    assert found["officers_needed"] == 2
    once = signed(pair.jp.keys, found["package"])
    before = await rows(pair.jp)
    with pytest.raises(ConflictError, match="1 of 2 officers still"):
        await pair.jp.desk.consents.grant(parsed(once), OFFICER)
    assert changed(before, await rows(pair.jp)) == set()
    with pytest.raises(ConflictError, match="has signed this package already"):
        signed(pair.jp.keys, once)
    view = await pair.jp.desk.consents.grant(
        parsed(signed(pair.jp.keys, once, "officer-2")), OFFICER
    )
    assert (await pair.jp.desk.wait(view["id"], "received", 5))["type"] == "consent.offer"
    (theirs,) = (await pair.kh.desk.consents.page())["items"]
    assert theirs["state"] == "active"


async def test_a_key_that_ended_since_gives_no_consent(pair: Pair) -> None:
    package = signed(pair.kh.keys, await prepared(pair))
    keys = pair.kh.keys
    ended = KeyValidity(
        not_before=times.text(START - 600),
        not_after=times.text(START + 300 * DAY),
        revoked_at=times.text(START + 1),
    )
    officers = tuple(
        Officer(id=id, capability="consent", pair=one.public, validity=ended)
        for id, one in keys.officers.items()
    )
    keys.next_card(officers=officers)
    pair.kh.us.keys.replace(keys.key_set(), is_forced=False)
    pair.clock.now += 2
    with pytest.raises(VerificationError, match="consent-key-not-authorised"):
        await pair.kh.desk.consents.grant(parsed(package), OFFICER)


async def test_a_package_of_another_node_is_not_sent(pair: Pair) -> None:
    package = signed(pair.kh.keys, await prepared(pair))
    with pytest.raises(VerificationError, match="another node, kh/molvt"):
        await pair.jp.desk.consents.grant(parsed(package), OFFICER)


async def test_a_consent_is_sent_once(pair: Pair) -> None:
    package = signed(pair.kh.keys, await prepared(pair))
    await give(pair, package)
    with pytest.raises(ConflictError, match="sent already"):
        await pair.kh.desk.consents.grant(parsed(package), OFFICER)


async def test_a_consent_that_lay_too_long_is_not_sent(pair: Pair) -> None:
    package = signed(pair.kh.keys, await prepared(pair))
    pair.clock.now += 91 * DAY
    with pytest.raises(ConflictError, match="time was over"):
        await pair.kh.desk.consents.grant(parsed(package), OFFICER)


async def test_a_request_is_denied_with_a_reason(pair: Pair) -> None:
    _, request = await asked(pair)
    await pair.kh.desk.fetch(request["id"], OFFICER)
    with pytest.raises(InvalidError):
        await pair.kh.desk.consents.deny(request["id"], "because", None, OFFICER)
    view = await pair.kh.desk.consents.deny(request["id"], "law", "Not yet.", OFFICER)
    await pair.kh.desk.wait(view["id"], "received", 5)
    assert (await pair.jp.desk.thread(view["thread"]))["state"] == "declined"
    assert (await pair.jp.desk.consents.page())["items"] == []


@pytest.mark.parametrize("ending", ["denied", "withdrawn", "revoked"])
async def test_what_is_over_is_granted_no_more(pair: Pair, ending: str) -> None:
    package = await prepared(pair)
    request = package["terms"]["request"]["id"]
    signed_one = signed(pair.kh.keys, package)
    if ending == "denied":
        view = await pair.kh.desk.consents.deny(request, "law", None, OFFICER)
        await pair.kh.desk.wait(view["id"], "received", 5)
    elif ending == "withdrawn":
        await say(pair.jp, "withdrawal", await pair.jp.desk.message(request))
    else:
        view = await give(pair, signed_one)
        view = await pair.kh.desk.consents.revoke(view["id"], "changed", None, OFFICER)
        await pair.kh.desk.wait(view["id"], "received", 5)
    before = await rows(pair.kh)
    with pytest.raises(ConflictError):
        await pair.kh.desk.consents.prepare(request, NARROWED, OFFICER)
    with pytest.raises(ConflictError):
        await pair.kh.desk.consents.grant(parsed(signed_one), OFFICER)
    assert changed(before, await rows(pair.kh)) == set()


async def test_only_the_one_who_gave_a_consent_revokes_it_and_once(pair: Pair) -> None:
    await give(pair, signed(pair.kh.keys, await prepared(pair)))
    (ours,) = (await pair.kh.desk.consents.page())["items"]
    with pytest.raises(PolicyError, match="only the one who gives it"):
        await pair.jp.desk.consents.revoke(ours["consent_id"], "changed", None, OFFICER)
    view = await pair.kh.desk.consents.revoke(ours["message"], "changed", None, OFFICER)
    await pair.kh.desk.wait(view["id"], "received", 5)
    for node in (pair.jp, pair.kh):
        (one,) = (await node.desk.consents.page(state="revoked"))["items"]
        assert one["consent_id"] == ours["consent_id"]
        assert (await node.desk.consents.page(state="active"))["items"] == []
    with pytest.raises(ConflictError, match="revoked already"):
        await pair.kh.desk.consents.revoke(ours["short"], "changed", None, OFFICER)


async def test_a_list_says_nothing_of_what_consents_say(pair: Pair) -> None:
    await give(pair, signed(pair.kh.keys, await prepared(pair)))
    listed = str(await pair.jp.desk.consents.page())
    assert "Osaka" not in listed
    assert "inspect" not in listed


async def test_lists_go_on_where_a_page_ended(pair: Pair) -> None:
    for _ in range(3):
        await give(pair, signed(pair.kh.keys, await prepared(pair)))
    everything = (await pair.jp.desk.consents.page())["items"]
    first = await pair.jp.desk.consents.page(limit=2)
    rest = await pair.jp.desk.consents.page(limit=2, after=first["next"])
    assert first["items"] + rest["items"] == everything
    assert (len(everything), rest["next"]) == (3, None)
    named = everything[1]["consent_id"]
    terms = (await pair.jp.desk.consents.look(named, OFFICER))["terms"]
    message = terms["subject"]["messages"][0]["id"]
    found = await pair.jp.desk.consents.page(message=message)
    assert [one["consent_id"] for one in found["items"]] == [named]


async def test_a_class_is_asked_for_by_an_example(pair: Pair) -> None:
    _, request = await asked(pair, standing={}, until=times.text(START + 30 * DAY))
    found = await pair.kh.desk.consents.prepare(request["id"], NARROWED, OFFICER)
    assert found["package"]["messages"] == []
    assert found["package"]["terms"]["subject"]["class"]["types"] == ["inquiry.request"]
    await give(pair, signed(pair.kh.keys, found["package"]))
    (theirs,) = (await pair.jp.desk.consents.page())["items"]
    assert (theirs["is_class"], theirs["state"]) == (True, "active")


async def test_no_class_covers_what_wants_a_consent_each_time(pair: Pair) -> None:
    draft = inquiry("jp/isa")
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)
    body = await _marked_each_time(pair, sent)
    await say(pair.kh, "marking.change", sent, body)
    wish = Wish(purpose="ssw-operation", to=(BUREAU["org_id"],), reason="a", standing={})
    with pytest.raises(PolicyError, match="each-time"):
        await pair.jp.desk.consents.request(sent["id"], wish, OFFICER)


async def _marked_each_time(pair: Pair, sent: dict[str, Any]) -> dict[str, Any]:
    (row,) = await facts(
        pair.kh, "SELECT id, header_digest, jws FROM messages WHERE id = ?", sent["id"]
    )
    from gateway.envelope import reopen_signed

    marking = dict(reopen_signed(row["jws"], "").header.marking)
    marking["caveats"] = sorted({*marking["caveats"], "each-time"})
    of = {"id": row["id"], "header_digest": row["header_digest"]}
    return {"of": of, "marking": marking, "reason": "tightened"}
