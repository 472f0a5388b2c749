"""`gateway db`: the database file itself, looked at, checked, backed up and restored.

All but `restore` work beside a running node and need no key; what is sealed stays sealed.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import options, output, progress
from gateway.errors import ExitCode, LocalError

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.store.backup import Facts
    from gateway.store.checking import Report
    from gateway.store.restoring import Backup

# What people call the steps; a table's own name stands for the rest.
STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "copy": "copying",
        "digest": "computing the digest",
        "structure": "structure of the file",
        "evidence": "chains of evidence",
        "messages": "messages",
        "entries": "entries we gave",
        "refusals": "refused headers",
        "receipts": "receipts of peers",
        "statements": "our statements",
        "sealings": "envelopes",
        "own_cards": "our cards",
        "peers": "cards of peers",
    }
)
_CUT: Final = "there may be more; these are the first"


@click.group(epilog="Example: gateway --config jp/config.toml db backup /backup/jp.db")
def command() -> None:
    """Look at, check, back up and restore the database of a node.

    Back up the folder keys/ as well, to another place: without it nobody can read a backup.
    """


@command.command(epilog="Example: gateway --config jp/config.toml db status")
@options.json_option
def status() -> None:
    """Show whose database it is, its format, epoch and size, and what it holds."""
    view = _status(_settings())
    if options.as_json():
        output.document(view)
        return
    from gateway.cli.status import lines

    output.data("\n".join(lines(view)))


@command.command(epilog="Example: gateway --config jp/config.toml db check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@options.json_option
@click.pass_context
def check(ctx: click.Context, file: Path | None) -> None:
    """Check the structure, every digest that needs no key, and every chain of evidence.

    With FILE another file, such as a backup, and whether it is the one that FILE.json describes.
    Each fault is named by table and row; exit 8 if there is one. A running node goes on meanwhile.
    Nothing is changed.
    """
    from gateway.store import backup as backup_store
    from gateway.store import checking

    path = file or _database(_settings())
    with progress.shown(STEPS) as tell:
        report = checking.check(path, on_progress=tell)
        if file is not None:
            backup_store.compare(path, report, on_progress=tell)
    if options.as_json():
        output.document(
            {
                "file": str(path),
                "rows": report.rows,
                "chains": report.chains,
                "faults": [
                    {"table": fault.table, "row": fault.row, "text": fault.text}
                    for fault in report.faults
                ],
                "is_cut": report.is_cut,
            }
        )
    else:
        for fault in report.faults:
            output.data(str(fault))
        if report.is_cut:
            output.talk(_CUT)
        _tell_checked(path, report, is_own=file is None)
    ctx.exit(ExitCode.VERIFICATION_FAILED if report.faults else ExitCode.DONE)


@command.command(epilog="Example: gateway --config jp/config.toml db backup /backup/jp-monday.db")
@click.argument("file", type=click.Path(path_type=Path))
@options.json_option
def backup(file: Path) -> None:
    """Copy the database to the new file FILE, beside a running node, and check the copy.

    FILE.json beside it says what it holds. A file that is there is never overwritten (exit 6). The
    copy needs the keys of this node to be of use: back up keys/ too, to another place.
    """
    import time
    from dataclasses import asdict

    from gateway.envelope import times
    from gateway.store import backup as backups

    source, target = _database(_settings()), file.absolute()
    with progress.shown(STEPS) as tell:
        made = backups.back_up(source, target, at=times.text(time.time()), on_progress=tell)
    if options.as_json():
        output.document({"file": str(target), **asdict(made)})
        return
    output.data(str(target))
    output.talk(f"{made.size:,} bytes, {_records(made.chains)} records of evidence, checked")
    output.talk(f"what it holds stands in {backups.describing(target)}")


@command.command(epilog="Example: gateway --config jp/config.toml db restore /backup/jp-monday.db")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.json_option
def restore(file: Path, yes: bool) -> None:
    """Put a backup in the place of the database; the node must be stopped.

    FILE is checked first, and the old database is kept beside the restored one. What was exchanged
    after the backup is then missing here: tell the peers. References go on 1,000 higher, so that
    none is given twice.
    """
    import os
    import secrets
    import time

    from gateway.envelope import times
    from gateway.node.failing import failure_points
    from gateway.store import restoring

    settings = _settings()
    database = _database(settings)
    found = restoring.look(
        file.absolute(), node=settings.node.name, environment=settings.node.environment
    )
    if not yes:
        _ask(found, database)
    with progress.shown(STEPS) as tell:
        done = restoring.restore(
            found,
            database,
            at=times.text(time.time()),
            uid=os.getuid(),
            randomness=secrets.token_bytes,
            on_progress=tell,
            fail_at=failure_points(is_test=settings.node.environment == "test"),
        )
    kept = None if done.kept is None else str(done.kept)
    if options.as_json():
        output.document({"database": str(database), "epoch": done.epoch, "kept": kept})
        return
    output.data(str(database))
    output.talk(f"a new life of the database begins: epoch {done.epoch}")
    if kept is not None:
        output.talk(f"the old database is kept as {kept}")
    output.talk("tell every peer that you restored, and from when: what came since is missing here")
    output.talk(f"next: {output.line_for(settings.source, 'serve')}")


def _ask(found: "Backup", database: Path) -> None:
    """Show what would replace what, and go on only on a yes.

    Raises:
        LocalError: Nobody is there to answer. Nothing was changed.
        Abort: The answer is no. Nothing was changed.
    """
    if options.as_json() or not sys.stdin.isatty():
        raise LocalError("a restoring asks before it begins", hint="repeat it with --yes")
    taken = f", made {found.description.at}" if found.description else ", of unknown date"
    output.talk(f"backup    {_described(found.facts)}{taken}")
    output.talk(f"in place  {_described_file(database)}")
    click.confirm("Put the backup in its place?", abort=True, err=True)


def _described_file(database: Path) -> str:
    from gateway.store import backup as backups

    try:
        return _described(backups.facts(database))
    except LocalError as error:
        return str(error)


def _described(facts: "Facts") -> str:
    owner = facts.owner
    records = _records(facts.chains)
    return f"{owner.node} ({owner.environment}), epoch {owner.epoch}, {records} records of evidence"


def _records(chains: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(int(chain["size"]) for chain in chains.values())


def _tell_checked(path: Path, report: "Report", *, is_own: bool) -> None:
    records = sum(report.chains.values())
    compared = f"rows compared: {sum(report.rows.values()):,}, records: {records:,}"
    if not report.faults:
        output.talk(f"{path} is whole; {compared}")
        return
    output.talk(f"{path} is damaged, faults: {len(report.faults)}; {compared}")
    if is_own:
        output.talk(f"keep it as it is; next: {options.line('db', 'restore', 'BACKUP')}")
    else:
        output.talk("do not restore it: take another backup")


def _status(settings: "Config") -> dict[str, Any]:
    from gateway.store import backup as backups
    from gateway.store import figures, migrate
    from gateway.store.peek import peek

    path = _database(settings)
    facts = backups.facts(path)
    is_current = facts.format == migrate.newest_format()
    counted = peek(path, figures.load) if is_current else None
    view: dict[str, Any] = {
        "file": str(path),
        "node": facts.owner.node,
        "environment": facts.owner.environment,
        "epoch": facts.owner.epoch,
        "format": facts.format,
        "newest_format": migrate.newest_format(),
        "size": path.stat().st_size,
        "wal_size": _size(path.with_name(f"{path.name}-wal")),
        "evidence": {name: chain["size"] for name, chain in facts.chains.items()},
    }
    if counted is not None:
        view["messages"] = {
            f"{direction} {state}": count for (direction, state), count in counted.messages.items()
        }
        view["waiting"] = {
            link.node: sum(link.waiting.values()) for link in counted.vital.links if link.waiting
        }
    return view


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _database(settings: "Config") -> Path:
    from gateway.node.setup import DATABASE

    return settings.paths.data / DATABASE


def _settings() -> "Config":
    from gateway import config

    return config.load(options.config_path())
