"""`gateway cancel`: take back what has not left."""

from typing import Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "cancelled": "cancelled {type} to {peer}: it never left",
    "again": "to send it after all: {line}",
}


@click.command(epilog="Example: gateway cancel JP-2026-000123")
@click.argument("message", metavar="ID", callback=options.check_selector)
@options.json_option
def command(message: str) -> None:
    """Cancel the message ID that is queued and has not been tried yet.

    Once it was tried it may have arrived, and only a withdrawal can take it back. A matter that it
    was to open is then cancelled, and a question that it was to answer is open again.
    """
    view = NodeClient.of(options.config_path()).post("messages", message, "cancel")
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["cancelled"].format(type=view.get("type"), peer=view.get("peer")))
    output.talk(_WORDS["again"].format(line=options.line("retry", str(view.get("short")))))
    output.data(str(view.get("id")))
