"""The composition root: the one place where the parts of a node are put together.

What an operator does to a stopped node is exported here. `serve` stands in `gateway.node.serving`
and is imported from there, because it brings all of HTTP with it.
"""

from gateway.node.setup import (
    add_peer,
    check_stopped,
    confirm_peer,
    initialise,
    list_peers,
    set_peer_enabled,
)

__all__ = [
    "add_peer",
    "check_stopped",
    "confirm_peer",
    "initialise",
    "list_peers",
    "set_peer_enabled",
]
