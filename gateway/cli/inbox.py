"""`gateway inbox`: what came in."""

import click

from gateway.cli import listing, options
from gateway.cli.socket_client import NodeClient

_STATES = ("received", "handed-over", "accepted", "declined", "answered")


@click.command(epilog="Example: gateway inbox --state received")
@click.option("--from", "peer", metavar="NODE", help="Only from this node.")
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
    """List what came in, newest first. Looking at the list hands nothing over."""
    page = NodeClient.of(options.config_path()).get(
        "messages",
        box="inbox",
        peer=peer,
        type=type_name or (None if everything else listing.NO_ACKNOWLEDGEMENTS),
        state=state,
        after=after,
        limit=limit,
    )
    listing.show_page(
        page,
        columns=("ID", "FROM", "TYPE", "REFERENCE", "STATE", "MARKING", "CREATED", "DUE"),
        row=lambda view: (
            view.get("short"),
            view.get("peer"),
            view.get("type"),
            view.get("reference"),
            f"{view.get('state')}{' !' if view.get('attention') else ''}",
            listing.level_of(view),
            view.get("created"),
            view.get("due"),
        ),
        nothing="inbox is empty",
        again="gateway inbox",
    )
