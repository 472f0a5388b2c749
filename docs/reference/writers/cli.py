"""The commands, each with its usage, options and example."""

from collections.abc import Iterator

from docs.reference.writers.markdown import block, code, codes, page, sentence, table
from gateway.cli import failure
from gateway.cli.root import SECTIONS
from gateway.cli.tree import Command, program


def write() -> str:
    """Return the page."""
    whole = program()
    commands = {each.path[0]: each for each in whole.commands}
    parts = [
        "What stands before the command is for every command. Every command has `--help`.",
        "Data goes to standard output, everything else to standard error.",
        *_about(whole),
        "Exit codes:",
        table(("Code", "Meaning"), ((int(c), text) for c, text in failure.MEANINGS.items())),
    ]
    for section, names in SECTIONS.items():
        parts.append(f"## {section}")
        rows = ((f"[{name}](#gateway-{name})", sentence(line)) for name, line in names.items())
        parts.append(table(("Command", "What it does"), rows))
        for name in names:
            for each in commands[name].walk():
                parts.append(f"### gateway {' '.join(each.path)}")
                parts += _about(each)
    return page("Command line", *parts)


def _about(command: Command) -> Iterator[str]:
    yield command.text
    yield block(" ".join(["gateway", *command.path, command.usage]))
    rows = [
        (codes(option.names), code(option.word), option.help, _more(option))
        for option in command.options
        if "--help" not in option.names
    ]
    if rows:
        yield table(("Option", "Value", "Meaning", ""), rows)
    if command.examples:
        yield block(*(f"$ {line}" for line in command.examples), kind="console")


def _more(option: object) -> str:
    facts = []
    if option.is_required:
        facts.append("required")
    if option.is_repeated:
        facts.append("may be repeated")
    if option.default is not None:
        facts.append(f"default {code(option.default)}")
    if option.variable:
        facts.append(f"variable {code(option.variable)}")
    return "; ".join(facts)
