"""Put a backup in the place of the database, and begin a new life of it.

    checked -> copied -> brought to this format -> marked as a new life -> swapped

Everything but the last step happens on a copy beside the database. The swap is one rename, before
which the old database has been folded into one file and given a second name. A crash leaves either
the old database or the restored one, never a mixture.

What was exchanged after the backup is not in it: the peer has it. So the new life has an epoch of
its own, which the peer sees in each receipt, and gives no number that the old life may have given.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateway.errors import ConflictError, InvalidError, LocalError, NotFoundError, VerificationError
from gateway.store import alarms, backup, checking, evidence, lock, meta, migrate
from gateway.store.alarms import Alarm
from gateway.store.backup import Description, Facts
from gateway.store.checking import OnProgress, quietly
from gateway.store.copying import copy, sync
from gateway.store.evidence import LOCAL, Fact
from gateway.store.peek import opened, snapshot, telling
from gateway.store.sealing import KEY_SIZE, Sealer
from gateway.store.transaction import Transaction

# More references than any year between a backup and its restoring has seen, and few enough that
# the gap harms nobody.
_REFERENCES: Final = 1_000
# So that whoever follows the feed of events by number misses none of the new life.
_EVENTS: Final = 10_000
_EPOCH_OCTETS: Final = 16
_HEAD: Final = b"SQLite format 3\x00"

FailAt = Callable[[str], None]


def nowhere(point: str) -> None:
    """Stand at a named crash point and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A file that was looked at: what it says of itself, and what lies beside it."""

    path: Path
    facts: Facts
    description: Description | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was done; `kept` is where the old database lies, if there was one."""

    epoch: str
    earlier_epoch: str
    kept: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remains:
    """Numbers that the database in place has given, as far as it can still be read."""

    epoch: str
    counters: Mapping[str, int]
    events: int


_NOTHING: Final = _Remains(epoch="0.", counters={}, events=0)


def look(path: Path, *, node: str, environment: str) -> Backup:
    """Return what a backup says of itself, if this node may take it.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is of another node, or of the other environment.
        LocalError: It is not ours, was made by a newer version, or cannot be read.
        VerificationError: What lies beside it does not describe a backup.
    """
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    facts = backup.facts(path)
    owner = facts.owner
    if (owner.node, owner.environment) != (node, environment):
        raise InvalidError(
            f"{path} is a database of {owner.node} ({owner.environment}), not of {node} "
            f"({environment})",
            hint="name the node with --config, or another file",
        )
    return Backup(path=path, facts=facts, description=Description.read(path))


def restore(
    found: Backup,
    database: Path,
    *,
    at: str,
    uid: int,
    randomness: Callable[[int], bytes],
    on_progress: OnProgress = quietly,
    fail_at: FailAt = nowhere,
) -> Restored:
    """Replace the database by a backup; the old one is kept beside it under a dated name.

    Args:
        fail_at: Called at each named crash point (`docs/architecture.md`).

    Raises:
        StoreLockedError: The node is running. Nothing was changed.
        VerificationError: The backup is not whole. Nothing was changed.
        LocalError: There is no room, or the disk failed. The old database is in its place, or
            under the name that the text gives.
    """
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = lock.take(database)
    prepared = database.with_name(f"{database.name}.restoring")
    try:
        # One that was cut short left it.
        prepared.unlink(missing_ok=True)
        result = _prepare(
            found, prepared, database, at=at, uid=uid, randomness=randomness, tell=on_progress
        )
        fail_at("restore.prepared")
        kept = _swap(prepared, database, at, fail_at)
        fail_at("restore.swapped")
        return replace(result, kept=kept)
    except (OSError, sqlite3.Error) as error:
        raise LocalError(f"nothing was restored: {error}", hint="make room on the disk") from error
    finally:
        prepared.unlink(missing_ok=True)
        os.close(descriptor)


def _prepare(
    found: Backup,
    prepared: Path,
    database: Path,
    *,
    at: str,
    uid: int,
    randomness: Callable[[int], bytes],
    tell: OnProgress,
) -> Restored:
    digest = backup.digest_of(found.path, tell)
    if found.description is not None and found.description.sha256 != digest:
        raise VerificationError(
            f"{found.path} is not the file that {backup.describing(found.path)} describes",
            hint="take another backup; this one was changed or cut after it was made",
        )
    remains = _remains(database, found)
    epoch = _next_epoch((remains.epoch, found.facts.owner.epoch), randomness)
    with opened(found.path) as source:
        copy(source, prepared, lambda done, total: tell("copy", done, total))
    checking.demand_whole(checking.check(prepared, on_progress=tell), found.path)
    with closing(sqlite3.connect(prepared, isolation_level=None)) as made:
        made.row_factory = sqlite3.Row
        # A journal on the disk that a crash leaves would be taken for the next copy's.
        made.execute("PRAGMA journal_mode = MEMORY")
        migrate.apply(made)
        made.execute("BEGIN IMMEDIATE")
        tx = Transaction(made, Sealer(bytes(KEY_SIZE), randomness))
        _begin_life(tx, found, remains, epoch=epoch, at=at, uid=uid, digest=digest)
        made.execute("COMMIT")
    sync(prepared)
    return Restored(epoch=epoch, earlier_epoch=found.facts.owner.epoch, kept=None)


def _remains(database: Path, found: Backup) -> _Remains:
    """Return what the database in place still tells; one that nobody can read tells nothing."""

    def load(tx: Transaction) -> _Remains:
        owner, row = meta.load(tx), tx.one("restoring.last_event") if has_events else None
        ours = found.facts.owner
        if (owner.node, owner.environment) != (ours.node, ours.environment):
            return _NOTHING
        counters = {row["name"]: row["value"] for row in tx.all("restoring.counters")}
        return _Remains(
            epoch=owner.epoch, counters=counters, events=0 if row is None else row["seq"]
        )

    try:
        with opened(database) as connection, telling(database):
            has_events = migrate.has_table(connection, "sqlite_sequence")
            return snapshot(connection, load)
    except LocalError:
        return _NOTHING


def _next_epoch(epochs: tuple[str, ...], randomness: Callable[[int], bytes]) -> str:
    counters = [head for head, _, _ in (epoch.partition(".") for epoch in epochs)]
    last = max(int(counter) if counter.isdecimal() else 0 for counter in counters)
    return f"{last + 1}.{randomness(_EPOCH_OCTETS).hex()}"


def _begin_life(
    tx: Transaction,
    found: Backup,
    remains: _Remains,
    *,
    epoch: str,
    at: str,
    uid: int,
    digest: str,
) -> None:
    """Mark the copy as a new life, so that no peer and no number can take it for the old one."""
    tx.run("restoring.set_epoch", epoch=epoch)
    counters = {row["name"]: row["value"] for row in tx.all("restoring.counters")}
    # The year may have turned since the backup: its first numbers are taken then, too.
    for name in {*counters, *remains.counters, f"reference-{at[:4]}"}:
        known = max(counters.get(name, 0), remains.counters.get(name, 0))
        tx.run("restoring.raise_counter", name=name, value=known + _REFERENCES)
    row = tx.one("restoring.last_event")
    events = max(0 if row is None else row["seq"], remains.events) + _EVENTS
    tx.run("restoring.begin_events", seq=events)
    tx.run("restoring.raise_events", seq=events)
    evidence.append(
        tx,
        LOCAL,
        Fact.RESTORED,
        at=at,
        epoch=epoch,
        earlier=found.facts.owner.epoch,
        backup=digest,
        uid=uid,
    )
    alarms.raise_alarm(tx, Alarm.RESTORED, at=at, subject=epoch)


def _swap(prepared: Path, database: Path, at: str, fail_at: FailAt) -> Path | None:
    """Put the prepared file in the place of the database; return where that one is kept.

    The WAL of the old database must never meet the new one: SQLite would take it for its own.
    """
    stamp = at.replace("-", "").replace(":", "")
    kept = database.with_name(f"{database.name}.before-restore-{stamp}")
    if kept.exists():
        raise ConflictError(f"there is a file {kept}; the restored one was not put in place")
    is_there = database.exists()
    is_named_twice = is_there and _fold(database) and _name_twice(database, kept)
    if is_there and not is_named_twice:
        # The file goes before its WAL: without it a node does not start, with half of it it would.
        database.rename(kept)
    wal = database.with_name(f"{database.name}-wal")
    if wal.exists() and wal.stat().st_size > 0:
        wal.rename(kept.with_name(f"{kept.name}-wal"))
    wal.unlink(missing_ok=True)
    # An index of the WAL, made anew whenever it is missing.
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    sync(database.parent)
    fail_at("restore.kept")
    try:
        prepared.replace(database)
    except OSError as error:
        raise LocalError(
            f"the restored database was not put in place: {error}; the old one is {kept}"
        ) from error
    sync(database.parent)
    return kept if is_there else None


def _fold(database: Path) -> bool:
    """Bring everything of a database into its one file; False if it is too damaged, or in use."""
    with database.open("rb") as file:
        # To SQLite a file without a head is an empty database, and its WAL not worth keeping.
        if file.read(len(_HEAD)) != _HEAD:
            return False
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.Error:
        return False
    return str(mode) == "delete" and not database.with_name(f"{database.name}-wal").exists()


def _name_twice(database: Path, kept: Path) -> bool:
    try:
        os.link(database, kept)
    except OSError:
        return False  # a file system without second names; the file is renamed instead
    return True
