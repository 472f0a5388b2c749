"""What each memorandum makes of a type: who sends it, under which clauses; for people and hints.

Read from the memoranda that come with the program. The node decides who may send what; this tells
an officer before the first question is asked.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateway.errors import ConflictError, NotFoundError, PolicyError

if TYPE_CHECKING:
    from gateway.catalogue.profiles import Profile
    from gateway.catalogue.types import MessageType
    from gateway.config import NodeConfig

# What people see, in one place for whoever translates it.
_IN_FORCE: Final = "in-force"
_COUNTRIES: Final = {"jp": "Japan", "kh": "Cambodia", "np": "Nepal"}
_WORDS: Final = {
    "both": "both",
    "nobody": "nobody",
    "and": " and ",
    "theirs": "{title} ({type}) is for {senders} to send, never for {node}",
    "hint": "gateway types lists who sends what",
    "not-in-use": "{title} ({type}) is not in use with {to}",
    "hint-peer": "gateway types --peer {to} lists what is",
    "no-peer": "no memorandum here has the contact point {peer!r}",
    "no-memorandum": "no memorandum here is called {name!r}",
    "known": "known are {names}",
    "several": "{peer} is a contact point under several memoranda",
    "one": "name one with --profile: {names}",
}


def senders(row: "MessageType") -> str:
    """Return the countries that send a type, `both` where every side does that has the type.

    Args:
        row: As the catalogue or one memorandum has it.
    """
    return _senders_in(_memoranda(), row)


def _senders_in(memoranda: Iterable[Mapping[str, Any]], row: "MessageType") -> str:
    using = [each for each in memoranda if row.name in each["types"]]
    sides = [(code, _sends(each, code, row)) for each in using for code in each["countries"]]
    if sides and all(sends for _, sends in sides):
        return _WORDS["both"]
    return _listed({code for code, sends in sides if sends})


def senders_under(profile: "Profile", row: "MessageType") -> str:
    """Return the countries that send a type under one memorandum, `both` where each does."""
    found = {point.country for point in profile.contact_points if point.role in row.senders}
    return _WORDS["both"] if len(found) == len(profile.contact_points) else _listed(found)


def check_sender(node: str, row: "MessageType", to: str | None = None) -> None:
    """Let pass a type that a node may send to a peer, or to any peer where none is named yet.

    A node that no memorandum here names passes too: the running node knows better.

    Raises:
        PolicyError: The two do not use the type, or it is the other side's to send; nobody need
            fill it in.
    """
    ours = list(_sides_of(node, to))
    if not ours or any(_sends(each, code, row) for each, code in ours):
        return
    words = {"title": row.title, "type": row.name, "to": to, "node": node}
    if to is not None and not any(row.name in each["types"] for each, _ in ours):
        raise PolicyError(
            _WORDS["not-in-use"].format(**words), hint=_WORDS["hint-peer"].format(**words)
        )
    whose = _senders_in((each for each, _ in ours), row)
    raise PolicyError(_WORDS["theirs"].format(**words, senders=whose), hint=_WORDS["hint"])


def chosen(peer: str | None, name: str | None) -> "Profile | None":
    """Return the memorandum that a person names, by its own name or by a peer.

    Where nobody names one it is that of this folder's node; None, so all of them, where that
    node has several, or there is no node.

    Raises:
        NotFoundError: There is none.
        ConflictError: The peer is a contact point under several, and nothing tells which is meant.
    """
    if name is not None:
        return _read(_named(name))
    if peer is None:
        only = _only_here()
        return None if only is None else _read(only)
    found = [each for each in _memoranda() if peer in _points(each)]
    if not found:
        known = sorted({node for each in _memoranda() for node in _points(each)})
        raise NotFoundError(
            _WORDS["no-peer"].format(peer=peer), hint=_WORDS["known"].format(names=", ".join(known))
        )
    if len(found) > 1:
        found = _ours(found)
    if len(found) != 1:
        names = ", ".join(each["name"] for each in _memoranda() if peer in _points(each))
        raise ConflictError(
            _WORDS["several"].format(peer=peer), hint=_WORDS["one"].format(names=names)
        )
    return _read(found[0])


def names_for(node: str) -> list[str]:
    """Return the memoranda for the configuration of a new node; all that are in force for most.

    A node that no memorandum names gets those too: whoever makes it knows of a newer one.
    """
    found = [each for each in _memoranda() if node in _points(each)]
    in_force = [each for each in found or _memoranda() if each["status"] == _IN_FORCE]
    return [each["name"] for each in in_force or found]


def others_for(node: str) -> list[str]:
    """Return the memoranda of a new node that its configuration leaves out."""
    chosen = names_for(node)
    named = (each["name"] for each in _memoranda() if node in _points(each))
    return [name for name in named if name not in chosen]


def _named(name: str) -> Mapping[str, Any]:
    for each in _memoranda():
        if each["name"] == name:
            return each
    names = ", ".join(each["name"] for each in _memoranda())
    raise NotFoundError(
        _WORDS["no-memorandum"].format(name=name), hint=_WORDS["known"].format(names=names)
    )


def _ours(found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return those of the memoranda that this folder's node is a contact point of."""
    node = _node_here()
    return [] if node is None else [each for each in found if node.name in _points(each)]


def _only_here() -> Mapping[str, Any] | None:
    """Return the memorandum of this folder's node, None where it has several or is none."""
    node = _node_here()
    if node is None or len(node.profiles) != 1:
        return None
    return next((each for each in _memoranda() if each["name"] in node.profiles), None)


def _node_here() -> "NodeConfig | None":
    from gateway import config
    from gateway.cli import options
    from gateway.errors import LocalError

    try:
        return config.load(options.config_path()).node
    except LocalError:
        # The list of types is there without a node too.
        return None


def _sides_of(node: str, to: str | None) -> Iterator[tuple[Mapping[str, Any], str]]:
    for each in _memoranda():
        points = _points(each)
        if node in points and (to is None or to in points):
            yield each, points[node]


def _sends(memorandum: Mapping[str, Any], country: str, row: "MessageType") -> bool:
    changes = memorandum["types"].get(row.name)
    role = memorandum["countries"][country]["role"]
    return changes is not None and role in changes.get("senders", row.senders)


def _points(memorandum: Mapping[str, Any]) -> dict[str, str]:
    """Return the countries of a memorandum by their contact points."""
    return {row["contact_point"]: code for code, row in memorandum["countries"].items()}


def country(code: str) -> str:
    """Return what people call a country.

    >>> country("kh"), country("zz")
    ('Cambodia', 'ZZ')
    """
    return _COUNTRIES.get(code, code.upper())


def _listed(countries: set[str]) -> str:
    names = sorted(map(country, countries))
    return _WORDS["and"].join(names) or _WORDS["nobody"]


def _read(memorandum: Mapping[str, Any]) -> "Profile":
    from gateway import resources
    from gateway.catalogue import Calendar, Profile

    calendars = {
        row["calendar"]: Calendar.from_json(
            json.loads(resources.schema_file(f"calendars/{row['calendar']}.json"))
        )
        for row in memorandum["countries"].values()
    }
    return Profile.from_json(memorandum, calendars)


@cache
def _memoranda() -> tuple[Mapping[str, Any], ...]:
    """Return the memoranda as their files have them, in the order of their names."""
    from gateway import resources

    files = resources.schema_files()
    paths = sorted(path for path in files if path.startswith("profiles/"))
    return tuple(json.loads(files[path]) for path in paths)
