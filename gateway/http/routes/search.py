"""Searching over the local API: where the words stand, never what stands there."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.desk.searching import LONGEST_WORD, MOST_MATCHES, MOST_WORDS
from gateway.http.routes.route import Call, Done, Route
from gateway.http.routes.shapes import TEXT, TIME

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
                    "items": {**TEXT, "minLength": 1, "maxLength": LONGEST_WORD},
                },
                "type": {**TEXT, "description": "Only of this type."},
                "peer": {**TEXT, "description": "Only with this node."},
                "since": {**TIME, "description": "Only what we have had since then."},
                "until": {**TIME, "description": "Only what we had before then."},
                "after": {**TEXT, "description": "Go on where `next` points."},
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
