"""`gateway inbox`: what came in."""

from collections.abc import Mapping
from typing import Any

from gateway.cli.box import Box, command_for


def _row(view: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        view.get("short"),
        view.get("peer"),
        view.get("type"),
        view.get("reference"),
        f"{view.get('state')}{' !' if view.get('attention') else ''}",
        view.get("marking"),
        view.get("created"),
        view.get("due"),
    )


command = command_for(
    Box(
        name="inbox",
        help="List what came in, newest first. Looking at the list hands nothing over.",
        toward="from",
        states=("received", "handed-over", "accepted", "declined", "answered"),
        columns=("ID", "FROM", "TYPE", "REFERENCE", "STATE", "MARKING", "CREATED", "DUE"),
        row=_row,
    )
)
