"""A text in the officer's own editor, in a file that nobody else can read and that goes away.

The file stands in a folder of its own (0700), in memory where the machine has such a place, so that
what an editor puts beside it (swap and backup files) is as private and goes with it: whatever
happens, also when the terminal is closed meanwhile.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from gateway import private_files
from gateway.errors import InvalidError, LocalError, NotFoundError

# Tried in this order where neither VISUAL nor EDITOR says anything.
_EDITORS: Final = ("sensible-editor", "nano", "vi")
# A message has at most 1 MiB, and the comments of a form are far smaller.
_LIMIT: Final = 4 * 2**20
# Both keep files in memory: the first is the user's own, the second everybody's.
_MEMORY: Final = "/dev/shm"  # noqa: S108 - only a folder of our own with mode 0700 is made there
_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# Keys send these to the editor and to us at once (^C, ^\, and ^G in Emacs); they are its own.
_KEYS: Final = (signal.SIGINT, signal.SIGQUIT)


class _EndedError(BaseException):
    """The process is to end; raised so that everything on the way out is tidied up."""


def edit(text: str, *, name: str = "message.toml") -> str:
    """Return the text as the officer left it.

    Raises:
        NotFoundError: There is no editor.
        LocalError: The editor ended with an error, or left no file; nothing was kept.
        InvalidError: What it left is no text in UTF-8, or far larger than a message.
    """
    command = _editor()
    with _private_folder() as folder:
        path = folder / name
        private_files.write_new(path, text.encode())
        _run([*command, str(path)])
        return _read(path)


def _editor() -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if words := shlex.split(os.environ.get(variable, "")):
            if shutil.which(words[0]) is None:
                raise NotFoundError(
                    f"there is no editor {words[0]}, which {variable} names",
                    hint=f"export {variable}=nano, or another one",
                )
            return words
    for editor in _EDITORS:
        if found := shutil.which(editor):
            return [found]
    raise NotFoundError("there is no editor here", hint="install one, and export EDITOR=its name")


@contextmanager
def _private_folder() -> Iterator[Path]:
    """Yield a folder that only we can enter; it is removed with all that stands in it."""
    with _ending_in_order():
        # mkdtemp makes it with mode 0700, under a name that nobody can guess.
        folder = Path(tempfile.mkdtemp(prefix="gateway-", dir=_place()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _place() -> str | None:
    """Return where to make it: the first place in memory that is there, else the usual one."""
    for place in (os.environ.get("XDG_RUNTIME_DIR"), _MEMORY):
        if place and os.access(place, os.W_OK | os.X_OK):
            return place
    return None


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let a signal that ends the process take the way of an error, past every `finally`."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise _EndedError(number)

    before = {number: signal.signal(number, end) for number in _ENDINGS}
    try:
        yield
    except _EndedError as ended:
        raise SystemExit(128 + ended.args[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _leaving_keys_to_the_editor() -> Iterator[None]:
    """Ignore what the keyboard sends: the text is the editor's until it ends.

    A handler, unlike SIG_IGN, is not passed on: the editor begins with the defaults.
    """
    before = {number: signal.signal(number, _ignore) for number in _KEYS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing."""


def _run(command: list[str]) -> None:
    try:
        with _leaving_keys_to_the_editor():
            # The officer's own editor, with the terminal as it is.
            ended = subprocess.run(command, check=False)  # noqa: S603
    except OSError as error:
        raise LocalError(f"{command[0]} cannot be started: {error.strerror}") from None
    if ended.returncode != 0:
        raise LocalError(
            f"the editor ended with an error ({ended.returncode}); nothing was kept or sent"
        )


def _read(path: Path) -> str:
    try:
        # By its path: many editors put a new file in the place of the old one.
        with path.open("rb") as file:
            raw = file.read(_LIMIT + 1)
    except FileNotFoundError:
        raise LocalError("the editor left no file; nothing was kept or sent") from None
    if len(raw) > _LIMIT:
        raise InvalidError("what the editor left is far larger than a message")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidError(
            "what the editor left is not UTF-8", hint="save as UTF-8; nothing was kept or sent"
        ) from None
