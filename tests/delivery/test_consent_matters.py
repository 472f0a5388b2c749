"""Consents and reports of disclosures as matters: who may say what, and what comes first."""

import pytest

from gateway.desk import Draft
from gateway.envelope import Outcome
from gateway.errors import RefusalCode
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER


async def requested(arena):
    """Return the request by which Cambodia asks Japan for its consent."""
    body = CATALOGUE.bodies.example("consent.request")
    draft = {"type": "consent.request", "to": "jp/isa", "body": body}
    return await arena.kh.desk.send(Draft.from_json(draft), OFFICER)


async def said(arena, type_name, about, *, thread=None):
    """Have Japan say something about a message; return the letter and its entry."""
    letter = arena.jp.letter(type_name, thread=thread or about, in_reply_to=about)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    return letter, entry


async def opened(arena, type_name):
    letter = arena.jp.letter(type_name)
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert entry.outcome is Outcome.RECEIVED
    return letter


async def state(arena, thread):
    return (await arena.kh.desk.thread(thread))["state"]


async def answered(arena, id):
    return (await arena.kh.desk.message(id))["levels"]["answered"] is not None


async def test_a_denial_ends_the_matter_and_answers_the_request(arena):
    request = await requested(arena)
    await said(arena, "consent.deny", request["id"])
    assert await state(arena, request["id"]) == "declined"
    assert await answered(arena, request["id"])


async def test_a_revocation_that_overtakes_the_consent_is_not_undone_by_it(arena):
    request = await requested(arena)
    _, entry = await said(arena, "consent.revoke", request["id"])
    assert entry.outcome is Outcome.RECEIVED
    assert await state(arena, request["id"]) == "revoked"
    _, entry = await said(arena, "consent.grant", request["id"])
    assert entry.outcome is Outcome.RECEIVED
    assert await state(arena, request["id"]) == "revoked"


@pytest.mark.parametrize("type_name", ["consent.grant", "consent.deny", "consent.revoke"])
async def test_who_asks_for_consent_neither_gives_nor_ends_it_itself(arena, type_name):
    request = await opened(arena, "consent.request")
    _, entry = await said(arena, type_name, request.id)
    assert entry.code is RefusalCode.NOT_PERMITTED
    assert await arena.changed() == FINAL
    assert await state(arena, request.id) == "requested"


async def test_a_consent_given_unasked_stands_at_once_and_its_giver_revokes_it(arena):
    offer = await opened(arena, "consent.offer")
    assert await state(arena, offer.id) == "granted"
    await said(arena, "consent.revoke", offer.id)
    assert await state(arena, offer.id) == "revoked"


@pytest.mark.parametrize("type_name", ["consent.grant", "consent.offer"])
async def test_what_officers_have_signed_is_not_corrected(arena, type_name):
    if type_name == "consent.offer":
        given = await opened(arena, type_name)
        thread = given.id
    else:
        thread = (await requested(arena))["id"]
        given, _ = await said(arena, type_name, thread)
    supersedes = {"id": given.id, "header_digest": given.header_digest, "mode": "correct"}
    body = {"reason": {"en": "A slip."}, "body": CATALOGUE.bodies.example(type_name)}
    place = {"thread": thread, "in_reply_to": given.id, "supersedes": supersedes}
    (entry,) = await arena.entries(arena.jp.envelope("correction", body=body, **place))
    assert entry.code is RefusalCode.NOT_PERMITTED
    assert await arena.changed() == FINAL


async def test_after_a_revocation_a_report_of_disclosures_is_owed_and_ends_that(arena):
    request = await opened(arena, "consent.request")
    await arena.kh.desk.fetch(request.id, OFFICER)
    body = CATALOGUE.bodies.example("consent.revoke")
    draft = {"type": "consent.revoke", "in_reply_to": request.id, "body": body}
    revoked = await arena.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert revoked["due"] is not None
    _, entry = await said(arena, "disclosure.report", revoked["id"], thread=request.id)
    assert entry.outcome is Outcome.RECEIVED
    assert await answered(arena, revoked["id"])


async def test_a_report_of_disclosures_may_speak_of_any_message_and_answers_only_a_question(arena):
    matter = await opened(arena, "inquiry.request")
    await arena.kh.desk.fetch(matter.id, OFFICER)
    body = {"questions": {"q1": {"text": {"en": "Which one?"}}}}
    draft = {"type": "clarification.request", "in_reply_to": matter.id, "body": body}
    asked = await arena.kh.desk.send(Draft.from_json(draft), OFFICER)
    # What was disclosed was the version that came first; nothing is wrong with that.
    correction = {"reason": {"en": "A slip."}, "body": body}
    draft = {"type": "correction", "in_reply_to": asked["id"], "body": correction}
    await arena.kh.desk.send(Draft.from_json(draft), OFFICER)
    letter, entry = await said(arena, "disclosure.report", asked["id"], thread=matter.id)
    assert entry.outcome is Outcome.RECEIVED
    assert (await arena.kh.desk.message(letter.id))["attention"] is None
    assert not await answered(arena, asked["id"])


async def test_nobody_reports_the_disclosure_of_its_own_message(arena):
    matter = await opened(arena, "inquiry.request")
    _, entry = await said(arena, "disclosure.report", matter.id)
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/in_reply_to",))


async def test_nobody_marks_the_message_of_the_other_side_anew(arena):
    request = await requested(arena)
    _, entry = await said(arena, "marking.change", request["id"])
    assert (entry.code, entry.pointers) == (RefusalCode.NOT_PERMITTED, ("/in_reply_to",))
    assert await arena.changed() == FINAL
