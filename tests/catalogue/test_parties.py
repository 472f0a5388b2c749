"""Parties: who signed, and who is a third party whatever its country."""

import json

import pytest

from gateway.catalogue import Parties
from gateway.errors import InvalidError, NotFoundError
from gateway.resources import schema_files

PROFILE = "moc-ssw/kh-jp/2019"
DOCUMENT = json.loads(schema_files()["parties/kh-jp.json"])


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
