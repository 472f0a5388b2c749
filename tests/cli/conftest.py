"""Transcripts: every test runs the program as a user does and looks at output and exit code."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command wrote and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the document on stdout."""
        return json.loads(self.out)


def gateway(*arguments: str, given: str | bytes = b"", **environment: str) -> Finished:
    """Run one command line, with `given` on its stdin."""
    clean = {name: value for name, value in os.environ.items() if name != "GATEWAY_CONFIG"}
    ran = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        timeout=100,
        check=False,
        env=clean | {"PYTHONPATH": str(CHECKOUT)} | environment,
    )
    return Finished(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture
def run() -> Callable[..., Finished]:
    return gateway


@pytest.fixture
def run_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Finished]:
    """Run a command line without a process: a start for each row of a table would take minutes."""
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)

    def run(*arguments: str) -> Finished:
        code = main(arguments)
        return Finished(code, *capsys.readouterr())

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose node was never started."""
    path = tmp_path / "config.toml"
    text = (CHECKOUT / "config.toml").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(slots=True)
class Desk:
    """Answers for a real Unix socket, and what was asked there."""

    config: Path
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)


@pytest.fixture
def desk(config: Path) -> Iterator[Desk]:
    """A desk with prepared answers, for what a well-behaved node would hardly ever say."""
    (config.parent / "data").mkdir()
    prepared = Desk(config)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            prepared.asked.append((self.command, self.path, body))
            status, answer = prepared.answers.get(self.path.partition("?")[0], (404, {}))
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - of the standard library

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.UnixStreamServer(str(config.parent / "data/control.sock"), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield prepared
        server.shutdown()
        thread.join()
