"""Disclosures over the local API: deciding, fetching what was allowed, the ledger, reports."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue import Purpose
from gateway.desk import Desk
from gateway.desk.disclosure_wishes import Wish
from gateway.errors import NotFoundError
from gateway.http.routes.route import (
    FLAG,
    PAGE,
    Call,
    Done,
    Parameter,
    Route,
    flag_in,
    number_in,
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
from gateway.policy import Mode

_NUMBER: Final = Parameter("A number of the ledger.", {"type": "string", "pattern": "^[0-9]+$"})
_WORDS: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_LONG: Final = {"type": "string", "minLength": 1, "maxLength": 20_000}


async def _disclose(desk: Desk, call: Call) -> Done:
    is_check = call.body.get("check", False)
    view = await desk.disclosing.disclose(
        call.body["message"],
        _wish(call.body),
        call.actor,
        is_check=is_check,
        idempotency_key=call.idempotency_key,
    )
    return Done(view, HTTPStatus.OK if is_check else HTTPStatus.CREATED)


async def _package(desk: Desk, call: Call) -> Done:
    return Done(await desk.disclosing.package(_number(call), call.actor))


async def _recall(desk: Desk, call: Call) -> Done:
    return Done(await desk.disclosing.recall(_number(call), call.actor))


async def _look(desk: Desk, call: Call) -> Done:
    return Done(await desk.disclosing.look(_number(call)))


async def _page(desk: Desk, call: Call) -> Done:
    page = await desk.disclosing.page(
        to=call.query.get("to"),
        message=call.query.get("message"),
        is_allowed=flag_in(call.query, "allowed") if "allowed" in call.query else None,
        since=call.query.get("since"),
        after=call.query.get("after"),
        limit=number_in(call.query),
    )
    return Done(page)


async def _report(desk: Desk, call: Call) -> Done:
    key = call.idempotency_key
    telling = desk.disclosing.telling
    view = await telling.report(call.body["about"], call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.CREATED)


async def _outside(desk: Desk, call: Call) -> Done:
    view = await desk.disclosing.telling.outside(
        call.body["message"],
        _wish(call.body),
        call.body["text"],
        call.actor,
        idempotency_key=call.idempotency_key,
    )
    return Done(view, HTTPStatus.CREATED)


def _wish(body: Mapping[str, Any]) -> Wish:
    return Wish(
        to=body["to"],
        purpose=Purpose(body["purpose"]),
        fields=tuple(body.get("fields", ())),
        mode=Mode(body.get("mode", Mode.VERBATIM)),
        text=body.get("paraphrase"),
        table=body.get("table"),
        is_confirmed=body.get("conditions_met", False),
    )


def _number(call: Call) -> int:
    text = call.selector
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFoundError("the ledger has numbers alone", hint="gateway disclose list")
    return int(text)


_ASKED: Final[Mapping[str, Any]] = {
    "message": {**_WORDS, "description": "An id, its first 8 characters or more, or a reference."},
    "to": {**_WORDS, "description": "The id of an organisation of the registry, and no name."},
    "purpose": {"enum": [each.value for each in Purpose]},
    "fields": {
        "type": "array",
        "maxItems": 64,
        "items": {"type": "string", "pattern": "^/", "maxLength": 600},
        "description": "JSON Pointers into the body; without them all of it.",
    },
}
_EXAMPLE: Final = {
    "message": "KH-2026-000045",
    "to": "jp/labour-bureau-osaka",
    "purpose": "ssw-operation",
}

ROUTES: Final = (
    Route(
        method="GET",
        path="disclosures",
        act=_page,
        summary="The ledger: what was allowed to leave and what was refused, newest first.",
        answer="DisclosurePage",
        query=MappingProxyType(
            {
                "to": Parameter("Only to this organisation.", TEXT),
                "message": Parameter("Only of this message, or of what it was taken into.", TEXT),
                "allowed": Parameter("1: only what was allowed; 0: only what was refused.", FLAG),
                "since": Parameter("Only what was decided since then, RFC 3339 UTC.", TIME),
                **PAGE,
            }
        ),
    ),
    Route(
        method="POST",
        path="disclosures",
        act=_disclose,
        summary="Decide whether content may be passed on; a refusal is an answer too.",
        answer="DisclosureDecision",
        status=HTTPStatus.CREATED,
        also={HTTPStatus.OK: "DisclosureDecision"},
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["message", "to", "purpose"],
            "properties": {
                **_ASKED,
                "mode": {
                    "enum": [each.value for each in Mode],
                    "description": "`redacted` leaves out what may not leave.",
                },
                "paraphrase": {**_LONG, "description": "Words in place of the content."},
                "table": {
                    "type": "object",
                    "description": "Numbers in place of the content.",
                },
                "conditions_met": {
                    "type": "boolean",
                    "description": "The caller vouches for what a consent asks for in words.",
                },
                "check": {
                    "type": "boolean",
                    "description": "Only say what the decision would be; nothing is kept.",
                },
            },
            "examples": [_EXAMPLE],
        },
    ),
    Route(
        method="GET",
        path="disclosures/*",
        act=_look,
        summary="One row of the ledger, without content.",
        answer="Disclosure",
        selector=_NUMBER,
    ),
    Route(
        method="POST",
        path="disclosures/*/package",
        act=_package,
        summary="Hand over what was allowed, if it is allowed still; it counts as a fetch.",
        answer="DisclosurePackage",
        selector=_NUMBER,
    ),
    Route(
        method="POST",
        path="disclosures/*/recall",
        act=_recall,
        summary="Take a disclosure back; the answer has the notice for its recipient.",
        answer="DisclosureRecalled",
        selector=_NUMBER,
    ),
    Route(
        method="POST",
        path="disclosure-reports",
        act=_report,
        summary="Report to the originator what was disclosed of its content.",
        answer="Message",
        status=HTTPStatus.CREATED,
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["about"],
            "properties": {
                "about": {
                    **_WORDS,
                    "description": "A message of the other side, its question, or a consent.",
                }
            },
            "examples": [{"about": "KH-2026-000045"}],
        },
    ),
    Route(
        method="POST",
        path="disclosure-outcomes",
        act=_outside,
        summary="Keep what happened to content outside the gateway; its originator is told.",
        answer="Disclosure",
        status=HTTPStatus.CREATED,
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["message", "to", "purpose", "text"],
            "properties": {
                **_ASKED,
                "text": {**_LONG, "maxLength": 4000, "description": "What happened and why."},
            },
            "examples": [{**_EXAMPLE, "text": "Handed over by order of a court of 3 October."}],
        },
    ),
)

_TO: Final = object_of({"org_id": TEXT, "name": NULLABLE, "country": NULLABLE})
_CODE: Final = {**TEXT, "description": "A code of the reasons; the reference explains each."}
_POINTERS: Final = {
    **TEXTS,
    "description": "JSON Pointers into the body; an empty one is all of it.",
}
_OBLIGATIONS: Final = {
    "type": "array",
    "items": object_of(
        {
            "consent_id": TEXT,
            "what": {**TEXT, "enum": ["onward", "attribution", "report-within", "text"]},
            "value": {**NULLABLE, "description": "Null of words: they stand in the package."},
        }
    ),
    "description": "What the used consents bind to.",
}
_CONSENTS: Final = {**TEXTS, "description": "The ids of the consents that were used."}
_COUNTRY: Final = {**NULLABLE, "description": "Whose consent is missing."}
_NEAREST: Final = {**NULLABLE, "description": "The consent that came nearest."}
_SOME: Final = {"type": ["integer", "null"]}
_YES: Final = {"type": "boolean"}
_MODE: Final = {**TEXT, "enum": [each.value for each in Mode]}
_OBJECT: Final = {"type": "object"}

_DECISION: Final[Mapping[str, Any]] = {
    "ledger": {**_SOME, "description": "Its number in the ledger; null of a mere check."},
    "is_allowed": _YES,
    "reason": _CODE,
    "id": {**TEXT, "description": "The version of the message that was decided about."},
    "short": TEXT,
    "reference": NULLABLE,
    "type": TEXT,
    "title": TEXT,
    "direction": {**TEXT, "enum": ["in", "out"]},
    "peer": TEXT,
    "to": _TO,
    "purpose": TEXT,
    "mode": _MODE,
    "fields": _POINTERS,
    "refused": {
        "type": "array",
        "items": object_of(
            {"pointer": TEXT, "reason": _CODE, "country": _COUNTRY, "nearest": _NEAREST}
        ),
    },
    "undeclared": {
        "type": "array",
        "items": object_of(
            {
                "find": {**_SOME, "description": "The number to claim it by; null of a check."},
                "pointer": TEXT,
                "what": TEXT,
                "by": TEXT,
                "source": {**NULLABLE, "description": "Where it stands; null if it is not said."},
            }
        ),
        "description": "What somebody told in confidence, and that is not declared.",
    },
    "redactions": _POINTERS,
    "pseudonymised": _POINTERS,
    "consents": _CONSENTS,
    "obligations": _OBLIGATIONS,
    "country": _COUNTRY,
    "nearest": _NEAREST,
    "condition": {**NULLABLE, "description": "What that consent asks for in words, if not met."},
    "ask_about": {**NULLABLE, "description": "The message to ask for a consent to."},
    "alike": {
        "type": "array",
        "items": object_of({"id": TEXT, "name": TEXT}),
        "description": "Organisations that may be meant; none is chosen.",
    },
    "newer": {**NULLABLE, "description": "The message that took the place of this one."},
}
_ROW: Final[Mapping[str, Any]] = {
    "ledger": COUNT,
    "at": WHEN,
    "action": {**TEXT, "enum": ["show", "send", "disclose", "export", "print", "publish"]},
    "is_allowed": _YES,
    "state": {**TEXT, "enum": ["refused", "decided", "transmitted", "stopped", "recalled"]},
    "reason": _CODE,
    "id": TEXT,
    "short": TEXT,
    "reference": NULLABLE,
    "peer": TEXT,
    "to": _TO,
    "register": {**NULLABLE, "description": "Of a publication, the register."},
    "purpose": NULLABLE,
    "mode": _MODE,
    "pointers": {**_POINTERS, "description": "What was asked for; an empty one is all of it."},
    "parts": {**_POINTERS, "description": "What leaves, or is refused: without what is left out."},
    "redactions": _POINTERS,
    "pseudonymised": _POINTERS,
    "obligations": _OBLIGATIONS,
    "consents": _CONSENTS,
    "country": _COUNTRY,
    "nearest": _NEAREST,
    "uid": {**COUNT, "description": "The account (uid) that asked."},
    "vouched_uid": {
        **_SOME,
        "description": "The account that vouched that conditions in words are met.",
    },
    "is_outside": {**_YES, "description": "It happened outside the gateway."},
    "header_digest": TEXT,
    "label_digest": NULLABLE,
    "content_digest": {**NULLABLE, "description": "The digest of what leaves."},
    "policy_version": COUNT,
    "transmitted": WHEN_OR_NULL,
    "stopped": WHEN_OR_NULL,
    "stopped_for": NULLABLE,
    "recalled": WHEN_OR_NULL,
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "DisclosureDecision": object_of(_DECISION),
    "Disclosure": object_of(_ROW),
    "DisclosurePage": page_of("Disclosure"),
    "DisclosureRecalled": object_of({**_ROW, "notice": _OBJECT}),
    "DisclosurePackage": object_of(
        {
            "format": TEXT,
            "ledger": COUNT,
            "disclosed_by": object_of({"node": TEXT, "name": TEXT}),
            "to": _TO,
            "at": WHEN,
            "purpose": TEXT,
            "mode": _MODE,
            "source": _OBJECT,
            "marking": _OBJECT,
            "conditions": object_of({"onward": TEXT, "attribution": TEXT, "texts": TEXTS}),
            "consents": {
                "type": "array",
                "items": object_of(
                    {
                        "consent_id": TEXT,
                        "until": WHEN,
                        "destination_country": TEXT,
                        "safeguards": TEXT,
                        "legal_basis": TEXT,
                    },
                    optional=("destination_country", "safeguards", "legal_basis"),
                ),
                "description": "Each consent that was used, and the ground for personal data.",
            },
            "is_partial": _YES,
            "is_pseudonymised": _YES,
            "body": {**_OBJECT, "description": "What of the body leaves."},
            "text": {**TEXT, "description": "Words in place of the content."},
            "table": {**_OBJECT, "description": "Numbers in place of the content."},
            "content_digest": TEXT,
            "policy_version": COUNT,
        },
        optional=("body", "text", "table"),
    ),
}
