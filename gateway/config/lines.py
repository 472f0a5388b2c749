"""On which line of a TOML text a setting stands; `tomllib` does not tell.

Enough of TOML for that: table headers, bare and quoted keys, values over several lines. Whether
the text is TOML at all, `tomllib` has decided before.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.errors import NotFoundError

# Each pattern can match in one way only, so no text makes the search slow.
_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_HEADER: Final = re.compile(r"^\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_ENTRY: Final = re.compile(rf"^\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=\s*(.*)$")
_PART: Final = re.compile(_KEY)
_COMMENTED: Final = re.compile(r"^# ([a-z_]+) = ")

# Strings and comments, so that a bracket inside one does not count as a bracket.
_OPAQUE: Final = re.compile(r"""\"(?:\\.|[^"\\])*+(?:"|\\?$)|'[^']*+(?:'|$)|#.*$""")


def line_of(text: str, path: Sequence[str]) -> int:
    """Return the line, from 1, where the setting or table `path` begins, else its table's line.

    >>> line_of('[node]\\nname = "jp/isa"\\n', ("node", "name"))
    2
    >>> line_of('[node]\\nname = "jp/isa"\\n', ("node", "environment"))
    1
    """
    best, depth = 1, 0
    for number, found in _entries(text):
        common = _common(found, path)
        if common > depth:
            best, depth = number, common
    return best


def with_values(text: str, values: Mapping[str, str | float | Sequence[str] | None]) -> str:
    """Return the text with other values for the dotted keys given; comments and order stay.

    A setting that stands there commented out is switched on, and None comments one out.

    >>> with_values("[log]\\n# level = 'info'\\n", {"log.level": "debug"})
    '[log]\\nlevel = "debug"\\n'

    Raises:
        NotFoundError: The text has no line for one of the keys.
    """
    lines = text.splitlines()
    for dotted, value in values.items():
        table, _, key = dotted.rpartition(".")
        number = _line_of_setting(lines, table, key)
        if number is None:
            raise NotFoundError(f"the configuration has no line for {dotted}")
        if value is None:
            lines[number] = f"# {lines[number].removeprefix('# ')}"
        else:
            # JSON strings, numbers and arrays of strings are TOML as well.
            plain = value if isinstance(value, str | int | float) else list(value)
            lines[number] = f"{key} = {json.dumps(plain, ensure_ascii=False)}"
    return "\n".join(lines) + "\n"


def _line_of_setting(lines: Sequence[str], table: str, key: str) -> int | None:
    current = ""
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            current = header[1].strip()
        found = _COMMENTED.match(line) or _ENTRY.match(line)
        if found and current == table and found[1] == key:
            return number
    return None


def _entries(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    open_brackets, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if open_brackets:
            open_brackets += _depth(line)
            continue
        if header := _HEADER.match(line):
            table = _parts(header[1])
            yield number, table
        elif entry := _ENTRY.match(line):
            yield number, table + _parts(entry[1])
            value = entry[2]
            quote = next((q for q in ('"""', "'''") if value.startswith(q)), "")
            if quote and quote in value[3:]:
                quote = ""
            open_brackets = 0 if quote else _depth(value)


def _depth(line: str) -> int:
    bare = _OPAQUE.sub("", line)
    return sum(bare.count(each) for each in "[{") - sum(bare.count(each) for each in "]}")


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(key))


def _common(found: Sequence[str], path: Sequence[str]) -> int:
    """Count the parts of `path` that a line settles: all of its own, or all that are asked for."""
    shared = min(len(found), len(path))
    return shared if tuple(found[:shared]) == tuple(path[:shared]) else 0
