"""The lists of messages: inbox and outbox differ only in what their rows say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from gateway.cli import listing, options, times_shown
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
        filters: Flags of this list alone, with their help.
        spare: The columns that a narrow terminal can do without, the least important first.
    """

    name: str
    help: str
    toward: str
    states: Sequence[str]
    columns: Sequence[str]
    row: listing.Row
    nothing: str
    filters: Mapping[str, str]
    spare: Sequence[str]


def command_for(box: Box) -> click.Command:
    """Return the command that lists the box."""

    @click.command(help=box.help, epilog=f"Example: gateway {box.name} --since 7d --zone JST")
    @click.option(f"--{box.toward}", "peer", metavar="NODE", help=f"Only {box.toward} this node.")
    @click.option("--type", "type_name", metavar="TYPE", help="Only of this type.")
    @click.option("--state", type=click.Choice(box.states), help="Only in this state.")
    @click.option(
        "--thread",
        metavar="REF",
        callback=options.check_selector,
        help="Only of this matter: its reference, or the id of one of its messages.",
    )
    @times_shown.span_options
    @_flags(box.filters)
    @click.option("--overdue", is_flag=True, help="Only what missed a deadline.")
    @click.option("--mine", is_flag=True, help="Only of matters that are assigned to you.")
    @click.option(
        "--all", "everything", is_flag=True, help="Also acknowledgements, pings and cards."
    )
    @click.option("--watch", is_flag=True, help="Stay, and print what comes; Ctrl-C ends.")
    @options.page_options
    @times_shown.zone_option
    @options.json_option
    def command(peer: str | None, watch: bool, limit: int, after: str | None, **given: Any) -> None:
        if watch:
            _check_is_first_page(after)
        drawn = _listing(box, peer, given)
        times = times_shown.span(given["since"], given["until"])
        client = NodeClient.of(options.config_path())
        query = _query(box, client, given) | times | {"peer": peer, "limit": limit}
        if watch:
            from gateway.cli import watching

            watching.watch(client, query, drawn)
            return
        listing.show_page(client.get("messages", after=after, **query), drawn)

    return command


def _check_is_first_page(after: str | None) -> None:
    if after is not None:
        raise click.UsageError(
            "--watch begins with the newest, so --after has no place", click.get_current_context()
        )


def _flags(flags: Mapping[str, str]) -> Callable[[Any], Any]:
    def give(function: Any) -> Any:
        for name, words in flags.items():
            function = click.option(f"--{name}", is_flag=True, help=words)(function)
        return function

    return give


def _listing(box: Box, peer: str | None, given: Mapping[str, Any]) -> listing.Listing:
    """Return how the box is drawn, with its filters as they were typed.

    Raises:
        NotFoundError: There is no such type.
    """
    if given["type_name"] is not None:
        from gateway.cli.types import known_type

        known_type(given["type_name"])
    names = ("state", "thread", "since", "until", *box.filters, "overdue", "mine")
    return listing.Listing(
        columns=box.columns,
        row=box.row,
        nothing=box.nothing,
        spare=box.spare,
        again=(box.name, *(["--all"] if given["everything"] else [])),
        filters={
            f"--{box.toward}": peer,
            "--type": given["type_name"],
            **{f"--{name}": given[name] for name in names},
        },
    )


def _query(box: Box, client: NodeClient, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters as the node takes them."""
    flags = (*box.filters, "overdue", "mine")
    everything = None if given["everything"] else _NO_ACKNOWLEDGEMENTS
    return {
        "box": box.name,
        "type": given["type_name"] or everything,
        "state": given["state"],
        "thread": _thread(client, given["thread"]),
        **{name: 1 if given[name] else None for name in flags},
    }


def _thread(client: NodeClient, selector: str | None) -> str | None:
    """Return the id of the matter that a selector names.

    Raises:
        AnsweredError: Nothing fits, or more than one matter does.
    """
    if selector is None:
        return None
    return str(client.get("messages", selector).get("thread"))
