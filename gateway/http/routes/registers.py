"""Registers over the local API: as they stand, as they stood, what has changed, what waits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.registers import Register
from gateway.desk import Desk
from gateway.desk.registers import MOST, MOST_LISTED
from gateway.http.routes.route import PAGE, PEER, Call, Done, Parameter, Route, number_in
from gateway.http.routes.shapes import NEXT, NULLABLE, TEXT, TIME, list_of, object_of, page_of

_ENTRY: Final = {"type": "string", "minLength": 1, "maxLength": 120}
_LONGEST_WORDS: Final = 200
_LONGEST_REASON: Final = 4_000

_REGISTER: Final = Parameter(
    "The name of the register.", {"enum": [each.value for each in Register]}
)
_OF: Final = Parameter("Of this node; it may be left out where there is only one.", TEXT)
_AS_OF: Final = Parameter("As it stood at this time, RFC 3339 UTC with seconds.", TIME)
_MANY: Final = Parameter(
    "Entries at most.", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "default": 50}
)
_MESSAGE: Final = Parameter("An id, its first 8 characters or more, or a reference.", TEXT)


async def _overview(desk: Desk, call: Call) -> Done:
    return Done(await desk.registers.overview(call.query.get("peer")))


async def _page(desk: Desk, call: Call) -> Done:
    query = call.query
    page = await desk.registers.page(
        call.selector,
        peer=query.get("peer"),
        as_of=query.get("as_of"),
        status=query.get("status"),
        words=query.get("find", "").split(),
        number=query.get("number"),
        after=query.get("after"),
        limit=number_in(query),
    )
    return Done(page)


async def _entry(desk: Desk, call: Call) -> Done:
    query = call.query
    view = await desk.registers.entry(
        call.selector, query["entry"], peer=query.get("peer"), as_of=query.get("as_of")
    )
    return Done(view)


async def _open(desk: Desk, call: Call) -> Done:
    given: dict[str, Any] = dict(call.body)
    entries = given.pop("entries")
    return Done(await desk.registers.opened(call.selector, entries, call.actor, **given))


async def _changes(desk: Desk, call: Call) -> Done:
    query = call.query
    page = await desk.registers.changed(
        call.selector,
        since=query["since"],
        until=query["until"],
        peer=query.get("peer"),
        after=query.get("after"),
        limit=number_in(query),
    )
    return Done(page)


async def _listed(desk: Desk, call: Call) -> Done:
    query = call.query
    page = await desk.registers.listed(
        call.selector,
        peer=query.get("peer"),
        after=query.get("after"),
        limit=number_in(query),
    )
    return Done(page)


async def _waiting(desk: Desk, call: Call) -> Done:
    page = await desk.registers.waiting(after=call.query.get("after"), limit=number_in(call.query))
    return Done(page)


async def _decide(desk: Desk, call: Call) -> Done:
    view = await desk.registers.decide(
        call.selector,
        apply=bool(call.body["apply"]),
        reason=str(call.body["reason"]),
        actor=call.actor,
        idempotency_key=call.idempotency_key,
    )
    return Done(view)


def _query(**parameters: Parameter) -> Mapping[str, Parameter]:
    return MappingProxyType(parameters)


ROUTES: Final = (
    Route(
        method="GET",
        path="registers",
        act=_overview,
        summary="Each register, how many entries it has, its last list and what waits.",
        answer="RegisterOverview",
        query=_query(peer=PEER),
    ),
    Route(
        method="GET",
        path="registers/*",
        act=_page,
        summary="Entries of a register by their ids, without what is sealed of them.",
        answer="RegisterPage",
        selector=_REGISTER,
        query=_query(
            peer=_OF,
            as_of=_AS_OF,
            status=Parameter("Only with this status.", TEXT),
            find=Parameter(
                "Only what says all these words openly.",
                {"type": "string", "maxLength": _LONGEST_WORDS},
            ),
            number=Parameter(
                "Only what bears or bore this number, which may be sealed; not together with find.",
                {"type": "string", "minLength": 1, "maxLength": 60},
            ),
            **PAGE,
        ),
    ),
    Route(
        method="GET",
        path="registers/*/entry",
        act=_entry,
        summary="One entry with its whole history, without what is sealed of it.",
        answer="RegisterEntryWithHistory",
        selector=_REGISTER,
        query=_query(
            entry=Parameter("The id of the entry.", _ENTRY, is_required=True),
            peer=_OF,
            as_of=_AS_OF,
        ),
    ),
    Route(
        method="POST",
        path="registers/*/open",
        act=_open,
        summary="Entries with what is sealed of them, if their marking allows; it is recorded.",
        answer="OpenedEntries",
        selector=_REGISTER,
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["entries"],
            "properties": {
                "entries": {"type": "array", "minItems": 1, "maxItems": MOST, "items": _ENTRY},
                "peer": {**TEXT, "description": _OF.description},
                "as_of": {**TIME, "description": _AS_OF.description},
                "action": {
                    "enum": ["show", "export"],
                    "default": "show",
                    "description": "What is to happen with it.",
                },
            },
            "examples": [{"entries": ["so-0045"], "peer": "kh/molvt"}],
        },
    ),
    Route(
        method="GET",
        path="registers/*/changes",
        act=_changes,
        summary="Entries that changed between two times: what they became, and what they were.",
        answer="RegisterChanges",
        selector=_REGISTER,
        query=_query(
            since=Parameter("From what they were at this time.", TIME, is_required=True),
            until=Parameter("To what they were at this time.", TIME, is_required=True),
            peer=_OF,
            **PAGE,
        ),
    ),
    Route(
        method="GET",
        path="registers/*/listed",
        act=_listed,
        summary="What the lists alone say at present: what a list of changes builds on.",
        answer="ListedEntries",
        selector=_REGISTER,
        query=_query(peer=_OF, after=PAGE["after"], limit=_MANY),
    ),
    Route(
        method="GET",
        path="deferred",
        act=_waiting,
        summary="Messages that change no register until a person decides, oldest first.",
        answer="DeferredPage",
        query=_query(**PAGE),
    ),
    Route(
        method="POST",
        path="deferred/*/decide",
        act=_decide,
        summary="Let a message that waits change its register, or see to it that it never does.",
        answer="Decided",
        selector=_MESSAGE,
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["apply", "reason"],
            "properties": {
                "apply": {"type": "boolean"},
                "reason": {**TEXT, "minLength": 1, "maxLength": _LONGEST_REASON},
            },
            "examples": [{"apply": True, "reason": "Confirmed by telephone."}],
        },
    ),
)
_PUBLIC: Final = {"type": "object", "description": "What lies open of the entry."}
_FACTS: Final = {
    "entry": {**TEXT, "description": "Its id, the same for ever."},
    "status": TEXT,
    "removed": {"type": "boolean", "description": "It stands in the register no more."},
    "public": _PUBLIC,
    "has_private": {"type": "boolean", "description": "Something of it is sealed."},
    "valid_from": {**TEXT, "description": "RFC 3339 UTC with seconds."},
    "valid_to": {**NULLABLE, "description": "When the next version began."},
    "message": {**TEXT, "description": "The id of the message that brought it."},
}
_LIST: Final = {
    **object_of(
        {
            "list_version": TEXT,
            "set_digest": TEXT,
            "as_of": TEXT,
            "count": {"type": "integer"},
            "at": {**TEXT, "description": "When it was applied."},
        }
    ),
    "type": ["object", "null"],
    "description": "The list that the register was last brought up to.",
}
_WHERE: Final = {"register": TEXT, "peer": TEXT}
_BEFORE: Final = {
    **object_of({"status": TEXT, "removed": {"type": "boolean"}, "public": _PUBLIC}),
    "type": ["object", "null"],
    "description": "What it was, null where there was none.",
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "RegisterSummary": object_of(
        {
            **_WHERE,
            "entries": {"type": "integer"},
            "by_status": {"type": "object", "additionalProperties": {"type": "integer"}},
            "list": _LIST,
            "waiting": {"type": "integer", "description": "Messages that a person decides on."},
        }
    ),
    "RegisterOverview": object_of({"items": list_of("RegisterSummary"), "next": {"type": "null"}}),
    "RegisterEntry": object_of(_FACTS),
    "RegisterPage": object_of({**_WHERE, "items": list_of("RegisterEntry"), "next": NEXT}),
    "RegisterEntryWithHistory": object_of({**_FACTS, "history": list_of("RegisterEntry")}),
    "OpenedEntry": object_of({**_FACTS, "private": {"type": "object"}}),
    "OpenedEntries": object_of(
        {**_WHERE, "items": list_of("OpenedEntry"), "next": {"type": "null"}}
    ),
    "RegisterChange": object_of({**_FACTS, "before": _BEFORE}),
    "RegisterChanges": object_of({**_WHERE, "items": list_of("RegisterChange"), "next": NEXT}),
    "ListedEntries": object_of(
        {
            **_WHERE,
            "list": _LIST,
            "entries": {"type": "object", "additionalProperties": {"type": "object"}},
            "next": NEXT,
        }
    ),
    "Deferred": object_of(
        {
            "seq": {"type": "integer"},
            **_WHERE,
            "reason": {**TEXT, "description": "Why it waits."},
            "at": TEXT,
            "id": {**TEXT, "description": "The id of the message."},
            "type": TEXT,
            "thread": TEXT,
            "reference": NULLABLE,
            "direction": {"enum": ["in", "out"]},
        }
    ),
    "DeferredPage": page_of("Deferred"),
    "Decided": object_of(
        {
            "message": TEXT,
            "decision": {"enum": ["applied", "dropped"]},
            "entries": list_of("RegisterEntry"),
        }
    ),
}
