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
def test_every_type_can_be_explained(run_here, name):
    shown = run_here("types", name)
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
        "opens          a thread of kind publication",
    ],
    "sending-org.list": ["base_version", "required if mode is delta", "entries.*.licence "],
    "publication.confirm": ["required unless action is not-published"],
    "consent.grant": ["written by     gateway consent grant ID --prepare FILE"],
    "marking.change": ["stands in      any matter, about a message of its own sender"],
    "list.part": ["entries.*.registration_no", "entries.*.approved_on", "a code of ssw-fields"],
    "ping": ["lives          1 day unless"],
    "inquiry.request": ["required without org_ref  {en, ja?, km?}"],
    "correction": ["stands in      any matter", "supersedes", "body    required"],
    "clarification.request": ["answer within  1 day if emergency", "questions.*.text  required"],
    "clarification.answer": ["replies to     clarification.request"],
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_is_particular_to_a_type_is_said(run_here, name):
    out = run_here("types", name).out
    for line in EXPLAINED[name]:
        assert line in out


def test_a_text_in_several_languages_takes_one_line(run):
    out = run("types", "withdrawal").out
    assert "{en, ja?, km?}" in out
    assert "reason.en" not in out


def test_the_terms_and_parts_are_there_for_programs(run):
    view = run("types", "sending-org.revocation", "--json").json()
    assert view["accepted"] == {"days": 3, "working": True}
    assert view["parts"] == dict.fromkeys(
        ("/grounds", "/organisation/representative"), "confidential"
    )
    assert (view["joins"], view["updatable"], view["supersedes"]) == (False, True, None)
    assert run("types", "ping", "--json").json()["handed_over"] is None
    assert run("types", "investigation.result", "--json").json()["senders"] == ["sending"]


# --- under one memorandum --------------------------------------------------------------------


def test_the_types_under_one_memorandum_are_those_in_use_there_with_its_clauses(run):
    shown = run("types", "--peer", "np/moless")
    names = [line.split()[0] for line in shown.out.splitlines()[1:]]
    assert "inquiry.request" in names
    assert "sending-org.approval" not in names
    (statement,) = [line for line in shown.out.splitlines() if line.startswith("consultation.rep")]
    assert " 3? " in statement
    assert "nobody has compared with the signed text" in shown.err


def test_a_type_under_one_memorandum_tells_what_else_that_says_of_it(run):
    out = run("types", "return.assistance.request", "--peer", "kh/molvt").out
    assert "may be given to kh/embassy-tokyo" in out
    out = run("types", "measure.notice", "--profile", "moc-ssw/kh-jp/2019").out
    assert "permitted for the sending country within 5 working days" in out
    assert "/type is improvement-order and /target/kind is accepting-org" in out


@pytest.fixture
def elsewhere(run, tmp_path):
    """Run `gateway types` in a folder of no node, or of a node with these memoranda."""

    def types(*arguments, memoranda=()):
        path = tmp_path / "config.toml"
        if memoranda:
            node = f'name = "kh/molvt"\nenvironment = "test"\nprofiles = {list(memoranda)}\n'
            path.write_text(f"[node]\n{node}", "utf-8")
        return run("--config", str(path), "types", *arguments)

    return types


BOTH = ("moc-ssw/kh-jp/2019", "moc-ssw/np-jp/2019")


@pytest.mark.parametrize(
    ("memoranda", "whom"),
    [((), "Cambodia and Nepal"), (BOTH, "Cambodia and Nepal"), (BOTH[:1], "Cambodia")],
)
def test_a_node_of_one_memorandum_shows_the_types_as_that_has_them(elsewhere, memoranda, whom):
    shown = elsewhere(memoranda=memoranda)
    assert ("Nepal" in shown.out) is (whom != "Cambodia")
    assert ("as moc-ssw/kh-jp/2019 has it" in shown.err) is (len(memoranda) == 1)
    one = elsewhere("exam.cooperation.response", memoranda=memoranda)
    assert f"sent by        {whom}\n" in one.out


def test_who_sends_a_type_is_told_by_the_countries_of_that_memorandum(run):
    there = run("types", "exam.cooperation.response", "--peer", "np/moless").out
    assert "sent by        Nepal" in there


def test_a_program_gets_what_the_memorandum_says(run):
    view = run("types", "measure.notice", "--peer", "kh/molvt", "--json").json()
    assert view["profile"] == "moc-ssw/kh-jp/2019"
    assert view["clauses_confirmed"] is True
    assert view["publication"]["sending"]["rule"] == "permitted"
    items = run("types", "--peer", "np/moless", "--json").json()["items"]
    assert {each["profile"] for each in items} == {"moc-ssw/np-jp/2019"}


def test_a_type_that_is_not_in_use_is_not_explained(run):
    shown = run("types", "sending-org.list", "--peer", "np/moless")
    assert (shown.code, shown.out) == (4, "")
    assert "sending-org.list is not in use under moc-ssw/np-jp/2019" in shown.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--peer", "vn/dolab"], 4, "known are jp/isa, kh/molvt, np/moless"),
        (["--profile", "moc-ssw/vn-jp/2019"], 4, "are moc-ssw/kh-jp/2019, moc-ssw/np-jp/2019"),
        (["--peer", "jp/isa"], 6, "--profile: moc-ssw/kh-jp/2019, moc-ssw/np-jp/2019"),
    ],
)
def test_a_memorandum_that_is_not_clear_is_asked_for(run, arguments, code, words):
    shown = run("types", *arguments)
    assert (shown.code, shown.out) == (code, "")
    assert words in shown.err


def test_a_node_of_one_memorandum_knows_which_is_meant(run, tmp_path):
    (tmp_path / "config.toml").write_text('[node]\nname = "np/moless"\nenvironment = "test"\n')
    shown = run("--config", str(tmp_path / "config.toml"), "types", "--peer", "jp/isa", "--json")
    assert shown.json()["items"][0]["profile"] == "moc-ssw/np-jp/2019"
