"""Passing content on at the command line, against real desks: answer, package, ledger."""

import json
import stat
from pathlib import Path

import pytest

from gateway.catalogue import Purpose
from gateway.catalogue.kinds import Caveat
from gateway.cli import disclose, disclose_words, disclosure_page, labelled
from gateway.policy import Allowed, Denied, Mode
from tests.cli.two_desks import two_desks
from tests.consenting import granted, named, terms
from tests.nodes import CATALOGUE

BUREAU = "jp/labour-bureau-osaka"
ASKED = ("--to", BUREAU, "--purpose", "ssw-operation")
BODY = CATALOGUE.bodies.example("inquiry.request")
PERSONAL = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Kept by the bureau alone.",
}


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    with two_desks(tmp_path_factory.mktemp("desks")) as found:
        yield found


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in a folder of the test: that is where packages go."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def told(desks):
    """What Cambodia has told Japan in confidence."""
    return desks.send("kh", {"type": "inquiry.request", "to": "jp/isa", "body": BODY})


@pytest.fixture
def consented(desks, told):
    """The same, with Cambodia's consent to a part of it."""
    message = named(told, "/questions", "/reason")
    given = terms("kh/molvt", "jp/isa", message, personal_data=PERSONAL)
    body = granted(desks.pair.kh.keys, given)
    offer = desks.send("kh", {"type": "consent.offer", "to": "jp/isa", "body": body})
    return {**told, "offer": offer["id"], "consent_id": given["consent_id"]}


def test_a_refusal_says_why_and_which_command_asks_for_the_consent(desks, told):
    finished = desks.cli("jp", "disclose", told["reference"], *ASKED)
    assert finished.code == 7
    assert finished.out.splitlines()[:2] == [
        f"REFUSED: {told['reference']} to Osaka Labour Bureau ({BUREAU})",
        "reason: no-consent: its originator has not consented",
    ]
    assert f"consent request {told['id']} --to {BUREAU} --purpose ssw-operation" in finished.err
    assert "of the ledger" in finished.err


def test_a_check_keeps_nothing(desks, told, tmp_path):
    before = json.loads(desks.cli("jp", "disclose", "list", "--json").out)
    finished = desks.cli("jp", "disclose", told["reference"], *ASKED, "--check")
    assert finished.code == 7
    assert "nothing was kept" in finished.err
    assert json.loads(desks.cli("jp", "disclose", "list", "--json").out) == before
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_leaves_no_folder(desks, told, tmp_path):
    out = tmp_path / "package"
    assert desks.cli("jp", "disclose", told["id"], *ASKED, "--out", str(out)).code == 7
    assert not out.exists()


def test_what_is_allowed_goes_into_a_folder_for_its_recipient_alone(desks, consented, tmp_path):
    finished = desks.cli("jp", "disclose", consented["id"], *ASKED, "--redact")
    assert finished.code == 0, finished.err
    assert finished.out.startswith(f"ALLOWED: {consented['reference']} to Osaka Labour Bureau")
    assert f"used: consent {consented['consent_id']}" in finished.out
    assert "left out: " in finished.out
    (folder,) = tmp_path.glob(f"{consented['short']}-jp-labour-bureau-osaka-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {path.suffix: path for path in folder.iterdir()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    package = json.loads(files[".json"].read_text())
    assert package["body"] == {name: BODY[name] for name in ("questions", "reason")}
    page = files[".html"].read_text()
    assert "Not to be passed on to anybody." in page
    assert "confidential" in page
    assert package["consents"][0]["consent_id"] == consented["consent_id"]
    assert package["consents"][0]["safeguards"] == PERSONAL["safeguards"]
    for words in (*PERSONAL.values(), "Operating the system", package["consents"][0]["until"]):
        assert words in page
    again = desks.cli("jp", "disclose", consented["id"], *ASKED, "--redact")
    assert again.code == 0, again.err
    assert "<script" not in page
    left_out = BODY["persons"]["p1"]["name_latin"] if "persons" in BODY else "TEST-045"
    assert left_out not in page


def test_nothing_is_written_over_and_no_consent_used_for_it(desks, consented, tmp_path):
    tmp_path.joinpath("there").mkdir()
    out = str(tmp_path / "there")
    finished = desks.cli("jp", "disclose", consented["id"], *ASKED, "--redact", "--out", out)
    assert finished.code == 6
    assert "is there already" in finished.err
    listed = desks.cli("jp", "disclose", "list", "--message", consented["id"])
    assert (listed.out, listed.err) == ("", "nothing fits\n")


def test_the_ledger_is_listed_shown_and_the_package_fetched_again(desks, consented, tmp_path):
    first = tmp_path / "first"
    made = desks.cli(
        "jp", "disclose", consented["id"], *ASKED, "--redact", "--json", "--out", str(first)
    )
    number = json.loads(made.out)["ledger"]
    listed = desks.cli("jp", "disclose", "list", "--to", BUREAU, "--message", consented["id"])
    assert listed.out.splitlines()[0].split() == [
        *("NO", "WHEN", "MESSAGE", "TO", "PURPOSE", "STATE", "REASON"),
    ]
    assert "transmitted" in listed.out
    shown = desks.cli("jp", "disclose", "show", str(number), "--out", str(tmp_path / "again"))
    assert f"number {number}: transmitted" in shown.out
    assert "reason: consent: its originator has consented" in shown.out
    name = f"disclosure-{number}.json"
    assert (tmp_path / "again" / name).read_text() == (first / name).read_text()


def test_after_a_revocation_nothing_is_fetched_and_what_was_disclosed_is_recalled(
    desks, consented, tmp_path
):
    made = desks.cli("jp", "disclose", consented["id"], *ASKED, "--redact", "--json")
    number = json.loads(made.out)["ledger"]
    body = {"consent_id": consented["consent_id"], "reason": "changed"}
    revoke = {"type": "consent.revoke", "to": "jp/isa", "body": body}
    desks.send("kh", {**revoke, "in_reply_to": consented["offer"]})
    again = desks.cli("jp", "disclose", "show", str(number), "--out", str(tmp_path / "again"))
    assert again.code == 7
    assert "consent-revoked" in again.err
    assert not (tmp_path / "again").exists()
    recalled = desks.cli("jp", "disclose", "recall", str(number))
    assert recalled.code == 0, recalled.err
    page = Path(tmp_path, recalled.out.splitlines()[1]).read_text()
    assert "Stop using it" in page
    assert "was withdrawn on" in page
    assert 'class="marking"' not in page
    assert consented["reference"] in page
    assert "Operating the system" in page
    assert list(tmp_path.glob(f"recall-{number}-jp-labour-bureau-osaka"))
    assert BODY["reason"]["en"] not in page
    report = desks.cli("jp", "disclose", "report", consented["consent_id"])
    assert (report.code, "reported to kh/molvt" in report.err) == (0, True)


def test_what_happened_outside_is_kept(desks, told):
    finished = desks.cli(
        *("jp", "disclose", "outside", told["reference"], "--to", "jp/court-osaka"),
        *("--purpose", "ssw-operation", "--text", "Handed over by order of the court.", "--yes"),
    )
    assert finished.code == 0, finished.err
    assert "kh/molvt is told by itself" in finished.err
    shown = desks.cli("jp", "disclose", "list", "--message", told["reference"])
    assert "outside" in shown.out


def test_what_happened_outside_is_not_kept_without_somebody_who_means_it(desks, told):
    finished = desks.cli(
        *("jp", "disclose", "outside", told["id"], "--to", "jp/court-osaka"),
        *("--purpose", "ssw-operation", "--text", "Handed over by order of the court."),
    )
    assert finished.code == 2
    assert "add --yes" in finished.err
    assert desks.cli("jp", "disclose", "list", "--message", told["id"]).out == ""


def test_a_condition_in_words_is_shown_with_what_meets_it_and_no_new_request(desks, told):
    given = terms(
        *("kh/molvt", "jp/isa", named(told)),
        personal_data=PERSONAL,
        conditions={"text": {"en": "Only once the worker has agreed."}},
    )
    body = granted(desks.pair.kh.keys, given)
    desks.send("kh", {"type": "consent.offer", "to": "jp/isa", "body": body})
    finished = desks.cli("jp", "disclose", told["id"], *ASKED, "--check")
    assert finished.code == 7
    assert "its condition: Only once the worker has agreed." in finished.out
    assert f" consent show {given['consent_id']}" in finished.err
    assert "the same with --conditions-met" in finished.err
    assert "consent request" not in finished.err
    met = desks.cli("jp", "disclose", told["id"], *ASKED, "--check", "--conditions-met")
    assert met.code == 0


def test_what_a_consent_does_not_cover_is_left_out_before_another_is_asked_for(desks, consented):
    finished = desks.cli("jp", "disclose", consented["id"], *ASKED, "--check")
    assert finished.code == 7
    lines = [line for line in finished.err.splitlines() if line]
    assert lines[0].startswith("next: the same with --redact")
    assert f" consent show {consented['consent_id']}" in lines[1]
    assert lines[2].startswith("or ask for a consent: ")


def test_parts_that_are_refused_for_one_reason_stand_in_one_line(desks, consented):
    finished = desks.cli("jp", "disclose", consented["id"], *ASKED, "--check")
    parts = [line for line in finished.out.splitlines() if line.startswith("  /")]
    assert len(parts) == 1
    assert "consent-fields-not-covered" in parts[0]


@pytest.mark.parametrize("command", [(), ("outside",)])
def test_a_field_that_is_no_pointer_is_told_by_its_option(desks, command):
    more = ("--text", "Words.", "--yes") if command else ()
    finished = desks.cli("jp", "disclose", *command, "KH-1", *ASKED, *more, "--field", "measures")
    assert finished.code == 2
    told_so = " ".join(finished.err.split())
    assert "'--field'" in told_so
    assert "/measures" in told_so


def test_an_unknown_recipient_is_shown_as_it_was_typed(desks, told):
    named_so = ("--to", "Osaka Office", "--purpose", "ssw-operation")
    finished = desks.cli("jp", "disclose", told["id"], *named_so, "--check")
    assert finished.out.splitlines()[0] == f"REFUSED: {told['reference']} to Osaka Office"


def test_the_ledger_of_an_organisation_that_nobody_knows_is_no_empty_list(desks):
    finished = desks.cli("jp", "disclose", "list", "--to", "jp/nobody-at-all")
    assert finished.code == 4
    assert "no such organisation" in finished.err


def test_a_refused_decision_has_nothing_to_recall(desks, told, tmp_path):
    refused = desks.cli("jp", "disclose", told["id"], *ASKED, "--json")
    number = json.loads(refused.out)["ledger"]
    finished = desks.cli("jp", "disclose", "recall", str(number))
    assert finished.code == 6
    assert f"number {number} was refused; nothing to recall" in finished.err
    assert list(tmp_path.iterdir()) == []


def test_the_parts_that_left_are_shown_and_reported_without_what_was_left_out(desks, consented):
    made = desks.cli("jp", "disclose", consented["id"], *ASKED, "--redact", "--json")
    number = json.loads(made.out)["ledger"]
    shown = desks.cli("jp", "disclose", "show", str(number))
    (parts,) = [line for line in shown.out.splitlines() if line.startswith("parts: ")]
    assert sorted(parts.removeprefix("parts: ").split(", ")) == ["/questions", "/reason"]


def test_a_name_gets_the_ids_that_may_be_meant_and_none_is_chosen(desks, told):
    named_so = ("--to", "Osaka Labour Bureau", "--purpose", "ssw-operation")
    finished = desks.cli("jp", "disclose", told["reference"], *named_so)
    assert finished.code == 7
    assert "reason: unknown-recipient" in finished.out
    assert f"{BUREAU} (Osaka Labour Bureau)" in finished.err


def test_words_of_ours_come_from_a_file(desks, told, tmp_path):
    text = tmp_path / "words.txt"
    text.write_text("A question is open.")
    paraphrase = ("--mode", "paraphrase", "--text", str(text))
    finished = desks.cli("jp", "disclose", told["reference"], *ASKED, *paraphrase)
    assert finished.code == 7
    assert "--mode paraphrase" in finished.err
    text.write_bytes(b"\xff\xfe")
    finished = desks.cli("jp", "disclose", told["reference"], *ASKED, *paraphrase)
    assert finished.code == 3
    assert "is not UTF-8" in finished.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "name the message, or one of: approve, claim, finds, list, outside"),
        (("KH-2026-000045",), "--to is needed"),
        (("KH-2026-000045", "--to", BUREAU), "--purpose is needed"),
        (("KH-2026-000045", *ASKED, "--redact", "--mode", "verbatim"), "--redact is --mode"),
        (("KH-2026-000045", *ASKED, "--text", "words.txt"), "--text goes with"),
        (("KH-2026-000045", *ASKED, "--mode", "aggregate"), "needs --table"),
        (("KH-2026-000045", *ASKED, "--check", "--out", "x"), "--out is for what leaves"),
        (("show", "seventeen"), "not a valid integer"),
    ],
)
def test_a_wrong_command_line_is_told_before_the_node_is_asked(desks, arguments, text):
    finished = desks.cli("jp", "disclose", *arguments)
    assert finished.code == 2
    assert text in " ".join(finished.err.split())


def test_every_code_of_a_decision_has_words():
    assert disclose_words.ALLOWED.keys() == {each.value for each in Allowed}
    assert disclose_words.DENIED.keys() == {each.value for each in Denied}
    assert tuple(each.value for each in Mode) == disclose.MODES


def test_every_purpose_and_caveat_has_words_on_the_page():
    assert disclosure_page.PURPOSES.keys() == {each.value for each in Purpose}
    assert disclosure_page.CAVEATS.keys() == {each.value for each in Caveat}


def test_a_disclosure_that_nobody_revoked_is_taken_back_on_the_day_of_the_recall():
    notice = {"disclosed_at": "2026-11-01", "recalled_at": "2026-11-05", "ended_at": None}
    assert "was taken back on 2026-11-05" in disclosure_page.recall(notice)


HOSTILE = '<img src=x onerror="alert(1)">\u202e</td>'


@pytest.mark.parametrize("member", ["text", "title", "name"])
def test_a_page_shows_every_text_and_obeys_none(member):
    package = {
        "ledger": 1,
        "disclosed_by": {"node": "jp/isa", "name": HOSTILE if member == "name" else "Office"},
        "to": {"org_id": BUREAU, "name": HOSTILE if member == "name" else "Bureau"},
        "source": {"type": "inquiry.request", "title": HOSTILE if member == "title" else "Inquiry"},
        "marking": {"level": "confidential", "caveats": [HOSTILE]},
        "conditions": {"onward": HOSTILE, "attribution": "may", "texts": [HOSTILE]},
        "text": HOSTILE if member == "text" else "Words.",
    }
    page = disclosure_page.disclosure(package, {})
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("</td>") == 3
    # A condition that this version does not know is taken as the strictest.
    assert "Not to be passed on to anybody." in page


def test_texts_in_the_page_bear_their_language():
    body = {"reason": {"en": "In English.", "ja": "日本語で。", "km": "ជាភាសាខ្មែរ។"}}
    package = {"source": {"type": "inquiry.request"}, "body": body}
    page = disclosure_page.disclosure(package, labelled.schema_of("inquiry.request"))
    assert '<span lang="ja">日本語で。</span>' in page
    assert '<span lang="km">' in page


def test_numbers_that_are_hidden_stay_hidden_on_the_page():
    table = {
        "cells": {"2025": {"female": "hidden", "male": 31}},
        "totals": {"rows": {"2025": 40}, "columns": {"female": "hidden", "male": 31}, "all": 40},
    }
    page = disclosure_page.disclosure({"table": table}, {})
    assert "<tr><th>2025</th><td>…</td><td>31</td><td>40</td></tr>" in page
