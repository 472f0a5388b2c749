"""`gateway publish`: make public what a message has made public, or keep it closed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import form_terminal, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.publications import state_of
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode

# Where the node finds a fault, and the option that the caller gave it with.
_OPTIONS: Final = {
    "/place": "--at",
    "/reason/code": "--reason",
    "/reason/text/en": "--text",
    "/code": "--reason",
    "/text": "--text",
}
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "published": "Everybody will read this, under {title} {reference} ({peer}):",
    "amended": "Everybody will read this instead, under {title} {reference} ({peer}):",
    "withdrawn": "{title} {reference} ({peer}) will be taken down.",
    "closed": "{title} {reference} ({peer}) will not be made public; {peer} is told why.",
    "entry": "  {entry} ({status})",
    "gone": "  {entry}: no longer shown",
    "more": "  … and {number} more",
    "closes": "  No longer shown: {number}.",
    "nothing_new": "  nothing that is not public already",
    "place": "  Place: {place}",
    "sure": "Go on?",
    "nothing": "nothing was done",
    "no_terminal": "there is no terminal to ask at: give --yes",
    "only_refused": "--reason and --text go with --refuse",
    "why": "--refuse needs --reason and --text",
    "done": "{reference} {state}",
    "told": "{peer} is told so: {id}",
    "not_told": "{peer} is not told: its matter takes no confirmation any more",
    "hint": "gateway types publication.confirm shows the reasons there are",
}
# As much as fits a screen; the rest is counted.
_MOST: Final = 10


@click.command(
    epilog="Example: gateway publish KH-2026-000045 --at https://www.example.go.jp/ssw/list.html"
)
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.option("--at", "place", metavar="PLACE", help="Where, if the node writes no pages itself.")
@click.option("--refuse", is_flag=True, help="Keep it closed, and tell the other side why.")
@click.option("--reason", "code", metavar="CODE", help="With --refuse: why, from the code list.")
@click.option("--text", metavar="TEXT", help="With --refuse: why, in English.")
@click.option("-y", "--yes", is_flag=True, help="Do it without asking again; for scripts.")
@options.json_option
def command(
    message: str, place: str | None, refuse: bool, code: str | None, text: str | None, yes: bool
) -> None:
    """Make public what the message ID has made public, and tell the other side where and when.

    Shown first is exactly what everybody will read. The node writes it into the folder of
    [publication] in its config.toml; without one, publish it by your own means and say where.
    """
    ctx = click.get_current_context()
    if refuse and (code is None or text is None):
        raise click.UsageError(_WORDS["why"], ctx)
    if not refuse and (code is not None or text is not None):
        raise click.UsageError(_WORDS["only_refused"], ctx)
    if not yes and not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_terminal"], ctx)
    client = NodeClient.of(options.config_path())
    if not yes and not _agrees(client.publication(message), place, refuse=refuse):
        output.talk(_WORDS["nothing"])
        ctx.exit(ExitCode.FAILURE)
    try:
        if code is not None and text is not None:
            view = client.keep_closed(message, code=code, text=text)
        else:
            view = client.publish(message, place=place)
    except AnsweredError as error:
        raise _by_option(error) from None
    if options.as_json():
        output.document(view)
        return
    _tell(view)


def _agrees(ahead: Mapping[str, Any], place: str | None, *, refuse: bool) -> bool:
    """Show what would follow and ask; of what the node will refuse anyhow, it says why itself."""
    if ahead.get("state") != "waiting" or (ahead.get("hindrance") and not refuse):
        return True
    for line in _ahead(ahead, place, refuse=refuse):
        output.talk(line)
    return form_terminal.agrees(_WORDS["sure"], default=False)


def _tell(view: Mapping[str, Any]) -> None:
    reference = view.get("reference") or view.get("short")
    output.talk(_WORDS["done"].format(reference=reference, state=state_of(view)))
    if view.get("confirmation"):
        output.talk(_WORDS["told"].format(peer=view.get("peer"), id=view.get("confirmation")))
    elif view.get("direction") == "in":
        output.talk(_WORDS["not_told"].format(peer=view.get("peer")))
    if view.get("place") and view.get("action") in {"published", "amended"}:
        output.data(str(view.get("place")))


def _ahead(view: Mapping[str, Any], place: str | None, *, refuse: bool) -> Iterator[str]:
    """Yield what everybody would read, as the caller is asked about it."""
    is_new = view.get("action") == "published"
    action = str(view.get("action"))
    if refuse:
        action = "closed" if is_new else "withdrawn"
    yield _WORDS[action].format(
        title=view.get("title"), reference=view.get("reference") or "", peer=view.get("peer")
    )
    if action in {"published", "amended"}:
        yield from _entries(view)
    where = place or view.get("place")
    if where and action != "closed":
        yield _WORDS["place"].format(place=where)


def _entries(view: Mapping[str, Any]) -> Iterator[str]:
    from gateway.cli.labelled import lines

    shows, schema = view.get("shows") or {}, _schema_of_entry(str(view.get("type")))
    for entry in list(shows)[:_MOST]:
        if shows[entry] is None:
            yield _WORDS["gone"].format(entry=entry)
            continue
        status = (view.get("statuses") or {}).get(entry)
        yield _WORDS["entry"].format(entry=entry, status=status)
        for line in lines(shows[entry], schema):
            yield f"    {line}".rstrip()
    if (more := int(view.get("entries") or 0) - min(len(shows), _MOST)) > 0:
        yield _WORDS["more"].format(number=f"{more:,}")
    if closes := view.get("closes"):
        yield _WORDS["closes"].format(number=f"{closes:,}")
    if not shows:
        yield _WORDS["nothing_new"]


def _schema_of_entry(type_name: str) -> Mapping[str, Any]:
    """Return what the schema says of one entry: the whole body, or a member of a list."""
    from gateway.cli.labelled import of_any_name, resolved, schema_of

    schema = schema_of(type_name)
    entries = (schema.get("properties") or {}).get("entries")
    if entries is None:
        return schema
    entry = resolved(of_any_name(resolved(entries, schema)), schema)
    return {**entry, "$defs": schema.get("$defs", {})}


def _by_option(error: AnsweredError) -> AnsweredError:
    """Return the error with the names of our options where the node named members of the body."""
    given = error.document.get("problems") or []
    problems = [{**each, "where": _OPTIONS.get(each["where"], each["where"])} for each in given]
    if problems == given:
        return error
    hint = error.document.get("hint") or _WORDS["hint"]
    return AnsweredError({**error.document, "problems": problems, "hint": hint})
