"""Where each field of a written form stands: paths and their lines, for telling faults there.

The form was read before, or nearly; this only finds the lines again, which the reader of TOML does
not tell. There are blocks in brackets, names before `=`, dotted or not, and entries of lists.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.cli.form_schema import Path

_NAME: Final = r'(?:[A-Za-z0-9_-]+|"[^"\n]*")'
_PART: Final = re.compile(_NAME)
_BLOCK: Final = re.compile(r"\s*(\[\[?)([^\]]*)\]")
_SET: Final = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_QUOTES: Final = re.compile(r'"""|\'\'\'')


def places(text: str) -> dict[Path, int]:
    """Return the line of every block and every name; the first one where there are several."""
    found: dict[Path, int] = {}
    for path, line in _places(text):
        found.setdefault(path, line)
    return found


def line_of(path: Path, known: Mapping[Path, int]) -> int:
    """Return the line of a field, of the first part of it, or of what it is a part of."""
    if path in known:
        return known[path]
    inside = [line for each, line in known.items() if path and each[: len(path)] == path]
    if inside:
        return min(inside)
    return line_of(path[:-1], known) if path else 1


def _places(text: str) -> Iterator[tuple[Path, int]]:
    above: Path = ()
    entries: dict[Path, int] = {}
    inside = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if inside:
            inside = "" if inside in line else inside
        elif line.lstrip().startswith("#"):
            continue
        elif block := _BLOCK.match(line):
            above = _numbered(_parts(block[2]), entries, is_entry=block[1] == "[[")
            yield above, number
        elif name := _SET.match(line):
            path = (*above, *_parts(name[1]))
            for length in range(len(above) + 1, len(path) + 1):
                yield path[:length], number
            quotes = _QUOTES.search(line, name.end())
            if quotes and quotes[0] not in line[quotes.end() :]:
                inside = quotes[0]


def _numbered(path: Path, entries: dict[Path, int], *, is_entry: bool) -> Path:
    """Return the path of a block with the numbers of the list entries it stands in."""
    found: Path = ()
    for position, part in enumerate(path, start=1):
        found = (*found, part)
        if is_entry and position == len(path):
            entries[found] = entries.get(found, -1) + 1
        if found in entries:
            found = (*found, str(entries[found]))
    return found


def _parts(text: str) -> Path:
    return tuple(part.strip('"') for part in _PART.findall(text))
