"""What the commands about registers share: their names, options, and how an entry is called."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from gateway.cli import times_shown

# The registers there are; a test compares them with the catalogue, which is heavy to import.
NAMES: Final = (
    "sending-orgs",
    "support-orgs",
    "measures",
    "suspensions",
    "certificates",
    "contacts",
    "intermediaries",
)
# What people see, in one place for whoever translates it.
VERBS: Final = {
    "added": "added",
    "changed": "changed",
    "removed": "removed",
    "passing": "added and removed",
}
# Where the name and the number of an entry stand, in the registers that show them openly.
_NAMES: Final = (("organisation", "name"), ("name",), ("target", "name"), ("field",))
_NUMBERS: Final = (("licence", "number"), ("registration_no",), ("measure_no",))
# An entry is read as the types that change its register are; lists have their entries one deeper.
_LISTED: Final = ("entries", "contacts")

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Schema = dict[str, Any]
type_of_command = Callable[..., Any]


def name_argument(*, required: bool = True) -> Callable[[type_of_command], type_of_command]:
    """Give a command the NAME of a register."""
    metavar = "NAME" if required else "[NAME]"
    return click.argument("name", type=click.Choice(NAMES), metavar=metavar, required=required)


def peer_option(function: type_of_command) -> type_of_command:
    """Give a command `--peer`."""
    words = "Of the register with this node; not needed where there is only one."
    return click.option("--peer", metavar="NODE", help=words)(function)


def as_of_option(function: type_of_command) -> type_of_command:
    """Give a command `--as-of`."""
    words = "As it stood at the end of that day: 2026-11-24; or at a time."
    return click.option("--as-of", metavar="DAY", help=words)(function)


def end_of_day(text: str | None, option: str) -> str | None:
    """Return the last second of a day, or the time that was meant, as the node takes it.

    Raises:
        BadParameter: It is neither.
    """
    if text is None:
        return None
    moment = times_shown.moment(text, option, now=datetime.now(UTC), is_end=True)
    if _DAY.fullmatch(text):
        moment -= timedelta(seconds=1)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_of(public: Mapping[str, Any]) -> str | None:
    """Return what people call an entry, in English, None where that is sealed."""
    found = next(filter(None, (_at(public, path) for path in _NAMES)), None)
    return found.get("en") if isinstance(found, Mapping) else found


def local_name_of(public: Mapping[str, Any]) -> str | None:
    """Return what an entry is called in Japanese or Khmer, None where that is not told."""
    found = next(filter(None, (_at(public, path) for path in _NAMES)), None)
    if not isinstance(found, Mapping):
        return None
    return next((text for code, text in found.items() if code != "en"), None)


def number_of(public: Mapping[str, Any]) -> str | None:
    """Return the number of an entry, None where it has none or that is sealed."""
    return next(filter(None, (_at(public, path) for path in _NUMBERS)), None)


def changed_members(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return which members are not what they were, by their path.

    >>> changed_members({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 1})
    ['a.c', 'd']
    """
    return sorted(_changed(before, after, ""))


def changed_labels(
    before: Mapping[str, Any], after: Mapping[str, Any], schema: Mapping[str, Any]
) -> str:
    """Return which members are not what they were, as people call them."""
    return labels_of(changed_members(before, after), schema)


def labels_of(paths: Iterable[str], schema: Mapping[str, Any]) -> str:
    """Return members, named by their paths, as people call them."""
    from gateway.cli import labelled

    pointers = (path.replace(".", "/") for path in paths)
    return ", ".join(labelled.path_of(f"/body/{pointer}", schema) for pointer in pointers)


def schema_of(name: str) -> Schema:
    """Return what says how the members of an entry are called, from the types of its messages."""
    from gateway.catalogue.types import TYPES
    from gateway.cli.types import schema_of as schema_of_type

    properties: Schema = {}
    definitions: Schema = {}
    for row in TYPES.values():
        if row.register is not None and row.register.value == name:
            schema = schema_of_type(row.name)
            definitions = {**schema.get("$defs", {}), **definitions}
            for found in _sources(schema, definitions):
                properties = {**found, **properties}
    return {"properties": properties, "$defs": definitions}


def _sources(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    members = schema.get("properties", {})
    if "list_version" not in members:
        yield members
        return
    for name in _LISTED:
        keyed = _resolved(members[name], definitions)
        for each in keyed["patternProperties"].values():
            yield _resolved(each, definitions).get("properties", {})


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return {**definitions[name], **schema} if name else schema


def _changed(before: Any, after: Any, path: str) -> Iterator[str]:
    if before == after:
        return
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield path
        return
    for name in before.keys() | after.keys():
        below = f"{path}.{name}" if path else str(name)
        yield from _changed(before.get(name), after.get(name), below)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
