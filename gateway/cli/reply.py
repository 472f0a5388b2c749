"""`gateway reply`: answer a received message."""

from typing import Any

import click

from gateway.cli import options, send, waiting


@click.command(epilog="Example: gateway reply 0195c2a4-7b1e answer.json --wait received")
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.argument("file", metavar="FILE|-")
@click.option("--type", "type_name", metavar="TYPE", help="Only where more than one could answer.")
@click.option("--priority", type=click.Choice(send.PRIORITIES), help="Routine if not given.")
@click.option("--note", metavar="TEXT", help="A remark beside the body, sealed like it.")
@click.option("--dry-run", is_flag=True, help="Judge everything, send nothing.")
@waiting.wait_options
@options.json_option
def command(
    message: str,
    file: str,
    type_name: str | None,
    level: str | None,
    timeout: float,
    dry_run: bool,
    **given: Any,
) -> None:
    """Answer the received message ID with the body in FILE (- for stdin).

    The type, the recipient and the thread follow from the message. ID may be shortened to eight
    characters or more while it is unique, or be a reference such as JP-2026-000123.
    """
    draft = {"in_reply_to": message, "type": type_name, **given}
    draft = {name: value for name, value in draft.items() if value is not None}
    send.submit(draft, file, level=level, timeout=timeout, dry_run=dry_run)
