"""`gateway send`: sign, seal and queue a message."""

from typing import Any, Final

import click

from gateway.cli import body_file, listing, options, output, show, waiting
from gateway.cli.socket_client import NodeClient

PRIORITIES: Final = ("routine", "urgent", "emergency")


@click.command(
    epilog="Example: gateway template inquiry.request | "
    "gateway send inquiry.request - --to kh/molvt --wait received"
)
@click.argument("type_name", metavar="TYPE")
@click.argument("file", metavar="FILE|-")
@click.option("--to", metavar="NODE", required=True, help="The peer it is for, such as kh/molvt.")
@click.option("--priority", type=click.Choice(PRIORITIES), help="Routine if not given.")
@click.option("--due", metavar="TIME", help="Wanted by, such as 2026-04-30T09:00:00Z.")
@click.option("--expires", metavar="TIME", help="Of no use after this time.")
@click.option("--note", metavar="TEXT", help="A remark beside the body, sealed like it.")
@click.option("--dry-run", is_flag=True, help="Judge everything, send nothing.")
@waiting.wait_options
@options.json_option
def command(
    type_name: str, file: str, level: str | None, timeout: float, dry_run: bool, **given: Any
) -> None:
    """Sign, seal and queue the body in FILE (- for stdin) as a message of TYPE.

    `gateway types` lists the types; `gateway template TYPE` prints a body to start from.
    """
    draft: dict[str, Any] = {"type": type_name}
    draft |= {name: value for name, value in given.items() if value is not None}
    submit(draft, file, level=level, timeout=timeout, dry_run=dry_run)


def submit(
    draft: dict[str, Any], file: str, *, level: str | None, timeout: float, dry_run: bool
) -> None:
    """Give a draft with the body in `file` to the node, wait where asked, and tell of it.

    Raises:
        UsageError: A rehearsal sends nothing, so there is nothing to wait for.
        InvalidError: The body has no form that can be sent.
        AnsweredError: The node refused the draft (nothing was sent), or waiting ended badly.
    """
    if dry_run and level is not None:
        raise click.UsageError(
            "--dry-run sends nothing, so there is nothing to --wait for",
            click.get_current_context(),
        )
    draft = draft | {"body": body_file.read_body(file)}
    client = NodeClient.of(options.config_path())
    view = client.post("messages", body=draft, dry_run=1 if dry_run else None)
    if dry_run:
        _tell_rehearsal(view)
        return
    message = listing.sent_as(view)
    if not options.as_json():
        reference = f" as {view['reference']}" if view.get("reference") else ""
        output.talk(f"{view.get('type')} queued for {view.get('peer')}{reference}")
        output.data(message)
    try:
        if level is not None:
            view = waiting.wait(client, message, level, timeout)
    finally:
        # Also when waiting ends badly: the message is on its way, and its id is needed.
        if options.as_json():
            output.document(view)


def _tell_rehearsal(view: dict[str, Any]) -> None:
    if options.as_json():
        output.document(view)
        return
    output.talk("this would be sent; nothing was:")
    for name in ("type", "peer", "clauses", "priority", "due", "expires", "size"):
        value = view.get(name)
        if value not in (None, "", []):
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            output.data(f"  {name:<10} {text}")
    output.data(f"  {'marking':<10} {show.marking_of(view)}")
