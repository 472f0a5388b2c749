"""`gateway outbox`: what we sent and how far it got."""

from collections.abc import Mapping
from typing import Any

from gateway.cli import listing
from gateway.cli.box import Box, command_for


def _row(view: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        view.get("short"),
        view.get("peer"),
        view.get("type"),
        view.get("reference"),
        f"{listing.progress_of(view)}{' !' if view.get('attention') else ''}",
        view.get("attempts"),
        listing.moment(view.get("next_attempt")),
        view.get("created"),
    )


command = command_for(
    Box(
        name="outbox",
        help="List what we sent, newest first, and how far it got.",
        toward="to",
        states=("queued", "delivered", "refused", "expired", "overdue", "held"),
        columns=("ID", "TO", "TYPE", "REFERENCE", "STATE", "TRIES", "NEXT TRY", "CREATED"),
        row=_row,
    )
)
