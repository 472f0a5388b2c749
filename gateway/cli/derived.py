"""`--derived`: what a message takes over from another one, in one word of the command line."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import output

MODES: Final = ("quote", "paraphrase", "aggregate", "reference")
PURPOSES: Final = (
    *("ssw-operation", "intermediary-elimination", "residence-management", "exam-integrity"),
    *("return-assistance", "publication", "statistics"),
)
_FORM: Final = re.compile(
    rf"(?P<source>[^#=:\s]+)(?:#(?P<source_pointer>/[^=]*?))?(?:=(?P<target_pointer>/.*?))?"
    rf"(?::(?P<mode>{'|'.join(MODES)}))?"
)
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "form": "{value!r} is not SOURCE[#/PART][=/PLACE][:MODE]; MODE is one of {modes}",
    "quote": "quoted from",
    "paraphrase": "in other words from",
    "aggregate": "counted together from",
    "reference": "names",
    "whole": "the message as a whole",
    "taken": "{place}: {how} {id} of {name}{part}",
    "part": ", {pointer}",
}


def read(value: str) -> dict[str, str]:
    """Return what one word says.

    >>> read("0195c2a4-7b1e#/findings/f1=/summary:paraphrase")["target_pointer"]
    '/summary'

    Raises:
        BadParameter: It has another form.
    """
    found = _FORM.fullmatch(value)
    if found is None:
        raise click.BadParameter(_WORDS["form"].format(value=value, modes=", ".join(MODES)))
    return {name: each for name, each in found.groupdict().items() if each}


def _read_all(
    _ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> list[dict[str, str]] | None:
    return [read(each) for each in values] or None


def derived_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says that content of others is passed on, and for what."""
    derived = click.option(
        "--derived",
        "derived_from",
        metavar="SOURCE[#/PART][=/PLACE][:MODE]",
        multiple=True,
        callback=_read_all,
        help="A message it takes something over from, which part, where it stands, and how "
        "(quote, paraphrase, aggregate, reference).",
    )
    purpose = click.option(
        "--purpose", type=click.Choice(PURPOSES), help="For what content of others is passed on."
    )
    met = click.option(
        "--conditions-met",
        is_flag=True,
        default=None,
        help="You vouch for what a consent asks for in words.",
    )
    return derived(purpose(met(function)))


def lines(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a message takes over, one line for each source."""
    for each in view.get("taken_over") or view.get("derived_from") or ():
        target, source = each.get("target_pointer"), each.get("source_pointer")
        part = _WORDS["part"].format(pointer=source) if source else ""
        yield output.inline(
            _WORDS["taken"].format(
                place=target or _WORDS["whole"],
                how=_WORDS.get(str(each.get("mode")), each.get("mode")),
                id=each.get("reference") or each.get("id"),
                name=each.get("name") or each.get("originator"),
                part=part,
            )
        )
