"""The ways out of a node beside its ports: the command that tells people, the exchange folder."""

from gateway.config import Config
from gateway.delivery.ports import Ports
from gateway.desk import Desk
from gateway.node import notify
from gateway.node.folder import Folder, Incoming, Outgoing, Statuses
from gateway.node.notify import Notifier
from gateway.node.workers import Named
from gateway.store import Store


async def outward(config: Config, *, desk: Desk, store: Store, ports: Ports) -> list[Named]:
    """Return the workers of the ways that the configuration opens."""
    workers = []
    if config.notify.command is None:
        await notify.forget(store)
    else:
        notifier = Notifier(
            command=config.notify.command,
            timeout=config.notify.timeout_seconds,
            node=config.node.name,
            store=store,
            events=desk.events,
            clock=ports.clock,
        )
        workers.append(Named("notify", notifier))
    if config.folder.path is not None:
        folder = Folder(path=config.folder.path, desk=desk, store=store, ports=ports)
        workers += [
            Named("folder-out", Outgoing(folder, scan_seconds=config.folder.scan_seconds)),
            Named("folder-in", Incoming(folder)),
            Named("folder-status", Statuses(folder)),
        ]
    return workers
