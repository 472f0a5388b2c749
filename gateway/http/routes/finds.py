"""Finds of undeclared copying over the local API, and where else something is known from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.identifying import Kind
from gateway.desk import Desk
from gateway.http.routes.route import FLAG, PAGE, Call, Done, Parameter, Route, flag_in, number_in
from gateway.http.routes.shapes import COUNT, NULLABLE, TEXT, WHEN, WHEN_OR_NULL, object_of, page_of
from gateway.store.origin_hits import State

_NUMBER: Final = Parameter("The number of a find.", {"type": "string", "pattern": "^[0-9]{1,18}$"})


async def _page(desk: Desk, call: Call) -> Done:
    page = await desk.finds.page(
        everything=flag_in(call.query, "all"),
        after=call.query.get("after"),
        limit=number_in(call.query),
    )
    return Done(page)


async def _claim(desk: Desk, call: Call) -> Done:
    return Done(await desk.finds.claim(call.selector, call.body["reason"], call.actor))


async def _approve(desk: Desk, call: Call) -> Done:
    return Done(await desk.finds.judge(call.selector, call.actor, approves=True))


async def _reject(desk: Desk, call: Call) -> Done:
    return Done(await desk.finds.judge(call.selector, call.actor, approves=False))


ROUTES: Final = (
    Route(
        method="GET",
        path="finds",
        act=_page,
        summary="What was refused because it holds what was received in confidence, newest first.",
        answer="FindPage",
        query=MappingProxyType({"all": Parameter("1: also what was judged.", FLAG), **PAGE}),
    ),
    Route(
        method="POST",
        path="finds/*/claim",
        act=_claim,
        summary="Say that a find is known here from elsewhere; another person has to approve.",
        answer="Find",
        selector=_NUMBER,
        body={
            **object_of({"reason": {"type": "string", "minLength": 1, "maxLength": 2_000}}),
            "examples": [{"reason": "In our own register since 2024."}],
        },
    ),
    Route(
        method="POST",
        path="finds/*/approve",
        act=_approve,
        summary="Agree that a find is known from elsewhere; never whoever has claimed it.",
        answer="Find",
        selector=_NUMBER,
    ),
    Route(
        method="POST",
        path="finds/*/reject",
        act=_reject,
        summary="Do not agree that a find is known from elsewhere.",
        answer="Find",
        selector=_NUMBER,
    ),
)

_UID: Final = {"type": ["integer", "null"], "description": "The account of that person."}
_SOURCE: Final[Mapping[str, Any]] = {
    **object_of({"id": TEXT, "short": TEXT, "reference": NULLABLE, "peer": TEXT}),
    "type": ["object", "null"],
    "description": "The message that told it; null for whoever may not read that.",
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Find": object_of(
        {
            "find": {**COUNT, "description": "The number by which it is claimed."},
            "kind": {"enum": list(Kind)},
            "by": {**TEXT, "description": "The node that told it, `us` for this one."},
            "audience": {
                **TEXT,
                "description": "Who would have learnt it, or `public`.",
            },
            "type": {**TEXT, "description": "The type of the message that was refused."},
            "pointer": {**TEXT, "description": "Where in that message it stands."},
            "uid": {"type": "integer", "description": "The account that wrote the message."},
            "at": {**WHEN, "description": "When it was refused last."},
            "state": {"enum": list(State)},
            "claimed_by": _UID,
            "claimed_at": WHEN_OR_NULL,
            "judged_by": _UID,
            "judged_at": WHEN_OR_NULL,
            "source": _SOURCE,
            "reason": {**NULLABLE, "description": "Where else it is known from, as claimed."},
        }
    ),
    "FindPage": page_of("Find"),
}
