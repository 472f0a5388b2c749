"""What the node answers about publications, as types; `views` has all names together."""

from typing import Any, TypedDict


class Publication(TypedDict):
    """What is to be made public of a message, or is, and who decided."""

    seq: int
    id: str
    type: str
    title: str
    thread: str
    reference: str | None
    direction: str
    peer: str
    register: str
    action: str
    rule: str
    state: str
    noted: str
    due: str | None
    overdue: bool
    decided: str | None
    decided_by: int | None
    place: str | None
    reason: dict[str, Any] | None
    remark: str | None
    confirmation: str | None


class PublicationAhead(Publication):
    """The same, with what everybody would read by it."""

    shows: dict[str, Any]
    statuses: dict[str, str]
    fields: list[str]
    entries: int
    closes: int


class PublicationPage(TypedDict):
    """Some publications, and where the next page begins."""

    items: list[Publication]
    next: str | None
