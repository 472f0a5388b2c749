"""`gateway config`: is the configuration right, and what does it come to?"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gateway.cli import options, output


@click.group(epilog="Example: gateway --config jp/config.toml config check")
def command() -> None:
    """Check or show the configuration of a node."""


@command.command(epilog="Example: gateway --config jp/config.toml config check")
@options.json_option
def check() -> None:
    """Read the configuration and name every fault by file and line (exit 3)."""
    from gateway import config

    path = options.config_path()
    config.load(path)
    if options.as_json():
        output.document({"config": str(path), "valid": True})
    else:
        output.data(f"{path} is valid")


@command.command(epilog="Example: gateway --config jp/config.toml config show --json")
@options.json_option
def show() -> None:
    """Show every setting in force, with defaults and whole paths. No secret is among them."""
    from gateway import config

    settings = _plain(dataclasses.asdict(config.load(options.config_path())))
    if options.as_json():
        output.document(settings)
        return
    for name, value in _flat(settings):
        output.data(f"{name} = {'(not set)' if value is None else value}")


def _plain(value: Any) -> Any:
    """Return a value JSON can hold; paths and enums become their text."""
    match value:
        case dict():
            return {str(name): _plain(member) for name, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case Path():
            return str(value)
    return value


def _flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        match value:
            case dict():
                yield from _flat(value, f"{prefix}{name}.")
            case list():
                yield f"{prefix}{name}", ", ".join(map(str, value))
            case _:
                yield f"{prefix}{name}", value
