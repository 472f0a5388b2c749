"""Everything of a node below its ports: keys, store, delivery, desk, and what works beside them."""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
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
from gateway.errors import InvalidError
from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.http.tls import TlsIdentity
from gateway.keyring import Keyring
from gateway.node.failing import failure_points
from gateway.node.setup import DATABASE, catalogue, load_peers
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


async def build(stack: AsyncExitStack, config: Config, keys: Keyring) -> Core:
    """Put the parts together; what must be closed again is left to `stack`.

    Raises:
        LocalError: The store is not there, is another node's, or does not open.
    """
    store = await _open_store(stack, config, keys)
    us = _local_node(keys, await _epoch(store, config))
    directory = Directory(await store.read(load_peers))
    ports = _ports(stack, config)
    transport = HttpTransport(
        identity=tls_identity(keys),
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
    desk = Desk(**shared, catalogue=known, wake=delivery.wake)
    return Core(
        us=us,
        store=store,
        directory=directory,
        delivery=delivery,
        receiver=Receiver(**shared, catalogue=known, on_life=delivery.alive, on_card=reload),
        desk=desk,
        workers=Workers([Named("delivery", delivery)]),
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


def check_owner(config: Config, keys: Keyring) -> None:
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
        pair_for=lambda _, at: keys.signing_pair(at),
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


def tls_identity(keys: Keyring) -> TlsIdentity:
    """Return the certificate that this node shows, with its key."""
    return TlsIdentity(keys.tls.certificate, keys.tls.key, keys.tls.password)
