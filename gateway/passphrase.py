"""Where the passphrase of the private keys comes from; never a flag, which every process could see.

A file (rights as in `private_files`), an inherited descriptor, a systemd credential or a prompt.
"""

import getpass
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway import private_files
from gateway.errors import ExitCode, LocalError


class SourceKind(StrEnum):
    """The four ways to hand over a passphrase."""

    FILE = "file"
    DESCRIPTOR = "descriptor"
    CREDENTIAL = "credential"
    PROMPT = "prompt"


class PassphraseError(LocalError):
    """No usable passphrase came from the source; no key has been touched."""

    exit_code = ExitCode.INVALID


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """One source: a path, a descriptor's number, a credential's name, or the prompt's text."""

    kind: SourceKind
    value: str


def read_passphrase(source: PassphraseSource) -> bytes:
    """Read the passphrase to its end, without the line end that editors and `echo` add.

    Raises:
        PassphraseError: The source is missing or closed, or it gave nothing.
        PrivateFileError: The file could be read by others, or is a link.
    """
    passphrase = _raw(source).removesuffix(b"\n").removesuffix(b"\r")
    if not passphrase:
        raise PassphraseError(f"the passphrase from {source.kind} {source.value} is empty")
    if b"\n" in passphrase or b"\0" in passphrase:
        raise PassphraseError(
            f"the passphrase from {source.kind} {source.value} is more than one line of text"
        )
    return passphrase


def again(source: PassphraseSource, passphrase: bytes) -> Callable[[], bytes]:
    """Return a way to the passphrase for later in the life of the program.

    A file or a credential is read anew. What a person typed, or a descriptor gave once, is kept:
    the keys that it opens are in this memory anyway. See decision 15.
    """
    if source.kind in (SourceKind.FILE, SourceKind.CREDENTIAL):
        return lambda: read_passphrase(source)
    return lambda: passphrase


def _raw(source: PassphraseSource) -> bytes:
    match source.kind:
        case SourceKind.FILE:
            return private_files.read(Path(source.value))
        case SourceKind.DESCRIPTOR:
            return _from_descriptor(source.value)
        case SourceKind.CREDENTIAL:
            return _from_credential(source.value)
        case SourceKind.PROMPT:
            return _from_prompt(source.value)


def _from_descriptor(number: str) -> bytes:
    try:
        descriptor = int(number)
        try:
            return private_files.read_limited(descriptor, f"descriptor {number}")
        finally:
            # Read once: a child process must not inherit what is left of it.
            os.close(descriptor)
    except (ValueError, OSError):
        raise PassphraseError(
            f"descriptor {number} cannot be read",
            hint=f"pass it open, such as {number}</path/to/file",
        ) from None


def _from_credential(name: str) -> bytes:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise PassphraseError(
            f"there is no credential {name}: CREDENTIALS_DIRECTORY is not set",
            hint=f"start the node as a systemd service with LoadCredentialEncrypted={name}:...",
        )
    # systemd guards this directory itself and may grant access by ACL, with another owner and a
    # mode that looks too wide: our own rule about owner and mode does not fit here.
    try:
        descriptor = os.open(Path(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise PassphraseError(
            f"credential {name} cannot be opened: {os.strerror(error.errno or 0)}"
        ) from None
    try:
        return private_files.read_limited(descriptor, f"credential {name}")
    finally:
        os.close(descriptor)


def _from_prompt(text: str) -> bytes:
    if not sys.stdin.isatty():
        raise PassphraseError(
            "there is no terminal to ask for the passphrase",
            hint="name a file, a descriptor or a credential under [passphrase] in the config",
        )
    try:
        # The bytes that were typed, whatever the locale: they must open the files elsewhere too.
        return os.fsencode(getpass.getpass(f"{text}: "))
    except EOFError:
        raise PassphraseError("the terminal was closed before a passphrase was given") from None
