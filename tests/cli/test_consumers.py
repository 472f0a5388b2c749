"""`gateway consumers`: what systems have open, what they failed at, and how that is mended."""

import json

ID = "01a20c12-3456-7000-8000-0123456789ab"
APART = {
    "id": ID,
    "peer": "jp/isa",
    "type": "inquiry.request",
    "reference": "JP-2026-000123",
    "tries": 5,
    "since": "2026-11-24T09:00:00Z",
}
CONSUMER = {
    "uid": 1002,
    "name": "registry",
    "created": "2026-11-01T09:00:00Z",
    "open": 3,
    "set_apart": [APART],
}
PAGE = {"items": [CONSUMER], "next": None}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def test_consumers_are_listed_with_the_line_that_mends_what_is_stuck(run, desk):
    desk.answers["/v1/consumers"] = (200, PAGE)
    finished = run_at(run, desk, "consumers")
    assert finished.code == 0
    head, row = (line.split() for line in finished.out.splitlines())
    assert head == ["UID", "NAME", "OPEN", "SET", "APART", "SINCE"]
    assert row == ["1002", "registry", "3", "1", CONSUMER["created"]]
    assert "JP-2026-000123" in finished.err
    assert f"gateway consumers release registry {ID} --uid 1002" in finished.err


def test_none_are_said_to_be_none(run, desk):
    desk.answers["/v1/consumers"] = (200, {"items": [], "next": None})
    finished = run_at(run, desk, "consumers")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == "no system has taken anything yet\n"


def test_they_are_listed_as_json(run, desk):
    desk.answers["/v1/consumers"] = (200, PAGE)
    assert run_at(run, desk, "consumers", "--json").json() == PAGE


def test_a_message_is_released_or_given_up(run, desk):
    done = {"name": "registry", "id": ID, "skipped": False}
    desk.answers["/v1/consumers/registry/release"] = (200, done)
    given = run_at(run, desk, "consumers", "release", "registry", ID, "--uid", "1002")
    assert (given.code, given.err) == (0, f"registry is given {ID} again\n")
    skipped = run_at(run, desk, "consumers", "release", "registry", ID, "--skip", "--json")
    assert json.loads(skipped.out) == done
    assert [body for _, _, body in desk.asked] == [
        {"id": ID, "skip": False, "uid": 1002},
        {"id": ID, "skip": True},
    ]


def test_a_consumer_is_forgotten(run, desk):
    desk.answers["/v1/consumers/registry"] = (200, {"name": "registry", "deleted": True})
    finished = run_at(run, desk, "consumers", "forget", "registry")
    assert finished.code == 0
    assert [asked[:2] for asked in desk.asked] == [("DELETE", "/v1/consumers/registry")]
