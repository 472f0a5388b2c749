"""`gateway draft`: messages that somebody has begun to write."""

from collections.abc import Mapping
from typing import Any

import click

from gateway.cli import options, output, times_shown
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode


@click.group(epilog="Example: gateway draft list")
def command() -> None:
    """List, show and delete your drafts; nobody else sees them.

    `gateway send TYPE --save NAME` keeps one; `gateway send --draft NAME` goes on with it.
    """


@command.command(name="list", epilog="Example: gateway draft list")
@times_shown.zone_option
@options.json_option
def list_drafts() -> None:
    """List your drafts."""
    client = NodeClient.of(options.config_path())
    page = client.get("drafts")
    if options.as_json():
        output.document(page)
        return
    if not page.get("items"):
        output.talk("there are no drafts; gateway send TYPE --save NAME keeps one")
        return
    from gateway.cli import tables

    rows = (
        (
            *(each.get(name) for name in ("name", "type", "to")),
            _matter(client, each),
            times_shown.shown(each.get("updated")),
        )
        for each in page["items"]
    )
    tables.draw(("NAME", "TYPE", "TO", "REPLIES TO", "KEPT"), rows)


@command.command(epilog="Example: gateway draft show certificate-17")
@click.argument("name")
@times_shown.zone_option
@options.json_option
def show(name: str) -> None:
    """Show the draft NAME as far as it is written."""
    view = NodeClient.of(options.config_path()).get("drafts", name)
    if options.as_json():
        output.document(view)
        return
    for line in _readable(view):
        output.data(line)


@command.command(epilog="Example: gateway draft delete certificate-17")
@click.argument("name")
@options.json_option
def delete(name: str) -> None:
    """Delete the draft NAME; it cannot be brought back."""
    view = NodeClient.of(options.config_path()).delete("drafts", name)
    if options.as_json():
        output.document(view)
    else:
        output.talk(f"draft {name} is deleted")


def _matter(client: NodeClient, item: Mapping[str, Any]) -> str | None:
    """Return the reference of what a draft replies to, none where that is there no more.

    The list itself does not say: what a draft speaks of stands in its sealed part.
    """
    from gateway.catalogue.types import TYPES

    row = TYPES.get(str(item.get("type")))
    if row is not None and not (row.replies_to or row.joins):
        return None
    try:
        message = client.get("drafts", str(item.get("name")))["draft"].get("in_reply_to")
        if not message:
            return None
        found = client.get("messages", str(message))
    except AnsweredError as error:
        if error.exit_code is not ExitCode.NOT_FOUND:
            raise
        return None
    return str(found.get("reference") or found.get("short"))


def _readable(view: Mapping[str, Any]) -> list[str]:
    from gateway.cli import review
    from gateway.cli.form_message import UNREAD_FORM

    draft = view.get("draft") or {}
    lines = [f"draft {view.get('name')}, kept {times_shown.shown(view.get('updated'))}"]
    lines += review.head_of_draft(draft)
    if draft.get(UNREAD_FORM):
        # A form that cannot be read is shown as it was left.
        return [*lines, "", *str(draft[UNREAD_FORM]).split("\n")]
    return [*lines, "", *review.body_lines(draft)]
