"""What the running node tells an operator of itself: the answers behind `desk.operations`."""

from dataclasses import dataclass
from typing import Any

from gateway.node.health import Doctor
from gateway.node.reaching import Reaching


@dataclass(frozen=True, slots=True)
class Watch:
    """Health as the admin port tells it, and how the peers can be reached."""

    doctor: Doctor
    reaching: Reaching

    async def health(self) -> dict[str, Any]:
        """Return every check of the node with its reason and number."""
        return (await self.doctor.look()).view()

    async def check_peers(self, node: str | None) -> dict[str, Any]:
        """Return how each address of every peer, or of one, can be reached now.

        Raises:
            NotFoundError: There is no such enabled peer.
        """
        return {"items": await self.reaching.check(node)}
