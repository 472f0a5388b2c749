"""Data files that come with the program: schemas, profiles, parties, codes, the example config.

An installed package carries them inside; a checkout has them beside the package.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from gateway.errors import NotFoundError

_PACKAGE: Final = files("gateway")


def schema_files() -> dict[str, bytes]:
    """Return every file below `schemas/` by its relative path, such as `types/ping.schema.json`.

    The bytes are exactly those on disk: digests of schemas are made from them.
    """
    folder = _beside_or_inside("schemas")
    return dict(_walk(folder, ""))


def schema_file(path: str) -> bytes:
    """Return the bytes of one file below `schemas/`.

    Raises:
        NotFoundError: This version of the program has no such file.
    """
    found = _beside_or_inside("schemas").joinpath(*path.split("/"))
    if not found.is_file():
        raise NotFoundError(f"this program has no schemas/{path}")
    return found.read_bytes()


def example_config() -> str:
    """Return the commented configuration with all defaults; `init` makes a node's own from it."""
    text = _beside_or_inside("config.toml").read_text(encoding="utf-8")
    # The first line leads editors to the schema in the checkout; beside a node there is none.
    return text.partition("\n")[2] if text.startswith("#:schema") else text


def program_version() -> str:
    """Return the version of this program, `0` for a checkout that is not installed."""
    # Here, because it costs more than everything else that a short command imports.
    from importlib import metadata

    try:
        return metadata.version("moc-gateway")
    except metadata.PackageNotFoundError:
        return "0"


def _beside_or_inside(name: str) -> Traversable:
    inside = _PACKAGE.joinpath(name)
    if inside.is_dir() or inside.is_file():
        return inside
    return Path(__file__).parent.parent / name


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".json", ".txt", ".csv")):
            yield f"{prefix}{entry.name}", entry.read_bytes()
