"""Two real nodes with their control sockets, for commands that read: no TLS, no processes.

The nodes run on a loop of their own in a thread; commands run as processes, as always.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from gateway.desk import Draft
from gateway.http.control import ControlServer
from tests.cli.conftest import CHECKOUT, Finished, gateway
from tests.nodes import OFFICER, Node, Pair, inquiry, two_nodes


class TwoDesks:
    """What tests do with the nodes, from outside their loop."""

    def __init__(self, pair: Pair, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self.pair = pair
        self._loop = loop
        self._folder = folder

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something on the loop of the nodes and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def config(self, side: str) -> Path:
        return self._folder / f"{side}-node" / "config.toml"

    def cli(self, side: str, *arguments: str, **given: Any) -> Finished:
        """Run a command on the node of one side."""
        return gateway("--config", str(self.config(side)), *arguments, **given)

    def ask(self, **changes: Any) -> dict[str, Any]:
        """Send an inquiry from Japan and wait until Cambodia has it."""

        async def act() -> dict[str, Any]:
            sent = await self.pair.jp.desk.send(Draft.from_json(inquiry(**changes)), OFFICER)
            return await self.pair.jp.desk.wait(sent["id"], "received", 5)

        return self.do(act())

    def send(self, side: str, draft: dict[str, Any]) -> dict[str, Any]:
        """Send a draft from one side and wait until the other has it."""
        node: Node = getattr(self.pair, side)

        async def act() -> dict[str, Any]:
            sent = await node.desk.send(Draft.from_json(draft), OFFICER)
            return await node.desk.wait(sent["id"], "received", 5)

        return self.do(act())

    def write(self, side: str, function: Callable[[Any], Any]) -> Any:
        """Change the store of one side."""
        node: Node = getattr(self.pair, side)
        return self.do(node.store.write(function))

    def later(self, seconds: float) -> None:
        """Move the clock of both nodes on."""
        self.pair.clock.now += seconds


@contextlib.contextmanager
def two_desks(folder: Path) -> Iterator[TwoDesks]:
    """Open two nodes and serve both desks until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    opened = contextlib.AsyncExitStack()

    async def start() -> Pair:
        pair = await opened.enter_async_context(two_nodes(folder))
        for side in ("jp", "kh"):
            home = folder / f"{side}-node"
            (home / "data").mkdir(parents=True)
            text = (CHECKOUT / "config.toml").read_text(encoding="utf-8")
            (home / "config.toml").write_text(text, encoding="utf-8")
            server = ControlServer(
                path=home / "data" / "control.sock",
                group=None,
                desk=getattr(pair, side).desk,
                on_error=lambda error: None,
            )
            await server.start()
            opened.push_async_callback(server.stop, 1.0)
        return pair

    try:
        yield TwoDesks(do(start()), loop, folder)
    finally:
        do(opened.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
