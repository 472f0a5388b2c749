"""Which country sends a type, by the memoranda that come with the program; for people and hints.

The node decides who may send what. This tells an officer before the first question is asked.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateway.errors import PolicyError

if TYPE_CHECKING:
    from gateway.catalogue.types import MessageType

# What people see, in one place for whoever translates it.
_COUNTRIES: Final = {"jp": "Japan", "kh": "Cambodia"}
_WORDS: Final = {
    "both": "both",
    "and": " and ",
    "theirs": "{title} ({type}) is for {senders} to send, never for {node}",
    "hint": "gateway types lists who sends what",
}


def senders(row: "MessageType") -> str:
    """Return the countries that send a type, `both` where every side does."""
    if all(_sends(country, row) for countries in _memoranda() for country in countries.values()):
        return _WORDS["both"]
    found = {
        _COUNTRIES.get(code, code.upper())
        for countries in _memoranda()
        for code, country in countries.items()
        if _sends(country, row)
    }
    return _WORDS["and"].join(sorted(found))


def check_sender(node: str, row: "MessageType", to: str | None = None) -> None:
    """Let pass a type that a node may send to a peer, or to any peer where none is named yet.

    A node that no memorandum here names passes too: the running node knows better.

    Raises:
        PolicyError: It is the other side's to send; nobody need fill it in.
    """
    ours = list(_sides_of(node, to))
    if ours and not any(_sends(country, row) for country in ours):
        words = {"title": row.title, "type": row.name, "senders": senders(row), "node": node}
        raise PolicyError(_WORDS["theirs"].format(**words), hint=_WORDS["hint"])


def _sides_of(node: str, to: str | None) -> Iterator[Mapping[str, Any]]:
    for countries in _memoranda():
        points = {each["contact_point"]: each for each in countries.values()}
        if node in points and (to is None or to in points):
            yield points[node]


def _sends(country: Mapping[str, Any], row: "MessageType") -> bool:
    return country["role"] in row.senders


@cache
def _memoranda() -> tuple[Mapping[str, Any], ...]:
    """Return the two countries of each memorandum, by their codes."""
    from gateway import resources

    files = resources.schema_files()
    paths = sorted(path for path in files if path.startswith("profiles/"))
    return tuple(json.loads(files[path])["countries"] for path in paths)
