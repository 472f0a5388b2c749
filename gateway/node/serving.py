"""One node at work: store, delivery, desk and three ports, started in order, ended in reverse."""

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import uuid_utils

from gateway import log
from gateway.config import Config
from gateway.config import Environment as ConfigEnvironment
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.receiver import Receiver
from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.delivery.service import Delivery
from gateway.desk import Desk
from gateway.errors import ExitCode, InvalidError, LocalError
from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.http.control import ControlServer
from gateway.http.health import HealthServer
from gateway.http.peer_server import PeerBounds, PeerServer
from gateway.http.tls import TlsIdentity
from gateway.keyring import Keyring, open_keyring
from gateway.node.failing import failure_points
from gateway.node.health import Doctor
from gateway.node.setup import DATABASE, catalogue, load_peers
from gateway.store import Store, meta
from gateway.store.sealing import Sealer

T = TypeVar("T")

_DAY: Final = 86_400.0
# Signing is the only heavy work and releases the interpreter lock: one thread per core suffices.
_THREADS: Final = max(2, min(4, os.cpu_count() or 2))
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
    keys = open_keyring(config.paths.keys, passphrase)
    _check_owner(config, keys)
    async with AsyncExitStack() as stack:
        core = await _core(stack, config, keys)
        task = asyncio.create_task(core.delivery.run(), name="delivery")
        stack.push_async_callback(_ended, task)
        listening: list[_Server] = []
        stack.push_async_callback(_stopped, listening)
        for where, server in _servers(config, keys, core):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """Everything below the ports."""

    us: LocalNode
    store: Store
    directory: Directory
    delivery: Delivery
    receiver: Receiver
    desk: Desk


async def _core(stack: AsyncExitStack, config: Config, keys: Keyring) -> _Core:
    store = await _open_store(stack, config, keys)
    us = _local_node(keys, await _epoch(store, config))
    directory = Directory(await store.read(load_peers))
    ports = _ports(stack, config)
    transport = HttpTransport(
        identity=_tls(keys),
        directory=directory,
        rule=_address_rule(config),
        request_timeout=config.delivery.request_timeout_seconds,
    )
    stack.push_async_callback(transport.close)

    async def reload() -> None:
        directory.replace(await store.read(load_peers))
        log.info(log.Event.PEERS_CHANGED, count=len(directory.all()))

    shared: dict[str, Any] = {
        "us": us,
        "store": store,
        "directory": directory,
        "ports": ports,
        "changes": Changes(),
    }
    delivery = Delivery(**shared, transport=transport, policy=_policy(config), on_card=reload)
    known = catalogue()
    return _Core(
        us=us,
        store=store,
        directory=directory,
        delivery=delivery,
        receiver=Receiver(**shared, catalogue=known, on_life=delivery.alive, on_card=reload),
        desk=Desk(**shared, catalogue=known, wake=delivery.wake),
    )


async def _open_store(stack: AsyncExitStack, config: Config, keys: Keyring) -> Store:
    path = config.paths.data / DATABASE
    if not path.exists():
        raise InvalidError(f"there is no database at {path}", hint="gateway init makes one")
    store = Store(path, Sealer(keys.store_key, os.urandom))
    stack.push_async_callback(store.close)
    return await store.open()


async def _epoch(store: Store, config: Config) -> str:
    facts = await store.read(meta.load)
    if (facts.node, facts.environment) != (config.node.name, config.node.environment):
        raise InvalidError(
            f"the database belongs to {facts.node} ({facts.environment})",
            hint="check [node] and [paths] data",
        )
    return facts.epoch


_Server = HealthServer | PeerServer | ControlServer


def _servers(config: Config, keys: Keyring, core: _Core) -> tuple[tuple[str, _Server], ...]:
    """Return the servers with the setting of each; health is last: who is ready is all open."""
    doctor = Doctor(
        config=config, card=keys.card, store=core.store, delivery=core.delivery, clock=time.time
    )
    health = HealthServer(
        host=config.admin.host,
        port=config.admin.port,
        snapshot=doctor.look,
        on_error=_http_failed,
    )
    peer_server = PeerServer(
        host=config.peer_port.host,
        port=config.peer_port.port,
        identity=_tls(keys),
        directory=core.directory,
        receiver=core.receiver,
        card=lambda: core.us.card,
        on_error=_http_failed,
        bounds=PeerBounds(
            connections_per_peer=config.limits.per_peer_connections,
            in_flight_per_peer=config.limits.in_flight,
            body_budget=config.limits.queue_bytes,
        ),
    )
    control = ControlServer(
        path=config.control.socket,
        group=config.control.group,
        desk=core.desk,
        on_error=_http_failed,
    )
    return (
        ("[peer_port] listen", peer_server),
        ("[control] socket", control),
        ("[admin] listen", health),
    )


def _tls(keys: Keyring) -> TlsIdentity:
    return TlsIdentity(keys.tls.certificate, keys.tls.key, keys.tls.password)


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


def _check_owner(config: Config, keys: Keyring) -> None:
    """Let no node start with another node's keys, nor a test node in production.

    Raises:
        InvalidError: Configuration and card disagree.
    """
    if keys.node != config.node.name:
        raise InvalidError(
            f"the keys under {config.paths.keys} are of {keys.node}, not of {config.node.name}",
            hint="check [node] name and [paths] keys",
        )
    if str(keys.card.environment) != str(config.node.environment):
        raise InvalidError(
            f"the card is of environment {keys.card.environment}, "
            f"[node] environment is {config.node.environment}",
            hint="a node keeps the environment it was made for; make another with gateway init",
        )


def _local_node(keys: Keyring, epoch: str) -> LocalNode:
    return LocalNode(
        node=keys.node,
        environment=keys.card.environment,
        epoch=epoch,
        pair_at=keys.signing_pair,
        decryption_keys=dict(keys.decryption_keys),
        card=keys.card_raw,
        card_serial=keys.card.serial,
    )


def _ports(stack: AsyncExitStack, config: Config) -> Ports:
    pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="signing")
    stack.callback(pool.shutdown)

    def compute(function: Callable[[], T]) -> "asyncio.Future[T]":
        return asyncio.get_running_loop().run_in_executor(pool, function)

    return Ports(
        clock=time.time,
        new_id=lambda: str(uuid_utils.uuid7()),
        randomness=secrets.token_bytes,
        uniform=random.SystemRandom().uniform,
        compute=compute,
        fail_at=failure_points(is_test=config.node.environment is ConfigEnvironment.TEST),
    )


def _policy(config: Config) -> Policy:
    settings = config.delivery
    return Policy(
        backoff=Backoff(base=settings.retry_base_seconds, cap=settings.retry_cap_seconds),
        lines=settings.batch_lines,
        octets=settings.batch_bytes,
        grace=settings.expiry_grace_days * _DAY,
    )


def _address_rule(config: Config) -> AddressRule:
    """Return where peers may be: in production only public addresses, unless the config says so."""
    is_test = config.node.environment is ConfigEnvironment.TEST
    return AddressRule(None if is_test or config.delivery.allow_private_addresses else ())


def _http_failed(name: str) -> None:
    log.error(log.Event.HTTP_FAILED, error=name)
