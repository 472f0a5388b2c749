"""Lists drawn as aligned columns; the only place that uses rich.

A terminal gets a bold head and lines folded to its width. Anywhere else a row is one line without
colours, so that `grep`, `sort` and a printout work. Columns line up by what a character takes on
the screen: a Japanese name takes twice its letters, a Khmer vowel sign nothing.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from gateway.cli import output

_UNBOUNDED: Final = 10_000


def draw(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write the rows under their heads; an absent value shows as `-`."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    is_terminal = sys.stdout.isatty()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # Text, not str: rich would read `[red]` in a peer's text as an order.
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console(
        file=sys.stdout,
        width=None if is_terminal else _UNBOUNDED,
        force_terminal=is_terminal,
        no_color=not is_terminal,
        highlight=False,
        emoji=False,
    )
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def _cell(value: object) -> str:
    return output.inline(value) if value not in (None, "", ()) else "-"
