"""What a list of a register shows of an entry."""

import pytest

from gateway.cli.register_rows import COLUMNS, fields_of, row_of

HALT = {"field": "food-service", "effective_from": "2026-04-13"}
CASES = [
    ("suspensions", "announced", HALT, {"NAME": "Food service", "SINCE": "2026-04-13"}),
    ("suspensions", "lifted", HALT, {"NAME": "Food service", "SINCE": None}),
    ("suspensions", "lifted", HALT | {"lifted_on": "2026-11-01"}, {"SINCE": "2026-11-01"}),
    ("certificates", "issued", {"field": "care", "issued_on": "2026-05-04"}, {"NUMBER": "sealed"}),
    ("contacts", "announced", {}, {"NAME": "sealed", "NUMBER": None}),
    (
        "measures",
        "complied",
        {"target": {"name": {"en": "Sample", "ja": "見本"}}, "ordered_on": "2026-05-11"},
        {"NAME": "Sample", "LOCAL NAME": "見本", "SINCE": "2026-05-11"},
    ),
    (
        "sending-orgs",
        "approved",
        {"approved_on": "2026-02-01", "status_since": "2026-04-15"},
        {"STATUS": "approved", "SINCE": "2026-04-15"},
    ),
    (
        "sending-orgs",
        "revoked",
        {"effective_on": "2027-06-01"},
        {"STATUS": "revoked from 2027-06-01", "SINCE": "2027-06-01"},
    ),
    ("sending-orgs", "revoked", {"effective_on": "2026-12-31"}, {"STATUS": "revoked"}),
    # A list tells since when; the day of the registration is no day of its end.
    ("support-orgs", "cancelled", {"registered_on": "2020-01-01"}, {"SINCE": "sealed"}),
]


@pytest.mark.parametrize(("register", "status", "public", "expected"), CASES)
def test_an_entry_is_shown_with_its_name_number_and_day(register, status, public, expected):
    is_all_open = register in {"suspensions", "measures"}
    view = {"entry": "e", "status": status, "public": public, "has_private": not is_all_open}
    row = row_of(view, register=register, fields=fields_of(register), today="2026-12-31")
    shown = dict(zip(COLUMNS, row, strict=True))
    assert {name: shown[name] for name in expected} == expected
