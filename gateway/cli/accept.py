"""`gateway accept`: take a received message on."""

import click

from gateway.cli import options, output, times_shown
from gateway.cli.socket_client import NodeClient


@click.command(epilog="Example: gateway accept 0195c2a4-7b1e")
@click.argument("message", metavar="ID", callback=options.check_selector)
@times_shown.zone_option
@options.json_option
def command(message: str) -> None:
    """Accept the received message ID: its sender now knows that it is being worked on.

    When the answer is due was fixed when the question was sent; accepting does not change it.
    """
    view = NodeClient.of(options.config_path()).post("messages", message, "accept")
    if options.as_json():
        output.document(view)
        return
    due = f"; the answer is due {times_shown.shown(view['due'])}" if view.get("due") else ""
    output.talk(f"accepted {view.get('type')} from {view.get('peer')}{due}")
    output.data(str(view.get("id")))
