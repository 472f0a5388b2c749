"""Publications over the local API: what is to be made public, and an operator's word on it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import (
    FLAG,
    PAGE,
    PEER,
    Call,
    Done,
    Parameter,
    Route,
    flag_in,
    number_in,
)

_TEXT: Final = {"type": "string"}
_WORDS: Final = {"type": "string", "minLength": 1, "maxLength": 500}


async def _page(desk: Desk, call: Call) -> Done:
    page = await desk.publications.page(
        waiting=flag_in(call.query, "waiting"),
        overdue=flag_in(call.query, "overdue"),
        peer=call.query.get("peer"),
        after=call.query.get("after"),
        limit=number_in(call.query),
    )
    return Done(page)


async def _look(desk: Desk, call: Call) -> Done:
    return Done(await desk.publications.look(call.selector))


async def _publish(desk: Desk, call: Call) -> Done:
    place, key = call.body.get("place"), call.idempotency_key
    view = await desk.publications.publish(
        call.selector, call.actor, place=place, idempotency_key=key
    )
    return Done(view)


async def _refuse(desk: Desk, call: Call) -> Done:
    code, text, key = call.body["code"], call.body["text"], call.idempotency_key
    view = await desk.publications.refuse(
        call.selector, code, text, call.actor, idempotency_key=key
    )
    return Done(view)


ROUTES: Final = (
    Route(
        method="GET",
        path="publications",
        act=_page,
        summary="What messages have made public, or taken down, newest first.",
        answer="PublicationPage",
        query=MappingProxyType(
            {
                "waiting": Parameter("1: only what nobody has decided about.", FLAG),
                "overdue": Parameter("1: only what should have been public by now.", FLAG),
                "peer": PEER,
                **PAGE,
            }
        ),
    ),
    Route(
        method="GET",
        path="publications/*",
        act=_look,
        summary="What waits of a message, and what everybody would read by it.",
        answer="PublicationAhead",
    ),
    Route(
        method="POST",
        path="publications/*/publish",
        act=_publish,
        summary="Make it public and tell the other side; it counts as a fetch.",
        answer="Publication",
        body={
            "type": "object",
            "additionalProperties": False,
            "properties": {"place": _WORDS},
            "examples": [{"place": "https://www.example.go.jp/ssw/approved.html"}],
        },
        is_operators=True,
    ),
    Route(
        method="POST",
        path="publications/*/refuse",
        act=_refuse,
        summary="Keep it closed and tell the other side why; an earlier version is taken down.",
        answer="Publication",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["code", "text"],
            "properties": {"code": _WORDS, "text": {**_WORDS, "maxLength": 4000}},
            "examples": [{"code": "law", "text": "A court has forbidden it for now."}],
        },
        is_operators=True,
    ),
)

_NAMED: Final = {"type": ["string", "null"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_POINTERS: Final = {"type": "array", "items": _TEXT}
_PUBLICATION: Final[Mapping[str, Any]] = {
    "seq": _COUNT,
    "id": {**_TEXT, "description": "The version of the message that is meant."},
    "type": {**_TEXT, "description": "The type of its first version."},
    "title": _TEXT,
    "thread": _TEXT,
    "reference": _NAMED,
    "direction": {**_TEXT, "enum": ["in", "out"]},
    "peer": _TEXT,
    "register": _TEXT,
    "action": {**_TEXT, "enum": ["published", "amended", "withdrawn", "not-published"]},
    "rule": {**_TEXT, "enum": ["permitted", "required"]},
    "state": {**_TEXT, "enum": ["waiting", "decided", "done", "refused", "replaced"]},
    "noted": {**_TEXT, "description": "When the message reached its register."},
    "due": {**_NAMED, "description": "By when it is to be public."},
    "overdue": {"type": "boolean"},
    "decided": {**_NAMED, "description": "When somebody decided."},
    "decided_by": {"type": ["integer", "null"], "description": "The account that did."},
    "place": {**_NAMED, "description": "Where it is public."},
    "reason": {"type": ["object", "null"], "description": "Why it stays closed."},
    "remark": {**_NAMED, "description": "Why a person is waited for."},
    "confirmation": {**_NAMED, "description": "The message that told the other side."},
}
_AHEAD: Final[Mapping[str, Any]] = {
    "shows": {"type": "object", "description": "What everybody would read, by entry; null: less."},
    "statuses": {"type": "object", "description": "The status of each of them."},
    "fields": {**_POINTERS, "description": "The parts of the message that become public."},
    "entries": _COUNT,
    "closes": {**_COUNT, "description": "How many entries a list takes away."},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Publication": {
        "type": "object",
        "additionalProperties": False,
        "required": list(_PUBLICATION),
        "properties": dict(_PUBLICATION),
    },
    "PublicationAhead": {
        "type": "object",
        "additionalProperties": False,
        "required": [*_PUBLICATION, *_AHEAD],
        "properties": {**_PUBLICATION, **_AHEAD},
    },
    "PublicationPage": {
        "type": "object",
        "additionalProperties": False,
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Publication"}},
            "next": {**_NAMED, "description": "The `after` of the page that follows."},
        },
    },
}
