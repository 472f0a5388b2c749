"""Options that many commands share, and what they left in the context."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import output
from gateway.errors import NotFoundError

CONFIG_KEY: Final = "gateway.config"
CONFIG_GIVEN_KEY: Final = "gateway.config.given"
JSON_KEY: Final = "gateway.json"

# No id (36 characters) and no reference (17) is longer, so the node need not be asked.
_SELECTOR_LENGTH: Final = 36

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


def check_selector(
    _ctx: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """Let pass what an id, its beginning or a reference could be; the node judges the rest.

    Raises:
        NotFoundError: It can be none, so the node is not asked.
    """
    hint = f"{line('inbox')}; {line('outbox')}"
    if value == "":
        words = "an id needs 8 characters, a reference looks like JP-2026-000123"
        raise NotFoundError(words, hint=hint)
    if value is not None and len(value) > _SELECTOR_LENGTH:
        raise NotFoundError(f"no id has {len(value)} characters", hint=hint)
    return value


def page_size() -> tuple[str, ...]:
    """Return `--limit` as the caller gave it, for the line that asks for the next page."""
    ctx = click.get_current_context()
    return ("--limit", str(ctx.params["limit"])) if is_given("limit") else ()


def is_later_page() -> bool:
    """Tell whether the caller goes on where another page ended."""
    return click.get_current_context().params.get("after") is not None


def is_given(name: str) -> bool:
    """Tell whether the caller wrote this option, be it with its default."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def line(*words: str) -> str:
    """Return the line to type for a command on the same node as this one."""
    meta = click.get_current_context().meta
    if meta.get(CONFIG_GIVEN_KEY):
        return output.line_for(config_path(), *words)
    # The node is the one of this folder or of GATEWAY_CONFIG, and so it will be next time.
    return shlex.join(["gateway", *words])


def config_path() -> Path:
    """Return the config file the caller chose, absolute, so that it can be printed and typed."""
    path: Path = click.get_current_context().meta[CONFIG_KEY]
    return path.absolute()


def as_json() -> bool:
    """Tell whether the caller asked for JSON."""
    return bool(click.get_current_context().meta.get(JSON_KEY, False))
