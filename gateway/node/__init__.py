"""The composition root: the one place where the parts of a node are put together."""

from gateway.node.serving import serve
from gateway.node.setup import (
    add_peer,
    confirm_peer,
    initialise,
    list_peers,
    set_peer_enabled,
)

__all__ = [
    "add_peer",
    "confirm_peer",
    "initialise",
    "list_peers",
    "serve",
    "set_peer_enabled",
]
