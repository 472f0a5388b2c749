"""The queue and the alarms over the local API: what people do to what is on its way."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import FLAG, PAGE, Call, Done, Parameter, Route, flag_in, number_in
from gateway.http.routes.shapes import COUNT, NEXT, NULLABLE


async def _cancel(desk: Desk, call: Call) -> Done:
    return Done(await desk.queue.cancel(call.selector, call.actor))


async def _hold(desk: Desk, call: Call) -> Done:
    return Done(await desk.queue.hold(call.selector, call.actor))


async def _release(desk: Desk, call: Call) -> Done:
    return Done(await desk.queue.release(call.selector, call.actor))


async def _retry(desk: Desk, call: Call) -> Done:
    key = call.idempotency_key
    view = await desk.queue.retry(call.selector, call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.OK if view["reissue_of"] is None else HTTPStatus.CREATED)


async def _retry_all(desk: Desk, call: Call) -> Done:
    return Done(await desk.queue.retry_all(call.selector))


async def _alarms(desk: Desk, call: Call) -> Done:
    page = await desk.alarms.page(
        everything=flag_in(call.query, "all"),
        after=call.query.get("after"),
        limit=number_in(call.query),
    )
    return Done(page)


async def _dismiss(desk: Desk, call: Call) -> Done:
    return Done(await desk.alarms.dismiss(call.selector, call.actor))


_NODE: Final = Parameter("The other node, `/` as `%2F`.", {"type": "string", "minLength": 1})
_NUMBER: Final = Parameter("The `seq` of an alarm.", {"type": "string", "pattern": "^[0-9]{1,18}$"})

ROUTES: Final = (
    Route(
        method="POST",
        path="messages/*/cancel",
        act=_cancel,
        summary="Take a message back that has never left.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/hold",
        act=_hold,
        summary="Keep a queued message back, and its thread behind it.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/release",
        act=_release,
        summary="Let a held message go on when its turn comes.",
        answer="Message",
    ),
    Route(
        method="POST",
        path="messages/*/retry",
        act=_retry,
        summary="Try a message now; one that never counted at the peer is issued anew.",
        answer="Message",
        also=MappingProxyType({HTTPStatus.CREATED: "Message"}),
    ),
    Route(
        method="POST",
        path="peers/*/retry",
        act=_retry_all,
        summary="Try everything that is queued for a peer now; what is held stays held.",
        answer="Retried",
        selector=_NODE,
    ),
    Route(
        method="GET",
        path="alarms",
        act=_alarms,
        summary="What needs a person, newest first.",
        answer="AlarmPage",
        query=MappingProxyType(
            {"all": Parameter("1: also those that somebody has dismissed.", FLAG), **PAGE}
        ),
    ),
    Route(
        method="POST",
        path="alarms/*/dismiss",
        act=_dismiss,
        summary="Note that a person has looked at an alarm.",
        answer="Alarm",
        selector=_NUMBER,
        is_operators=True,
    ),
)

_ALARM: Final[Mapping[str, Any]] = {
    "seq": {**COUNT, "description": "The number by which it is dismissed."},
    "at": {"type": "string", "description": "When it was raised first."},
    "peer": NULLABLE,
    "kind": {"type": "string"},
    "subject": {**NULLABLE, "description": "The id of a message, or what else it is about."},
    "count": {**COUNT, "description": "How often it was raised."},
    "last": {"type": "string", "description": "When it was raised last."},
    "seen": {**NULLABLE, "description": "When somebody has dismissed it."},
    "seen_by": {"type": ["integer", "null"], "description": "The account that did."},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Alarm": {
        "type": "object",
        "additionalProperties": False,
        "required": list(_ALARM),
        "properties": dict(_ALARM),
    },
    "AlarmPage": {
        "type": "object",
        "additionalProperties": False,
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Alarm"}},
            "next": NEXT,
        },
    },
    "Retried": {
        "type": "object",
        "additionalProperties": False,
        "required": ["peer", "messages"],
        "properties": {"peer": {"type": "string"}, "messages": COUNT},
    },
}
