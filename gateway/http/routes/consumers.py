"""Consumers over the local API: take what comes in, acknowledge it, and mend what is stuck."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.desk import Desk
from gateway.desk.consumers import FOLDER, NAME
from gateway.errors import PolicyError
from gateway.http.routes.route import Call, Done, Parameter, Route
from gateway.http.routes.shapes import TEXT

_ID: Final = {"type": "string", "minLength": 1, "maxLength": 64}
_NAME: Final = Parameter(
    "The name of the consumer; each account has its own.",
    {"type": "string", "pattern": NAME, "$comment": "1 to 64 of a-z, 0-9, dots, dashes and _"},
)
_MOST_AT_ONCE: Final = 50
# As long as a connection may be quiet on its way through a firewall.
_LONGEST_WAIT: Final = 300


async def _next(desk: Desk, call: Call) -> Done:
    body = call.body
    view = await desk.consumers.next(
        _own(call),
        call.actor,
        limit=body.get("limit", 10),
        wait_seconds=float(body.get("wait_seconds", 0)),
        from_start=body.get("from") == "start",
    )
    return Done(view)


async def _acknowledge(desk: Desk, call: Call) -> Done:
    return Done(await desk.consumers.acknowledge(_own(call), call.body["ids"], call.actor))


async def _release(desk: Desk, call: Call) -> Done:
    body = call.body
    view = await desk.consumers.release(
        call.selector,
        body["id"],
        call.actor,
        uid=body.get("uid"),
        skip=body.get("skip", False),
        idempotency_key=call.idempotency_key,
    )
    return Done(view)


async def _all(desk: Desk, call: Call) -> Done:
    return Done(await desk.consumers.all())


async def _forget(desk: Desk, call: Call) -> Done:
    return Done(await desk.consumers.forget(_own(call), call.actor))


def _own(call: Call) -> str:
    """Return the name of the caller's consumer.

    Raises:
        PolicyError: It is the one by which the node itself fills the folder exchange.
    """
    if call.selector == FOLDER:
        raise PolicyError("that consumer is the node's own", hint="choose another name")
    return call.selector


ROUTES: Final = (
    Route(
        method="GET",
        path="consumers",
        act=_all,
        summary="Every consumer, with what it has not acknowledged and what was set apart for it.",
        answer="ConsumerPage",
    ),
    Route(
        method="POST",
        path="consumers/*/next",
        act=_next,
        selector=_NAME,
        summary=(
            "The oldest messages that this consumer has not acknowledged, with content; the first "
            "call makes the consumer. One call at a time: each counts as a try."
        ),
        answer="Delivery",
        body={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": _MOST_AT_ONCE,
                    "default": 10,
                    "description": "Messages at most; fewer if they are large.",
                },
                "wait_seconds": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": _LONGEST_WAIT,
                    "default": 0,
                    "description": "How long to wait if there is nothing.",
                },
                "from": {
                    "type": "string",
                    "enum": ["now", "start"],
                    "default": "now",
                    "description": "Where a consumer begins that does not exist yet.",
                },
            },
            "examples": [{"limit": 10, "wait_seconds": 60, "from": "start"}],
        },
        is_waiting=True,
    ),
    Route(
        method="POST",
        path="consumers/*/ack",
        act=_acknowledge,
        selector=_NAME,
        summary="Acknowledge messages: they are not given again.",
        answer="Acknowledged",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["ids"],
            "properties": {"ids": {"type": "array", "minItems": 1, "maxItems": 256, "items": _ID}},
            "examples": [{"ids": ["01920000-0000-7000-8000-000000000001"]}],
        },
    ),
    Route(
        method="POST",
        path="consumers/*/release",
        act=_release,
        selector=_NAME,
        summary="Give a message that was set apart again, or count it as acknowledged.",
        answer="Released",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {
                "id": _ID,
                "uid": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 2**32 - 1,
                    "description": "Whose consumer it is, if not the caller's.",
                },
                "skip": {
                    "type": "boolean",
                    "default": False,
                    "description": "True: never give it again.",
                },
            },
            "examples": [{"id": "01920000-0000-7000-8000-000000000001", "uid": 1002}],
        },
        is_operators=True,
    ),
    Route(
        method="DELETE",
        path="consumers/*",
        act=_forget,
        selector=_NAME,
        summary="Remove a consumer; one of that name made later begins anew.",
        answer="DeletedConsumer",
    ),
)

_SET_APART: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "peer", "type", "reference", "tries", "since"],
    "properties": {
        "id": TEXT,
        "peer": TEXT,
        "type": TEXT,
        "reference": {"type": ["string", "null"]},
        "tries": {"type": "integer"},
        "since": TEXT,
    },
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Delivery": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "items"],
        "properties": {
            "name": TEXT,
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["message", "tries"],
                    "properties": {
                        "message": {
                            "description": "With its content.",
                            "$ref": "#/components/schemas/Message",
                        },
                        "tries": {
                            "type": "integer",
                            "minimum": 1,
                            "description": "How often it was given, this time included.",
                        },
                    },
                },
            },
        },
    },
    "Acknowledged": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "open"],
        "properties": {
            "name": TEXT,
            "open": {"type": "integer", "description": "What is still not acknowledged."},
        },
    },
    "Released": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "id", "skipped"],
        "properties": {"name": TEXT, "id": TEXT, "skipped": {"type": "boolean"}},
    },
    "DeletedConsumer": {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "deleted"],
        "properties": {"name": TEXT, "deleted": {"const": True}},
    },
    "Consumer": {
        "type": "object",
        "additionalProperties": False,
        "required": ["uid", "name", "created", "open", "set_apart"],
        "properties": {
            "uid": {"type": "integer", "description": "The account whose consumer it is."},
            "name": TEXT,
            "created": TEXT,
            "open": {"type": "integer", "description": "Given or waiting, not acknowledged."},
            "set_apart": {
                "type": "array",
                "description": "Given five times without an acknowledgement; an operator releases.",
                "items": _SET_APART,
            },
        },
    },
    "ConsumerPage": {
        "type": "object",
        "additionalProperties": False,
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Consumer"}},
            "next": {"type": "null"},
        },
    },
}
