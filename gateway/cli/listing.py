"""Lists as the local API gives them: a page of `items` and where the `next` one starts."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.cli import options, output
from gateway.errors import GatewayError

Row = Callable[[Mapping[str, Any]], Sequence[object]]


def show_page(
    page: Mapping[str, Any],
    *,
    columns: Sequence[str],
    row: Row,
    nothing: str,
    again: Sequence[str],
    filters: Mapping[str, str | None],
) -> None:
    """Write one page as a table, or as it came with `--json`.

    Args:
        nothing: Says that there is nothing at all.
        again: The words that ask for this list; the filters are added to them.
        filters: The options that leave something out, with their values.
    """
    if options.as_json():
        output.document(page)
        return
    items = page.get("items", [])
    given = [word for name, value in filters.items() if value is not None for word in (name, value)]
    if not items:
        output.talk("nothing fits" if given or options.is_later_page() else nothing)
        return
    from gateway.cli import tables

    tables.draw(columns, map(row, items))
    if page.get("next"):
        words = (*again, *given, *options.page_size(), "--after", str(page["next"]))
        output.talk(f"there is more: {options.line(*words)}")


def progress_of(view: Mapping[str, Any]) -> str:
    """Return the state of a message; of one we sent also how far the other side came with it."""
    state, reached = str(view.get("state", "-")), view.get("reached")
    if view.get("refusal"):
        return f"{state}: {view['refusal']}"
    return f"{state}, {reached}" if reached and view.get("direction") == "out" else state


def moment(seconds: object) -> str | None:
    """Return a time given in Unix seconds as the text all other times have."""
    if not isinstance(seconds, int | float):
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def sent_as(view: Mapping[str, Any]) -> str:
    """Return the id of a view the node just made.

    Raises:
        GatewayError: The node answered with something that is not a message.
    """
    message = view.get("id")
    if not isinstance(message, str):
        raise GatewayError("the node answered without an id; it may be of another version")
    return message
