"""Reading a table as spreadsheets write it: which letters, which separator, which line is the head.

The file may be UTF-8 with or without byte order mark, UTF-16 with one, or CP932 (the code page of
Japanese Windows); the cells may be parted by commas, semicolons or tabs and hold line breaks. Every
fault names the line in the file, as an editor counts it, and the column by its heading.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.catalogue.text import composed
from gateway.desk.register_columns import Path, folded
from gateway.desk.register_files import unguarded
from gateway.errors import InvalidError, Problem

# A register of 20,000 organisations has about ten; far more is no list that somebody keeps.
LARGEST: Final = 64 * 2**20

# Titles and notes above the head of a printed list.
_ABOVE: Final = 20
# Longer than any cell of a list; an unclosed quote would make one of the rest of the file.
_LONGEST_CELL: Final = 20_000
_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Columns that only number the rows.
_NUMBERING: Final = frozenset(
    map(folded, ("No", "No.", "#", "番号", "連番", "通番", "項番", "順番"))
)


Find = Callable[[str], Path | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell with something in it, and where it stands."""

    text: str
    line: int
    heading: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its first line in the file, and its cells by the path they are for."""

    line: int
    cells: Mapping[Path, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that was read: in which letters it was written, its headings by path, its rows."""

    name: str
    encoding: str
    headings: Mapping[Path, str]
    rows: tuple[TableRow, ...]

    def place(self, line: int, heading: str | None = None) -> str:
        """Return where something stands, as errors name it."""
        place = f"{self.name}:{line}"
        return place if heading is None else f"{place}, column {heading!r}"


@dataclass(slots=True)
class _Head:
    line: int
    columns: list[tuple[str, Path | None]] = field(default_factory=list)


def read_table(
    raw: bytes,
    *,
    name: str,
    find: Find,
    encoding: str | None = None,
    skipped: Sequence[str] = (),
) -> Table:
    """Return the rows of a file under the headings that are known.

    Args:
        name: The file, for errors.
        find: The path that a heading stands for; None if it means nothing.
        encoding: In which letters it is written, if that is known.
        skipped: Headings of columns that are left out on purpose.

    Raises:
        InvalidError: The file cannot be read as a table, or a heading means nothing; `problems`
            names each place.
    """
    text, written_in = decoded(raw, name=name, encoding=encoding)
    records = _records(text, name)
    head = _head(records, name, find, frozenset(map(folded, skipped)))
    problems: list[Problem] = []
    rows = tuple(_rows(records, head, name, problems))
    if problems:
        hint = "put a cell with a separator in it in quotes, and write letters that others have too"
        raise InvalidError("the file is no table", problems=tuple(problems), hint=hint)
    if not rows:
        problem = Problem(f"{name}:{head.line}", "no rows follow the headings")
        raise InvalidError("the file has no entries", problems=(problem,))
    named = {path: heading for heading, path in head.columns if path is not None}
    return Table(name=name, encoding=written_in, headings=named, rows=rows)


def decoded(raw: bytes, *, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and in which letters it was written.

    Raises:
        InvalidError: It is too large, or in none of the known letters; the problem names the line.
    """
    if len(raw) > LARGEST:
        raise InvalidError(f"{name} is larger than {LARGEST // 2**20} MiB", hint="send it in parts")
    marked = next((each for mark, each in _MARKS if raw.startswith(mark)), None)
    chosen = encoding or marked
    first = chosen or "utf-8"
    try:
        return raw.decode("utf-8-sig" if first == "utf-8" else first), first
    except UnicodeDecodeError as error:
        # What holds letters of several bytes before the fault is UTF-8 with a broken place.
        if chosen or not raw[: error.start].isascii():
            raise _unreadable(raw, error, name, first) from None
    try:
        return raw.decode("cp932"), "cp932"
    except UnicodeDecodeError as error:
        raise _unreadable(raw, error, name, "cp932") from None


def _unreadable(raw: bytes, error: UnicodeDecodeError, name: str, encoding: str) -> InvalidError:
    line = raw[: error.start].count(b"\n") + 1
    problem = Problem(f"{name}:{line}", f"holds bytes that are no {encoding.upper()}")
    hint = "save the file as CSV UTF-8, or name its letters with --encoding"
    return InvalidError("the letters of the file cannot be read", problems=(problem,), hint=hint)


def _records(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return every record with the line it begins on.

    Raises:
        InvalidError: A quote is not closed, or stands in the middle of a cell.
    """
    start, separator = _separator(text)
    body = text if start == 0 else text.partition("\n")[2]
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    records, line = [], start + 1
    try:
        for record in reader:
            records.append((line, record))
            line = start + reader.line_num + 1
            _check_lengths(record, records[-1][0], name)
    except csv.Error:
        problem = Problem(
            f"{name}:{line}",
            'begins a row with a quote that is not closed, or not doubled inside: write ""',
        )
        raise InvalidError("the file is no table", problems=(problem,)) from None
    return records


def _check_lengths(record: Sequence[str], line: int, name: str) -> None:
    if any(len(cell) > _LONGEST_CELL for cell in record):
        problem = Problem(
            f"{name}:{line}",
            f"has a cell of more than {_LONGEST_CELL} characters: is a quote not closed?",
        )
        raise InvalidError("the file is no table", problems=(problem,))


def _separator(text: str) -> tuple[int, str]:
    """Return how many lines to pass over, and what parts the cells.

    Excel may say it itself in a line `sep=;`. Otherwise it is what stands most often, outside of
    quotes, in the first lines.
    """
    first = text[: text.find("\n")].strip() if "\n" in text else text.strip()
    if first.lower().startswith("sep=") and len(first) == len("sep=") + 1:
        return 1, first[-1]
    outside = "".join(text[:_LONGEST_CELL].split('"')[::2])
    lines = outside.splitlines()[:_ABOVE]
    counted = {each: sum(line.count(each) for line in lines) for each in _SEPARATORS}
    return 0, max(_SEPARATORS, key=lambda each: counted[each])


def _head(
    records: Sequence[tuple[int, list[str]]],
    name: str,
    find: Find,
    skipped: frozenset[str],
) -> _Head:
    """Return the row of headings: of the first ones that in which most is known.

    Raises:
        InvalidError: No row is one, or a heading means nothing or stands twice.
    """
    known = [
        (sum(find(cell) is not None for cell in record), -number, line, record)
        for number, (line, record) in enumerate(records[:_ABOVE])
    ]
    best = max(known, default=None)
    if best is None or best[0] == 0:
        words = "no line has a heading that is known: see gateway register columns NAME"
        raise InvalidError("the file has no headings", problems=(Problem(f"{name}:1", words),))
    _, _, line, record = best
    head, problems = _Head(line), []
    for position, cell in enumerate(record):
        word = folded(cell)
        path = find(cell)
        column = " ".join(cell.split()) or f"number {position + 1}"
        place = f"{name}:{line}, column {column!r}"
        if word in skipped:
            path = None
        elif path is not None and any(path == each for _, each in head.columns):
            problems.append(Problem(place, "means the same as a column before it: keep one"))
        elif path is None and word and word not in _NUMBERING:
            problems.append(Problem(place, "is no heading of this register"))
        head.columns.append((column, path))
    if problems:
        hint = "rename the column, or leave it out with --skip-column"
        raise InvalidError(f"{name} has unknown columns", problems=tuple(problems), hint=hint)
    return head


def _rows(
    records: Sequence[tuple[int, list[str]]], head: _Head, name: str, problems: list[Problem]
) -> Iterator[TableRow]:
    """Yield the rows below the headings; what is wrong with one is noted among `problems`."""
    for line, record in records:
        if line <= head.line or not any(cell.strip() for cell in record):
            continue
        if any(cell.strip() for cell in record[len(head.columns) :]):
            problems.append(Problem(f"{name}:{line}", "has more cells than there are headings"))
        cells = {}
        for (heading, path), raw in zip(head.columns, record, strict=False):
            text = cleaned(raw)
            if text and path is not None:
                cells[path] = Cell(text=text, line=line, heading=heading)
                if words := _odd_letter(text):
                    problems.append(Problem(f"{name}:{line}, column {heading!r}", words))
        yield TableRow(line, cells)


def _odd_letter(text: str) -> str:
    """Say which letter does not mean the same on every machine, or nothing.

    That is a control character, or one of those that an office defines for its own machines (gaiji)
    and nobody else can read.
    """
    if text.isprintable():
        return ""
    for letter in text:
        kind = unicodedata.category(letter)
        if kind in {"Co", "Cn", "Cs"} or (kind == "Cc" and letter not in "\n\t"):
            return f"holds U+{ord(letter):04X}, which no other machine can read: write it otherwise"
    return ""


def cleaned(text: str) -> str:
    """Return the text of a cell as it is kept: without spaces around it, in NFC, unguarded.

    >>> cleaned("  '+855 23 000 000 ")
    '+855 23 000 000'
    """
    plain = composed(text.replace("\r\n", "\n").strip(" \t\n\r\u3000\ufeff"))
    return unguarded(plain)
