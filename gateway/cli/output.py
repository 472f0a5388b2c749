"""What the program writes: data to stdout, talk to stderr, and nothing a terminal would obey."""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any, Final

import click

# C0 without newline and tab, DEL, C1 (0x9B alone starts a terminal command), the characters that
# turn the direction of a line, and lone surrogates. A peer's text must not move our cursor or
# hide a word.
_OBEYED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: object) -> str:
    """Return the text with every character a terminal would obey written as an escape."""
    return _OBEYED.sub(lambda match: f"\\u{ord(match.group()):04x}", str(text))


def inline(text: object) -> str:
    """Return the text printable and on one line."""
    return printable(text).replace("\n", "\\n").replace("\t", " ")


def data(text: str) -> None:
    """Write what was asked for."""
    click.echo(printable(text))


def talk(text: str) -> None:
    """Write what only the person at the terminal needs."""
    click.echo(printable(text), err=True)


def document(value: Any, *, error: bool = False) -> None:
    """Write one JSON document; characters a terminal would obey stand as JSON escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(printable(text), err=error)


def program() -> str:
    """Return how this program is called by its full path, ready for a shell."""
    script = Path(sys.executable).with_name("gateway")
    if script.is_file():
        return shlex.quote(str(script))
    # -P: the current folder is no place to take modules from.
    return f"{shlex.quote(sys.executable)} -P -m gateway"


# The commands that speak for one node; a test compares them with the table of commands.
OF_A_NODE: Final = (
    *("send", "inbox", "outbox", "show", "reply", "accept", "decline", "thread", "ping"),
    *("search", "assign", "note", "print", "draft", "register", "mark"),
    *("cancel", "retry", "hold", "release", "alarms"),
    *("serve", "status", "doctor", "keys", "peers", "config", "db"),
    *("relay", "duties", "consumers", "publications", "publish", "consent", "disclose"),
)
_CALL: Final = re.compile(rf"(?<![\w/.-])gateway (?=(?:{'|'.join(OF_A_NODE)})\b)")


def for_node(text: str, config: Path) -> str:
    """Return a text in which every command that is named is one on the node of `config`."""
    start = line_for(config)
    return _CALL.sub(lambda _: f"{start} ", text)


def line_for(config: Path, *words: str) -> str:
    """Return the exact line to type for a command on the node of `config`."""
    return " ".join([program(), "--config", shlex.quote(str(config)), *map(shlex.quote, words)])
