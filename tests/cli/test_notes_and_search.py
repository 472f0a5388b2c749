"""Searching, assigning and noting against real desks."""

import json

import pytest

from tests.cli.terminal import Terminal
from tests.cli.two_desks import two_desks
from tests.nodes import inquiry


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    with two_desks(tmp_path_factory.mktemp("desks")) as found:
        found.sent = found.ask()
        yield found


def test_a_search_names_the_message_and_the_place_but_not_the_content(desks):
    finished = desks.cli("kh", "search", "chan dara", "rctest00417")
    assert finished.code == 0, finished.err
    head, line = finished.out.splitlines()
    assert head.split()[0] == "ID"
    assert desks.sent["short"] in line
    assert "Persons > Person p1 > Name in Latin script" in line
    assert "CHAN DARA" not in finished.out
    assert desks.cli("kh", "inbox", "--unread").out.count(desks.sent["short"]) == 1


def test_a_search_without_a_match_says_so(desks):
    finished = desks.cli("kh", "search", "nonsense")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == "no message holds that word\n"
    finished = desks.cli("kh", "search", "chan", "nonsense")
    assert finished.err == "no message holds all of these words\n"


def test_a_search_goes_on_where_the_page_ended(desks):
    for _ in range(2):
        desks.ask()
    finished = desks.cli("kh", "search", "--limit", "1", "dara", "--zone", "JST")
    assert len(finished.out.splitlines()) == 2
    words = finished.err.split("search ")[1].split()
    assert words[:4] == ["--zone", "JST", "--limit", "1"]
    seen = [finished.out.split()[7]]
    while "there is more" in finished.err:
        finished = desks.cli("kh", "search", *finished.err.split(" search ")[1].split())
        seen.append(finished.out.splitlines()[1].split()[0])
    assert len(seen) == len(set(seen)) == 3


def test_a_search_as_json_is_one_document(desks):
    page = desks.cli("kh", "search", "dara", "--json", "--limit", "500").json()
    assert page["next"] is None
    assert page["looked_at"] >= len(page["items"]) > 0
    assert all("/body/persons/p1/name_latin" in each["matches"] for each in page["items"])


def test_words_that_look_like_options_are_found_as_words(desks):
    finished = desks.cli("kh", "search", "--", "--json", "-x")
    assert (finished.code, finished.out) == (0, "")


def test_a_matter_is_taken_on_and_given_back(desks):
    reference = desks.sent["reference"]
    finished = desks.cli("kh", "thread", reference)
    assert "Handled here by nobody" in finished.out
    take = finished.err.splitlines()[0]
    assert take.startswith("next: take it on: ")
    assert desks.cli("kh", *take.split()[-3:]).code == 0
    mine = desks.cli("kh", "thread", "--mine", "--json").json()["items"]
    assert [each["reference"] for each in mine] == [reference]
    assert desks.cli("kh", "inbox", "--mine").out.count(reference) == 1
    given = desks.cli("kh", "assign", reference, "ចាន់ ដារ៉ា")
    assert given.err == f"{reference} is handled by ចាន់ ដារ៉ា\n"
    assert desks.cli("kh", "thread", "--mine").err == "nothing is assigned to you\n"
    assert desks.cli("kh", "assign", reference, "--nobody").code == 0
    assert "Handled here by nobody" in desks.cli("kh", "thread", reference).out


def test_a_note_is_kept_from_the_line_and_from_stdin_and_told_in_the_matter(desks):
    reference = desks.sent["reference"]
    assert desks.cli("kh", "note", reference, "Call the register office.").code == 0
    assert desks.cli("kh", "note", reference, given="From stdin: ចាន់\n").code == 0
    assert desks.cli("kh", "note", reference, "-", given="And again.").code == 0
    told = desks.cli("kh", "thread", reference).out
    for text in ("Call the register office.", "From stdin: ចាន់", "And again."):
        assert text in told
    assert told.count("(internal, never sent):") == 3
    assert "(internal" not in desks.cli("jp", "thread", reference).out
    notes = json.loads(desks.cli("kh", "thread", reference, "--json").out)["notes"]
    assert len(notes) == 3


def written_by(tmp_path, text):
    """Return an editor that puts a text before what it was given, and says what that was."""
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/given\nprintf %s "{text}" > "$1.new"\n')
    with script.open("a") as file:
        file.write('cat "$1" >> "$1.new" && mv "$1.new" "$1"\n')
    script.chmod(0o700)
    return str(script)


def at_terminal(desks, tmp_path, text):
    return Terminal(
        *("--config", str(desks.config("kh")), "note", desks.sent["reference"]),
        EDITOR=written_by(tmp_path, text),
        VISUAL="",
    )


def test_at_a_terminal_a_note_is_written_in_the_editor(desks, tmp_path):
    terminal = at_terminal(desks, tmp_path, "Written at leisure.")
    assert terminal.finish() == 0, terminal.text
    assert "it stays here and is never sent" in terminal.text
    told = desks.cli("kh", "thread", desks.sent["reference"]).out
    assert "Written at leisure." in told
    assert "Write the note above" not in told
    assert "Write the note above" in (tmp_path / "given").read_text()


def test_an_editor_that_leaves_nothing_notes_nothing(desks, tmp_path):
    before = desks.cli("kh", "thread", desks.sent["reference"], "--json").json()["notes"]
    assert at_terminal(desks, tmp_path, "").finish() == 3
    after = desks.cli("kh", "thread", desks.sent["reference"], "--json").json()["notes"]
    assert after == before


@pytest.mark.parametrize("given", ["", "  \n", b"\xff\xfe"])
def test_no_note_is_no_note(desks, given):
    reference = desks.sent["reference"]
    before = desks.cli("kh", "thread", reference, "--json").json()["notes"]
    finished = desks.cli("kh", "note", reference, given=given)
    assert finished.code == 3
    assert desks.cli("kh", "thread", reference, "--json").json()["notes"] == before


def test_a_note_about_a_matter_that_is_not_there_is_not_found(desks):
    assert desks.cli("kh", "note", "JP-2026-999999", "x").code == 4


def test_what_was_flagged_is_dealt_with_from_the_matter(desks):
    thread = desks.sent["thread"]
    desks.write(
        "kh",
        lambda tx: tx._database.execute(
            "UPDATE threads SET attention = 'out-of-order' WHERE thread = ?", (thread,)
        ),
    )
    finished = desks.cli("kh", "thread", desks.sent["reference"])
    assert "Attention: out-of-order" in finished.out
    (line,) = [each for each in finished.err.splitlines() if "--attention-done" in each]
    done = desks.cli("kh", *line.split()[-3:])
    assert (done.code, done.out) == (0, "")
    assert "Attention" not in desks.cli("kh", "thread", desks.sent["reference"]).out
    again = desks.cli("kh", *line.split()[-3:])
    assert again.code == 6


def test_a_search_names_the_place_in_a_corrected_body_by_its_labels(desks):
    sent = desks.ask()
    body = inquiry()["body"]
    body["persons"]["p1"]["name_latin"] = "QUEBEC ZULU"
    draft = {"type": "correction", "in_reply_to": sent["id"]}
    draft["body"] = {"reason": {"en": "A name was wrong."}, "body": body}
    desks.send("jp", draft)
    found = desks.cli("kh", "search", "quebec")
    assert "Persons > Person p1 > Name in Latin script" in found.out, found.out + found.err
