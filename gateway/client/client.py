"""The desk of a running node as Python functions, for a ministry's own systems and the CLI.

Every function is one request of the local API (`docs/how-to/connect-a-system.md`). Only the
standard library is used, and the answers are the plain documents that the node gave, with types.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from gateway.client.consents import Consents
from gateway.client.disclosures import Disclosures
from gateway.client.finds import Finds
from gateway.client.incoming import Incoming
from gateway.client.keys import Keys
from gateway.client.markings import Markings
from gateway.client.matters import Matters
from gateway.client.messages import Messages
from gateway.client.operations import Operations
from gateway.client.publications import Publications
from gateway.client.registers import Registers
from gateway.client.ways import command_way, socket_way


class Client(
    Messages,
    Matters,
    Finds,
    Incoming,
    Operations,
    Registers,
    Keys,
    Publications,
    Consents,
    Disclosures,
    Markings,
):
    """The desk of one node."""

    @classmethod
    def at(cls, socket: Path | str, *, on_behalf_of: str | None = None) -> Self:
        """Return the client of the node whose control socket is configured at this path."""
        return cls(socket_way(Path(socket)), on_behalf_of=on_behalf_of)

    @classmethod
    def through(cls, command: Sequence[str], *, on_behalf_of: str | None = None) -> Self:
        """Return the client of the node that a command leads to, such as `["ssh", "node"]`."""
        return cls(command_way(command), on_behalf_of=on_behalf_of)
