"""`gateway consumers`: the systems that take what comes in, and the messages they failed at."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.listing import Listing, show_page
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "no system has taken anything yet",
    "apart": "set apart after {tries} tries: {id} ({type}, {reference}) from {peer}, since {since}",
    "mend": "look at that system first, then: gateway consumers release {name} {id} --uid {uid}",
    "released": "{name} is given {id} again",
    "skipped": "{name} is not given {id} any more",
    "forgotten": "{name} is forgotten; a consumer of that name begins anew",
}


@click.group(invoke_without_command=True, epilog="Example: gateway consumers")
@options.json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the systems that take what comes in, and what was set apart for each.

    A message that a system was given five times without acknowledging it is set apart, and its
    matter waits; all others go on.
    """
    if ctx.invoked_subcommand is not None:
        return
    page = NodeClient.of(options.config_path()).consumers()
    if options.as_json():
        output.document(page)
        return
    columns = ("UID", "NAME", "OPEN", "SET APART", "SINCE")
    none = _WORDS["none"]
    drawn = Listing(columns=columns, row=_row, nothing=none, again=("consumers",), filters={})
    show_page(page, drawn)
    for consumer in page["items"]:
        for each in consumer["set_apart"]:
            output.talk(_WORDS["apart"].format(**{**each, "reference": each["reference"] or "-"}))
            line = _WORDS["mend"].format(name=consumer["name"], uid=consumer["uid"], id=each["id"])
            output.talk(f"  {_for_node(line)}")


@command.command(epilog="Example: gateway consumers release registry 01920000-0000-7000 --uid 1002")
@click.argument("name", metavar="NAME")
@click.argument("message", metavar="ID")
@click.option("--uid", type=click.IntRange(0), metavar="UID", help="Whose it is, if not yours.")
@click.option("--skip", is_flag=True, help="Never give it again: it was seen to otherwise.")
@options.json_option
def release(name: str, message: str, uid: int | None, skip: bool) -> None:
    """Give the message ID that was set apart to the consumer NAME once more."""
    view = NodeClient.of(options.config_path()).release(name, message, uid=uid, skip=skip)
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["skipped" if skip else "released"].format(name=name, id=message))


@command.command(epilog="Example: gateway consumers forget registry")
@click.argument("name", metavar="NAME")
@options.json_option
def forget(name: str) -> None:
    """Forget your consumer NAME and what it has not acknowledged."""
    view = NodeClient.of(options.config_path()).forget(name)
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["forgotten"].format(name=name))


def _row(consumer: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        consumer.get("uid"),
        consumer.get("name"),
        consumer.get("open"),
        len(consumer.get("set_apart") or ()),
        consumer.get("created"),
    )


def _for_node(text: str) -> str:
    is_given = click.get_current_context().meta.get(options.CONFIG_GIVEN_KEY)
    return output.for_node(text, options.config_path()) if is_given else text
