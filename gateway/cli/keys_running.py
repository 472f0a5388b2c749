"""`gateway keys reload` and `use-certificate`: what the running node does with the keys on disk."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient


@click.command("reload", epilog="Example: gateway keys reload")
@options.json_option
def reload_keys() -> None:
    """Have the running node take up what lies under keys/, and offer its card to peers again.

    Rotating and revoking do this by themselves. It is of use after a restored backup, and when a
    peer has confirmed a card that it had refused.
    """
    view = NodeClient.of(options.config_path()).reload_keys()
    _show(view)


@click.command("use-certificate", epilog="Example: gateway keys use-certificate --force")
@click.option(
    "--force",
    is_flag=True,
    help="Show it now; a peer that does not know it cannot connect until it has our card.",
)
@options.json_option
def use_certificate(force: bool) -> None:
    """Show the newest TLS certificate to all who connect.

    The node does so by itself once every enabled peer has receipted our card. Until then this
    names the peers that have not (exit 6); --force waits for nobody.
    """
    view = NodeClient.of(options.config_path()).use_certificate(force=force)
    _show(view)


def _show(view: Mapping[str, Any]) -> None:
    if options.as_json():
        output.document(dict(view))
        return
    for line in told(view):
        output.talk(line)


def told(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what a running node does with its keys."""
    serial = view["serial"]
    yield f"the running node uses card {serial}"
    if view.get("issued_anew"):
        yield f"{view['issued_anew']} waiting messages were signed anew under new ids"
    behind = [each["node"] for each in view["peers"] if (each["knows"] or 1) < serial]
    if behind:
        yield (
            f"{', '.join(behind)}: is told now, and served with the keys it knows until it has "
            "receipted the card"
        )
    if view["presented"] != view["certificates"][-1]:
        yield "the new certificate is shown once every enabled peer has receipted the card"


COMMANDS: Final = (reload_keys, use_certificate)
