"""The catalogue as a whole: complete and consistent, or no start at all."""

import json

import pytest

from gateway.catalogue import TYPES, Catalogue
from gateway.errors import InvalidError, UnknownProfileError, UnknownTypeError

PROFILE = "moc-ssw/kh-jp/2019"


def edited(files, path, **changes):
    document = json.loads(files[path]) | changes
    return files | {path: json.dumps(document).encode()}


def test_two_contact_points_exchange_under_their_memorandum(catalogue):
    assert catalogue.profile_for("jp/isa", "kh/molvt").name == PROFILE
    assert catalogue.profile_for("kh/molvt", "jp/isa").name == PROFILE


@pytest.mark.parametrize(
    "pair", [("jp/isa", "jp/isa"), ("jp/isa", "vn/dolab"), ("jp/npa", "kh/molvt"), ("", "")]
)
def test_nodes_without_a_memorandum_have_no_profile(catalogue, pair):
    with pytest.raises(UnknownProfileError):
        catalogue.profile_for(*pair)


def test_a_profile_is_found_by_the_name_in_the_header_and_no_other(catalogue):
    assert catalogue.profile(PROFILE).name == PROFILE
    with pytest.raises(UnknownProfileError) as caught:
        catalogue.profile(PROFILE + "0")
    assert caught.value.pointers == ("/profile",)


def test_a_type_is_found_by_name(catalogue):
    assert catalogue.type_of("ping") is TYPES["ping"]
    with pytest.raises(UnknownTypeError):
        catalogue.type_of("pong")


@pytest.mark.parametrize(
    "path",
    [
        "types/ping.schema.json",
        "profile.schema.json",
        "parties.schema.json",
        "calendar.schema.json",
    ],
)
def test_a_missing_file_is_named(files, path):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files({key: raw for key, raw in files.items() if key != path})
    assert caught.value.problems[0].where == path


def test_a_schema_of_no_type_is_named(files):
    raw = files["types/ping.schema.json"]
    with pytest.raises(InvalidError, match="catalogue") as caught:
        Catalogue.from_files(files | {"types/pong.schema.json": raw})
    assert caught.value.problems[0].where == "types/pong.schema.json"


def test_files_of_others_are_left_alone(files):
    Catalogue.from_files(files | {"config.schema.json": b"{", "types/README.txt": b"x"})


def test_a_profile_of_another_form_is_named_with_its_pointer(files):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(edited(files, "profiles/kh-jp-2019.json", language="ja"))
    assert caught.value.problems[0].where == "profiles/kh-jp-2019.json#/language"
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(edited(files, "parties/kh-jp.json", extra=1))
    assert caught.value.problems[0].where == "parties/kh-jp.json#/extra"


def test_a_file_that_is_not_json_is_named(files):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files | {"parties/kh-jp.json": b"{"})
    assert caught.value.problems[0].where == "parties/kh-jp.json"


def test_a_profile_and_the_registry_agree_on_who_signed(files):
    document = json.loads(files["parties/kh-jp.json"])
    document["parties"]["jp/npa"]["signatory"] = False
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files | {"parties/kh-jp.json": json.dumps(document).encode()})
    assert caught.value.problems[0].where.endswith("/countries/jp/signatories")


def test_every_type_in_use_is_the_one_of_the_catalogue(catalogue):
    for profile in catalogue.profiles.values():
        assert set(profile.types) <= set(TYPES)


def test_a_calendar_stands_under_the_code_of_its_country(files):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files | {"calendars/vn.json": files["calendars/jp.json"]})
    assert caught.value.problems[0].where == "calendars/vn.json#/country"


def test_a_calendar_of_another_form_is_named_with_its_pointer(files):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(edited(files, "calendars/kh.json", weekend=["caturday"]))
    assert caught.value.problems[0].where == "calendars/kh.json#/weekend/0"


def test_a_missing_calendar_stops_the_memorandum_that_names_it(files):
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files({key: raw for key, raw in files.items() if key != "calendars/np.json"})
    assert caught.value.problems[0].where == "/countries/np/calendar"


def test_nobody_is_allowed_beforehand_whom_the_registry_does_not_know(files):
    document = json.loads(files["profiles/kh-jp-2019.json"])
    document["types"]["return.assistance.request"]["permitted_recipients"] = ["kh/embassy-osaka"]
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files | {"profiles/kh-jp-2019.json": json.dumps(document).encode()})
    assert caught.value.problems[0].where.endswith("request/permitted_recipients")


def test_the_two_memoranda_of_japan_are_told_apart_by_the_peer(catalogue):
    assert catalogue.profile_for("np/moless", "jp/isa").name == "moc-ssw/np-jp/2019"
    with pytest.raises(UnknownProfileError):
        catalogue.profile_for("np/moless", "kh/molvt")


def test_a_code_list_that_a_memorandum_names_has_to_be_there(files):
    document = json.loads(files["profiles/np-jp-2019.json"])
    document["code_lists"].append("musics")
    with pytest.raises(InvalidError) as caught:
        Catalogue.from_files(files | {"profiles/np-jp-2019.json": json.dumps(document).encode()})
    assert caught.value.problems[0].where == "codes/musics.json"
