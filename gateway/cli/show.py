"""`gateway show`: one message with its content."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import labelled, options, output, waiting
from gateway.cli.socket_client import NodeClient
from gateway.errors import NotFoundError

_FIELDS: Final = (
    ("id", "id"),
    ("peer", "peer"),
    ("reference", "reference"),
    ("thread", "thread"),
    ("in_reply_to", "in reply to"),
    ("priority", "priority"),
    ("created", "created"),
    ("expires", "expires"),
    ("due", "due"),
    ("state", "state"),
    ("refusal", "refusal"),
    ("attention", "attention"),
)


@click.command(epilog="Example: gateway show 0195c2a4-7b1e")
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.option("--no-content", is_flag=True, help="Only the outside; hands nothing over.")
@options.json_option
def command(message: str, no_content: bool) -> None:
    """Show the message ID with its content.

    The first look at the content of a received message hands it over: its sender is told. ID may
    be shortened to eight characters or more while it is unique, or be a reference such as
    JP-2026-000123.
    """
    client = NodeClient.of(options.config_path())
    if no_content:
        view = client.get("messages", message)
    else:
        view = client.post("messages", message, "fetch")
    if options.as_json():
        output.document(view)
        return
    output.data("\n".join(readable(view)))


def readable(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message as text: what is known of it, how far it got, what it says."""
    yield f"{view.get('title')} ({view.get('type')}), {_way(view)}"
    for name, label in _FIELDS:
        if view.get(name):
            yield f"  {label:<12} {output.inline(view[name])}"
    if view.get("clauses"):
        yield f"  {'clauses':<12} {', '.join(map(str, view['clauses']))}"
    yield f"  {'marking':<12} {marking_of(view)}"
    for level, time in waiting.reached(view):
        yield f"  {level:<12} {time}"
    content = view.get("content")
    if isinstance(content, Mapping):
        yield ""
        yield from labelled.lines(content.get("body") or {}, _schema(str(view.get("type"))))
        if content.get("note"):
            yield ""
            yield f"Note: {content['note']}"


def _way(view: Mapping[str, Any]) -> str:
    return "sent by us" if view.get("direction") == "out" else "received"


def marking_of(view: Mapping[str, Any]) -> str:
    """Return level and caveats of a message, each in its word."""
    return ", ".join(map(output.inline, [view.get("marking") or "-", *(view.get("caveats") or [])]))


def _schema(type_name: str) -> Mapping[str, Any]:
    from gateway import resources

    try:
        schema: Mapping[str, Any] = json.loads(
            resources.schema_file(f"types/{type_name}.schema.json")
        )
    except NotFoundError:
        # A type of a newer version: everything is shown under its own name.
        return {}
    return schema
