"""Events over the local API: what happens, as server-sent events, none of them with content."""

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.desk.events import Look
from gateway.errors import Problem, UsageError
from gateway.http import streams
from gateway.http.routes.route import PEER, Call, Flow, Parameter, Route
from gateway.http.routes.shapes import NULLABLE

# An event's number; more digits than the store could ever count.
_MOST_DIGITS: Final = 18


async def _events(desk: Desk, call: Call) -> Flow:
    looks = desk.events.follow(
        _position(call), kind=call.query.get("kind", ""), peer=call.query.get("peer")
    )
    return Flow(_blocks(looks))


def _position(call: Call) -> int | None:
    """Return the last event that the caller has seen; whoever comes again says it in the header.

    Raises:
        UsageError: The header holds no number of an event.
    """
    text = call.last_event_id
    if text is None:
        text = call.query.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        problem = Problem("Last-Event-ID", "is not the number of an event")
        raise UsageError("no such event", problems=(problem,))
    return int(text)


async def _blocks(looks: AsyncGenerator[Look, None]) -> AsyncGenerator[bytes, None]:
    is_first = True
    async for look in looks:
        if is_first:
            is_first = False
            yield streams.beginning(look.seq)
        elif not look.found:
            yield streams.heartbeat(look.seq)
        else:
            yield b"".join(streams.event(each.seq, each.kind, each.data) for each in look.found)


ROUTES: Final = (
    Route(
        method="GET",
        path="events",
        act=_events,
        summary="What happens from now on, or after an event, as server-sent events.",
        answer="Event",
        query=MappingProxyType(
            {
                "after": Parameter(
                    "Begin behind the event of this number; `Last-Event-ID` goes before it. "
                    "0: with the oldest that is kept.",
                    {"type": "integer", "minimum": 0},
                ),
                "kind": Parameter(
                    "Only kinds that begin so, such as `message.`.",
                    {"type": "string", "maxLength": 64},
                ),
                "peer": PEER,
            }
        ),
        media_type=streams.MEDIA_TYPE,
    ),
)


COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Event": {
        "type": "object",
        "description": (
            "The `data` of one event; its `id` is the event's number and its `event` the kind. "
            "`gap` says that what came before is not kept any more: look at the lists, then go on."
        ),
        "additionalProperties": False,
        "required": ["kind", "peer", "id", "type", "thread", "reference", "state"],
        "properties": {
            "kind": {
                "type": "string",
                "description": (
                    "`message.` with the state that a message got, `level.` with what the other "
                    "side did with one of ours, `thread.opened`, `thread.moved`, "
                    "`thread.attention`, `alarm` (its kind is the state, its subject the id), "
                    "or `gap`."
                ),
            },
            **dict.fromkeys(("peer", "id", "type", "thread", "reference", "state"), NULLABLE),
        },
        "examples": [
            {
                "kind": "message.received",
                "peer": "jp/isa",
                "id": "01920000-0000-7000-8000-000000000001",
                "type": "inquiry.request",
                "thread": "01920000-0000-7000-8000-000000000001",
                "reference": "JP-2026-000123",
                "state": "received",
            }
        ],
    },
}
