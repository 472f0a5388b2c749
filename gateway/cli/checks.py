"""What `gateway doctor` looks at: each check is a function that yields findings.

A check that cannot be made because an earlier one failed is left out: one cause, one line.
"""

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import output, status
from gateway.cli.failure import NodeDownError, problem_document
from gateway.errors import ExitCode, GatewayError

if TYPE_CHECKING:
    from gateway.config import Config

_PYTHON: Final = (3, 11)

# Below a tenth, or this many bytes, the node soon stops taking messages in.
_LITTLE_SHARE: Final = 0.1
_LITTLE: Final = 2**30
_TOO_LITTLE: Final = 100 * 2**20

# A clock this far behind our own newest file has been set back; peers refuse beyond 300 s.
_TOLERANCE: Final = 60


class Grade(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how to mend it where it is not well."""

    grade: Grade
    subject: str
    text: str
    mend: str = ""

    def view(self) -> dict[str, str]:
        """Return the finding for `--json`."""
        return {
            "status": self.grade,
            "subject": self.subject,
            "text": self.text,
            "mend": self.mend,
        }


def run(path: Path) -> Iterator[Finding]:
    """Yield the findings of every check on the node of `path`; no error leaves this function."""
    yield from _program()
    from gateway import config

    try:
        settings = config.load(path)
    except GatewayError as error:
        yield _failed("configuration", error)
        return
    yield Finding(grade=Grade.OK, subject="configuration", text=str(path))
    yield from _keys(settings)
    yield from _passphrase(settings)
    yield from _clock(settings)
    yield from _data(settings)
    yield from _node(path)


def _program() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info < _PYTHON:
        mend = "install Python 3.11 or later and make the virtual environment anew"
        yield Finding(grade=Grade.FAIL, subject="Python", text=version, mend=mend)
        return
    yield Finding(grade=Grade.OK, subject="Python", text=f"{version} at {sys.executable}")
    from gateway.store import CHECKPOINTS_ARE_SAFE, SQLITE_VERSION

    # Before 3.51.3 two connections that checkpoint at once can corrupt a WAL. The node has one.
    note = "" if CHECKPOINTS_ARE_SAFE else "; let no other program write to the database"
    yield Finding(grade=Grade.OK, subject="SQLite", text=f"{SQLITE_VERSION}{note}")


def _keys(settings: "Config") -> Iterator[Finding]:
    from gateway import private_files

    try:
        private_files.check_tree(settings.paths.keys)
    except GatewayError as error:
        yield _failed("keys", error)
        return
    yield Finding(
        grade=Grade.OK, subject="keys", text=f"{settings.paths.keys} is for this account alone"
    )


def _passphrase(settings: "Config") -> Iterator[Finding]:
    from gateway.passphrase import SourceKind, read_passphrase

    source = settings.passphrase
    if source.kind is not SourceKind.FILE:
        # A descriptor or credential exists only when the node is started, a prompt only then asks.
        text = f"comes from {source.kind} when the node starts"
        yield Finding(grade=Grade.OK, subject="passphrase", text=text)
        return
    try:
        read_passphrase(source)
    except GatewayError as error:
        yield _failed("passphrase", error)
        return
    yield Finding(grade=Grade.OK, subject="passphrase", text=f"{source.value} is readable")


def _clock(settings: "Config") -> Iterator[Finding]:
    now = time.time()
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    files = [Path(__file__), settings.source]
    if settings.paths.data.is_dir():
        files += [entry for entry in settings.paths.data.iterdir() if entry.is_file()]
    newest = max(file.stat().st_mtime for file in files)
    if now < newest - _TOLERANCE:
        yield Finding(
            grade=Grade.FAIL,
            subject="clock",
            text=f"{text} lies before our own newest file",
            mend="set the clock by a time service; peers refuse messages 300 s ahead",
        )
        return
    yield Finding(grade=Grade.OK, subject="clock", text=text)


def _data(settings: "Config") -> Iterator[Finding]:
    folder = settings.paths.data
    if not folder.is_dir():
        yield Finding(
            grade=Grade.FAIL,
            subject="data",
            text=f"{folder} is not there",
            mend="check [paths] data in the configuration, or make the node with gateway init",
        )
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        mend = f"chown {os.geteuid()} '{folder}'"
        yield Finding(grade=Grade.FAIL, subject="data", text=f"{folder} is not writable", mend=mend)
        return
    usage = shutil.disk_usage(folder)
    text = f"{folder}, {usage.free / 2**30:.1f} GiB free"
    grade = Grade.OK
    if usage.free < _TOO_LITTLE:
        grade = Grade.FAIL
    elif usage.free < max(_LITTLE, _LITTLE_SHARE * usage.total):
        grade = Grade.WARN
    mend = "" if grade is Grade.OK else "make room on that disk"
    yield Finding(grade=grade, subject="data", text=text, mend=mend)


def _node(path: Path) -> Iterator[Finding]:
    from gateway.cli.socket_client import NodeClient

    try:
        view = NodeClient.of(path).get("status")
    except NodeDownError as error:
        yield Finding(grade=Grade.WARN, subject="node", text=str(error), mend=error.hint)
        return
    except GatewayError as error:
        yield _failed("node", error)
        return
    if status.grade(view) is ExitCode.FAILURE:
        mend = "look into the node's log, make room on the disk, then start it again"
        yield Finding(grade=Grade.FAIL, subject="node", text="its store has failed", mend=mend)
    else:
        yield Finding(grade=Grade.OK, subject="node", text="answers on its socket")
    alarms = view.get("alarms") or ()
    if alarms:
        text = ", ".join(sorted({str(alarm.get("kind")) for alarm in alarms}))
        mend = output.line_for(path, "status")
        yield Finding(grade=Grade.WARN, subject="alarms", text=text, mend=mend)
    yield from map(_peer, view.get("peers") or ())


def _peer(view: Mapping[str, Any]) -> Finding:
    name = str(view.get("node"))
    found = status.troubles(view)
    if found:
        mend = "the node goes on trying; ask the other side whether theirs is up"
        return Finding(grade=Grade.WARN, subject=name, text="; ".join(found), mend=mend)
    last = view.get("last_contact") or "not yet needed"
    return Finding(grade=Grade.OK, subject=name, text=f"last contact: {last}")


def _failed(subject: str, error: GatewayError) -> Finding:
    document = problem_document(error)
    places = [f"{problem['where']}: {problem['text']}" for problem in document["problems"]]
    return Finding(
        grade=Grade.FAIL,
        subject=subject,
        text="; ".join([document["detail"], *places]),
        mend=document["hint"],
    )
