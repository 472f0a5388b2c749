"""What the node answers about publications, as types; `views` has all names together."""

from typing import Any, TypedDict


class Publication(TypedDict):
    """What is to be made public of a message, or is, and who decided."""

    seq: int
    id: str
    short: str
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
    decided_uid: int | None
    place: str | None
    reason: dict[str, Any] | None
    remark: str | None
    confirmation: str | None
    is_gone: bool


class PublicationAhead(Publication):
    """The same, with what everybody would read by it while it waits."""

    shows: dict[str, Any] | None
    statuses: dict[str, str] | None
    fields: list[str] | None
    entries: int | None
    closes: int | None
    hindrance: str | None


class PublicationPage(TypedDict):
    """Some publications, and where the next page begins."""

    items: list[Publication]
    next: str | None
