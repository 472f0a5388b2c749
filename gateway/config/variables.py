"""Settings from the environment: `GATEWAY_LOG_LEVEL=debug` stands in for `level` under `[log]`.

A text is given as it is; a number, true, false and a list as in JSON. Whatever stands under
`[passphrase]` says where the passphrase comes from: the passphrase itself is never a value, for
other processes of the account could read it.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.config.described import PREFIX, Described, Place, settings
from gateway.errors import Problem

# Variables of the same beginning that are no settings, each with what it is for.
OTHERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GATEWAY_CONFIG": "The node a command is for: the path of its configuration, unless "
        "--config names one.",
        "GATEWAY_ZONE": "The zone in which commands show times beside UTC.",
        "GATEWAY_FAIL_AT": "For tests: the crash point at which a node of environment test ends.",
        "GATEWAY_VECTORS": "For tests: the folder of the official test vectors.",
        "GATEWAY_INTERFACE": "Set by web servers for the programs they run (RFC 3875); it means "
        "nothing here.",
    }
)

# Beginnings of further ones: a command that is run by the node may itself call this program.
FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {"GATEWAY_EVENT_": "What happened, for the command of [notify]; they mean nothing elsewhere."}
)

# Longer names are cut in errors; no setting has one.
_SHOWN: Final = 80


def given(
    environment: Mapping[str, str], described: Mapping[Place, Described]
) -> dict[Place, tuple[str, Any]]:
    """Return what the environment says: the variable and the value, by table and key.

    A value that is not of the setting's kind stays text, which the schema then refuses.
    """
    return {
        place: (each.variable, _value(environment[each.variable], each.kind))
        for place, each in described.items()
        if each.variable in environment
    }


def overriding(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that stand in for settings, for a command that must do without them."""
    return [name for name, _ in given(environment, settings()).values()]


def strangers(
    environment: Mapping[str, str], described: Mapping[Place, Described]
) -> Iterator[Problem]:
    """Yield every variable that looks like one of ours and is none; a slip must not pass unseen."""
    known = {each.variable for each in described.values()} | OTHERS.keys()
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known and not name.startswith(tuple(FAMILIES)):
            yield Problem(name[:_SHOWN], _instead(name, known))


def merged(
    document: Mapping[str, Any],
    variables: Mapping[Place, tuple[str, Any]],
    described: Mapping[Place, Described],
) -> dict[str, Any]:
    """Return the file's document with what the environment says in its place.

    Of a table that holds exactly one setting, the one of the environment replaces the file's.
    """
    changed = dict(document)
    for table in {table for table, _ in variables}:
        said = changed.get(table, {})
        if not isinstance(said, Mapping):
            continue  # the schema refuses it
        own = {key: value for (at, key), (_, value) in variables.items() if at == table}
        is_one = any(each.is_one_of_table for (at, _), each in described.items() if at == table)
        changed[table] = own if is_one else {**said, **own}
    return changed


def _value(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _instead(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    if "PASS" in name or "SECRET" in name:
        return (
            "is not a setting, and a passphrase is never the value of a variable: "
            "GATEWAY_PASSPHRASE_FILE names the file it is read from"
        )
    near = get_close_matches(name, known, n=1, cutoff=0)[0]
    return f"is neither a setting nor another variable of the gateway; the nearest is {near}"
