"""Lists as the local API gives them: a page of `items` and where the `next` one starts."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.cli import options, output, times_shown
from gateway.errors import GatewayError

View = Mapping[str, Any]
Row = Callable[[View], Sequence[object]]

# A terminal with room for two times in full beside the rest.
_WIDE: Final = 120
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "nothing_fits": "nothing fits",
    "--unread": "nothing is unread",
    "--overdue": "nothing is overdue",
    "--mine": "nothing is assigned to you",
    "--attention": "nothing asks for attention",
    "more": "there is more: {line}",
    "late": "late",
    "correct": "corrected",
    "withdraw": "withdrawn",
    "attention": "!",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How a list is drawn.

    Args:
        nothing: Says that there is nothing at all.
        again: The words that ask for this list; the filters are added to them.
        filters: The options that leave something out, with their values; True for a flag.
        without: What else than elsewhere is said of a single filter that nothing fits.
        spare: The columns that a narrow terminal can do without, the least important first.
    """

    columns: Sequence[str]
    row: Row
    nothing: str
    again: Sequence[str]
    filters: Mapping[str, object]
    spare: Sequence[str] = ()
    without: Mapping[str, str] = field(default_factory=dict)

    def given(self) -> list[str]:
        """Return the filters as they would be typed."""
        words: list[str] = []
        for name, value in self.filters.items():
            if value is True:
                words.append(name)
            elif value:
                words += [name, str(value)]
        return words


def show_page(page: View, listing: Listing) -> list[int]:
    """Write one page as a table, or as it came with `--json`; return the widths of its columns."""
    if options.as_json():
        output.document(page)
        return []
    items = page.get("items", [])
    given = listing.given()
    if not items:
        output.talk(_empty(listing, given))
        return []
    from gateway.cli import tables

    widths = tables.draw(listing.columns, map(listing.row, items), spare=listing.spare)
    if page.get("next"):
        words = (*listing.again, *given, *times_shown.given_zone(), *options.page_size())
        line = options.line(*words, "--after", str(page["next"]))
        output.talk(_WORDS["more"].format(line=line))
    return widths


def _empty(listing: Listing, given: Sequence[str]) -> str:
    if options.is_later_page() or len(given) > 1:
        return _WORDS["nothing_fits"]
    if given:
        return {**_WORDS, **listing.without}.get(given[0], _WORDS["nothing_fits"])
    return listing.nothing


def progress_of(view: View) -> str:
    """Return the state of a message; of one we sent also how far the other side came with it."""
    state, reached = str(view.get("state", "-")), view.get("reached")
    if view.get("refusal"):
        return f"{state}: {view['refusal']}"
    return f"{state}, {reached}" if reached and view.get("direction") == "out" else state


def marked(state: object, view: View) -> str:
    """Return a state with what an officer must not overlook: replaced, late, flagged."""
    words = [str(state)]
    if view.get("superseded_by"):
        mode = "withdraw" if view.get("superseded_mode") == "withdraw" else "correct"
        words.append(f"({_WORDS[mode]})")
    if view.get("missed") or view.get("overdue"):
        words.append(_WORDS["late"])
    if view.get("attention"):
        words.append(_WORDS["attention"])
    return " ".join(words)


def moment(seconds: object) -> str | None:
    """Return a time given in Unix seconds as the text all other times have."""
    if not isinstance(seconds, int | float):
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def when(text: object) -> str | None:
    """Return a time for a list, None where there is none; at a terminal it is short."""
    if not text:
        return None
    if not sys.stdout.isatty():
        return times_shown.shown(text)
    return times_shown.brief(text, is_narrow=shutil.get_terminal_size().columns < _WIDE)


def sent_as(view: View) -> str:
    """Return the id of a view the node just made.

    Raises:
        GatewayError: The node answered with something that is not a message.
    """
    message = view.get("id")
    if not isinstance(message, str):
        raise GatewayError("the node answered without an id; it may be of another version")
    return message
