"""`gateway print`: a message or a whole matter as a page for the paper file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import new_file, options, output, paper, show, story, times_shown
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode, LocalError

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "unread": "{number} of them nobody here had read: they are handed over by this, as by show",
    "more": "only the newest {number} messages of the matter are on the page",
    "withheld": "{short} is on the page without its content: {reason}",
    "print": "open the file in a browser to print it",
}
_SAFE: Final = re.compile(r"[^A-Za-z0-9-]")
# Reasons for which one message of a matter is left without content and the others are printed.
_LEFT_OUT: Final = frozenset({ExitCode.NOT_FOUND, ExitCode.REFUSED_BY_POLICY})


@click.command(epilog="Example: gateway print JP-2026-000123 --thread --zone JST")
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.option(
    "--to",
    "file",
    metavar="FILE.html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the page goes; without it, into this folder under the reference or id.",
)
@click.option("--thread", "whole", is_flag=True, help="The whole matter with all its messages.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@times_shown.zone_option
@options.json_option
def command(message: str, file: Path | None, whole: bool, force: bool) -> None:
    """Write a message as an HTML page that any browser prints: content, levels, proof.

    Reference and marking stand on every sheet. Printing is recorded with your account; the first
    print of a received message hands it over, as `show` does. The page is readable by you alone.
    """
    client = NodeClient.of(options.config_path())
    known = client.get("threads" if whole else "messages", message)
    name = _name(known, whole=whole)
    path = file or Path(f"{_SAFE.sub('-', name)}.html")
    with new_file.place(path, force=force) as opened:
        made = _Made(name=name)
        _collect(made, client, known, whole=whole)
        opened.write(made.page().encode())
    if options.as_json():
        output.document(made.document(path))
        return
    for line in made.talk:
        output.talk(line)
    output.talk(_WORDS["print"])
    output.data(str(path))


@dataclass(slots=True, kw_only=True)
class _Made:
    """What goes on the page, message after message."""

    name: str
    messages: list[paper.Printed] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)
    by: dict[str, Any] = field(default_factory=dict)

    def page(self) -> str:
        """Return the whole page as HTML."""
        return paper.page(self.name, self.messages, by=self.by, told=self.told)

    def document(self, path: Path) -> dict[str, Any]:
        """Return what was made, for programs."""
        return {
            "file": str(path),
            "name": self.name,
            "messages": [each.view.get("id") for each in self.messages],
            "printed": self.by,
        }


def _collect(made: _Made, client: NodeClient, known: View, *, whole: bool) -> None:
    """Have the node give each message for paper.

    Raises:
        AnsweredError: It gives none, or fails: no page is made.
    """
    views: list[View] = list(known.get("messages") or ()) if whole else [known]
    unread = sum(_is_unread(view) for view in views)
    if unread and whole:
        made.talk.append(_WORDS["unread"].format(number=unread))
    if whole and known.get("more"):
        made.talk.append(_WORDS["more"].format(number=len(views)))
    for view in views:
        made.messages.append(_printed(made, client, view, may_lack=whole))
    if whole:
        # Told after the printing, so that what was handed over by it is told as read.
        again = client.get("threads", str(known.get("thread")))
        made.told = list(story.told(again, ()))
    if not made.by:
        raise LocalError(made.talk[-1])


def _is_unread(view: View) -> bool:
    return view.get("direction") == "in" and view.get("state") == "received"


def _printed(made: _Made, client: NodeClient, view: View, *, may_lack: bool) -> paper.Printed:
    try:
        given = client.post("messages", str(view.get("id")), "print")
    except AnsweredError as error:
        if not may_lack or error.exit_code not in _LEFT_OUT:
            raise
        short = view.get("short")
        made.talk.append(_WORDS["withheld"].format(short=short, reason=error))
        return paper.Printed(view=view, schema={}, withheld=str(error))
    made.by = dict(given.get("printed") or {})
    return paper.Printed(view=given, schema=show.schema_for(given, client))


def _name(known: View, *, whole: bool) -> str:
    """Return what the page is called: the reference of a matter, or the id of one message."""
    is_first = whole or known.get("id") == known.get("thread")
    reference = known.get("reference") if is_first else None
    return str(reference or known.get("short") or known.get("id"))
