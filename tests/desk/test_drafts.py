"""A draft is judged whole before anything is looked up; every fault has its place."""

import pytest

from gateway.desk import Draft
from gateway.envelope import times
from gateway.errors import InvalidError, NotFoundError
from tests.nodes import OFFICER, START, changed, inquiry, rows

GOOD = {"type": "ping", "to": "kh/molvt", "body": {}}

FAULTS = {
    "no object": ([], set()),
    "a text": ("ping", set()),
    "nothing": ({}, {"/body"}),
    "no type and no recipient": ({"body": {}}, {"/type", "/to"}),
    "a body that is no object": (GOOD | {"body": "hello"}, {"/body"}),
    "an unknown member": (GOOD | {"colour": "red"}, {"/colour"}),
    "the sender chosen by hand": (GOOD | {"from": "vn/dolab"}, {"/from"}),
    "a marking chosen by hand": (GOOD | {"marking": {}}, {"/marking"}),
    "a type that is no text": (GOOD | {"type": 1}, {"/type"}),
    "a recipient that is no text": (GOOD | {"to": None}, {"/to"}),
    "a recipient that is no node": (GOOD | {"to": "Cambodia"}, {"/to"}),
    "a recipient with a look-alike letter": (GOOD | {"to": "kh/mоlvt"}, {"/to"}),
    "an unknown priority": (GOOD | {"priority": "asap"}, {"/priority"}),
    "a note that is no text": (GOOD | {"note": ["x"]}, {"/note"}),
    "a note that is too long": (GOOD | {"note": "x" * 4001}, {"/note"}),
    "a due date without time": (GOOD | {"due": "2026-12-01"}, {"/due"}),
    "a due date of another zone": (GOOD | {"due": "2026-12-01T09:00:00+09:00"}, {"/due"}),
    "expires in seconds": (GOOD | {"expires": "1790000000"}, {"/expires"}),
    "several at once": (
        GOOD | {"to": "x", "due": "x", "priority": "x"},
        {"/to", "/due", "/priority"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_draft_is_told_with_its_place(name):
    value, where = FAULTS[name]
    with pytest.raises(InvalidError) as caught:
        Draft.from_json(value)
    assert {problem.where for problem in caught.value.problems} == where


def test_at_most_16_faults_are_told():
    with pytest.raises(InvalidError) as caught:
        Draft.from_json(GOOD | {f"x{n}": 1 for n in range(100)})
    assert len(caught.value.problems) == 16


def test_a_reply_needs_neither_type_nor_recipient():
    draft = Draft.from_json({"in_reply_to": "JP-2026-000001", "body": {}})
    assert (draft.type, draft.to) == (None, None)


def body(**changes):
    return inquiry(body=inquiry()["body"] | changes)


BODIES = {
    "a member that is not in the schema": (body(colour="red"), {"/colour"}),
    "a member that is missing": (inquiry(body={}), None),
    "a value outside its list": (body(inquiry_type="gossip"), {"/inquiry_type"}),
    "a nested value of another kind": (body(questions={"q1": {"text": "no"}}), None),
    "expires in the past": (inquiry(expires=times.text(START)), {"/expires"}),
    "expires after more than 400 days": (
        inquiry(expires=times.text(START + 401 * 86_400)),
        {"/expires"},
    ),
    "due in the past": (inquiry(due=times.text(START)), {"/due"}),
    "both": (
        inquiry(due=times.text(START - 1), expires=times.text(START - 1)),
        {"/due", "/expires"},
    ),
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("name", BODIES)
async def test_a_body_or_a_time_that_breaks_the_rules_is_not_sent(pair, name, dry_run):
    value, where = BODIES[name]
    before = await rows(pair.jp)
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.send(Draft.from_json(value), OFFICER, dry_run=dry_run)
    told = {problem.where for problem in caught.value.problems}
    assert told
    assert where is None or told == where
    assert changed(before, await rows(pair.jp)) <= {"counters"}


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "vn/dolab"},
        {"to": "jp/isa"},
        {"type": "treaty.proposal"},
        {"in_reply_to": "JP-2026-000999"},
        {"in_reply_to": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"},
        {"in_reply_to": "short"},
    ],
)
async def test_an_unknown_peer_type_or_message_is_not_found_and_nothing_is_kept(pair, changes):
    before = await rows(pair.jp)
    with pytest.raises(NotFoundError):
        await pair.jp.desk.send(Draft.from_json(inquiry() | changes), OFFICER)
    assert changed(before, await rows(pair.jp)) == set()


@pytest.mark.parametrize("value", [2**70, "\ud800", 1e400])
async def test_a_body_that_no_strict_reader_takes_is_invalid_and_not_a_crash(pair, value):
    draft = Draft.from_json(GOOD | {"body": {"note": value}})
    with pytest.raises(InvalidError):
        await pair.jp.desk.send(draft, OFFICER, idempotency_key="key")
