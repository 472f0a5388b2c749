"""A file that a command writes for its caller: whole or not at all, and never over another one."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from gateway.errors import ConflictError, LocalError

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "exists": "{path} is there already and was left as it is",
    "force": "add --force to replace it, or choose another file",
    "unwritable": "{path} cannot be written: {reason}",
}
# For the caller alone.
PRIVATE: Final = 0o600
# As the caller's umask has it.
OPEN: Final = 0o666


@contextmanager
def place(path: Path, *, force: bool, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """Yield a new file that takes its place once it is whole.

    It is opened before the node is asked: what cannot be written shall not be recorded as given.

    Raises:
        ConflictError: Something has that name, and it may not be replaced.
        LocalError: The folder cannot be written.
    """
    if not force and os.path.lexists(path):
        raise ConflictError(_WORDS["exists"].format(path=path), hint=_WORDS["force"])
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        file = os.fdopen(os.open(temporary, flags, mode), "wb")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(path)
        else:
            # A hard link, unlike a rename, never replaces what came there meanwhile.
            os.link(temporary, path, follow_symlinks=False)
    except FileExistsError:
        raise ConflictError(_WORDS["exists"].format(path=path), hint=_WORDS["force"]) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _unwritable(path: Path, error: OSError) -> LocalError:
    return LocalError(_WORDS["unwritable"].format(path=path, reason=error.strerror))
