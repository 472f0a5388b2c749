"""Lists drawn as aligned columns; the only place that draws with rich.

A terminal gets a bold head and lines folded to its width. Anywhere else a row is one line without
colours, so that `grep`, `sort` and a printout work. Columns line up by what a character takes on
the screen: a Japanese name takes twice its letters, a Khmer vowel sign nothing.
"""

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from gateway.cli import output

if TYPE_CHECKING:
    from rich.table import Table

_UNBOUNDED: Final = 10_000
_GAP: Final = 2
# A column that is folded has at least this many cells: a clock time, the word of a month.
_NARROWEST: Final = 6


def draw(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, below: Sequence[int] = ()
) -> list[int]:
    """Write the rows under their heads and return the widths of the columns.

    Args:
        below: The widths that an earlier table returned: the rows go on under that one, without
            heads. An absent value shows as `-`.
    """
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    cells = [[_cell(value) for value in row] for row in rows]
    heads = [] if below else [list(columns)]
    least = below or [0] * len(columns)
    widths = [
        max(width, *(cell_len(row[number]) for row in [*heads, *cells]), 0)
        for number, width in enumerate(least)
    ]
    is_terminal = sys.stdout.isatty()
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, _GAP, 0, 0),
        header_style="bold",
        show_header=not below,
    )
    whole = _whole(cells, widths) if is_terminal else frozenset(range(len(columns)))
    for number, (column, width) in enumerate(zip(columns, widths, strict=True)):
        is_whole = number in whole
        table.add_column(
            column, overflow="fold", no_wrap=is_whole, min_width=width if is_whole else None
        )
    for row in cells:
        # Text, not str: rich would read `[red]` in a peer's text as an order.
        table.add_row(*map(Text, row))
    _print(table, is_terminal=is_terminal)
    return widths


def _print(table: "Table", *, is_terminal: bool) -> None:
    from rich.console import Console

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
    sys.stdout.flush()


def _whole(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> frozenset[int]:
    """Return the columns that stay on one line where the terminal is too narrow for all of them.

    Ids and references are one word, to be read and copied; sentences and times may be folded. The
    first columns go before the others.
    """
    least = [min(width, _NARROWEST) for width in widths]
    room = shutil.get_terminal_size().columns - _GAP * len(widths) - sum(least)
    kept = set()
    for number, width in enumerate(widths):
        is_word = not any(" " in row[number] for row in cells)
        if is_word and width - least[number] <= room:
            room -= width - least[number]
            kept.add(number)
    return frozenset(kept)


def _cell(value: object) -> str:
    return output.inline(value) if value not in (None, "", ()) else "-"
