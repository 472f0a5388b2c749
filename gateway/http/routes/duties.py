"""What is owed by whom and by when, and how well each side has kept to it."""

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
from gateway.http.routes.shapes import COUNT, NEXT, NULLABLE, TEXT, TIME, object_of


async def _duties(desk: Desk, call: Call) -> Done:
    query = call.query
    return Done(
        await desk.duties.page(
            peer=query.get("peer"),
            holder=query.get("holder"),
            overdue=flag_in(query, "overdue"),
            everything=flag_in(query, "all"),
            reading=not flag_in(query, "without_reading"),
            after=query.get("after"),
            limit=number_in(query),
        )
    )


async def _report(desk: Desk, call: Call) -> Done:
    named = {name: call.query.get(name) for name in ("peer", "since", "until")}
    return Done(await desk.duties.report(**named))


ROUTES: Final = (
    Route(
        method="GET",
        path="duties",
        act=_duties,
        summary="What is owed, the most pressing first; with all, the latest due date first.",
        answer="DutyPage",
        query=MappingProxyType(
            {
                "peer": PEER,
                "holder": Parameter("Only what this side owes.", {"enum": ["us", "them"]}),
                "overdue": Parameter("1: only what is late.", FLAG),
                "all": Parameter("1: also what is done.", FLAG),
                "without_reading": Parameter("1: without what is only to be read.", FLAG),
                **PAGE,
            }
        ),
    ),
    Route(
        method="GET",
        path="duties/report",
        act=_report,
        summary="How what fell due in a period was done, per peer and side.",
        answer="DutyReport",
        query=MappingProxyType(
            {
                "peer": PEER,
                "since": Parameter("Of what was due then or later, RFC 3339 UTC.", TIME),
                "until": Parameter("Of what was due before then, RFC 3339 UTC.", TIME),
            }
        ),
    ),
)

_HOLDER: Final = {"enum": ["us", "them"], "description": "Which side owes it."}
_DUTY: Final[Mapping[str, Any]] = {
    "peer": TEXT,
    "holder": _HOLDER,
    "node": {**TEXT, "description": "The node that owes it."},
    "act": {
        "enum": ["handed-over", "accepted", "answered", "repeated"],
        "description": "The level to be reached; repeated: the next message of a kind.",
    },
    "words": {**TEXT, "description": "What is to be done, in words."},
    "message": {**TEXT, "description": "The id of the message that obliges."},
    "short": {**TEXT, "description": "The part of that id that lists show."},
    "type": TEXT,
    "title": TEXT,
    "thread": TEXT,
    "reference": NULLABLE,
    "priority": {"enum": ["routine", "urgent", "emergency"]},
    "opened": {**TEXT, "description": "From when on it is owed, RFC 3339 UTC."},
    "opened_by": {**TEXT, "description": "The id of the message that opened it."},
    "due": {**TEXT, "description": "By when, RFC 3339 UTC."},
    "source": {
        "enum": ["profile", "sender", "agreed"],
        "description": "Who said by when: the memorandum, the sender, or both sides.",
    },
    "overdue": {"type": "boolean"},
    "missed": {**NULLABLE, "description": "When this node noted that it was late; RFC 3339 UTC."},
    "reminded": {
        **NULLABLE,
        "description": "When its holder was reminded before the due date; RFC 3339 UTC.",
    },
    "reminded_late": {
        **NULLABLE,
        "description": "When its holder was reminded after it; RFC 3339 UTC.",
    },
    "closed": {**NULLABLE, "description": "When it ended, RFC 3339 UTC."},
    "closed_by": {**NULLABLE, "description": "The id of the message that ended it."},
    "outcome": {"enum": ["done", "declined", "withdrawn", "lapsed", None]},
}
_KEPT: Final[Mapping[str, Any]] = {
    "done": COUNT,
    "in_time": {**COUNT, "description": "How many of these were done by their due date."},
    "open": COUNT,
    "overdue": {**COUNT, "description": "How many of the open ones are late."},
    "mean_days": {"type": ["number", "null"], "description": "From opening to end, on average."},
}
_REF_KEPT: Final = {"$ref": "#/components/schemas/DutyKept"}
_SIDE: Final[Mapping[str, Any]] = {
    "peer": TEXT,
    "holder": _HOLDER,
    "node": TEXT,
    "accepted": _REF_KEPT,
    "answered": _REF_KEPT,
    "repeated": _REF_KEPT,
    "light": {"enum": ["green", "amber", "red", "none"]},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Duty": object_of(_DUTY),
        "DutyKept": object_of(_KEPT),
        "DutyPage": object_of(
            {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Duty"}},
                "next": NEXT,
                "to_publish": {
                    **COUNT,
                    "description": "How much waits to be made public by us: see publications.",
                },
            }
        ),
        "DutyReport": object_of(
            {
                "at": {**TEXT, "description": "When the node counted, RFC 3339 UTC."},
                "since": NULLABLE,
                "until": NULLABLE,
                "items": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/DutySide"},
                },
            }
        ),
        "DutySide": object_of(_SIDE),
    }
)
