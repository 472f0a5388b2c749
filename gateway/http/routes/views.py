"""What the desk shows, as JSON Schema for the OpenAPI document. A test compares both."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.http.routes.shapes import (
    NULLABLE,
    TEXT,
    TEXTS,
    WHEN,
    WHEN_OR_NULL,
    list_of,
    object_of,
    page_of,
)

_LEVELS: Final = ("received", "handed-over", "accepted", "declined", "answered")

_MESSAGE: Final[Mapping[str, Any]] = {
    "id": TEXT,
    "short": {**TEXT, "description": "The part of the id that lists show."},
    "direction": {"enum": ["in", "out"]},
    "peer": TEXT,
    "type": TEXT,
    "title": TEXT,
    "thread": TEXT,
    "reference": NULLABLE,
    "in_reply_to": NULLABLE,
    "clauses": TEXTS,
    "priority": {"enum": ["routine", "urgent", "emergency"]},
    "marking": TEXT,
    "caveats": TEXTS,
    "created": WHEN,
    "expires": WHEN,
    "due": WHEN_OR_NULL,
    "state": TEXT,
    "reached": {"enum": [*_LEVELS, None]},
    "levels": object_of(dict.fromkeys(_LEVELS, WHEN_OR_NULL)),
    "attention": {**NULLABLE, "description": "Why a person should look."},
    "refusal": NULLABLE,
    "supersedes": {**NULLABLE, "description": "The message whose place it takes."},
    "superseded_by": {**NULLABLE, "description": "The message that took its place."},
    "superseded_mode": {"enum": ["correct", "withdraw", None]},
    "reissue_of": {
        **NULLABLE,
        "description": "The message that never counted and says the same.",
    },
    "reissued_as": {
        **NULLABLE,
        "description": "The message that says the same under a new id.",
    },
    "missed": {**TEXTS, "description": "What was not done in time, nor since; also `repeated`."},
    "size": {"type": "integer", "minimum": 0},
    "header_digest": TEXT,
    "attempts": {"type": "integer", "minimum": 0},
    "next_attempt": {"type": ["number", "null"], "description": "Unix seconds."},
}
# Known where one message is shown, not in a list.
_MORE: Final[Mapping[str, Any]] = {
    "deadlines": {
        "type": "object",
        "description": "By when each level is due that was not reached yet.",
        "additionalProperties": WHEN,
    },
    "content": object_of({"body": {"type": "object"}, "note": NULLABLE}),
    "provenance": {
        "$ref": "#/components/schemas/MarkingHistory",
        "description": "How it is and was marked, and where its content came from and went.",
    },
}
_EVIDENCE: Final = object_of(
    {
        "chain": TEXT,
        "position": {"type": "integer", "minimum": 0},
        "fact": TEXT,
        "at": WHEN,
        "hash": TEXT,
    }
)
_THREAD: Final[Mapping[str, Any]] = {
    "thread": TEXT,
    "short": TEXT,
    "node": {**TEXT, "description": "This node."},
    "peer": TEXT,
    "kind": TEXT,
    "state": TEXT,
    "reference": NULLABLE,
    "opened_by": TEXT,
    "opened": WHEN,
    "updated": WHEN,
    "attention": {**NULLABLE, "description": "Why a person should look."},
    "assignee": {**NULLABLE, "description": "Who handles it at this node; never sent."},
    "due": {**WHEN_OR_NULL, "description": "By when the next level of one of its messages is due."},
    "overdue": {"type": "boolean", "description": "Whether a level was not reached in time."},
    "next": {**TEXT, "description": "Who must act, in words."},
    "next_node": {**NULLABLE, "description": "The node that must act; null: nobody must."},
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "Message": object_of({**_MESSAGE, **_MORE}, optional=tuple(_MORE)),
        "MessagePage": page_of("Message"),
        "PrintedMessage": object_of(
            {
                **_MESSAGE,
                **_MORE,
                "content_digest": TEXT,
                "evidence": {"type": "array", "items": _EVIDENCE},
                "printed": object_of({"by": TEXT, "node": TEXT, "at": WHEN}),
            }
        ),
        "Match": object_of(
            {
                **_MESSAGE,
                "matches": {**TEXTS, "description": "JSON Pointers to where the words stand."},
            }
        ),
        "SearchPage": object_of(
            {
                "items": list_of("Match"),
                "next": {**NULLABLE, "description": "The `after` of the request that goes on."},
                "looked_at": {"type": "integer", "minimum": 0},
                "withheld": {"type": "integer", "minimum": 0},
                "unreadable": {"type": "integer", "minimum": 0},
            }
        ),
        "Thread": object_of(_THREAD),
        "ThreadWithMessages": object_of(
            {
                **_THREAD,
                "messages": list_of("Message"),
                "more": {"type": "boolean", "description": "Whether there are older messages."},
            }
        ),
        "ThreadPage": page_of("Thread"),
        "NotePage": object_of(
            {
                "items": {
                    "type": "array",
                    "items": object_of({"at": TEXT, "author": TEXT, "text": NULLABLE}),
                }
            }
        ),
        "Status": {"type": "object", "required": ["node"]},
    }
)
