"""Publishing at the command line, against real desks: look, decide, and hear what became of it."""

import pytest

from tests.cli.terminal import Terminal
from tests.cli.two_desks import two_desks
from tests.publishing import example, listed, organisations

PLACE = "https://www.ministry.example/list.html"


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    with two_desks(tmp_path_factory.mktemp("desks")) as found:
        yield found


@pytest.fixture
def approve(desks):
    """Let Cambodia approve an organisation and Japan hear of it."""

    def act(entry="so-0045"):
        body = example("sending-org.approval", entry=entry)
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
    assert finished.err.rstrip().endswith(f"publish {finished.out.splitlines()[1].split()[0]}")


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
