"""A backup: one consistent copy of the database, checked, with a small file that describes it.

Made beside a running node, which goes on writing. What is sealed in the database stays sealed in
the copy: without the node's keys nobody reads its content, and neither does whoever restores it.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import orjson

from gateway.envelope import base64url
from gateway.errors import ConflictError, LocalError, NotFoundError, VerificationError
from gateway.store import checking, evidence, meta, migrate
from gateway.store.checking import OnProgress, Part, quietly
from gateway.store.copying import copy, sync
from gateway.store.meta import Meta
from gateway.store.peek import opened, snapshot, telling
from gateway.store.transaction import Transaction

_LONGEST_DESCRIPTION: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a backup holds; it lies beside the copy as `NAME.json`.

    Args:
        format: The form of the database.
        at: When the copy was begun.
        sha256: Digest of the file, `sha-256:<base64url>`.
        chains: Size and head of each chain of evidence.
    """

    node: str
    environment: str
    epoch: str
    format: int
    at: str
    size: int
    sha256: str
    chains: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the description beside a backup; None if there is none.

        Raises:
            VerificationError: It is not one that this program wrote.
        """
        try:
            with describing(path).open("rb") as file:
                members = orjson.loads(file.read(_LONGEST_DESCRIPTION))
            return cls(**members)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            raise VerificationError(f"{describing(path)} does not describe a backup") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a database says of itself."""

    owner: Meta
    format: int
    chains: Mapping[str, Mapping[str, Any]]


def describing(path: Path) -> Path:
    """Return where the description of a backup lies."""
    return path.with_name(f"{path.name}.json")


def facts(path: Path) -> Facts:
    """Return what a database says of itself, in this format or an older one.

    Raises:
        NotFoundError: There is no such file.
        LocalError: It is not ours, was made by a newer version, or cannot be read.
    """

    def load(tx: Transaction) -> Facts:
        chains = {
            row["chain"]: {"size": row["size"], "head": row["head"]} for row in evidence.chains(tx)
        }
        return Facts(owner=meta.load(tx), format=migrate.check(database), chains=chains)

    with opened(path) as database, telling(path):
        return snapshot(database, load)


def back_up(
    source: Path, target: Path, *, at: str, on_progress: OnProgress = quietly
) -> Description:
    """Copy the database to the new file `target`, check the copy, and describe it beside it.

    Raises:
        ConflictError: There is a file of that name, or somebody is writing it; it is as it was.
        NotFoundError: There is no database, or no folder for the copy.
        VerificationError: The copy has a fault, so the database has. No file is left.
        LocalError: The copy cannot be written. No file is left.
    """
    for path in (target, describing(target)):
        if path.exists() or path.is_symlink():
            raise ConflictError(f"there is a file {path}; it was not touched")
    if not target.parent.is_dir():
        raise NotFoundError(f"there is no folder {target.parent}")
    try:
        with _part(target) as part:
            return _back_up(source, part, target, at=at, on_progress=on_progress)
    except (OSError, sqlite3.Error) as error:
        raise LocalError(
            f"no backup was made: {error}", hint="make room, or choose another folder"
        ) from error


def _back_up(
    source: Path, part: Path, target: Path, *, at: str, on_progress: OnProgress
) -> Description:
    with opened(source) as database:
        copy(database, part, partial(on_progress, "copy"))
    # Not its digests: `db check` looks at those, and a backup of each night should take minutes.
    report = checking.check(
        part, on_progress=on_progress, parts=frozenset({Part.STRUCTURE, Part.EVIDENCE})
    )
    checking.demand_whole(report, source)
    found = facts(part)
    description = Description(
        node=found.owner.node,
        environment=found.owner.environment,
        epoch=found.owner.epoch,
        format=found.format,
        at=at,
        size=part.stat().st_size,
        sha256=digest_of(part, on_progress),
        chains=found.chains,
    )
    # A link refuses to replace what came there meanwhile. The description comes second: a copy
    # without one can still be restored, one without its copy says nothing.
    os.link(part, target)
    try:
        _describe(target, description)
        sync(target.parent)
    except BaseException:
        target.unlink()
        raise
    return description


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """Yield the name under which the copy grows, for this process alone; it is gone afterwards.

    Raises:
        ConflictError: Another process is at it.
    """
    part = target.with_name(f".{target.name}.part")
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(folder)
        raise ConflictError(f"another process is writing a backup to {target.parent}") from None
    try:
        # One that was killed left it; the lock says that nobody is writing it now.
        part.unlink(missing_ok=True)
        yield part
    finally:
        part.unlink(missing_ok=True)
        os.close(folder)


def _describe(target: Path, description: Description) -> None:
    """Write the description of a backup beside it, for this account alone."""
    path = describing(target)
    text = orjson.dumps(asdict(description), option=orjson.OPT_INDENT_2) + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def compare(path: Path, report: checking.Report, on_progress: OnProgress = quietly) -> None:
    """Add to a report that a backup is not the file that lies described beside it.

    Raises:
        VerificationError: What lies beside it does not describe a backup.
    """
    described = Description.read(path)
    if described is not None and described.sha256 != digest_of(path, on_progress):
        report.add("file", "", f"it is not the file that {describing(path)} describes")


def digest_of(path: Path, on_progress: OnProgress = quietly) -> str:
    """Return the digest of a closed file; one that is open in this process loses its locks."""
    state, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            state.update(part)
            done += len(part)
            on_progress("digest", done, total)
    return f"sha-256:{base64url.encode(state.digest())}"
