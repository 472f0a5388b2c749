"""Inbox, outbox and matters: filters as the node takes them, empty states in words, marks."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.cli import inbox, listing, outbox, thread

PAGE = (200, {"items": [], "next": None})
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


def asked(desk):
    """Return path and query of the last request."""
    parts = urlsplit(desk.asked[-1][1])
    return parts.path, {name: value for name, (value,) in parse_qs(parts.query).items()}


FILTERS = [
    (("inbox",), {"box": "inbox", "type": "*", "limit": "50"}),
    (("inbox", "--all"), {"box": "inbox", "limit": "50"}),
    (
        ("inbox", "--unread", "--from", "jp/isa", "--type", "inquiry.request"),
        {"box": "inbox", "unread": "1", "peer": "jp/isa", "type": "inquiry.request", "limit": "50"},
    ),
    (
        ("inbox", "--overdue", "--mine", "--state", "accepted", "--limit", "7"),
        {"box": "inbox", "type": "*", "overdue": "1", "mine": "1"}
        | {"state": "accepted", "limit": "7"},
    ),
    (
        ("outbox", "--since", "2026-11-24", "--until", "2026-11-24", "--zone", "JST"),
        {"box": "outbox", "type": "*", "limit": "50"}
        | {"since": "2026-11-23T15:00:00Z", "until": "2026-11-24T15:00:00Z"},
    ),
]


@pytest.mark.parametrize(("arguments", "query"), FILTERS)
def test_a_list_asks_for_what_its_filters_say(run, desk, arguments, query):
    desk.answers["/v1/messages"] = PAGE
    finished = run("--config", str(desk.config), *arguments)
    assert finished.code == 0, finished.err
    assert asked(desk) == ("/v1/messages", query)


def test_a_matter_is_named_by_its_reference(run, desk):
    desk.answers["/v1/messages/JP-2026-000123"] = (200, {"thread": ID})
    desk.answers["/v1/messages"] = PAGE
    run("--config", str(desk.config), "inbox", "--thread", "JP-2026-000123")
    assert asked(desk)[1]["thread"] == ID


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (("--mine", "--overdue"), {"mine": "1", "overdue": "1", "limit": "50"}),
        (("--attention", "--peer", "kh/molvt"), {"attention": "1", "peer": "kh/molvt"}),
    ],
)
def test_matters_are_asked_for_by_their_filters(run, desk, arguments, query):
    desk.answers["/v1/threads"] = PAGE
    run("--config", str(desk.config), "thread", *arguments)
    path, found = asked(desk)
    assert path == "/v1/threads"
    assert query.items() <= found.items()


EMPTY = [
    (("inbox",), "inbox is empty"),
    (("inbox", "--unread"), "nothing is unread"),
    (("inbox", "--overdue"), "nothing is overdue"),
    (("inbox", "--mine"), "nothing is assigned to you"),
    (("inbox", "--mine", "--unread"), "nothing fits"),
    (("outbox", "--since", "24h"), "nothing fits"),
    (("thread", "--attention"), "nothing asks for attention"),
    (("thread", "--overdue"), "nothing is overdue"),
]


@pytest.mark.parametrize(("arguments", "words"), EMPTY)
def test_an_empty_list_is_told_in_words(run, desk, arguments, words):
    desk.answers |= {"/v1/messages": PAGE, "/v1/threads": PAGE}
    finished = run("--config", str(desk.config), *arguments)
    assert (finished.code, finished.out, finished.err) == (0, "", f"{words}\n")


WRONG = [
    ("inbox", "--since", "yesterday"),
    ("inbox", "--since", "2026-11-25", "--until", "2026-11-24"),
    ("inbox", "--watch", "--after", "7"),
    ("outbox", "--unread"),
    ("thread", "JP-2026-000123", "--mine"),
    ("thread", "--attention-done"),
    ("assign", "JP-2026-000123"),
    ("assign", "JP-2026-000123", "dara", "--me"),
    ("assign", "JP-2026-000123", "--nobody", "--me"),
    ("search",),
    ("inbox", "--zone", "Mars/Base"),
]


@pytest.mark.parametrize("arguments", WRONG)
def test_what_does_not_fit_together_is_a_usage_error_and_asks_nothing(run, desk, arguments):
    finished = run("--config", str(desk.config), *arguments)
    assert (finished.code, finished.out) == (2, "")
    assert finished.err
    assert desk.asked == []


def test_the_line_for_the_next_page_keeps_every_filter_and_the_zone(run, desk):
    desk.answers["/v1/messages"] = (200, {"items": [{"short": "0195c2a4"}], "next": "7"})
    given = ("--since", "7d", "--unread", "--mine", "--zone", "JST")
    finished = run("inbox", *given, GATEWAY_CONFIG=str(desk.config))
    assert finished.err == (
        "there is more: gateway inbox --since 7d --unread --mine --zone JST --after 7\n"
    )


def test_times_stand_in_the_table_in_both_zones(run, desk):
    view = {"short": "0195c2a4", "levels": {"received": "2026-11-24T15:00:00Z"}, "due": None}
    desk.answers["/v1/messages"] = (200, {"items": [view], "next": None})
    finished = run("--config", str(desk.config), "inbox", "--zone", "JST")
    assert "2026-11-24T15:00:00Z (2026-11-25 00:00 JST)" in finished.out


MARKS = [
    ({"state": "received"}, "received"),
    ({"state": "received", "missed": ["accepted"]}, "received late"),
    ({"state": "received", "attention": "out-of-order"}, "received !"),
    (
        {"state": "accepted", "superseded_by": "x", "superseded_mode": "correct"},
        "accepted (corrected)",
    ),
    (
        {"state": "accepted", "superseded_by": "x", "superseded_mode": "withdraw", "missed": ["a"]},
        "accepted (withdrawn) late",
    ),
]


@pytest.mark.parametrize(("view", "cell"), MARKS)
def test_what_an_officer_must_not_overlook_stands_beside_the_state(view, cell):
    assert listing.marked(view["state"], view) == cell


@pytest.mark.parametrize("command", [inbox.command, outbox.command, thread.command])
def test_every_list_takes_a_zone_and_gives_json(command):
    options = {option for each in command.params for option in each.opts}
    assert {"--zone", "--json", "--limit", "--after"} <= options


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"state": "accepted"}, True),
        ({"state": "declined"}, False),
        ({"state": "answered"}, False),
        ({"state": "accepted", "superseded_by": "x", "superseded_mode": "withdraw"}, False),
        ({"state": "accepted", "superseded_by": "x", "superseded_mode": "correct"}, True),
    ],
)
def test_of_what_is_over_nothing_is_due(run, desk, more, shown):
    view = {"short": "0195c2a4", "levels": {}, "due": "2026-11-25T15:00:00Z"} | more
    desk.answers["/v1/messages"] = (200, {"items": [view], "next": None})
    finished = run("--config", str(desk.config), "inbox")
    assert ("2026-11-25T15:00:00Z" in finished.out) == shown
