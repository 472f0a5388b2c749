"""The node's own keys over the local API: which are in use, and taking up others."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import Call, Done, Route
from gateway.http.routes.shapes import TEXT

_NULLABLE_SERIAL: Final = {"type": ["integer", "null"], "minimum": 1}


async def _view(desk: Desk, call: Call) -> Done:
    return Done(await desk.keys.view())


async def _reload(desk: Desk, call: Call) -> Done:
    return Done(await desk.keys.reload(call.actor))


async def _use_certificate(desk: Desk, call: Call) -> Done:
    is_forced = bool(call.body.get("force", False))
    return Done(await desk.keys.use_certificate(call.actor, is_forced=is_forced))


ROUTES: Final = (
    Route(
        method="GET",
        path="keys",
        act=_view,
        summary="The card in force, which peers have receipted it, and the certificate shown.",
        answer="KeysInUse",
    ),
    Route(
        method="POST",
        path="keys/reload",
        act=_reload,
        summary="Take up what lies under keys/, and offer the card to peers that do not know it.",
        answer="KeysReloaded",
        is_operators=True,
    ),
    Route(
        method="POST",
        path="keys/use-certificate",
        act=_use_certificate,
        summary="Show the newest certificate; forced, also to peers that do not know it yet.",
        answer="KeysInUse",
        body={
            "type": "object",
            "additionalProperties": False,
            "properties": {"force": {"type": "boolean", "default": False}},
            "examples": [{"force": True}],
        },
        is_operators=True,
    ),
)

_IN_USE: Final = {
    "serial": {"type": "integer", "minimum": 1, "description": "Of the card in force."},
    "digest": {**TEXT, "description": "Of that card's exact bytes."},
    "certificates": {
        "type": "array",
        "items": TEXT,
        "description": "Digests of the TLS certificates on the card, the oldest first.",
    },
    "presented": {**TEXT, "description": "Digest of the certificate that is shown now."},
    "peers": {
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["node", "knows"],
            "properties": {
                "node": TEXT,
                "knows": {
                    **_NULLABLE_SERIAL,
                    "description": "The newest card of ours that it has receipted, if known.",
                },
            },
        },
        "description": "The enabled peers.",
    },
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "KeysInUse": {
        "type": "object",
        "additionalProperties": False,
        "required": list(_IN_USE),
        "properties": _IN_USE,
    },
    "KeysReloaded": {
        "type": "object",
        "additionalProperties": False,
        "required": [*_IN_USE, "issued_anew"],
        "properties": {
            **_IN_USE,
            "issued_anew": {
                "type": "integer",
                "minimum": 0,
                "description": "Messages that waited under a revoked pair and were written anew.",
            },
        },
    },
}
