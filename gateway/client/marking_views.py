"""What the node answers about markings and provenance, as types."""

from typing import TypedDict


class GivenMarking(TypedDict):
    """A marking that a message had or has: by which message, when and why."""

    by: str
    at: str
    level: str | None
    caveats: list[str]
    reason: str | None


class TakenOver(TypedDict):
    """What a message took over from another one."""

    id: str
    originator: str | None
    reference: str | None
    is_here: bool
    mode: str
    source_pointer: str
    target_pointer: str


class DerivedMessage(TypedDict):
    """A message that took something over from another one."""

    id: str
    peer: str
    direction: str
    created: str
    state: str


class MarkingHistory(TypedDict):
    """How a message was marked, the oldest first, what it took over, and what took over from it."""

    markings: list[GivenMarking]
    derived_from: list[TakenOver]
    derived: list[DerivedMessage]
