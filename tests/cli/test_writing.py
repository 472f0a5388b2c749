"""An officer writes: at a terminal, in an editor, in parts; and what a script has to say instead.

Two real nodes, real sockets, and a real terminal for every session.
"""

import json
import re
import shlex
import sys
import time
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.cli.test_demo import Live

INQUIRY_TYPE = "inquiry.request"
TO = ("--to", "kh/molvt")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    demo = Live(tmp_path_factory.mktemp("office") / "demo")
    yield demo
    code, rest = demo.end()
    assert code == 0, rest


@pytest.fixture
def jp(run, office):
    return lambda *arguments, **given: run(*office.config("jp"), *arguments, **given)


@pytest.fixture
def kh(run, office):
    return lambda *arguments, **given: run(*office.config("kh"), *arguments, **given)


@pytest.fixture
def terminal():
    """Start commands at a terminal; whatever a test does, none of them stays."""
    started = []

    def start(*arguments, **environment):
        started.append(Terminal(*arguments, **environment))
        return started[-1]

    yield start
    for session in started:
        session.end()


@pytest.fixture
def at_jp(office, terminal):
    return lambda *arguments, **given: terminal(*office.config("jp"), *arguments, **given)


@pytest.fixture
def at_kh(office, terminal):
    return lambda *arguments, **given: terminal(*office.config("kh"), *arguments, **given)


@pytest.fixture(autouse=True)
def no_drafts_are_left(jp, kh):
    yield
    for node in (jp, kh):
        for draft in node("draft", "list", "--json").json()["items"]:
            assert node("draft", "delete", draft["name"]).code == 0


def sent(node):
    """Return the newest message that a node sent."""
    return node("outbox", "--json").json()["items"][0]


def said(node, message):
    return node("show", message, "--json").json()["content"]


def example(node, name=INQUIRY_TYPE):
    return node("template", name).out


def fill_in(session, question="Was it issued?"):
    """Answer what an inquiry needs, as shortly as possible."""
    session.answer("Type of inquiry: ", "3").answer("Text, English: ", question)
    session.answer("Japanese (optional): ").answer("Khmer (optional): ")
    session.answer("Expected answer: ", "1").answer("Another one, Question q2? [y/N]", "n")
    session.answer("Persons: fill in? [y/N]").answer("Organisations: fill in? [y/N]")
    session.answer("Documents: fill in? [y/N]").answer("Reason, English: ", "Because.")
    session.answer("Japanese (optional): ").answer("Khmer (optional): ")
    session.answer("Partial answers welcome (optional): ").answer("Note (optional): ")
    return session


# --- field by field ----------------------------------------------------------------------


def test_an_inquiry_is_asked_field_by_field_shown_and_sent(at_jp, jp):
    session = at_jp("send", INQUIRY_TYPE, *TO, "--zone", "JST")
    session.answer("Priority (optional): ", "2").answer("Wanted by (optional): ")
    fill_in(session)
    session.expect("Ministry of Labour and Vocational Training of Cambodia (kh/molvt)")
    session.expect("3rd Overseas Placement Office")
    session.expect("a new one; it gets its number when it is sent")
    session.expect("confidential: for the contact point and the signatories of that side")
    session.expect("personal data").expect("May see it there").expect("the contact point (")
    session.expect("anybody else only with our written consent")
    session.expect("urgent").expect("Answer wanted by").expect(" JST)").expect("Of no use after")
    session.expect("Text: Was it issued?").expect("Reason: Because.")
    session.answer("Send? [y/N/e(dit)/d(raft)] ", "y").expect("queued for kh/molvt as JP-")
    assert session.finish() == 0
    message = sent(jp)
    assert message["priority"] == "urgent"
    assert message["id"] in session.text
    assert said(jp, message["id"])["body"] == {
        "inquiry_type": "certification",
        "questions": {"q1": {"text": {"en": "Was it issued?"}, "expected": "bool"}},
        "reason": {"en": "Because."},
    }


def test_the_only_peer_is_taken_without_asking_for_it(at_jp):
    session = at_jp("send", INQUIRY_TYPE)
    session.answer("Priority (optional): ", "1").expect("Wanted by (optional): ")
    session.interrupt("Keep what you wrote as a draft? [Y/n]")
    assert "\nTo" not in session.text
    assert session.type("n").finish() == 1


def test_a_mistake_is_told_at_once_and_the_way_back_is_open(at_jp):
    session = at_jp("send", "ping", *TO)
    session.answer("Note (optional): ", "a" * 600)
    session.expect("Note is longer than ").answer("Note (optional): ", "?")
    session.expect("a text of up to").answer("Note (optional): ", "first")
    session.answer("Note (optional): ", "-").answer("Note [first]: ", "!")
    session.answer("Note (optional): ", "\\-").expect("Note: -").answer("Send?", "n")
    session.expect("nothing was sent")
    assert session.finish() == 1


def test_a_long_text_may_have_several_lines(at_jp, jp):
    session = at_jp("send", INQUIRY_TYPE, *TO, "--priority", "routine")
    session.answer("Wanted by (optional): ", "2099/1/1")
    session.answer("Type of inquiry: ", "law").answer("Text, English: ", "One.\\")
    session.answer("...", "Two.").answer("Japanese", "日本語").expect("Khmer (optional): ")
    session.interrupt("draft? [Y/n]").type("").answer("Its name", "long")
    assert session.finish() == 1
    draft = jp("draft", "show", "long", "--json").json()["draft"]
    assert draft["body"]["questions"]["q1"]["text"] == {"en": "One.\nTwo.", "ja": "日本語"}
    assert draft["due"] == "2099-01-02T00:00:00Z"


def test_an_answer_is_not_sent_unless_its_author_says_yes(at_jp, jp):
    before = sent(jp)["id"]
    session = at_jp("send", "ping", *TO, "--note", "x")
    session.answer("Note (optional): ").answer("Send?", "")
    assert session.finish() == 1
    assert "as a draft?" not in session.text
    assert sent(jp)["id"] == before


def test_whoever_mends_nothing_is_not_asked_whether_to_keep_it(at_jp, jp):
    session = at_jp("send", "ping", *TO, "--note", "x", "--expires", "2999-01-01T00:00:00Z")
    session.answer("Note (optional): ", "typed").answer("[e]dit it", "n").expect("nothing was sent")
    assert session.finish() == 1
    assert "as a draft?" not in session.text


def test_a_time_that_has_passed_is_refused_where_it_is_typed(at_jp):
    session = at_jp("send", INQUIRY_TYPE, *TO, "--priority", "routine")
    session.answer("Wanted by (optional): ", "2020-01-01").expect("Wanted by lies in the past")
    session.answer("Wanted by (optional): ", "").expect("Type of inquiry")
    session.interrupt("draft? [Y/n]").type("n")
    assert session.finish() == 1


def test_a_doubtful_number_is_shown_before_it_is_signed(jp):
    number = "organisations.o1.identifiers.kh-tax=12345"
    command = ("send", INQUIRY_TYPE, "-", *TO, "--set", number, "--dry-run")
    finished = jp(*command, given=example(jp))
    (line,) = [line for line in finished.out.split("\n") if "Look again" in line]
    assert "Tax number: is unlike most tax numbers, such as L001-100123456" in line


def test_a_draft_that_leaves_more_time_than_what_it_says_allows_is_shown_so(jp):
    body = jp("template", "intermediary.report").json()
    body["acts"]["a1"]["code"] = "human-rights"
    command = ("send", "intermediary.report", "-", *TO, "--priority", "routine", "--dry-run")
    finished = jp(*command, given=json.dumps(body))
    (line,) = [line for line in finished.out.split("\n") if "Look again" in line]
    assert "Priority: routine, but what it says calls for emergency" in line
    hasty = jp(*command[:-3], "--dry-run", given=json.dumps(body))
    assert "Look again" not in hasty.out
    assert "emergency" in hasty.out


def test_a_number_that_contradicts_itself_is_refused_with_its_place(jp):
    number = "organisations.o1.identifiers.jp-houjin=4011001098994"
    command = ("send", INQUIRY_TYPE, "-", *TO, "--set", number, "--dry-run")
    finished = jp(*command, given=example(jp))
    assert finished.code == 3
    assert "/organisations/o1/identifiers/jp-houjin" in finished.err
    assert "does not agree with the check digit" in finished.err


def test_of_a_file_only_the_gaps_are_asked(at_jp, jp, tmp_path):
    body = json.loads(example(jp))
    del body["reason"], body["partial_ok"]
    file = tmp_path / "inquiry.json"
    file.write_text(json.dumps(body))
    session = at_jp("send", INQUIRY_TYPE, str(file)).answer("Reason, English: ", "Because.")
    session.expect("Reason: Because.").answer("Send?", "n")
    assert session.finish() == 1
    assert "Partial answers" not in session.text
    file.write_text(json.dumps(body | {"tea": 1}))
    session = at_jp("send", INQUIRY_TYPE, str(file)).expect("/tea: is not expected here")
    session.answer("[e]dit it", "n")
    assert session.finish() == 1


# --- drafts ------------------------------------------------------------------------------


def test_ctrl_c_keeps_a_draft_that_goes_on_where_it_was_left(at_jp, jp):
    session = at_jp("send", INQUIRY_TYPE, *TO, "--priority", "urgent", "--due", "2099-01-01")
    session.answer("Type of inquiry: ", "3").answer("Text, English: ", "Was it issued?")
    session.answer("Japanese (optional): ").answer("Khmer (optional): ")
    session.answer("Expected answer: ", "1").answer("Another one, Question q2?", "n")
    session.answer("Persons: fill in? [y/N]").expect("Organisations: fill in? [y/N] ")
    session.interrupt("Keep what you wrote as a draft? [Y/n]").type("").answer(
        "Its name", "case-17"
    )
    session.expect("kept as draft case-17").expect("send --draft case-17")
    assert session.finish() == 1
    listed = jp("draft", "list")
    assert "case-17  inquiry.request  kh/molvt  " in listed.out
    shown = jp("draft", "show", "case-17")
    assert "Text: Was it issued?" in shown.out

    session = at_jp("send", "--draft", "case-17")
    session.answer("Organisations: fill in?").answer("Documents: fill in?")
    session.answer("Reason, English: ", "Because.").answer("Japanese").answer("Khmer")
    session.answer("Partial").answer("Note").expect("urgent").answer("Send?", "y")
    assert session.finish() == 0
    assert "Type of inquiry" in session.text
    assert "Type of inquiry: \n" not in session.text
    assert jp("draft", "show", "case-17").code == 4
    assert sent(jp)["due"] == "2099-01-02T00:00:00Z"


def test_a_draft_is_kept_from_a_file_and_sent_by_a_script(jp):
    saved = jp("send", INQUIRY_TYPE, "-", *TO, "--save", "script", given=example(jp))
    assert (saved.code, saved.out) == (0, "")
    before = sent(jp)["id"]
    finished = jp("send", "--draft", "script", "--set", "reason.en=Another reason.", "--yes")
    assert finished.code == 0, finished.err
    assert sent(jp)["id"] == finished.out.strip() != before
    assert said(jp, finished.out.strip())["body"]["reason"] == {"en": "Another reason."}
    assert jp("draft", "list").err.startswith("there are no drafts")


def test_a_draft_need_not_be_valid_but_what_is_sent_must_be(jp):
    unfinished = ("--set", "inquiry_type=law", "--save", "half")
    assert jp("send", INQUIRY_TYPE, *unfinished).code == 0
    finished = jp("send", "--draft", "half", *TO, "--yes")
    assert finished.code == 3
    assert "Questions (/questions): is missing" in finished.err
    assert "Reason (/reason): is missing" in finished.err
    assert jp("draft", "show", "half").code == 0


def test_a_draft_never_takes_the_place_of_another_one_by_accident(jp):
    for text in ("one", "two"):
        finished = jp("send", "ping", *TO, "--set", f"note={text}", "--save", "mine")
    assert finished.code == 6
    assert "there is a draft mine already" in finished.err
    assert jp("draft", "show", "mine", "--json").json()["draft"]["body"] == {"note": "one"}
    again = jp("send", "--draft", "mine", "--set", "note=two", "--save", "mine")
    assert again.code == 0, again.err
    assert jp("draft", "show", "mine", "--json").json()["draft"]["body"] == {"note": "two"}


@pytest.mark.parametrize("act", ["show", "delete"])
def test_a_draft_that_is_not_there_is_not_found(jp, act):
    finished = jp("draft", act, "nothing")
    assert finished.code == 4
    assert "draft list" in finished.err


# --- in an editor ------------------------------------------------------------------------


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """Return the environment of an editor that makes one change after another."""

    def make(*changes):
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        (tmp_path / "changes.json").write_text(json.dumps(changes))
        program = tmp_path / "editor.py"
        program.write_text(
            "import json, pathlib, sys\n"
            f"kept = pathlib.Path({str(tmp_path / 'changes.json')!r})\n"
            "path = pathlib.Path(sys.argv[1])\n"
            "text = path.read_text()\n"
            "first, *rest = json.loads(kept.read_text()) or [[]]\n"
            "for old, new in first:\n"
            "    assert old in text, (old, text)\n"
            "    text = text.replace(old, new, 1)\n"
            "path.write_text(text)\n"
            "kept.write_text(json.dumps(rest))\n"
        )
        return {
            "EDITOR": f"{sys.executable} {program}",
            "VISUAL": "",
            "XDG_RUNTIME_DIR": str(folder),
        }

    yield make
    run = tmp_path / "run"
    assert not run.exists() or list(run.iterdir()) == []


FILLED = [
    ['inquiry_type = ""', 'inquiry_type = "certification"'],
    ['text.en = """\n"""', 'text.en = """\nWas it "issued"?\n"""'],
    ['expected = ""', 'expected = "bool"'],
    ['reason.en = """\n"""', 'reason.en = """\nBecause.\n"""'],
]


def test_a_form_is_filled_in_in_an_editor_shown_and_sent(at_jp, jp, editor):
    session = at_jp("send", INQUIRY_TYPE, "--edit", **editor(FILLED))
    session.expect('Text: Was it "issued"?').answer("Send?", "y")
    assert session.finish() == 0
    body = said(jp, sent(jp)["id"])["body"]
    assert body["questions"]["q1"]["text"]["en"] == 'Was it "issued"?'
    assert "persons" not in body


def test_faults_lead_back_into_the_editor_at_their_lines(at_jp, editor):
    wrong = [*FILLED[:2], ['expected = ""', 'expected = "tea"'], FILLED[3]]
    mended = [["#>> Expected answer: is not one of", "# seen"], ['"tea"', '"bool"']]
    session = at_jp("send", INQUIRY_TYPE, "--edit", **editor(wrong, mended))
    session.expect("Expected answer: is not one of: bool, date, text, doc")
    session.answer("back to the editor, [q]", "").expect("Expected answer: bool")
    session.answer("Send?", "d").answer("Its name [inquiry.request-1]", "")
    assert session.finish() == 0


def test_a_form_that_cannot_be_read_is_kept_as_it_was_left_and_opened_again(at_jp, jp, editor):
    broken = [['inquiry_type = ""', 'inquiry_type = "law']]
    session = at_jp("send", INQUIRY_TYPE, "--edit", **editor(broken))
    session.expect("a quotation mark is missing").answer("[q] keep it", "q")
    session.answer("Its name", "broken")
    assert session.finish() == 0
    draft = jp("draft", "show", "broken", "--json").json()["draft"]
    assert 'inquiry_type = "law\n' in draft["form"]
    assert 'inquiry_type = "law\n' in jp("draft", "show", "broken").out

    refused = jp("send", "--draft", "broken", "--yes")
    assert refused.code == 3
    assert "send --draft broken --edit" in refused.err
    mend = [['inquiry_type = "law', 'inquiry_type = "law"'], *FILLED[1:]]
    session = at_jp("send", "--draft", "broken", **editor(mend))
    session.expect("Law and practice (law)").answer("Send?", "y")
    assert session.finish() == 0
    assert jp("draft", "show", "broken").code == 4


def test_a_form_in_a_file_is_opened_in_the_editor_with_its_faults(at_jp, jp, editor, tmp_path):
    file = tmp_path / "inquiry.toml"
    file.write_text(jp("template", INQUIRY_TYPE, "--toml").out.replace('"1999-04"', '"April"'))
    mended = [["#>> Date of birth: is not a date", "# seen"], ['"April"', '"1999-04"']]
    touched = [["A quotation mark", "Any quotation mark"]]
    command = ("send", INQUIRY_TYPE, str(file), "--edit", *TO)
    session = at_jp(*command, **editor(touched, mended))
    session.answer("back to the editor", "").expect("Date of birth: 1999-04")
    session.answer("Send?", "n")
    assert session.finish() == 1


@pytest.mark.parametrize("code", ["pass", "open(path, 'w').write('# nothing\\n')"])
def test_a_form_left_as_it_was_or_emptied_sends_nothing(at_jp, jp, tmp_path, code):
    before = sent(jp)["id"]
    program = tmp_path / "editor.py"
    program.write_text(f"import sys\npath = sys.argv[1]\n{code}\n")
    session = at_jp("send", INQUIRY_TYPE, "--edit", EDITOR=f"{sys.executable} {program}", VISUAL="")
    session.expect("so nothing is sent")
    assert session.finish() == 1
    assert sent(jp)["id"] == before


def test_from_the_review_the_way_leads_into_the_editor_and_back(at_jp, jp, editor):
    change = [["One.", "Two."]]
    session = at_jp("send", "ping", *TO, "--set", "note=One.", **editor(change, []))
    session.expect("Note: One.").answer("Send?", "e").expect("Note: Two.")
    session.answer("Send?", "e").expect("Note: Two.").answer("Send?", "y")
    session.expect("queued for kh/molvt")
    assert session.finish() == 0
    newest = jp("outbox", "--all", "--json").json()["items"][0]
    assert said(jp, newest["id"])["body"] == {"note": "Two."}


def test_a_time_that_has_passed_is_mended_in_the_editor(at_jp, editor):
    past = ("--due", "2020-01-01T00:00:00Z")
    mend = [["2020-01-01", "2099-01-01"], ["#>> Wanted by: lies in the past", "# seen"]]
    session = at_jp("send", INQUIRY_TYPE, "--edit", *TO, *past, **editor(FILLED, mend))
    session.expect("Wanted by: lies in the past").answer("back to the editor", "")
    session.expect("2099-01-01T00:00:00Z").answer("Send?", "n")
    assert session.finish() == 1


# --- replies -----------------------------------------------------------------------------


@pytest.fixture
def inquiry(jp, kh):
    """The id of an inquiry that Cambodia's officer has read."""
    finished = jp(
        *("send", INQUIRY_TYPE, "-", *TO, "--yes", "--wait", "received"), given=example(jp)
    )
    assert finished.code == 0, finished.err
    assert kh("show", finished.out.strip()).code == 0
    return finished.out.strip()


def test_an_answer_is_asked_question_by_question_with_what_was_asked(at_kh, kh, inquiry):
    session = at_kh("reply", inquiry)
    session.expect("Was this registration certificate issued by your ministry?")
    session.answer("Answer q1, Status: ", "1").answer("Value (optional): ", "true")
    session.answer("Text: fill in?").answer("Source: fill in?").answer("As of (optional): ")
    session.expect("On what date was it issued?").answer("Answer q2, Status: ", "unknown")
    session.answer("Value").answer("Text: fill in?").answer("Source: fill in?").answer("As of")
    session.answer("Final: ", "y").answer("Reason for declining: fill in?").answer("Note")
    session.expect("Matter            JP-").expect("In reply to").expect("the signatories Ministry")
    session.answer("Send?", "y")
    assert session.finish() == 0
    body = said(kh, sent(kh)["id"])["body"]
    assert body["answers"]["q1"] == {"status": "answered", "value": "true"}


def test_an_answer_in_the_editor_has_the_questions_above_its_blocks(at_kh, editor, inquiry):
    answers = [
        ["# Answer q1 Was this registration certificate", "# seen"],
        ['status = ""', 'status = "unknown"'],
        ['status = ""', 'status = "unknown"'],
        ['final = ""', "final = true"],
    ]
    session = at_kh("reply", inquiry, "--edit", **editor(answers))
    session.expect("Answer q2").answer("Send?", "y")
    assert session.finish() == 0


def test_nobody_answers_what_nobody_has_read(jp, kh, at_kh):
    finished = jp(*("send", INQUIRY_TYPE, "-", *TO, "--yes"), given=example(jp))
    message = finished.out.strip()
    deadline = time.monotonic() + 20
    while kh("show", "--no-content", message).code != 0:
        assert time.monotonic() < deadline
    session = at_kh("reply", message).expect("nobody here has read").expect("show")
    assert session.finish() == 6


def test_a_correction_begins_with_what_is_corrected(at_jp, jp, inquiry):
    changes = ("--set", "reason.en=The name was wrong.", "--set", "body.persons.p1.sex=M")
    session = at_jp("reply", inquiry, "--type", "correction", *changes)
    session.expect("Correction (correction)").expect("Corrected body:").expect("Sex: M")
    session.answer("Send?", "y")
    assert session.finish() == 0
    corrected = said(jp, sent(jp)["id"])["body"]["body"]
    original = json.loads(example(jp))
    original["persons"]["p1"]["sex"] = "M"
    assert corrected == original

    again = ("--set", "reason.en=Once more.", "--set", "body.partial_ok=no", "--yes")
    assert jp("reply", inquiry, "--type", "correction", *again).code == 0
    newest = said(jp, sent(jp)["id"])["body"]["body"]
    assert newest == original | {"partial_ok": False}


def test_a_short_form_serves_to_remind_and_to_withdraw(at_jp, jp, inquiry):
    session = at_jp("reply", inquiry, "--type", "reminder")
    session.answer("Text: fill in? [y/N]", "y").answer("Text, English: ", "It is late.")
    session.answer("Japanese").answer("Khmer").answer("Note").answer("Send?", "y")
    assert session.finish() == 0
    withdrawn = jp("reply", inquiry, "--type", "withdrawal", "--set", "reason.en=Solved.", "--yes")
    assert withdrawn.code == 0, withdrawn.err


def test_what_speaks_of_an_earlier_message_is_written_as_a_reply(at_jp, jp):
    session = at_jp("send", "reminder", *TO).expect("gateway reply ID --type reminder")
    assert session.finish() == 2
    by_itself = jp("send", "acknowledgement.accepted", "-", *TO, "--yes", given='{"ids": []}')
    assert by_itself.code == 7
    assert "is not written by hand" in by_itself.err


def test_which_of_several_types_answers_is_asked(at_kh, jp, kh):
    report = jp("template", "irregularity.report").out
    command = ("send", "irregularity.report", "-", *TO, "--yes", "--wait", "received")
    message = jp(*command, given=report).out.strip()
    assert kh("show", message).code == 0
    session = at_kh("reply", message)
    session.expect("State of an investigation (investigation.status)")
    session.answer("Which of these?", "1").expect(": ")
    assert session.interrupt("nothing was sent").finish() == 1
    refused = kh("reply", message, "-", "--yes", given="{}")
    assert refused.code == 6
    assert "investigation.status, investigation.result" in refused.err


def test_nobody_is_asked_to_fill_in_an_answer_to_its_own_inquiry(at_jp, jp, inquiry):
    session = at_jp("reply", inquiry).expect("is a message of your own")
    session.expect("1  Correction (correction)").expect("Withdrawal (withdrawal)")
    session.expect("Reminder (reminder)").answer("Which of these? ", "3").expect("Reminder. ")
    assert session.interrupt("nothing was sent").finish() == 1
    assert "Answer to an inquiry" not in session.text
    refused = jp("reply", inquiry, "-", "--yes", given="{}")
    assert refused.code == 6
    assert "is a message of your own" in refused.err
    assert "--type correction|withdrawal|reminder" in refused.err


def test_a_matter_that_is_over_takes_no_form_that_can_only_be_refused(at_kh, kh, inquiry):
    reason = ("--reason", "unknown-subject", "--text", "No such record.", "--yes")
    assert kh("decline", inquiry, *reason).code == 0
    session = at_kh("reply", inquiry).expect("is over (declined)")
    session.expect("Request for clarification").expect("Which of these? ")
    session.interrupt("stopped by the user")
    named = kh("reply", inquiry, "-", "--yes", "--type", "inquiry.answer", given="{}")
    assert named.code == 6
    assert "cannot follow" in named.err
    assert "the matter is declined" in named.err


def test_what_the_other_side_sends_is_refused_before_the_first_question(at_kh, kh):
    session = at_kh("send", "irregularity.report", "--to", "jp/isa")
    session.expect("is for Japan to send, never for kh/molvt")
    assert session.finish() == 7
    assert "Type of" not in session.text


def test_one_s_own_message_is_not_declined_and_nobody_is_asked_why(at_jp, inquiry):
    session = at_jp("decline", inquiry).expect("only the other side declines it")
    assert session.finish() == 6
    assert "Why" not in session.text


def test_a_draft_of_a_reply_is_listed_with_what_it_replies_to(jp, inquiry):
    saved = jp("reply", inquiry, "--type", "reminder", "--set", "text.en=Please.", "--save", "late")
    assert saved.code == 0, saved.err
    reference = jp("show", inquiry, "--no-content", "--json").json()["reference"]
    assert f"  {reference}  " in jp("draft", "list").out


def test_declining_asks_for_the_reason_and_shows_it_first(at_kh, kh, inquiry):
    session = at_kh("decline", inquiry)
    session.expect("unknown-subject  The person or organisation is not known here")
    session.answer("Why: ", "tea").expect("Code is not one of").answer("Why: ", "2")
    session.answer("in English, for the other side: ", "No such record.")
    session.expect("will be declined, and the matter is then over")
    session.expect("not known here (unknown-subject)")
    session.answer("Decline it? [y/N]", "n").expect("nothing was sent")
    assert session.finish() == 1
    assert kh("show", inquiry, "--json").json()["state"] == "handed-over"
    reason = ("--reason", "unknown-subject", "--text", "No such record.")
    session = at_kh("decline", inquiry, *reason).answer("Decline it? [y/N]", "y")
    assert session.finish() == 0
    assert kh("show", inquiry, "--json").json()["state"] == "declined"


# --- scripts -----------------------------------------------------------------------------


def test_a_form_from_the_template_is_sent_as_it_stands(jp, tmp_path):
    form = jp("template", INQUIRY_TYPE, "--toml").out
    file = tmp_path / "inquiry.toml"
    file.write_text(
        form.replace('to = ""', 'to = "kh/molvt"').replace('priority = ""', 'priority = "urgent"')
    )
    finished = jp("send", INQUIRY_TYPE, str(file), "--yes")
    assert finished.code == 0, finished.err
    assert sent(jp)["priority"] == "urgent"
    assert said(jp, finished.out.strip())["body"] == json.loads(example(jp))
    piped = jp("send", INQUIRY_TYPE, "-", *TO, "--dry-run", given=form)
    assert piped.code == 0, piped.err


def test_a_fault_in_a_form_is_told_by_file_line_and_label(jp, tmp_path):
    form = jp("template", INQUIRY_TYPE, "--toml").out.replace('"1999-04"', '"April"')
    file = tmp_path / "inquiry.toml"
    file.write_text(form)
    finished = jp("send", INQUIRY_TYPE, str(file), *TO, "--yes")
    line = form.split("\n").index('birth_date = "April"') + 1
    assert finished.code == 3
    assert f"{file}:{line}: Date of birth: is not a date such as 2026-03-31" in finished.err


def test_a_failing_body_names_label_and_pointer_and_the_command_that_helps(jp):
    body = example(jp).replace('"1999-04"', '"April 1999"')
    finished = jp("send", INQUIRY_TYPE, "-", *TO, "--yes", given=body)
    assert finished.code == 3
    assert (
        "  Date of birth (/persons/p1/birth_date): is not a date such as 2026-03-31" in finished.err
    )
    assert "gateway types inquiry.request" in finished.err


def test_what_only_the_node_can_judge_is_told_by_label_too(kh, inquiry):
    body = json.dumps({"answers": {"q7": {"status": "unknown"}}, "final": True})
    finished = kh("reply", inquiry, "-", "--yes", given=body)
    assert finished.code == 3
    assert "Answer q7 (/answers/q7): answers a question that was not asked" in finished.err


def test_a_script_says_for_whom_a_message_is(jp):
    finished = jp("send", INQUIRY_TYPE, "-", "--yes", given=example(jp))
    assert finished.code == 2
    assert "--to is needed" in finished.err


def test_without_a_terminal_the_words_say_what_a_script_has_to_say(jp):
    finished = jp("send", INQUIRY_TYPE, "-", *TO, given=example(jp))
    assert finished.code == 2
    assert "add --yes to send it unseen, --dry-run to have it judged" in finished.err
    asked = jp("send", INQUIRY_TYPE, *TO, "--yes")
    assert asked.code == 2
    assert "name a FILE, - for what is piped in, --draft NAME or --set" in asked.err


def test_what_needs_no_words_is_sent_by_a_script_without_a_source(jp):
    finished = jp("send", "ping", *TO, "--yes")
    assert finished.code == 0, finished.err


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (("--to", "MOLVT"), "--to: is not a node such as kh/molvt"),
        ((*TO, "--due", "2020-01-01"), "--due: lies in the past"),
        ((*TO, "--expires", "soon"), "--expires: is not a time"),
    ],
)
def test_a_fault_of_the_line_is_told_before_what_is_missing_there(jp, options, where):
    finished = jp("send", INQUIRY_TYPE, *options)
    assert finished.code == 3
    assert where in finished.err
    assert "name a FILE" not in finished.err


def test_a_wrong_time_is_told_by_its_option(jp):
    finished = jp("send", INQUIRY_TYPE, "-", *TO, "--yes", "--due", "soon", given=example(jp))
    assert finished.code == 3
    assert "--due: is not a time such as 2026-04-30T09:00:00Z" in finished.err


# --- a node that goes away ---------------------------------------------------------------

VIEW = {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10", "type": "ping", "peer": "kh/molvt"}


def test_what_was_written_survives_a_node_that_goes_away_meanwhile(desk, terminal):
    desk.answers["/v1/messages"] = (200, VIEW)
    socket = desk.config.parent / "data" / "control.sock"
    away = socket.with_name("away")
    command = ("send", "ping", *TO, "--set", "note=Written.")
    socket.rename(away)
    session = terminal("--config", str(desk.config), *command)
    session.expect("the node is not running").answer("[T]ry again, or [s]top? ", "")
    session.expect("the node is not running").expect("[T]ry again")
    away.rename(socket)
    session.type("t").expect("Note: Written.").expect("Send?")
    socket.rename(away)
    session.type("y").expect("the node is not running").expect("[T]ry again")
    away.rename(socket)
    session.type("t").expect("ping queued for kh/molvt")
    assert session.finish() == 0
    drafts = [body for _, path, body in desk.asked if "dry_run" not in path]
    assert drafts == [{"type": "ping", "to": "kh/molvt", "body": {"note": "Written."}}]


def test_whoever_gives_up_waiting_for_the_node_ends_with_exit_5(desk, terminal):
    (desk.config.parent / "data" / "control.sock").unlink()
    session = terminal("--config", str(desk.config), "send", "ping", *TO, "--set", "note=x")
    session.answer("[T]ry again, or [s]top? ", "s").expect("serve")
    assert session.finish() == 5


# --- the page ----------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-message.md"
PROMPT = re.compile(r"(?P<prompt>.*(?:\[[yY]/[nN]\]|:))(?: (?P<answer>.*))?")
CHANGING = {
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(.*JST\)": "TIME",
    r"JP-\d{4}-\d{6}": "REFERENCE",
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+": "ID",
}


def lasting(text):
    """Return a transcript without what is another thing each time."""
    for pattern, word in CHANGING.items():
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def test_the_session_on_the_page_is_what_an_officer_sees(at_jp):
    block = re.search(r"```text\n\$ gateway (.*?)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    asked, review = block[2].split("Inquiry (inquiry.request)")
    assert review
    session = at_jp(*shlex.split(block[1]), COLUMNS="88")
    for line in asked.split("\n"):
        if (found := PROMPT.fullmatch(line)) is not None:
            session.answer(found["prompt"], found["answer"] or "")
    session.answer("Send?", "y")
    assert session.finish() == 0
    assert lasting(session.text) == lasting(block[2])
