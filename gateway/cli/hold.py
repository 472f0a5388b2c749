"""`gateway hold`: keep a message back for now."""

from typing import Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "held": "held {type} to {peer}, and its matter behind it",
    "release": "to let it go on: {line}",
}


@click.command(epilog="Example: gateway hold 0195c2a4-7b1e")
@click.argument("message", metavar="ID", callback=options.check_selector)
@options.json_option
def command(message: str) -> None:
    """Keep the queued message ID back; what follows in its matter waits behind it.

    It still expires at its time. One that was tried before may have arrived all the same.
    """
    view = NodeClient.of(options.config_path()).post("messages", message, "hold")
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["held"].format(type=view.get("type"), peer=view.get("peer")))
    output.talk(_WORDS["release"].format(line=options.line("release", str(view.get("short")))))
    output.data(str(view.get("id")))
