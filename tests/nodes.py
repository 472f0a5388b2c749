"""Two real nodes in one process: real store files, real cryptography, a wire that tests may harm.

Only HTTP is left out: `Wire` hands the bytes of one node's sender to the other node's receiver.
Time is a value that tests set.
"""

import asyncio
import contextlib
import os
import random
import shutil
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import uuid_utils

from gateway.catalogue import Catalogue
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory, Peer
from gateway.delivery.own_keys import KeySet, OwnCertificate, OwnKeys
from gateway.delivery.ports import LocalNode, Ports, no_failure
from gateway.delivery.receiver import Receiver, Reply
from gateway.delivery.retry import Backoff
from gateway.delivery.sender import Policy
from gateway.delivery.service import Delivery
from gateway.delivery.transport import Answer
from gateway.desk import Actor, Desk
from gateway.envelope import (
    Card,
    DecryptionKey,
    Environment,
    KeyValidity,
    Officer,
    SigningPair,
    digest,
    fingerprint,
    issue_card,
    read_card,
    times,
)
from gateway.errors import TransientError
from gateway.keyring.certificate import make_certificate
from gateway.node.setup import catalogue, load_peers
from gateway.store import Store, Transaction, meta, own_cards, peers
from gateway.store.connection import Connector, threaded
from gateway.store.sealing import Sealer

START = 1_790_000_000.0
OFFICER = Actor(uid=1000, name="officer")
CATALOGUE = catalogue()


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: float = START

    def __call__(self) -> float:
        return self.now


class RunningClock(Clock):
    """A clock that runs on from the start, for tests in which waiting times must pass."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> float:
        return self.now + time.monotonic() - self._began


async def compute_inline(function: Callable[[], Any]) -> Any:
    return function()


@dataclass
class Keys:
    """All keys of a node, and its current card."""

    node: str
    identity: SigningPair = field(default_factory=SigningPair.generate)
    message: SigningPair = field(default_factory=SigningPair.generate)
    encryption: list[DecryptionKey] = field(default_factory=lambda: [DecryptionKey.generate()])
    # What two consent officers sign with; no node holds these.
    officers: dict[str, SigningPair] = field(
        default_factory=lambda: {f"officer-{n}": SigningPair.generate() for n in (1, 2)}
    )
    serial: int = 1
    previous: str | None = None
    certificate: bytes = b""
    current: bytes | None = None
    opened: KeySet | None = None

    def __post_init__(self) -> None:
        self.certificate = make_certificate(self.node, not_before=START - 600).der

    def card(self) -> bytes:
        """Return the card in force: always the same bytes, as peers compare them."""
        if self.current is None:
            self.current = self.issue()
        return self.current

    def issue(self, **changes: Any) -> bytes:
        """Sign a card of these keys, changed as a test wants it."""
        validity = KeyValidity(
            not_before=times.text(START - 600), not_after=times.text(START + 300 * 86_400)
        )
        card = Card(
            node=self.node,
            environment=Environment.TEST,
            names={"en": f"Office of {self.node}"},
            addresses=(f"https://{self.node[:2]}.example:8470",),
            identity=self.identity.public,
            message_pairs=((self.message.public, validity),),
            encryption_keys=tuple(
                (
                    key.public,
                    replace(validity, not_before=times.text(START - 600 + number)),
                )
                for number, key in enumerate(self.encryption)
            ),
            officers=tuple(
                Officer(id=id, capability="consent", pair=pair.public, validity=validity)
                for id, pair in self.officers.items()
            ),
            certificates=(self.certificate,),
            serial=self.serial,
            previous=None if self.serial == 1 else self.previous or digest(b"the card before"),
            not_before=validity.not_before,
            not_after=validity.not_after,
        )
        return issue_card(replace(card, **changes), self.identity)

    def key_set(self) -> KeySet:
        """Return what a node that holds these keys opens at its start."""
        if self.opened is not None:
            return self.opened
        raw = self.card()
        return KeySet(
            card=read_card(raw),
            card_raw=raw,
            pairs=(self.message,),
            decryption_keys={key.kid: key for key in self.encryption},
            certificates=(OwnCertificate(self.certificate, times.text(START + 300 * 86_400)),),
        )

    def next_card(self, **changes: Any) -> bytes:
        """Put the card after this one in force."""
        self.previous = digest(self.card())
        self.serial += 1
        self.current = self.issue(**changes)
        return self.current

    def renew(self) -> bytes:
        """Add a new encryption key under a new card; the old key stays openable."""
        before = self.card()
        self.encryption.append(DecryptionKey.generate())
        self.current = before
        return self.next_card()


class Wire:
    """The way to the other node; `harm` may lose, change or answer in its place."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.down: set[str] = set()
        self.harm: Callable[[str, bytes], Awaitable[Answer | bytes | None]] | None = None
        self.after: Callable[[str, Answer], Awaitable[Answer]] | None = None
        self.requests: list[tuple[str, bytes]] = []
        self.answers: list[Reply] = []
        self.cards_read: list[str] = []

    def to(self, source: str) -> "WireEnd":
        return WireEnd(self, source)


@dataclass
class WireEnd:
    """One node's end of the wire: a Transport."""

    wire: Wire
    source: str

    async def post_envelopes(self, peer: Peer, body: bytes) -> Answer:
        wire = self.wire
        if peer.node in wire.down or self.source in wire.down:
            raise TransientError("the wire is cut")
        wire.requests.append((peer.node, body))
        if wire.harm is not None:
            changed = await wire.harm(peer.node, body)
            if isinstance(changed, Answer):
                return changed
            body = body if changed is None else changed
        reply = await self._ask(wire.nodes[peer.node], body)
        wire.answers.append(reply)
        answer = Answer(reply.status, reply.body)
        return answer if wire.after is None else await wire.after(peer.node, answer)

    async def _ask(self, node: "Node", body: bytes) -> Reply:
        """Return the node's reply; a node that dies over it breaks the connection."""
        work = asyncio.ensure_future(node.receiver.receive(self.source, body))
        dead = asyncio.ensure_future(node.dead.wait())
        try:
            await asyncio.wait({work, dead}, return_when=asyncio.FIRST_COMPLETED)
            if node.dead.is_set():
                raise TransientError("the connection broke")
            return work.result()
        finally:
            for task in (work, dead):
                task.cancel()
            await asyncio.gather(work, dead, return_exceptions=True)

    async def get_card(self, peer: Peer) -> bytes:
        if peer.node in self.wire.down:
            raise TransientError("the wire is cut")
        self.wire.cards_read.append(peer.node)
        return self.wire.nodes[peer.node].keys.card()

    async def forget(self, node: str) -> None:
        return

    async def close(self) -> None:
        return


@dataclass
class Node:
    """One node, put together as the composition root does it, without its surfaces."""

    keys: Keys
    store: Store
    directory: Directory
    receiver: Receiver
    delivery: Delivery
    desk: Desk
    us: LocalNode
    clock: Clock
    changes: Changes
    running: asyncio.Task[None] | None = None
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        self.running = asyncio.create_task(self.delivery.run())

    async def kill(self) -> None:
        """End as a killed process does: tasks vanish, nothing is finished or written down."""
        self.dead.set()
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None
        store = self.store
        if store._drainer is not None:
            store._drainer.cancel()
            await asyncio.gather(store._drainer, return_exceptions=True)
        for connection in (*store._readers, store._writer):
            if connection is not None:
                await connection.close()
        store._readers.clear()
        store._writer = store._drainer = None
        if store._lock >= 0:
            os.close(store._lock)
            store._lock = -1

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running
            self.running = None

    async def settled(self, seconds: float = 10.0) -> None:
        """Wait until nothing of this node is queued any more."""
        async with asyncio.timeout(seconds):
            while True:
                bell = self.changes.next()
                if not await self.store.read(lambda tx: tx.all("outbox.depth")):
                    return
                await bell.wait()


class CrashError(BaseException):
    """The process dies here; no handler of the program may stop it."""


class Bomb:
    """Kill a node the first time it stands at a named point; keep the disk as it was there."""

    def __init__(self, point: str, folder: Path) -> None:
        self.point = point
        self.folder = folder
        self.node: Node | None = None
        self.went_off = False
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()

    @property
    def image(self) -> Path:
        """The files as they were at the crash."""
        return self.folder.with_name(f"{self.folder.name}-after-crash")

    def __call__(self, point: str) -> None:
        if point != self.point or self.went_off or self.node is None:
            return
        self.went_off = True
        # The index of the WAL lives in memory that dies with the process.
        shutil.copytree(self.folder, self.image, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
        # From here on nothing that this node still says may be heard.
        if threading.get_ident() == self._loop_thread:
            self.node.dead.set()
        else:
            self._loop.call_soon_threadsafe(self.node.dead.set)
        raise CrashError(point)


def note_own_card(tx: Transaction, keys: Keys) -> None:
    """Keep the first card of a node as it does at its start."""
    raw, at = keys.card(), times.text(START)
    own_cards.add(tx, serial=keys.serial, digest=digest(raw), card=raw.decode(), at=at)


async def make_node(
    folder: Path,
    keys: Keys,
    wire: Wire,
    clock: Clock,
    *,
    fail_at: Callable[[str], None] = no_failure,
    policy: Policy | None = None,
    connect: Connector = threaded,
    seed: int = 7,
    catalogue: Catalogue = CATALOGUE,
) -> Node:
    """Open the node whose database lies in `folder`, making it the first time."""
    folder.mkdir(exist_ok=True)
    path = folder / "gateway.db"
    fresh = not path.exists()
    store = await Store(path, Sealer(bytes(32), os.urandom), connect).open()
    if fresh:
        facts = meta.Meta(node=keys.node, environment="test", epoch=f"1.{'0' * 32}")
        await store.write(lambda tx: meta.initialise(tx, facts))
        await store.write(partial(note_own_card, keys=keys))
    facts = await store.read(meta.load)
    directory = Directory(await store.read(load_peers))
    changes = Changes()
    chance = random.Random(f"{seed} {keys.node}")
    ports = Ports(
        clock=clock,
        new_id=lambda: str(uuid_utils.uuid7()),
        randomness=os.urandom,
        uniform=chance.uniform,
        compute=compute_inline,
        fail_at=fail_at,
    )
    us = LocalNode(
        node=keys.node,
        environment=Environment.TEST,
        epoch=facts.epoch,
        keys=OwnKeys(keys.key_set(), directory),
    )

    async def reload() -> None:
        directory.replace(await store.read(load_peers))

    delivery = Delivery(
        us=us,
        store=store,
        directory=directory,
        catalogue=catalogue,
        transport=wire.to(keys.node),
        ports=ports,
        changes=changes,
        policy=policy or Policy(backoff=Backoff(base=0.01, cap=0.05)),
        on_card=reload,
    )
    receiver = Receiver(
        us=us,
        store=store,
        directory=directory,
        catalogue=catalogue,
        ports=ports,
        changes=changes,
        on_life=delivery.alive,
        on_card=reload,
    )
    desk = Desk(
        us=us,
        store=store,
        directory=directory,
        catalogue=catalogue,
        ports=ports,
        changes=changes,
        wake=delivery.wake,
    )
    node = Node(keys, store, directory, receiver, delivery, desk, us, clock, changes)
    if isinstance(fail_at, Bomb):
        fail_at.node = node
    wire.nodes[keys.node] = node
    return node


Rows = dict[str, list[tuple[Any, ...]]]


async def rows(node: Node) -> Rows:
    """Return every row of every table, for comparing before and after."""

    def load(tx: Transaction) -> Rows:
        database = tx._database
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {
            name: sorted(map(tuple, database.execute(f"SELECT * FROM {name}").fetchall()), key=repr)
            for (name,) in tables
        }

    return await node.store.read(load)


def changed(before: Rows, after: Rows) -> set[str]:
    """Return the names of the tables that differ, but for the feed, which follows all others."""
    names = (before.keys() | after.keys()) - {"events", "sqlite_sequence"}
    return {name for name in names if before.get(name) != after.get(name)}


async def facts(node: Node, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Return what a query finds, as plain values."""
    return await node.store.read(
        lambda tx: [dict(row) for row in tx._database.execute(sql, parameters).fetchall()]
    )


async def until(node: Node, condition: Callable[[], Awaitable[Any]], seconds: float = 8.0) -> Any:
    """Wait until a condition holds and return its value; look again at each change of the node."""
    async with asyncio.timeout(seconds):
        while not (value := await condition()):
            bell = node.changes.next()
            # Not everything rings: attempts and postponements concern nobody who waits.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), 0.01)
        return value


async def alarms(node: Node) -> list[str]:
    """Return the kinds of the alarms that were raised, in their order."""
    return [row["kind"] for row in await facts(node, "SELECT kind FROM alarms ORDER BY seq")]


async def introduce(node: Node, raw: bytes) -> None:
    """Confirm a card as an operator does."""
    card = read_card(raw)
    await node.store.write(
        lambda tx: peers.add(
            tx,
            card.node,
            fingerprint=fingerprint(card.identity),
            card=raw.decode(),
            serial=card.serial,
            at=times.text(START),
        )
    )
    node.directory.replace(await node.store.read(load_peers))


@dataclass
class Pair:
    """Japan and Cambodia, introduced to each other."""

    folder: Path
    wire: Wire
    clock: Clock
    options: dict[str, Any]
    opened: list[Node] = field(default_factory=list)

    @property
    def jp(self) -> Node:
        return self.wire.nodes["jp/isa"]

    @property
    def kh(self) -> Node:
        return self.wire.nodes["kh/molvt"]

    async def open(self, keys: Keys, folder: Path | None = None, **options: Any) -> Node:
        """Open a node over its files, or over a copy of them that a crash left behind."""
        place = folder or self.folder / keys.node[:2]
        node = await make_node(place, keys, self.wire, self.clock, **(self.options | options))
        self.opened.append(node)
        return node

    async def restart(self, node: Node, **options: Any) -> Node:
        """End a node in order and open it again over the same files."""
        await close(node)
        again = await self.open(node.keys, **options)
        await again.start()
        return again


async def close(node: Node) -> None:
    """End a node in order, unless it is dead already."""
    await node.stop()
    if not node.dead.is_set():
        await node.store.close()
    node.dead.set()


@contextlib.asynccontextmanager
async def two_nodes(
    folder: Path, *, start: bool = True, clock: Clock | None = None, **options: Any
) -> AsyncIterator[Pair]:
    """Open two nodes that know each other, and close them whatever happens."""
    pair = Pair(folder, Wire(), clock or Clock(), options)
    try:
        jp = await pair.open(Keys("jp/isa"))
        kh = await pair.open(Keys("kh/molvt"))
        await introduce(jp, kh.keys.card())
        await introduce(kh, jp.keys.card())
        if start:
            await jp.start()
            await kh.start()
        yield pair
    finally:
        for node in pair.opened:
            await close(node)


@dataclass
class Trio(Pair):
    """Japan with both its peers, each of which knows Japan alone."""

    @property
    def np(self) -> Node:
        return self.wire.nodes["np/moless"]


@contextlib.asynccontextmanager
async def three_nodes(folder: Path, *, start: bool = True, **options: Any) -> AsyncIterator[Trio]:
    """Open Japan's node and two that know it, and close them whatever happens."""
    trio = Trio(folder, Wire(), Clock(), options)
    try:
        jp = await trio.open(Keys("jp/isa"))
        for name in ("kh/molvt", "np/moless"):
            peer = await trio.open(Keys(name))
            await introduce(jp, peer.keys.card())
            await introduce(peer, jp.keys.card())
        for node in trio.opened if start else ():
            await node.start()
        yield trio
    finally:
        for node in trio.opened:
            await close(node)


def inquiry(to: str = "kh/molvt", **changes: Any) -> dict[str, Any]:
    """Return a draft of an inquiry with the catalogue's own example."""
    body = CATALOGUE.bodies.example("inquiry.request")
    return {"type": "inquiry.request", "to": to, "body": body} | changes


def answer_to(view: dict[str, Any]) -> dict[str, Any]:
    """Return a draft of a full answer to the example inquiry."""
    body = CATALOGUE.bodies.example("inquiry.answer")
    asked = CATALOGUE.bodies.example("inquiry.request")["questions"]
    body["answers"] = {
        key: {"status": "unknown", "text": {"en": "No record was found."}} for key in asked
    }
    body["final"] = True
    return {"in_reply_to": view["id"], "body": body}
