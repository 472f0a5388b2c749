"""Every command line that a page shows is one that the program takes."""

import re

import click
import pytest

from gateway.cli.root import cli
from tests.docs.pages import DOCS

ROOT = DOCS.parent
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("*/README.md")])
BLOCK = re.compile(r"^ *```(?:console|sh)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
MENTION = re.compile(r"`gateway ([^`\n]+)`")
# A container may bear the name of the program.
CALL = re.compile(r"(?<![\w/.-])(?<!--name )gateway (?=[a-z-])")
END = {"|", ">", ">>", "<", "2>", "2>>", "&", "&&", "||", ";", ")", "#", "…"}


def calls():
    """Yield every call of the program in the console blocks and in the sentences of the pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = str(page.relative_to(ROOT))
        for block in BLOCK.findall(text):
            for line in re.sub(r"\\\n\s*", "", block).splitlines():
                if line.strip().startswith("$ "):
                    for call in CALL.split(line)[1:]:
                        yield name, call
        for mention in MENTION.findall(FENCED.sub("", text)):
            yield name, mention


def words_of(call):
    """Return the words of a call up to where another command or a file begins."""
    found = []
    for word in re.findall(r"\"[^\"]*\"?|'[^']*'?|[^\s\"']+", call):
        if word in END or word.startswith((">", "2>", "<", '")')):
            break
        found.append(word.rstrip(";&)"))
        if word.endswith((")", ";")):
            break
    return found


def check(words):
    """Walk down the groups, and look for each option that is named."""
    command, context = cli, click.Context(cli, info_name="gateway", **cli.context_settings)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            options = {name: each for each in command.get_params(context) for name in each.opts}
            assert name in options, f"{command.name} has no option {name}"
            if not equals and not options[name].is_flag:
                rest[:1] = []
        elif isinstance(command, click.Group):
            inner = command.get_command(context, word)
            if inner is None and re.fullmatch(r"[A-Z|…]+|…", word):
                return
            if inner is None and command.invoke_without_command:
                # A group that does something itself takes an argument of its own.
                continue
            assert inner is not None, f"there is no command {word}"
            command, context = inner, click.Context(inner, parent=context, info_name=word)


@pytest.mark.parametrize(("page", "call"), sorted(set(calls())))
def test_a_command_line_of_a_page_is_one_of_the_program(page, call):
    check(words_of(call))
