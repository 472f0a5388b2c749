"""Every setting as `schemas/config.schema.json` describes it, and the name of its variable."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway import resources

PREFIX: Final = "GATEWAY_"

SCHEMA: Final = "config.schema.json"

# A setting's place: table and key.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One setting.

    Args:
        title: What it is, for people; a sentence without its full stop.
        allowed: Completes "must be …".
        kind: Its JSON type, empty where only one value is allowed.
        default: As the file would say it; None where there is none.
        is_one_of_table: Only one setting of its table may be given.
    """

    table: str
    key: str
    title: str
    allowed: str
    kind: str
    default: Any
    is_required: bool
    is_one_of_table: bool

    @property
    def name(self) -> str:
        """Its dotted name, such as `log.level`."""
        return f"{self.table}.{self.key}"

    @property
    def variable(self) -> str:
        """The environment variable that stands in for it, such as `GATEWAY_LOG_LEVEL`."""
        return f"{PREFIX}{self.table}_{self.key}".upper()


def schema() -> dict[str, Any]:
    """Return the schema of the configuration."""
    document: dict[str, Any] = json.loads(resources.schema_file(SCHEMA))
    return document


def settings(of: Mapping[str, Any] | None = None) -> dict[Place, Described]:
    """Return every setting in the order of the schema, by table and key."""
    tables: Mapping[str, Any] = (schema() if of is None else of)["properties"]
    return {
        (table, key): Described(
            table=table,
            key=key,
            title=member["title"],
            allowed=member["description"],
            kind=member.get("type", ""),
            default=member.get("default"),
            is_required=key in each.get("required", ()),
            is_one_of_table=each.get("maxProperties") == 1,
        )
        for table, each in tables.items()
        for key, member in each["properties"].items()
    }
