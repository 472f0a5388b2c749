"""The way to the running node: HTTP/1.1 over its Unix socket, with `http.client` alone."""

import http.client
import json
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

from gateway.cli import output
from gateway.cli.failure import AnsweredError, NodeDownError
from gateway.errors import InvalidError, LocalError, TransientError

# The node answers from its own disk; only `wait` may take longer, and it says how long.
_PATIENCE: Final = 30.0

# A list of 500 views is about 1 MiB, a message with its content at most 2 MiB.
_ANSWER_LIMIT: Final = 16 * 2**20


# Bytes of the command line that are no UTF-8 go to the node as they came; it refuses them.
_BYTES: Final = "surrogateescape"


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, *, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class NodeClient:
    """The desk of the running node, asked over its control socket."""

    def __init__(self, config: Path, control: Path) -> None:
        self._config = config
        self._control = control

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the client of the node whose `config.toml` this is.

        Raises:
            InvalidError: The configuration breaks its rules.
            NotFoundError: There is no such file.
        """
        from gateway import config
        from gateway.control_path import control_path

        return cls(path, control_path(config.load(path).control.socket))

    def get(self, *parts: str, patience: float = _PATIENCE, **query: object) -> dict[str, Any]:
        """Ask for what stands at a path; the parts are taken literally, whatever they hold.

        Raises:
            NodeDownError: Nobody listens on the socket.
            AnsweredError: The node said no, and why.
        """
        return self._ask("GET", parts, query=query, patience=patience)

    def post(
        self, *parts: str, body: Mapping[str, Any] | None = None, **query: object
    ) -> dict[str, Any]:
        """Have the node do something, once: a broken connection is tried again with the same key.

        Raises:
            NodeDownError: Nobody listens on the socket; nothing was done.
            AnsweredError: The node said no, and why; nothing was done.
            InvalidError: What was typed is not UTF-8; the node was not asked.
            TransientError: The connection broke twice. The outbox tells what was done.
        """
        raw = _encoded(json.dumps(body if body is not None else {}, ensure_ascii=False))
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        try:
            return self._ask("POST", parts, query=query, body=raw, headers=headers)
        except NodeDownError:
            raise
        except TransientError:
            return self._ask("POST", parts, query=query, body=raw, headers=headers)

    def _ask(
        self,
        method: str,
        parts: tuple[str, ...],
        *,
        query: Mapping[str, object],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> dict[str, Any]:
        given = {name: value for name, value in query.items() if value is not None}
        target = "/v1/" + "/".join(quote(part, safe="", errors=_BYTES) for part in parts)
        target += f"?{urlencode(given, errors=_BYTES)}" if given else ""
        connection = _UnixConnection(self._control, timeout=patience)
        try:
            self._connect(connection)
            connection.request(method, target, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            raw = response.read(_ANSWER_LIMIT + 1)
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(f"the node did not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        return _read_answer(response.status, raw)

    def _connect(self, connection: _UnixConnection) -> None:
        try:
            connection.connect()
        except (FileNotFoundError, ConnectionRefusedError):
            raise NodeDownError(
                "the node is not running", hint=output.line_for(self._config, "serve")
            ) from None
        except PermissionError:
            raise LocalError(
                f"this user may not use the node's socket {self._control}",
                hint="ask the operator to add you to the group of the control socket",
            ) from None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidError(
            "what was typed is not UTF-8", hint="set the terminal to UTF-8, and type it again"
        ) from None


def _read_answer(status: int, raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw) if len(raw) <= _ANSWER_LIMIT else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise TransientError(f"the node gave no readable answer (status {status})")
    if status >= http.HTTPStatus.BAD_REQUEST:
        raise AnsweredError(document)
    return document
