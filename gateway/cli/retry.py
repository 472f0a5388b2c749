"""`gateway retry`: try again now, or say the same once more."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "now": "{type} to {peer} is tried now, after {attempts} tries",
    "anew": "{type} to {peer} is issued anew; the earlier one was {earlier}",
    "reference": "its matter has a new reference: {reference}",
    "all": "{messages} messages to {peer} are tried now",
    "one": "give one of ID and --all-to",
}


@click.command(epilog="Example: gateway retry 0195c2a4-7b1e")
@click.argument("message", metavar="[ID]", required=False, callback=options.check_selector)
@click.option("--all-to", "peer", metavar="NODE", help="Try all that is queued for this node.")
@options.json_option
def command(message: str | None, peer: str | None) -> None:
    """Try the message ID now instead of at its time; a held one is released for that.

    One that was refused, cancelled or has expired is issued anew: the same words under a new id,
    with a new time to answer, in its matter, or as a new matter with a new reference. Its id is
    printed. If the earlier one was tried before it expired, it may have arrived: ask first.
    """
    if (message is None) == (peer is None):
        raise click.UsageError(_WORDS["one"], click.get_current_context())
    client = NodeClient.of(options.config_path())
    if peer is not None:
        view = client.post("peers", peer, "retry")
    else:
        view = client.post("messages", str(message), "retry")
    if options.as_json():
        output.document(view)
    elif peer is not None:
        output.talk(_WORDS["all"].format(**view))
    else:
        _tell(view)


def _tell(view: Mapping[str, Any]) -> None:
    named = {name: view.get(name) for name in ("type", "peer", "attempts", "reference")}
    if view.get("reissue_of"):
        output.talk(_WORDS["anew"].format(**named, earlier=view["reissue_of"]))
        if view.get("thread") == view.get("id"):
            output.talk(_WORDS["reference"].format(**named))
    else:
        output.talk(_WORDS["now"].format(**named))
    output.data(str(view.get("id")))
