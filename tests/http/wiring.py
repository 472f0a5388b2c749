"""The other side of a test: a peer table, a receiver that remembers, and raw HTTP over real TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from gateway.http.connection import Deadlines
from gateway.http.peer_server import PeerBounds, PeerServer
from gateway.http.tls import TlsIdentity, client_context
from tests.http.certificates import Certificate

SHORT = Deadlines(
    handshake=0.5,
    header=0.3,
    body=0.5,
    request=2.0,
    answer=0.5,
    linger=0.1,
    keep_alive=1.0,
    shutdown=0.5,
)
HOST = b"Host: gateway\r\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A peer with the certificates that it pinned."""

    node: str
    certificates: tuple[bytes, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def certificate_digests(self) -> frozenset[bytes]:
        return frozenset(sha256(der).digest() for der in self.certificates)


class Table:
    """The peers of one node, replaced as a whole."""

    def __init__(self, *peers: Known) -> None:
        self._peers = {peer.node: peer for peer in peers}
        self._callbacks: list[Callable[[], None]] = []

    def replace(self, *peers: Known) -> None:
        self._peers = {peer.node: peer for peer in peers}
        for callback in self._callbacks:
            callback()

    def find(self, node: str) -> Known | None:
        return self._peers.get(node)

    def all(self) -> tuple[Known, ...]:
        return tuple(self._peers.values())

    def by_certificate(self, der: bytes) -> Known | None:
        digest = sha256(der).digest()
        return next((p for p in self._peers.values() if digest in p.certificate_digests), None)

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b'{"receipt":{},"entries":[]}'
    media_type: str = "application/vnd.moc.receipt+json"


@dataclass(slots=True)
class Inbox:
    """Keeps every batch; waits at `gate` when a test closed it, raises what a test put there."""

    batches: list[tuple[str, bytes]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    running: int = 0
    most_running: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def receive(self, node: str, body: bytes) -> Reply:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            self.batches.append((node, body))
            return Reply()
        finally:
            self.running -= 1


@dataclass(slots=True)
class Port:
    """A running peer port with everything that stands around it."""

    server: PeerServer
    inbox: Inbox
    table: Table
    own: Certificate
    errors: list[str]

    async def connect(self, identity: TlsIdentity, **tweak: Any) -> "Wire":
        context = client_context(identity, [self.own.der])
        for name, value in tweak.items():
            setattr(context, name, value)
        return await Wire.open(self.server.port, context)

    async def ask(self, identity: TlsIdentity, request: bytes) -> bytes:
        """Send one request and return everything until the other side closes."""
        wire = await self.connect(identity)
        return await wire.ask(request)


@dataclass(slots=True)
class Wire:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int, context: ssl.SSLContext | None) -> "Wire":
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            port,
            ssl=context,
            limit=2**20,
            ssl_shutdown_timeout=0.5 if context else None,
        )
        return cls(reader, writer)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> bytes:
        """Read one head; the body stays unread."""
        async with asyncio.timeout(10):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def answer(self) -> tuple[int, bytes]:
        """Read one answer with its length and leave the connection open."""
        head = await self.head()
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        async with asyncio.timeout(10):
            return int(head.split(b" ")[1]), await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """Read until the other side closes."""
        parts = []
        async with asyncio.timeout(10):
            try:
                while part := await self.reader.read(65536):
                    parts.append(part)
            except (ConnectionError, ssl.SSLError):
                pass
        await self.close()
        return b"".join(parts)

    async def ask(self, request: bytes) -> bytes:
        self.send(request)
        return await self.rest()

    async def close(self) -> None:
        self.writer.close()
        try:
            async with asyncio.timeout(2):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            pass


def post(body: bytes = b"{}", *headers: bytes, declared: int | None = None) -> bytes:
    """Return a `POST /v1/envelopes` as an honest peer writes it, with more headers if given."""
    lines = [b"Content-Length: %d" % (len(body) if declared is None else declared), *headers]
    if not any(line.lower().startswith(b"content-type") for line in headers):
        lines.append(b"Content-Type: application/vnd.moc.envelopes")
    return b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(target: bytes = b"/v1/card", *headers: bytes) -> bytes:
    """Return a request without a body."""
    extra = b"".join(line + b"\r\n" for line in headers)
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + extra + b"\r\n"


def status(answer: bytes) -> int:
    """Return the status of a raw answer; 0 if there is none."""
    return int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/1.") else 0


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


@asynccontextmanager
async def peer_port(
    own: Certificate,
    *peers: Known,
    bounds: PeerBounds | None = None,
    deadlines: Deadlines = SHORT,
    card: Callable[[], bytes] = lambda: b'{"card":1}',
    table: type[Table] = Table,
    version: str | None = None,
) -> AsyncIterator[Port]:
    """Run a peer port for these peers."""
    inbox, peer_table, errors = Inbox(), table(*peers), []
    server = PeerServer(
        host="127.0.0.1",
        port=0,
        identity=lambda: own.identity,
        directory=peer_table,
        receiver=inbox,
        card=card,
        on_error=errors.append,
        version=version,
        bounds=bounds,
        deadlines=deadlines,
    )
    await server.start()
    try:
        yield Port(server, inbox, peer_table, own, errors)
    finally:
        inbox.gate.set()
        await server.stop(grace=1)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the other side has noticed; fail when it does not."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)
