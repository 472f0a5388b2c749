"""Markings: messages of ours marked anew, and what is known of the marking of any."""

from collections.abc import Sequence
from typing import Any, cast

from gateway.client.asking import Asking, flag
from gateway.client.marking_views import MarkingHistory
from gateway.client.views import Message


class Markings(Asking):
    """What can be done about markings."""

    def mark(
        self,
        id: str,
        *,
        reason: str,
        level: str | None = None,
        caveats: Sequence[str] = (),
        no_caveats: Sequence[str] = (),
        permit: Sequence[str] = (),
        no_permit: Sequence[str] = (),
        unpublished: bool = False,
        text: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> Message:
        """Mark a message of ours anew; the other side is told, and it holds at once.

        Args:
            reason: A code of the list `marking-reasons`.
            unpublished: Nothing of it is to be made public any more.
        """
        lists = {
            "caveats": caveats,
            "no_caveats": no_caveats,
            "permit": permit,
            "no_permit": no_permit,
        }
        body: dict[str, Any] = {"reason": reason}
        body |= {name: list(values) for name, values in lists.items() if values}
        body |= {name: each for name, each in (("level", level), ("text", text)) if each}
        body |= {"unpublished": True} if unpublished else {}
        view = self.post("messages", id, "mark", body=body, key=key, dry_run=flag(dry_run))
        return cast(Message, view)

    def markings(self, id: str) -> MarkingHistory:
        """Return how a message is and was marked, and where its content came from and went."""
        return cast(MarkingHistory, self.get("messages", id, "markings"))
