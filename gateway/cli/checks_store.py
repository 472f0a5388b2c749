"""Checks of the database file, beside a running node too: whose it is, its form, its structure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.cli import output
from gateway.cli.findings import Finding, failed, failure, ok, warning
from gateway.cli.progress import OnProgress
from gateway.errors import GatewayError, NotFoundError

if TYPE_CHECKING:
    from gateway.config import Config


def run(settings: "Config", on_progress: OnProgress) -> Iterator[Finding]:
    """Look at the database without changing anything in it."""
    from gateway.node.setup import DATABASE
    from gateway.store import backup, checking, migrate

    path = settings.paths.data / DATABASE
    restoring = output.line_for(settings.source, "db", "restore", "FILE")
    try:
        facts = backup.facts(path)
    except NotFoundError as error:
        mend = f"{restoring} puts a backup there; a new node is made by gateway init"
        yield failure("store", str(error), mend)
        return
    except GatewayError as error:
        yield failed("store", error)
        return
    owner = facts.owner
    if (owner.node, owner.environment) != (settings.node.name, settings.node.environment):
        text = f"{path} is a database of {owner.node} ({owner.environment})"
        yield failure("store", text, "check [node] and [paths] data in the configuration")
        return
    text = f"{path}, format {facts.format}, epoch {owner.epoch}"
    if facts.format < (newest := migrate.newest_format()):
        mend = "the next start brings it up, and keeps the old file beside it; back it up first"
        yield warning("store", f"{text}; this version writes format {newest}", mend)
    else:
        yield ok("store", text)
    fault = checking.quick(path, on_progress)
    if fault is None:
        yield ok("store", "its structure is sound")
    else:
        yield failure("store", fault, f"stop the node, then {restoring}")
