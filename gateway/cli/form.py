"""A JSON Schema as a form: fields with labels, in the order in which people fill them in.

Nothing here knows a type of message. What is asked, in which order and with which words follows
from the schema alone: titles are labels, descriptions explain, codes are choices, a keyed list is
"another one?" and the ids of its entries are made. The interview at the terminal, the form in an
editor and `--set` all stand on this one tree.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway.cli.form_schema import Path, Schema, compiled, inlined

if TYPE_CHECKING:
    from gateway.catalogue.schema import Fault

# A text that may be this long is a paragraph, not a line.
_LONG: Final = 1_000
_KEYS: Final = 10_000


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    YES_NO = "yes-no"
    GROUP = "group"
    KEYED = "keyed"
    LIST = "list"
    OPEN = "open"


LEAVES: Final = frozenset({Kind.TEXT, Kind.CODE, Kind.NUMBER, Kind.YES_NO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: `schema` stands by itself, without references."""

    name: str
    label: str
    about: str
    kind: Kind
    is_required: bool
    schema: Schema

    @classmethod
    def of(cls, schema: Schema, *, name: str = "", is_required: bool = True) -> "Field":
        """Return the form of a whole schema."""
        return cls._of(name, inlined(schema), is_required)

    @classmethod
    def _of(cls, name: str, schema: Schema, is_required: bool) -> "Field":
        return cls(
            name=name,
            label=str(schema.get("title") or name.replace("_", " ")),
            about=str(schema.get("description") or ""),
            kind=_kind(schema),
            is_required=is_required,
            schema=schema,
        )

    def members(self) -> tuple["Field", ...]:
        """Return the fields of a group in the order of the schema; of anything else, none."""
        if self.kind is not Kind.GROUP:
            return ()
        required = self.schema.get("required", ())
        return tuple(
            Field._of(name, schema, name in required)
            for name, schema in self.schema["properties"].items()
        )

    def entry(self, key: str) -> "Field":
        """Return the field of one entry of a list or keyed list."""
        below = self.schema.get("items") if self.kind is Kind.LIST else _of_any_name(self.schema)
        field = Field._of(key, below if isinstance(below, Mapping) else {}, is_required=True)
        # People count the entries of a list from one; the ids of a keyed list are names.
        number = str(int(key) + 1) if self.kind is Kind.LIST and key.isdigit() else key
        named = isinstance(below, Mapping) and "title" in below
        label = f"{field.label} {number}".strip() if named else number
        return replace(field, label=label or self.label)

    def below(self, name: str) -> "Field | None":
        """Return the field of that name in a group, or an entry of a list; None if it has none."""
        match self.kind:
            case Kind.GROUP:
                found = [member for member in self.members() if member.name == name]
                return found[0] if found else None
            case Kind.KEYED:
                return self.entry(name) if self.takes_key(name) else None
            case Kind.LIST:
                return self.entry(name) if name.isascii() and name.isdigit() else None
        return None

    def at(self, path: Sequence[str]) -> "Field | None":
        """Return the field at a path of names, None where the form ends."""
        field: Field | None = self
        for name in path:
            field = field.below(name) if field is not None else None
        return field

    def takes_key(self, key: str) -> bool:
        """Tell whether an entry of a keyed list may bear this id."""
        patterns = self.schema.get("patternProperties")
        return not patterns or any(re.search(pattern, key) for pattern in patterns)

    def new_key(self, taken: Sequence[str]) -> str | None:
        """Return the next free id of a keyed list; None if ids are not simply counted here."""
        prefix = self.key_prefix()
        if prefix is None:
            return None
        return next((f"{prefix}{n}" for n in range(1, _KEYS) if f"{prefix}{n}" not in taken), None)

    def first_key(self) -> str:
        """Return an id for an entry that is only to be shown or copied."""
        return self.new_key(()) or "id"

    def key_prefix(self) -> str | None:
        """Return the letters before the number of an id such as q1, None for other ids."""
        for pattern in self.schema.get("patternProperties") or ():
            start = re.match(r"\^([a-z]+)", pattern)
            if start and self.takes_key(f"{start[1]}1"):
                return start[1]
        return None

    def codes(self) -> tuple[str, ...]:
        """Return the choices of a code."""
        return tuple(map(str, self.schema.get("enum", ())))

    @property
    def is_long(self) -> bool:
        """Whether the text is a paragraph rather than a line."""
        return (
            self.kind is Kind.TEXT
            and not self.has_form
            and int(self.schema.get("maxLength", _LONG)) >= _LONG
        )

    @property
    def has_form(self) -> bool:
        """Whether the text is more than free words: a date, a number on paper, an id."""
        return not {"pattern", "format", "const"}.isdisjoint(self.schema)

    @property
    def form(self) -> str:
        """Say what may be written, in words; empty for free text."""
        match self.kind:
            case Kind.YES_NO:
                return "yes or no"
            case Kind.NUMBER:
                return "a whole number"
        return str(self.schema.get("$comment") or self.schema.get("format") or "")

    @property
    def is_plain(self) -> bool:
        """Whether it is values alone, however grouped: a text in its languages, a name, a code."""
        members = self.members()
        if self.kind is Kind.GROUP:
            return bool(members) and all(member.is_plain for member in members)
        return self.kind in LEAVES or (self.kind is Kind.LIST and self.entry("0").kind in LEAVES)

    @property
    def takes_null(self) -> bool:
        """Whether null may stand here: an entry that a list of changes takes off."""
        # The kinds of entry of which one stands here are equal in this.
        return any("null" in _types(each) for each in (self.schema, self.schema.get("then") or {}))

    @property
    def least(self) -> int:
        """How many entries a list needs at least."""
        return int(self.schema.get("minProperties", self.schema.get("minItems", 0)))

    @property
    def most(self) -> int:
        """How many entries a list may have."""
        return int(self.schema.get("maxProperties", self.schema.get("maxItems", _KEYS)))

    @property
    def is_choices(self) -> bool:
        """Whether it is a list of codes or numbers, which go in one line."""
        return self.kind is Kind.LIST and self.entry("0").kind in {Kind.CODE, Kind.NUMBER}

    def faults(self, value: object) -> tuple["Fault", ...]:
        """Return what is wrong with a value of this field, with pointers that begin at it."""
        return compiled(json.dumps(self.schema)).faults(value)

    def label_of(self, path: Sequence[str]) -> str:
        """Return the label of the field at a path, empty where the form has none."""
        field = self.at(path)
        return field.label if field is not None and path else ""


def _kind(schema: Schema) -> Kind:
    if "enum" in schema:
        return Kind.CODE
    kind = next((each for each in _types(schema) if each != "null"), None)
    if kind == "array":
        return Kind.LIST
    if kind == "object" or (kind is None and "properties" in schema):
        if "properties" in schema:
            return Kind.GROUP
        return Kind.KEYED if isinstance(_of_any_name(schema), Mapping) else Kind.OPEN
    kinds = {"boolean": Kind.YES_NO, "integer": Kind.NUMBER, "string": Kind.TEXT}
    return kinds.get(str(kind), Kind.TEXT if "const" in schema else Kind.OPEN)


def _types(schema: Schema) -> Sequence[str]:
    """Return the types that a value may have; several where it may also be null."""
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _of_any_name(schema: Schema) -> object:
    for below in (schema.get("patternProperties") or {}).values():
        return below
    return schema.get("additionalProperties")


def walk(field: Field, path: Path = ()) -> Iterator[tuple[Path, Field]]:
    """Yield every field of a form that has a fixed name, and for lists that of a first entry."""
    yield path, field
    for member in field.members():
        yield from walk(member, (*path, member.name))
    if field.kind in {Kind.KEYED, Kind.LIST}:
        key = "0" if field.kind is Kind.LIST else field.first_key()
        yield from walk(field.entry(key), (*path, key))
