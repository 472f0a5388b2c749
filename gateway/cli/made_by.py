"""Types that no hand writes: the command that does, and the words for whoever tries.

What a consent officer signs, or what is counted and worked out from what lies here, cannot be
filled in. A system may still send such a message over the local API.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from gateway.cli import options
from gateway.errors import PolicyError

if TYPE_CHECKING:
    from gateway.catalogue.types import MessageType

# What people see, in one place for whoever translates it.
_WORDS: Final = {"by_command": "{title} ({type}) is not written by hand: a command makes it"}
# What is to be filled in after the command, and after the message where it names one.
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "consent.request": ("--to", "ORG", "--purpose", "CODE", "--reason", "TEXT"),
    "consent.grant": ("--prepare", "FILE"),
    "consent.offer": ("--prepare", "FILE"),
    "consent.deny": ("--reason", "CODE"),
    "consent.revoke": ("--reason", "CODE"),
    "marking.change": ("--level", "LEVEL", "--reason", "CODE"),
}


def line(row: "MessageType", id: str = "ID") -> str:
    """Return the command that makes a message of a type, empty where a hand writes it.

    Args:
        id: The message that it is about.
    """
    if row.made_by is None:
        return ""
    return options.line(*row.made_by.split(), id, *_MORE.get(row.name, ()))


def check_by_hand(row: "MessageType", id: str = "ID") -> None:
    """Let pass a type that an officer fills in.

    Raises:
        PolicyError: A command makes it; the hint is that command. Nobody need fill it in.
    """
    if command := line(row, id):
        words = _WORDS["by_command"].format(title=row.title, type=row.name)
        raise PolicyError(words, hint=command)
