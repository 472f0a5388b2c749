"""`gateway release`: let a held message go on."""

from typing import Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {"released": "released {type} to {peer}: it is {state}"}


@click.command(epilog="Example: gateway release 0195c2a4-7b1e")
@click.argument("message", metavar="ID", callback=options.check_selector)
@options.json_option
def command(message: str) -> None:
    """Let the held message ID go on when its turn comes.

    `gateway retry` does the same at once, and forgets how often it was refused.
    """
    view = NodeClient.of(options.config_path()).post("messages", message, "release")
    if options.as_json():
        output.document(view)
        return
    words = _WORDS["released"]
    output.talk(words.format(**{name: view.get(name) for name in ("type", "peer", "state")}))
    output.data(str(view.get("id")))
