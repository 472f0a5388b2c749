"""Consents over the local API: asking, preparing what officers sign, giving, denying, revoking."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson

from gateway.catalogue.kinds import Purpose
from gateway.desk import Desk
from gateway.desk.consent_asking import Wish
from gateway.desk.consent_packages import parse_package
from gateway.desk.consent_terms import Narrowed
from gateway.http.routes.route import (
    PAGE,
    Call,
    Done,
    Parameter,
    Route,
    flag_in,
    number_in,
    text_in,
)
from gateway.http.routes.shapes import (
    COUNT,
    NULLABLE,
    TEXT,
    TEXTS,
    TIME,
    WHEN,
    WHEN_OR_NULL,
    object_of,
    page_of,
)
from gateway.policy.terms import MOST_POINTERS, MOST_RECIPIENTS, MOST_USES, Mode
from gateway.store.consents import ConsentState

_CONSENT: Final = Parameter(
    "The id of a consent, or its first 8 characters or more.", {"type": "string", "minLength": 1}
)
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 300}
_LONG: Final = {"type": "string", "minLength": 1, "maxLength": 4000}
_MODE: Final = {"type": "string", "enum": [each.value for each in Mode]}
_POINTERS: Final = {
    "type": "array",
    "maxItems": MOST_POINTERS,
    "items": {"type": "string", "maxLength": 520},
    "description": "JSON Pointers into the body.",
}
_ORGANISATIONS: Final = {
    "type": "array",
    "maxItems": MOST_RECIPIENTS,
    "items": _NAME,
    "description": "Ids out of the registry of parties.",
}
_OBJECT: Final = {"type": "object"}


def _members(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


_GROUND: Final = _members(
    {
        "legal_basis": _NAME,
        "destination_country": {"type": "string", "pattern": "^[a-z]{2}$"},
        "safeguards": _LONG,
        "data_subject_consent": _NAME,
    },
    "legal_basis",
    "destination_country",
    "safeguards",
)
_CLASS: Final = _members(
    {
        "types": {**TEXTS, "description": "Without them, the type of the message."},
        "threads": TEXTS,
        "received_from": TIME,
        "received_until": TIME,
    }
)
_WISH: Final[Mapping[str, Any]] = {
    "purpose": {"type": "string", "enum": [each.value for each in Purpose]},
    "purpose_text": _LONG,
    "to": _ORGANISATIONS,
    "publication": _members({"register": _NAME, "medium": _NAME}, "register", "medium"),
    "fields": _POINTERS,
    "mode": _MODE,
    "min_cell": {"type": "integer", "minimum": 2, "maximum": 1000},
    "uses": {"type": "integer", "minimum": 1, "maximum": MOST_USES},
    "not_before": TIME,
    "until": TIME,
    "basis": _NAME,
    "reason": _LONG,
    "personal_data": _GROUND,
    "standing": {**_CLASS, "description": "Ask for all messages like this one."},
}
_NARROWED: Final[Mapping[str, Any]] = {
    "granted_by": _members(
        {
            "org_id": _NAME,
            "role": _NAME,
            "authority": _NAME,
            "letter_digest": {"type": "string", "description": "Of a signed letter."},
        },
        "role",
        "authority",
    ),
    "fields": _POINTERS,
    "recipients": _ORGANISATIONS,
    "mode": _MODE,
    "min_cell": _WISH["min_cell"],
    "uses": _WISH["uses"],
    "not_before": TIME,
    "until": TIME,
    "follow_corrections": {"type": "boolean"},
    "conditions": {**_OBJECT, "description": "As the terms of a consent have them."},
    "personal_data": _GROUND,
    "text": _LONG,
}
_BY: Final = {"role": "Director General", "authority": "Prakas 12/2026"}
_REASON: Final = _members({"reason": _NAME, "text": _LONG}, "reason")


def _wish(given: Mapping[str, Any]) -> Wish:
    pairs: dict[str, Any] = {
        name: tuple(value) if name in {"to", "fields"} else value for name, value in given.items()
    }
    return Wish(**pairs)


def _narrowed(given: Mapping[str, Any]) -> Narrowed:
    pairs: dict[str, Any] = {
        name: tuple(value) if name in {"fields", "recipients"} else value
        for name, value in given.items()
    }
    return Narrowed(**pairs)


async def _page(desk: Desk, call: Call) -> Done:
    names = ("direction", "state", "message", "after")
    given: dict[str, Any] = {name: call.query.get(name) for name in names}
    return Done(await desk.consents.page(**given, limit=number_in(call.query)))


async def _state(desk: Desk, call: Call) -> Done:
    return Done(await desk.consents.state(call.selector))


async def _fetch(desk: Desk, call: Call) -> Done:
    return Done(await desk.consents.look(call.selector, call.actor))


async def _request(desk: Desk, call: Call) -> Done:
    is_dry = flag_in(call.query, "dry_run")
    view = await desk.consents.request(
        call.selector,
        _wish(call.body),
        call.actor,
        dry_run=is_dry,
        idempotency_key=call.idempotency_key,
    )
    return Done(view, HTTPStatus.OK if is_dry else HTTPStatus.CREATED)


async def _prepare(desk: Desk, call: Call) -> Done:
    return Done(await desk.consents.prepare(call.selector, _narrowed(call.body), call.actor))


async def _offer(desk: Desk, call: Call) -> Done:
    wish, narrowed = _wish(call.body["wish"]), _narrowed(call.body["terms"])
    return Done(await desk.consents.offer(call.selector, wish, narrowed, call.actor))


async def _grant(desk: Desk, call: Call) -> Done:
    package = parse_package(orjson.dumps(call.body["package"]))
    key = call.idempotency_key
    view = await desk.consents.grant(package, call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.CREATED)


async def _deny(desk: Desk, call: Call) -> Done:
    reason, key = text_in(call.body, "reason"), call.idempotency_key
    view = await desk.consents.deny(
        call.selector, reason, call.body.get("text"), call.actor, idempotency_key=key
    )
    return Done(view, HTTPStatus.CREATED)


async def _revoke(desk: Desk, call: Call) -> Done:
    reason, key = text_in(call.body, "reason"), call.idempotency_key
    view = await desk.consents.revoke(
        call.selector, reason, call.body.get("text"), call.actor, idempotency_key=key
    )
    return Done(view, HTTPStatus.CREATED)


ROUTES: Final = (
    Route(
        method="GET",
        path="consents",
        act=_page,
        summary="Consents of both sides and how each stands, newest first; not what they say.",
        answer="ConsentPage",
        query=MappingProxyType(
            {
                "direction": Parameter(
                    "`in`: only those given to us; `out`: only ours.", {"enum": ["in", "out"]}
                ),
                "state": Parameter(
                    "Only those that stand so.", {"enum": [each.value for each in ConsentState]}
                ),
                "message": Parameter("Only those that name this message.", {"type": "string"}),
                **PAGE,
            }
        ),
    ),
    Route(
        method="POST",
        path="consents",
        act=_grant,
        summary="Give the consent of a package that enough officers have signed.",
        answer="Message",
        body={
            **_members({"package": _OBJECT}, "package"),
            "examples": [{"package": {"format": "gateway-consent/1"}}],
        },
        status=HTTPStatus.CREATED,
    ),
    Route(
        method="GET",
        path="consents/*",
        act=_state,
        summary="How one consent stands; not what it says.",
        answer="Consent",
        selector=_CONSENT,
    ),
    Route(
        method="POST",
        path="consents/*/fetch",
        act=_fetch,
        summary="One consent with its terms; it counts as a fetch of the message that gives it.",
        answer="ConsentWithTerms",
        selector=_CONSENT,
    ),
    Route(
        method="POST",
        path="consents/*/revoke",
        act=_revoke,
        summary="End a consent of ours, at once.",
        answer="Message",
        body={**_REASON, "examples": [{"reason": "changed"}]},
        status=HTTPStatus.CREATED,
        selector=_CONSENT,
    ),
    Route(
        method="POST",
        path="messages/*/consent-request",
        act=_request,
        summary="Ask the sender of a message for its consent to pass it on.",
        answer="Message",
        query=MappingProxyType(
            {"dry_run": Parameter("1: judge it, and send nothing.", {"enum": ["0", "1"]})}
        ),
        body={
            **_members(_WISH, "purpose"),
            "examples": [
                {
                    "purpose": "intermediary-elimination",
                    "to": ["jp/labour-bureau-osaka"],
                    "fields": ["/findings"],
                    "uses": 1,
                    "reason": "The bureau is to inspect the employer.",
                }
            ],
        },
        status=HTTPStatus.CREATED,
        also={HTTPStatus.OK: "ConsentRehearsal"},
    ),
    Route(
        method="POST",
        path="messages/*/consent-package",
        act=_prepare,
        summary="The package that officers sign to grant this request; it counts as a fetch.",
        answer="ConsentPackage",
        body={**_members(_NARROWED, "granted_by"), "examples": [{"granted_by": _BY}]},
    ),
    Route(
        method="POST",
        path="messages/*/consent-offer",
        act=_offer,
        summary="The package that officers sign to offer consent for this message of ours.",
        answer="ConsentPackage",
        body={
            **_members(
                {"wish": _members(_WISH, "purpose"), "terms": _members(_NARROWED, "granted_by")},
                "wish",
                "terms",
            ),
            "examples": [
                {
                    "wish": {"purpose": "statistics", "to": ["jp/mhlw"]},
                    "terms": {"granted_by": _BY},
                }
            ],
        },
    ),
    Route(
        method="POST",
        path="messages/*/consent-denial",
        act=_deny,
        summary="Refuse a request for consent, with a reason.",
        answer="Message",
        body={**_REASON, "examples": [{"reason": "law", "text": "The inquiry is not closed."}]},
        status=HTTPStatus.CREATED,
    ),
)

_VIEW: Final[Mapping[str, Any]] = {
    "seq": COUNT,
    "consent_id": TEXT,
    "short": {**TEXT, "description": "The part of the id that lists show."},
    "direction": {**TEXT, "enum": ["in", "out"], "description": "Given to us, or by us."},
    "peer": TEXT,
    "grantor": TEXT,
    "grantee": TEXT,
    "state": {**TEXT, "enum": [each.value for each in ConsentState]},
    "code": {**NULLABLE, "description": "Why it is not used, where it is worth nothing."},
    "not_before": WHEN_OR_NULL,
    "not_after": WHEN_OR_NULL,
    "uses": {"type": ["integer", "null"], "description": "How often it may be used; null: any."},
    "uses_left": {"type": ["integer", "null"], "description": "Of one given to us."},
    "is_class": {"type": "boolean", "description": "It covers a class of messages."},
    "message": {**TEXT, "description": "The message that gives it."},
    "message_state": TEXT,
    "reference": NULLABLE,
    "thread": TEXT,
    "request": {**NULLABLE, "description": "The request that it answers."},
    "noted": WHEN,
    "told": {**NULLABLE, "description": "The state that the grantor was told of last."},
    "told_code": {**NULLABLE, "description": "Of ours: why the other side does not use it."},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Consent": object_of(_VIEW),
    "ConsentPage": page_of("Consent"),
    "ConsentWithTerms": object_of({**_VIEW, "terms": _OBJECT}),
    "ConsentPackage": object_of(
        {
            "package": {**_OBJECT, "description": "To be kept as a file of mode 0600."},
            "officers_needed": {**COUNT, "description": "How many officers have to sign it."},
        }
    ),
    "ConsentRehearsal": object_of({"dry_run": {"type": "boolean"}, "peer": TEXT, "body": _OBJECT}),
}
