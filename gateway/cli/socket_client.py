"""The way of a command to the running node: the client of the package, found by the config file."""

from pathlib import Path
from typing import Self

from gateway.cli import output
from gateway.client import Client
from gateway.client.ways import socket_way


class NodeClient(Client):
    """The desk of the running node, asked over its control socket."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the client of the node whose `config.toml` this is.

        Raises:
            InvalidError: The configuration breaks its rules.
            NotFoundError: There is no such file.
        """
        from gateway import config

        socket = config.load(path).control.socket
        return cls(socket_way(socket), hint=output.line_for(path, "serve"))
