"""Passphrases for commands: from a file of mode 0600 or typed, never from the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.errors import LocalError

if TYPE_CHECKING:
    from gateway.config import Config

_Command = Callable[..., Any]


def file_option(name: str, text: str) -> Callable[[_Command], _Command]:
    """Return an option that names a file with a passphrase."""
    return click.option(name, type=click.Path(path_type=Path), metavar="FILE", help=text)


node_option = file_option(
    "--passphrase-file",
    "Holds the passphrase that starts the node; if not given, [passphrase] of the configuration "
    "says where it is.",
)
identity_option = file_option(
    "--identity-passphrase-file", "Holds the passphrase of the identity; asked for if not given."
)


def of_node(settings: "Config", file: Path | None) -> bytes:
    """Return the passphrase that starts the node.

    A descriptor or a systemd credential is often there for the service only: where it is not, a
    person at a terminal is asked.

    Raises:
        LocalError: It is nowhere to be had.
    """
    from gateway.passphrase import PassphraseSource, SourceKind, read_passphrase

    if file is not None:
        return read_passphrase(PassphraseSource(SourceKind.FILE, str(file)))
    try:
        return read_passphrase(settings.passphrase)
    except LocalError:
        if settings.passphrase.kind not in (SourceKind.DESCRIPTOR, SourceKind.CREDENTIAL):
            raise
        if not sys.stdin.isatty():
            raise
    return read_passphrase(PassphraseSource(SourceKind.PROMPT, "Passphrase of the node"))


def known(file: Path | None, prompt: str, option: str) -> bytes:
    """Return a passphrase that is in use already.

    Raises:
        LocalError: No file is named, and there is no terminal to ask at.
    """
    from gateway.passphrase import PassphraseSource, SourceKind, read_passphrase

    if file is not None:
        return read_passphrase(PassphraseSource(SourceKind.FILE, str(file)))
    _check_terminal(option)
    return read_passphrase(PassphraseSource(SourceKind.PROMPT, prompt))


def chosen(file: Path | None, prompt: str, option: str) -> bytes:
    """Return a new passphrase, typed twice.

    Raises:
        LocalError: The two differ, or there is no terminal to ask at.
    """
    first = known(file, prompt, option)
    # A slip of a finger here would close the keys for ever.
    if file is None and first != known(None, "The same again", option):
        raise LocalError("the two passphrases differ; nothing was changed")
    return first


def _check_terminal(option: str) -> None:
    if not sys.stdin.isatty():
        raise LocalError("there is no terminal to ask for a passphrase", hint=f"name {option}")
