"""The lists of messages: inbox and outbox differ only in what their rows say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from gateway.cli import listing, options
from gateway.cli.socket_client import NodeClient

# What the desk takes as "every type but acknowledgements", which follow each message like a shadow.
_NO_ACKNOWLEDGEMENTS: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What one of the two lists shows.

    Args:
        name: Its command, and its name at the desk.
        toward: The word of the option for the other node, `from` or `to`.
        states: The states a message in it can have.
    """

    name: str
    help: str
    toward: str
    states: Sequence[str]
    columns: Sequence[str]
    row: listing.Row


def command_for(box: Box) -> click.Command:
    """Return the command that lists the box."""

    @click.command(help=box.help, epilog=f"Example: gateway {box.name} --state {box.states[0]}")
    @click.option(f"--{box.toward}", "peer", metavar="NODE", help=f"Only {box.toward} this node.")
    @click.option("--type", "type_name", metavar="TYPE", help="Only of this type.")
    @click.option("--state", type=click.Choice(box.states), help="Only in this state.")
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
        if type_name is not None:
            from gateway.cli.types import known_type

            known_type(type_name)
        page = NodeClient.of(options.config_path()).get(
            "messages",
            box=box.name,
            peer=peer,
            type=type_name or (None if everything else _NO_ACKNOWLEDGEMENTS),
            state=state,
            after=after,
            limit=limit,
        )
        listing.show_page(
            page,
            columns=box.columns,
            row=box.row,
            nothing=f"{box.name} is empty",
            again=(box.name, *(["--all"] if everything else [])),
            filters={f"--{box.toward}": peer, "--type": type_name, "--state": state},
        )

    return command
