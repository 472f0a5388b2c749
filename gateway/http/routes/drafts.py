"""Drafts over the local API: keep, list, look at, delete; each caller sees only their own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import Call, Done, Parameter, Route, flag_in
from gateway.http.routes.shapes import NULLABLE, TEXT

_VIEW: Final = {
    "name": {**TEXT, "description": "Letters, digits, dots, dashes and underscores."},
    "type": {**NULLABLE, "description": "The message type, if it is a known one."},
    "title": {**NULLABLE, "description": "The title of that type."},
    "to": {**NULLABLE, "description": "The node it is for, if that is known."},
    "updated": {**TEXT, "description": "When it was kept last, RFC 3339 UTC."},
}


async def _put(desk: Desk, call: Call) -> Done:
    is_new = flag_in(call.query, "new")
    return Done(await desk.drafts.put(call.selector, call.body, call.actor, is_new=is_new))


async def _get(desk: Desk, call: Call) -> Done:
    return Done(await desk.drafts.get(call.selector, call.actor))


async def _list(desk: Desk, call: Call) -> Done:
    return Done(await desk.drafts.all(call.actor))


async def _delete(desk: Desk, call: Call) -> Done:
    return Done(await desk.drafts.delete(call.selector, call.actor))


ROUTES: Final = (
    Route(
        method="GET",
        path="drafts",
        act=_list,
        summary="The caller's drafts by name, without what they say.",
        answer="DraftPage",
    ),
    Route(
        method="GET",
        path="drafts/*",
        act=_get,
        summary="One draft as it was kept.",
        answer="KeptDraft",
    ),
    Route(
        method="PUT",
        path="drafts/*",
        act=_put,
        summary="Keep a draft, which need not be valid yet, in place of the one of that name.",
        answer="DraftView",
        body={
            "type": "object",
            "description": "A draft, as far as it is written.",
            "examples": [{"type": "inquiry.request", "to": "kh/molvt", "body": {}}],
        },
        query=MappingProxyType(
            {"new": Parameter("1: only if there is none of that name.", {"enum": ["0", "1"]})}
        ),
    ),
    Route(
        method="DELETE",
        path="drafts/*",
        act=_delete,
        summary="Delete a draft.",
        answer="DeletedDraft",
    ),
)

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "DraftView": {
        "type": "object",
        "additionalProperties": False,
        "required": [*_VIEW],
        "properties": _VIEW,
    },
    "KeptDraft": {
        "type": "object",
        "additionalProperties": False,
        "required": [*_VIEW, "draft"],
        "properties": {**_VIEW, "draft": {"type": "object"}},
    },
    "DraftPage": {
        "type": "object",
        "additionalProperties": False,
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/DraftView"}},
            "next": {"type": "null"},
        },
    },
    "DeletedDraft": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "deleted"],
        "properties": {"name": TEXT, "deleted": {"const": True}},
    },
}
