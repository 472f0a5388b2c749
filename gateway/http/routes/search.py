"""Searching over the local API: where the words stand, never what stands there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.desk.searching import LONGEST_WORD, MOST_MATCHES, MOST_WORDS
from gateway.http.routes.route import Call, Done, Route

_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "pattern": "^[0-9-]{10}T[0-9:]{8}Z$", "format": "date-time"}
_LIMIT: Final = 50


async def _search(desk: Desk, call: Call) -> Done:
    given: dict[str, Any] = dict(call.body)
    words = given.pop("words")
    return Done(await desk.searching.find(words, call.actor, **given))


ROUTES: Final = (
    Route(
        method="POST",
        path="search",
        act=_search,
        summary="Messages that hold every word, newest first; `next` says where to go on.",
        answer="SearchPage",
        body={
            "type": "object",
            "additionalProperties": False,
            "required": ["words"],
            "properties": {
                "words": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_WORDS,
                    "items": {**_TEXT, "minLength": 1, "maxLength": LONGEST_WORD},
                },
                "type": {**_TEXT, "description": "Only of this type."},
                "peer": {**_TEXT, "description": "Only with this node."},
                "since": {**_TIME, "description": "Only what we have had since then."},
                "until": {**_TIME, "description": "Only what we had before then."},
                "after": {**_TEXT, "description": "Go on where `next` points."},
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MOST_MATCHES,
                    "default": _LIMIT,
                },
            },
            "examples": [{"words": ["licence", "suspended"], "peer": "kh/molvt"}],
        },
    ),
)

COMPONENTS: Final[Mapping[str, Any]] = MappingProxyType({})
