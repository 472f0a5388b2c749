"""The words of a consent: what its terms consist of.

`terms` reads them. Nothing here has a default that permits more than was written.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gateway.catalogue.kinds import Purpose
from gateway.catalogue.parties import PartyKind

LEAST_CELL: Final = 10


class Mode(StrEnum):
    """In what form content may go further."""

    VERBATIM = "verbatim"
    REDACTED = "redacted"
    PARAPHRASE = "paraphrase"
    AGGREGATE = "aggregate"


class Onward(StrEnum):
    """Whether the recipient may pass on what it got."""

    NONE = "none"
    SAME_TERMS = "same-terms"


class Attribution(StrEnum):
    """Whether the originator is named beside its content."""

    MUST = "must"
    MUST_NOT = "must-not"
    MAY = "may"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One message that a consent covers, and the parts of its body; `""` is all of it."""

    message_id: str
    header_digest: str
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Messages that a standing consent covers without naming them.

    Args:
        types: Types of message; never empty.
        threads: Only in these matters; empty for any.
        received_from, received_until: Only what the grantee received in this time.
    """

    types: tuple[str, ...]
    threads: tuple[str, ...] = ()
    received_from: str
    received_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An organisation that may be given content, as the registry of parties names it."""

    org_id: str
    name: str
    country: str
    kind: PartyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What binds each use; `text` is for people, and needs somebody's word that it is met.

    Args:
        redact: Pointers that are cut out before anything leaves.
        pseudonymise: Pointers whose values are replaced by a sign.
        report_within: Days within which each use is reported to the grantor.
    """

    redact: tuple[str, ...] = ()
    pseudonymise: tuple[str, ...] = ()
    onward: Onward = Onward.NONE
    attribution: Attribution = Attribution.MAY
    embargo_until: str | None = None
    report_within: int | None = None
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """The ground for giving personal data further (Act on the Protection of Personal Information,
    articles 69 to 71 are the model)."""

    legal_basis: str
    destination_country: str
    safeguards: str
    data_subject_consent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedBy:
    """Who gave the consent: the organisation, the office held, and what authorises it."""

    org_id: str
    role: str
    authority: str
    letter_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything one consent says.

    Args:
        grantor: The contact point whose country is the originator.
        grantee: The contact point that may use the consent; nobody else may.
        request: Id and header digest of the request, None for a consent given unasked.
        epoch: The life of the grantee's database that a counted consent is bound to.
        messages: The messages covered; empty for a standing consent.
        standing: The class covered; None where messages are named.
        follow_corrections: It also covers corrections of the messages it names.
        recipients: Empty for a publication.
        publication: Register and medium, None where there are recipients.
        uses: How often it may be used, None for any number.
    """

    consent_id: str
    profile: str
    grantor: str
    grantee: str
    request: tuple[str, str] | None = None
    epoch: str | None = None
    messages: tuple[Named, ...] = ()
    standing: Class | None = None
    follow_corrections: bool = False
    recipients: tuple[Recipient, ...] = ()
    publication: tuple[str, str] | None = None
    purpose: Purpose
    purpose_text: str = field(repr=False)
    mode: Mode
    min_cell: int = LEAST_CELL
    conditions: Conditions = Conditions()
    not_before: str
    not_after: str
    uses: int | None = None
    personal_data: PersonalData | None = None
    granted_by: GrantedBy
