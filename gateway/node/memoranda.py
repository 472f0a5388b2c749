"""What an operator decides about the memoranda of a node: which they are, and newer calendars.

A profile whose facts nobody has confirmed serves for trying things out; a node in production does
not start under it.
"""

from pathlib import Path
from typing import Final

from gateway.catalogue import Catalogue, Status
from gateway.config import Config, Environment
from gateway.errors import InvalidError, Problem

_WHERE: Final = "[node] profiles"
# A calendar of one country has a hundred lines for a year.
_MOST: Final = 1 << 20


def check_profiles(config: Config, catalogue: Catalogue) -> None:
    """Let a node start only under memoranda that are known and, in production, in force.

    Raises:
        InvalidError: One is unknown here, or not in force for a node in production.
    """
    problems = []
    for name in config.node.profiles:
        profile = catalogue.profiles.get(name)
        if profile is None:
            known = ", ".join(sorted(catalogue.profiles))
            problems.append(Problem(_WHERE, f"{name} is unknown here; known are {known}"))
        elif config.node.environment is not Environment.PRODUCTION:
            continue
        elif profile.status is not Status.IN_FORCE:
            problems.append(Problem(_WHERE, f"{name} is not confirmed, so not for production"))
    if problems:
        raise InvalidError(
            "the memoranda of this node cannot be used",
            problems=tuple(problems),
            hint="name memoranda that are in force in [node] profiles; gateway types lists them",
        )


def own_calendars(folder: Path | None) -> dict[str, bytes]:
    """Return the calendars that lie in a folder, by their paths below `schemas/`.

    Raises:
        InvalidError: There is no such folder, no calendar in it, or one cannot be read.
    """
    if folder is None:
        return {}
    try:
        found = {f"calendars/{path.name}": _read(path) for path in sorted(folder.glob("*.json"))}
    except OSError as error:
        raise _invalid(folder, f"cannot be read ({error.strerror})") from None
    if not found:
        raise _invalid(folder, "has no calendar such as kh.json")
    return found


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(_MOST + 1)
    if len(raw) > _MOST:
        raise _invalid(path, "is too large for a calendar")
    return raw


def _invalid(path: Path, text: str) -> InvalidError:
    return InvalidError(
        "the calendars of this node cannot be used",
        problems=(Problem("[paths] calendars", f"{path} {text}"),),
        hint="see docs/how-to/replace-a-calendar.md",
    )
