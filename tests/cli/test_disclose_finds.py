"""`gateway disclose finds` and what two people say of one: `claim`, `approve`, `reject`."""

import json

FIND = {
    "find": 12,
    "kind": "document",
    "by": "kh/molvt",
    "audience": "np/moless",
    "type": "inquiry.request",
    "pointer": "/questions/q1/text/en",
    "uid": 1000,
    "at": "2026-11-24T09:00:00Z",
    "state": "open",
    "claimed_by": None,
    "claimed_at": None,
    "judged_by": None,
    "judged_at": None,
    "source": {
        "id": "01a20c12-3456-7000-8000-0123456789ab",
        "short": "01a20c12-3456",
        "reference": "KH-2026-000001",
        "peer": "kh/molvt",
    },
    "reason": None,
}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def test_finds_are_listed_with_who_told_it_and_where(run, desk):
    desk.answers["/v1/finds"] = (200, {"items": [FIND], "next": None})
    finished = run_at(run, desk, "disclose", "finds")
    assert finished.code == 0
    head, row = finished.out.splitlines()
    assert head.split() == ["FIND", "STATE", "WHAT", "TOLD", "BY", "IN", "FOR", "WHERE", "WHEN"]
    assert row.split()[:6] == ["12", "open", "document", "kh/molvt", "KH-2026-000001", "np/moless"]
    assert desk.asked == [("GET", "/v1/finds?limit=50", None)]


def test_a_source_that_may_not_be_read_is_not_named(run, desk):
    hidden = FIND | {"source": None, "audience": "public"}
    desk.answers["/v1/finds"] = (200, {"items": [hidden], "next": None})
    finished = run_at(run, desk, "disclose", "finds", "--all")
    assert "KH-2026" not in finished.out
    assert "everybody" in finished.out
    assert desk.asked == [("GET", "/v1/finds?all=1&limit=50", None)]


def test_no_finds_are_said_to_be_none(run, desk):
    desk.answers["/v1/finds"] = (200, {"items": [], "next": None})
    finished = run_at(run, desk, "disclose", "finds")
    assert (finished.code, finished.out) == (0, "")
    assert "nothing was refused" in finished.err


def test_a_claim_is_sent_with_its_reason_and_says_who_comes_next(run, desk):
    desk.answers["/v1/finds/12/claim"] = (200, FIND | {"state": "claimed", "claimed_by": 1000})
    finished = run_at(run, desk, "disclose", "claim", "12", "--reason", "In our register")
    assert finished.code == 0
    assert "another person" in finished.err
    assert "gateway disclose approve 12" in finished.err
    assert desk.asked == [("POST", "/v1/finds/12/claim", {"reason": "In our register"})]


def test_a_claim_needs_its_reason(run, desk):
    assert run_at(run, desk, "disclose", "claim", "12").code == 2
    assert desk.asked == []


def test_another_person_approves_or_does_not(run, desk):
    for act, state in (("approve", "approved"), ("reject", "rejected")):
        view = FIND | {"state": state, "claimed_by": 1000, "judged_by": 1001}
        desk.answers[f"/v1/finds/12/{act}"] = (200, view)
        finished = run_at(run, desk, "disclose", act, "12", "--json")
        assert (finished.code, json.loads(finished.out)) == (0, view)
        assert desk.asked.pop() == ("POST", f"/v1/finds/12/{act}", {})


def test_who_claims_and_approves_is_told_that_it_takes_two(run, desk):
    problem = {
        "type": "about:blank",
        "title": "conflict",
        "status": 409,
        "detail": "whoever claims does not approve as well",
        "exit_code": 6,
        "hint": "another person: gateway disclose approve 12",
    }
    desk.answers["/v1/finds/12/approve"] = (409, problem)
    finished = run_at(run, desk, "disclose", "approve", "12")
    assert finished.code == 6
    assert "does not approve" in finished.err
