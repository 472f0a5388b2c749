"""A register as a file for others: CSV for spreadsheets, JSON for programs, a page for a website.

Plain functions from entries to text. They show what they are given and nothing else: which parts
of an entry may be shown was decided before.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.codes import CodeList
from gateway.catalogue.entry_days import to_come
from gateway.catalogue.register_changes import LISTED
from gateway.catalogue.registers import Register
from gateway.desk.register_columns import (
    COLUMNS,
    ID,
    LANGUAGES,
    SEPARATOR,
    STATUS,
    Column,
    Path,
    at,
    leaves_of,
    unnamed,
)

# What a file must begin with for spreadsheets that would read it in the code page of the machine.
MARK: Final = "\ufeff"

# What a spreadsheet takes for the start of a formula, wide letters too. An apostrophe in front
# makes it a text; one that stood there already gets another, so that reading takes off just one.
_FORMULA: Final = re.compile(r"'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
# Characters that a browser or terminal would obey instead of showing.
_OBEYED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

# What people see, in one place for whoever translates it.
TITLES: Final[Mapping[Register, str]] = MappingProxyType(
    {
        Register.SENDING_ORGS: "Approved sending organisations",
        Register.SUPPORT_ORGS: "Registered supporting organisations",
        Register.MEASURES: "Administrative measures",
        Register.SUSPENSIONS: "Suspensions of acceptance",
        Register.CERTIFICATES: "Registration certificates",
        Register.CONTACTS: "Contact points",
        Register.INTERMEDIARIES: "Intermediaries under watch",
    }
)
# The same where none of the entries holds.
_OVER: Final[Mapping[Register, str]] = MappingProxyType(
    {
        Register.SENDING_ORGS: "Sending organisations with ended or suspended approval",
        Register.SUPPORT_ORGS: "Supporting organisations with ended or suspended registration",
    }
)
_WORDS: Final = {
    "as_of": "As of {day}",
    "version": "version {version}",
    "one": "1 entry",
    "many": "{number} entries",
    "nothing": "There are no entries.",
    "source": "Source: {source}",
    "made": "Page made {at}",
    "beside": "The same as a file: {links}",
    "from": "{status} from {day}",
    "yes": "yes",
    "no": "no",
}
_STYLE: Final = """
@page { size: A4 landscape; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84em; padding: 1.5em; color: #1a1a1a; background: #fff;
  font: 15px/1.45 "Noto Sans", "Segoe UI", Helvetica, Arial, "Noto Sans JP", "Yu Gothic", "Meiryo",
  "Hiragino Sans", "Noto Sans Khmer", "Leelawadee UI", "Khmer OS", "Khmer Sangam MN", sans-serif; }
:lang(ja) { font-family: "Noto Sans JP", "Yu Gothic", "Meiryo", "Hiragino Sans", sans-serif; }
:lang(km) { font-family: "Noto Sans Khmer", "Leelawadee UI", "Khmer OS", "Khmer Sangam MN",
  sans-serif; line-height: 1.9; }
h1 { font-size: 1.6em; line-height: 1.2; margin: 0 0 .3em; }
p { margin: .2em 0 1em; color: #444; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .45em .7em; border-bottom: 1px solid #d0d0d0; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
thead th { border-bottom: 2px solid #444; white-space: nowrap; }
tbody tr:nth-child(even) { background: #f6f6f6; }
td { min-width: 5em; max-width: 24em; }
td span { display: block; }
td div + div { margin-top: .4em; }
td.code { white-space: nowrap; font-variant-numeric: tabular-nums; }
footer { margin-top: 1.5em; font-size: .85em; color: #444; }
@media print { body { padding: 0; max-width: none; font-size: 8.5pt; } .wide { overflow: visible; }
  thead { display: table-header-group; } tr { break-inside: avoid; } }
"""
# By the name of a code list, its codes in words.
Labels = Mapping[str, Mapping[str, str]]
_NO_LABELS: Final[Labels] = MappingProxyType({})
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry of a file.

    Args:
        values: What may be shown of it.
    """

    entry: str
    status: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a file says of itself.

    Args:
        source: Who keeps the register, in words.
        day: The day it shows.
        made: When the file was made, in words.
        version: What its keeper calls this version of it.
    """

    register: Register
    source: str
    day: str
    made: str
    version: str | None = None


def csv_text(register: Register, lines: Sequence[Line], *, with_mark: bool = False) -> str:
    """Return a file that every spreadsheet reads, with texts that none takes for formulas.

    Columns in which no entry says anything are left out; the id always comes first.

    Args:
        with_mark: Begin with a byte order mark, by which Excel knows that it is UTF-8.
    """
    paths = _filled(register, lines)
    named = {leaf.path: leaf.english for leaf in leaves_of(register)}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["Entry", *(named.get(path, ".".join(path)) for path in paths)])
    for line in lines:
        values = _with_status(line)
        writer.writerow(map(guarded, [line.entry, *(cell(at(values, path)) for path in paths)]))
    return (MARK if with_mark else "") + file.getvalue()


def json_text(heading: Heading, lines: Sequence[Line]) -> str:
    """Return a file for programs: the entries by their ids."""
    document = {
        "register": heading.register,
        "source": heading.source,
        "as_of": heading.day,
        "version": heading.version,
        "made": heading.made,
        "count": len(lines),
        "entries": {line.entry: {**line.values, STATUS: line.status} for line in lines},
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def html_page(
    heading: Heading,
    lines: Sequence[Line],
    labels: Labels = _NO_LABELS,
    *,
    beside: Sequence[str] = (),
) -> str:
    """Return a page for a website: whole in itself, without a script, readable when printed.

    It loads nothing from outside itself, and its own policy forbids that; addresses stand as text.

    Args:
        beside: Names of the files beside it to which it leads: our own words.
        labels: By the name of a code list, its codes in words (`labels_of`); a code without any
            stands as it is.
    """
    return "".join(_page(heading, lines, labels, beside))


def labels_of(codes: Mapping[str, CodeList]) -> Labels:
    """Return the codes of all lists in English words."""
    return {
        name: {code: each.label["en"] for code, each in found.codes.items()}
        for name, found in codes.items()
    }


def guarded(text: str) -> str:
    """Return the text of a cell so that no spreadsheet computes it.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("Siem Reap")
    ("'=1+1", "''=1+1", 'Siem Reap')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return what was guarded as it was before.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def cell(value: Any) -> str:
    """Return a value as one text; a list is parted by semicolons."""
    match value:
        case None:
            return ""
        case bool():
            return _WORDS["yes" if value else "no"]
        case list() | tuple():
            return SEPARATOR.join(map(cell, value))
        case Mapping():
            return SEPARATOR.join(f"{name}: {cell(each)}" for name, each in value.items())
    return str(value)


def _with_status(line: Line) -> Mapping[str, Any]:
    return {**line.values, STATUS: line.status}


def _filled(register: Register, lines: Sequence[Line]) -> list[Path]:
    """Return the paths under which some entry says something, the known columns first."""
    values = [_with_status(line) for line in lines]
    known = [leaf.path for leaf in leaves_of(register)]
    filled = [path for path in known if any(at(each, path) is not None for each in values)]
    return [*filled, *(path for path in unnamed(values, register) if path != (ID,))]


def _title(heading: Heading, lines: Sequence[Line]) -> str:
    """Return what stands above the entries: no page calls approved what has ended."""
    holds = LISTED.get(heading.register)
    is_held = (
        line.status == holds or to_come(line.status, line.values, heading.day) for line in lines
    )
    if not lines or holds is None or any(is_held):
        return TITLES[heading.register]
    return _OVER[heading.register]


def _page(
    heading: Heading, lines: Sequence[Line], labels: Labels, beside: Sequence[str]
) -> Iterator[str]:
    title = _title(heading, lines)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta http-equiv="Content-Security-Policy" '
    yield "content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'\">\n"
    yield '<meta name="referrer" content="no-referrer">\n'
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
    yield f"<h1>{_text(title)}</h1>\n<p>{_text(_about(heading, len(lines)))}</p>\n"
    if lines:
        yield from _table(heading, lines, labels)
    else:
        yield f"<p>{_text(_WORDS['nothing'])}</p>\n"
    yield "</main>\n<footer>\n"
    for name, value in (("source", heading.source), ("made", heading.made)):
        text = _WORDS[name].format(source=value, at=value)
        yield f"<div>{_text(text)}</div>\n"
    if beside:
        links = ", ".join(
            f'<a href="{_text(name)}">{_text(name.rpartition(".")[2].upper())}</a>'
            for name in beside
        )
        yield f"<div>{_WORDS['beside'].format(links=links)}</div>\n"
    yield "</footer>\n</body>\n</html>\n"


def _about(heading: Heading, number: int) -> str:
    parts = [_WORDS["as_of"].format(day=heading.day)]
    if heading.version is not None:
        parts.append(_WORDS["version"].format(version=heading.version))
    parts.append(_WORDS["one"] if number == 1 else _WORDS["many"].format(number=f"{number:,}"))
    return ", ".join(parts)


def _table(heading: Heading, lines: Sequence[Line], labels: Labels) -> Iterator[str]:
    values = [_with_status(line) for line in lines]
    columns = [
        column
        for column in COLUMNS[heading.register]
        if not column.is_spare and any(at(each, column.path) is not None for each in values)
    ]
    heads = "".join(f'<th scope="col">{_text(column.english)}</th>' for column in columns)
    yield f'<div class="wide">\n<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for line, each in zip(lines, values, strict=True):
        day = to_come(line.status, line.values, heading.day)
        cells = "".join(_cell(_said(each, column, labels, day)) for column in columns)
        yield f'<tr id="{_text(line.entry)}">{cells}</tr>\n'
    yield "</tbody>\n</table>\n</div>\n"


def _said(values: Mapping[str, Any], column: Column, labels: Labels, day: str | None) -> Any:
    """Return what stands in a column, codes in words.

    Args:
        day: From when on the status will hold, None where it holds already.
    """
    words = _in_words(at(values, column.path), labels.get(column.codes, {}))
    if day is None or column.path != (STATUS,):
        return words
    return _WORDS["from"].format(status=words, day=day)


def _in_words(value: Any, words: Mapping[str, str]) -> Any:
    """Return codes in words; what is no code of the list stays."""
    if isinstance(value, list):
        return [_in_words(each, words) for each in value]
    return words.get(value, value) if isinstance(value, str) else value


def _cell(value: Any) -> str:
    text = cell(value)
    kind = ' class="code"' if _DAY.fullmatch(text) else ""
    return f"<td{kind}>{_shown(value)}</td>"


def _shown(value: Any) -> str:
    """Return a value for the page: languages stand one below the other, and so do several things.

    A web address stays text: what a peer sent leads nobody anywhere.
    """
    if not isinstance(value, Mapping):
        return _text(cell(value))
    if value.keys() <= LANGUAGES.keys():
        return "".join(
            f'<span lang="{code}">{_text(value[code])}</span>'
            for code in LANGUAGES
            if code in value
        )
    return "".join(f"<div>{_shown(each)}</div>" for each in value.values())


def _text(value: object) -> str:
    """Return a text that a browser shows as it is, and that turns no direction of writing."""
    shown = _OBEYED.sub(lambda match: f"\\u{ord(match.group()):04x}", str(value))
    return html.escape(shown, quote=True)
