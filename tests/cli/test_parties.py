"""`gateway parties`: who may be named as a recipient, and who is a third party."""

import json

import pytest

from gateway.catalogue import Parties
from gateway.resources import schema_files

FILES = schema_files()
PARTIES = Parties.from_json(
    json.loads(raw) for path, raw in FILES.items() if path.startswith("parties/")
)
KH_JP = "moc-ssw/kh-jp/2019"


def ids(text):
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_every_organisation_is_listed_by_its_id(run):
    finished = run("parties", "list")
    assert ids(finished.out) == [party.id for party in PARTIES.all()]
    assert "gateway parties show ORG" in finished.err


def test_under_one_memorandum_everybody_but_its_signatories_is_a_third_party(run):
    lines = run("parties", "list", "--profile", KH_JP).out.splitlines()[1:]
    inside = {line.split()[0] for line in lines if "third party" not in line}
    assert inside == {party.id for party in PARTIES.all() if KH_JP in party.signatory_of}
    # It signed the other memorandum, and is a third party here.
    assert "np/moless" not in inside


def test_a_name_finds_and_never_chooses(run):
    finished = run("parties", "list", "--find", "Osaka labor bureau")
    assert (finished.code, ids(finished.out)) == (0, ["jp/labour-bureau-osaka"])
    assert "named by its id" in finished.err
    nobody = run("parties", "list", "--find", "zzzz")
    assert (nobody.code, nobody.out) == (0, "")
    assert "no organisation here is called anything like 'zzzz'" in nobody.err


def test_one_organisation_is_shown_with_all_its_names(run):
    shown = run("parties", "show", "jp/labour-bureau-osaka")
    assert shown.code == 0
    for words in ("Osaka Labour Bureau", "大阪労働局", "authority", "Japan", "third party"):
        assert words in shown.out


def test_a_successor_body_is_told_of_and_is_given_nothing_on_the_formers_consent(run):
    shown = run("parties", "show", "jp/immigration-bureau")
    assert "its place took      jp/isa" in shown.out
    assert "ended on 2019-03-31: nothing may be given to it any more" in shown.err
    assert "a consent that names jp/immigration-bureau is no consent for them" in shown.err
    assert "took the place of   jp/immigration-bureau" in run("parties", "show", "jp/isa").out


@pytest.mark.parametrize("name", ["jp/osaka", "Osaka Labour Bureau", "jp/labour-bureau-osaca"])
def test_what_is_no_id_is_answered_with_what_may_be_meant(run, name):
    finished = run("parties", "show", name)
    assert (finished.code, finished.out) == (4, "")
    assert "jp/labour-bureau-osaka" in finished.err


def test_programs_get_the_registry_as_it_is(run):
    items = run("parties", "list", "--profile", KH_JP, "--json").json()["items"]
    assert {each["id"]: each["side"] for each in items} == {
        party.id: party.side_in(KH_JP) for party in PARTIES.all()
    }
    shown = run("parties", "show", "jp/immigration-bureau", "--json").json()
    assert (shown["valid_to"], shown["successors"]) == ("2019-03-31", ["jp/isa"])
    assert "side" not in shown
