"""The processes of the demo: nodes that are started, watched and ended by their own ids."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from gateway.cli.socket_client import NodeClient
from gateway.errors import GatewayError, LocalError, TransientError

# A node opens its keys and its database and binds three sockets: well under a second as a rule.
_START: Final = 20.0
_LOOK: Final = 0.02

# A node ends what it has begun within 10 s; then it is cut off, which it survives by design.
_END: Final = 15.0

_TAIL: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoNode:
    """One node of the demo: its name and where it lives."""

    name: str
    folder: Path

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / "config.toml"

    @property
    def log(self) -> Path:
        """What its process writes."""
        return self.folder / "node.log"

    @property
    def process_id(self) -> str | None:
        """The id of its process as the demo that runs it has noted it, if one does."""
        try:
            return self._note.read_text().strip()
        except OSError:
            return None

    def note_process(self, number: int | None) -> None:
        """Note the id of its process, for those who find it running without its demo."""
        if number is None:
            self._note.unlink(missing_ok=True)
        else:
            self._note.write_text(f"{number}\n")

    @property
    def _note(self) -> Path:
        return self.folder / "node.pid"

    @property
    def client(self) -> NodeClient:
        """The way to its desk."""
        return NodeClient.of(self.config)

    def is_up(self) -> bool:
        """Tell whether it answers on its socket."""
        try:
            self.client.get("status", patience=_END)
        except TransientError:
            return False
        return True


def ending(nodes: Iterable[DemoNode]) -> str:
    """Return how to end nodes that another demo runs, empty if nobody noted it."""
    ids = [node.process_id for node in nodes]
    known = " ".join(number for number in ids if number is not None)
    return f"; to end: kill {known}" if known else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A process started here, and how long its log was before."""

    node: DemoNode
    process: "subprocess.Popen[bytes]"
    log_start: int


class Running:
    """The nodes that this process started; nodes of somebody else are never ended here."""

    def __init__(self) -> None:
        self._children: list[_Child] = []

    @property
    def names(self) -> list[str]:
        """The nodes started here."""
        return [child.node.name for child in self._children]

    def start(self, node: DemoNode) -> None:
        """Start a node in a process of its own, with its log in its folder."""
        with node.log.open("ab") as log:
            start = log.tell()
            process = _launch(node, log)
        self._children.append(_Child(node=node, process=process, log_start=start))
        node.note_process(process.pid)

    def wait_until_up(self) -> None:
        """Return once every node started here answers on its socket.

        Raises:
            LocalError: One ended instead, or took too long; the text shows the end of its log.
        """
        deadline = time.monotonic() + _START
        for child in self._children:
            while not child.node.is_up():
                if child.process.poll() is not None:
                    raise _ended(child)
                if time.monotonic() > deadline:
                    raise _failed(child, f"did not answer within {_START:g} s")
                time.sleep(_LOOK)

    def wait_for_end(self) -> None:
        """Block until one of the nodes ends by itself; Ctrl-C ends the wait first.

        Raises:
            LocalError: A node ended; the text shows the end of its log.
        """
        # WNOWAIT leaves the child for its own Popen object to collect.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for child in self._children:
            if child.process.poll() is not None:
                raise _ended(child)

    def stop(self) -> None:
        """End every node started here: ask first, and cut off what does not listen."""
        for child in self._children:
            child.process.terminate()
        for child in self._children:
            try:
                child.process.wait(_END)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            # The number may be another process's by the time somebody reads it.
            child.node.note_process(None)
        self._children.clear()


def _launch(node: DemoNode, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # A group of its own: Ctrl-C reaches the demo alone, which then ends the nodes in good order.
    # -P: with -m alone, a click.py in the current folder would run in place of the library.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and a path of our own
        [sys.executable, "-P", "-m", "gateway", "--config", str(node.config), "serve"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        process_group=0,
    )


def _ended(child: _Child) -> GatewayError:
    return _failed(child, f"ended with exit code {child.process.returncode}")


def _failed(child: _Child, text: str) -> GatewayError:
    """Return the error with the end of what this start wrote; earlier starts are over."""
    name = child.node.name
    try:
        raw = child.node.log.read_bytes()[child.log_start :]
    except OSError:
        raw = b""
    lines = raw.decode("utf-8", errors="replace").splitlines()[-_TAIL:]
    return LocalError("\n".join([f"{name} {text}", *(f"  {name} | {line}" for line in lines)]))
