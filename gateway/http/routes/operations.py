"""How the node and its peers are, over the local API.

A peer that is reached has its version noted, and what waits for it goes at once.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import PEER, Call, Done, Route
from gateway.http.routes.shapes import TEXT


async def _health(desk: Desk, call: Call) -> Done:
    return Done(await desk.operations.health())


async def _check_peers(desk: Desk, call: Call) -> Done:
    return Done(await desk.operations.check_peers(call.query.get("peer")))


ROUTES: Final = (
    Route(
        method="GET",
        path="health",
        act=_health,
        summary="How every part of the node is, with reasons and numbers.",
        answer="Health",
    ),
    Route(
        method="POST",
        path="peers/check",
        act=_check_peers,
        summary="Try to reach every address of the peers now; what waits for one goes at once.",
        answer="PeerChecks",
        query=MappingProxyType({"peer": PEER}),
    ),
)

_CHECK: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["status"],
    "properties": {
        "status": {"enum": ["pass", "warn", "fail"]},
        "observedValue": {"type": ["string", "number"]},
        "observedUnit": TEXT,
        "output": {**TEXT, "description": "Why it is not well, and what to do."},
    },
}
_PEER_CHECK: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("peer", "address", "resolved", "reached", "version", "milliseconds", "problem"),
    ],
    "properties": {
        "peer": TEXT,
        "address": TEXT,
        "resolved": {"type": "array", "items": TEXT, "description": "Numeric addresses."},
        "reached": {
            "type": "boolean",
            "description": "TLS 1.3 with both certificates pinned, and the peer's card came.",
        },
        "version": {"type": ["string", "null"], "description": "What the peer runs."},
        "milliseconds": {"type": ["integer", "null"]},
        "problem": {"type": ["string", "null"]},
    },
}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Health": {
        "type": "object",
        "additionalProperties": False,
        "required": ["status", "checks"],
        "properties": {
            "status": {"enum": ["pass", "warn", "fail"]},
            "checks": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": _CHECK},
            },
        },
    },
    "PeerChecks": {
        "type": "object",
        "additionalProperties": False,
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": _PEER_CHECK}},
    },
}
