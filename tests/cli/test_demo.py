"""The demo, and every command against its two real nodes: transcripts over sockets and TLS."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.cli import demo_bodies, demo_folder
from gateway.cli.demo_nodes import DemoNode, Running
from gateway.config import load
from gateway.errors import LocalError


def taken_up(reader, type_name):
    return [(reader, type_name, "handed-over"), (reader, type_name, "accepted")]


def published(type_name):
    """Return the steps of what Cambodia makes known and Japan makes public."""
    return [
        ("kh/molvt", type_name, "received"),
        *taken_up("jp/isa", type_name),
        ("jp/isa", "publication.confirm", "received"),
        ("kh/molvt", "publication.confirm", "handed-over"),
    ]


def asked(type_name, *answers):
    """Return the steps of what Japan asks or reports, and how Cambodia answers it."""
    return [
        ("jp/isa", type_name, "received"),
        *taken_up("kh/molvt", type_name),
        *(
            step
            for answer in answers
            for step in [("kh/molvt", answer, "received"), ("jp/isa", answer, "handed-over")]
        ),
        ("jp/isa", type_name, "answered"),
    ]


READ = re.compile(r" +everybody reads (\S+) as (\w+): (.+)")

STEPS = [
    ("jp/isa", "ping", "received"),
    *asked("inquiry.request", "inquiry.answer"),
    *published("sending-org.approval"),
    *published("sending-org.list"),
    *asked("irregularity.report", "investigation.status", "investigation.result"),
    *published("sending-org.revocation"),
    ("jp/isa", "irregularity.report", "received"),
    *taken_up("kh/molvt", "irregularity.report"),
    ("kh/molvt", "investigation.result", "received"),
    ("jp/isa", "investigation.result", "handed-over"),
    ("jp/isa", "disclose", "refused"),
    ("jp/isa", "consent.request", "received"),
    ("kh/molvt", "consent.request", "handed-over"),
    ("kh/molvt", "consent.grant", "received"),
    ("jp/isa", "consent.grant", "handed-over"),
    ("jp/isa", "disclose", "refused"),
    ("jp/isa", "disclose", "allowed"),
    ("kh/molvt", "consent.revoke", "received"),
    ("jp/isa", "consent.revoke", "handed-over"),
    ("jp/isa", "disclosure.report", "received"),
    ("kh/molvt", "disclosure.report", "handed-over"),
    ("jp/isa", "disclose", "refused"),
    *asked("exam.fraud.report", "exam.fraud.result"),
    ("jp/isa", "suspension.notice", "received"),
    *taken_up("kh/molvt", "suspension.notice"),
    *asked("return.assistance.request", "return.assistance.progress", "return.assistance.result"),
    ("jp/isa", "suspension.lift", "received"),
    ("kh/molvt", "suspension.lift", "handed-over"),
    ("jp/isa", "dispatch.anomaly", "received"),
]


class Live:
    """A demo that stays up, as a user sees it in one terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "demo", "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break

    def config(self, side: str) -> tuple[str, str]:
        return "--config", str(self.folder / side / "config.toml")

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def end(self) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        return self.process.returncode, rest


@pytest.fixture(scope="session")
def live(tmp_path_factory):
    demo = Live(tmp_path_factory.mktemp("live") / "demo")
    yield demo
    children = demo.children() if demo.process.poll() is None else []
    code, rest = demo.end()
    assert code == 0, rest
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


@pytest.fixture
def jp(run, live):
    return lambda *arguments, **given: run(*live.config("jp"), *arguments, **given)


@pytest.fixture
def kh(run, live):
    return lambda *arguments, **given: run(*live.config("kh"), *arguments, **given)


@pytest.fixture
def inquiry(jp):
    """The id of a new inquiry that Cambodia has received."""
    body = jp("template", "inquiry.request").out
    command = ("send", "inquiry.request", "-", "--to", "kh/molvt", "--yes", "--wait", "received")
    sent = jp(*command, given=body)
    assert sent.code == 0, sent.err
    return sent.out.strip()


def test_the_demo_plays_every_step_and_says_what_to_type_next(live):
    steps = [line.split() for line in live.lines if line.endswith(" ms")]
    assert len(steps) == len(STEPS), "\n".join(live.lines)
    for (node, type_name, level), words in zip(STEPS, steps, strict=True):
        assert words[1] == node
        assert words[-5:-3] == [type_name, words[-4]]
        assert words[-3] == level
    assert any(line.endswith("inbox") and "--config" in line for line in live.lines)


def test_the_demo_tells_a_labour_bureau_what_was_consented_to_and_nothing_else(live, jp):
    begin = next(at for at, line in enumerate(live.lines) if line.startswith("Clause 3"))
    said = [line.strip() for line in live.lines[begin:] if line.startswith("          ")]
    assert said[:6] == [
        "jp/labour-bureau-osaka: REFUSED, no-consent",
        "jp/labour-bureau-osaka: REFUSED, consent-fields-not-covered",
        "jp/labour-bureau-osaka: ALLOWED, consent",
        "it gets finding, measures",
        "left out: /facts, /remedies, /closed_on",
        "jp/labour-bureau-osaka: REFUSED, consent-revoked",
    ]
    ledger = jp("disclose", "list", "--to", "jp/labour-bureau-osaka", "--json").json()["items"]
    assert [(each["state"], each["reason"]) for each in reversed(ledger)] == [
        ("refused", "no-consent"),
        ("refused", "consent-fields-not-covered"),
        ("transmitted", "consent"),
        ("refused", "consent-revoked"),
    ]


def test_the_consent_officer_of_the_demo_keeps_the_key_on_no_node(live):
    held = {path.name for path in (live.folder / "officer").iterdir()}
    assert held == {"officer-1.key", "officer-1.passphrase", "engaged"}
    keys = [path.name for side in ("jp", "kh") for path in (live.folder / side / "keys").iterdir()]
    assert not any("officer" in name for name in keys)


def test_the_revocation_of_the_demo_stands_in_a_matter_of_its_own_after_the_result(jp, kh):
    (report,) = kh("inbox", "--type", "irregularity.report", "--json").json()["items"][-1:]
    (notice,) = jp("inbox", "--type", "sending-org.revocation", "--json").json()["items"][-1:]
    assert notice["thread"] == notice["id"]
    result = jp("show", "--no-content", notice["in_reply_to"], "--json").json()
    assert (result["type"], result["thread"]) == ("investigation.result", report["thread"])


def test_everybody_reads_of_an_approval_until_it_is_revoked(live):
    said = [READ.fullmatch(line).groups() for line in live.lines if "everybody reads" in line]
    (entry, _, _), *_ = said
    assert [status for other, status, _ in said if other == entry] == [
        "approved",
        "approved",
        "revoked",
    ]
    first, _, last = (members.split(", ") for other, _, members in said if other == entry)
    assert {"organisation", "licence", "scope", "approved_on"} == set(first)
    assert {"organisation", "licence", "kind", "decided_on", "effective_on"} == set(last)


def test_the_register_and_the_messages_of_the_demo_speak_of_one_organisation(jp, kh, live):
    entry = next(READ.fullmatch(line)[1] for line in live.lines if "everybody reads" in line)
    here, there = (
        node("register", "show", "sending-orgs", entry, "--json").json() for node in (jp, kh)
    )
    assert here == there
    assert [version["status"] for version in here["history"]][:2] == ["approved", "revoked"]
    licence = here["public"]["licence"]["number"]
    notice = here["history"][1]["message"]
    revoked = jp("show", notice, "--json").json()["content"]["body"]
    assert (revoked["entry"], revoked["licence"]["number"]) == (entry, licence)
    result = jp("show", "--no-content", notice, "--json").json()["in_reply_to"]
    report = jp("show", "--no-content", result, "--json").json()["thread"]
    accused = kh("show", report, "--json").json()["content"]["body"]["organisation"]
    assert accused["identifiers"] == {"kh-molvt-licence": licence}
    assert (
        accused["name"] == revoked["organisation"]["name"] == here["public"]["organisation"]["name"]
    )


def test_the_demo_ends_with_the_register_and_with_who_has_to_do_what(live):
    books = live.lines[live.lines.index("") :]
    words = [line.split() for line in books]
    assert any(row[:1] == ["so-0046"] and "suspended" in row for row in words)
    assert any(
        "kh/molvt" in row and "dispatch.anomaly" in row and row[-1] == "open" for row in words
    )
    assert [row[-1] for row in words if row[:1] == ["kh/molvt"] and row[-1] == "green"]


def test_the_lines_the_demo_prints_can_be_typed(live):
    typed = [line.strip() for line in live.lines if " --config " in line]
    assert len(typed) >= 4
    for line in typed:
        ran = subprocess.run(line, shell=True, capture_output=True, timeout=60, check=False)
        assert ran.returncode in (0, 10), (line, ran)


def test_the_inbox_lists_and_shows_the_inquiry(kh):
    (view,) = [
        each
        for each in kh("inbox", "--type", "inquiry.request", "--json").json()["items"]
        if each["state"] == "answered"
    ][-1:]
    assert view["peer"] == "jp/isa"
    shown = kh("show", view["reference"])
    assert shown.code == 0, shown.err
    assert "Inquiry (inquiry.request), from jp/isa" in shown.out
    assert "CHAN DARA" in shown.out
    assert "この登録証明書は" in shown.out
    assert view["reference"] in kh("inbox").out


def test_the_views_keep_their_names(jp):
    view = jp("outbox", "--json").json()["items"][0]
    assert {
        "id",
        "short",
        "direction",
        "peer",
        "type",
        "title",
        "thread",
        "reference",
        "in_reply_to",
        "priority",
        "marking",
        "created",
        "expires",
        "due",
        "state",
        "reached",
        "levels",
        "attention",
        "size",
        "header_digest",
        "attempts",
        "next_attempt",
        "refusal",
        "clauses",
    } <= view.keys()


def test_a_list_goes_on_where_the_page_ended(jp):
    first = jp("outbox", "--limit", "1", "--json").json()
    second = jp("outbox", "--limit", "1", "--after", first["next"], "--json").json()
    assert first["items"][0]["id"] != second["items"][0]["id"]
    assert jp("outbox", "--after", "somewhere").code == 3


def test_an_id_may_be_shortened_while_it_is_unique(jp, inquiry):
    assert jp("show", inquiry[:20], "--json").json()["id"] == inquiry
    # Eight characters hold 65 s of a UUIDv7's time. The three pings take less, so the one in the
    # middle shares them with a neighbour, wherever the turn falls.
    pings = [jp("ping", "kh/molvt", "--json").json()["id"] for _ in range(3)]
    ambiguous = jp("show", pings[1][:8])
    assert (ambiguous.code, ambiguous.out) == (6, "")
    assert "more than one" in ambiguous.err


@pytest.mark.parametrize(
    "selector", ["00000000-0000", "JP-1999-000001", "0", "../../etc", "--json", "' OR 1=1 --", "%"]
)
def test_an_unknown_id_ends_with_exit_4(jp, selector):
    finished = jp("show", "--", selector)
    assert (finished.code, finished.out) == (4, "")


def test_an_inquiry_is_read_accepted_and_answered(jp, kh, inquiry):
    shown = kh("show", inquiry)
    assert shown.code == 0
    assert kh("accept", inquiry).code == 0
    again = kh("accept", inquiry)
    assert (again.code, again.out) == (6, "")
    body = kh("template", "inquiry.answer").out
    options = ("--yes", "--wait", "received", "--note", "by post too")
    answered = kh("reply", inquiry, "-", *options, given=body)
    assert answered.code == 0, answered.err
    answer = jp("show", answered.out.strip())
    assert "Answer to an inquiry (inquiry.answer), from kh/molvt" in answer.out
    assert "Note: by post too" in answer.out
    levels = jp("show", "--no-content", inquiry, "--json").json()["levels"]
    assert all(levels[name] for name in ("received", "handed-over", "accepted", "answered"))
    thread = jp("thread", inquiry)
    assert thread.out.splitlines()[0].endswith(": inquiry with Cambodia (kh/molvt), answered")
    assert thread.out.index("Japan asked") < thread.out.index("Cambodia answered")


def test_a_look_from_outside_hands_nothing_over(jp, kh, inquiry):
    kh("inbox")
    assert kh("show", "--no-content", inquiry).code == 0
    assert jp("show", "--no-content", inquiry, "--json").json()["reached"] == "received"


def test_a_declined_inquiry_ends_the_wait_with_exit_11(jp, kh, live):
    body = jp("template", "inquiry.request").out
    command = ("send", "inquiry.request", "-", "--to", "kh/molvt", "--yes", "--wait", "accepted")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "gateway", *live.config("jp"), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    waiting.stdin.write(body)
    waiting.stdin.close()
    waiting.stdin = None
    message = waiting.stdout.readline().strip()
    deadline = time.monotonic() + 30
    while kh("show", message).code != 0:
        assert time.monotonic() < deadline
    wrong = kh("decline", message, "--yes", "--reason", "bored", "--text", "No.")
    assert (wrong.code, wrong.out) == (3, "")
    reason = ("--reason", "unknown-subject", "--text", "There is no such person.")
    assert kh("decline", message, "--yes", *reason).code == 0
    out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (11, "")
    assert "declined" in err


def test_a_wait_ends_with_exit_9_and_the_message_stays(jp):
    body = jp("template", "inquiry.request").out
    wait = ("--wait", "answered", "--timeout", "0.3")
    finished = jp("send", "inquiry.request", "-", "--to", "kh/molvt", "--yes", *wait, given=body)
    assert finished.code == 9
    assert jp("show", "--no-content", finished.out.strip()).code == 0


REFUSED = {
    "a body that does not fit": ("inquiry.request", '{"inquiry_type": "tea"}', "kh/molvt", 3),
    "an unknown type": ("inquiry.requests", "{}", "kh/molvt", 4),
    "an unknown node": ("ping", "{}", "th/nobody", 4),
    "this node itself": ("ping", "{}", "jp/isa", 4),
    "no node at all": ("ping", "{}", "Cambodia; rm -rf /", 3),
}


@pytest.mark.parametrize(("type_name", "body", "to", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_draft_that_cannot_be_sent_changes_nothing(jp, type_name, body, to, code):
    before = jp("outbox", "--all", "--json").json()["items"][0]["id"]
    finished = jp("send", type_name, "-", "--to", to, "--yes", given=body)
    assert (finished.code, finished.out) == (code, ""), finished.err
    assert finished.err.startswith("error: ")
    assert jp("outbox", "--all", "--json").json()["items"][0]["id"] == before


def test_what_does_not_fit_is_told_by_pointer(jp):
    command = ("send", "ping", "-", "--to", "kh/molvt", "--yes", "--json")
    finished = jp(*command, given='{"note": 5, "x": 1}')
    problems = json.loads(finished.err)["problems"]
    assert {problem["where"] for problem in problems} == {"/note", "/x"}


def test_a_rehearsal_sends_nothing(jp):
    before = jp("outbox", "--all", "--json").json()["items"][0]["id"]
    body = jp("template", "inquiry.request").out
    options = ("--to", "kh/molvt", "--dry-run", "--priority", "urgent")
    finished = jp("send", "inquiry.request", "-", *options, given=body)
    assert finished.code == 0
    assert "5(7)" in finished.out
    assert "urgent" in finished.out
    assert jp("outbox", "--all", "--json").json()["items"][0]["id"] == before


def test_a_ping_is_answered_by_a_signed_receipt(jp):
    finished = jp("ping", "kh/molvt")
    assert re.fullmatch(r"kh/molvt gave its signed receipt in \d+ ms\n", finished.out)
    assert jp("ping", "th/nobody").code == 4


def test_status_and_doctor_find_both_nodes_well(jp, kh):
    for node in (jp, kh):
        assert node("status").code == 0
        assert node("status", "--json").json()["store"] == "ok"
        checked = node("doctor")
        assert checked.code in (0, 10), checked.out
        assert "fail" not in {line[:4] for line in checked.out.splitlines()}


def test_peers_are_changed_only_while_the_node_is_down(jp, live):
    card = str(live.folder / "kh/keys/card.json")
    digits = jp("peers", "show", "kh/molvt", "--json").json()["fingerprint"]
    finished = jp("peers", "add", card, "--fingerprint", digits)
    assert (finished.code, finished.out) == (5, "")
    assert "running" in finished.err


def test_a_second_demo_plays_with_the_nodes_that_run(run, live):
    again = run("demo", "--once", "--folder", str(live.folder))
    assert again.code == 0, again.out
    assert again.out.count("is running already") == 2
    assert live.process.poll() is None


def test_a_demo_that_runs_is_not_reset(run, live):
    finished = run("demo", "--once", "--reset", "--folder", str(live.folder))
    assert (finished.code, finished.out) == (6, "")
    assert (live.folder / "demo.json").is_file()


def test_a_demo_ends_once_resumes_and_starts_over(run, tmp_path):
    folder = tmp_path / "demo"
    first = run("demo", "--once", "--folder", str(folder))
    # A number of a process that has ended may be a stranger's by now.
    assert list(folder.rglob("node.pid")) == []
    assert first.code == 0, first.out + first.err
    assert not DemoNode(name="jp/isa", folder=folder / "jp").is_up()
    card = (folder / "jp/keys/card.json").read_bytes()
    # A demo that was made before there were consent officers gets one when it starts again.
    shutil.rmtree(folder / "officer")
    second = run("demo", "--once", "--json", "--folder", str(folder))
    assert second.code == 0, second.out + second.err
    assert [
        (step["node"], step["type"], step["reached"]) for step in second.json()["items"]
    ] == STEPS
    assert (folder / "jp/keys/card.json").read_bytes() == card
    # What the first run revoked has left the list; what this one approved is another organisation.
    assert [(view["entry"], view["status"]) for view in second.json()["register"]["items"]] == [
        ("so-0046", "suspended"),
        ("so-0047", "revoked"),
    ]
    open_ = {(duty["message"], duty["type"]) for duty in second.json()["duties"]["items"]}
    assert sorted(type_name for _, type_name in open_) == ["dispatch.anomaly"] * 2
    third = run("demo", "--once", "--reset", "--folder", str(folder))
    assert third.code == 0, third.out + third.err
    assert (folder / "jp/keys/card.json").read_bytes() != card


def test_a_folder_that_is_no_demo_is_never_touched(run, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    for options in ((), ("--reset",)):
        finished = run("demo", "--once", "--folder", str(tmp_path), *options)
        assert (finished.code, finished.out) == (6, "")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_node_that_dies_ends_the_demo_with_its_log(tmp_path):
    demo = Live(tmp_path / "demo")
    os.kill(demo.children()[1], signal.SIGKILL)
    rest, _ = demo.process.communicate(timeout=60)
    assert demo.process.returncode == 1
    assert "error: kh/molvt ended with exit code -9" in rest
    assert "kh/molvt | {" in rest


def test_a_node_takes_no_module_from_the_current_folder(config, tmp_path, monkeypatch):
    (tmp_path / "click.py").write_text("open('poisoned', 'w')\n")
    monkeypatch.chdir(tmp_path)
    running = Running()
    running.start(DemoNode(name="jp/isa", folder=tmp_path))
    with pytest.raises(LocalError, match=r"jp/isa \| error: "):
        running.wait_until_up()
    assert not (tmp_path / "poisoned").exists()


def test_a_node_that_does_not_start_shows_the_log_of_this_start_alone(config, tmp_path):
    (tmp_path / "node.log").write_text("of yesterday\n")
    running = Running()
    running.start(DemoNode(name="jp/isa", folder=tmp_path))
    with pytest.raises(LocalError, match="jp/isa ended with exit code ") as caught:
        running.wait_until_up()
    assert "jp/isa | error: " in str(caught.value)
    assert "yesterday" not in str(caught.value)


def test_the_first_run_says_what_the_catalogue_has_as_examples():
    first = demo_bodies.Organisation(entry="so-0045", licence="TEST-045")
    assert demo_bodies.inquiry(first) == demo_bodies.example("inquiry.request")
    assert demo_bodies.approval(first) == demo_bodies.example("sending-org.approval")
    assert demo_bodies.report(first) == demo_bodies.example("irregularity.report")
    assert demo_bodies.revocation(first) == demo_bodies.example("sending-org.revocation")


@pytest.mark.parametrize(
    ("known", "new"),
    [
        ([], "so-0045"),
        (["so-0045"], "so-0047"),
        (["so-0046", "so-0101"], "so-0102"),
        (["of-somebody-else"], "so-0047"),
    ],
)
def test_each_run_approves_an_organisation_that_the_register_does_not_have(desk, known, new):
    page = {"items": [{"entry": entry, "status": "revoked"} for entry in known], "next": None}
    desk.answers["/v1/registers/sending-orgs"] = (200, page)
    keeper = DemoNode(name="kh/molvt", folder=desk.config.parent)
    assert demo_bodies.new_organisation(keeper).entry == new


def test_a_demo_of_before_there_were_public_pages_gets_some(config, tmp_path):
    table = re.compile(r"\n\[publication\]\n.*?(?=\n\[)", re.DOTALL)
    text = table.sub("", config.read_text(encoding="utf-8"))
    assert "[publication]" not in text
    folder = tmp_path / "demo"
    for side in ("jp", "kh"):
        (folder / side).mkdir(parents=True)
        (folder / side / "config.toml").write_text(text, encoding="utf-8")
    (folder / "demo.json").write_text("{}")
    for _ in range(2):
        demo = demo_folder.open_or_make(folder, print)
        for node in demo.nodes:
            assert load(node.config, {}).publication.folder == node.folder / "public"
