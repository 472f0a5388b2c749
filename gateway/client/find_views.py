"""What the node answers about finds."""

from typing import TypedDict


class FindSource(TypedDict):
    """The message that told something."""

    id: str
    short: str
    reference: str | None
    peer: str


class Find(TypedDict):
    """One find: where it stands, who told it, and where else it is known from."""

    find: int
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
    source: FindSource | None
    reason: str | None


class FindPage(TypedDict):
    """One page of finds."""

    items: list[Find]
    next: str | None
