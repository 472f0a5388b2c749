"""`gateway codes`: the lists of codes that a body may hold, with their words and days of use."""

import datetime as dt
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import options, output
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from gateway.catalogue.codes import Code, CodeList

# One form, as in the lists themselves; `20260401` and week dates are dates to Python too.
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What people see, in one place for whoever translates it.
_LISTS: Final = ("LIST", "CODES", "TITLE")
_COLUMNS: Final = (
    *("CODE", "FROM", "UNTIL", "ENGLISH", "JAPANESE", "KHMER"),
    *("STATUS (II)", "IN CHARGE", "REPLACED BY"),
)
_SPARE: Final = ("IN CHARGE", "STATUS (II)", "KHMER", "JAPANESE")
_IS_OPEN: Final = {True: "open", False: "closed", None: None}
_WORDS: Final = {
    "unknown": "there is no code list {name!r}",
    "near": "did you mean {near}? ",
    "hint": "gateway codes lists them",
    "day": "is not a date such as 2026-03-31",
    "none": "no code of {name} was in use on {day}",
    "more": "the codes of one with their days: gateway codes LIST",
}


@click.command(epilog="Example: gateway codes ssw-fields --on 2022-06-01")
@click.argument("list_name", metavar="[LIST]", required=False)
@click.option("--on", "day", metavar="DATE", help="Only codes that were in use on this day.")
@options.json_option
def command(list_name: str | None, day: str | None) -> None:
    """List the code lists, or the codes of LIST with their words and days of use."""
    if day is not None:
        _check(day)
    lists = _code_lists()
    if list_name is not None:
        _explain(_known(list_name, lists), day)
    elif options.as_json():
        items = [{"list": each.name, **_codes(each, day)} for each in lists.values()]
        output.document({"items": items, "next": None})
    else:
        from gateway.cli import tables

        rows = [
            (each.name, len(_codes(each, day)["codes"]), each.title["en"])
            for each in lists.values()
        ]
        tables.draw(_LISTS, rows)
        output.talk(_WORDS["more"])


def _code_lists() -> "Mapping[str, CodeList]":
    from gateway import resources
    from gateway.catalogue.codes import read_code_lists

    return read_code_lists(resources.schema_files())


def _check(day: str) -> None:
    try:
        if not _DAY.fullmatch(day):
            raise ValueError
        dt.date.fromisoformat(day)
    except ValueError:
        raise click.BadParameter(_WORDS["day"], param_hint="--on") from None


def _known(name: str, lists: "Mapping[str, CodeList]") -> "CodeList":
    if name in lists:
        return lists[name]
    near = get_close_matches(name, lists, n=1)
    meant = _WORDS["near"].format(near=near[0]) if near else ""
    raise NotFoundError(_WORDS["unknown"].format(name=name), hint=meant + _WORDS["hint"])


def _explain(known: "CodeList", day: str | None) -> None:
    shown = _codes(known, day)
    if options.as_json():
        output.document({"list": known.name, **shown})
        return
    if not shown["codes"]:
        output.talk(_WORDS["none"].format(name=known.name, day=day))
        return
    from gateway.cli import tables

    rows = [_row(name, known.codes[name]) for name in shown["codes"]]
    # A list that has none of a thing has no column for it.
    used = [number for number in range(len(_COLUMNS)) if any(row[number] for row in rows)]
    columns = [_COLUMNS[number] for number in used]
    cells = [[row[number] for number in used] for row in rows]
    tables.draw(columns, cells, spare=[each for each in _SPARE if each in columns])


def _row(name: str, code: "Code") -> tuple[str | None, ...]:
    words = (code.label.get(language) for language in ("en", "ja", "km"))
    status = _IS_OPEN[code.ssw2]
    return (name, code.valid_from, code.valid_to, *words, status, code.ministry, code.replaced_by)


def _codes(known: "CodeList", day: str | None) -> dict[str, Any]:
    """Return a list for a program: its title and its codes, those of one day if one is given."""
    names = known.codes if day is None else known.in_use(day)
    return {
        "title": dict(known.title),
        "codes": {name: _view(known.codes[name]) for name in names},
    }


def _view(code: "Code") -> dict[str, Any]:
    found = {
        "label": dict(code.label),
        "valid_from": code.valid_from,
        "valid_to": code.valid_to,
        "ministry": code.ministry,
        "ssw2": code.ssw2,
        "replaced_by": code.replaced_by,
    }
    return {name: value for name, value in found.items() if value is not None}
