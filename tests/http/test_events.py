"""Server-sent events over the socket: numbered, resumable, told of gaps, ended with the node."""

import asyncio
import json
import socket

import pytest

from gateway.http.connection import Deadlines
from gateway.http.control import ControlServer
from tests.local_api import served
from tests.nodes import OFFICER


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as api:
        yield api


class Reader:
    """A reader of the stream that looks at every byte."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, path, target="/v1/events", *headers):
        reader, writer = await asyncio.open_unix_connection(str(path))
        lines = [f"GET {target} HTTP/1.1", "Host: a", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        return cls(reader, writer)

    async def head(self):
        async with asyncio.timeout(5):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        return raw.decode().lower()

    async def block(self):
        """Return the lines of the next block, as a table of names and values."""
        async with asyncio.timeout(5):
            raw = b""
            while not raw.endswith(b"\n\n"):
                size = int(await self.reader.readline(), 16)
                if not size:
                    return None
                raw += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
        blocks = raw.decode().removesuffix("\n\n").split("\n\n")
        found = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
        return found[0] if len(found) == 1 else found

    async def close(self):
        self.writer.close()
        await self.writer.wait_closed()


async def test_a_stream_tells_its_kind_its_place_and_then_each_event(api):
    reader = await Reader.open(api.socket)
    head = await reader.head()
    assert head.startswith("http/1.1 200")
    assert "content-type: text/event-stream" in head
    assert "cache-control: no-store" in head
    newest = await api.node.desk.events.newest()
    assert await reader.block() == {"retry": "2000", "id": str(newest)}
    sent = await api.node.desk.ping("kh/molvt", OFFICER)
    block = await reader.block()
    assert block["id"] == str(newest + 1)
    assert block["event"] == "message.queued"
    assert json.loads(block["data"]) == {
        "kind": "message.queued",
        "peer": "kh/molvt",
        "id": sent["id"],
        "type": "ping",
        "thread": sent["thread"],
        "reference": None,
        "state": "queued",
    }
    await reader.close()


async def test_who_comes_again_goes_on_behind_the_last_event_it_saw(api):
    for _ in range(3):
        await api.node.desk.ping("kh/molvt", OFFICER)
    newest = await api.node.desk.events.newest()
    assert newest > 2
    for target, header in (
        (f"/v1/events?after={newest - 1}", "X: y"),
        ("/v1/events", f"Last-Event-ID: {newest - 1}"),
        ("/v1/events?after=0", f"Last-Event-ID: {newest - 1}"),
    ):
        reader = await Reader.open(api.socket, target, header)
        await reader.head()
        assert (await reader.block())["id"] == str(newest - 1)
        blocks = await reader.block()
        first = blocks[0] if isinstance(blocks, list) else blocks
        assert first["id"] == str(newest)
        await reader.close()


async def test_a_gap_is_told_before_the_oldest_that_is_kept(api):
    def fill(tx):
        for number in range(9):
            tx._database.execute("INSERT INTO events (kind) VALUES (?)", (f"test.{number}",))
        tx._database.execute("DELETE FROM events WHERE seq <= 5")

    await api.node.store.write(fill)
    reader = await Reader.open(api.socket, "/v1/events?after=2&kind=test.")
    await reader.head()
    await reader.block()
    gap = await reader.block()
    assert (gap["event"], gap["id"]) == ("gap", "5")
    assert [block["id"] for block in await reader.block()] == ["6", "7", "8", "9"]
    await reader.close()


@pytest.mark.parametrize(
    ("target", "header"),
    [
        ("/v1/events?after=-1", "X: y"),
        ("/v1/events?after=1e3", "X: y"),
        ("/v1/events?colour=red", "X: y"),
        ("/v1/events", "Last-Event-ID: seven"),
        ("/v1/events", "Last-Event-ID: 1234567890123456789"),
    ],
)
async def test_a_place_that_is_none_is_refused(api, target, header):
    reader = await Reader.open(api.socket, target, header)
    head = await reader.head()
    assert head.startswith("http/1.1 400")
    assert "application/problem+json" in head
    await reader.close()


async def test_a_stream_ends_with_the_node_and_at_once(api):
    reader = await Reader.open(api.socket)
    await reader.head()
    await reader.block()
    started = asyncio.get_running_loop().time()
    await api.server.stop(grace=10)
    assert asyncio.get_running_loop().time() - started < 2
    assert await reader.block() is None
    await reader.close()


async def test_a_stream_that_always_has_more_ends_with_the_node_too(api):
    class Gone:
        async def gone(self):
            await asyncio.Event().wait()

    async def endless():
        while True:
            yield b"more"

    count = 0
    async for _ in api.server._while_read(Gone(), endless()):
        count += 1
        if count == 3:
            api.server._stopping.set()
        assert count < 10
    assert count == 3


async def test_a_stream_that_nobody_reads_any_more_leaves_nothing_behind(api):
    before = len(asyncio.all_tasks())
    for _ in range(5):
        reader = await Reader.open(api.socket)
        await reader.head()
        await reader.block()
        await reader.close()
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)
    await api.node.desk.ping("kh/molvt", OFFICER)
    assert api.errors == []


async def test_a_reader_that_does_not_read_is_cut_off_and_nothing_is_kept_for_it(tmp_path):
    async with served(tmp_path) as api:
        server = ControlServer(
            path=tmp_path / "slow" / "control.sock",
            group=None,
            desk=api.node.desk,
            on_error=api.errors.append,
        )
        server._server._deadlines = Deadlines(answer=0.3, request=60.0)
        await server.start()

        def fill(tx):
            for number in range(20_000):
                tx._database.execute("INSERT INTO events (kind) VALUES (?)", (f"test.{number}",))

        await api.node.store.write(fill)
        lazy = socket.socket(socket.AF_UNIX)
        lazy.connect(str(server.real_path))
        lazy.sendall(b"GET /v1/events?after=0 HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(10):
            while server._server.open_connections == 0:
                await asyncio.sleep(0.01)
            while server._server.open_connections:
                await asyncio.sleep(0.01)
        lazy.close()
        await server.stop(grace=1)
        assert api.errors == []


async def test_heartbeats_come_while_nothing_happens(api):
    api.node.desk.events._heartbeat = 0.05
    reader = await Reader.open(api.socket)
    await reader.head()
    first = await reader.block()
    for _ in range(2):
        assert await reader.block() == {"": "still here", "id": first["id"]}
    await reader.close()
