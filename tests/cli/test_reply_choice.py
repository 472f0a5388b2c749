"""Which types an officer is offered about a message: by whose it is and how far its matter came."""

import json

import pytest

from gateway.catalogue import TYPES
from gateway.cli import reply_choice
from gateway.cli.types import known_type
from tests.cli.two_desks import two_desks
from tests.nodes import CATALOGUE

US, PEER = "kh/molvt", "jp/isa"


def place(type_name, state, *, ours=False):
    view = {"id": "0195c2a4", "type": type_name, "direction": "out" if ours else "in"}
    matter = {"kind": TYPES[type_name].opens, "state": state, "node": US, "peer": PEER}
    matter["opened_by"] = US if ours else PEER
    return reply_choice._Place(named=view, first=view, matter=matter)


OFFERED = [
    ("inquiry.request", "requested", False, {"inquiry.answer"}),
    ("inquiry.request", "answered", False, set()),
    ("inquiry.request", "requested", True, set()),
    ("irregularity.report", "accepted", False, {"investigation.status", "investigation.result"}),
    ("intermediary.report", "reported", False, {"intermediary.result"}),
    ("intermediary.report", "concluded", False, set()),
    # News stands in its matter also after the end.
    ("intermediary.report", "concluded", True, {"intermediary.update"}),
    ("consultation.propose", "proposed", False, {"consultation.reply"}),
    ("consultation.propose", "proposed", True, set()),
    ("consultation.propose", "countered", False, set()),
    ("consultation.propose", "countered", True, {"consultation.reply"}),
    ("consultation.propose", "agreed", False, {"consultation.minutes", "consultation.action"}),
    ("suspension.notice", "accepted", False, set()),
    ("suspension.notice", "accepted", True, {"suspension.amend", "suspension.lift"}),
    ("suspension.notice", "lifted", True, set()),
    ("exam.cooperation.request", "requested", False, {"exam.cooperation.response"}),
    ("exam.cooperation.request", "agreed", True, {"exam.cooperation.report"}),
    ("return.assistance.request", "in-progress", True, set()),
    ("amendment.propose", "accepted", False, {"amendment.consent"}),
    ("amendment.propose", "consented-by-both", False, set()),
    ("amendment.propose", "consented-by-both", True, {"amendment.effective"}),
    ("amendment.propose", "consented-by-other", False, set()),
    ("amendment.propose", "consented-by-other", True, {"amendment.consent"}),
    ("sending-org.list", "notified", True, {"publication.confirm"}),
]


@pytest.mark.parametrize(("type_name", "state", "ours", "expected"), OFFERED)
def test_only_what_this_side_may_send_now_is_offered(type_name, state, ours, expected):
    found = reply_choice._possible(place(type_name, state, ours=ours))
    assert {row.name for row in found if row.replies_to} == expected


WHY = [
    ("suspension.lift", place("suspension.notice", "accepted"), "is for the other side to send"),
    ("intermediary.update", place("intermediary.report", "accepted"), "is for the other side"),
    ("inquiry.answer", place("inquiry.request", "requested", ours=True), "of your own"),
    ("suspension.amend", place("suspension.notice", "lifted", ours=True), "the matter is lifted"),
    ("suspension.lift", place("inquiry.request", "requested"), "does not answer inquiry.request"),
    ("marking.change", place("inquiry.request", "requested"), "is for the other side to send"),
    ("disclosure.report", place("inquiry.request", "requested", ours=True), "of your own"),
]


@pytest.mark.parametrize(("type_name", "where", "words"), WHY)
def test_what_cannot_be_sent_there_says_why(type_name, where, words):
    assert words in str(reply_choice._why_not(known_type(type_name), where))


def test_a_report_of_disclosures_may_speak_of_any_message_of_the_other_side():
    where = place("inquiry.request", "requested")
    assert reply_choice._why_not(known_type("disclosure.report"), where) is None


def test_what_a_command_makes_is_offered_to_nobody():
    for type_name in ("inquiry.request", "consent.request"):
        for ours in (False, True):
            found = reply_choice._possible(place(type_name, "requested", ours=ours))
            assert [row.name for row in found if row.made_by] == []


@pytest.mark.parametrize("type_name", [name for name, row in TYPES.items() if row.joins])
def test_a_matter_of_a_kind_that_nobody_here_knows_is_left_to_the_node(type_name):
    unknown = place("inquiry.request", "requested", ours=True)
    unknown = reply_choice._Place(
        named=unknown.named,
        first=unknown.first,
        matter=dict(unknown.matter or {}) | {"kind": "duel", "state": "dawn"},
    )
    row = known_type(type_name)
    assert reply_choice._can_follow(row, unknown)
    assert not reply_choice._is_theirs(row, unknown)


@pytest.fixture
def desks(tmp_path):
    with two_desks(tmp_path) as desks:
        yield desks


def test_written_consent_names_the_very_wording_without_anybody_copying_its_digest(desks):
    body = CATALOGUE.bodies.example("amendment.propose")
    draft = {"type": "amendment.propose", "to": "kh/molvt", "body": body}
    proposal = desks.send("jp", draft)
    assert desks.cli("kh", "show", proposal["id"]).code == 0
    said = ("--set", "consented_on=2026-12-10", "--set", "signatory.office.en=Ministry of Labour")
    said += ("--set", "signatory.title.en=Secretary of State", "--yes")
    sent = desks.cli("kh", "reply", proposal["id"], "--type", "amendment.consent", *said)
    assert sent.code == 0, sent.err
    (thread,) = json.loads(desks.cli("kh", "thread", "--json").out)["items"]
    assert thread["state"] == "consented-by-other"
