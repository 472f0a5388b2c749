"""`gateway types`: what can be said, by whom, and by when."""

import pytest

from gateway.catalogue import TYPES


def test_every_type_is_listed_with_whom_it_is_said_by(run):
    lines = run("types").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(TYPES)
    (report,) = [line for line in lines if line.startswith("irregularity.report")]
    assert "Japan " in report
    (result,) = [line for line in lines if line.startswith("investigation.result")]
    assert "Cambodia " in result
    (ping,) = [line for line in lines if line.startswith("ping")]
    assert "both " in ping
    assert report.endswith("60 days")


@pytest.mark.parametrize("name", TYPES)
def test_every_type_can_be_explained(run, name):
    shown = run("types", name)
    assert shown.code == 0
    assert shown.out.startswith(f"{name}: {TYPES[name].title}\n")


EXPLAINED = {
    "irregularity.report": [
        "restricted for /victims",
        "no-tip-off if no_tip_off is true",
        "accept within  3 working days",
        "answer within  60 days if routine",
    ],
    "sending-org.revocation": [
        "confidential for /grounds",
        "opens          a thread of kind revocation",
    ],
    "ping": ["lives          1 day unless"],
    "inquiry.request": ["required without org_ref  {en, ja?, km?}"],
    "correction": ["stands in      any matter", "supersedes", "body    required"],
    "clarification.request": ["answer within  1 day if emergency", "questions.*.text  required"],
    "clarification.answer": ["replies to     clarification.request"],
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_is_particular_to_a_type_is_said(run, name):
    out = run("types", name).out
    for line in EXPLAINED[name]:
        assert line in out


def test_a_text_in_several_languages_takes_one_line(run):
    out = run("types", "withdrawal").out
    assert "{en, ja?, km?}" in out
    assert "reason.en" not in out


def test_the_terms_and_parts_are_there_for_programs(run):
    view = run("types", "sending-org.revocation", "--json").json()
    assert view["accepted"] == {"days": 3, "working": True}
    assert view["parts"] == {"/grounds": "confidential"}
    assert (view["joins"], view["updatable"], view["supersedes"]) == (False, True, None)
    assert run("types", "ping", "--json").json()["handed_over"] is None
    assert run("types", "investigation.result", "--json").json()["senders"] == ["sending"]
