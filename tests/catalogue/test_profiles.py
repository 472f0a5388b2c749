"""Profiles: the two sides of one memorandum, judged alike."""

import copy
import json
from dataclasses import replace

import pytest

from gateway.catalogue import (
    TYPES,
    Calendar,
    Catalogue,
    Level,
    Priority,
    Profile,
    Publication,
    PublishRule,
    Purpose,
    Role,
    Status,
    Term,
)
from gateway.errors import InvalidError, NotPermittedError, UnknownTypeError
from gateway.resources import schema_files

FILES = schema_files()
PATH = "profiles/kh-jp-2019.json"
DOCUMENT = json.loads(FILES[PATH])
CALENDARS = {
    country: Calendar.from_json(json.loads(FILES[f"calendars/{country}.json"]))
    for country in ("jp", "kh", "np")
}


def read(document: dict) -> Profile:
    return Profile.from_json(document, CALENDARS)


def changed(pointer: str, value: object) -> dict:
    document = copy.deepcopy(DOCUMENT)
    *path, last = pointer.removeprefix("/").split("|")
    place = document
    for token in path:
        place = place[token]
    place[last] = value
    return document


def test_the_contact_points_are_those_of_clause_2(profile):
    assert profile.nodes == {"jp/isa", "kh/molvt"}
    assert profile.office_of("jp/isa")["en"] == (
        "Residency Management Division, Residency Management and Support Department, "
        "Immigration Services Agency"
    )
    assert profile.office_of("kh/molvt")["en"] == (
        "The 3rd Overseas Placement Office, Department of Employment and Manpower, "
        "the General Department of Labour, MoLVT"
    )


def test_cambodia_sends_and_japan_accepts(profile):
    assert profile.role_of("kh/molvt") is Role.SENDING
    assert profile.role_of("jp/isa") is Role.ACCEPTING


@pytest.mark.parametrize("node", ["jp/npa", "kh/other", "vn/dolab", "", "jp/isa\n"])
def test_a_node_that_is_no_contact_point_has_no_part(profile, node):
    with pytest.raises(NotPermittedError):
        profile.role_of(node)
    with pytest.raises(NotPermittedError):
        profile.check_sender(node, "ping")
    assert not profile.may_send(node, "ping")


@pytest.mark.parametrize("name", TYPES)
def test_each_side_may_send_what_its_role_allows(profile, name):
    for node in profile.nodes:
        allowed = profile.role_of(node) in TYPES[name].senders
        assert profile.may_send(node, name) is allowed


def test_a_type_of_one_role_is_refused_from_the_other():
    profile = read(DOCUMENT)
    row = replace(profile.types["ping"], senders=frozenset({Role.ACCEPTING}))
    narrow = replace(profile, types={"ping": row})
    assert narrow.check_sender("jp/isa", "ping") is row
    with pytest.raises(NotPermittedError) as caught:
        narrow.check_sender("kh/molvt", "ping")
    assert caught.value.pointers == ("/type",)


def test_judging_does_not_depend_on_which_country_we_are():
    swapped = copy.deepcopy(DOCUMENT)
    swapped["countries"]["jp"]["role"] = "sending"
    swapped["countries"]["kh"]["role"] = "accepting"
    ours, theirs = read(DOCUMENT), read(swapped)
    for name in TYPES:
        assert ours.may_send("jp/isa", name) == theirs.may_send("kh/molvt", name)
        assert ours.may_send("kh/molvt", name) == theirs.may_send("jp/isa", name)


def test_a_type_not_in_use_is_unknown_here():
    document = copy.deepcopy(DOCUMENT)
    del document["types"]["ping"]
    profile = read(document)
    with pytest.raises(UnknownTypeError):
        profile.type_of("ping")
    assert not profile.may_send("jp/isa", "ping")


def test_the_profile_sets_the_time_for_an_answer():
    profile = read(
        changed("types|inquiry.request|response", {"urgent": {"days": 5, "count": "calendar"}})
    )
    response = profile.type_of("inquiry.request").response
    assert response[Priority.URGENT] == Term(5)
    assert response[Priority.ROUTINE] == Term(25, working=True)


def test_the_profile_of_2019_gives_three_days_seven_days_and_25_working_days(profile):
    assert dict(profile.type_of("inquiry.request").response) == {
        Priority.EMERGENCY: Term(3),
        Priority.URGENT: Term(7),
        Priority.ROUTINE: Term(25, working=True),
    }


def test_the_profile_sets_the_time_for_the_levels_below():
    profile = read(changed("types|inquiry.request|accepted", {"days": 1, "count": "calendar"}))
    row = profile.type_of("inquiry.request")
    assert (row.handed_over, row.accepted) == (Term(2, working=True), Term(1))


def test_the_profile_of_2019_says_of_every_type_what_the_catalogue_says(profile):
    assert dict(profile.types) == dict(TYPES)


def test_a_profile_may_tighten_a_marking():
    profile = read(changed("types|ping", {"level": "restricted", "caveats": ["no-tip-off"]}))
    assert profile.type_of("ping").level is Level.RESTRICTED
    assert profile.type_of("ping").caveats == TYPES["ping"].caveats | {"no-tip-off"}


def test_a_profile_never_loosens_a_marking():
    with pytest.raises(InvalidError) as caught:
        read(changed("types|inquiry.request|level", "public"))
    assert caught.value.problems[0].where == "/types/inquiry.request/level"


def test_a_profile_never_drops_a_caveat():
    profile = read(changed("types|inquiry.request|caveats", []))
    assert profile.type_of("inquiry.request").caveats == TYPES["inquiry.request"].caveats


REQUIRED = json.loads(FILES["profile.schema.json"])["required"]
BROKEN = [
    ("countries|kh|role", "accepting", "/countries"),
    ("countries|kh|role", "watching", ""),
    ("countries|kh|contact_point", "jp/molvt", "/countries/kh/contact_point"),
    ("countries|kh|contact_point", "molvt", "/countries/kh/contact_point"),
    ("countries|kh|calendar", "la", "/countries/kh/calendar"),
    ("countries|kh|calendar", None, "/countries/kh/calendar"),
    ("status", "perhaps", ""),
    ("types|riddle", {}, "/types/riddle"),
    ("types|investigation.result|senders", ["accepting"], "/types/investigation.result/senders"),
    ("types|ping|publication", {"sending": {"rule": "permitted"}}, "/types/ping/publication"),
    ("types|measure.notice|publication", {"sending": {"rule": "perhaps"}}, ""),
    ("sending_organisations", [], "/types/sending-org.approval"),
    ("types|ping|caveats", ["gossip"], ""),
    ("types|ping", None, ""),
    ("countries", [], ""),
    ("types", None, ""),
]


@pytest.mark.parametrize(("pointer", "value", "where"), BROKEN)
def test_a_broken_profile_is_refused_with_its_place(pointer, value, where):
    with pytest.raises(InvalidError) as caught:
        read(changed(pointer, value))
    assert caught.value.problems[0].where == where


@pytest.mark.parametrize("member", sorted({*REQUIRED} - {"signed_on", "moc_version"}))
def test_a_profile_without_a_member_is_refused(member):
    document = copy.deepcopy(DOCUMENT)
    del document[member]
    with pytest.raises(InvalidError):
        read(document)


def test_a_profile_may_let_fewer_send_a_type():
    profile = read(changed("types|inquiry.request|senders", ["accepting"]))
    assert profile.may_send("jp/isa", "inquiry.request")
    assert not profile.may_send("kh/molvt", "inquiry.request")


def test_a_profile_has_clauses_of_its_own_and_says_which_nobody_has_compared():
    document = changed("types|inquiry.request|clauses", {"accepting": ["4(2)"]})
    document["types"]["inquiry.request"]["clauses_confirmed"] = False
    profile = read(document)
    row = profile.type_of("inquiry.request")
    assert row.clauses == TYPES["inquiry.request"].clauses | {Role.ACCEPTING: ("4(2)",)}
    assert not profile.settings["inquiry.request"].clauses_confirmed
    assert profile.settings["inquiry.answer"].clauses_confirmed


def test_each_office_has_the_working_days_of_its_country(profile):
    assert profile.calendar_of("jp/isa") == CALENDARS["jp"]
    assert profile.calendar_of("kh/molvt") == CALENDARS["kh"]
    with pytest.raises(NotPermittedError):
        profile.calendar_of("np/moless")


def test_the_memorandum_of_2019_is_in_force_and_names_its_paper(profile):
    assert profile.status is Status.IN_FORCE
    assert profile.pre_departure_document == "registration-certificate"
    assert profile.sending_organisations == {"private"}


@pytest.mark.parametrize("name", [name for name, row in TYPES.items() if row.publish])
def test_whoever_receives_what_is_to_be_public_is_told_its_part(profile, name):
    for role in TYPES[name].senders:
        (reader,) = set(Role) - {role}
        published = profile.publication_of(name, reader)
        assert published.within == TYPES[name].response.get(Priority.ROUTINE)
        assert published.rule is PublishRule.REQUIRED or published.required_if


def test_cambodia_publishes_its_own_approvals_too(profile):
    within = Term(5, working=True)
    assert profile.publication_of("sending-org.approval", Role.SENDING) == Publication(
        rule=PublishRule.REQUIRED, within=within
    )
    assert profile.publication_of("support-org.list", Role.ACCEPTING) is None


def test_only_an_improvement_order_to_an_accepting_organisation_must_be_made_public(profile):
    published = profile.publication_of("measure.notice", Role.SENDING)
    assert published.rule is PublishRule.PERMITTED
    assert published.required_if == {
        "/type": ("improvement-order",),
        "/target/kind": ("accepting-org",),
    }


def test_the_codes_that_decide_on_publication_are_codes_of_the_body():
    schema = json.loads(FILES["types/measure.notice.schema.json"])

    def resolved(member):
        return schema["$defs"][member["$ref"].split("/")[-1]] if "$ref" in member else member

    cases = DOCUMENT["types"]["measure.notice"]["publication"]["sending"]["required_if"]
    for pointer, codes in cases.items():
        place = schema
        for token in pointer.split("/")[1:]:
            place = resolved(place["properties"][token])
        assert set(codes) <= set(place["enum"]), pointer


@pytest.mark.parametrize("name", ["request", "progress", "result"])
def test_the_embassy_that_issues_the_papers_is_allowed_beforehand(profile, name):
    defaults = profile.defaults_of(f"return.assistance.{name}", "kh/molvt")
    assert defaults.permitted_recipients == {"kh/embassy-tokyo"}
    assert Purpose.RETURN_ASSISTANCE in defaults.purposes


def test_nobody_is_allowed_beforehand_where_the_memorandum_is_silent(profile):
    for name in profile.types:
        if not name.startswith("return.assistance."):
            assert not profile.defaults_of(name, "jp/isa").permitted_recipients


def test_under_the_second_memorandum_there_are_no_sending_organisations(catalogue):
    profile = catalogue.profile("moc-ssw/np-jp/2019")
    assert (profile.nodes, profile.status) == ({"jp/isa", "np/moless"}, Status.UNCONFIRMED)
    assert profile.pre_departure_document == "labour-permit"
    assert not profile.sending_organisations
    for name in ("sending-org.list", "certification.notice", "suspension.notice"):
        with pytest.raises(UnknownTypeError):
            profile.check_sender("np/moless", name)


def test_clauses_of_the_second_memorandum_that_nobody_compared_are_marked(catalogue):
    profile = catalogue.profile("moc-ssw/np-jp/2019")
    for name, row in profile.types.items():
        clauses = {clause for texts in row.clauses.values() for clause in texts}
        assert (clauses <= {"2"}) == profile.settings[name].clauses_confirmed, name


def lists_of(schema):
    """Every code list that a schema names."""
    if isinstance(schema, list):
        return {name for each in schema for name in lists_of(each)}
    if not isinstance(schema, dict):
        return set()
    named = {schema["codes"]["list"]} if isinstance(schema.get("codes"), dict) else set()
    return named.union(*(lists_of(each) for key, each in schema.items() if key != "examples"))


@pytest.mark.parametrize("name", ["moc-ssw/kh-jp/2019", "moc-ssw/np-jp/2019"])
def test_a_memorandum_names_the_code_lists_of_its_types_and_no_others(catalogue, name):
    profile = catalogue.profile(name)
    named = (lists_of(json.loads(FILES[f"types/{type}.schema.json"])) for type in profile.types)
    assert profile.code_lists == set().union(*named)


# --- who consents ------------------------------------------------------------------------------


def with_consent(**consent):
    document = copy.deepcopy(DOCUMENT)
    document["countries"]["kh"]["consent"] |= consent
    return document


def test_each_country_says_how_many_officers_sign_its_consents(profile):
    assert (profile.officers_needed("kh/molvt"), profile.officers_needed("jp/isa")) == (1, 2)
    assert profile.grantors_of("kh/molvt") == {"kh/molvt"}
    for ask in (profile.officers_needed, profile.grantors_of):
        with pytest.raises(NotPermittedError):
            ask("np/moless")


def test_a_memorandum_may_name_further_organisations_whose_officers_sign(catalogue):
    files = {**FILES, PATH: json.dumps(with_consent(extra_grantors=["kh/moi"])).encode()}
    read = Catalogue.from_files(files).profile("moc-ssw/kh-jp/2019")
    assert read.grantors_of("kh/molvt") == {"kh/molvt", "kh/moi"}
    assert read.grantors_of("jp/isa") == {"jp/isa"}


@pytest.mark.parametrize(
    ("consent", "where"),
    [
        ({"extra_grantors": ["jp/moj"]}, "/countries/kh/consent/extra_grantors"),
        ({"extra_grantors": ["kh/nobody"]}, "#/countries/kh/consent/extra_grantors"),
        ({"officers": 0}, "/countries/kh/consent/officers"),
        ({"officers": 3}, "/countries/kh/consent/officers"),
        ({"officer": 1}, "/countries/kh/consent/officer"),
    ],
)
def test_nobody_of_another_country_or_unknown_consents_for_a_country(consent, where):
    files = {**FILES, PATH: json.dumps(with_consent(**consent)).encode()}
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files)
    assert caught.value.problems[0].where.endswith(where)
