"""The load: a process of its own that submits over the control socket, as a local system would.

What it costs is counted apart from the nodes. It speaks just enough HTTP to stay cheap: prepared
requests over connections that are kept open.
"""

import json
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PATIENCE: Final = 300.0
_READ: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """When the first submit began, the last was answered, the last receipt held; and the cost."""

    began: float
    submitted: float
    receipted: float
    cpu: float
    samples: tuple[float, ...] = ()


class Desk:
    """One connection to a node's control socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_PATIENCE)
        self._socket.connect(str(path))

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def submit(self, draft: bytes) -> str:
        """Submit a draft under a new idempotency key; return the id of the message.

        Raises:
            RuntimeError: The node did not take it.
        """
        head = (
            "POST /v1/messages HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(draft)}\r\n\r\n"
        )
        return str(self._ask(head.encode() + draft)["id"])

    def get(self, target: str) -> dict[str, Any]:
        """Return what stands at a path below `/v1/`.

        Raises:
            RuntimeError: The node refused.
        """
        return self._ask(f"GET /v1/{target} HTTP/1.1\r\nHost: node\r\n\r\n".encode())

    def received(self, id: str) -> None:
        """Return once the peer's receipt for a message has verified and is on the disk.

        Raises:
            RuntimeError: It was refused, or took too long.
        """
        self.get(f"messages/{id}/wait?level=received&timeout={_PATIENCE:g}")

    def all_received(self) -> None:
        """Return once no message of this node waits for its receipt."""
        while any(peer["waiting"] for peer in self.get("status")["peers"]):
            # The newest is as a rule the last to leave; whatever is left is waited for again.
            self.received(self.get("messages?box=outbox&limit=1")["items"][0]["id"])

    def _ask(self, request: bytes) -> dict[str, Any]:
        self._socket.sendall(request)
        raw = b""
        while (end := raw.find(b"\r\n\r\n")) < 0:
            raw += self._part()
        head, body = raw[:end].lower(), raw[end + 4 :]
        size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < size:
            body += self._part()
        document: dict[str, Any] = json.loads(body)
        if not head.startswith(b"http/1.1 2"):
            raise RuntimeError(f"the node answered {document}")
        return document

    def _part(self) -> bytes:
        part = self._socket.recv(_READ)
        if not part:
            raise RuntimeError("the node closed the connection")
        return part


def batch(path: Path, draft: bytes, *, messages: int, connections: int, wait: bool) -> Loaded:
    """Submit messages, each opening a thread, over parallel connections; wait for every receipt."""
    cpu = time.process_time()
    desks = [Desk(path) for _ in range(connections)]
    turns = iter(range(messages))
    began = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        for done in [pool.submit(_submit_all, desk, draft, turns) for desk in desks]:
            done.result()
    submitted = time.monotonic()
    if wait:
        desks[0].all_received()
    receipted = time.monotonic()
    for desk in desks:
        desk.close()
    return Loaded(
        began=began, submitted=submitted, receipted=receipted, cpu=time.process_time() - cpu
    )


def singles(path: Path, draft: bytes, *, messages: int) -> Loaded:
    """Submit one message at a time and wait for its receipt; `samples` has the seconds of each."""
    cpu = time.process_time()
    desk = Desk(path)
    samples = []
    began = time.monotonic()
    for _ in range(messages):
        start = time.perf_counter()
        desk.received(desk.submit(draft))
        samples.append(time.perf_counter() - start)
    ended = time.monotonic()
    desk.close()
    return Loaded(
        began=began,
        submitted=ended,
        receipted=ended,
        cpu=time.process_time() - cpu,
        samples=tuple(samples),
    )


def _submit_all(desk: Desk, draft: bytes, turns: Iterator[int]) -> None:
    # A range iterator is advanced by one thread at a time, so each message is submitted once.
    for _ in turns:
        desk.submit(draft)
