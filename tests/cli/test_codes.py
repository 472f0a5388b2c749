"""`gateway codes`: which codes there are, and on which days each is in use."""

import pytest

from gateway.catalogue.codes import read_code_lists
from gateway.cli.form_answers import option_labels
from gateway.resources import schema_files

LISTS = read_code_lists(schema_files())
FIELDS = LISTS["ssw-fields"].codes


def first_words(text):
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_every_list_is_listed_with_how_to_see_its_codes(run):
    finished = run("codes")
    assert first_words(finished.out) == list(LISTS)
    assert "gateway codes LIST" in finished.err


@pytest.mark.parametrize("name", LISTS)
def test_the_codes_of_every_list_are_shown_in_its_order(run_here, name):
    finished = run_here("codes", name)
    assert (finished.code, first_words(finished.out)) == (0, list(LISTS[name].codes))


def test_a_retired_code_has_its_last_day_and_what_took_its_place(run):
    lines = run("codes", "ssw-fields").out.splitlines()
    (line,) = [line for line in lines if line.startswith("industrial-machinery ")]
    for words in ("2019-04-01", "2022-05-24", "industrial-manufacturing", "産業機械製造業"):
        assert words in line


def test_a_list_without_a_ministry_has_no_column_for_one(run):
    assert "IN CHARGE" in run("codes", "ssw-fields").out
    assert "IN CHARGE" not in run("codes", "inquiry-types").out


def test_the_codes_of_one_day_are_shown_alone(run):
    assert len(first_words(run("codes", "ssw-fields", "--on", "2022-05-25").out)) == 12
    view = run("codes", "ssw-fields", "--on", "2024-03-29", "--json").json()
    assert (view["list"], len(view["codes"])) == ("ssw-fields", 16)
    assert view["codes"]["forestry"]["valid_from"] == "2024-03-29"
    nothing = run("codes", "ssw-fields", "--on", "2018-01-01")
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err == "no code of ssw-fields was in use on 2018-01-01\n"


def test_all_lists_are_there_for_programs(run):
    items = run("codes", "--json").json()["items"]
    assert {each["list"]: list(each["codes"]) for each in items} == {
        name: list(each.codes) for name, each in LISTS.items()
    }


def test_an_unknown_list_is_answered_with_the_nearest(run):
    finished = run("codes", "ssw-feilds")
    assert (finished.code, finished.out) == (4, "")
    assert "did you mean ssw-fields?" in finished.err


@pytest.mark.parametrize("day", ["20220601", "2022-W10-1", "2022-02-30", "tomorrow", ""])
def test_what_is_no_date_is_refused(run, day):
    finished = run("codes", "ssw-fields", "--on", day)
    assert (finished.code, finished.out) == (2, "")
    assert "is not a date such as 2026-03-31" in finished.err


def test_whoever_fills_in_a_form_sees_until_when_a_code_was_in_use():
    labels = option_labels(tuple(FIELDS))
    assert labels["industrial-machinery"] == "Industrial machinery industry (until 2022-05-24)"
    assert labels["care"] == "Nursing care"
