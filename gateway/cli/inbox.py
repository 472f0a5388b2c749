"""`gateway inbox`: what came in."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import listing
from gateway.cli.box import Box, command_for

# Nothing more is due of a message in these states, nor of one that was withdrawn.
_OVER: Final = frozenset({"declined", "answered"})


def _row(view: Mapping[str, Any]) -> tuple[object, ...]:
    withdrawn = view.get("superseded_mode") == "withdraw"
    return (
        view.get("short"),
        view.get("peer"),
        view.get("type"),
        view.get("reference"),
        listing.marked(view.get("state"), view),
        view.get("marking"),
        listing.when((view.get("levels") or {}).get("received")),
        None if view.get("state") in _OVER or withdrawn else listing.when(view.get("due")),
    )


command = command_for(
    Box(
        name="inbox",
        help="List what came in, newest first. Looking at the list hands nothing over.",
        toward="from",
        states=("received", "handed-over", "accepted", "declined", "answered"),
        columns=("ID", "FROM", "TYPE", "REFERENCE", "STATE", "MARKING", "ARRIVED", "DUE"),
        spare=("MARKING", "FROM", "ARRIVED"),
        row=_row,
        nothing="inbox is empty",
        filters={"unread": "Only what nobody here has read yet."},
    )
)
