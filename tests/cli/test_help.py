"""The help: whose command it is, what it does in plain words, and an example that works."""

import ast
import re
from pathlib import Path

import click
import pytest

from gateway.cli import tree
from gateway.cli.root import SECTIONS, cli
from tests.docs.test_commands import check, words_of

COMMANDS = {" ".join(each.path): each for each in tree.program().walk() if each.path}
PEOPLE = {"For officers", "For operators", "For integrators", "For everybody"}
# What the help of an officer's command does not speak of.
JARGON = re.compile(r"\b(JWS|JWE|HPKE|TLS|WAL|SQLite|socket|daemon|stdin|endpoint|payload)\b")


def test_the_overview_says_for_whom_each_command_is(run):
    finished = run("--help")
    assert set(SECTIONS) == PEOPLE
    for title, commands in SECTIONS.items():
        section = finished.out.partition(f"{title}:\n")[2].partition("\n\n")[0]
        assert re.findall(r"^  (\S+)", section, re.MULTILINE) == list(commands)


def test_no_command_stands_in_two_sections():
    names = [name for commands in SECTIONS.values() for name in commands]
    assert len(set(names)) == len(names)


def test_the_program_alone_shows_the_overview_and_is_no_command(run):
    finished = run()
    assert (finished.code, finished.out) == (2, "")
    assert "For officers:" in finished.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["sned"], "did you mean send?"),
        (["recieve"], "gateway --help lists them"),
        (["keys", "fingerprnt"], "'fingerprint'"),
        (["inbox", "--stat", "x"], "--state"),
        (["config", "chek"], "'check'"),
    ],
)
def test_a_slip_is_answered_with_the_nearest(run, typed, meant):
    finished = run(*typed)
    assert finished.code == 2
    assert meant in finished.err


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_explained_in_sentences_with_an_example_that_works(name):
    command = COMMANDS[name]
    assert command.text.endswith((".", ")", "`")), command.text
    assert command.line
    assert len(command.line) <= 90
    assert command.examples
    for line in command.examples:
        calls = re.split(r"(?<![\w/.-])gateway (?=[a-z-])", line)[1:]
        assert calls, f"{line} calls nothing"
        for call in calls:
            check(words_of(call))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name in SECTIONS["For officers"]])
def test_an_officer_is_spoken_to_in_plain_words(name):
    command = COMMANDS[name]
    texts = [command.text, command.line, *(option.help for option in command.options)]
    assert [found[0] for text in texts for found in JARGON.finditer(text)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name):
    silent = [option.names for option in COMMANDS[name].options if not option.help]
    assert silent == []


HINT = re.compile(r"`gateway ([a-z][^`]*)`|^gateway ([a-z-]+(?: [a-z-]+)?)", re.MULTILINE)


def test_every_command_that_an_error_names_exists(root):
    """What is called the command that helps must be there, in every room of the house."""
    unknown = set()
    for path in sorted((root / "gateway").rglob("*.py")):
        for found in HINT.finditer(_hints(path)):
            words = words_of(found[1] or found[2])
            if words and words[0] not in cli.list_commands(click.Context(cli)):
                unknown.add(f"{path.relative_to(root)}: gateway {words[0]}")
    assert unknown == set()


def _hints(path: Path) -> str:
    """Return the texts of the hints and mends of a module, a line each."""
    return "\n".join(
        part.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg in {"hint", "mend"}
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
