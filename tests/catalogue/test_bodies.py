"""Bodies: what fits, what does not, and that no fault tells what stood there."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import TYPES, Bodies
from gateway.catalogue.codes import read_code_lists
from gateway.catalogue.schema import MAX_FAULTS
from gateway.envelope.digests import digest
from gateway.errors import InvalidBodyError, InvalidError, RefusalCode, UnknownTypeError
from gateway.resources import schema_files

SECRET = "N1234567-SOKHA"
DAY = "2026-09-21"
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"
INQUIRY_TYPES = "person, organization, certification, contract, statistics, law, exam, other"
ENTRY_FORM = (
    "is not an entry id such as so-0045: small letters, digits and hyphens inside, at most 40"
)
MEASURES = "improvement-order, registration-cancellation, report-demand, ineligibility, other"
SUSPICIONS = "not-approved, no-certificate, certificate-doubtful, suspended-organisation, other"
BODIES = Bodies(
    {name: schema_files()[f"types/{name}.schema.json"] for name in TYPES},
    read_code_lists(schema_files()),
)


def changed(name: str, pointer: str, value: Any) -> dict[str, Any]:
    """The example of a type with one place changed; an Ellipsis takes it away."""
    body = copy.deepcopy(BODIES.example(name))
    *path, last = pointer.removeprefix("/").split("/")
    place: Any = body
    for token in path:
        place = place[token]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def faults_of(name: str, body: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBodyError) as caught:
        BODIES.check(name, body, day=DAY)
    assert caught.value.pointers == tuple(problem.where for problem in caught.value.problems)
    return [(problem.where, problem.text) for problem in caught.value.problems]


CASES = [
    (
        "sending-org.revocation",
        "/effective_on",
        "2026-06-09",
        "/effective_on",
        "is before decided_on",
    ),
    (
        "sending-org.revocation",
        "/appeal_until",
        "2026-06-09",
        "/appeal_until",
        "is before decided_on",
    ),
    ("sending-org.suspension", "/until", "2020-01-01", "/until", "is before effective_on"),
    (
        "sending-org.reinstatement",
        "/decided_on",
        "2026-04-16",
        "/effective_on",
        "is before decided_on",
    ),
    ("inquiry.request", "/reason", ..., "/reason", "is missing"),
    ("inquiry.request", "/reason/en", ..., "/reason/en", "is missing"),
    ("inquiry.request", "/reason/en", "", "/reason/en", "is empty: write something"),
    ("inquiry.request", "/reason/en", "x" * 4001, "/reason/en", "is longer than 4000 characters"),
    ("inquiry.request", "/reason/fr", "x", "/reason/*", "is not expected here"),
    (
        "inquiry.request",
        "/inquiry_type",
        "gossip",
        "/inquiry_type",
        f"is not one of: {INQUIRY_TYPES}",
    ),
    ("inquiry.request", "/questions", {}, "/questions", "has fewer than 1 member"),
    ("inquiry.request", "/questions", [], "/questions", "is not an object"),
    ("inquiry.request", "/questions/Q1", {}, "/questions/*", "is not expected here"),
    ("inquiry.request", "/questions/q1000", {}, "/questions/*", "is not expected here"),
    ("inquiry.request", "/questions/q1/expected", ..., "/questions/q1/expected", "is missing"),
    (
        "inquiry.request",
        "/persons/p1/birth_date",
        "1999-13",
        "/persons/p1/birth_date",
        "is not a date such as 2026-03-31, 2026-03 or 2026",
    ),
    (
        "inquiry.request",
        "/persons/p1/nationality",
        "KHM",
        "/persons/p1/nationality",
        "is not a country code such as KH",
    ),
    (
        "inquiry.request",
        "/persons/p1/documents/d1/number",
        "9" * 41,
        "/persons/p1/documents/d1/number",
        "is longer than 40 characters",
    ),
    ("inquiry.request", "/organisations/o1/kind", ..., "/organisations/o1/kind", "is missing"),
    ("inquiry.request", "/partial_ok", "yes", "/partial_ok", "is not true or false"),
    ("inquiry.answer", "/final", ..., "/final", "is missing"),
    ("inquiry.answer", "/final", 1, "/final", "is not true or false"),
    (
        "inquiry.answer",
        "/answers/q1/as_of",
        "2026-02-30",
        "/answers/q1/as_of",
        "is not a valid date",
    ),
    ("acknowledgement.accepted", "/ids", [], "/ids", "has fewer than 1 entry"),
    ("acknowledgement.accepted", "/ids", [ID, ID], "/ids", "has the same entry twice"),
    ("acknowledgement.accepted", "/ids", [ID.upper()], "/ids/0", "is not a UUIDv7 in lower case"),
    ("acknowledgement.accepted", "/ids", [ID + "\n"], "/ids/0", "is not a UUIDv7 in lower case"),
    ("acknowledgement.accepted", "/reason", {}, "/*", "is not expected here"),
    ("acknowledgement.declined", "/reason", ..., "/reason", "is missing"),
    ("card.update", "/card", {}, "/card", "is not a text"),
    ("card.update", "/card", "x" * 262_145, "/card", "is longer than 262144 characters"),
    ("ping", "/note", "x" * 201, "/note", "is longer than 200 characters"),
    ("irregularity.report", "/allegations", {}, "/allegations", "has fewer than 1 member"),
    (
        "irregularity.report",
        "/allegations/a1/amount/amount",
        "4500,00",
        "/allegations/a1/amount/amount",
        "is not an amount such as 1200.50",
    ),
    (
        "irregularity.report",
        "/allegations/a1/amount/currency",
        "usd",
        "/allegations/a1/amount/currency",
        "is not a currency code such as USD",
    ),
    (
        "irregularity.report",
        "/allegations/a1/victims_count",
        -1,
        "/allegations/a1/victims_count",
        "is less than 0",
    ),
    ("irregularity.report", "/due", "2026-08-01", "/*", "is not expected here"),
    ("investigation.status", "/phase", ..., "/phase", "is missing"),
    ("investigation.result", "/measures/m1/type", ..., "/measures/m1/type", "is missing"),
    ("investigation.result", "/measures/x1", {}, "/measures/*", "is not expected here"),
    ("sending-org.revocation", "/grounds", ..., "/grounds", "is missing"),
    (
        "sending-org.revocation",
        "/licence/number",
        "",
        "/licence/number",
        "is empty: write something",
    ),
    ("sending-org.revocation", "/legal_basis", {}, "/legal_basis/instrument", "is missing"),
    ("correction", "/body", {}, "/body", "has fewer than 1 member"),
    ("correction", "/body", "text", "/body", "is not an object"),
    ("withdrawal", "/reason", ..., "/reason", "is missing"),
    ("status.report", "/expected_on", "soon", "/expected_on", "is not a valid date"),
    ("clarification.request", "/questions", {}, "/questions", "has fewer than 1 member"),
    ("clarification.answer", "/answers/q1/text", ..., "/answers/q1/text", "is missing"),
    ("sending-org.approval", "/entry", ..., "/entry", "is missing"),
    ("sending-org.approval", "/entry", "TEST-045", "/entry", ENTRY_FORM),
    ("sending-org.approval", "/entry", "so-", "/entry", ENTRY_FORM),
    ("sending-org.approval", "/entry", "s" * 41, "/entry", ENTRY_FORM),
    ("sending-org.approval", "/licence/number", ..., "/licence/number", "is missing"),
    ("sending-org.approval", "/scope/ssw", ..., "/scope/ssw", "is missing"),
    (
        "sending-org.approval",
        "/scope/destinations",
        [],
        "/scope/destinations",
        "has fewer than 1 entry",
    ),
    (
        "sending-org.approval",
        "/organisation/representative",
        {"name_latin": "A B", "nationality": "KH"},
        "/organisation/representative",
        "is not expected here",
    ),
    ("sending-org.approval", "/contact", {}, "/contact", "has fewer than 1 member"),
    (
        "sending-org.approval",
        "/organisation/identifiers/kh-tax",
        "K001-100000001",
        "/organisation/identifiers/*",
        "is not expected here",
    ),
    ("sending-org.change", "/organisation", ..., "/organisation", "is missing"),
    ("sending-org.list", "/mode", "whole", "/mode", "is not one of: snapshot, delta"),
    ("sending-org.list", "/mode", "delta", "/base_version", "is missing"),
    ("sending-org.list", "/base_version", "2026-02", "/mode", "is not delta"),
    ("sending-org.list", "/entries/so-0046", None, "/entries/so-0046", "is not an object"),
    ("sending-org.list", "/entries/SO 46", {}, "/entries/*", "is not expected here"),
    ("sending-org.list", "/entries/so-0045/licence", ..., "/entries/so-0045/licence", "is missing"),
    ("sending-org.list", "/parts", 0, "/parts", "is less than 1"),
    ("sending-org.list", "/count", -1, "/count", "is less than 0"),
    (
        "sending-org.list",
        "/set_digest",
        "sha-256:abc",
        "/set_digest",
        "is not a digest such as sha-256: and 43 characters",
    ),
    ("sending-org.list", "/list_version", "", "/list_version", "is not a version such as 2026-03"),
    (
        "support-org.list",
        "/entries/rso-19-000002/registration_no",
        "19登-2",
        "/entries/rso-19-000002/registration_no",
        "is not a number such as 19登-000002",
    ),
    (
        "support-org.list",
        "/entries/rso-19-000002/languages",
        ["Khmer!"],
        "/entries/rso-19-000002/languages/0",
        "is not a language tag such as km",
    ),
    ("list.part", "/part", 1, "/part", "is less than 2"),
    ("list.part", "/entries", {}, "/entries", "has fewer than 1 member"),
    ("list.part", "/entries/so-0047/status", ..., "/entries/so-0047/status", "is missing"),
    (
        "sending-org.guidance",
        "/given_on",
        "2026-4-20",
        "/given_on",
        "is not a date such as 2026-03-31",
    ),
    ("sending-org.suspension", "/grounds", ..., "/grounds", "is missing"),
    ("sending-org.suspension", "/grounds", {}, "/grounds", "has fewer than 1 member"),
    ("sending-org.suspension", "/kind", "suspension", "/kind", "is not expected here"),
    ("sending-org.reinstatement", "/effective_on", ..., "/effective_on", "is missing"),
    ("measure.notice", "/type", "warning", "/type", f"is not one of: {MEASURES}"),
    ("measure.notice", "/legal_basis", ..., "/legal_basis", "is missing"),
    ("measure.notice", "/grounds", ["other", "other"], "/grounds", "has the same entry twice"),
    ("measure.notice", "/summary/en", ..., "/summary/en", "is missing"),
    ("dispatch.anomaly", "/person", ..., "/person", "is missing"),
    (
        "dispatch.anomaly",
        "/suspicions/s1/code",
        "odd",
        "/suspicions/s1/code",
        f"is not one of: {SUSPICIONS}",
    ),
    ("dispatch.explanation", "/explanation", ..., "/explanation", "is missing"),
    ("dispatch.statistics", "/period/to", ..., "/period/to", "is missing"),
    ("dispatch.statistics", "/rows/r1/count", "238", "/rows/r1/count", "is not a whole number"),
    ("certification.notice", "/items", {}, "/items", "has fewer than 1 member"),
    ("certification.notice", "/items/N0001", {}, "/items/*", "is not expected here"),
    ("certification.notice", "/items/c1/person", ..., "/items/c1/person", "is missing"),
    (
        "certification.notice",
        "/items/c1/ssw_type",
        "3",
        "/items/c1/ssw_type",
        "is not one of: 1, 2",
    ),
    ("publication.confirm", "/place", ..., "/place", "is missing"),
    ("publication.confirm", "/action", "not-published", "/reason", "is missing"),
    (
        "publication.confirm",
        "/fields_published",
        ["grounds"],
        "/fields_published/0",
        "is not a pointer such as /organisation/name",
    ),
]


@pytest.mark.parametrize(("name", "place", "value", "where", "text"), CASES)
def test_a_fault_is_named_by_place_and_kind(name, place, value, where, text):
    assert (where, text) in faults_of(name, changed(name, place, value))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("body", [None, [], "text", 1, True, 1.5])
def test_a_body_that_is_no_object_fits_nothing(name, body):
    assert faults_of(name, body) == [("", "is not an object")]


@pytest.mark.parametrize("name", TYPES)
def test_the_empty_body_fits_only_where_nothing_is_required(name):
    if BODIES.schema(name).get("required"):
        assert all(text == "is missing" for _, text in faults_of(name, {}))
    else:
        BODIES.check(name, {}, day=DAY)


def test_an_acknowledgement_lists_at_most_256_messages():
    ids = [f"0195c2a4-7b1e-7c3a-9f00-{n:012x}" for n in range(257)]
    BODIES.check("acknowledgement.handed-over", {"ids": ids[:256]}, day=DAY)
    assert faults_of("acknowledgement.handed-over", {"ids": ids}) == [
        ("/ids", "has more than 256 entries")
    ]


def test_every_fault_is_reported_up_to_sixteen():
    body = {f"wrong{n}": n for n in range(40)}
    assert len(faults_of("ping", body)) == MAX_FAULTS == 16


def test_an_organisation_known_by_its_id_needs_nothing_else():
    BODIES.check(
        "inquiry.request",
        changed("inquiry.request", "/organisations/o1", {"org_ref": "kh/molvt"}),
        day=DAY,
    )


def test_the_peer_is_told_no_name_that_the_schema_does_not_know():
    body = changed("inquiry.request", f"/persons/p1/{SECRET}", 1) | {SECRET: {SECRET: 1}}
    with pytest.raises(InvalidBodyError) as caught:
        BODIES.check("inquiry.request", body, day=DAY)
    assert set(caught.value.pointers) == {"/*", "/persons/p1/*"}
    assert SECRET not in repr(caught.value) + repr(caught.value.problems)


def test_our_own_officer_is_told_the_member_he_wrote():
    with pytest.raises(InvalidError) as caught:
        BODIES.check_draft("inquiry.request", changed("inquiry.request", "/reason/a~b", 1), day=DAY)
    assert [problem.where for problem in caught.value.problems] == ["/reason/a~0b"]
    assert "gateway template inquiry.request" in caught.value.hint


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "x" * 65])
def test_a_member_name_that_would_disturb_a_screen_is_starred_for_everybody(name):
    with pytest.raises(InvalidError) as caught:
        BODIES.check_draft("ping", {name: 1}, day=DAY)
    assert [problem.where for problem in caught.value.problems] == ["/*"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.just(SECRET)
    | st.sampled_from(["en", "answered", ID, "2026-03-31"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    SECRET,
                    "q1",
                    "p1",
                    "answers",
                    "questions",
                    "persons",
                    "reason",
                    "en",
                    "ids",
                    "final",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(name=st.sampled_from(sorted(TYPES)), body=JSON)
def test_no_error_for_the_peer_ever_quotes_the_body(name, body):
    try:
        BODIES.check(name, body, day=DAY)
        return
    except InvalidBodyError as refused:
        error = refused
    assert error.code is RefusalCode.INVALID_BODY
    assert 1 <= len(error.pointers) <= MAX_FAULTS
    assert SECRET not in str(error) + repr(error.problems) + repr(error.pointers)


@given(name=st.sampled_from(sorted(TYPES)), body=JSON)
def test_both_judges_agree(name, body):
    outcomes = []
    for check in (BODIES.check, BODIES.check_draft):
        try:
            check(name, body, day=DAY)
            outcomes.append([])
        except (InvalidBodyError, InvalidError) as error:
            outcomes.append([problem.text for problem in error.problems])
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("body", [{"note": b"raw"}, {1: "x"}, {"\ud800": 1}])
def test_what_is_not_json_is_refused_and_breaks_nothing(body):
    assert faults_of("ping", body) == [("", "is not JSON that can be sent")]


def test_a_body_deeper_than_any_stack_is_refused():
    body: dict[str, Any] = {}
    for _ in range(5000):
        body = {"note": body}
    assert faults_of("ping", body) == [("", "is not JSON that can be sent")]


def test_the_reference_is_the_digest_of_the_exact_file():
    raw = schema_files()["types/ping.schema.json"]
    assert BODIES.reference("ping") == {"id": "urn:moc-ssw:ping:1", "digest": digest(raw)}


def test_what_is_handed_out_can_be_changed_without_harm():
    BODIES.example("ping")["note"] = 1
    BODIES.schema("ping")["properties"].clear()
    BODIES.check("ping", BODIES.example("ping"), day=DAY)


@pytest.mark.parametrize(
    "use",
    [
        BODIES.reference,
        BODIES.schema,
        BODIES.example,
        lambda name: BODIES.check(name, {}, day=DAY),
        lambda name: BODIES.check_draft(name, {}, day=DAY),
    ],
)
def test_an_unknown_type_is_refused_everywhere(use):
    with pytest.raises(UnknownTypeError):
        use("inquiry.riddle")


BROKEN = [
    b"{",
    b'{"$id": "urn:moc-ssw:pong:1"}',
    b'{"$id": "urn:moc-ssw:ping:1", "type": "thing"}',
    b'{"$id": "urn:moc-ssw:ping:1", "format": "zork"}',
    b'{"$id": "urn:moc-ssw:ping:1", "$ref": "https://example.org/other.json"}',
    b'{"$id": "urn:moc-ssw:ping:1", "$ref": "file:///etc/passwd"}',
    b'{"$id": "urn:moc-ssw:ping:1", "pattern": "(a)\\\\1"}',
]


@pytest.mark.parametrize("raw", BROKEN)
def test_a_schema_that_is_broken_or_points_elsewhere_stops_the_start(raw):
    with pytest.raises(InvalidError) as caught:
        Bodies({"ping": raw}, {})
    assert caught.value.problems[0].where.startswith("types/ping.schema.json")


def test_a_text_made_to_blow_up_a_pattern_costs_nothing():
    # A backtracking engine would need longer than the age of the world for some of these.
    for text in ("0" * 500_000, "2026-" * 100_000, "-" * 500_000):
        body = changed("inquiry.request", "/persons/p1/birth_date", text)
        assert faults_of("inquiry.request", body)[0][0] == "/persons/p1/birth_date"
