"""What the node answers about finds."""

from typing import TypedDict


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
