"""Markings over the local API: a message of ours marked anew, and what is known of any."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue import Caveat, Level
from gateway.desk import Desk
from gateway.desk.marking import Wanted
from gateway.http.routes.route import Call, Done, Parameter, Route, flag_in
from gateway.http.routes.shapes import NULLABLE, TEXT, TEXTS, WHEN, list_of, object_of
from gateway.policy.subject import Derivation


async def _mark(desk: Desk, call: Call) -> Done:
    is_dry = flag_in(call.query, "dry_run")
    view = await desk.marking.mark(
        call.selector,
        Wanted.from_json(call.body),
        call.actor,
        dry_run=is_dry,
        idempotency_key=call.idempotency_key,
    )
    return Done(view, HTTPStatus.OK if is_dry else HTTPStatus.CREATED)


async def _history(desk: Desk, call: Call) -> Done:
    return Done(await desk.marking.history(call.selector))


ROUTES: Final = (
    Route(
        method="POST",
        path="messages/*/mark",
        act=_mark,
        summary="Mark a message of ours anew; the other side is told, and it holds at once.",
        answer="Message",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["reason"],
            "properties": {
                "level": {**TEXT, "enum": list(Level)},
                "caveats": {
                    "type": "array",
                    "items": {**TEXT, "enum": list(Caveat)},
                    "description": "Caveats to add.",
                },
                "no_caveats": {**TEXTS, "description": "Caveats to take away."},
                "permit": {**TEXTS, "description": "Organisations that may be given it."},
                "no_permit": {**TEXTS, "description": "Organisations that may not any more."},
                "unpublished": {
                    "type": "boolean",
                    "description": "Nothing of it is to be made public any more.",
                },
                "reason": {**TEXT, "description": "A code of the list marking-reasons."},
                "text": {**TEXT, "description": "The reason in words."},
            },
            "examples": [{"level": "restricted", "reason": "tightened"}],
        },
        query=MappingProxyType(
            {"dry_run": Parameter("1: judge everything, send nothing.", {"enum": ["0", "1"]})}
        ),
        status=HTTPStatus.CREATED,
        also={HTTPStatus.OK: "DryRun"},
    ),
    Route(
        method="GET",
        path="messages/*/markings",
        act=_history,
        summary="How a message is and was marked, what it took over, and what took over from it.",
        answer="MarkingHistory",
    ),
)

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "GivenMarking": object_of(
        {
            "by": {**TEXT, "description": "The id of the message that gave it."},
            "at": WHEN,
            "level": NULLABLE,
            "caveats": TEXTS,
            "reason": {**NULLABLE, "description": "Why it changed; null for the first."},
        }
    ),
    "TakenOver": object_of(
        {
            "id": TEXT,
            "originator": NULLABLE,
            "reference": NULLABLE,
            "is_here": {"type": "boolean", "description": "The source is kept at this node."},
            "mode": {**TEXT, "enum": list(Derivation)},
            "source_pointer": TEXT,
            "target_pointer": TEXT,
        }
    ),
    "DerivedMessage": object_of(
        {
            "id": TEXT,
            "peer": TEXT,
            "direction": {"enum": ["in", "out"]},
            "created": WHEN,
            "state": TEXT,
        }
    ),
    "MarkingHistory": {
        **object_of(
            {
                "markings": list_of("GivenMarking"),
                "derived_from": list_of("TakenOver"),
                "derived": list_of("DerivedMessage"),
            }
        ),
        "description": "Markings, oldest first: the last one holds. No content.",
    },
}
