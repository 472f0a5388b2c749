"""`gateway outbox`: what we sent and how far it got."""

import click

from gateway.cli import listing, options
from gateway.cli.socket_client import NodeClient

_STATES = ("queued", "delivered", "refused", "cancelled", "expired", "overdue", "held")


@click.command(epilog="Example: gateway outbox --state queued")
@click.option("--to", "peer", metavar="NODE", help="Only to this node.")
@click.option("--type", "type_name", metavar="TYPE", help="Only of this type.")
@click.option("--state", type=click.Choice(_STATES), help="Only in this state.")
@click.option("--all", "everything", is_flag=True, help="Also the acknowledgements.")
@options.page_options
@options.json_option
def command(
    peer: str | None,
    type_name: str | None,
    state: str | None,
    everything: bool,
    limit: int,
    after: str | None,
) -> None:
    """List what we sent, newest first, and how far it got."""
    page = NodeClient.of(options.config_path()).get(
        "messages",
        box="outbox",
        peer=peer,
        type=type_name or (None if everything else listing.NO_ACKNOWLEDGEMENTS),
        state=state,
        after=after,
        limit=limit,
    )
    listing.show_page(
        page,
        columns=("ID", "TO", "TYPE", "REFERENCE", "STATE", "TRIES", "NEXT TRY", "CREATED"),
        row=lambda view: (
            view.get("short"),
            view.get("peer"),
            view.get("type"),
            view.get("reference"),
            f"{listing.progress_of(view)}{' !' if view.get('attention') else ''}",
            view.get("attempts"),
            listing.moment(view.get("next_attempt")),
            view.get("created"),
        ),
        nothing="outbox is empty",
        again="gateway outbox",
    )
