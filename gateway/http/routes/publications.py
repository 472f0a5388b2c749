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
from gateway.http.routes.shapes import COUNT, NEXT, NULLABLE, TEXT

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
        summary="The publication of a message; while it waits, what everybody would read by it.",
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

_SOME: Final = {"type": ["integer", "null"], "minimum": 0}
_PUBLICATION: Final[Mapping[str, Any]] = {
    "seq": COUNT,
    "id": {**TEXT, "description": "The version of the message that is meant."},
    "short": {**TEXT, "description": "The part of the id that lists show."},
    "type": {**TEXT, "description": "The type of its first version."},
    "title": TEXT,
    "thread": TEXT,
    "reference": NULLABLE,
    "direction": {**TEXT, "enum": ["in", "out"]},
    "peer": TEXT,
    "register": TEXT,
    "action": {**TEXT, "enum": ["published", "amended", "withdrawn", "not-published"]},
    "rule": {**TEXT, "enum": ["permitted", "required"]},
    "state": {**TEXT, "enum": ["waiting", "decided", "done", "refused", "replaced"]},
    "noted": {**TEXT, "description": "When the message reached its register; RFC 3339 UTC."},
    "due": {**NULLABLE, "description": "By when it is to be public; RFC 3339 UTC."},
    "overdue": {"type": "boolean"},
    "decided": {**NULLABLE, "description": "When somebody decided; RFC 3339 UTC."},
    "decided_uid": {"type": ["integer", "null"], "description": "The account (uid) that did."},
    "place": {**NULLABLE, "description": "Where it is public."},
    "reason": {
        "type": ["object", "null"],
        "description": "Why it stays closed: a code; the words too until a message keeps them.",
    },
    "remark": {**NULLABLE, "description": "Why a person is waited for."},
    "confirmation": {**NULLABLE, "description": "The message that told the other side."},
    "is_gone": {
        "type": "boolean",
        "description": "Whether a later version was made public or taken down in its place, or "
        "nothing that it made public is shown any more.",
    },
}
_AHEAD: Final[Mapping[str, Any]] = {
    "shows": {
        "type": ["object", "null"],
        "description": "What everybody would read, by entry; an entry that is null is shown no "
        "more. This and what follows is null where it cannot be published now.",
    },
    "statuses": {"type": ["object", "null"], "description": "The status of each of them."},
    "fields": {
        "type": ["array", "null"],
        "items": TEXT,
        "description": "The parts of the message that become public.",
    },
    "entries": _SOME,
    "closes": {**_SOME, "description": "How many entries a list takes away."},
    "hindrance": {**NULLABLE, "description": "Why what waits cannot be published now."},
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
            "next": NEXT,
        },
    },
}
