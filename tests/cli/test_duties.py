"""`gateway duties`: who owes what by when, and how each side has kept to it."""

import csv
import io

import pytest

DUTY = {
    "peer": "kh/molvt",
    "holder": "them",
    "node": "kh/molvt",
    "act": "answered",
    "words": "answer",
    "message": "01a20c12-3456-7000-8000-0123456789ab",
    "short": "01a20c12-3456",
    "type": "inquiry.request",
    "title": "Inquiry",
    "thread": "01a20c12-3456-7000-8000-0123456789ab",
    "reference": "JP-2026-000123",
    "priority": "routine",
    "opened": "2026-11-24T09:00:00Z",
    "opened_by": "01a20c12-3456-7000-8000-0123456789ab",
    "due": "2026-12-29T09:00:00Z",
    "source": "agreed",
    "overdue": False,
    "missed": None,
    "reminded": None,
    "reminded_late": None,
    "closed": None,
    "closed_by": None,
    "outcome": None,
}
DONE = {
    "closed": "2026-12-20T09:00:00Z",
    "closed_by": "01a20c99-9999-7000-8000-0123456789ab",
    "outcome": "done",
}
NOTHING = {"done": 0, "in_time": 0, "open": 0, "overdue": 0, "mean_days": None}
SIDE = {
    "peer": "kh/molvt",
    "holder": "them",
    "node": "kh/molvt",
    "accepted": {"done": 9, "in_time": 8, "open": 2, "overdue": 1, "mean_days": 2.5},
    "answered": {"done": 4, "in_time": 4, "open": 1, "overdue": 0, "mean_days": 11.0},
    "repeated": NOTHING,
    "light": "amber",
}
REPORT = {"at": "2027-01-04T09:00:00Z", "since": None, "until": None, "items": [SIDE]}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def listed(run, desk, *arguments, query="without_reading=1&limit=50", **changes):
    desk.answers["/v1/duties"] = (200, {"items": [DUTY | changes], "next": None})
    finished = run_at(run, desk, "duties", *arguments)
    assert finished.code == 0, finished.err
    assert desk.asked == [("GET", f"/v1/duties?{query}", None)]
    head, row = finished.out.splitlines()
    heads = ["DUE", "WHO", "IS TO", "MATTER", "MESSAGE", "TYPE", "DATE BY", "STATE"]
    assert [name for name in heads if name in head] == heads
    return row


def test_each_duty_is_a_line_that_says_who_is_to_do_what_by_when(run, desk):
    row = listed(run, desk)
    for word in ("2026-12-29T09:00:00Z", "kh/molvt", "answer", "JP-2026-000123", "agreed", "open"):
        assert word in row


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"overdue": True}, "late"),
        ({"overdue": True, "reminded_late": "2026-12-30T09:00:00Z"}, "late, reminded"),
        ({"reminded": "2026-12-25T09:00:00Z"}, "open, reminded"),
        (DONE, "done 2026-12-20T09:00:00Z by 01a20c99-9999"),
        (
            DONE | {"closed_by": None, "outcome": "lapsed"},
            "lapsed 2026-12-20T09:00:00Z by no message",
        ),
    ],
)
def test_a_line_says_how_the_duty_stands(run, desk, changes, state):
    assert listed(run, desk, **changes).endswith(state)


@pytest.mark.parametrize(
    ("options", "query"),
    [
        (("--overdue", "--mine"), "holder=us&overdue=1&without_reading=1&limit=50"),
        (
            ("--theirs", "--peer", "kh/molvt"),
            "peer=kh%2Fmolvt&holder=them&without_reading=1&limit=50",
        ),
        (("--reading",), "limit=50"),
        (("--all", "--limit", "1"), "all=1&without_reading=1&limit=1"),
    ],
)
def test_the_filters_are_those_of_the_node(run, desk, options, query):
    listed(run, desk, *options, query=query)


@pytest.mark.parametrize("options", [("--mine", "--theirs"), ("--overdue", "--all")])
def test_filters_that_exclude_each_other_are_a_slip(run, desk, options):
    finished = run_at(run, desk, "duties", *options)
    assert finished.code == 2
    assert "exclude each other" in finished.err
    assert desk.asked == []


def test_that_nothing_is_owed_is_said(run, desk):
    desk.answers["/v1/duties"] = (200, {"items": [], "next": None})
    assert run_at(run, desk, "duties").err == "nothing is owed\n"
    assert run_at(run, desk, "duties", "--overdue").err == "nothing is overdue\n"
    assert run_at(run, desk, "duties", "--mine").err == "your side owes nothing\n"
    assert run_at(run, desk, "duties", "--theirs").err == "the other side owes nothing\n"
    assert run_at(run, desk, "duties", "--json").json() == {"items": [], "next": None}


def test_the_next_page_is_a_line_to_type(run, desk):
    page = {"items": [DUTY], "next": "2026-12-29T09:00:00Z~17~answered~0"}
    desk.answers["/v1/duties"] = (200, page)
    finished = run_at(run, desk, "duties", "--theirs", "--limit", "1")
    assert "gateway duties --theirs --limit 1 --after 2026-12-29T09:00:00Z~17~answered~0" in (
        finished.err.replace("'", "")
    )


def test_a_report_shows_each_side_in_a_line_with_its_light(run, desk):
    desk.answers["/v1/duties/report"] = (200, REPORT)
    finished = run_at(run, desk, "duties", "report", "--peer", "kh/molvt")
    assert finished.code == 0, finished.err
    assert desk.asked == [("GET", "/v1/duties/report?peer=kh%2Fmolvt", None)]
    _, row = finished.out.splitlines()
    assert row.split() == [
        *("kh/molvt", "kh/molvt", "8", "of", "10", "2.5", "4", "of", "4", "11.0", "-"),
        *("3", "1", "amber"),
    ]
    assert "gateway duties --overdue" in finished.err


def test_a_report_is_of_a_period_in_the_zone_of_the_reader(run, desk):
    desk.answers["/v1/duties/report"] = (200, REPORT | {"items": []})
    period = ("--since", "2026-10-01", "--until", "2026-10-31", "--zone", "JST")
    finished = run_at(run, desk, "duties", "report", *period)
    assert finished.err == "nothing fell due\n"
    (asked,) = desk.asked
    assert asked[1] == (
        "/v1/duties/report?since=2026-09-30T15%3A00%3A00Z&until=2026-10-31T15%3A00%3A00Z"
    )


def test_a_report_is_a_table_for_spreadsheets_or_one_document(run, desk):
    desk.answers["/v1/duties/report"] = (200, REPORT)
    finished = run_at(run, desk, "duties", "report", "--csv")
    (line,) = csv.DictReader(io.StringIO(finished.out))
    assert line["light"] == "amber"
    assert (line["accepted_in_time"], line["accepted_mean_days"]) == ("8", "2.5")
    assert (line["repeated_done"], line["repeated_mean_days"]) == ("0", "")
    assert run_at(run, desk, "duties", "report", "--json").json() == REPORT
    both = run_at(run, desk, "duties", "report", "--csv", "--json")
    assert (both.code, both.out) == (2, "")
