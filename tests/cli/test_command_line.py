"""The command line itself: help, usage errors, and what it takes literally."""

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.catalogue import ThreadState
from gateway.cli import inbox, init, outbox, output, send, thread
from gateway.cli.root import SECTIONS, cli
from gateway.envelope import Environment, Priority
from gateway.store.messages import Reached, State

NAMES = [name for commands in SECTIONS.values() for name in commands]


def _all_commands():
    context = click.Context(cli)
    for name in NAMES:
        command = cli.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            for inner, below in command.commands.items():
                yield f"{name} {inner}", below


CHECKOUT = Path(__file__).parents[2]
COMMANDS = dict(_all_commands())


def test_the_overview_names_every_command(run):
    finished = run("--help")
    assert finished.code == 0
    for name in NAMES:
        assert f"\n  {name} " in finished.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name):
    command = COMMANDS[name]
    assert command.help
    assert command.epilog.startswith("Example: ")
    assert f"gateway {name.split()[0]}" in command.epilog or name.split()[0] in command.epilog


# What they write is a log, or what the node says to somebody else.
NO_DATA = {"serve", "relay"}


@pytest.mark.parametrize("name", [each for each in COMMANDS if each not in NO_DATA])
def test_every_command_that_gives_data_gives_it_as_json(name):
    command = COMMANDS[name]
    if not isinstance(command, click.Group):
        assert "--json" in {option for param in command.params for option in param.opts}


HEAVY = {"aiohttp", "asyncio", "cryptography", "jwt", "msgspec", "rich", "sqlite3", "structlog"}
# The configuration is checked against its schema before the socket in it is believed.
LIGHT = [
    (["--help"], HEAVY | {"jsonschema_rs"}),
    (["inbox"], HEAVY | {"zoneinfo"}),
    (["inbox", "--zone", "JST", "--since", "7d"], HEAVY | {"zoneinfo"}),
    *(([*words], HEAVY) for words in (["show", "x" * 8], ["thread"], ["search", "x"])),
    *(([*words, "x" * 8], HEAVY) for words in (["print"], ["assign", "--me"], ["note"])),
]


@pytest.mark.parametrize(("arguments", "heavy"), LIGHT)
def test_nothing_heavy_is_imported_before_it_is_needed(config, arguments, heavy):
    program = (
        "import sys\n"
        "from gateway.cli import main\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(name.partition('.')[0] for name in sys.modules))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "--config", str(config), *arguments],
        capture_output=True,
        timeout=60,
        check=True,
        text=True,
        env={"PYTHONPATH": str(CHECKOUT), "PATH": ""},
    )
    assert "click" in ran.stderr.split()
    assert not heavy & set(ran.stderr.split())


def test_an_option_gives_no_passphrase_away():
    options = {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        for option in parameter.opts
    }
    assert "--passphrase-file" in options
    assert not options & {"--passphrase", "--password", "--secret", "--identity-passphrase"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("sell",),
        ("send", "ping", "-"),
        ("send",),
        ("send", "--to", "kh/molvt", "--yes"),
        ("send", "inquiry.request", "--to", "kh/molvt", "--yes"),
        ("send", "ping", "-", "--to", "kh/molvt"),
        ("send", "ping", "-", "--draft", "one", "--yes"),
        ("send", "ping", "-", "--save", "one", "--wait", "received"),
        ("reply", "0195c2a4-7b1e", "-"),
        ("reply", "0195c2a4-7b1e", "--yes"),
        ("decline", "0195c2a4-7b1e", "--reason", "law", "--text", "x"),
        ("decline", "0195c2a4-7b1e", "--yes"),
        ("inbox", "--state", "lost"),
        ("outbox", "--limit", "0"),
        ("ping",),
        ("show", "0195c2a4-7b1e", "--file=-"),
        ("inbox", "--limit", "many"),
        ("--config", "a.toml", "--config=b.toml", "inbox"),
        ("send", "ping", "-", "--to", "kh/molvt", "--dry-run", "--wait", "received"),
        ("reply", "0195c2a4-7b1e", "-", "--dry-run", "--wait", "received"),
        ("outbox", "--state", "received"),
        ("thread", "--state", "nonsense"),
        ("thread", "0195c2a4-7b1e", "--state", "answered"),
        ("thread", "0195c2a4-7b1e", "--peer", "kh/molvt"),
        ("thread", "0195c2a4-7b1e", "--after", "x"),
        ("thread", "0195c2a4-7b1e", "--limit", "50"),
    ],
)
def test_a_wrong_command_line_ends_with_exit_2(run, arguments):
    finished = run(*arguments)
    assert finished.code == 2
    assert finished.out == ""
    assert "Usage: gateway" in finished.err


def test_a_wrong_command_line_is_told_as_json_too(run):
    finished = run("inbox", "--state", "lost", "--json")
    assert finished.code == 2
    assert '"exit_code": 2' in finished.err


def test_an_option_in_the_wrong_place_is_told_where_it_stands(run):
    finished = run("inbox", "--config", "config.toml")
    assert finished.code == 2
    assert "next: it stands before the command" in finished.err


def test_the_version_is_told_whether_installed_or_not(run):
    finished = run("--version")
    assert finished.code == 0
    assert finished.out.startswith("gateway ")


def test_a_reader_that_stops_early_is_no_trouble():
    ran = subprocess.run(
        f"{shlex.quote(sys.executable)} -m gateway types inquiry.request | head -n 1",
        shell=True,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert (ran.stdout, ran.stderr.count(b"Error")) == (b"inquiry.request: Inquiry\n", 0)


def test_a_missing_configuration_ends_with_exit_4(run, tmp_path):
    finished = run("--config", str(tmp_path / "none.toml"), "inbox")
    assert (finished.code, finished.out) == (4, "")
    assert finished.err.startswith("error: there is no configuration at ")
    assert "next: " in finished.err


def test_a_wrong_configuration_is_told_by_file_and_line(run, config):
    config.write_text("[node]\nname = 'Japan'\nenvironment = 'test'\n")
    finished = run("--config", str(config), "inbox")
    assert finished.code == 3
    assert f"{config}:2: " in finished.err


def test_the_environment_chooses_the_node(run, config):
    finished = run("config", "check", GATEWAY_CONFIG=str(config))
    assert (finished.code, finished.out) == (0, f"{config} is valid\n")


def test_a_node_that_is_down_is_told_with_the_line_that_starts_it(run, config):
    finished = run("--config", str(config), "inbox")
    assert (finished.code, finished.out) == (5, "")
    first, second = finished.err.splitlines()
    assert first == "error: the node is not running"
    assert second.endswith(f"gateway --config {config} serve")


def test_a_node_that_is_down_is_told_as_json(run, config):
    finished = run("--config", str(config), "status", "--json")
    assert finished.code == 5
    assert '"code": "unavailable"' in finished.err


@pytest.mark.parametrize(
    "selector",
    ["--json", "--config=/etc/passwd", "-", "../../status", "'; DROP TABLE message; --", "a b\n"],
)
def test_an_id_is_taken_literally_whatever_it_looks_like(run, desk, selector):
    finished = run("--config", str(desk.config), "show", "--no-content", "--", selector)
    assert finished.code == 1
    ((method, path, _),) = desk.asked
    assert method == "GET"
    assert path.startswith("/v1/messages/")
    assert path.count("/") == 3


def choices(command, option):
    (found,) = [each for each in command.params if option in each.opts]
    return list(found.type.choices)


RECEIVED = {
    State.RECEIVED,
    State.HANDED_OVER,
    State.ACCEPTED,
    State.DECLINED,
    State.ANSWERED,
}

WORDS = [
    (inbox.command, "--state", RECEIVED),
    (outbox.command, "--state", set(State) - RECEIVED),
    # No matter is a control thread.
    (thread.command, "--state", set(ThreadState) - {ThreadState.OPEN}),
    (send.command, "--priority", set(Priority)),
    # To wait for a refusal is to wait for an end, which every wait does.
    (send.command, "--wait", set(Reached) - {Reached.DECLINED}),
    (init.command, "--environment", set(Environment)),
]


@pytest.mark.parametrize(("command", "option", "words"), WORDS)
def test_the_words_of_an_option_are_those_of_the_rules(command, option, words):
    assert set(choices(command, option)) == {word.value for word in words}


def test_the_commands_that_speak_for_a_node_are_all_but_seven():
    others = {"types", "template", "codes", "parties", "demo", "init", "completion"}
    assert set(NAMES) - set(output.OF_A_NODE) == others
    assert set(output.OF_A_NODE) <= set(NAMES)


SELECTING = [
    ("show",),
    ("accept",),
    ("thread",),
    ("print",),
    ("assign", "--me"),
    ("note",),
    ("cancel",),
    ("retry",),
    ("hold",),
    ("release",),
    ("decline", "--reason", "law", "--text", "x"),
]


@pytest.mark.parametrize("command", SELECTING)
@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("", "an id needs 8 characters, a reference looks like JP-2026-000123"),
        ("a" * 100_000, "no id has 100000 characters"),
    ],
)
def test_what_can_be_no_id_is_not_found_without_asking(run, desk, command, selector, words):
    finished = run("--config", str(desk.config), *command, "--", selector)
    assert (finished.code, finished.out) == (4, "")
    assert words in finished.err
    assert len(finished.err) < 1000
    assert desk.asked == []


@pytest.mark.parametrize("box", ["inbox", "outbox"])
def test_a_type_that_is_none_is_not_found(run, desk, box):
    finished = run("--config", str(desk.config), box, "--type", "nonsense")
    assert (finished.code, finished.out) == (4, "")
    assert "gateway types" in finished.err
    assert desk.asked == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("inbox",), "inbox is empty"),
        (("inbox", "--all"), "inbox is empty"),
        (("inbox", "--from", "kh/molvt"), "nothing fits"),
        (("inbox", "--after", "7"), "nothing fits"),
        (("outbox", "--type", "ping"), "nothing fits"),
        (("outbox",), "outbox is empty"),
        (("thread",), "there are no threads yet"),
        (("thread", "--state", "answered"), "nothing fits"),
    ],
)
def test_an_empty_list_says_whether_a_filter_is_the_cause(run, desk, arguments, words):
    page = (200, {"items": [], "next": None})
    desk.answers |= {"/v1/messages": page, "/v1/threads": page}
    finished = run("--config", str(desk.config), *arguments)
    assert (finished.code, finished.out, finished.err) == (0, "", f"{words}\n")


def test_the_line_for_the_next_page_asks_the_same_of_the_same_node(run, desk):
    desk.answers["/v1/messages"] = (200, {"items": [{"short": "0195c2a4-7b1e"}], "next": "7"})
    filters = ("--all", "--from", "kh/molvt", "--type", "ping", "--state", "received")
    finished = run("--config", str(desk.config), "inbox", *filters, "--limit", "1")
    line = finished.err.removeprefix("there is more: ")
    words = ["--config", str(desk.config), "inbox", *filters, "--limit", "1", "--after", "7"]
    assert shlex.split(line)[-len(words) :] == words


def test_the_line_for_the_next_page_is_short_where_the_node_is_known(run, desk):
    desk.answers["/v1/threads"] = (200, {"items": [{"short": "0195c2a4-7b1e"}], "next": "7"})
    finished = run("thread", GATEWAY_CONFIG=str(desk.config))
    assert finished.err == "there is more: gateway thread --after 7\n"


def test_the_next_step_is_one_on_the_same_node(run, desk):
    answer = {"detail": "no", "exit_code": 4, "hint": "gateway inbox; `gateway types`; a gateway"}
    desk.answers["/v1/messages/0195c2a4"] = (404, answer)
    finished = run("--config", str(desk.config), "show", "--no-content", "0195c2a4")
    line = output.line_for(desk.config, "inbox")
    assert finished.err == f"error: no\nnext: {line}; `gateway types`; a gateway\n"
    known = run("show", "--no-content", "0195c2a4", GATEWAY_CONFIG=str(desk.config))
    assert known.err == f"error: no\nnext: {answer['hint']}\n"


def test_a_declining_is_refused_by_the_names_of_its_options(run, desk):
    problems = [
        {"where": "/reason/code", "text": "is none"},
        {"where": "/reason/text/en", "text": "is too long"},
        {"where": "/text", "text": "is missing"},
    ]
    answer = {"detail": "no", "exit_code": 3, "problems": problems}
    desk.answers["/v1/messages/0195c2a4/decline"] = (422, answer)
    reason = ("--reason=x", "--text=", "--yes")
    finished = run("--config", str(desk.config), "decline", "0195c2a4", *reason)
    assert finished.code == 3
    assert finished.err.splitlines()[1:4] == [
        "  --reason: is none",
        "  --text: is too long",
        "  --text: is missing",
    ]


def test_a_text_that_is_not_utf_8_is_refused_without_asking(run, desk):
    text = b"\xff".decode(errors="surrogateescape")
    reason = ("--yes", "--reason", "law", "--text", text)
    finished = run("--config", str(desk.config), "decline", "0195c2a4", *reason)
    assert finished.code == 3
    assert "not UTF-8" in finished.err
    assert desk.asked == []


def test_an_acceptance_says_when_the_answer_is_due_and_starts_no_clock(run, desk):
    view = {"id": "0195c2a4", "type": "inquiry.request", "peer": "jp/isa", "due": "2026-04-30"}
    desk.answers["/v1/messages/0195c2a4/accept"] = (200, view)
    finished = run("--config", str(desk.config), "accept", "0195c2a4")
    assert "; the answer is due 2026-04-30\n" in finished.err
    desk.answers["/v1/messages/0195c2a4/accept"] = (200, view | {"due": "2026-04-30T09:00:00Z"})
    there = run("--config", str(desk.config), "accept", "0195c2a4", "--zone", "JST")
    assert "; the answer is due 2026-04-30T09:00:00Z (18:00 JST)\n" in there.err
    assert "clock" not in run("accept", "--help").out + run("--help").out
