"""`gateway thread`: matters, and one matter with all its messages."""

from collections.abc import Mapping
from typing import Any

import click

from gateway.cli import listing, options, output
from gateway.cli.socket_client import NodeClient


@click.command(epilog="Example: gateway thread JP-2026-000123")
@click.argument("thread", metavar="[ID]", required=False)
@click.option("--peer", metavar="NODE", help="Only with this node.")
@click.option("--state", metavar="STATE", help="Only in this state, such as accepted.")
@options.page_options
@options.json_option
def command(
    thread: str | None, peer: str | None, state: str | None, limit: int, after: str | None
) -> None:
    """List the matters with all peers, or show the one with this ID or reference."""
    client = NodeClient.of(options.config_path())
    if thread is None:
        _list(client.get("threads", peer=peer, state=state, after=after, limit=limit))
        return
    view = client.get("threads", thread)
    if options.as_json():
        output.document(view)
    else:
        _show(view)


def _list(page: Mapping[str, Any]) -> None:
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
        again="gateway thread",
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
