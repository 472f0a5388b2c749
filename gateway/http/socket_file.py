"""The file of the control socket: made without a moment in which others could use it.

Access is decided by the file system: mode 0660 and one group in a folder of mode 0750, or, without
a group, 0600 in 0700.
"""

import os
import shutil
import socket
import stat
from contextlib import suppress
from pathlib import Path

from gateway.control_path import NOTE, fits, short_path
from gateway.errors import InvalidError


def bind(wished: Path, group: str | None) -> tuple[socket.socket, Path]:
    """Return the bound socket and its real path; the caller holds the lock of the node's store.

    That lock is why a socket that already stands there is known to be dead and may go.

    Raises:
        InvalidError: The folder is open to others or not ours, the group does not exist, or
            something that is no socket stands in the place.
    """
    path = wished if fits(wished) else short_path(wished)
    _prepare_folder(path.parent, group)
    _remove_stale(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        bound.bind(os.fspath(path))
    except OSError as error:
        bound.close()
        raise InvalidError(f"cannot bind the control socket {path}: {error.strerror}") from None
    finally:
        os.umask(before)
    if group is not None:
        # Group first, mode second: the other order opens it to the wrong group for a moment.
        _give(path, group)
        path.chmod(0o660)
    if path != wished:
        _leave_note(wished, path)
    return bound, path


def remove(wished: Path, path: Path) -> None:
    """Take the socket away, and the note that led to it."""
    with suppress(FileNotFoundError):
        path.unlink()
    if path != wished:
        with suppress(FileNotFoundError):
            wished.with_name(NOTE).unlink()
        with suppress(OSError):
            path.parent.rmdir()


def _prepare_folder(folder: Path, group: str | None) -> None:
    mode = 0o700 if group is None else 0o750
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        pass
    else:
        if group is not None:
            _give(folder, group)
        folder.chmod(mode)
    status = folder.lstat()
    # In a common folder such as /tmp somebody may have made ours before us.
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {0, os.geteuid()}:
        raise InvalidError(f"{folder} for the control socket is not a folder of this account")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise InvalidError(
            f"{folder} for the control socket can be changed by others",
            hint=f"chmod {mode:o} {folder}",
        )


def _remove_stale(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise InvalidError(f"{path} is not a socket; it was left as it is")
    path.unlink()


def _give(path: Path, group: str) -> None:
    try:
        shutil.chown(path, group=group)
    except LookupError:
        raise InvalidError(f"there is no group {group!r} for the control socket") from None
    except PermissionError:
        raise InvalidError(
            f"{path} cannot be given to the group {group!r}",
            hint="run the node under an account that is a member of the group",
        ) from None


def _leave_note(wished: Path, path: Path) -> None:
    note = wished.with_name(NOTE)
    temporary = note.with_name(f".{NOTE}.tmp")
    temporary.write_text(f"{path}\n", encoding="utf-8")
    temporary.replace(note)
