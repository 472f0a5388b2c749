"""What the node answers about what is owed and by when, as types."""

from typing import TypedDict


class Duty(TypedDict):
    """Something that one side owes, or owed: what began it, by when, and how it ended."""

    peer: str
    holder: str
    node: str
    act: str
    words: str
    message: str
    short: str
    type: str
    title: str
    thread: str
    reference: str | None
    priority: str
    opened: str
    opened_by: str
    due: str
    source: str
    overdue: bool
    missed: str | None
    reminded: str | None
    reminded_late: str | None
    closed: str | None
    closed_by: str | None
    outcome: str | None


class DutyPage(TypedDict):
    """Some duties, and where the next page begins."""

    items: list[Duty]
    next: str | None
    to_publish: int


class DutyKept(TypedDict):
    """How the duties of one side to do one thing were kept."""

    done: int
    in_time: int
    open: int
    overdue: int
    mean_days: float | None


class DutySide(TypedDict):
    """How one side kept to what it owed in the exchange with a peer."""

    peer: str
    holder: str
    node: str
    accepted: DutyKept
    answered: DutyKept
    repeated: DutyKept
    light: str


class DutyReport(TypedDict):
    """How what fell due in a period was done, per peer and side."""

    at: str
    since: str | None
    until: str | None
    items: list[DutySide]
