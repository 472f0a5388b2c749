"""A code outside its days and a number that contradicts itself are stopped on both sides."""

import copy
from typing import Any

import pytest

from gateway.desk import Draft
from gateway.envelope import Outcome, times
from gateway.errors import InvalidError, RefusalCode
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, Pair, changed, facts, rows, two_nodes

ORGANISATION = "/organisations/o1/identifiers"
DOCUMENT = "/persons/p1/documents/d1"
RESIDENCE_CARD = {"type": "residence-card", "issuing_country": "JP"}
PASSPORT = {"type": "passport", "issuing_country": "KH"}
# Type, what is changed in its example, and where the fault is; the changed place if that is it.
FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a field of work that was merged before the day it speaks of": (
        "suspension.notice",
        {"/field": "machine-parts-and-tooling", "/effective_from": "2022-05-25"},
        "/field",
    ),
    "a field of work that was added after the day it speaks of": (
        "suspension.notice",
        {"/field": "forestry", "/effective_from": "2024-03-28"},
        "/field",
    ),
    "a corporate number with a wrong digit": (
        "inquiry.request",
        {ORGANISATION: {"jp-houjin": "4011001098994"}},
        f"{ORGANISATION}/jp-houjin",
    ),
    "an LEI with a wrong digit": (
        "inquiry.request",
        {ORGANISATION: {"lei": "5493001KJTIIGC8Y1R13"}},
        f"{ORGANISATION}/lei",
    ),
    "a passport with a wrong check digit": (
        "inquiry.request",
        {DOCUMENT: PASSPORT | {"number": "L898902C37"}},
        f"{DOCUMENT}/number",
    ),
    "a residence card with a letter too few": (
        "inquiry.request",
        {DOCUMENT: RESIDENCE_CARD | {"number": "AB1234567CD"}},
        f"{DOCUMENT}/number",
    ),
}
SOUND: dict[str, tuple[str, dict[str, Any]]] = {
    "a field of work of that time": (
        "suspension.notice",
        {"/field": "machine-parts-and-tooling", "/effective_from": "2022-05-24"},
    ),
    "numbers that hold": (
        "inquiry.request",
        {
            ORGANISATION: {"jp-houjin": "4011001098993", "lei": "5493001KJTIIGC8Y1R12"},
            DOCUMENT: PASSPORT | {"number": "L898902C36"},
        },
    ),
    "a residence card": (
        "inquiry.request",
        {DOCUMENT: RESIDENCE_CARD | {"number": "AB12345678CD"}},
    ),
    # The guides disagree about its form, so it is the officer's to judge.
    "a Cambodian tax number of an unknown form": (
        "inquiry.request",
        {ORGANISATION: {"kh-tax": "12345"}},
    ),
}


def body_of(type_name: str, changes: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(CATALOGUE.bodies.example(type_name))
    for pointer, value in changes.items():
        *path, last = pointer.removeprefix("/").split("/")
        place = body
        for token in path:
            place = place[token]
        place[last] = value
    return body


def draft(type_name: str, body: dict[str, Any]) -> Draft:
    return Draft.from_json({"type": type_name, "to": "kh/molvt", "body": body})


@pytest.fixture
async def alone(tmp_path):
    """Two nodes of which nothing leaves."""
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair


@pytest.mark.parametrize("name", FAULTS)
async def test_it_is_refused_here_before_anything_is_signed(alone: Pair, name):
    type_name, changes, where = FAULTS[name]
    before = await rows(alone.jp)
    with pytest.raises(InvalidError) as caught:
        await alone.jp.desk.send(draft(type_name, body_of(type_name, changes)), OFFICER)
    assert [problem.where for problem in caught.value.problems] == [where]
    assert changed(before, await rows(alone.jp)) == set()


@pytest.mark.parametrize("name", FAULTS)
async def test_it_is_refused_there_with_a_pointer_and_never_delivered(arena, name):
    type_name, changes, where = FAULTS[name]
    letter = arena.jp.letter(type_name, body_of(type_name, changes), priority="urgent")
    (entry,) = await arena.entries(arena.jp.seal(letter))
    assert (entry.outcome, entry.code) == (Outcome.REFUSED, RefusalCode.INVALID_BODY)
    assert entry.pointers == (f"/body{where}",)
    assert await arena.changed() == FINAL
    assert await facts(arena.kh, "SELECT id FROM messages") == []


@pytest.mark.parametrize("name", SOUND)
async def test_what_fits_its_day_and_its_rule_is_sent_and_taken(arena, name):
    type_name, changes = SOUND[name]
    body = body_of(type_name, changes)
    (entry,) = await arena.entries(arena.jp.seal(arena.jp.letter(type_name, body)))
    assert (entry.outcome, entry.pointers) == (Outcome.RECEIVED, ())
    sent = await arena.pair.jp.desk.send(draft(type_name, body), OFFICER)
    assert sent["state"] == "queued"


async def test_a_code_without_a_day_of_its_own_is_judged_by_the_day_of_the_message(arena):
    type_name, added = "exam.fraud.report", "2026-01-23"
    body = body_of(type_name, {"/exam": {"name": "jft-basic", "field": "linen-supply"}})

    def letter(created: str) -> bytes:
        return arena.jp.seal(arena.jp.letter(type_name, body, created=created))

    early, in_time = letter("2026-01-22T23:59:59Z"), letter(f"{added}T00:00:00Z")
    refused, received = await arena.entries(early, in_time)
    assert (refused.code, refused.pointers) == (RefusalCode.INVALID_BODY, ("/body/exam/field",))
    assert received.outcome is Outcome.RECEIVED
    arena.pair.clock.now = times.parse("2026-01-22T23:59:59Z")
    with pytest.raises(InvalidError) as caught:
        await arena.pair.jp.desk.send(draft(type_name, body), OFFICER)
    (problem,) = caught.value.problems
    assert (problem.where, added in problem.text) == ("/exam/field", True)


async def test_the_body_that_a_correction_carries_is_judged_by_the_same_rules(alone: Pair):
    sent = await alone.jp.desk.send(
        draft("inquiry.request", body_of("inquiry.request", {})), OFFICER
    )
    wrong = body_of("inquiry.request", {ORGANISATION: {"jp-houjin": "4011001098994"}})
    correction = Draft.from_json(
        {
            "type": "correction",
            "in_reply_to": sent["id"],
            "body": {"body": wrong, "reason": {"en": "The number was missing."}},
        }
    )
    with pytest.raises(InvalidError) as caught:
        await alone.jp.desk.send(correction, OFFICER)
    where = f"/body{ORGANISATION}/jp-houjin"
    assert [problem.where for problem in caught.value.problems] == [where]


CORRECTED: dict[str, tuple[str, dict[str, Any], str]] = {
    "a number": FAULTS["a corporate number with a wrong digit"],
    "a code on the day of the correction": (
        "exam.fraud.report",
        {"/exam": {"name": "jft-basic", "field": "linen-supply"}},
        "/exam/field",
    ),
}


@pytest.mark.parametrize("name", CORRECTED)
async def test_a_correction_that_arrives_with_a_wrong_body_takes_no_place(arena, name):
    type_name, changes, where = CORRECTED[name]
    first = arena.jp.letter(type_name)
    await arena.entries(arena.jp.seal(first))
    taken = {"id": first.id, "header_digest": first.header_digest, "mode": "correct"}
    correction = arena.jp.letter(
        "correction",
        {"reason": {"en": "It was incomplete."}, "body": body_of(type_name, changes)},
        created="2026-01-22T12:00:00Z",
        thread=first.id,
        in_reply_to=first.id,
        supersedes=taken,
    )
    (entry,) = await arena.entries(arena.jp.seal(correction))
    assert (entry.code, entry.pointers) == (RefusalCode.INVALID_BODY, (f"/body/body{where}",))
    assert await arena.changed() == FINAL
