"""The terms of a consent: what the originator permits, to whom, for what, how and until when.

Clause 3 asks for written consent. Its terms stand in the instruments that consent officers sign
(`envelope.consent`) and again, equal member for member, in the body of the grant. A consent names
its subject by id and header digest, its recipients exactly, one purpose and one mode; what it does
not name it does not cover.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.kinds import Purpose
from gateway.catalogue.parties import PartyKind
from gateway.envelope import times
from gateway.envelope.forms import DIGEST, NODE, THREAD, UUID7, Members, fault
from gateway.envelope.header import PROFILE, TYPE
from gateway.envelope.receipt import EPOCH
from gateway.policy.marking import POINTER
from gateway.policy.wording import (
    LEAST_CELL,
    Attribution,
    Class,
    Conditions,
    GrantedBy,
    Mode,
    Named,
    Onward,
    PersonalData,
    Recipient,
    Terms,
)

__all__ = [
    "LEAST_CELL",
    "LONGEST_DAYS",
    "MOST_MESSAGES",
    "MOST_POINTERS",
    "MOST_RECIPIENTS",
    "MOST_USES",
    "Attribution",
    "Class",
    "Conditions",
    "GrantedBy",
    "Mode",
    "Named",
    "Onward",
    "PersonalData",
    "Recipient",
    "Terms",
    "parse_terms",
]

# Caps of our own: the longest honest consent stays well below the size of an instrument.
MOST_MESSAGES: Final = 64
MOST_POINTERS: Final = 64
MOST_RECIPIENTS: Final = 16
MOST_USES: Final = 10_000
# A consent is given anew each year (a choice of this project).
LONGEST_DAYS: Final = 366
_FEW: Final = 16
_NAME: Final = 300
_TEXT: Final = 4_000
_COUNTRY: Final = re.compile(r"[a-z]{2}")
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_LANGUAGES: Final = ("en", "ja", "km", "ne")
_MOST_CELL: Final = 1_000
_MEMBERS: Final = (
    "consent_id",
    "profile",
    "grantor",
    "grantee",
    "request",
    "epoch",
    "subject",
    "follow_corrections",
    "recipients",
    "publication",
    "purpose",
    "mode",
    "min_cell",
    "conditions",
    "validity",
    "uses",
    "personal_data",
    "granted_by",
)
_T = TypeVar("_T")


def parse_terms(value: object) -> Terms:
    """Read the terms of a consent.

    Raises:
        MalformedError: Another form, or terms that contradict each other; they permit nothing.
            `pointers` name the member.
    """
    read = Members(value)
    read.only(*_MEMBERS)
    subject, validity, purpose = (read.object(each) for each in ("subject", "validity", "purpose"))
    subject.only("messages", "class")
    validity.only("not_before", "not_after")
    purpose.only("code", "text")
    terms = Terms(
        consent_id=read.text("consent_id", UUID7),
        profile=read.text("profile", PROFILE),
        grantor=read.text("grantor", NODE),
        grantee=read.text("grantee", NODE),
        request=_part(read, "request", _request),
        epoch=read.optional("epoch", EPOCH),
        messages=tuple(_named(one) for one in _objects(subject, "messages", most=MOST_MESSAGES)),
        standing=_part(subject, "class", _class),
        follow_corrections=read.has("follow_corrections") and read.boolean("follow_corrections"),
        recipients=tuple(
            _recipient(one) for one in _objects(read, "recipients", most=MOST_RECIPIENTS)
        ),
        publication=_part(read, "publication", _publication),
        purpose=purpose.kind("code", Purpose),
        purpose_text=_english(purpose, "text"),
        mode=read.kind("mode", Mode),
        min_cell=_count(read, "min_cell", least=2, most=_MOST_CELL) or LEAST_CELL,
        conditions=_part(read, "conditions", _conditions) or Conditions(),
        not_before=validity.time("not_before"),
        not_after=validity.time("not_after"),
        uses=_count(read, "uses", least=1, most=MOST_USES),
        personal_data=_part(read, "personal_data", _personal),
        granted_by=_granted_by(read.object("granted_by")),
    )
    for where, text in _contradictions(terms):
        raise fault(where, text)
    return terms


def _part(read: Members, name: str, parse: Callable[[Members], _T]) -> _T | None:
    """Read an object that may be absent."""
    return parse(read.object(name)) if read.has(name) else None


def _count(read: Members, name: str, *, least: int, most: int) -> int | None:
    return read.integer(name, least=least, most=most) if read.has(name) else None


def _contradictions(terms: Terms) -> Iterator[tuple[str, str]]:
    if bool(terms.messages) == (terms.standing is not None):
        yield "/subject", "names messages or a class, and one of the two"
    if bool(terms.recipients) == (terms.publication is not None):
        yield "/recipients", "are named, or a publication, and one of the two"
    if not terms.not_before < terms.not_after:
        yield "/validity/not_after", "is not after not_before"
    if terms.grantor == terms.grantee or country_of(terms.grantor) == country_of(terms.grantee):
        yield "/grantee", "is of the grantor's own country"
    if country_of(terms.granted_by.org_id) != country_of(terms.grantor):
        yield "/granted_by/org_id", "is not of the grantor's country"
    if terms.uses is not None and terms.epoch is None:
        yield "/epoch", "is missing: a counted consent is bound to it"
    life = times.parse(terms.not_after) - times.parse(terms.not_before)
    if life > LONGEST_DAYS * 86_400:
        yield (
            "/validity/not_after",
            f"is more than {LONGEST_DAYS} days after not_before: give it anew each year",
        )
    is_whole = terms.standing is not None or any("" in each.pointers for each in terms.messages)
    if terms.mode is Mode.REDACTED and is_whole and not terms.conditions.redact:
        yield "/mode", "is redacted, and nothing is named that is left out"


def _objects(read: Members, name: str, *, most: int) -> Iterator[Members]:
    return read.objects(name, most=most) if read.has(name) else iter(())


def _request(read: Members) -> tuple[str, str]:
    read.only("id", "header_digest")
    return read.text("id", UUID7), read.text("header_digest", DIGEST)


def _named(read: Members) -> Named:
    read.only("id", "header_digest", "pointers")
    return Named(
        message_id=read.text("id", UUID7),
        header_digest=read.text("header_digest", DIGEST),
        pointers=read.strings("pointers", re.compile(f"|{POINTER.pattern}"), most=MOST_POINTERS),
    )


def _class(read: Members) -> Class:
    read.only("types", "threads", "received_from", "received_until")
    types = read.strings("types", TYPE, most=_FEW)
    if not types:
        raise fault(read.pointer("types"), "is empty")
    return Class(
        types=types,
        threads=read.strings("threads", THREAD, most=_FEW) if read.has("threads") else (),
        received_from=read.time("received_from"),
        received_until=read.time("received_until"),
    )


def _recipient(read: Members) -> Recipient:
    read.only("org_id", "name", "country", "kind")
    return Recipient(
        org_id=read.text("org_id", NODE),
        name=read.words("name", most=_NAME),
        country=read.text("country", _COUNTRY),
        kind=read.kind("kind", PartyKind),
    )


def _publication(read: Members) -> tuple[str, str]:
    read.only("register", "medium")
    return read.text("register", _WORD), read.words("medium", most=_NAME)


def _conditions(read: Members) -> Conditions:
    read.only(
        "redact", "pseudonymise", "onward", "attribution", "embargo_until", "report_within", "text"
    )
    return Conditions(
        redact=_pointers(read, "redact"),
        pseudonymise=_pointers(read, "pseudonymise"),
        onward=read.kind("onward", Onward) if read.has("onward") else Onward.NONE,
        attribution=read.kind("attribution", Attribution)
        if read.has("attribution")
        else Attribution.MAY,
        embargo_until=read.time("embargo_until") if read.has("embargo_until") else None,
        report_within=_count(read, "report_within", least=1, most=LONGEST_DAYS),
        text=_english(read, "text") if read.has("text") else None,
    )


def _pointers(read: Members, name: str) -> tuple[str, ...]:
    return read.strings(name, POINTER, most=MOST_POINTERS) if read.has(name) else ()


def _personal(read: Members) -> PersonalData:
    read.only("legal_basis", "data_subject_consent", "destination_country", "safeguards")
    return PersonalData(
        legal_basis=read.words("legal_basis", most=_NAME),
        destination_country=read.text("destination_country", _COUNTRY),
        safeguards=read.words("safeguards", most=_TEXT),
        data_subject_consent=read.words("data_subject_consent", most=_NAME)
        if read.has("data_subject_consent")
        else None,
    )


def _granted_by(read: Members) -> GrantedBy:
    read.only("org_id", "role", "authority", "letter_digest")
    return GrantedBy(
        org_id=read.text("org_id", NODE),
        role=read.words("role", most=_NAME),
        authority=read.words("authority", most=_NAME),
        letter_digest=read.optional("letter_digest", DIGEST),
    )


def _english(read: Members, name: str) -> str:
    """Read a text by language and return its English, the language of clause 10."""
    texts = read.object(name)
    texts.only(*_LANGUAGES)
    for language in _LANGUAGES:
        if texts.has(language):
            texts.words(language, most=_TEXT)
    return texts.words("en", most=_TEXT)
