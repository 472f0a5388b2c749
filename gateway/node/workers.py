"""The background tasks of a node: named, restarted when one fails, ended together.

A worker that fails is a fault in the program or the disk. The rest of the node goes on, health
tells which one is degraded, and the log says why.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from gateway import log

# Slow enough not to spin, soon enough that a passing fault costs little.
RESTART_SECONDS: Final = 5.0
# A worker that has run this long since its last failure is well again.
_WELL_SECONDS: Final = 60.0


class Worker(Protocol):
    """Something that works until it is cancelled, and loses nothing then."""

    async def run(self) -> None:
        """Return only when cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """A worker and the name that log, health and metrics give it."""

    name: str
    worker: Worker


class Workers:
    """Own the workers of a node; `run` returns only when cancelled."""

    def __init__(self, workers: Iterable[Named]) -> None:
        self._workers = tuple(workers)
        self._failed: dict[str, float] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every worker, in the order of starting."""
        return tuple(each.name for each in self._workers)

    @property
    def degraded(self) -> frozenset[str]:
        """Workers that failed a short while ago."""
        now = _monotonic()
        return frozenset(name for name, at in self._failed.items() if now - at < _WELL_SECONDS)

    async def run(self) -> None:
        """Keep every worker running until cancelled."""
        async with asyncio.TaskGroup() as group:
            for each in self._workers:
                group.create_task(self._supervise(each), name=each.name)

    async def _supervise(self, named: Named) -> None:
        while True:
            try:
                await named.worker.run()
            except Exception as error:  # noqa: BLE001  the outermost loop of a worker: log, go on
                log.error(log.Event.TASK_FAILED, task=named.name, error=type(error).__name__)
                self._failed[named.name] = _monotonic()
            await asyncio.sleep(RESTART_SECONDS)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
