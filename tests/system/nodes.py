"""Two nodes as operators run them: a folder, a process and a log each, spoken to from outside.

Keys are real but cheap to open. Every process is ended by its own id, whatever a test does.
"""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gateway import config, keyring, private_files, resources
from gateway.control_path import control_path
from gateway.envelope import Environment
from gateway.node import setup

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
PASSPHRASE = b"opens the node"

# Long enough for a machine that runs much else; a sound node needs a tenth of it.
PATIENCE = 30.0
_LOOK = 0.02
# Below the ports that systems take for outgoing connections and beside those the demo takes. Each
# worker of a parallel run has its own share, for a node that is down does not hold its ports.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_PORTS = set(range(10_000, 20_000)[_WORKER::_WORKERS])

QUICK = {"retry_base_seconds": 0.05, "retry_cap_seconds": 1}
# Retries so rare that a test would notice if it had to wait for one.
SLOW = {"retry_base_seconds": 60, "retry_cap_seconds": 900}


class UnansweredError(Exception):
    """The node ended, or is not there, before it answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the desk answered."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def free_port() -> int:
    """Return a loopback port that nobody holds now and that no other node here was given."""
    while True:
        port = secrets.choice(sorted(_PORTS))
        _PORTS.discard(port)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port


_DROPPED = {"GATEWAY_CONFIG", "GATEWAY_FAIL_AT"}


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a process that knows nothing of the tests' own settings."""
    clean = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return clean | {"PYTHONPATH": str(ROOT)} | changes


@dataclass(slots=True)
class Node:
    """One node: where it lives, where it listens, and its process while it has one."""

    name: str
    folder: Path
    port: int
    admin: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def log(self) -> Path:
        return self.folder / "node.log"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "gateway.db"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "gateway", "--config", str(self.config), *arguments]

    def run(self, *arguments: str, **changes: str) -> Finished:
        """Run one command line of this node to its end."""
        ran = subprocess.run(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=environment(**changes),
        )
        return Finished(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def launch(self, *, fail_at: str | None = None) -> None:
        """Begin `serve`, to be killed at a named point if one is given."""
        assert self.process is None, f"{self.name} is running"
        changes = {} if fail_at is None else {"GATEWAY_FAIL_AT": fail_at}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(**changes),
            )

    def until_ready(self) -> None:
        """Return once `/readyz` says that the node can do its work."""
        deadline = time.monotonic() + PATIENCE
        while self.health("/readyz")[0] != 200:
            assert self.process is not None, f"{self.name} was never started"
            assert self.process.poll() is None, f"{self.name} ended: {self.log.read_text()}"
            assert time.monotonic() < deadline, f"{self.name} is not ready: {self.log.read_text()}"
            time.sleep(_LOOK)

    def start(self, *, fail_at: str | None = None) -> None:
        self.launch(fail_at=fail_at)
        self.until_ready()

    def kill(self) -> None:
        """End the process as a power cut or the kernel would: now."""
        assert self.process is not None
        self.process.kill()
        self.until_killed()

    def until_killed(self) -> None:
        """Return when the process has been killed; it must not end in any other way."""
        assert self.end() == -signal.SIGKILL, self.log.read_text()

    def stop(self) -> int:
        """Ask the process to end; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.end()

    def end(self) -> int:
        """Return the exit code of the process once it has ended."""
        assert self.process is not None
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def clear(self) -> None:
        """Leave no process behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def health(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return status and body of the admin port; status 0 when nobody listens."""
        connection = http.client.HTTPConnection(LOOPBACK, self.admin, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except OSError:
            return 0, {}
        finally:
            connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        patience: float = PATIENCE,
    ) -> Reply:
        """Ask the desk over the control socket.

        Raises:
            UnansweredError: The connection broke; nobody knows what was done.
        """
        socket_path = control_path(config.load(self.config).control.socket)
        connection = _UnixConnection(socket_path, patience)
        headers = {"Idempotency-Key": key} if key is not None else {}
        if method == "POST":
            headers["Content-Type"] = "application/json"
        raw = json.dumps(body or {}).encode() if method == "POST" else None
        try:
            connection.request(method, f"/v1/{path}", body=raw, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, json.loads(response.read()))
        except (OSError, http.client.HTTPException) as error:
            raise UnansweredError(f"{self.name}: {type(error).__name__}") from error
        finally:
            connection.close()

    def get(self, path: str) -> dict[str, Any]:
        return self._done(self.ask("GET", path))

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        return self._done(self.ask("POST", path, body, key=key))

    def _done(self, reply: Reply) -> dict[str, Any]:
        assert reply.status in (200, 201), reply.body
        return reply.body

    def send(self, draft: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        return self.post("messages", draft, key=key or str(uuid.uuid4()))

    def wait(self, id: str, level: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the view of a message once it has reached a level."""
        query = urlencode({"level": level, "timeout": seconds})
        return self._done(self.ask("GET", f"messages/{id}/wait?{query}", patience=seconds + 10))

    def alarms(self) -> set[str]:
        return {alarm["kind"] for alarm in self.get("status")["alarms"]}

    def link(self) -> dict[str, Any]:
        """Return what the desk says about the way to the peer."""
        (peer,) = self.get("status")["peers"]
        return peer


@dataclass(slots=True)
class Pair:
    """Japan and Cambodia, each with the other's confirmed card."""

    jp: Node
    kh: Node

    @property
    def nodes(self) -> tuple[Node, Node]:
        return self.jp, self.kh

    def start(self) -> None:
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.until_ready()

    def until_settled(self) -> None:
        """Return once neither node has anything left to send."""
        for node in self.nodes:
            until(lambda node=node: node.link()["waiting"] == 0, f"{node.name} is not settled")

    def stop(self) -> None:
        """End both in good order."""
        for node in self.nodes:
            assert node.process is not None
            node.process.terminate()
        codes = {node.name: node.end() for node in self.nodes}
        assert codes == dict.fromkeys(codes, 0), codes

    def clear(self) -> None:
        for node in self.nodes:
            node.clear()

    def copy(self, folder: Path) -> "Pair":
        """Copy both nodes, which are not running, into another folder; their ports stay."""
        for node in self.nodes:
            assert node.process is None
            shutil.copytree(node.folder, folder / node.folder.name)
        return Pair(*(replace(node, folder=folder / node.folder.name) for node in self.nodes))


def until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Return once `is_so()` is true; look often, but never in a rush."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(_LOOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a pair shall differ from the common one.

    Args:
        settings: Numbers in both nodes' configurations, by the name of their line.
        via: The port in Cambodia's card, when something stands between.
    """

    settings: Mapping[str, float] = field(default_factory=lambda: QUICK)
    via: int | None = None
    environment: str = "test"


def make_pair(folder: Path, wish: Wish | None = None) -> Pair:
    """Make both nodes with keys, cards and databases; neither is started."""
    wish = wish or Wish()
    pair = Pair(*(_new(folder, name) for name in ("jp/isa", "kh/molvt")))
    cards = {
        node.name: _fill(node, wish, wish.via if node is pair.kh else None) for node in pair.nodes
    }
    for node, other in (pair.nodes, pair.nodes[::-1]):
        setup.add_peer(config.load(node.config), PASSPHRASE, cards[other.name])
    return pair


def _new(folder: Path, name: str) -> Node:
    return Node(name, folder / name[:2], free_port(), free_port())


def _fill(node: Node, wish: Wish, via: int | None) -> bytes:
    node.folder.mkdir(mode=0o700)
    named = {
        "node.name": node.name,
        "node.environment": wish.environment,
        "peer_port.listen": f"{LOOPBACK}:{node.port}",
        "admin.listen": f"{LOOPBACK}:{node.admin}",
        "passphrase.prompt": None,
        "passphrase.file": "passphrase",
    }
    text = config.with_values(resources.example_config(), named)
    for name, value in wish.settings.items():
        text, count = re.subn(rf"^{name} = .*$", f"{name} = {value}", text, flags=re.MULTILINE)
        assert count == 1, name
    private_files.write_new(node.config, text.encode())
    private_files.write_new(node.folder / "passphrase", PASSPHRASE + b"\n")
    loaded = config.load(node.config)
    created = keyring.create(
        loaded.paths.keys,
        keyring.NewNode(
            node=node.name,
            environment=Environment(wish.environment),
            names={"en": f"Office of {node.name}"},
            organisations=(),
            addresses=(f"https://{LOOPBACK}:{via or node.port}",),
        ),
        keyring.Passphrases(identity=b"signs the card", node=PASSPHRASE),
        now=time.time(),
        log2_n=4,
    )
    setup.initialise(loaded, PASSPHRASE)
    return created.card_raw
