"""What an operator asks a running node about itself; the composition root has the answers."""

from typing import Any, Protocol


class Operations(Protocol):
    """Health, which changes nothing, and reachability."""

    async def health(self) -> dict[str, Any]:
        """Return every check of the node with its reason and number."""
        ...

    async def check_peers(self, node: str | None) -> dict[str, Any]:
        """Return how each address of every peer, or of one, can be reached now.

        Of a peer that answers the version is noted, and what waits for it goes at once.

        Raises:
            NotFoundError: There is no such enabled peer.
        """
        ...


class Unwatched:
    """A desk without a node around it: nothing to tell."""

    async def health(self) -> dict[str, Any]:
        """Return no checks."""
        return {"status": "pass", "checks": {}}

    async def check_peers(self, node: str | None) -> dict[str, Any]:
        """Return no addresses."""
        return {"items": []}
