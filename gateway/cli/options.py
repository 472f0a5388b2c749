"""Options that many commands share, and what they left in the context."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

CONFIG_KEY: Final = "gateway.config"
JSON_KEY: Final = "gateway.json"

# Anything a command decorator may be put on.
type_of_command = Callable[..., Any]


def json_option(function: type_of_command) -> type_of_command:
    """Give a command `--json`, the same as `gateway --json` before it."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            ctx.meta[JSON_KEY] = True

    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=remember,
        help="Print one JSON document.",
    )(function)


def page_options(function: type_of_command) -> type_of_command:
    """Give a list `--limit` and `--after`."""
    limit = click.option(
        "--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Lines at most."
    )
    after = click.option(
        "--after", metavar="NEXT", help="Go on where `next` of the page before points."
    )
    return limit(after(function))


def config_path() -> Path:
    """Return the config file the caller chose, absolute, so that it can be printed and typed."""
    path: Path = click.get_current_context().meta[CONFIG_KEY]
    return path.absolute()


def as_json() -> bool:
    """Tell whether the caller asked for JSON."""
    return bool(click.get_current_context().meta.get(JSON_KEY, False))
