"""What a consent permits beyond what was asked for, and places of its that name nothing."""

from typing import Any

import pytest

from gateway.policy.exceeding import exceeding, lost_places
from tests.policy.asking import ANSWER, BUREAU, DIGEST, at, named, terms

ASKED: dict[str, Any] = {
    "subject": {"messages": {"m1": {"id": ANSWER, "header_digest": DIGEST, "pointers": ["/a"]}}},
    "recipients": {
        "r1": {
            "org_id": BUREAU,
            "name": "Osaka Labour Bureau",
            "country": "jp",
            "kind": "authority",
        }
    },
    "purpose": {"code": "ssw-operation"},
    "mode": "redacted",
    "uses": 2,
    "until": at(20),
    "epoch": "0123456789abcdef0123456789abcdef",
}
FITTING: dict[str, Any] = {
    "subject": named("/a"),
    "mode": "redacted",
    "uses": 2,
    "epoch": ASKED["epoch"],
    "validity": {"not_before": at(-1), "not_after": at(20)},
}
BEYOND: dict[str, tuple[dict[str, Any], str]] = {
    "another part": ({"subject": named("/a", "/b")}, "/subject/messages/0"),
    "more uses": ({"uses": 3}, "/uses"),
    "any number of uses": ({"uses": None}, "/uses"),
    "a later end": (
        {"validity": {"not_before": at(-1), "not_after": at(21)}},
        "/validity/not_after",
    ),
    "every word": ({"mode": "verbatim"}, "/mode"),
    "another purpose": (
        {"purpose": {"code": "publication", "text": {"en": "To publish."}}},
        "/purpose/code",
    ),
}


def test_what_was_asked_for_does_not_exceed_it():
    assert list(exceeding(terms(**FITTING), ASKED)) == []


@pytest.mark.parametrize("case", BEYOND)
def test_more_than_was_asked_for_is_named(case):
    changes, pointer = BEYOND[case]
    found = [each.where for each in exceeding(terms(**(FITTING | changes)), ASKED)]
    assert found == [pointer]


def test_a_place_counts_as_lost_only_where_no_message_has_it():
    given = terms(conditions={"redact": ["/a", "/b", "/c/0"]})
    bodies = [{"a": 1, "c": [1]}, {"b": 1, "c": [1]}]
    ((place, fault),) = lost_places(given, bodies)
    assert place == "/redact/2"
    assert "name /c" in fault
    assert not list(lost_places(given, []))
