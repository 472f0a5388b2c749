"""Everything of a node below its ports: keys, store, delivery, desk, and what works beside them."""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import uuid_utils

from gateway import log
from gateway.config import Config
from gateway.config import Environment as ConfigEnvironment
from gateway.delivery import fingerprinting
from gateway.delivery.awaiting import Terms
from gateway.delivery.catching_up import catch_up
from gateway.delivery.changes import Changes
from gateway.delivery.deadlines import Deadlines
from gateway.delivery.directory import Directory
from gateway.delivery.handed_out import Noted
from gateway.delivery.own_keys import OwnKeys
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.receiver import Receiver
from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.delivery.service import Delivery
from gateway.desk import Actor, Desk
from gateway.desk.consent_notices import ConsentNotices
from gateway.desk.reminding import Reminders
from gateway.envelope import times
from gateway.errors import InvalidError
from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.keyring import Keyring
from gateway.node.certificates import Certificates
from gateway.node.failing import failure_points
from gateway.node.key_workers import key_workers
from gateway.node.outward import outward
from gateway.node.public_files import outlet, publisher
from gateway.node.rekeying import hand_out
from gateway.node.setup import DATABASE, catalogue, load_peers
from gateway.node.verifying import Verifying
from gateway.node.workers import Named, Workers
from gateway.store import Store, meta
from gateway.store.sealing import Sealer

T = TypeVar("T")

_DAY: Final = 86_400.0
# Signing is the only heavy work and releases the interpreter lock: one thread per core suffices.
_THREADS: Final = max(2, min(4, os.cpu_count() or 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """Everything below the ports."""

    us: LocalNode
    store: Store
    directory: Directory
    delivery: Delivery
    receiver: Receiver
    desk: Desk
    workers: Workers
    transport: HttpTransport
    verifying: Verifying
    certificates: Certificates


async def build(
    stack: AsyncExitStack, config: Config, keys: Keyring, passphrase: Callable[[], bytes]
) -> Core:
    """Put the parts together; what must be closed again is left to `stack`.

    Args:
        passphrase: Opens the key files once more when an operator has changed them.

    Raises:
        LocalError: The store is not there, is another node's, or does not open; or it knows a newer
            card than the one in `keys/`.
    """
    store, epoch = await _open_store(stack, config, keys)
    ports = _ports(stack, config)
    noted = await hand_out(keys.keys, store, ports.clock(), uid=os.getuid())
    directory = Directory(await store.read(load_peers))
    us = _local_node(keys, epoch, directory, noted)
    certificates = Certificates(keys, us.keys, ports.clock)
    transport = _transport(config, certificates, directory)
    stack.push_async_callback(transport.close)
    shared = _shared(config, us=us, store=store, directory=directory, ports=ports)
    await _catch_up(store, Terms(us.node, shared["catalogue"]), ports)
    delivery, receiver, desk = _parts(config, shared, transport)
    verifying = Verifying(store=store, clock=ports.clock)
    opening = dict[str, Any](config=config, passphrase=passphrase)
    beside = [
        Named("delivery", delivery),
        Named("verifying", verifying),
        *_on_the_store(config, shared, desk, delivery.wake),
        *key_workers(shared, desk=desk, wake=delivery.wake, certificates=certificates, **opening),
        *await outward(config, desk=desk, store=store, ports=ports),
    ]
    return Core(
        us=us,
        store=store,
        directory=directory,
        delivery=delivery,
        receiver=receiver,
        desk=desk,
        workers=Workers(beside),
        transport=transport,
        verifying=verifying,
        certificates=certificates,
    )


async def _catch_up(store: Store, terms: Terms, ports: Ports) -> None:
    """Do for what an older version has kept what this one would have done; once."""
    await store.write(partial(catch_up, terms=terms))
    at = times.text(ports.clock())
    while await store.write(partial(fingerprinting.catch_up, terms=terms, at=at)):
        # Some at a time: a whole year of messages would hold every reader up.
        continue


def _parts(
    config: Config, shared: Mapping[str, Any], transport: HttpTransport
) -> tuple[Delivery, Receiver, Desk]:
    reload = reloading(shared["directory"], shared["store"])
    delivery = Delivery(**shared, transport=transport, policy=_policy(config), on_card=reload)
    receiver = Receiver(**shared, on_life=delivery.alive, on_card=reload)
    opened = outlet(config, shared)
    return delivery, receiver, Desk(**shared, wake=delivery.wake, outlet=opened)


def reloading(directory: Directory, store: Store) -> Callable[[], Awaitable[None]]:
    """Return what puts the cards of the store in force, those that were stored last at the end."""
    one_at_a_time = asyncio.Lock()

    async def reload() -> None:
        # Two at once could put in place last what was read first: an older card.
        async with one_at_a_time:
            directory.replace(await store.read(load_peers))
        log.info(log.Event.PEERS_CHANGED, count=len(directory.all()))

    return reload


def _shared(config: Config, **parts: Any) -> dict[str, Any]:
    """Return what most parts of a node are made of."""
    return {**parts, "changes": Changes(), "catalogue": catalogue(config)}


def _on_the_store(
    config: Config, shared: Mapping[str, Any], desk: Desk, wake: Callable[[str], None]
) -> list[Named]:
    """Return the workers that look after what messages oblige somebody to do."""
    return [
        Named("deadlines", _deadlines(shared)),
        Named("reminders", _reminders(config, shared, wake)),
        Named("consents", ConsentNotices(**shared, wake=wake)),
        publisher(desk, shared),
    ]


def _deadlines(shared: Mapping[str, Any]) -> Deadlines:
    return Deadlines(**{name: shared[name] for name in ("us", "store", "ports", "changes")})


def _reminders(config: Config, shared: Mapping[str, Any], wake: Callable[[str], None]) -> Reminders:
    itself = Actor(uid=os.getuid(), name="node")
    sends = config.duties.reminders
    return Reminders(**shared, wake=wake, actor=itself, is_sending=sends)


def _transport(config: Config, certificates: Certificates, directory: Directory) -> HttpTransport:
    return HttpTransport(
        identity=certificates.shown_to,
        directory=directory,
        rule=_address_rule(config),
        request_timeout=config.delivery.request_timeout_seconds,
    )


async def _open_store(stack: AsyncExitStack, config: Config, keys: Keyring) -> tuple[Store, str]:
    """Return the store and its epoch; before it is known to be ours, nothing is written."""
    path = config.paths.data / DATABASE
    if not path.exists():
        raise InvalidError(
            f"there is no database at {path}",
            hint="gateway db restore FILE puts a backup there; gateway init makes a new node",
        )
    store = Store(path, Sealer(keys.store_key, os.urandom))
    stack.push_async_callback(store.close)
    await store.open()
    return store, await _epoch(store, config)


async def _epoch(store: Store, config: Config) -> str:
    facts = await store.read(meta.load)
    if (facts.node, facts.environment) != (config.node.name, config.node.environment):
        raise InvalidError(
            f"the database belongs to {facts.node} ({facts.environment})",
            hint="check [node] and [paths] data",
        )
    return facts.epoch


def _local_node(keys: Keyring, epoch: str, directory: Directory, noted: Noted) -> LocalNode:
    own_keys = OwnKeys(keys.keys, directory, is_forced=noted.is_forced)
    return LocalNode(node=keys.node, environment=keys.card.environment, epoch=epoch, keys=own_keys)


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
