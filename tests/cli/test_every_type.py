"""Every type: its template, changed by nobody, is a message that this side may send."""

import io
import json
import re
import sys

import pytest
import structlog

from gateway import log
from gateway.catalogue import TYPES, Role
from gateway.cli.root import main
from tests.cli.two_desks import two_desks
from tests.docs.test_commands import check, words_of
from tests.nodes import CATALOGUE, OFFICER, facts
from tests.registering import example, list_parts

NODES = {"jp": "jp/isa", "kh": "kh/molvt"}
OTHER = {"jp": "kh", "kh": "jp"}
ROLES = {"jp": Role.ACCEPTING, "kh": Role.SENDING}
# What stands before a message that speaks of another one: who sent what; the first is the opening.
INQUIRY = (("jp", "inquiry.request"),)
CONSULTATION = (("jp", "consultation.propose"), ("kh", "consultation.reply"))
AMENDMENT = (("jp", "amendment.propose"), ("jp", "amendment.consent"), ("kh", "amendment.consent"))
BEFORE = {
    "inquiry.answer": ("kh", INQUIRY),
    "intermediary.update": ("jp", (("jp", "intermediary.report"),)),
    "intermediary.result": ("kh", (("jp", "intermediary.report"),)),
    "investigation.status": ("kh", (("jp", "irregularity.report"),)),
    "investigation.result": ("kh", (("jp", "irregularity.report"),)),
    "dispatch.explanation": ("kh", (("jp", "dispatch.anomaly"),)),
    "exam.fraud.result": ("kh", (("jp", "exam.fraud.report"),)),
    "consultation.reply": ("kh", CONSULTATION[:1]),
    "consultation.minutes": ("jp", CONSULTATION),
    "consultation.action": ("jp", (*CONSULTATION, ("jp", "consultation.minutes"))),
    "review.findings": ("kh", (("jp", "review.propose"),)),
    "amendment.consent": ("kh", AMENDMENT[:1]),
    "amendment.effective": ("jp", AMENDMENT),
    "list.part": ("kh", (("kh", "sending-org.list"),)),
    "publication.confirm": ("jp", (("kh", "sending-org.approval"),)),
    "exam.cooperation.response": ("kh", (("jp", "exam.cooperation.request"),)),
    "exam.cooperation.report": (
        "jp",
        (("jp", "exam.cooperation.request"), ("kh", "exam.cooperation.response")),
    ),
    "suspension.amend": ("jp", (("jp", "suspension.notice"),)),
    "suspension.lift": ("jp", (("jp", "suspension.notice"),)),
    "return.assistance.progress": ("kh", (("jp", "return.assistance.request"),)),
    "return.assistance.result": ("kh", (("jp", "return.assistance.request"),)),
    "correction": ("kh", (*INQUIRY, ("kh", "inquiry.answer"))),
    "withdrawal": ("jp", INQUIRY),
    "reminder": ("jp", INQUIRY),
    "status.request": ("jp", INQUIRY),
    "status.report": ("kh", (*INQUIRY, ("jp", "status.request"))),
    "clarification.request": ("kh", INQUIRY),
    "clarification.answer": ("jp", (*INQUIRY, ("kh", "clarification.request"))),
    "extension.request": ("kh", INQUIRY),
    "extension.answer": ("jp", (*INQUIRY, ("kh", "extension.request"))),
    "disclosure.request": ("kh", (*INQUIRY, ("kh", "inquiry.answer"))),
}
BY_COMMAND = [name for name, row in TYPES.items() if row.made_by]
BY_HAND = [name for name in TYPES if name not in BY_COMMAND]
SPEAKING = [name for name in BY_HAND if TYPES[name].joins or TYPES[name].replies_to]
BY_ITSELF = [name for name, row in TYPES.items() if row.lists]
ALONE = [name for name in BY_HAND if name not in {*SPEAKING, *BY_ITSELF}]


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    # The nodes live in this process: what they log is not what a command prints.
    log.set_up("critical", io.StringIO())
    with two_desks(tmp_path_factory.mktemp("every-type")) as desks:
        config = desks.config("kh")
        text = config.read_text("utf-8").replace('name = "jp/isa"', 'name = "kh/molvt"')
        config.write_text(text, "utf-8")
        for side in NODES:
            keys = desks.config(side).parent / "keys"
            keys.mkdir(mode=0o700)
            card = keys / "card.json"
            card.touch(mode=0o600)
            card.write_bytes(getattr(desks.pair, side).keys.card())
        yield desks
    structlog.reset_defaults()


def side_of(name):
    """Return the side that sends a type; Japan's where either may."""
    return next(side for side, role in ROLES.items() if role in TYPES[name].senders)


def body_of(name, spoken_of):
    """Return the template of a type; what names a version names the one that is spoken of.

    A list is the opening of one whose other part is the template of a part.
    """
    body = CATALOGUE.bodies.example(name)
    if name == "sending-org.list":
        return list_parts(name, [body["entries"], example("list.part")["entries"]])[0]
    if "proposal" in body and spoken_of is not None:
        body["proposal"] = {key: spoken_of[key] for key in ("id", "header_digest")}
    return body


def said(desks, side, name, spoken_of):
    """Send the template of a type and have the other side read it; return its view."""
    place = {"in_reply_to": spoken_of["id"]} if spoken_of else {"to": NODES[OTHER[side]]}
    view = desks.send(side, {"type": name, "body": body_of(name, spoken_of), **place})
    desks.do(getattr(desks.pair, OTHER[side]).desk.fetch(view["id"], OFFICER))
    return view


def place_of(desks, name):
    """Say what stands before a message of a type; return who sends it and what it speaks of."""
    side, before = BEFORE[name]
    views = {}
    for sender, earlier in before:
        views[earlier] = said(desks, sender, earlier, next(iter(views.values()), None))
    answered = [views[each] for each in TYPES[name].replies_to if each in views]
    if name == "correction":
        answered = [views["inquiry.answer"]]
    return side, (answered or list(views.values()))[0]


def sent_by(desks, side):
    """Return how much a side has sent; acknowledgements of it may come in at any time."""
    node = getattr(desks.pair, side)
    found = desks.do(facts(node, "SELECT count(*) AS n FROM messages WHERE direction = 'out'"))
    return found[0]["n"]


def test_every_type_that_speaks_of_another_is_tried_here():
    assert set(BEFORE) == set(SPEAKING)


def test_a_template_is_the_example_of_its_type(capsys, tmp_path):
    for name in BY_HAND:
        assert main(["--config", str(tmp_path / "config.toml"), "template", name]) == 0
        assert json.loads(capsys.readouterr().out) == CATALOGUE.bodies.example(name)


@pytest.mark.parametrize("name", BY_COMMAND)
def test_what_a_command_makes_is_not_written_by_hand(desks, capsys, monkeypatch, name):
    config = str(desks.config("kh"))
    for line in (("template", name), ("template", name, "--toml"), ("send", name, "-", "--yes")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
        assert main(["--config", config, *line]) == 7
        told = capsys.readouterr()
        assert told.out == ""
        assert "is not written by hand" in told.err
        assert f" {TYPES[name].made_by} ID" in told.err


def test_the_command_that_makes_a_type_is_there(capsys, tmp_path):
    for name in BY_COMMAND:
        assert main(["--config", str(tmp_path / "config.toml"), "template", name]) == 7
        (line,) = re.findall(r"gateway --config \S+ (.+)", capsys.readouterr().err)
        check(words_of(line))


def test_what_a_command_answers_is_not_replied_to_by_hand(desks, capsys):
    request = said(desks, "jp", "consent.request", None)
    reply = ["--config", str(desks.config("kh")), "reply", request["id"]]
    reply += ["--yes", "--set", "partly=false"]
    assert main(reply) == 6
    told = capsys.readouterr().err
    for command in ("--prepare FILE", f"consent deny {request['short']} --reason CODE"):
        assert command in told
    assert main([*reply, "--type", "consent.grant"]) == 7
    assert f"consent grant {request['short']} --prepare FILE" in capsys.readouterr().err


@pytest.fixture
def rehearse(desks, capsys, monkeypatch):
    """Run `gateway send TYPE - --dry-run` here, without a process: code, output and talk."""

    def run(name, given, *options, side=None):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        config = str(desks.config(side or side_of(name)))
        code = main(["--config", config, "send", name, "-", *options, "--dry-run"])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize("name", ALONE)
def test_a_template_can_be_sent_as_it_is_to_the_only_peer(desks, rehearse, name):
    side = side_of(name)
    body = json.dumps(CATALOGUE.bodies.example(name))
    if name == "card.update":
        # Only the node's own card can be sent, so its template says that one.
        body = desks.cli(side, "template", name).out
        assert json.loads(body)["card"]
    before = sent_by(desks, side)
    code, out, err = rehearse(name, body)
    assert (code, out != "") == (0, True), err
    assert NODES[OTHER[side]] in out
    assert sent_by(desks, side) == before


@pytest.mark.parametrize("name", SPEAKING)
def test_a_template_can_be_sent_in_reply_to_what_it_speaks_of(desks, rehearse, name):
    side, spoken_of = place_of(desks, name)
    body = json.dumps(body_of(name, spoken_of))
    before = sent_by(desks, side)
    code, out, err = rehearse(name, body, "--reply-to", spoken_of["id"], side=side)
    assert (code, out != "") == (0, True), err
    assert "this would be sent" in err
    assert sent_by(desks, side) == before


@pytest.mark.parametrize("name", [*SPEAKING, *BY_ITSELF, "consent.grant", "disclosure.report"])
def test_a_template_fits_even_before_it_is_said_what_it_speaks_of(rehearse, name):
    code, out, err = rehearse(name, json.dumps(CATALOGUE.bodies.example(name)))
    assert (code, out != "") == (0, True), err
    assert "--reply-to" in err
    code, out, err = rehearse(name, '{"odd": 1}')
    assert (code, out) == (3, "")
    assert "/odd" in err


@pytest.mark.parametrize("name", BY_HAND)
def test_a_template_as_a_form_fits_too(desks, rehearse, capsys, name):
    assert main(["--config", str(desks.config(side_of(name))), "template", name, "--toml"]) == 0
    code, out, err = rehearse(name, capsys.readouterr().out)
    assert (code, out != "") == (0, True), err


def test_without_a_dry_run_a_message_that_speaks_of_another_needs_it_named(desks):
    body = json.dumps(CATALOGUE.bodies.example("inquiry.answer"))
    sent = desks.cli("kh", "send", "inquiry.answer", "-", "--yes", given=body)
    assert (sent.code, sent.out) == (2, "")
    assert "gateway reply ID --type inquiry.answer" in sent.err
    kept = desks.cli("kh", "send", "inquiry.answer", "-", "--save", "x", "--dry-run", given=body)
    assert (kept.code, kept.out) == (2, "")
    listed = desks.cli("kh", "send", "acknowledgement.accepted", "-", "--yes", given='{"ids": []}')
    assert (listed.code, listed.out) == (7, "")
    assert "not written by hand" in listed.err


def test_a_reply_has_its_recipient_already(desks):
    arguments = ("--reply-to", "0195c2a4", "--to", "kh/molvt", "--dry-run")
    sent = desks.cli("jp", "send", "reminder", "-", *arguments, given="{}")
    assert (sent.code, sent.out) == (2, "")
    assert "--reply-to names the recipient and the matter already" in sent.err


@pytest.mark.parametrize("side", NODES)
def test_each_side_announces_its_own_contact_point(desks, side):
    body = desks.cli(side, "template", "contact.update").out
    assert json.loads(body)["party"] == NODES[side]
    sent = desks.cli(side, "send", "contact.update", "-", "--dry-run", given=body)
    assert (sent.code, sent.out != "") == (0, True), sent.err
