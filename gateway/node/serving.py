"""One node at work: store, delivery, desk and three ports, started in order, ended in reverse."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from gateway import log
from gateway.config import Config
from gateway.errors import ExitCode, LocalError
from gateway.http.control import ControlServer
from gateway.http.health import HealthServer
from gateway.http.peer_server import PeerBounds, PeerServer
from gateway.keyring import open_keyring
from gateway.node.core import Core, build
from gateway.node.health import Doctor
from gateway.node.metrics import Counts, Metrics, Sources
from gateway.node.ownership import check_owner
from gateway.node.reaching import Reaching
from gateway.node.watch import Watch
from gateway.passphrase import again
from gateway.resources import program_version

# With the rest of the end well below the ten seconds that an operator is promised.
_GRACE: Final = 7.0


def serve(config: Config, passphrase: bytes) -> int:
    """Run the node until SIGTERM or SIGINT; return the exit code.

    Raises:
        LocalError: Keys, store, configuration or a port do not allow a start; nothing was sent.
    """
    log.set_up(config.log.level)
    os.umask(0o077)
    return asyncio.run(_serve(config, passphrase))


async def _serve(config: Config, passphrase: bytes) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(config, passphrase) as node:
        await node.until(stop)
        log.info(log.Event.STOPPING, node=config.node.name)
    log.info(log.Event.STOPPED, node=config.node.name, exit=int(ExitCode.DONE))
    return ExitCode.DONE


class Running:
    """A started node: where it listens, and how long it goes on."""

    def __init__(self, delivery: "asyncio.Task[None]") -> None:
        self._delivery = delivery

    async def until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set.

        Raises:
            Exception: Delivery ended by itself, which it never should.
        """
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({waiting, self._delivery}, return_when=asyncio.FIRST_COMPLETED)
            if self._delivery.done():
                self._delivery.result()
        finally:
            waiting.cancel()


@asynccontextmanager
async def running(config: Config, passphrase: bytes) -> AsyncIterator[Running]:
    """Start every part in order; whatever happens, end them in reverse and lose nothing.

    Raises:
        LocalError: A part does not allow a start; those already started are ended again.
    """
    keys = open_keyring(config.paths.keys, passphrase, now=time.time())
    check_owner(config, keys.card)
    async with AsyncExitStack() as stack:
        core = await build(stack, config, keys, again(config.passphrase, passphrase))
        task = asyncio.create_task(core.workers.run(), name="workers")
        stack.push_async_callback(_ended, task)
        listening: list[_Server] = []
        stack.push_async_callback(_stopped, listening)
        for where, server in _servers(config, core):
            await _started(server, where, config)
            listening.append(server)
        log.info(
            log.Event.STARTED,
            node=core.us.node,
            environment=core.us.environment,
            epoch=core.us.epoch,
            address=str(config.peer_port),
        )
        yield Running(task)


_Server = HealthServer | PeerServer | ControlServer


def _servers(config: Config, core: Core) -> tuple[tuple[str, _Server], ...]:
    """Return the servers with the setting of each; health is last: who is ready is all open."""
    peer_server = _peer_server(config, core)
    core.us.keys.on_change(peer_server.renew)
    control = ControlServer(
        path=config.control.socket,
        group=config.control.group,
        desk=core.desk,
        on_error=_http_failed,
    )
    doctor = _doctor(config, core)
    core.desk.operations = Watch(doctor, _reaching(core))
    health = HealthServer(
        host=config.admin.host,
        port=config.admin.port,
        snapshot=doctor.look,
        metrics=_metrics(
            doctor,
            lambda: {
                "peer": peer_server.counts,
                "control": control.counts,
                "admin": health.counts,
            },
        ).page,
        on_error=_http_failed,
    )
    return (
        ("[peer_port] listen", peer_server),
        ("[control] socket", control),
        ("[admin] listen", health),
    )


def _peer_server(config: Config, core: Core) -> PeerServer:
    return PeerServer(
        host=config.peer_port.host,
        port=config.peer_port.port,
        identity=core.certificates.shown,
        directory=core.directory,
        receiver=core.receiver,
        card=lambda: core.us.card,
        version=program_version(),
        on_error=_http_failed,
        bounds=PeerBounds(
            connections_per_peer=config.limits.per_peer_connections,
            in_flight_per_peer=config.limits.in_flight,
            body_budget=config.limits.queue_bytes,
        ),
    )


def _metrics(doctor: Doctor, refused: Counts) -> Metrics:
    return Metrics(
        Sources(
            config=doctor.config,
            version=program_version(),
            card=doctor.card,
            certificate=doctor.certificate,
            store=doctor.store,
            workers=doctor.workers,
            verifying=doctor.verifying,
            refused=refused,
            clock=doctor.clock,
        )
    )


def _doctor(config: Config, core: Core) -> Doctor:
    return Doctor(
        config=config,
        card=lambda: core.us.keys.current.card,
        certificate=lambda: core.us.keys.certificate(time.time()),
        store=core.store,
        delivery=core.delivery,
        workers=core.workers,
        verifying=core.verifying,
        clock=time.time,
    )


def _reaching(core: Core) -> Reaching:
    return Reaching(
        store=core.store,
        directory=core.directory,
        transport=core.transport,
        alive=core.delivery.alive,
    )


async def _started(server: _Server, where: str, config: Config) -> None:
    try:
        await server.start()
    except OSError as error:
        raise LocalError(
            f"{where} of {config.source} cannot be opened: {error.strerror}",
            hint="end whatever has it open, or choose another",
        ) from None


async def _stopped(servers: list[_Server]) -> None:
    """Close all ports at once, so that one who is slow costs the grace once and not three times."""
    await asyncio.gather(*(server.stop(_GRACE) for server in servers))


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})


def _http_failed(name: str) -> None:
    log.error(log.Event.HTTP_FAILED, error=name)
