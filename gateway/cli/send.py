"""`gateway send`: fill in, look at, sign, seal and queue a message."""

from typing import Any

import click

from gateway.cli import options, writing, writing_source
from gateway.cli.socket_client import NodeClient
from gateway.cli.writing_piece import orders_and_header, write_options


@click.command(
    epilog="Example: gateway send inquiry.request --to kh/molvt; in a script: "
    "gateway send inquiry.request inquiry.json --to kh/molvt --yes --wait received"
)
@click.argument("type_name", metavar="[TYPE]", required=False)
@click.argument("file", metavar="[FILE|-]", required=False)
@click.option("--to", metavar="NODE", help="The peer it is for, such as kh/molvt.")
@click.option(
    "--reply-to",
    metavar="ID|REFERENCE",
    callback=options.check_selector,
    help="The message it speaks of; gateway reply does the same.",
)
@click.option("--draft", metavar="NAME", help="Go on with this draft of yours.")
@write_options
def command(
    type_name: str | None,
    file: str | None,
    draft: str | None,
    reply_to: str | None,
    settings: tuple[str, ...],
    **given: Any,
) -> None:
    """Fill in a message of TYPE, look at it, then sign, seal and queue it.

    Without a FILE its fields are asked for one by one, or stand in an editor with --edit. A FILE
    holds the body as JSON, or the whole form as TOML (`gateway template TYPE --toml` prints one);
    `-` reads standard input. Nothing is signed before you have seen it; --yes leaves that out.

    `gateway types` lists the types.
    """
    orders, header = orders_and_header(given)
    ctx = click.get_current_context()
    if type_name is None and draft is None:
        raise click.UsageError("name a TYPE (gateway types lists them) or --draft NAME", ctx)
    if file is not None and draft is not None:
        raise click.UsageError("a FILE and --draft are two messages: name one of them", ctx)
    if reply_to is not None and (draft is not None or header.get("to") is not None):
        raise click.UsageError("--reply-to names the recipient and the matter already", ctx)
    source = writing_source.Given(
        file=file,
        draft=draft,
        settings=settings,
        header=header,
        is_edited=orders.edit,
    )
    # What is wrong with the line itself is told before what is missing there.
    writing_source.header_of(source)
    is_empty = orders.yes and writing_source.needs_nothing(type_name)
    writing.check_orders(orders, has_source=bool(file or draft or settings or is_empty))
    client = NodeClient.of(options.config_path())
    if reply_to is not None:
        piece = writing_source.reply(client, reply_to, type_name, source, orders)
    else:
        piece = writing_source.new_message(client, type_name, source, orders)
    writing.submit(client, piece, orders)
