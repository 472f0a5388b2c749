"""Profiles: the two sides of one memorandum, judged alike."""

import copy
import json
from dataclasses import replace

import pytest

from gateway.catalogue import TYPES, Level, Priority, Profile, Role, Term
from gateway.errors import InvalidError, NotPermittedError, UnknownTypeError
from gateway.resources import schema_files

DOCUMENT = json.loads(schema_files()["profiles/kh-jp-2019.json"])


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
    profile = Profile.from_json(DOCUMENT)
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
    ours, theirs = Profile.from_json(DOCUMENT), Profile.from_json(swapped)
    for name in TYPES:
        assert ours.may_send("jp/isa", name) == theirs.may_send("kh/molvt", name)
        assert ours.may_send("kh/molvt", name) == theirs.may_send("jp/isa", name)


def test_a_type_not_in_use_is_unknown_here():
    document = copy.deepcopy(DOCUMENT)
    del document["types"]["ping"]
    profile = Profile.from_json(document)
    with pytest.raises(UnknownTypeError):
        profile.type_of("ping")
    assert not profile.may_send("jp/isa", "ping")


def test_the_profile_sets_the_time_for_an_answer():
    profile = Profile.from_json(
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
    profile = Profile.from_json(
        changed("types|inquiry.request|accepted", {"days": 1, "count": "calendar"})
    )
    row = profile.type_of("inquiry.request")
    assert (row.handed_over, row.accepted) == (Term(2, working=True), Term(1))


def test_the_profile_of_2019_says_of_every_type_what_the_catalogue_says(profile):
    assert dict(profile.types) == dict(TYPES)


def test_a_profile_may_tighten_a_marking():
    profile = Profile.from_json(
        changed("types|ping", {"level": "restricted", "caveats": ["no-tip-off"]})
    )
    assert profile.type_of("ping").level is Level.RESTRICTED
    assert profile.type_of("ping").caveats == TYPES["ping"].caveats | {"no-tip-off"}


def test_a_profile_never_loosens_a_marking():
    with pytest.raises(InvalidError) as caught:
        Profile.from_json(changed("types|inquiry.request|level", "public"))
    assert caught.value.problems[0].where == "/types/inquiry.request/level"


def test_a_profile_never_drops_a_caveat():
    profile = Profile.from_json(changed("types|inquiry.request|caveats", []))
    assert profile.type_of("inquiry.request").caveats == TYPES["inquiry.request"].caveats


BROKEN = [
    ("countries|kh|role", "accepting", "/countries"),
    ("countries|kh|role", "watching", ""),
    ("countries|kh|contact_point", "jp/molvt", "/countries/kh/contact_point"),
    ("countries|kh|contact_point", "molvt", "/countries/kh/contact_point"),
    ("types|riddle", {}, "/types/riddle"),
    ("types|ping|caveats", ["gossip"], ""),
    ("types|ping", None, ""),
    ("countries", [], ""),
    ("types", None, ""),
]


@pytest.mark.parametrize(("pointer", "value", "where"), BROKEN)
def test_a_broken_profile_is_refused_with_its_place(pointer, value, where):
    with pytest.raises(InvalidError) as caught:
        Profile.from_json(changed(pointer, value))
    assert caught.value.problems[0].where == where


@pytest.mark.parametrize("member", ["name", "title", "countries", "language", "languages", "types"])
def test_a_profile_without_a_member_is_refused(member):
    document = copy.deepcopy(DOCUMENT)
    del document[member]
    with pytest.raises(InvalidError):
        Profile.from_json(document)
