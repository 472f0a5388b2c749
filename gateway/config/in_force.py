"""Every setting in force: its value, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.config.described import Place, settings
from gateway.config.loading import Loaded
from gateway.config.model import Config


class Origin(StrEnum):
    """Who said it."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a node.

    Args:
        value: As the file would say it, with whole paths; None where there is none.
        place: `file:line`, the variable, or empty for a default.
    """

    table: str
    key: str
    value: Any
    origin: Origin
    place: str


def in_force(loaded: Loaded) -> Iterator[Setting]:
    """Yield every setting in the order of the schema. No secret is among them."""
    for at in settings():
        origin, place = _origin(loaded, at)
        yield Setting(
            table=at[0],
            key=at[1],
            value=_plain(_value(loaded.config, at)),
            origin=origin,
            place=place,
        )


def _origin(loaded: Loaded, at: Place) -> tuple[Origin, str]:
    if at in loaded.variables:
        return Origin.ENVIRONMENT, loaded.variables[at]
    if at in loaded.lines:
        return Origin.FILE, loaded.lines[at]
    return Origin.DEFAULT, ""


def _value(config: Config, at: Place) -> Any:
    table, key = at
    match table, key:
        case (("peer_port" | "admin"), "listen"):
            return str(getattr(config, table))
        case "passphrase", _:
            return _passphrase(config, key)
    return getattr(getattr(config, table), key)


def _passphrase(config: Config, key: str) -> Any:
    """Return where the passphrase comes from, under the one key that says so."""
    source = config.passphrase
    if source.kind != key:
        return None
    if key == "prompt":
        return True
    return int(source.value) if key == "descriptor" else source.value


def _plain(value: Any) -> Any:
    """Return a value that TOML and JSON can hold."""
    match value:
        case Path():
            return str(value)
        case tuple():
            return list(value)
        case StrEnum():
            return str(value)
    return value
