"""`gateway alarms`: a list that says what to do, and numbers to dismiss."""

from gateway.cli import output
from gateway.cli.alarms import MEANINGS
from gateway.store.alarms import Alarm

ALARM = {
    "seq": 17,
    "at": "2026-11-24T09:00:00Z",
    "peer": "kh/molvt",
    "kind": "held",
    "subject": "01a20c12-3456-7000-8000-0123456789ab",
    "count": 3,
    "last": "2026-11-25T09:00:00Z",
    "seen": None,
    "seen_by": None,
}
PAGE = {"items": [ALARM], "next": None}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def test_every_alarm_is_explained_with_what_helps():
    assert MEANINGS.keys() == set(Alarm)


def test_alarms_are_listed_and_explained(run, desk):
    desk.answers["/v1/alarms"] = (200, PAGE)
    finished = run_at(run, desk, "alarms")
    assert finished.code == 0
    head, row = (line.split() for line in finished.out.splitlines())
    assert head == ["NUMBER", "ALARM", "PEER", "ABOUT", "TIMES", "FIRST", "LAST"]
    assert row == ["17", "held", "kh/molvt", ALARM["subject"], "3", ALARM["at"], ALARM["last"]]
    assert finished.err == f"\nwhat they mean:\n  held: {MEANINGS['held']}\n"
    assert desk.asked == [("GET", "/v1/alarms?limit=50", None)]


def test_what_helps_is_a_command_on_the_node_that_was_named(run, desk):
    desk.answers["/v1/alarms"] = (200, PAGE)
    finished = run("--config", str(desk.config), "alarms")
    assert output.line_for(desk.config, "retry") in finished.err


def test_dismissed_ones_are_listed_on_request_with_who_did_it(run, desk):
    seen = ALARM | {"seen": "2026-11-26T09:00:00Z", "seen_by": 1000}
    desk.answers["/v1/alarms"] = (200, {"items": [seen], "next": "17"})
    finished = run_at(run, desk, "alarms", "--all", "--limit", "1", "--zone", "JST")
    head, row = finished.out.splitlines()
    assert head.split()[-2:] == ["DISMISSED", "BY"]
    assert row.split()[-1] == "1000"
    assert "2026-11-26T09:00:00Z (18:00 JST)" in row
    assert "gateway alarms --all --zone JST --limit 1 --after 17" in finished.err
    assert desk.asked == [("GET", "/v1/alarms?all=1&limit=1", None)]


def test_no_alarms_are_said_to_be_none(run, desk):
    desk.answers["/v1/alarms"] = (200, {"items": [], "next": None})
    finished = run_at(run, desk, "alarms")
    assert (finished.code, finished.out, finished.err) == (0, "", "no alarms\n")
    assert run_at(run, desk, "alarms", "--json").json() == {"items": [], "next": None}


def test_alarms_are_dismissed_by_their_numbers(run, desk):
    for number in ("17", "18"):
        seen = ALARM | {"seq": int(number), "seen": "2026-11-26T09:00:00Z"}
        desk.answers[f"/v1/alarms/{number}/dismiss"] = (200, seen)
    finished = run_at(run, desk, "alarms", "dismiss", "17", "18")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == "dismissed held (17)\ndismissed held (18)\n"
    found = run_at(run, desk, "alarms", "dismiss", "17", "18", "--json").json()
    assert [each["seq"] for each in found["items"]] == [17, 18]
