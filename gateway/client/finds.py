"""Finds of what was received in confidence, and what people say about them."""

from typing import cast

from gateway.client.asking import Asking, flag
from gateway.client.find_views import Find, FindPage


class Finds(Asking):
    """What can be done about finds."""

    def finds(
        self, *, everything: bool = False, after: str | None = None, limit: int = 50
    ) -> FindPage:
        """Return one page of what was refused, newest first; `everything`: also what was judged."""
        page = self.get("finds", all=flag(everything), after=after, limit=limit)
        return cast(FindPage, page)

    def claim_find(self, number: int | str, reason: str) -> Find:
        """Say that a find is known here from elsewhere; another person has to approve."""
        return cast(Find, self.post("finds", str(number), "claim", body={"reason": reason}))

    def approve_find(self, number: int | str) -> Find:
        """Agree that a find is known from elsewhere; never whoever has claimed it."""
        return cast(Find, self.post("finds", str(number), "approve"))

    def reject_find(self, number: int | str) -> Find:
        """Do not agree that a find is known from elsewhere."""
        return cast(Find, self.post("finds", str(number), "reject"))
