"""`gateway note`: what your own people should know about a matter."""

import sys
from typing import Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient
from gateway.errors import InvalidError

# As much as the node takes, and a little, so that it is the one to say how much that is.
_MOST: Final = 20_000
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "noted": "noted about {name}; it stays here and is never sent",
    "empty": "nothing was written, so nothing was noted",
    "prompt": "# Write the note above this line; it stays at this node and is never sent.",
    "not_utf8": "what came on stdin is not UTF-8",
}


@click.command(epilog='Example: gateway note JP-2026-000123 "Waiting for the register office."')
@click.argument("thread", metavar="REF", callback=options.check_selector)
@click.argument("text", metavar="[TEXT|-]", required=False)
@options.json_option
def command(thread: str, text: str | None) -> None:
    """Keep an internal note about the matter REF: sealed at this node, shown by `gateway thread`.

    Without TEXT the editor opens at a terminal ($VISUAL or $EDITOR); - reads standard input.
    """
    client = NodeClient.of(options.config_path())
    if text is None and sys.stdin.isatty():
        # Before somebody writes: is there such a matter, and does the node run?
        client.get("threads", thread)
    text = _written(text)
    view = client.post("threads", thread, "notes", body={"text": text})
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["noted"].format(name=view.get("reference") or view.get("short")))


def _written(text: str | None) -> str:
    """Return the note, from the command line, stdin or an editor.

    Raises:
        InvalidError: Nothing was written.
    """
    if text is None and sys.stdin.isatty():
        from gateway.cli import editor

        edited = editor.edit(f"\n\n{_WORDS['prompt']}\n", name="note.txt")
        text = edited.partition(_WORDS["prompt"])[0]
    elif text in (None, "-"):
        text = _from_stdin()
    found = (text or "").strip()
    if not found:
        raise InvalidError(_WORDS["empty"])
    return found


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.read(_MOST).decode()
    except UnicodeDecodeError:
        raise InvalidError(_WORDS["not_utf8"]) from None
