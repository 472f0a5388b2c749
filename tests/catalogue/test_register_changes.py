"""What is odd about a change, what of a message is private, and which numbers name an entry."""

import pytest

from gateway.catalogue import TYPES, Register
from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.register_changes import (
    APPROVES,
    Change,
    Odd,
    State,
    Status,
    after,
    named_by,
    number_key,
    numbers_in,
    odd,
    revives,
    searched,
)
from gateway.catalogue.register_rules import LIST_PART, LISTS, STATUSES, Said, changes_of
from gateway.resources import schema_files
from tests.nodes import CATALOGUE

ORGS = Register.SENDING_ORGS
CHANGING = [name for name, row in TYPES.items() if row.register is not None and name not in LISTS]
# Whom or what no list for everybody may name: people, how to reach them, and why.
PRIVATE = {
    "representative",
    "contact",
    "person",
    "persons",
    "people",
    "fee_schedule",
    "grounds",
    "details",
    "victims",
    "evidence",
    "acts",
}


def said(type_name, **changes):
    body = CATALOGUE.bodies.example(type_name) | changes
    return Said(body=body, id="m1", country="kh", opened=("e1",), day="2026-06-01")


@pytest.mark.parametrize("type_name", CHANGING)
def test_every_type_that_names_a_register_changes_that_one(type_name):
    changes = changes_of(type_name, said(type_name))
    assert {change.register for change in changes} == {TYPES[type_name].register}


def test_no_type_changes_a_register_that_its_row_does_not_name():
    for name, row in TYPES.items():
        if row.register is None or name in LISTS:
            assert changes_of(name, said(name)) == ()
    assert {name: TYPES[name].register for name in TYPES[LIST_PART].replies_to} == LISTS


@pytest.mark.parametrize("type_name", CHANGING)
def test_nothing_personal_and_no_ground_becomes_public(type_name):
    for change in changes_of(type_name, said(type_name)):
        public = {**change.initial, **change.public}
        assert not PRIVATE & public.keys()
        assert not PRIVATE & public.get("organisation", {}).keys()


@pytest.mark.parametrize("type_name", CHANGING)
def test_what_a_schema_gains_later_is_private(type_name):
    new = {"gained_later": "secret"}
    for change in changes_of(type_name, said(type_name, **new)):
        public = {**change.initial, **change.public}
        is_open = change.register is Register.SUSPENSIONS and public
        assert is_open or "gained_later" not in public


def test_the_representative_within_an_organisation_is_private():
    body = CATALOGUE.bodies.example("sending-org.revocation")
    person = {"name_latin": "SOKHA CHANN", "nationality": "KH"}
    organisation = body["organisation"] | {"representative": person}
    (change,) = changes_of(
        "sending-org.revocation", said("sending-org.revocation", organisation=organisation)
    )
    assert "representative" not in change.initial["organisation"]
    assert change.private["representative"] == person


HALT = Change(register=ORGS, entry="e", status="suspended", unknown=Odd.NEVER_APPROVED, halts=True)
REVIVAL = Change(register=ORGS, entry="e", status="approved", revives=True)
BEGIN = Change(
    register=ORGS,
    entry="e",
    status="approved",
    public={"a": 1},
    begins=APPROVES,
    repeated=Odd.APPROVED_ALREADY,
)
LICENCE = {("licence", "number"): Odd.ANOTHER_LICENCE}
APPROVED = State(status=Status.APPROVED, public={"licence": {"number": "A"}})
CASES = [
    (HALT, None, Odd.NEVER_APPROVED),
    (HALT, State(status=Status.APPROVED, removed=True), Odd.NEVER_APPROVED),
    (REVIVAL, State(status=Status.REVOKED, removed=True), None),
    (BEGIN, None, None),
    (BEGIN, APPROVED, None),
    (BEGIN, State(status=Status.SUSPENDED), Odd.REVIVES_ENDED),
    (BEGIN, State(status=Status.REVOKED, removed=True), Odd.REVIVES_ENDED),
    (BEGIN, State(status=Status.APPROVED, public={"a": 1}), Odd.APPROVED_ALREADY),
    (HALT, APPROVED, None),
    (HALT, State(status=Status.SUSPENDED), None),
    (HALT, State(status=Status.REVOKED), Odd.ENDED_ALREADY),
    (HALT, State(status=Status.EXPIRED), Odd.ENDED_ALREADY),
    (HALT, State(status=Status.SURRENDERED), Odd.ENDED_ALREADY),
    (REVIVAL, APPROVED, Odd.NOT_HALTED),
    (REVIVAL, State(status=Status.REVOKED), None),
    (REVIVAL, State(status=Status.SUSPENDED), None),
    (Change(register=ORGS, entry="e", same=LICENCE), APPROVED, None),
    (
        Change(register=ORGS, entry="e", same=LICENCE, public={"licence": {"number": "A"}}),
        APPROVED,
        None,
    ),
    (
        Change(register=ORGS, entry="e", same=LICENCE, public={"licence": {"number": "B"}}),
        APPROVED,
        Odd.ANOTHER_LICENCE,
    ),
]


@pytest.mark.parametrize(("change", "before", "reason"), CASES)
def test_what_does_not_fit_what_is_known_is_odd(change, before, reason):
    assert odd(change, before) is reason


def test_a_change_leaves_what_it_does_not_name():
    before = State(status="approved", public={"a": 1, "b": 2}, private={"x": 1})
    change = Change(register=ORGS, entry="e", public={"b": None, "c": 3}, private={"y": 2})
    assert after(before, change) == State(
        status="approved", public={"a": 1, "c": 3}, private={"x": 1, "y": 2}
    )


def test_what_is_said_openly_takes_the_place_of_what_was_sealed():
    before = State(status="announced", private={"from": "1 May", "why": "x"})
    change = Change(register=Register.SUSPENSIONS, entry="e", public={"from": "1 June"})
    now = after(before, change)
    assert (now.public, now.private) == ({"from": "1 June"}, {"why": "x"})


@pytest.mark.parametrize("status", [*Status][:6])
def test_a_list_revives_only_what_it_says_holds_again(status):
    is_over = status in {"revoked", "expired", "surrendered"}
    assert revives(status, {}) == (is_over or status == "suspended")
    assert revives(status, {"status": "suspended"}) == is_over
    assert not revives(status, {"status": "revoked"})


def test_every_status_that_an_entry_can_have_is_known():
    codes = {
        Register.SENDING_ORGS: "approval-statuses",
        Register.SUPPORT_ORGS: "support-org-statuses",
        Register.MEASURES: "measure-statuses",
        Register.INTERMEDIARIES: "intermediary-findings",
    }
    lists = read_code_lists(schema_files())
    assert STATUSES.keys() == set(Register)
    for register, name in codes.items():
        assert lists[name].codes.keys() <= STATUSES[register]
    for name in CHANGING:
        for change in changes_of(name, said(name)):
            assert change.status is None or change.status in STATUSES[change.register]


def test_what_is_said_in_full_takes_the_place_of_all():
    before = State(status="approved", public={"a": 1}, private={"x": 1})
    change = Change(register=ORGS, entry="e", status="s", public={"c": 3}, whole=True, is_anew=True)
    assert after(before, change) == State(status="s", public={"c": 3}, private={})


def test_the_number_of_a_person_names_no_certificate():
    item = CATALOGUE.bodies.example("certification.notice")["items"]
    for each in item.values():
        state = State(status="issued", private=each)
        assert list(named_by(state)) == [each["certificate_no"]]
        passports = [
            document["number"] for document in each["person"].get("documents", {}).values()
        ]
        assert set(numbers_in(each)) >= {each["certificate_no"], *passports}


@pytest.mark.parametrize(
    ("one", "other"),
    [("19登-000002", "１９登 000002"), ("TEST-045", "test 045"), ("AB/12-3", "ab123")],
)
def test_a_number_is_one_number_however_it_is_typed(one, other):
    assert number_key(one) == number_key(other)


def test_no_word_is_found_across_two_texts():
    text = searched({"a": "kampong", "b": ["cham", {"c": "siem"}]})
    assert "kampong" in text
    assert "kampong cham" not in text
