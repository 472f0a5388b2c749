"""Real nodes on a virtual time: weeks pass in seconds, and a seed plays the same again.

Everything is real but time and the line: the program's own code, SQLite files, cryptography. The
loop jumps to the next moment at which something is due. The store runs in the loop, so no thread
decides the order of things.
"""

import asyncio
import random
import selectors
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from gateway.delivery.deadlines import AFTER_START, Deadlines
from gateway.delivery.sender import Policy
from gateway.delivery.transport import Answer
from gateway.errors import TransientError
from gateway.store.connection import Connection
from tests.nodes import START, Clock, Keys, Node, Pair, Wire, close, introduce

T = TypeVar("T")


class StandstillError(Exception):
    """Nobody waits for a time and nothing is ready: the world would stand still for ever."""


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait: it moves the loop's time on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if found := super().select(0):
            return found
        if timeout is None:
            raise StandstillError
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when everybody waits."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        # Far from zero a nanosecond more is the same number, and what is due would never be past.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._jumping.now


def play(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a story on a loop of its own and return its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story())


class InlineConnection(Connection):
    """A connection without a thread: what it is asked for is done when its turn comes.

    Processes die in this world, but the power does not fail: nothing is synced.
    """

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._connect().__await__()

    async def _connect(self) -> Connection:
        database = self._connector()
        if not database.execute("PRAGMA query_only").fetchone()[0]:
            database.execute("PRAGMA synchronous = OFF")
        self._connection = database
        return self

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Others may come first, as they may with a thread.
        await asyncio.sleep(0)
        return fn(*args, **kwargs)

    async def close(self) -> None:
        database, self._connection = self._connection, None
        if database is not None:
            database.close()

    def stop(self) -> None:
        self._running = False


def inline(connector: Callable[[], sqlite3.Connection]) -> Connection:
    return InlineConnection(connector, iter_chunk_size=64)


class LoopClock(Clock):
    """The wall clock of this world."""

    def __call__(self) -> float:
        return self.now + asyncio.get_running_loop().time()


@dataclass
class Line:
    """The way between the nodes: it takes time, and loses requests and answers by chance."""

    chance: random.Random
    loss: float = 0.0
    slow: float = 0.5
    cut: bool = False
    trace: list[tuple[float, str, int]] = field(default_factory=list)

    async def request(self, node: str, body: bytes) -> Answer | bytes | None:
        self.trace.append((asyncio.get_running_loop().time(), node, body.count(b"\n")))
        await asyncio.sleep(self.chance.uniform(0.01, self.slow))
        if self.cut or self.chance.random() < self.loss:
            raise TransientError("the request was lost")
        return None

    async def answer(self, node: str, answer: Answer) -> Answer:
        await asyncio.sleep(self.chance.uniform(0.01, self.slow))
        if self.cut or self.chance.random() < self.loss:
            raise TransientError("the answer was lost")
        return answer


@dataclass
class World:
    """Japan and Cambodia, the line between them, and chance."""

    pair: Pair
    line: Line
    chance: random.Random
    watchers: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    absences: list[tuple[float, float]] = field(default_factory=list)

    @property
    def nodes(self) -> tuple[Node, Node]:
        return self.pair.jp, self.pair.kh

    @property
    def now(self) -> float:
        return self.pair.clock()

    def node(self, name: str) -> Node:
        return self.pair.wire.nodes[name]

    async def start(self, node: Node, *, after_start: float = 0.0) -> None:
        """Let a node's workers run."""
        await node.start()
        watcher = Deadlines(
            us=node.us,
            store=node.store,
            ports=node.desk._ports,
            changes=node.changes,
            after_start=after_start,
        )
        self.watchers[node.us.node] = asyncio.create_task(watcher.run())

    async def crash(self, name: str) -> None:
        """End a node as a kill does: nothing is finished or written down."""
        self.watchers.pop(name).cancel()
        await self.node(name).kill()

    async def revive(self, name: str) -> Node:
        """Open the node of a dead process again over its files."""
        again = await self.pair.open(self.node(name).keys)
        await self.start(again, after_start=AFTER_START)
        return again

    async def end(self) -> None:
        for task in self.watchers.values():
            task.cancel()
        await asyncio.gather(*self.watchers.values(), return_exceptions=True)
        for node in self.pair.opened:
            await close(node)


async def make_world(folder: Path, seed: int, *, policy: Policy | None = None) -> World:
    """Open two nodes that know each other, on a good line; none of their workers runs yet."""
    chance = random.Random(seed)
    line = Line(random.Random(seed + 1))
    wire = Wire()
    wire.harm, wire.after = line.request, line.answer
    options = {"policy": policy or Policy(), "connect": inline, "seed": seed}
    pair = Pair(folder, wire, LoopClock(START), options)
    world = World(pair, line, chance)
    try:
        jp = await pair.open(Keys("jp/isa"))
        kh = await pair.open(Keys("kh/molvt"))
        await introduce(jp, kh.keys.card())
        await introduce(kh, jp.keys.card())
    except BaseException:
        await world.end()
        raise
    return world


def in_world(folder: Path, seed: int, story: Callable[[World], Awaitable[T]], **options: Any) -> T:
    """Play a story in a world of its own."""

    async def whole() -> T:
        world = await make_world(folder, seed, **options)
        try:
            return await story(world)
        finally:
            await world.end()

    return play(whole)
