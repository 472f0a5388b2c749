"""`gateway reply`: answer a message, or say something about it."""

from typing import Any

import click

from gateway.cli import options, writing, writing_source
from gateway.cli.socket_client import NodeClient
from gateway.cli.writing_piece import orders_and_header, write_options


@click.command(
    epilog="Example: gateway reply JP-2026-000123; in a script: "
    "gateway reply 0195c2a4-7b1e answer.json --yes --wait received"
)
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.argument("file", metavar="[FILE|-]", required=False)
@click.option("--type", "type_name", metavar="TYPE", help="Where more than one could follow.")
@write_options
def command(
    message: str,
    file: str | None,
    type_name: str | None,
    settings: tuple[str, ...],
    **given: Any,
) -> None:
    """Answer the message ID, or with --type remind, ask back, correct it or take it back.

    Recipient and matter follow from the message, and so does the type where only one answers it.
    Without a FILE the fields are asked for, or stand in an editor with --edit: the questions of an
    inquiry with their ids, the whole earlier body for a correction. ID may be shortened to eight
    characters or more while it is unique, or be a reference such as JP-2026-000123.
    """
    orders, header = orders_and_header(given)
    source = writing_source.Given(
        file=file,
        settings=settings,
        header=header,
        is_edited=orders.edit,
    )
    # What is wrong with the line itself is told before what is missing there.
    writing_source.header_of(source)
    is_empty = orders.yes and writing_source.needs_nothing(type_name)
    writing.check_orders(orders, has_source=bool(file or settings or is_empty))
    client = NodeClient.of(options.config_path())
    piece = writing_source.reply(client, message, type_name, source, orders)
    writing.submit(client, piece, orders)
