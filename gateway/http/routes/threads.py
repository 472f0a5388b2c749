"""Matters over the local API: all messages that belong together, with who must act next."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import PAGE, PEER, Call, Done, Parameter, Route, number_in


async def _threads(desk: Desk, call: Call) -> Done:
    given = {name: value for name, value in call.query.items() if name != "limit"}
    return Done(await desk.threads(limit=number_in(call.query), **given))


async def _thread(desk: Desk, call: Call) -> Done:
    return Done(await desk.thread(call.selector))


ROUTES: Final = (
    Route(
        method="GET",
        path="threads",
        act=_threads,
        summary="Matters, the last changed first.",
        answer="ThreadPage",
        query=MappingProxyType(
            {
                "peer": PEER,
                "state": Parameter("Only in this state.", {"type": "string"}),
                **PAGE,
            }
        ),
    ),
    Route(
        method="GET",
        path="threads/*",
        act=_thread,
        summary="One matter with its newest 500 messages, oldest first.",
        answer="Thread",
    ),
)

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Thread": {"type": "object", "required": ["thread", "messages"]},
    "ThreadPage": {"type": "object", "required": ["items", "next"]},
}
