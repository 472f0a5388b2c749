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
# So many lines of a row the eye still takes for one.
_LINES: Final = 2


def draw(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    below: Sequence[int] = (),
    spare: Sequence[str] = (),
) -> list[int]:
    """Write the rows under their heads and return the widths of the columns, 0 if one is left out.

    Args:
        below: The widths that an earlier table returned: the rows go on under that one, without
            heads. An absent value shows as `-`.
        spare: The columns that a narrow terminal can do without, the least important first.
    """
    from rich.table import Table
    from rich.text import Text

    cells = [[_cell(value) for value in row] for row in rows]
    texts = [[row[number] for row in cells] for number in range(len(columns))]
    is_terminal = sys.stdout.isatty()
    if below:
        widths = _below(below, texts, is_terminal=is_terminal)
    else:
        widths = [
            max(map(_cells, [head, *each])) for head, each in zip(columns, texts, strict=True)
        ]
        if is_terminal:
            widths = _fitted(columns, texts, widths, spare)
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, _GAP, 0, 0),
        header_style="bold",
        show_header=not below,
    )
    shown = [number for number, width in enumerate(widths) if width]
    for number in shown:
        table.add_column(columns[number], overflow="fold", width=widths[number])
    for row in cells:
        # Text, not str: rich would read `[red]` in a peer's text as an order.
        table.add_row(*(Text(row[number]) for number in shown))
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


def _below(below: Sequence[int], texts: Sequence[Sequence[str]], *, is_terminal: bool) -> list[int]:
    """Return the widths that rows under an earlier table have: its own, or what a word needs."""
    needed = (
        _least(each, None) if is_terminal else max(map(_cells, each), default=0) for each in texts
    )
    return [max(old, new) if old else 0 for old, new in zip(below, needed, strict=True)]


def _fitted(
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    natural: Sequence[int],
    spare: Sequence[str],
) -> list[int]:
    """Return widths at which a row takes few lines and no head and no word of a cell is broken."""
    room = shutil.get_terminal_size().columns + _GAP
    if sum(natural) + _GAP * len(natural) <= room:
        return list(natural)
    heads = list(map(_cells, columns))
    least = [max(head, _least(each, _LINES)) for head, each in zip(heads, texts, strict=True)]
    # What is the same in every row tells least.
    order = sorted(map(list(columns).index, spare), key=lambda number: len(set(texts[number])) > 1)
    for number in (None, *order):
        if number is not None:
            least[number] = 0
        if _taken(least) <= room:
            return _grown(least, natural, room)
    words = [
        max(head, _least(each, None)) if width else 0
        for head, each, width in zip(heads, texts, least, strict=True)
    ]
    return _grown(words if _taken(words) <= room else _squeezed(texts, words), natural, room)


def _squeezed(texts: Sequence[Sequence[str]], words: Sequence[int]) -> list[int]:
    """Return the least widths where not even the words fit.

    Ids and references are one word, to be read and copied: the first of them stay whole.
    """
    least = [min(width, _NARROWEST) for width in words]
    room = shutil.get_terminal_size().columns + _GAP - _taken(least)
    for number, width in enumerate(words):
        is_word = not any(" " in text for text in texts[number])
        if is_word and width - least[number] <= room:
            room -= width - least[number]
            least[number] = width
    return least


def _grown(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """Give what room is left to the columns, the first ones before the others."""
    left, widths = room - _taken(least), []
    for width, whole in zip(least, natural, strict=True):
        more = max(0, min(whole - width, left)) if width else 0
        left -= more
        widths.append(width + more)
    return widths


def _taken(widths: Sequence[int]) -> int:
    return sum(width + _GAP for width in widths if width)


def _least(texts: Iterable[str], lines: int | None) -> int:
    """Return the least width at which no word is broken and no text takes more lines."""
    least = 0
    for text in set(texts):
        words = list(map(_cells, text.split(" ")))
        least = max(least, *words)
        while lines is not None and _folds(words, least) > lines:
            least += 1
    return least


def _folds(words: Sequence[int], width: int) -> int:
    """Return how many lines the words take."""
    lines, left = 1, width
    for word in words:
        if word > left:
            lines, left = lines + 1, width
        left -= word + 1
    return lines


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _cell(value: object) -> str:
    return output.inline(value) if value not in (None, "", ()) else "-"
