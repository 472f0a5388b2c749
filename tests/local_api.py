"""The local API of a real node, served on a real socket in the loop of the test."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from gateway.client import Client
from gateway.http.control import ControlServer
from tests.http.described import CheckedClient
from tests.nodes import Node, Pair, two_nodes

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Served:
    """A node behind its control socket, and the other one beside it."""

    pair: Pair
    node: Node
    server: ControlServer
    client: Client
    errors: list[str] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.server.real_path


async def blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run something that blocks, such as a call of the client, beside the loop that serves it."""
    return await asyncio.to_thread(functools.partial(function, *args, **kwargs))


@asynccontextmanager
async def served(folder: Path, name: str = "jp/isa", **options: Any) -> AsyncIterator[Served]:
    """Open two nodes and serve the desk of one of them."""
    async with two_nodes(folder, **options) as pair:
        node = pair.wire.nodes[name]
        errors: list[str] = []
        server = ControlServer(
            path=folder / "run" / "control.sock",
            group=None,
            desk=node.desk,
            on_error=errors.append,
        )
        await server.start()
        try:
            yield Served(pair, node, server, CheckedClient.at(server.real_path), errors)
        finally:
            await server.stop(grace=1)
