"""Answers that go on: server-sent events (the event stream format of the HTML standard).

Nothing is kept in memory for a slow reader. Who does not take a piece in time loses the connection
and comes back with the id of the last event it saw.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.http.answers import SERVER_NAME

MEDIA_TYPE: Final = "text/event-stream"

# How long a reader waits before it comes back, unless it knows better.
_RETRY_MILLISECONDS: Final = 2_000


class Stream(web.StreamResponse):
    """An answer whose pieces are written as they come."""

    def __init__(self, pieces: AsyncGenerator[bytes, None]) -> None:
        super().__init__(
            headers={
                "Content-Type": MEDIA_TYPE,
                "Cache-Control": "no-store",
                "Server": SERVER_NAME,
            }
        )
        self._pieces = pieces

    async def pour(self, request: web.BaseRequest, *, patience: float) -> None:
        """Write every piece; each has `patience` seconds to get away.

        Raises:
            TimeoutError: The reader does not read.
            ConnectionError: The reader has gone.
        """
        async with aclosing(self._pieces) as pieces:
            async with asyncio.timeout(patience):
                await self.prepare(request)
            async for piece in pieces:
                async with asyncio.timeout(patience):
                    await self.write(piece)
        async with asyncio.timeout(patience):
            await self.write_eof()


def beginning(seq: int) -> bytes:
    """Return the first block of a stream: where it stands, so that the first break loses nothing.

    >>> beginning(7)
    b'retry: 2000\\nid: 7\\n\\n'
    """
    return b"retry: %d\nid: %d\n\n" % (_RETRY_MILLISECONDS, seq)


def heartbeat(seq: int) -> bytes:
    """Return a block that is no event, but tells that both sides live and how far we looked.

    >>> heartbeat(7)
    b': still here\\nid: 7\\n\\n'
    """
    return b": still here\nid: %d\n\n" % seq


def event(seq: int, kind: str, data: Mapping[str, Any]) -> bytes:
    r"""Return the block of one event; JSON has no line end in it, so `data` is one line.

    >>> event(8, "alarm", {"kind": "alarm"})
    b'id: 8\nevent: alarm\ndata: {"kind":"alarm"}\n\n'
    """
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, kind.encode(), orjson.dumps(data))
