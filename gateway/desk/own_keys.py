"""What an operator does to a running node's own keys; the composition root carries it out."""

from typing import Any, Protocol

from gateway.desk.draft import Actor
from gateway.errors import ConflictError


class KeyActs(Protocol):
    """The keys of the running node: which are in use, and exchanging them."""

    async def view(self) -> dict[str, Any]:
        """Return the card in force, who knows it, and which certificate is shown."""
        ...

    async def reload(self, actor: Actor) -> dict[str, Any]:
        """Take up what lies under `keys/` now, and offer the card to peers that do not know it.

        Raises:
            LocalError: The files cannot be used; the node goes on with the keys it has.
        """
        ...

    async def use_certificate(self, actor: Actor, *, is_forced: bool) -> dict[str, Any]:
        """Show the newest certificate, though peers may not know it if that is forced.

        Raises:
            ConflictError: Not every peer knows it yet; nothing was changed.
        """
        ...


class Keyless:
    """A desk without a node around it: there are no files to take up."""

    async def view(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    async def reload(self, actor: Actor) -> dict[str, Any]:
        """Change nothing."""
        return {}

    async def use_certificate(self, actor: Actor, *, is_forced: bool) -> dict[str, Any]:
        """Refuse.

        Raises:
            ConflictError: Always.
        """
        raise ConflictError("this desk has no certificate to show")
