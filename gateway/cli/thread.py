"""`gateway thread`: matters, and one matter with all its messages."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import listing, options, output
from gateway.cli.socket_client import NodeClient

STATES: Final = ("requested", "accepted", "in-progress", "answered", "declined")

# Each says which matters the list shows; one matter is shown whole.
_FILTERS: Final = ("peer", "state", "limit", "after")


@click.command(epilog="Example: gateway thread JP-2026-000123")
@click.argument("thread", metavar="[ID]", required=False, callback=options.check_selector)
@click.option("--peer", metavar="NODE", help="Only with this node.")
@click.option("--state", type=click.Choice(STATES), help="Only in this state.")
@options.page_options
@options.json_option
def command(
    thread: str | None, peer: str | None, state: str | None, limit: int, after: str | None
) -> None:
    """List the matters with all peers, or show the one with this ID or reference."""
    given = [f"--{name}" for name in _FILTERS if options.is_given(name)]
    if thread is not None and given:
        raise click.UsageError(
            f"{', '.join(given)}: for the list, not for one thread", click.get_current_context()
        )
    client = NodeClient.of(options.config_path())
    if thread is None:
        page = client.get("threads", peer=peer, state=state, after=after, limit=limit)
        _list(page, {"--peer": peer, "--state": state})
        return
    view = client.get("threads", thread)
    if options.as_json():
        output.document(view)
    else:
        _show(view)


def _list(page: Mapping[str, Any], filters: Mapping[str, str | None]) -> None:
    listing.show_page(
        page,
        columns=("THREAD", "REFERENCE", "PEER", "KIND", "STATE", "UPDATED", "NEXT"),
        row=lambda view: (
            view.get("short"),
            view.get("reference"),
            view.get("peer"),
            view.get("kind"),
            f"{view.get('state')}{' !' if view.get('attention') else ''}",
            view.get("updated"),
            view.get("next"),
        ),
        nothing="there are no threads yet",
        again=("thread",),
        filters=filters,
    )


def _show(view: Mapping[str, Any]) -> None:
    name = view.get("reference") or view.get("thread")
    output.data(f"{name}: {view.get('kind')} with {view.get('peer')}, {view.get('state')}")
    for label, member in (
        ("thread", "thread"),
        ("opened by", "opened_by"),
        ("opened", "opened"),
        ("updated", "updated"),
        ("attention", "attention"),
        ("next", "next"),
    ):
        if view.get(member):
            output.data(f"  {label:<10} {output.inline(view[member])}")
    messages = view.get("messages") or []
    if not messages:
        output.talk("no messages in this thread yet")
        return
    from gateway.cli import tables

    if view.get("more"):
        output.talk(f"only the newest {len(messages)} messages are shown")
    output.data("")
    tables.draw(
        ("ID", "WAY", "TYPE", "STATE", "CREATED"),
        (
            (
                each.get("short"),
                "sent" if each.get("direction") == "out" else "received",
                each.get("type"),
                listing.progress_of(each),
                each.get("created"),
            )
            for each in messages
        ),
    )
