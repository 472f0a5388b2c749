"""`requests` over a Unix socket, for tools that know no other way to ask."""

import socket
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection


class _Connection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def _new_conn(self) -> socket.socket:
        unix = socket.socket(socket.AF_UNIX)
        unix.settimeout(20)
        unix.connect(str(self._path))
        return unix


class _Pool(HTTPConnectionPool):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", maxsize=1)
        self._path = path

    def _new_conn(self) -> _Connection:
        return _Connection(self._path)


class _Adapter(HTTPAdapter):
    def __init__(self, path: Path) -> None:
        self._pool = _Pool(path)
        super().__init__()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> _Pool:
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()


def unix_session(path: Path) -> requests.Session:
    """Return a session whose `http://localhost` is the socket."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://localhost", _Adapter(path))
    return session
