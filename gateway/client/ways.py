"""Ways to the control socket of a node: the socket itself, or a command that leads there.

The command is one like `ssh node`, where the account's forced command on the other side is
`gateway relay`. It is started for each connection and speaks HTTP on its standard streams.
"""

import http.client
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.control_path import control_path
from gateway.errors import ExitCode, LocalError

if TYPE_CHECKING:
    import subprocess

# How long a command may take to end once its streams are closed.
_ENDING_SECONDS: Final = 5.0


class Connection(http.client.HTTPConnection):
    """One connection to a node, on whatever way.

    `close` may run while the answer is still being read (the standard library does so when the
    answer is the last one), so what leads there is ended by `end`.
    """

    def end(self) -> None:
        """End what led to the node, once the answer was read."""

    def is_node_down(self, error: Exception) -> bool:
        """Tell of a closed connection whether its error means that no node runs there."""
        return isinstance(error, FileNotFoundError | ConnectionRefusedError)


Way = Callable[[float], Connection]


class _UnixConnection(Connection):
    def __init__(self, path: Path, *, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = open_socket(self._path, timeout=self.timeout)


class _CommandConnection(Connection):
    def __init__(self, command: Sequence[str], *, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._code: int | None = None

    def connect(self) -> None:
        import subprocess

        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the caller's own words, no shell
                    self._command, stdin=theirs.fileno(), stdout=theirs.fileno()
                )
            except OSError as error:
                ours.close()
                name = self._command[0]
                raise LocalError(f"{name} cannot be started: {error.strerror}") from None
        ours.settimeout(self.timeout)
        self.sock = ours

    def end(self) -> None:
        import subprocess

        if self._process is None:
            return
        try:
            self._code = self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._code = self._process.wait()
        self._process = None

    def is_node_down(self, error: Exception) -> bool:
        return self._code == ExitCode.UNAVAILABLE


def open_socket(path: Path, *, timeout: float | None) -> socket.socket:
    """Return a connection to the Unix socket that really serves `path`.

    Raises:
        OSError: Nobody listens there (`FileNotFoundError`, `ConnectionRefusedError`).
        LocalError: This account may not use it.
    """
    real = control_path(path)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.settimeout(timeout)
    try:
        opened.connect(str(real))
    except PermissionError:
        opened.close()
        raise LocalError(
            f"this user may not use the node's socket {real}",
            hint="ask the operator to add you to the group of the control socket",
        ) from None
    except OSError:
        opened.close()
        raise
    return opened


def socket_way(path: Path) -> Way:
    """Return the way over the Unix socket that the configuration puts at `path`."""
    return lambda timeout: _UnixConnection(path, timeout=timeout)


def command_way(command: Sequence[str]) -> Way:
    """Return the way through a command whose standard streams end at the socket."""
    return lambda timeout: _CommandConnection(command, timeout=timeout)
