"""Messages over the local API: write, list, look at, fetch, judge, wait for."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue import TYPES
from gateway.catalogue.kinds import Purpose
from gateway.desk import Desk, Draft
from gateway.desk.provenance import MOST
from gateway.http.routes import views
from gateway.http.routes.route import (
    FLAG,
    HANDLING,
    LONGEST_WAIT,
    PAGE,
    PEER,
    SPAN,
    Call,
    Done,
    Parameter,
    Route,
    flag_in,
    number_in,
    seconds_in,
    text_in,
)
from gateway.http.routes.shapes import TEXT
from gateway.policy.subject import Derivation

_LEVELS: Final = ("received", "handed-over", "accepted", "answered")
_FILTERS: Final = ("peer", "type", "state", "thread", "since", "until", "assignee")

DRAFT: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["body"],
    "properties": {
        "type": {**TEXT, "enum": sorted(TYPES), "description": "May be left out of a reply."},
        "to": {**TEXT, "description": "The other node; may be left out of a reply."},
        "body": {"type": "object", "description": "Fits the schema of the type."},
        "note": {**TEXT, "maxLength": 4000},
        "priority": {**TEXT, "enum": ["routine", "urgent", "emergency"]},
        "due": {**TEXT, "description": "Wanted by, RFC 3339 UTC."},
        "expires": {**TEXT, "description": "Of no use after this time, RFC 3339 UTC."},
        "in_reply_to": {**TEXT, "description": "Id, its beginning, or a reference."},
        "attachments": {"type": "array", "maxItems": 0},
        "derived_from": {
            "type": "array",
            "maxItems": MOST,
            "description": "What it takes over from other messages.",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["source"],
                "properties": {
                    "source": {**TEXT, "description": "Id, its beginning, or a reference."},
                    "source_pointer": {**TEXT, "description": "The part of it; all if left out."},
                    "target_pointer": {**TEXT, "description": "Where it stands in this body."},
                    "mode": {**TEXT, "enum": list(Derivation)},
                },
            },
        },
        "purpose": {
            **TEXT,
            "enum": list(Purpose),
            "description": "For what content of others is passed on.",
        },
        "conditions_met": {
            "type": "boolean",
            "description": "The caller vouches for what a consent asks for in words.",
        },
    },
    "examples": [
        {"type": "ping", "to": "kh/molvt", "body": {}},
        {
            "in_reply_to": "JP-2026-000123",
            "body": {"answers": {"q1": {"status": "unknown", "text": {"en": "No record."}}}},
            "priority": "urgent",
        },
    ],
}


async def _messages(desk: Desk, call: Call) -> Done:
    given: dict[str, Any] = {name: call.query[name] for name in _FILTERS if name in call.query}
    if flag_in(call.query, "mine"):
        given["assignee"] = call.actor.name
    page = await desk.messages(
        call.query.get("box"),
        after=call.query.get("after"),
        limit=number_in(call.query),
        unread=flag_in(call.query, "unread"),
        overdue=flag_in(call.query, "overdue"),
        **given,
    )
    return Done(page)


async def _send(desk: Desk, call: Call) -> Done:
    is_dry = flag_in(call.query, "dry_run")
    view = await desk.send(
        Draft.from_json(call.body),
        call.actor,
        dry_run=is_dry,
        idempotency_key=call.idempotency_key,
        kept_as=call.query.get("draft"),
    )
    return Done(view, HTTPStatus.OK if is_dry else HTTPStatus.CREATED)


async def _message(desk: Desk, call: Call) -> Done:
    return Done(await desk.message(call.selector))


async def _print(desk: Desk, call: Call) -> Done:
    return Done(await desk.printing.page(call.selector, call.actor))


async def _fetch(desk: Desk, call: Call) -> Done:
    return Done(await desk.fetch(call.selector, call.actor))


async def _accept(desk: Desk, call: Call) -> Done:
    key = call.idempotency_key
    return Done(await desk.accept(call.selector, call.actor, idempotency_key=key))


async def _decline(desk: Desk, call: Call) -> Done:
    code, text = text_in(call.body, "code"), text_in(call.body, "text")
    key = call.idempotency_key
    return Done(await desk.decline(call.selector, code, text, call.actor, idempotency_key=key))


async def _wait(desk: Desk, call: Call) -> Done:
    timeout = seconds_in(call.query)
    return Done(await desk.wait(call.selector, call.query.get("level", ""), timeout))


async def _ping(desk: Desk, call: Call) -> Done:
    to, key = text_in(call.body, "to"), call.idempotency_key
    view = await desk.ping(to, call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.CREATED)


async def _status(desk: Desk, call: Call) -> Done:
    return Done(await desk.status())


ROUTES: Final = (
    Route(
        method="GET",
        path="status",
        act=_status,
        summary="Who this node is, what waits where, and the newest alarms.",
        answer="Status",
    ),
    Route(
        method="GET",
        path="messages",
        act=_messages,
        summary="Messages, newest first, without their content.",
        answer="MessagePage",
        query=MappingProxyType(
            {
                "box": Parameter("Only one direction.", {**TEXT, "enum": ["inbox", "outbox"]}),
                "peer": PEER,
                "type": Parameter("Only of this type; `*`: no acknowledgements.", TEXT),
                "state": Parameter("Only in this state.", TEXT),
                "thread": Parameter("Only of this thread.", TEXT),
                **SPAN,
                "unread": Parameter("1: only what came in and nobody has fetched.", FLAG),
                "overdue": Parameter("1: only what missed a deadline.", FLAG),
                **HANDLING,
                **PAGE,
            }
        ),
    ),
    Route(
        method="POST",
        path="messages",
        act=_send,
        summary="Sign, seal and queue a message.",
        answer="Message",
        body=DRAFT,
        query=MappingProxyType(
            {
                "dry_run": Parameter("1: judge everything, send nothing.", {"enum": ["0", "1"]}),
                "draft": Parameter("The caller's draft that this is; it is deleted.", TEXT),
            }
        ),
        status=HTTPStatus.CREATED,
        also={HTTPStatus.OK: "DryRun"},
    ),
    Route(
        method="GET",
        path="messages/*",
        act=_message,
        summary="One message without its content.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/fetch",
        act=_fetch,
        summary="One message with its content; the first fetch of a received one hands it over.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/print",
        act=_print,
        summary="One message with its content and evidence, for paper; recorded as printed.",
        answer="PrintedMessage",
    ),
    Route(
        method="POST",
        path="messages/*/accept",
        act=_accept,
        summary="Accept a received message for handling.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/decline",
        act=_decline,
        summary="Decline a received message with a reason.",
        answer="Message",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "text"],
            "properties": {"code": TEXT, "text": TEXT},
            "examples": [{"code": "other", "text": "Handled by another office."}],
        },
    ),
    Route(
        method="GET",
        path="messages/*/wait",
        act=_wait,
        summary="One message once the other side has come as far as asked.",
        answer="Message",
        query=MappingProxyType(
            {
                "level": Parameter("How far.", {**TEXT, "enum": list(_LEVELS)}, is_required=True),
                "timeout": Parameter(
                    "Seconds at most.",
                    {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT},
                    is_required=True,
                ),
            }
        ),
        is_waiting=True,
    ),
    Route(
        method="POST",
        path="ping",
        act=_ping,
        summary="Send a sign of life that the peer's receipt answers.",
        answer="Message",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["to"],
            "properties": {"to": TEXT},
            "examples": [{"to": "kh/molvt"}],
        },
        status=HTTPStatus.CREATED,
    ),
)

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **views.COMPONENTS,
    "DryRun": {
        "type": "object",
        "description": "What would be sent and who could see it; nothing was made.",
        "required": ["dry_run", "type", "title", "peer", "marking", "expires"],
        "properties": {"dry_run": {"const": True}},
    },
}
