"""Matters over the local API: all messages that belong together, with who must act next.

Who handles a matter and what is noted about it stay at this node.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.desk.matters import LONGEST_ASSIGNEE, LONGEST_NOTE
from gateway.http.routes.route import (
    FLAG,
    HANDLING,
    PAGE,
    PEER,
    Call,
    Done,
    Parameter,
    Route,
    flag_in,
    number_in,
    text_in,
)
from gateway.http.routes.shapes import TEXT

_FILTERS: Final = ("peer", "state", "assignee")


async def _threads(desk: Desk, call: Call) -> Done:
    given: dict[str, Any] = {name: call.query[name] for name in _FILTERS if name in call.query}
    if flag_in(call.query, "mine"):
        given["assignee"] = call.actor.name
    page = await desk.threads(
        after=call.query.get("after"),
        limit=number_in(call.query),
        overdue=flag_in(call.query, "overdue"),
        attention=flag_in(call.query, "attention"),
        **given,
    )
    return Done(page)


async def _thread(desk: Desk, call: Call) -> Done:
    return Done(await desk.thread(call.selector))


async def _assign(desk: Desk, call: Call) -> Done:
    assignee = call.body.get("assignee", call.actor.name)
    return Done(await desk.matters.assign(call.selector, assignee, call.actor))


async def _attended(desk: Desk, call: Call) -> Done:
    return Done(await desk.matters.attended(call.selector, call.actor))


async def _notes(desk: Desk, call: Call) -> Done:
    return Done(await desk.matters.notes(call.selector))


async def _note(desk: Desk, call: Call) -> Done:
    text, key = text_in(call.body, "text"), call.idempotency_key
    view = await desk.matters.note(call.selector, text, call.actor, idempotency_key=key)
    return Done(view, HTTPStatus.CREATED)


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
                "state": Parameter("Only in this state.", TEXT),
                "overdue": Parameter("1: only those with a missed deadline.", FLAG),
                "attention": Parameter("1: only those flagged for a person.", FLAG),
                **HANDLING,
                **PAGE,
            }
        ),
    ),
    Route(
        method="GET",
        path="threads/*",
        act=_thread,
        summary="One matter with its newest 500 messages, oldest first.",
        answer="ThreadWithMessages",
    ),
    Route(
        method="POST",
        path="threads/*/assign",
        act=_assign,
        summary="Note who handles a matter: a name, null for nobody, or nothing for the caller.",
        answer="Thread",
        body={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "assignee": {
                    "type": ["string", "null"],
                    "minLength": 1,
                    "maxLength": LONGEST_ASSIGNEE,
                }
            },
            "examples": [{"assignee": "sokha"}, {"assignee": None}],
        },
    ),
    Route(
        method="POST",
        path="threads/*/attention",
        act=_attended,
        summary="A person has dealt with what a matter or its messages were flagged for.",
        answer="Thread",
    ),
    Route(
        method="GET",
        path="threads/*/notes",
        act=_notes,
        summary="The newest 500 internal notes of a matter, oldest first; they are never sent.",
        answer="NotePage",
    ),
    Route(
        method="POST",
        path="threads/*/notes",
        act=_note,
        summary="Keep an internal note about a matter.",
        answer="Thread",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["text"],
            "properties": {"text": {**TEXT, "minLength": 1, "maxLength": LONGEST_NOTE}},
            "examples": [{"text": "Asked the provincial office by telephone."}],
        },
        status=HTTPStatus.CREATED,
    ),
)

COMPONENTS: Final[Mapping[str, Any]] = MappingProxyType({})
