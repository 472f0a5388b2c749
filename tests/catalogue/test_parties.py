"""Parties: who signed, and who is a third party whatever its country."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import Parties, PartyKind
from gateway.envelope import times
from gateway.errors import InvalidError, NotFoundError
from gateway.resources import schema_files

PROFILE = "moc-ssw/kh-jp/2019"
FILES = schema_files()
SHIPPED = Parties.from_json(
    json.loads(raw) for path, raw in FILES.items() if path.startswith("parties/")
)


def document(profile, **parties):
    return {"profile": profile, "parties": {key.replace("_", "/"): v for key, v in parties.items()}}


def party(signatory, name="Name"):
    return {"names": {"en": name}, "kind": "authority", "signatory": signatory}


def test_the_japanese_side_is_four_bodies_with_their_agency_and_the_cambodian_one_ministry(
    catalogue,
):
    sides = {"jp": set(), "kh": set()}
    for each in catalogue.parties.all():
        if side := each.side_in(PROFILE):
            sides[side].add(each.id)
    assert sides == {
        "jp": {"jp/moj", "jp/isa", "jp/mofa", "jp/mhlw", "jp/npa"},
        "kh": {"kh/molvt"},
    }


@pytest.mark.parametrize(
    "outsider",
    [
        "jp/meti",
        "jp/maff",
        "jp/mlit",
        "jp/moe",
        "jp/otit",
        "jp/jees",
        "jp/japan-foundation",
        "jp/prometric",
        "kh/embassy-tokyo",
        "kh/mofaic",
        "kh/moi",
    ],
)
def test_an_outsider_is_on_no_side_although_it_has_a_country(catalogue, outsider):
    found = catalogue.parties.of(outsider)
    assert found.side_in(PROFILE) is None
    assert found.country == outsider[:2]


def test_signing_one_memorandum_is_not_signing_another(catalogue):
    assert catalogue.parties.of("jp/isa").side_in("moc-ssw/vn-jp/2019") is None


def test_an_unknown_organisation_is_nobody(catalogue):
    with pytest.raises(NotFoundError):
        catalogue.parties.of("jp/unknown")


def test_one_organisation_may_have_signed_several_memoranda():
    other = "moc-ssw/vn-jp/2019"
    parties = Parties.from_json(
        [document(PROFILE, jp_isa=party(True)), document(other, jp_isa=party(True))]
    )
    assert parties.of("jp/isa").signatory_of == {PROFILE, other}


def test_an_outsider_of_one_memorandum_stays_one_when_it_signs_another():
    other = "moc-ssw/vn-jp/2019"
    parties = Parties.from_json(
        [document(PROFILE, jp_meti=party(False)), document(other, jp_meti=party(True))]
    )
    assert parties.of("jp/meti").side_in(PROFILE) is None
    assert parties.of("jp/meti").side_in(other) == "jp"


def test_two_files_may_not_describe_one_organisation_differently():
    with pytest.raises(InvalidError) as caught:
        Parties.from_json(
            [document(PROFILE, jp_isa=party(True)), document("other", jp_isa=party(True, "Else"))]
        )
    assert caught.value.problems[0].where == "/parties/jp~1isa"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"profile": PROFILE, "parties": None},
        document(PROFILE, JP_ISA=party(True)),
        document(PROFILE, jp_isa={}),
        document(PROFILE, jp_isa=party(True) | {"kind": "club"}),
    ],
)
def test_a_broken_file_is_refused(broken):
    with pytest.raises(InvalidError):
        Parties.from_json([broken])


@pytest.mark.parametrize("signatory", [1, "true", None])
def test_only_true_makes_a_signatory(signatory):
    parties = Parties.from_json([document(PROFILE, jp_isa=party(signatory))])
    assert parties.of("jp/isa").side_in(PROFILE) is None


# --- an organisation has its time ----------------------------------------------------------------


def registry(**parties):
    return Parties.from_json([document(PROFILE, **parties)])


def problem(**parties):
    """Return where a registry is at fault, and why."""
    with pytest.raises(InvalidError) as caught:
        registry(**parties)
    (found,) = caught.value.problems
    return found.where, found.text


OLD = party(False, "Old Bureau") | {"valid_to": "2026-03-31"}
NEW = party(False, "New Bureau") | {"valid_from": "2026-04-01", "successor_of": ["jp/old"]}
LAST, FIRST = (times.parse(f"2026-{day}T12:00:00Z") for day in ("03-31", "04-01"))


def test_the_successor_body_of_a_recipient_is_another_organisation():
    parties = registry(jp_old=OLD, jp_new=NEW)
    assert parties.of("jp/old", LAST).id == "jp/old"
    with pytest.raises(NotFoundError, match="jp/old does not exist on that day") as caught:
        parties.of("jp/old", FIRST)
    assert caught.value.hint == "its place took jp/new"
    with pytest.raises(NotFoundError):
        parties.of("jp/new", LAST)
    assert [each.id for each in parties.successors_of("jp/old")] == ["jp/new"]
    # What is known of it stays, for the ledger of what it was given in its time.
    assert parties.of("jp/old").valid_to == "2026-03-31"


def test_a_successor_is_on_no_side_by_taking_a_signatorys_place():
    parties = registry(jp_old=OLD | {"signatory": True}, jp_new=NEW)
    assert parties.side_of("jp/old", PROFILE, LAST) == "jp"
    assert parties.side_of("jp/old", PROFILE, FIRST) is None
    assert parties.side_of("jp/new", PROFILE, FIRST) is None
    assert parties.side_of("jp/nobody", PROFILE) is None


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"successor_of": ["jp/gone"]}, "/successor_of", "does not have"),
        ({"successor_of": ["jp/new"]}, "/successor_of", "leads back"),
        ({"valid_to": "2026-03-31"}, "/valid_to", "before the first day"),
        ({"valid_from": "2026-13-01"}, "/parties", "breaks the form"),
    ],
)
def test_whoever_takes_a_place_takes_somebody_elses_in_time(changes, where, words):
    found = problem(jp_old=OLD, jp_new=NEW | changes)
    assert found[0].endswith(where)
    assert words in found[1]


def test_a_circle_of_successors_is_refused_however_long():
    circle = {
        f"jp_a{number}": party(False, f"Bureau {letter}")
        | {"successor_of": [f"jp/a{(number + 1) % 3}"]}
        for number, letter in enumerate("xyz")
    }
    assert "leads back" in problem(**circle)[1]


# --- names that look alike -----------------------------------------------------------------------

LOOK_ALIKES = [
    "Osaka Labour Bureau",
    "OSAKA  labour-bureau",
    "\uff2fsaka Labour Bureau",  # a full-width O
    "\u041esaka Labour Bureau",  # a Cyrillic O
    "Osaka Lab\u03bfur Bureau",  # a Greek omicron
    "0saka Labour Bureau",
    "Osaka\u200bLabour\u00adBureau",
]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_two_organisations_whose_names_look_alike_are_refused(name):
    where, words = problem(
        jp_osaka=party(False, "Osaka Labour Bureau"), jp_other=party(False, name)
    )
    assert (where, "looks like jp/osaka's" in words) == ("/parties/jp~1other/names", True)


def test_an_alias_looks_like_nobody_elses_name_either():
    other = party(False, "Another Bureau") | {"aliases": ["Osaka Labour Bureau"]}
    assert "looks like" in problem(jp_osaka=party(False, "Osaka Labour Bureau"), jp_other=other)[1]


def test_a_name_may_go_on_to_whoever_comes_after():
    new = NEW | {"names": OLD["names"]}
    parties = registry(jp_old=OLD, jp_new=new)
    assert {each.id for each in parties.alike("old bureau")} == {"jp/old", "jp/new"}


def test_a_name_finds_all_that_may_be_meant_the_nearest_first(catalogue):
    found = catalogue.parties.alike
    assert [each.id for each in found("Osaka Labor Bureau")] == ["jp/labour-bureau-osaka"]
    assert [each.id for each in found("大阪労働局")] == ["jp/labour-bureau-osaka"]
    assert [each.id for each in found("MHLW")] == ["jp/mhlw"]
    bureaux = {"jp/labour-bureau-aichi", "jp/labour-bureau-osaka", "jp/labour-bureau-tokyo"}
    assert {each.id for each in found("labour bureau")} == bureaux
    assert found("") == found("  ") == found("-") == ()


@given(st.text(max_size=40))
def test_whatever_is_sought_a_found_organisation_is_one_of_the_registry(sought):
    for each in SHIPPED.alike(sought):
        assert SHIPPED.of(each.id) is each


def test_courts_press_and_labour_bureaux_are_third_parties(catalogue):
    kinds = {each.id: each.kind for each in catalogue.parties.all()}
    assert set(kinds.values()) == set(PartyKind)
    for id, kind in kinds.items():
        if kind is not PartyKind.AUTHORITY or "labour-bureau" in id:
            assert catalogue.parties.of(id).signatory_of == frozenset()


def test_the_contact_point_of_another_memorandum_is_a_third_party(catalogue):
    assert catalogue.parties.side_of("np/moless", PROFILE) is None
    assert catalogue.parties.side_of("kh/molvt", "moc-ssw/np-jp/2019") is None
