"""The terms of a consent before anybody signs: from a request and what the officer narrows.

A grant never permits more than was asked for: whoever asked has told its own lawyers just that.
More, or something else, is a consent that nobody asked for, an offer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.catalogue.numbers import COMPLETED
from gateway.catalogue.text import written
from gateway.envelope import times
from gateway.errors import InvalidError, MalformedError, Problem
from gateway.policy.exceeding import exceeding
from gateway.policy.pointers import is_within
from gateway.policy.terms import Terms, parse_terms

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What the originator chooses; None and empty leave it as it was asked for.

    Args:
        fields: Pointers, for each message that has them.
        recipients: Ids out of those asked for.
        granted_by: Office and authority, as terms have them; also the organisation, where it is
            another one than the contact point.
        conditions, personal_data: As terms have them.
        text: A remark to the grantee, in English.
    """

    granted_by: dict[str, str]
    fields: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    mode: str | None = None
    min_cell: int | None = None
    uses: int | None = None
    not_before: str | None = None
    until: str | None = None
    follow_corrections: bool = False
    conditions: Json = field(default_factory=dict)
    personal_data: Json | None = None
    text: str | None = None


def terms_of(
    asked: Json,
    narrowed: Narrowed,
    *,
    consent_id: str,
    profile: str,
    grantor: str,
    grantee: str,
    request: tuple[str, str] | None,
    now: float,
) -> dict[str, Any]:
    """Return the JSON of the terms, exactly as it will be signed and sent.

    Args:
        asked: The body of the request; for an offer, what the officer here would be asked.
        request: Id and header digest of the request, None for an offer.

    Raises:
        InvalidError: Something that was narrowed to was not asked for, or the terms contradict
            themselves; `problems` names the members.
    """
    named = {
        "consent_id": consent_id,
        "profile": profile,
        "grantor": grantor,
        "grantee": grantee,
        "request": None
        if request is None
        else dict(zip(("id", "header_digest"), request, strict=True)),
    }
    members = named | _permitted(asked, narrowed, now)
    # What will be signed is what will be sent: texts are written now as a message writes them.
    found: dict[str, Any] = written(
        {name: value for name, value in members.items() if value is not None}, COMPLETED
    )
    terms = _parsed(found)
    problems = tuple(exceeding(terms, asked)) if request is not None else ()
    if problems:
        raise InvalidError("the consent cannot be given so", problems=problems[:16])
    return found


def is_partial(terms: Terms, asked: Json) -> bool:
    """Tell whether less is permitted than was asked for, as the grant has to say.

    Times and counts do not make a part of it: they end everything alike.
    """
    subject = asked["subject"]
    if terms.standing is not None:
        wanted = subject["class"]
        everything = set(terms.standing.types) == set(wanted["types"])
        everything = everything and set(terms.standing.threads) == set(wanted.get("threads", ()))
    else:
        covered = {each.message_id: set(each.pointers) for each in terms.messages}
        asked_for = {each["id"]: set(each["pointers"]) for each in subject["messages"].values()}
        everything = covered == asked_for
    return (
        not everything
        or len(terms.recipients) < len(asked.get("recipients", {}))
        or terms.mode != asked["mode"]
        or bool(terms.conditions.redact)
    )


def _permitted(asked: Json, narrowed: Narrowed, now: float) -> dict[str, Any]:
    """Return what the terms permit and how, with None for what they do not say."""
    uses = narrowed.uses or asked.get("uses")
    personal = narrowed.personal_data or asked.get("personal_data")
    return {
        # Only a count belongs to one life of a database; what may be used any number of times
        # outlives a restored backup.
        "epoch": None if uses is None else asked.get("epoch"),
        "subject": _subject(asked["subject"], narrowed.fields),
        "follow_corrections": narrowed.follow_corrections or None,
        "recipients": _recipients(asked, narrowed.recipients),
        "publication": asked.get("publication"),
        "purpose": asked["purpose"],
        "mode": narrowed.mode or asked["mode"],
        "min_cell": narrowed.min_cell or asked.get("min_cell"),
        "conditions": dict(narrowed.conditions) or None,
        "validity": {
            "not_before": narrowed.not_before or asked.get("from") or times.text(now),
            "not_after": narrowed.until or asked["until"],
        },
        "uses": uses,
        "personal_data": personal,
        "granted_by": dict(narrowed.granted_by),
    }


def _parsed(members: Json) -> Terms:
    try:
        return parse_terms(members)
    except MalformedError as error:
        problems = tuple(Problem(pointer, str(error)) for pointer in error.pointers)
        raise InvalidError(f"the consent cannot be given so: {error}", problems=problems) from None


def _subject(asked: Json, fields: Sequence[str]) -> dict[str, Any]:
    if "class" in asked:
        return {"class": dict(asked["class"])}
    messages = [dict(each) for each in asked["messages"].values()]
    if not fields:
        return {"messages": messages}
    pointers = [pointer for each in messages for pointer in each["pointers"]]
    if problems := tuple(
        Problem("/subject", f"{each} was not asked for")
        for each in fields
        if not _chosen(pointers, (each,))
    ):
        raise InvalidError("consent is given to parts that were asked for", problems=problems)
    messages = [{**each, "pointers": _chosen(each["pointers"], fields)} for each in messages]
    return {"messages": [each for each in messages if each["pointers"]]}


def _chosen(pointers: Sequence[str], fields: Sequence[str]) -> list[str]:
    """Return those fields that lie in what was asked for."""
    return [each for each in fields if any(is_within(each, pointer) for pointer in pointers)]


def _recipients(asked: Json, chosen: Sequence[str]) -> list[dict[str, Any]] | None:
    wanted = [dict(each) for each in asked.get("recipients", {}).values()]
    known = {each["org_id"] for each in wanted}
    if problems := tuple(
        Problem("/recipients", f"{each} was not asked for") for each in chosen if each not in known
    ):
        raise InvalidError("consent is given to those it was asked for", problems=problems)
    found = [each for each in wanted if not chosen or each["org_id"] in chosen]
    return found or None
