"""Finds of what was received in confidence, and what people say about them."""

from typing import TypedDict, cast

from gateway.client.asking import Asking, flag


class OriginSource(TypedDict):
    """The message that told something."""

    id: str
    short: str
    reference: str | None
    peer: str


class Origin(TypedDict):
    """One find: where it stands, who told it, and where else it is known from."""

    hit: int
    kind: str
    by: str
    audience: str
    type: str
    pointer: str
    uid: int
    at: str
    state: str
    claimed_by: int | None
    claimed_at: str | None
    judged_by: int | None
    judged_at: str | None
    source: OriginSource | None
    reason: str | None


class OriginPage(TypedDict):
    """One page of finds."""

    items: list[Origin]
    next: str | None


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
