"""Bodies about consent: what their schemas refuse, and that they read terms as the program does."""

import copy
import json

import pytest

from gateway.catalogue import ANSWERING, TYPES, Purpose, Side, event_of, sided
from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.schema import Schema
from gateway.errors import InvalidMarkingError, MalformedError
from gateway.policy.marking import parse_marking
from gateway.policy.terms import Mode, parse_terms
from gateway.resources import schema_files

FILES = schema_files()
LISTS = read_code_lists(FILES)
TYPES_HERE = [name for name in TYPES if name.startswith(("consent.", "disclosure.", "marking."))]
SCHEMAS = {name: Schema(FILES[f"types/{name}.schema.json"], where=name) for name in TYPES_HERE}
MEDIUM = {"register": "measures", "medium": "The website of the agency"}
GONE = object()


def example(name):
    return json.loads(FILES[f"types/{name}.schema.json"])["examples"][0]


def changed(body, pointer, value):
    """Return a body with one member set, or taken out."""
    body = copy.deepcopy(body)
    *path, last = pointer.removeprefix("/").split("/")
    place = body
    for token in path:
        place = place[int(token)] if isinstance(place, list) else place[token]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return body


def places(name, body):
    return {fault.pointer for fault in SCHEMAS[name].faults(body)}


CLASS = {"types": ["info.share"], "received_from": "2026-01-01T00:00:00Z"}
REFUSED = [
    ("consent.request", "/recipients", GONE, "/recipients"),
    ("consent.request", "/publication", MEDIUM, "/recipients"),
    ("consent.request", "/subject", {}, "/subject"),
    (
        "consent.request",
        "/subject/class",
        CLASS | {"received_until": "2026-02-01T00:00:00Z"},
        "/subject",
    ),
    ("consent.request", "/subject", {"class": CLASS}, "/subject/class/received_until"),
    ("consent.request", "/subject/messages/m1/pointers", [], "/subject/messages/m1/pointers"),
    ("consent.request", "/subject/messages/m1/pointers", ["a"], "/subject/messages/m1/pointers/0"),
    ("consent.request", "/recipients/r1/country", "JP", "/recipients/r1/country"),
    ("consent.request", "/recipients/r1/kind", "anybody", "/recipients/r1/kind"),
    ("consent.request", "/recipients/osaka", {}, "/recipients/osaka"),
    ("consent.request", "/epoch", GONE, "/epoch"),
    ("consent.request", "/uses", 0, "/uses"),
    ("consent.request", "/purpose/code", "anything", "/purpose/code"),
    ("consent.request", "/min_cell", 1, "/min_cell"),
    ("consent.grant", "/instruments", {}, "/instruments"),
    ("consent.grant", "/instruments/o3", "x", "/instruments/o3"),
    ("consent.grant", "/terms", GONE, "/terms"),
    ("consent.grant", "/partly", None, "/partly"),
    ("consent.offer", "/partly", False, "/partly"),
    ("consent.deny", "/reason", "no", "/reason"),
    ("consent.revoke", "/consent_id", GONE, "/consent_id"),
    ("consent.status", "/state", "fine", "/state"),
    ("consent.status", "/uses_left", -1, "/uses_left"),
    ("disclosure.report", "/disclosures/d1/recipient", GONE, "/disclosures/d1/recipient"),
    ("disclosure.report", "/disclosures/d1/publication", MEDIUM, "/disclosures/d1/recipient"),
    ("disclosure.report", "/disclosures/d1/content", "x", "/disclosures/d1/content"),
    ("marking.change", "/marking/level", "secret", "/marking/level"),
    ("marking.change", "/marking/scheme", "moc-ssw/2", "/marking/scheme"),
    ("marking.change", "/marking/note", "x", "/marking/note"),
    ("marking.change", "/of", GONE, "/of"),
]


@pytest.mark.parametrize(("name", "pointer", "value", "where"), REFUSED)
def test_a_body_that_leaves_something_open_is_refused_where_it_does(name, pointer, value, where):
    assert places(name, changed(example(name), pointer, value)) == {where}


def test_a_publication_stands_instead_of_recipients():
    body = changed(example("consent.request"), "/publication", MEDIUM)
    assert places("consent.request", changed(body, "/recipients", GONE)) == set()
    report = changed(example("disclosure.report"), "/disclosures/d1/publication", MEDIUM)
    assert places("disclosure.report", changed(report, "/disclosures/d1/recipient", GONE)) == set()


# --- the same terms, read by the schema and by the program ---------------------------------------

GIVEN = ("consent.grant", "consent.offer")
TERMS = [
    ("/consent_id", GONE),
    ("/consent_id", "0195c2b0-11aa-4d00-8a00-1f2e3d4c5b6a"),
    ("/grantor", "kh"),
    ("/grantee", GONE),
    ("/epoch", ""),
    ("/subject", {}),
    ("/recipients/0/kind", "anybody"),
    ("/recipients/0/country", "JP"),
    ("/recipients/0/name", ""),
    ("/purpose/code", "anything"),
    ("/purpose/text", {"ja": "公表"}),
    ("/mode", "loose"),
    ("/min_cell", 1),
    ("/min_cell", 1001),
    ("/uses", 0),
    ("/uses", 10_001),
    ("/validity/not_after", "2027-03-31"),
    ("/conditions/onward", "all"),
    ("/conditions/attribution", "perhaps"),
    ("/conditions/report_within", 0),
    ("/conditions/redact", ["a"]),
    ("/conditions/embargo_until", "soon"),
    ("/conditions/extra", True),
    ("/personal_data", {}),
    ("/personal_data", {"legal_basis": "x", "destination_country": "JP", "safeguards": "x"}),
    ("/granted_by/role", GONE),
    ("/granted_by/letter_digest", "sha-256:x"),
    ("/follow_corrections", 1),
    ("/publication", {"register": "Measures", "medium": "x"}),
    ("/extra", True),
]


@pytest.mark.parametrize("name", GIVEN)
def test_the_terms_of_the_example_are_terms(name):
    terms = parse_terms(example(name)["terms"])
    assert terms.grantor == "kh/molvt"
    assert (terms.standing is None) == (name == "consent.grant")


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize(("pointer", "value"), TERMS)
def test_what_the_schema_refuses_in_terms_the_program_refuses_too(name, pointer, value):
    body = changed(example(name), f"/terms{pointer}", value)
    assert places(name, body)
    with pytest.raises(MalformedError):
        parse_terms(body["terms"])


@pytest.mark.parametrize("name", GIVEN)
def test_every_member_that_the_schema_wants_the_program_wants(name):
    terms = example(name)["terms"]
    for member in terms:
        without = {key: value for key, value in terms.items() if key != member}
        is_read = True
        try:
            parse_terms(without)
        except MalformedError:
            is_read = False
        # What depends on another member is said by no schema in one place.
        if member not in {"recipients", "epoch"}:
            assert is_read == (
                places(name, {"terms": without, "instruments": {"o1": "x"}}) == set()
            )


def test_the_codes_of_purposes_and_modes_are_the_programs():
    assert list(LISTS["purposes"].codes) == [purpose.value for purpose in Purpose]
    assert list(LISTS["release-modes"].codes) == [mode.value for mode in Mode]


def test_the_marking_of_the_example_is_a_marking():
    marking = parse_marking(example("marking.change")["marking"], originator_country="kh")
    assert marking.understood
    with pytest.raises(InvalidMarkingError):
        parse_marking(example("marking.change")["marking"], originator_country="jp")


@pytest.mark.parametrize(
    ("name", "body"),
    [("consent.grant", {}), ("consent.grant", {"partly": True}), ("consent.deny", {})],
)
def test_a_consent_and_a_denial_answer_the_request(name, body):
    assert "consent.request" in TYPES[name].replies_to
    assert sided(event_of(name, body), Side.OTHER) in ANSWERING
