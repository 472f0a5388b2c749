"""All senders of a node: one per peer, started, woken and restarted here, ended together."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from gateway import log
from gateway.catalogue import Catalogue
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.sender import Policy, Sender
from gateway.delivery.transport import Transport
from gateway.store import Store

# A sender that fails is a fault in the program or the disk: slow enough not to spin, soon enough
# that a passing fault costs little.
_RESTART_SECONDS = 5.0


class Delivery:
    """Own the senders; `run` returns only when cancelled."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        transport: Transport,
        ports: Ports,
        changes: Changes,
        policy: Policy,
        on_card: Callable[[], Awaitable[None]],
    ) -> None:
        self._make: Callable[[str], Sender] = partial(
            Sender,
            us=us,
            store=store,
            directory=directory,
            catalogue=catalogue,
            transport=transport,
            ports=ports,
            changes=changes,
            policy=policy,
            on_card=on_card,
        )
        self._directory = directory
        self._senders: dict[str, Sender] = {}
        self._changed = asyncio.Event()
        self._failed: dict[str, int] = {}
        directory.on_change(self._changed.set)

    @property
    def degraded(self) -> frozenset[str]:
        """Peers whose sender failed and has not exchanged anything since."""
        return frozenset(
            node for node, count in self._failed.items() if self._senders[node].exchanges == count
        )

    def wake(self, node: str, *, at_once: bool = False) -> None:
        """Something was queued for a peer.

        Args:
            at_once: A person wants it tried now, however often the link has failed.
        """
        if (sender := self._senders.get(node)) is not None:
            sender.alive() if at_once else sender.wake()

    def alive(self, node: str) -> None:
        """A peer showed life."""
        if (sender := self._senders.get(node)) is not None:
            sender.alive()

    async def run(self) -> None:
        """Keep one sender per peer running until cancelled."""
        running: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for node in self._directory.known():
                    if node not in running:
                        running.add(node)
                        self._senders.setdefault(node, self._make(node))
                        group.create_task(self._supervise(node), name=f"sender {node}")
                await self._changed.wait()

    async def _supervise(self, node: str) -> None:
        while True:
            try:
                await self._senders[node].run()
            except Exception as error:  # noqa: BLE001  the outermost loop of a worker: log, go on
                log.error(
                    log.Event.TASK_FAILED, task="sender", peer=node, error=type(error).__name__
                )
                self._failed[node] = self._senders[node].exchanges
                await asyncio.sleep(_RESTART_SECONDS)
