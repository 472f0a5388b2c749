"""What the node answers about consumers, as types; `views` has all names together."""

from typing import TypedDict


class Acknowledged(TypedDict):
    """How much a consumer still has open."""

    name: str
    open: int


class Released(TypedDict):
    """What was released, and whether it counts as acknowledged."""

    name: str
    id: str
    skipped: bool


class SetApart(TypedDict):
    """A message that a consumer failed at too often."""

    id: str
    peer: str
    type: str
    reference: str | None
    tries: int
    since: str


class Consumer(TypedDict):
    """A consumer, how much it has open and what was set apart for it."""

    uid: int
    name: str
    created: str
    open: int
    set_apart: list[SetApart]


class ConsumerPage(TypedDict):
    """Every consumer of the node."""

    items: list[Consumer]
    next: None
