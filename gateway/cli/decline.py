"""`gateway decline`: turn a received message down."""

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient


@click.command(
    epilog="Example: gateway decline 0195c2a4-7b1e "
    "--reason unknown-subject --text 'No such record.'"
)
@click.argument("message", metavar="ID")
@click.option("--reason", "code", metavar="CODE", required=True, help="Why, from the code list.")
@click.option("--text", metavar="TEXT", required=True, help="Why, in English, for the other side.")
@options.json_option
def command(message: str, code: str, text: str) -> None:
    """Decline the received message ID; its sender hears the reason, and the matter is over.

    `gateway types acknowledgement.declined` shows the reasons there are.
    """
    body = {"code": code, "text": text}
    view = NodeClient.of(options.config_path()).post("messages", message, "decline", body=body)
    if options.as_json():
        output.document(view)
        return
    output.talk(f"declined {view.get('type')} from {view.get('peer')}")
    output.data(str(view.get("id")))
