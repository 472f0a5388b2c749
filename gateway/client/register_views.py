"""What the node answers about registers, as types; `views` has all of them."""

from typing import Any, TypedDict


class ListVersion(TypedDict):
    """The list that a register was last brought up to."""

    list_version: str
    set_digest: str
    as_of: str
    count: int
    at: str


class RegisterSummary(TypedDict):
    """A register with one peer, its last list, and how many messages wait for a person."""

    register: str
    peer: str
    entries: int
    by_status: dict[str, int]
    list: ListVersion | None
    waiting: int


class RegisterOverview(TypedDict):
    """Every register that has something in it."""

    items: list[RegisterSummary]
    next: None


class RegisterEntry(TypedDict):
    """One version of an entry, without what is sealed of it."""

    entry: str
    status: str
    removed: bool
    public: dict[str, Any]
    has_private: bool
    valid_from: str
    valid_to: str | None
    message: str


class RegisterPage(TypedDict):
    """Some entries, and where the next page begins."""

    register: str
    peer: str
    items: list[RegisterEntry]
    next: str | None


class RegisterEntryWithHistory(RegisterEntry):
    """An entry with every version of it, the oldest first."""

    history: list[RegisterEntry]


class OpenedEntry(RegisterEntry):
    """An entry with what is sealed of it."""

    private: dict[str, Any]


class OpenedEntries(TypedDict):
    """Entries that were opened."""

    register: str
    peer: str
    items: list[OpenedEntry]
    next: None


class Before(TypedDict):
    """What an entry was."""

    status: str
    removed: bool
    public: dict[str, Any]


class RegisterChange(RegisterEntry):
    """An entry as it became, and what it was."""

    before: Before | None


class RegisterChanges(TypedDict):
    """Some changes, and where the next page begins."""

    register: str
    peer: str
    items: list[RegisterChange]
    next: str | None


class ListedEntries(TypedDict):
    """What the lists alone say, and where the next page begins."""

    register: str
    peer: str
    list: ListVersion | None
    entries: dict[str, dict[str, Any]]
    next: str | None


class Deferred(TypedDict):
    """A message that changes no register until a person decides."""

    seq: int
    register: str
    peer: str
    reason: str
    at: str
    id: str
    type: str
    thread: str
    reference: str | None
    direction: str


class DeferredPage(TypedDict):
    """Some messages that wait, and where the next page begins."""

    items: list[Deferred]
    next: str | None


class Decided(TypedDict):
    """What became of a message that waited, and the entries as they are now."""

    message: str
    decision: str
    entries: list[RegisterEntry]
