"""`gateway assign`: who handles a matter here."""

from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "assigned": "{name} is handled by {assignee}",
    "nobody": "{name} is handled by nobody",
    "one": "give one of NAME, --me and --nobody",
}


@click.command(epilog="Example: gateway assign JP-2026-000123 --me")
@click.argument("thread", metavar="REF", callback=options.check_selector)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--me", is_flag=True, help="You handle it.")
@click.option("--nobody", is_flag=True, help="Nobody handles it any more.")
@options.json_option
def command(thread: str, name: str | None, me: bool, nobody: bool) -> None:
    """Note who handles the matter REF at this node; the other side never hears of it.

    NAME is usually an account name: `inbox --mine` and `thread --mine` list what bears yours.
    """
    if (name is not None) + me + nobody != 1:
        raise click.UsageError(_WORDS["one"], click.get_current_context())
    # Without a name the node takes that of the account that asks.
    body: dict[str, Any] = {} if me else {"assignee": name}
    view = NodeClient.of(options.config_path()).post("threads", thread, "assign", body=body)
    if options.as_json():
        output.document(view)
        return
    words = _WORDS["assigned" if view.get("assignee") else "nobody"]
    matter = view.get("reference") or view.get("short")
    output.talk(words.format(name=matter, assignee=view.get("assignee")))
