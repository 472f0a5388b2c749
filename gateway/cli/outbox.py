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
        listing.marked(listing.progress_of(view), view),
        view.get("attempts"),
        listing.when(listing.moment(view.get("next_attempt"))),
        listing.when(view.get("created")),
    )


command = command_for(
    Box(
        name="outbox",
        help="List what we sent, newest first, and how far it got.",
        toward="to",
        states=("queued", "delivered", "refused", "cancelled", "expired", "overdue", "held"),
        columns=("ID", "TO", "TYPE", "REFERENCE", "STATE", "TRIES", "NEXT TRY", "WRITTEN"),
        spare=("TRIES", "TO", "WRITTEN", "NEXT TRY"),
        row=_row,
        nothing="outbox is empty",
        filters={},
    )
)
