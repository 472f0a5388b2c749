"""The manual page gateway(1), in the macros that every man program reads."""

import re
from collections.abc import Iterator

from gateway.cli import failure
from gateway.cli.root import SECTIONS
from gateway.cli.tree import Command, Option, program
from gateway.config.described import settings
from gateway.config.variables import FAMILIES, OTHERS

FILES = (
    ("config.toml", "The settings of the node; its other files lie beside it as a rule."),
    ("keys/", "Sealed private keys, TLS certificate and current card."),
    ("data/gateway.db", "The database; gateway.db-wal and gateway.db-shm belong to it."),
    ("data/gateway.lock", "Held while the database is open; a second node stays out."),
    ("data/control.sock", "The socket by which commands reach the running node."),
)


def write() -> str:
    """Return the page."""
    whole = program()
    commands = {each.path[0]: each for each in whole.commands}
    lines = [
        '.\\" Made from the program: .venv/bin/python -m docs.reference.generate',
        '.TH GATEWAY 1 "" "gateway" "User commands"',
        # Long choices have no spaces that could be stretched.
        ".ad l",
        ".SH NAME",
        "gateway \\- signed, sealed and acknowledged messages between contact points",
        ".SH SYNOPSIS",
        ".B gateway",
        f"{_roman(whole.usage)}",
        ".SH DESCRIPTION",
        _roman(whole.text),
        ".PP",
        "Data goes to standard output, everything else to standard error.",
        "Every command has \\fB\\-\\-help\\fR with an example.",
        ".SH OPTIONS",
        "These stand before the command.",
        *(line for option in whole.options for line in _option(option)),
    ]
    for section, names in SECTIONS.items():
        lines.append(f".SH COMMANDS {_roman(section).upper()}")
        for name in names:
            for each in commands[name].walk():
                lines += _command(each)
    lines += [".SH EXIT STATUS"]
    for number, text in failure.MEANINGS.items():
        lines += [".TP", f"\\fB{int(number)}\\fR", _roman(text[:1].upper() + text[1:] + ".")]
    lines += [".SH ENVIRONMENT"]
    for name, text in OTHERS.items():
        lines += [".TP", f"\\fB{_roman(name)}\\fR", _roman(text)]
    for beginning, text in FAMILIES.items():
        lines += [".TP", f"\\fB{_roman(beginning)}\\fR...", _roman(text)]
    lines += [".PP", "Each of these stands in for the setting of config.toml after it:"]
    for each in settings().values():
        lines += [".TP", f"\\fB{_roman(each.variable)}\\fR", f"{_roman(each.name)}"]
    lines += [".SH FILES"]
    for name, text in FILES:
        lines += [".TP", f"\\fI{_roman(name)}\\fR", _roman(text)]
    return "\n".join(lines) + "\n"


def _command(command: Command) -> Iterator[str]:
    yield f".SS gateway {_roman(' '.join(command.path))}"
    yield f"\\fBgateway {_roman(' '.join(command.path))}\\fR {_roman(command.usage)}"
    for paragraph in command.text.split("\n\n"):
        yield ".PP"
        yield _roman(paragraph)
    for option in command.options:
        if "--help" not in option.names:
            yield from _option(option)
    for line in command.examples:
        yield from (".PP", "Example:", ".PP", ".RS 4", ".nf", _roman(line), ".fi", ".RE")


def _option(option: Option) -> Iterator[str]:
    names = ", ".join(f"\\fB{_roman(name)}\\fR" for name in option.names)
    yield ".TP"
    # A long choice of words breaks after any of them.
    word = _roman(option.word).replace("|", "|\\:")
    yield f"{names} \\fI{word}\\fR" if word else names
    yield _roman(option.help)


def _roman(text: str) -> str:
    """Return a text in which nothing is a request, an escape or a typographic hyphen."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    text = text.replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^([.])", r"\\&\1", text, flags=re.MULTILINE)
