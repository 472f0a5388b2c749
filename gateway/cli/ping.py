"""`gateway ping`: ask a peer for a sign of life."""

import time

import click

from gateway.cli import listing, options, output
from gateway.cli.socket_client import NodeClient


@click.command(epilog="Example: gateway ping kh/molvt")
@click.argument("node", metavar="NODE")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the signed receipt (exit 9).",
)
@options.json_option
def command(node: str, timeout: float) -> None:
    """Send a signed and sealed ping to NODE and wait for its signed receipt."""
    client = NodeClient.of(options.config_path())
    started = time.monotonic()
    message = listing.sent_as(client.post("ping", body={"to": node}))
    view = client.get(
        "messages", message, "wait", level="received", timeout=f"{timeout:g}", patience=timeout + 10
    )
    milliseconds = round((time.monotonic() - started) * 1000)
    if options.as_json():
        output.document({**view, "milliseconds": milliseconds})
    else:
        output.data(f"{node} gave its signed receipt in {milliseconds} ms")
