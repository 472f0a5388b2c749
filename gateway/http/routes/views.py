"""What the desk shows, as JSON Schema for the OpenAPI document. A test compares both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_TEXT: Final = {"type": "string"}
_NAMED: Final = {"type": ["string", "null"]}
_TIME: Final = {"type": "string", "description": "RFC 3339 UTC with seconds."}
_WHEN: Final = {"type": ["string", "null"], "description": "RFC 3339 UTC with seconds."}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_LEVELS: Final = ("received", "handed-over", "accepted", "declined", "answered")


def _object(properties: Mapping[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": dict(properties),
    }


def _page(of: str) -> dict[str, Any]:
    next_page = {**_NAMED, "description": "The `after` of the page that follows."}
    return _object({"items": _list(of), "next": next_page})


def _list(of: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{of}"}}


_MESSAGE: Final[Mapping[str, Any]] = {
    "id": _TEXT,
    "short": {**_TEXT, "description": "The part of the id that lists show."},
    "direction": {"enum": ["in", "out"]},
    "peer": _TEXT,
    "type": _TEXT,
    "title": _TEXT,
    "thread": _TEXT,
    "reference": _NAMED,
    "in_reply_to": _NAMED,
    "clauses": _TEXTS,
    "priority": {"enum": ["routine", "urgent", "emergency"]},
    "marking": _TEXT,
    "caveats": _TEXTS,
    "created": _TIME,
    "expires": _TIME,
    "due": _WHEN,
    "state": _TEXT,
    "reached": {"enum": [*_LEVELS, None]},
    "levels": _object(dict.fromkeys(_LEVELS, _WHEN)),
    "attention": {**_NAMED, "description": "Why a person should look."},
    "refusal": _NAMED,
    "supersedes": {**_NAMED, "description": "The message whose place it takes."},
    "superseded_by": {**_NAMED, "description": "The message that took its place."},
    "superseded_mode": {"enum": ["correct", "withdraw", None]},
    "reissue_of": {**_NAMED, "description": "The message that never counted and says the same."},
    "reissued_as": {**_NAMED, "description": "The message that says the same under a new id."},
    "missed": {**_TEXTS, "description": "What was not done in time, nor since; also `repeated`."},
    "size": {"type": "integer", "minimum": 0},
    "header_digest": _TEXT,
    "attempts": {"type": "integer", "minimum": 0},
    "next_attempt": {"type": ["number", "null"], "description": "Unix seconds."},
}
# Known where one message is shown, not in a list.
_MORE: Final[Mapping[str, Any]] = {
    "deadlines": {
        "type": "object",
        "description": "By when each level is due that was not reached yet.",
        "additionalProperties": _TIME,
    },
    "content": _object({"body": {"type": "object"}, "note": _NAMED}),
}
_EVIDENCE: Final = _object(
    {
        "chain": _TEXT,
        "position": {"type": "integer", "minimum": 0},
        "fact": _TEXT,
        "at": _TIME,
        "hash": _TEXT,
    }
)
_THREAD: Final[Mapping[str, Any]] = {
    "thread": _TEXT,
    "short": _TEXT,
    "node": {**_TEXT, "description": "This node."},
    "peer": _TEXT,
    "kind": _TEXT,
    "state": _TEXT,
    "reference": _NAMED,
    "opened_by": _TEXT,
    "opened": _TIME,
    "updated": _TIME,
    "attention": {**_NAMED, "description": "Why a person should look."},
    "assignee": {**_NAMED, "description": "Who handles it at this node; never sent."},
    "due": {**_WHEN, "description": "By when the next level of one of its messages is due."},
    "overdue": {"type": "boolean", "description": "Whether a level was not reached in time."},
    "next": {**_TEXT, "description": "Who must act, in words."},
    "next_node": {**_NAMED, "description": "The node that must act; null: nobody must."},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Message": _object({**_MESSAGE, **_MORE}, optional=tuple(_MORE)),
        "MessagePage": _page("Message"),
        "PrintedMessage": _object(
            {
                **_MESSAGE,
                **_MORE,
                "content_digest": _TEXT,
                "evidence": {"type": "array", "items": _EVIDENCE},
                "printed": _object({"by": _TEXT, "node": _TEXT, "at": _TIME}),
            }
        ),
        "Match": _object(
            {
                **_MESSAGE,
                "matches": {**_TEXTS, "description": "JSON Pointers to where the words stand."},
            }
        ),
        "SearchPage": _object(
            {
                "items": _list("Match"),
                "next": {**_NAMED, "description": "The `after` of the request that goes on."},
                "looked_at": {"type": "integer", "minimum": 0},
                "withheld": {"type": "integer", "minimum": 0},
                "unreadable": {"type": "integer", "minimum": 0},
            }
        ),
        "Thread": _object(_THREAD),
        "ThreadWithMessages": _object(
            {
                **_THREAD,
                "messages": _list("Message"),
                "more": {"type": "boolean", "description": "Whether there are older messages."},
            }
        ),
        "ThreadPage": _page("Thread"),
        "NotePage": _object(
            {
                "items": {
                    "type": "array",
                    "items": _object({"at": _TEXT, "author": _TEXT, "text": _NAMED}),
                }
            }
        ),
        "Status": {"type": "object", "required": ["node"]},
    }
)
