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

_TIME: Final = {"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$", "format": "date-time"}


async def _duties(desk: Desk, call: Call) -> Done:
    query = call.query
    return Done(
        await desk.duties.page(
            peer=query.get("peer"),
            holder=query.get("holder"),
            overdue=flag_in(query, "overdue"),
            everything=flag_in(query, "all"),
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
                "since": Parameter("Of what was due then or later, RFC 3339 UTC.", _TIME),
                "until": Parameter("Of what was due before then.", _TIME),
            }
        ),
    ),
)

_TEXT: Final = {"type": "string"}
_NAMED: Final = {"type": ["string", "null"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_HOLDER: Final = {"enum": ["us", "them"], "description": "Which side owes it."}
_DUTY: Final[Mapping[str, Any]] = {
    "peer": _TEXT,
    "holder": _HOLDER,
    "node": {**_TEXT, "description": "The node that owes it."},
    "act": {
        "enum": ["handed-over", "accepted", "answered", "repeated"],
        "description": "The level to be reached; repeated: the next message of a kind.",
    },
    "words": {**_TEXT, "description": "What is to be done, in words."},
    "message": {**_TEXT, "description": "The id of the message that obliges."},
    "short": _TEXT,
    "type": _TEXT,
    "title": _TEXT,
    "thread": _TEXT,
    "reference": _NAMED,
    "priority": {"enum": ["routine", "urgent", "emergency"]},
    "opened": {**_TEXT, "description": "From when on it is owed."},
    "opened_by": {**_TEXT, "description": "The message that opened it."},
    "due": _TEXT,
    "source": {
        "enum": ["profile", "sender", "agreed"],
        "description": "Who said by when: the memorandum, the sender, or both sides.",
    },
    "overdue": {"type": "boolean"},
    "missed": {**_NAMED, "description": "When this node noted that it was late."},
    "reminded": {**_NAMED, "description": "When its holder was reminded before the due date."},
    "reminded_late": {**_NAMED, "description": "When its holder was reminded after it."},
    "closed": {**_NAMED, "description": "When it ended."},
    "closed_by": {**_NAMED, "description": "The message that ended it."},
    "outcome": {"enum": ["done", "declined", "withdrawn", "lapsed", None]},
}
_KEPT: Final[Mapping[str, Any]] = {
    "done": _COUNT,
    "in_time": {**_COUNT, "description": "How many of these were done by their due date."},
    "open": _COUNT,
    "overdue": {**_COUNT, "description": "How many of the open ones are late."},
    "mean_days": {"type": ["number", "null"], "description": "From opening to end, on average."},
}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": dict(properties),
    }


_SIDE: Final[Mapping[str, Any]] = {
    "peer": _TEXT,
    "holder": _HOLDER,
    "node": _TEXT,
    "accepted": _object(_KEPT),
    "answered": _object(_KEPT),
    "repeated": _object(_KEPT),
    "light": {"enum": ["green", "amber", "red", "none"]},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Duty": _object(_DUTY),
        "DutyPage": _object(
            {
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Duty"}},
                "next": {**_NAMED, "description": "The `after` of the page that follows."},
            }
        ),
        "DutyReport": _object(
            {
                "at": {**_TEXT, "description": "When the node counted."},
                "since": _NAMED,
                "until": _NAMED,
                "items": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/DutySide"},
                },
            }
        ),
        "DutySide": _object(_SIDE),
    }
)
