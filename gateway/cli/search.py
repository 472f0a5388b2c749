"""`gateway search`: messages that hold words, and where the words stand."""

import sys
from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import labelled, listing, options, output, show, times_shown
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_COLUMNS: Final = ("ID", "REFERENCE", "WAY", "PEER", "TYPE", "WRITTEN", "WHERE")
_WORDS: Final = {
    "in": "from",
    "out": "to",
    "nothing": "no message holds {words}",
    "all": "all of these words",
    "one": "that word",
    "looking": "\rlooked at {number} messages ...",
    "more": "there is more: {line}",
    "withheld": "{number} messages were not searched: their marking withholds them",
    "unreadable": "{number} messages could not be read: an operator should run gateway doctor",
    "and": "{first} and {number} more",
}
# More places than this fill the line and tell nobody more.
_PLACES: Final = 2


@click.command(epilog='Example: gateway search "chan dara" RC-TEST-00417 --since 30d')
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
@click.option("--type", "type_name", metavar="TYPE", help="Only of this type.")
@click.option("--peer", metavar="NODE", help="Only with this node.")
@times_shown.span_options
@options.page_options
@times_shown.zone_option
@options.json_option
def command(
    words: tuple[str, ...],
    type_name: str | None,
    peer: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    after: str | None,
) -> None:
    """List the messages that hold every one of the WORDS, newest first, and where they stand.

    Capital and small letters are the same, and so are the ways of writing a number: RC-TEST-00417
    is found as rctest00417. Words in quotes stand together. Searching shows no content and hands
    nothing over; that a search was made is recorded, not what for.
    """
    if type_name is not None:
        from gateway.cli.types import known_type

        known_type(type_name)
    asked = {
        "words": list(words),
        "type": type_name,
        "peer": peer,
        **times_shown.span(since, until),
    }
    client = NodeClient.of(options.config_path())
    page = _found(client, asked, after=after, limit=limit)
    if options.as_json():
        output.document(page)
        return
    given = {"--type": type_name, "--peer": peer, "--since": since, "--until": until}
    _show(client, page, words, given)


def _found(
    client: NodeClient, asked: Mapping[str, Any], *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return as many matches as were asked for; the node ends each request after a while."""
    page: dict[str, Any] = {"items": [], "next": after, "looked_at": 0}
    page |= {"withheld": 0, "unreadable": 0}
    tells = sys.stderr.isatty() and not options.as_json()
    told = False
    while True:
        body = {**asked, "after": page["next"], "limit": limit - len(page["items"])}
        answer = client.post(
            "search", body={name: value for name, value in body.items() if value is not None}
        )
        page["items"] += answer["items"]
        page["next"] = answer["next"]
        for name in ("looked_at", "withheld", "unreadable"):
            page[name] += answer[name]
        if page["next"] is None or len(page["items"]) >= limit:
            break
        if tells:
            told = True
            sys.stderr.write(_WORDS["looking"].format(number=page["looked_at"]))
            sys.stderr.flush()
    if told:
        sys.stderr.write("\n")
    return page


def _show(
    client: NodeClient,
    page: Mapping[str, Any],
    words: tuple[str, ...],
    given: Mapping[str, object],
) -> None:
    items = page["items"]
    if items:
        from gateway.cli import tables

        tables.draw(_COLUMNS, (_row(each, client) for each in items))
    else:
        found = _WORDS["one" if len(words) == 1 else "all"]
        output.talk(_WORDS["nothing"].format(words=found))
    for name in ("withheld", "unreadable"):
        if page[name]:
            output.talk(_WORDS[name].format(number=page[name]))
    if page["next"]:
        filters = [word for name, value in given.items() if value for word in (name, str(value))]
        more = (*times_shown.given_zone(), *options.page_size(), "--after", str(page["next"]))
        line = options.line("search", *filters, *more, "--", *words)
        output.talk(_WORDS["more"].format(line=line))


def _row(view: Mapping[str, Any], client: NodeClient) -> tuple[object, ...]:
    return (
        view.get("short"),
        view.get("reference"),
        _WORDS.get(str(view.get("direction")), "-"),
        view.get("peer"),
        view.get("type"),
        listing.when(view.get("created")),
        _places(view, client),
    )


def _places(view: Mapping[str, Any], client: NodeClient) -> str:
    """Return the labels on the way to the words."""
    schema = show.schema_for({**view, "content": None}, client)
    paths = [labelled.path_of(pointer, schema) for pointer in view.get("matches") or ()]
    named = "; ".join(paths[:_PLACES])
    left = len(paths) - _PLACES
    return _WORDS["and"].format(first=named, number=left) if left > 0 else named
