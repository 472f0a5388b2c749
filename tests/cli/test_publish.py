"""Publishing at the command line, against real desks: look, decide, and hear what became of it."""

import itertools

import pytest

from tests.cli.terminal import Terminal
from tests.cli.two_desks import two_desks
from tests.publishing import example, listed, organisations

PLACE = "https://www.ministry.example/list.html"


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    with two_desks(tmp_path_factory.mktemp("desks")) as found:
        yield found


NUMBERS = itertools.count(1)


@pytest.fixture
def approve(desks):
    """Let Cambodia approve an organisation and Japan hear of it."""

    def act(entry=None):
        # An organisation is approved once.
        entry = entry or f"so-{next(NUMBERS)}"
        licence = {"number": f"TEST-{entry}"}
        body = example("sending-org.approval", entry=entry, licence=licence)
        draft = {"type": "sending-org.approval", "to": "jp/isa", "body": body}
        return desks.send("kh", draft)

    return act


def test_nothing_to_publish_is_said(desks):
    finished = desks.cli("kh", "publications", "--overdue")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == "nothing is overdue\n"


def test_what_waits_is_listed_with_its_day_and_the_command_that_helps(desks, approve):
    sent = approve()
    finished = desks.cli("jp", "publications", "--waiting", "--zone", "UTC")
    head, line = (finished.out.splitlines()[0], finished.out.splitlines()[-1])
    assert head.split() == [
        *("ID", "REFERENCE", "TYPE", "PEER", "REGISTER", "STATE", "DUE", "PLACE"),
    ]
    assert sent["reference"] in finished.out
    assert "to be published" in line
    assert finished.err.rstrip().endswith(f"publish {line.split()[0]}")


def test_an_operator_sees_what_everybody_will_read_before_it_is_public(desks, approve):
    sent = approve()
    terminal = Terminal("--config", str(desks.config("jp")), "publish", sent["id"], "--at", PLACE)
    terminal.expect("Everybody will read this").expect("Mekong Example")
    assert "SOKHA" not in terminal.text
    terminal.expect(f"Place: {PLACE}").answer("Go on?", "n")
    assert terminal.expect("nothing was done").finish() == 1
    terminal = Terminal("--config", str(desks.config("jp")), "publish", sent["id"], "--at", PLACE)
    terminal.answer("Go on?", "y").expect("published").expect("kh/molvt is told so")
    assert terminal.finish() == 0


def test_a_script_publishes_and_gets_the_place(desks, approve):
    sent = approve()
    finished = desks.cli("jp", "publish", sent["reference"], "--at", PLACE, "--yes")
    assert (finished.code, finished.out) == (0, f"{PLACE}\n")
    assert f"{sent['reference']} published" in finished.err
    again = desks.cli("jp", "publish", sent["reference"], "--at", PLACE, "--yes")
    assert again.code == 6
    assert "was made public" in again.err
    (item, *_) = desks.cli("jp", "publications", "--json").json()["items"]
    assert (item["state"], item["place"]) == ("done", PLACE)


def test_an_approval_that_is_revoked_by_now_names_what_goes_first(desks, approve):
    sent = approve(entry="so-0099")
    licence = {"number": "TEST-so-0099"}
    body = example("sending-org.revocation", entry="so-0099", licence=licence)
    revoked = desks.send("kh", {"type": "sending-org.revocation", "to": "jp/isa", "body": body})
    terminal = Terminal("--config", str(desks.config("jp")), "publish", sent["id"], "--at", PLACE)
    terminal.expect("it is revoked by now").expect(f"publish {revoked['id'][:13]}; then")
    assert terminal.finish() == 6
    for each in (revoked, sent):
        assert desks.cli("jp", "publish", each["id"], "--at", PLACE, "-y").code == 0
    finished = desks.cli("jp", "publications")
    (line,) = [each for each in finished.out.splitlines() if sent["reference"] in each]
    assert "was published" in line


def test_the_oldest_that_waits_is_the_one_to_look_at(desks, approve):
    approve(entry="so-0101"), approve(entry="so-0102")
    oldest = desks.cli("jp", "publications", "--waiting", "--json").json()["items"][-1]
    finished = desks.cli("jp", "publications", "--waiting")
    assert finished.err.rstrip().endswith(f"publish {oldest['short']}")


def test_status_and_duties_lead_to_what_waits(desks, approve):
    approve(entry="so-0103")
    status = desks.cli("jp", "status")
    assert "publications --waiting" in status.err
    assert "waiting: " in status.out
    assert "publications --waiting" in desks.cli("jp", "duties").err
    assert "publications" not in desks.cli("jp", "duties", "--theirs").err


def test_a_publication_without_a_place_names_the_option(desks, approve):
    finished = desks.cli("jp", "publish", approve()["id"], "-y")
    assert finished.code == 3
    assert "--at" in finished.err


def test_a_refusal_names_its_reason_and_a_wrong_one_is_told_by_option(desks, approve):
    sent = approve()
    given = ("--refuse", "--text", "A court forbids it.", "-y")
    wrong = desks.cli("jp", "publish", sent["id"], *given, "--reason", "because")
    assert wrong.code == 3
    assert "--reason" in wrong.err
    finished = desks.cli("jp", "publish", sent["id"], *given, "--reason", "law")
    assert finished.code == 0
    assert "kept closed" in finished.err
    assert finished.out == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--refuse",), "--refuse needs --reason and --text"),
        (("--reason", "law"), "--reason and --text go with --refuse"),
        ((), "there is no terminal to ask at"),
    ],
)
def test_options_that_do_not_go_together_ask_nothing_of_the_node(desks, options, words):
    finished = desks.cli("jp", "publish", "01920000-0000", *options)
    assert finished.code == 2
    assert words in finished.err


def test_a_list_is_shown_entry_by_entry_with_what_it_takes_away(desks):
    for version, numbers in (("1", (1, 2)), ("2", range(1, 2))):
        body = listed(organisations(*numbers), version)
        draft = {"type": "sending-org.list", "to": "jp/isa", "body": body}
        sent = desks.send("kh", draft)
        desks.later(60)
        if version == "1":
            desks.cli("jp", "publish", sent["id"], "--at", PLACE, "-y")
    terminal = Terminal("--config", str(desks.config("jp")), "publish", sent["id"], "--at", PLACE)
    terminal.expect("so-2: no longer shown").expect("No longer shown: 1.").answer("Go on?", "n")
    assert terminal.finish() == 1


def test_what_is_not_there_is_not_published(desks):
    finished = desks.cli("jp", "publish", "01920000-0000-7000", "-y", "--at", PLACE)
    assert finished.code == 4
