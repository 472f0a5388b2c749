"""Completion in the real shells, on a terminal of their own; a shell that is not here is left out.

bash and zsh are typed at; fish tells what it would offer.
"""

import os
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import click
import pytest

from gateway.cli import completion, tree
from gateway.cli.root import cli
from tests.cli.conftest import CHECKOUT

SHELLS = ["bash", "fish", "zsh"]
STARTS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'\n",
    ),
    "zsh": (["zsh", "-f", "-i"], "unset zle_bracketed_paste; setopt no_beep\n"),
}
FIRST = {"bash": "", "zsh": "autoload -Uz compinit; compinit -u -D\n", "fish": ""}

# Bash is everywhere; the others are tried where they are installed.
needs = pytest.mark.parametrize(
    "shell", [name for name in SHELLS if name == "bash" or shutil.which(name)]
)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The three scripts, and a program `gateway` to ask, in a folder of their own."""
    folder = tmp_path_factory.mktemp("completion")
    for name in SHELLS:
        (folder / name).write_text(completion.script_for(name))
    program = folder / "gateway"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gateway "$@"\n')
    program.chmod(0o755)
    return folder


@pytest.fixture
def typed(scripts, tmp_path):
    """Return what a shell offers for a line, as words."""
    environment = {
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "PYTHONPATH": str(CHECKOUT),
        "HOME": str(tmp_path),
        "TERM": "dumb",
    }

    def offered(shell, line):
        if shell == "fish":
            return _fish(scripts / shell, line, tmp_path, environment)
        return _typed(shell, scripts / shell, line, tmp_path, environment)

    return offered


def _fish(script, line, folder, environment):
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {script}; complete -C $argv[1]", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return {each.partition("\t")[0].removeprefix("--state=") for each in done.stdout.splitlines()}


def _typed(shell, script, line, folder, environment):
    """Type a line and Tab twice; everything that stands on the screen afterwards was offered."""
    arguments, settings = STARTS[shell]
    number, terminal = pty.fork()
    if number == 0:  # pragma: no cover - the shell
        os.chdir(folder)
        os.execvpe(arguments[0], arguments, environment)
    try:
        termios.tcsetwinsize(terminal, (50, 500))
        _say(terminal, f"{settings}{FIRST[shell]}source {script}\nPS1='READY''> '\n")
        _until(terminal, "READY> ")
        # The last key clears the line; the shell says DONE only after all that the keys ask for.
        _say(terminal, f"{line}\t\t\x15")
        _say(terminal, "echo DO''NE\n")
        screen = _until(terminal, "\nDONE")
    finally:
        os.close(terminal)
        os.waitpid(number, 0)
    return set(re.findall(r"[^\s\a\b=]+", screen))


def _say(terminal, text):
    os.write(terminal, text.encode())


def _until(terminal, text):
    seen, deadline = "", time.monotonic() + 60
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 65536).decode(errors="replace")
    return seen


OFFERED = [
    ("gateway inb", {"inbox"}),
    ("gateway keys fing", {"fingerprint"}),
    ("gateway --json keys fing", {"fingerprint"}),
    ("gateway inbox --sta", {"--state"}),
    ("gateway inbox --state acce", {"accepted"}),
    ("gateway inbox --state=acce", {"accepted"}),
    ("gateway send inquiry.req", {"inquiry.request"}),
    ("gateway inbox --type inquiry.req", {"inquiry.request"}),
    ("gateway send inquiry.request a-bo", {"a-body.json"}),
    ("gateway --config a-bo", {"a-body.json"}),
    ("gateway --config a-body.json inb", {"inbox"}),
    ("gateway --config=a-body.json inb", {"inbox"}),
    ("gateway completion ba", {"bash"}),
]


@needs
@pytest.mark.parametrize(("line", "words"), OFFERED)
def test_a_word_is_completed(typed, tmp_path, shell, line, words):
    (tmp_path / "a-body.json").touch()
    assert words <= typed(shell, line)


@needs
def test_hidden_commands_and_other_values_are_not_offered(typed, shell):
    assert "words" not in typed(shell, "gateway completion ")
    assert "accepted" not in typed(shell, "gateway inbox --type acce")
    assert "inbox" not in typed(shell, "gateway keys ")


@needs
def test_ids_references_and_peers_come_from_the_node_of_the_line(desk, typed, shell):
    desk.answers["/v1/threads"] = (
        200,
        {"items": [{"reference": "JP-2026-000123", "kind": "inquiry", "peer": "kh/molvt"}]},
    )
    desk.answers["/v1/messages"] = (
        200,
        {"items": [{"short": "0195c2a4-7b1e", "type": "inquiry.request", "direction": "in"}]},
    )
    desk.answers["/v1/status"] = (200, {"peers": [{"node": "kh/molvt"}]})
    before = f"gateway --config {desk.config}"
    assert "JP-2026-000123" in typed(shell, f"{before} thread JP")
    assert "0195c2a4-7b1e" in typed(shell, f"{before} show 0195")
    assert "kh/molvt" in typed(shell, f"{before} inbox --from kh")


@needs
def test_a_node_that_is_down_offers_nothing_and_says_nothing(typed, config, shell):
    found = typed(shell, f"gateway --config {config} show zz")
    assert not {word for word in found if "error" in word.lower() or "Traceback" in word}


def test_what_a_node_answers_is_not_obeyed_by_the_terminal(desk, run):
    evil = "kh/\x1b]0;x\x07"
    desk.answers["/v1/status"] = (200, {"peers": [{"node": evil}]})
    finished = run("--config", str(desk.config), "completion", "words", "node")
    assert finished.code == 0
    assert finished.out == "kh/\\u001b]0;x\\u0007\tpeer\n"


@pytest.mark.parametrize("answer", [(503, {"detail": "x"}), (200, {"items": 3}), (200, b"no json")])
def test_an_answer_that_makes_no_sense_completes_nothing(desk, run, answer):
    desk.answers["/v1/threads"] = answer
    finished = run("--config", str(desk.config), "completion", "words", "id")
    assert (finished.code, finished.out, finished.err) == (0, "", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_stands_in_the_script(run, shell):
    script = run("completion", shell).out
    assert script == completion.script_for(shell)
    for command in tree.program().walk():
        for word in command.path:
            assert re.search(rf"\b{re.escape(word)}\b", script), command.path
        for option in command.options:
            for name in option.names:
                assert name.lstrip("-") in script, (command.path, name)


def test_no_script_carries_the_place_it_was_made_at(run):
    for shell in SHELLS:
        assert str(Path(sys.executable).parent) not in run("completion", shell).out


@needs
def test_the_shell_finds_no_fault_in_its_script(scripts, shell):
    subprocess.run([shell, "-n", scripts / shell], check=True, timeout=60)


def test_a_word_that_stands_for_a_value_has_one_meaning():
    """Whoever writes a new option finds its word in the table, or one that means nothing there."""
    assert {"NODE", "TYPE", "ID", "FILE"} <= set(tree.WORDS)
    words = {
        (each.word, each.kind)
        for command in tree.program().walk()
        for each in (*command.options, *command.arguments)
        if each.kind in (tree.Kind.NODE, tree.Kind.TYPE, tree.Kind.ID)
    }
    assert {re.sub(r".*[|=]", "", word): kind for word, kind in words}.items() <= tree.WORDS.items()


def test_the_tree_has_every_command_that_click_has():
    def names(group, ctx, path):
        for name in group.list_commands(ctx):
            inner = group.get_command(ctx, name)
            if not inner.hidden:
                yield (*path, name)
                if isinstance(inner, click.Group):
                    yield from names(inner, ctx, (*path, name))

    found = [each.path for each in tree.program().walk() if each.path]
    assert found == list(names(cli, click.Context(cli), ()))


@pytest.mark.parametrize("kind", ["id", "node"])
def test_a_node_that_does_not_answer_is_not_waited_for(run, config, kind):
    (config.parent / "data").mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(config.parent / "data" / "control.sock"))
        silent.listen()
        begun = time.monotonic()
        finished = run("--config", str(config), "completion", "words", kind)
        # Beside the half second a program has to start; the client's own patience is far longer.
        assert time.monotonic() - begun < 15
        silent.settimeout(0)
        silent.accept()[0].close()
    assert (finished.code, finished.out, finished.err) == (0, "", "")
