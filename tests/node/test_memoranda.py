"""Which memoranda and calendars a node starts with, and with which it does not start."""

import json

import pytest

from gateway.config import load
from gateway.errors import InvalidError
from gateway.node.setup import catalogue
from gateway.resources import schema_files

CAMBODIA, NEPAL = "moc-ssw/kh-jp/2019", "moc-ssw/np-jp/2019"
KHMER = json.loads(schema_files()["calendars/kh.json"])


@pytest.fixture
def configured(tmp_path):
    """Return a function that reads a configuration with what a test wants in it."""

    def read(*profiles, environment="test", more=""):
        path = tmp_path / "config.toml"
        path.write_text(
            f'[node]\nname = "jp/isa"\nenvironment = "{environment}"\n'
            f"profiles = {json.dumps(profiles or [CAMBODIA])}\n{more}"
        )
        return load(path, {})

    return read


@pytest.fixture
def calendars(tmp_path):
    """The folder of calendars of a node."""
    folder = tmp_path / "calendars"
    folder.mkdir()
    return folder


def refusal(config):
    with pytest.raises(InvalidError) as caught:
        catalogue(config)
    (problem,) = caught.value.problems
    return problem.where, problem.text


def test_a_node_in_test_may_use_what_is_not_confirmed(configured):
    assert NEPAL in catalogue(configured(CAMBODIA, NEPAL)).profiles


def test_production_takes_what_is_in_force_and_nothing_else(configured):
    catalogue(configured(CAMBODIA, environment="production"))
    where, text = refusal(configured(CAMBODIA, NEPAL, environment="production"))
    assert where == "[node] profiles"
    assert text == f"{NEPAL} is not confirmed, so not for production"


def test_an_unknown_memorandum_is_named_beside_the_known_ones(configured):
    where, text = refusal(configured("moc-ssw/vn-jp/2019"))
    assert where == "[node] profiles"
    assert text == f"moc-ssw/vn-jp/2019 is unknown here; known are {CAMBODIA}, {NEPAL}"


OWN = '[paths]\ncalendars = "calendars"\n'


def test_a_calendar_of_the_node_stands_in_for_the_program_s(configured, calendars):
    moved = KHMER | {"years": {"2026": {"2026-12-01": {"names": {"en": "A day by decree"}}}}}
    (calendars / "kh.json").write_text(json.dumps(moved))
    profile = catalogue(configured(more=OWN)).profile(CAMBODIA)
    assert profile.calendar_of("kh/molvt").years == {2026}
    assert [str(day) for day in profile.calendar_of("kh/molvt").holidays] == ["2026-12-01"]
    assert 2027 in profile.calendar_of("jp/isa").years


def test_a_folder_that_is_not_there_or_empty_stops_the_node(configured, calendars):
    where, text = refusal(configured(more=OWN))
    assert (where, text) == ("[paths] calendars", f"{calendars} has no calendar such as kh.json")
    calendars.rmdir()
    assert refusal(configured(more=OWN)) == (where, text)


def test_a_broken_calendar_stops_the_node_and_is_named(configured, calendars):
    (calendars / "kh.json").write_text("{")
    assert refusal(configured(more=OWN))[0] == "calendars/kh.json"
    (calendars / "kh.json").write_text(json.dumps(KHMER | {"weekend": ["someday"]}))
    assert refusal(configured(more=OWN))[0] == "calendars/kh.json#/weekend/0"
    days = {"2028": {"2028-02-30": {"names": {"en": "No day"}}}}
    (calendars / "kh.json").write_text(json.dumps(KHMER | {"years": days}))
    assert refusal(configured(more=OWN)) == (
        "calendars/kh.json#/years/2028/2028-02-30",
        "is no day of the calendar",
    )


def test_a_file_too_large_for_a_calendar_is_not_read(configured, calendars):
    (calendars / "kh.json").write_bytes(b" " * ((1 << 20) + 1))
    assert refusal(configured(more=OWN))[1].endswith("kh.json is too large for a calendar")


def test_a_calendar_that_is_a_folder_cannot_be_read(configured, calendars):
    (calendars / "kh.json").mkdir()
    assert refusal(configured(more=OWN))[0] == "[paths] calendars"
