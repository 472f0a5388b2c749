"""`gateway mark`: mark a message of ours anew."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import form_terminal, listing, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode

LEVELS: Final = ("public", "confidential", "restricted")
CAVEATS: Final = (
    *("personal-data", "source-protection", "no-tip-off", "no-judicial"),
    *("each-time", "contact-first", "no-publication"),
)
REASONS: Final = ("tightened", "loosened", "mistake", "published-elsewhere")
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "marked": "{peer} is told that {about} is now {marking}; it holds at once, here and there",
    "rehearsed": "this would be said; nothing was: {peer}, about {about}",
    "history": "how it was marked: {line}",
    "compared": "{before} -> {after}",
    "permitted": "permitted: {ids}",
    "published": "parts of it may be made public",
    "sure": "that opens what was closed, and what leaves by it does not come back; go on?",
    "nothing": "nothing was sent",
    "no_terminal": "it opens what was closed, and there is no terminal to ask at: give --yes",
}


@click.command(epilog="Example: gateway mark JP-2026-000123 --level restricted --reason tightened")
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.option("--level", type=click.Choice(LEVELS), help="How closely it is kept.")
@click.option("--caveat", "caveats", type=click.Choice(CAVEATS), multiple=True, help="Add it.")
@click.option(
    "--no-caveat", "no_caveats", type=click.Choice(CAVEATS), multiple=True, help="Take it away."
)
@click.option("--permit", metavar="ORG", multiple=True, help="May be given it without asking us.")
@click.option("--no-permit", metavar="ORG", multiple=True, help="May not be given it any more.")
@click.option(
    "--publish", type=click.Choice(["none"]), help="Nothing of it is to be made public any more."
)
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why it changes.")
@click.option("--text", metavar="TEXT", help="The reason in words, for the other side.")
@click.option("--dry-run", is_flag=True, help="Judge everything, send nothing.")
@click.option("-y", "--yes", is_flag=True, help="Open without asking again; for scripts.")
@options.json_option
def command(message: str, publish: str | None, dry_run: bool, yes: bool, **given: Any) -> None:
    """Mark the message ID of ours anew, more closely or less, and tell the other side.

    How it is marked now and will be is shown first; you are asked where that opens anything.
    What is not named stays as it is. It holds at once, here and there: what was to be sent onward
    is decided again, pages are taken down, and the other side reports what it has disclosed before.
    Only the side that wrote a message marks it; of a message of theirs, ask them.
    """
    lists = ("caveats", "no_caveats", "permit", "no_permit")
    body: dict[str, Any] = {name: list(given[name]) for name in lists if given[name]}
    body |= {name: given[name] for name in ("level", "reason", "text") if given[name]}
    if publish == "none":
        body["unpublished"] = True
    client = NodeClient.of(options.config_path())
    view = _rehearsed(client, message, body)
    if not dry_run:
        _ask(view, yes=yes)
        view = client.post("messages", message, "mark", body=body, key=str(uuid.uuid4()))
    if options.as_json():
        output.document(view)
        return
    about = str(view.get("in_reply_to"))
    if dry_run:
        output.talk(_WORDS["rehearsed"].format(peer=view.get("peer"), about=about))
        return
    marked = client.get("messages", about)
    shown = ", ".join([str(marked.get("marking")), *(marked.get("caveats") or [])])
    output.talk(_WORDS["marked"].format(peer=view.get("peer"), about=about, marking=shown))
    output.talk(_WORDS["history"].format(line=options.line("show", about)))
    output.data(listing.sent_as(view))


def _rehearsed(client: NodeClient, message: str, body: Mapping[str, Any]) -> Any:
    """Have the node judge it, and show how the message is marked now and would be."""
    try:
        view: Any = client.post("messages", message, "mark", body=body, dry_run=1)
    except AnsweredError as error:
        given = error.document.get("problems") or []
        problems = [{**each, "where": _option(str(each["where"]))} for each in given]
        raise AnsweredError({**error.document, "problems": problems}) from None
    words = {name: _said(view.get(name) or {}) for name in ("before", "after")}
    output.talk(_WORDS["compared"].format(**words))
    return view


def _option(where: str) -> str:
    return f"--{where[1:]}" if where in ("/permit", "/reason", "/level", "/text") else where


def _said(marking: Mapping[str, Any]) -> str:
    parts = [str(marking.get("level")), *marking.get("caveats", ())]
    if marking.get("permitted_recipients"):
        ids = " ".join(marking["permitted_recipients"])
        parts.append(_WORDS["permitted"].format(ids=ids))
    if marking.get("publish"):
        parts.append(_WORDS["published"])
    return ", ".join(parts)


def _ask(view: Mapping[str, Any], *, yes: bool) -> None:
    """Go on only where nothing is opened, or somebody wants that."""
    if yes or not view.get("opens"):
        return
    ctx = click.get_current_context()
    if not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_terminal"], ctx)
    if not form_terminal.agrees(_WORDS["sure"], default=False):
        output.talk(_WORDS["nothing"])
        ctx.exit(ExitCode.FAILURE)
