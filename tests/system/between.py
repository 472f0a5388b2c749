"""What may stand between two nodes: a line that fails in a chosen way, or somebody who listens."""

import contextlib
import selectors
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.keyring.certificate import NewCertificate, password_of
from tests.system.nodes import LOOPBACK

_CHUNK = 65_536
# How long a slow line holds every piece back, and how long a thread sleeps without news.
_DELAY = 0.02
_IDLE = 0.1


class Way(StrEnum):
    """A direction, seen from the node that connects."""

    THERE = "there"
    BACK = "back"


class Harm(StrEnum):
    """What happens to a connection once its bytes are used up."""

    RESET = "reset"
    END = "end"
    HALF = "half"
    STALL = "stall"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Fault:
    """Let `after` bytes pass in one direction, then do harm."""

    harm: Harm
    way: Way = Way.THERE
    after: int = 0


@dataclass(slots=True, eq=False)
class _Link:
    """One connection through the proxy: two sockets, its fault, and what has passed."""

    near: socket.socket
    far: socket.socket
    fault: Fault | None
    passed: dict[Way, int] = field(default_factory=lambda: dict.fromkeys(Way, 0))


class Proxy:
    """A TCP line to `target` whose next connections have the faults that a test planned.

    `done` holds the faults that have really struck, `passed` the bytes of each connection.
    """

    def __init__(self, port: int, target: int) -> None:
        self.planned: deque[Fault] = deque()
        self.done: list[Fault] = []
        self.passed: list[dict[Way, int]] = []
        self._target = target
        self._links: set[_Link] = set()
        self._listener = socket.create_server((LOOPBACK, port))
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def __enter__(self) -> "Proxy":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def cut(self) -> None:
        """End the connections that are open now."""
        for link in tuple(self._links):
            with contextlib.suppress(OSError):
                link.near.shutdown(socket.SHUT_RDWR)
                link.far.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection((LOOPBACK, self._target))
                except OSError:
                    near.close()
                    continue
                fault = self.planned.popleft() if self.planned else None
                link = _Link(near, far, fault)
                self.passed.append(link.passed)
                thread = threading.Thread(target=self._carry, args=(link,))
                self._threads.append(thread)
                thread.start()

    def _carry(self, link: _Link) -> None:
        self._links.add(link)
        with link.near, link.far, selectors.DefaultSelector() as selector:
            selector.register(link.near, selectors.EVENT_READ, Way.THERE)
            selector.register(link.far, selectors.EVENT_READ, Way.BACK)
            goes_on = True
            with contextlib.suppress(OSError):
                while goes_on and selector.get_map() and not self._closing.is_set():
                    ready = [key.data for key, _ in selector.select(_IDLE)]
                    goes_on = all(self._move(link, selector, way) for way in ready)
        self._links.discard(link)

    def _move(self, link: _Link, selector: selectors.BaseSelector, way: Way) -> bool:
        """Carry one piece; tell whether the connection goes on."""
        source, sink = (link.near, link.far) if way is Way.THERE else (link.far, link.near)
        data = source.recv(_CHUNK)
        if not data:
            selector.unregister(source)
            sink.shutdown(socket.SHUT_WR)
            return True
        fault = link.fault if link.fault and link.fault.way is way else None
        if fault is not None and fault.harm is Harm.SLOW:
            self._note(link)
            self._closing.wait(_DELAY)
        elif fault is not None:
            room = fault.after - link.passed[way]
            if len(data) > room:
                sink.sendall(data[: max(0, room)])
                self._note(link)
                return self._harm(link, selector, source, sink, fault.harm)
        link.passed[way] += len(data)
        sink.sendall(data)
        return True

    def _harm(
        self,
        link: _Link,
        selector: selectors.BaseSelector,
        source: socket.socket,
        sink: socket.socket,
        harm: Harm,
    ) -> bool:
        if harm is Harm.RESET:
            for end in (link.near, link.far):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if harm is Harm.END:
            return False
        selector.unregister(source)
        if harm is Harm.HALF:
            sink.shutdown(socket.SHUT_WR)
        return True

    def _note(self, link: _Link) -> None:
        if link.fault is not None and not any(link.fault is each for each in self.done):
            self.done.append(link.fault)


@dataclass(slots=True)
class Impostor:
    """A TLS server with a certificate of its own, and every byte it could read."""

    port: int
    heard: bytearray = field(default_factory=bytearray)
    connections: int = 0


@contextlib.contextmanager
def impostor(port: int, certificate: NewCertificate, folder: Path) -> Iterator[Impostor]:
    """Take a node's port with another certificate, and answer 200 to whoever speaks."""
    (folder / "cert.pem").write_bytes(certificate.pem)
    (folder / "key.pem").write_bytes(certificate.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    password = password_of(certificate.secret)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem", password)
    listener = socket.create_server((LOOPBACK, port))
    seen = Impostor(port)

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            seen.connections += 1
            with raw, contextlib.suppress(OSError):
                raw.settimeout(5)
                with context.wrap_socket(raw, server_side=True) as tls:
                    while part := tls.recv(_CHUNK):
                        seen.heard += part

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
