"""The command line itself: help, usage errors, and what it takes literally."""

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.cli.root import SECTIONS, cli

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


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_every_command_that_gives_data_gives_it_as_json(name):
    command = COMMANDS[name]
    if not isinstance(command, click.Group):
        assert "--json" in {option for param in command.params for option in param.opts}


HEAVY = {"aiohttp", "asyncio", "cryptography", "jwt", "msgspec", "rich", "sqlite3", "structlog"}
# The configuration is checked against its schema before the socket in it is believed.
LIGHT = [(["--help"], HEAVY | {"jsonschema_rs"}), (["inbox"], HEAVY), (["show", "x"], HEAVY)]


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
        ("inbox", "--state", "lost"),
        ("outbox", "--limit", "0"),
        ("ping",),
        ("show", "0195c2a4-7b1e", "--file=-"),
        ("inbox", "--limit", "many"),
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
