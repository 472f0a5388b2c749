"""Drafts from the command line's side: kept under a name, taken up again."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import form_terminal, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode

_WORDS: Final = {
    "keep": "Keep what you wrote as a draft?",
    "name": "Its name [{name}]: ",
    "kept": "kept as draft {name}; to go on: {line}",
    "lost": "nothing was kept",
}
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")


def load(client: NodeClient, name: str) -> dict[str, Any]:
    """Return a draft of this officer.

    Raises:
        AnsweredError: There is none of that name.
    """
    draft: dict[str, Any] = client.get("drafts", name)["draft"]
    return draft


def keep(
    client: NodeClient, draft: Mapping[str, Any], name: str, *, is_known: bool = False
) -> dict[str, Any]:
    """Keep a draft under a name, and say how to go on with it.

    Args:
        is_known: It came from the draft of that name, whose place it takes.

    Raises:
        AnsweredError: Another draft has the name, or there are too many; nothing was kept.
    """
    view = client.put("drafts", name, body=draft, new=None if is_known else 1)
    if not options.as_json():
        line = options.line("send", "--draft", name)
        output.talk(_WORDS["kept"].format(name=name, line=line))
    return view


def offer(client: NodeClient, draft: Mapping[str, Any], *, known_as: str | None = None) -> None:
    """Ask whether to keep what was written, and keep it; a name that is taken is asked again."""
    try:
        if form_terminal.agrees(_WORDS["keep"], default=True):
            keep_asking(client, draft, known_as=known_as)
            return
    except KeyboardInterrupt:
        output.talk("")
    output.talk(_WORDS["lost"])


def keep_asking(
    client: NodeClient, draft: Mapping[str, Any], *, known_as: str | None = None
) -> dict[str, Any]:
    """Ask for a name until the draft is kept under it.

    Raises:
        AnsweredError: It cannot be kept under any name.
        KeyboardInterrupt: The officer gave up; nothing was kept.
    """
    made = known_as or free_name(client, str(draft.get("type") or "draft"))
    while True:
        name = form_terminal.ask(_WORDS["name"].format(name=made)).strip() or made
        try:
            return keep(client, draft, name, is_known=name == known_as)
        except AnsweredError as error:
            if error.exit_code not in {ExitCode.CONFLICT, ExitCode.INVALID}:
                raise
            output.talk(f"  {error}")
            for problem in error.problems:
                output.talk(f"  {problem.where}: {problem.text}")


def free_name(client: NodeClient, start: str) -> str:
    """Return a name of the form inquiry.request-1 that no draft has yet."""
    taken = {each.get("name") for each in client.get("drafts").get("items", [])}
    stem = _PLAIN.sub("-", start).strip("-.") or "draft"
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}-{n}") not in taken)
