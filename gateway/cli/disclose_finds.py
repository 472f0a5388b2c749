"""`gateway disclose finds`: what was refused because it was received in confidence, and why not.

One person says where else it is known from, another one agrees; then it is free for everybody.
"""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.listing import Listing, show_page, when
from gateway.cli.socket_client import NodeClient
from gateway.cli.times_shown import zone_option

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "nothing was refused for what it holds",
    "claimed": "claimed: find {number}; another person: gateway disclose approve {number}",
    "approved": "approved: find {number} is known from elsewhere, and may be sent",
    "rejected": "rejected: find {number} still may not leave without its source",
    "public": "everybody",
}


@click.command(epilog="Example: gateway disclose finds --all")
@click.option("--all", "everything", is_flag=True, help="Also what was judged.")
@options.page_options
@zone_option
@options.json_option
def finds(everything: bool, limit: int, after: str | None) -> None:
    """List what was refused because it holds what somebody told in confidence.

    The value itself is never shown; the message that told it is, to those who may read it.
    """
    client = NodeClient.of(options.config_path())
    page = client.finds(everything=everything, after=after, limit=limit)
    columns = ("FIND", "STATE", "WHAT", "TOLD BY", "IN", "FOR", "WHERE", "WHEN")
    show_page(
        page,
        Listing(
            columns=(*columns, "CLAIMED BY", "JUDGED BY") if everything else columns,
            row=_all_of if everything else _row,
            nothing=_WORDS["none"],
            again=("disclose", "finds"),
            filters={"--all": everything},
        ),
    )


@click.command(
    epilog='Example: gateway disclose claim 12 --reason "In our own register since 2024"'
)
@click.argument("number", metavar="FIND")
@click.option(
    "--reason", metavar="TEXT", required=True, help="Where else it is known from; kept sealed."
)
@options.json_option
def claim(number: str, reason: str) -> None:
    """Say that a FIND is known here from elsewhere; another person has to approve."""
    _tell("claimed", NodeClient.of(options.config_path()).claim_find(number, reason))


@click.command(epilog="Example: gateway disclose approve 12")
@click.argument("number", metavar="FIND")
@options.json_option
def approve(number: str) -> None:
    """Agree that a FIND is known from elsewhere; your account is recorded.

    Whoever has claimed it cannot: that takes two. Nothing is sent by itself; send it again.
    """
    _tell("approved", NodeClient.of(options.config_path()).approve_find(number))


@click.command(epilog="Example: gateway disclose reject 12")
@click.argument("number", metavar="FIND")
@options.json_option
def reject(number: str) -> None:
    """Do not agree that a FIND is known from elsewhere; it stays refused.

    Whoever has claimed it cannot: that takes two. It may be claimed anew.
    """
    _tell("rejected", NodeClient.of(options.config_path()).reject_find(number))


def add_to(group: click.Group) -> None:
    """Give a group these commands."""
    for command in (finds, claim, approve, reject):
        group.add_command(command)


def _tell(what: str, view: Mapping[str, Any]) -> None:
    if options.as_json():
        output.document(view)
    else:
        output.talk(_WORDS[what].format(number=view.get("find")))


def _row(find: Mapping[str, Any]) -> tuple[object, ...]:
    source = find.get("source") or {}
    audience = find.get("audience")
    return (
        find.get("find"),
        find.get("state"),
        find.get("kind"),
        find.get("by"),
        source.get("reference") or source.get("short"),
        _WORDS["public"] if audience == "public" else audience,
        f"{find.get('type') or ''} {find.get('pointer') or ''}".strip(),
        when(find.get("at")),
    )


def _all_of(find: Mapping[str, Any]) -> tuple[object, ...]:
    return (*_row(find), find.get("claimed_by"), find.get("judged_by"))
