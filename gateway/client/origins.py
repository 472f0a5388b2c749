"""Finds of what was received in confidence, and what people say about them."""

from typing import cast

from gateway.client.asking import Asking, flag
from gateway.client.origin_views import Origin, OriginPage


class Origins(Asking):
    """What can be done about finds."""

    def origins(
        self, *, everything: bool = False, after: str | None = None, limit: int = 50
    ) -> OriginPage:
        """Return one page of what was refused, newest first; `everything`: also what was judged."""
        page = self.get("origins", all=flag(everything), after=after, limit=limit)
        return cast(OriginPage, page)

    def claim_origin(self, number: int | str, reason: str) -> Origin:
        """Say that a find is known here from elsewhere; another person has to approve."""
        return cast(Origin, self.post("origins", str(number), "claim", body={"reason": reason}))

    def approve_origin(self, number: int | str) -> Origin:
        """Agree that a find is known from elsewhere; never whoever has claimed it."""
        return cast(Origin, self.post("origins", str(number), "approve"))

    def reject_origin(self, number: int | str) -> Origin:
        """Do not agree that a find is known from elsewhere."""
        return cast(Origin, self.post("origins", str(number), "reject"))
