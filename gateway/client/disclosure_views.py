"""What the node answers about disclosures, as types; `views` has all names together."""

from typing import Any, NotRequired, TypedDict


class Recipient(TypedDict):
    """An organisation, as the registry of parties names it."""

    org_id: str
    name: str | None
    country: str | None


class RefusedPart(TypedDict):
    """One part that may not leave, and why."""

    pointer: str
    reason: str
    country: str | None
    nearest: str | None


class Undeclared(TypedDict):
    """Something that somebody told in confidence, and that is not declared."""

    find: int | None
    pointer: str
    what: str
    by: str
    source: str | None


class Likely(TypedDict):
    """An organisation that may be meant by what was typed."""

    id: str
    name: str


class Obligation(TypedDict):
    """What a consent that was used binds to."""

    consent_id: str
    what: str
    value: str | None


class DisclosureDecision(TypedDict):
    """Whether content may be passed on, by which rule, and what is missing."""

    ledger: int | None
    is_allowed: bool
    reason: str
    id: str
    short: str
    reference: str | None
    type: str
    title: str
    direction: str
    peer: str
    to: Recipient
    purpose: str
    mode: str
    fields: list[str]
    refused: list[RefusedPart]
    undeclared: list[Undeclared]
    redactions: list[str]
    pseudonymised: list[str]
    consents: list[str]
    obligations: list[Obligation]
    country: str | None
    nearest: str | None
    condition: str | None
    ask_about: str | None
    alike: list[Likely]
    newer: str | None


class Disclosure(TypedDict):
    """One row of the ledger: a decision, and what became of it."""

    ledger: int
    at: str
    action: str
    is_allowed: bool
    state: str
    reason: str
    id: str
    short: str
    reference: str | None
    peer: str
    to: Recipient
    register: str | None
    purpose: str | None
    mode: str
    pointers: list[str]
    parts: list[str]
    redactions: list[str]
    pseudonymised: list[str]
    obligations: list[Obligation]
    consents: list[str]
    country: str | None
    nearest: str | None
    uid: int
    vouched_uid: int | None
    is_outside: bool
    header_digest: str
    label_digest: str | None
    content_digest: str | None
    policy_version: int
    transmitted: str | None
    stopped: str | None
    stopped_for: str | None
    recalled: str | None


class DisclosureRecalled(Disclosure):
    """The same, with the notice for the recipient."""

    notice: dict[str, Any]


class DisclosurePage(TypedDict):
    """Some rows of the ledger, and where the next page begins."""

    items: list[Disclosure]
    next: str | None


class Discloser(TypedDict):
    """The contact point that passed content on."""

    node: str
    name: str


class PackageConditions(TypedDict):
    """What binds the recipient."""

    onward: str
    attribution: str
    texts: list[str]


class PackageConsent(TypedDict):
    """A consent that was used for a package, and the ground for personal data in it."""

    consent_id: str
    until: str
    destination_country: NotRequired[str]
    safeguards: NotRequired[str]
    legal_basis: NotRequired[str]


class DisclosurePackage(TypedDict):
    """What a recipient gets: the content with its marking and its conditions."""

    format: str
    ledger: int
    disclosed_by: Discloser
    to: Recipient
    at: str
    purpose: str
    mode: str
    source: dict[str, Any]
    marking: dict[str, Any]
    conditions: PackageConditions
    consents: list[PackageConsent]
    is_partial: bool
    is_pseudonymised: bool
    body: NotRequired[dict[str, Any]]
    text: NotRequired[str]
    table: NotRequired[dict[str, Any]]
    content_digest: str
    policy_version: int
