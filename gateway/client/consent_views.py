"""What the node answers about consents, as types; `views` has all names together."""

from typing import Any, TypedDict


class Consent(TypedDict):
    """How one consent stands, without what it says."""

    seq: int
    consent_id: str
    short: str
    direction: str
    peer: str
    grantor: str
    grantee: str
    state: str
    code: str | None
    not_before: str | None
    not_after: str | None
    uses: int | None
    uses_left: int | None
    is_class: bool
    message: str
    message_state: str
    reference: str | None
    thread: str
    request: str | None
    noted: str
    told: str | None
    told_code: str | None


class ConsentWithTerms(Consent):
    """The same, with what it says."""

    terms: dict[str, Any]


class ConsentPage(TypedDict):
    """Some consents, and where the next page begins."""

    items: list[Consent]
    next: str | None


class ConsentPackage(TypedDict):
    """What officers sign, and how many of them have to."""

    package: dict[str, Any]
    officers_needed: int


class ConsentRehearsal(TypedDict):
    """What would be asked for."""

    dry_run: bool
    peer: str
    body: dict[str, Any]
