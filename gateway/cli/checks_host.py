"""Checks of the machine: program, rights of files and folders, passphrase, clock, disk."""

import os
import platform
import shlex
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.findings import Finding, failed, failure, ok, warning
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.config import Config

_PYTHON: Final = (3, 11)

# Below a tenth, or this many bytes, the node soon stops taking messages in.
_LITTLE_SHARE: Final = 0.1
_LITTLE: Final = 2**30
_TOO_LITTLE: Final = 100 * 2**20

# A clock this far behind our own newest file has been set back; peers refuse beyond 300 s.
_TOLERANCE: Final = 60

# What adjtimex(2) returns while no time service has set the clock.
_TIME_ERROR: Final = 5
_TIMEX_OCTETS: Final = 512

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def program() -> Iterator[Finding]:
    """Look at Python and SQLite."""
    version = platform.python_version()
    if sys.version_info < _PYTHON:
        mend = "install Python 3.11 or later and make the virtual environment anew"
        yield failure("Python", version, mend)
        return
    yield ok("Python", f"{version} at {sys.executable}")
    from gateway.store import CHECKPOINTS_ARE_SAFE, SQLITE_VERSION

    # Before 3.51.3 two connections that checkpoint at once can corrupt a WAL. The node has one.
    note = "" if CHECKPOINTS_ARE_SAFE else "; let no other program write to the database"
    yield ok("SQLite", f"{SQLITE_VERSION}{note}")


def rights(settings: "Config") -> Iterator[Finding]:
    """Look at who may read and change what is the node's: configuration, keys, data, socket."""
    from gateway import private_files

    yield from _configuration(settings.source)
    try:
        private_files.check_tree(settings.paths.keys)
    except GatewayError as error:
        yield _with_mend("keys", error, "restore the keys from their backup; see keys/README.md")
    else:
        yield ok("keys", f"{settings.paths.keys} is for this account alone")
    yield from _data(settings.paths.data)
    yield from _socket(settings)


def _configuration(path: Path) -> Iterator[Finding]:
    if path.stat().st_mode & _OTHERS_WRITE:
        # It names programs that the node runs, and who may use its socket.
        text = f"{path} can be changed by others"
        yield failure("rights", text, f"chmod go-w {shlex.quote(str(path))}")


def _data(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        mend = "check [paths] data in the configuration, or make the node with gateway init"
        yield failure("data", f"{folder} is not there", mend)
        return
    quoted, status = shlex.quote(str(folder)), folder.stat()
    if status.st_uid != os.geteuid():
        mend = f"run doctor as the account of the node, or: chown {os.geteuid()} {quoted}"
        yield failure("data", f"{folder} belongs to the account {status.st_uid}", mend)
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield failure("data", f"{folder} is not writable", f"chmod u+rwx {quoted}")
        return
    if status.st_mode & _OTHERS_WRITE:
        yield failure("data", f"{folder} can be changed by others", f"chmod go-w {quoted}")
    # The node makes its files for its account alone, whatever the umask; a copy may differ.
    open_files = [file.name for file in sorted(folder.glob("*.db*")) if _is_open(file)]
    if open_files:
        text = f"others can read or change, in {folder}: {', '.join(open_files)}"
        yield failure("data", text, f"chmod 0600 {quoted}/*.db*")


def _is_open(file: Path) -> bool:
    return file.is_file() and bool(file.stat().st_mode & _OTHERS)


def _socket(settings: "Config") -> Iterator[Finding]:
    from gateway.control_path import control_path

    group, path = settings.control.group, control_path(settings.control.socket)
    if group is not None:
        import grp

        try:
            grp.getgrnam(group)
        except KeyError:
            mend = f"groupadd {shlex.quote(group)}, or correct [control] group"
            yield failure("socket", f"there is no group {group}", mend)
            return
    if path.parent.is_dir() and path.parent.stat().st_mode & _OTHERS_WRITE:
        mend = f"chmod go-w {shlex.quote(str(path.parent))}"
        yield failure("socket", f"{path.parent} can be changed by others", mend)
        return
    users = "this account and root" if group is None else f"this account, root and {group}"
    yield ok("socket", f"{path}, for {users}")


def passphrase(settings: "Config") -> Iterator[Finding]:
    """Look whether what opens the keys can be read, where it is a file."""
    from gateway.passphrase import SourceKind, read_passphrase

    source = settings.passphrase
    if source.kind is not SourceKind.FILE:
        # A descriptor or credential exists only when the node is started, a prompt only then asks.
        yield ok("passphrase", f"comes from {source.kind} when the node starts")
        return
    try:
        read_passphrase(source)
    except GatewayError as error:
        mend = "put the file back, or correct [passphrase] in the configuration"
        yield _with_mend("passphrase", error, mend)
        return
    yield ok("passphrase", f"{source.value} is readable")


def _with_mend(subject: str, error: GatewayError, mend: str) -> Finding:
    """Return an error as a finding; one that names no way to mend it gets this one."""
    found = failed(subject, error)
    return found if found.mend else replace(found, mend=mend)


def clock(settings: "Config") -> Iterator[Finding]:
    """Look whether the clock was set back, and whether a time service keeps it."""
    now = time.time()
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    files = [Path(__file__), settings.source]
    if settings.paths.data.is_dir():
        files += [entry for entry in settings.paths.data.iterdir() if entry.is_file()]
    newest = max(file.stat().st_mtime for file in files)
    if now < newest - _TOLERANCE:
        mend = "set the clock by a time service; peers refuse messages 300 s ahead"
        yield failure("clock", f"{text} lies before our own newest file", mend)
        return
    if _is_kept() or settings.node.environment != "production":
        yield ok("clock", text)
        return
    mend = "run chrony or systemd-timesyncd; peers refuse messages 300 s ahead"
    yield warning("clock", f"{text}, and no time service keeps it", mend)


def _is_kept() -> bool:
    """Tell whether the kernel says that its clock is kept; where it says nothing, so it is."""
    import ctypes

    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_OCTETS))
    except (OSError, AttributeError):
        return True
    return bool(state != _TIME_ERROR)


def disk(settings: "Config") -> Iterator[Finding]:
    """Look at the room under the data folder."""
    folder = settings.paths.data
    if not folder.is_dir():
        return
    usage = shutil.disk_usage(folder)
    text = f"{folder}, {usage.free / 2**30:.1f} GiB free"
    if usage.free < _TOO_LITTLE:
        yield failure("disk", text, "make room on that disk")
    elif usage.free < max(_LITTLE, _LITTLE_SHARE * usage.total):
        yield warning("disk", text, "make room on that disk")
    else:
        yield ok("disk", text)
