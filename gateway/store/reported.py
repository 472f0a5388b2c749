"""What a peer tells of itself beside its receipts: the version it runs, and the time it has."""

from dataclasses import dataclass
from typing import Final

from gateway.errors import NotFoundError
from gateway.store.transaction import Transaction

# What changes less is not worth writing the whole row of a peer, which holds its cards.
_NOTABLE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The version of a peer's program and its clock against ours in seconds; None is unknown."""

    version: str | None = None
    clock_offset: float | None = None


def get(tx: Transaction, node: str) -> Reported:
    """Return what a peer last told of itself.

    Raises:
        NotFoundError: No such peer.
    """
    row = tx.one("reported.get", node=node)
    if row is None:
        raise NotFoundError(f"no peer {node!r}", hint="gateway peers list")
    return Reported(version=row["version"], clock_offset=row["clock_offset"])


def note(tx: Transaction, node: str, told: Reported) -> Reported:
    """Keep what a peer tells of itself and return what was kept before; what it omits stays."""
    before = get(tx, node)
    version = told.version or before.version
    offset = before.clock_offset if told.clock_offset is None else told.clock_offset
    if version != before.version or _is_notable(before.clock_offset, offset):
        tx.run("reported.set", node=node, version=version, clock_offset=offset)
    return before


def _is_notable(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(before - after) >= _NOTABLE_SECONDS
