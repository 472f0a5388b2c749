"""The form of a message: the few fields of its header that people choose, and its body.

The body's fields come from the schema of the type. A correction carries the body of another type;
that schema then stands in the place that its own leaves open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import labelled
from gateway.cli.form import Field
from gateway.cli.form_schema import Path, Schema, embedded, path_of
from gateway.cli.types import schema_of

if TYPE_CHECKING:
    from gateway.catalogue.types import MessageType

BODY: Final = "body"
# What a draft has beside the fields of the form; the first four go to the node, the last two are
# for whoever goes on writing.
CARRIED: Final = ("type", "in_reply_to", "expires", "attachments")
AT: Final = "at"
UNREAD_FORM: Final = "form"

# The words for the header's fields, in one place for whoever translates them.
TO: Final = {
    "title": "To",
    "description": "The node it is for.",
    "type": "string",
    "pattern": "^[a-z]{2}/[a-z0-9-]{2,32}$",
    "$comment": "a node such as kh/molvt",
}
_PRIORITY: Final = {
    "title": "Priority",
    "description": "How soon it has to be handled; the time for an answer follows from it.",
    "type": "string",
    "enum": ["routine", "urgent", "emergency"],
}
MOMENT: Final = {
    "title": "Wanted by",
    "description": "When the answer is wanted, if not in the time that the priority gives.",
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    "$comment": "a time such as 2026-04-30T09:00:00Z, or a day such as 2026-04-30",
    "x-moment": True,
    "x-future": True,
}
_NOTE: Final = {
    "title": "Note",
    "description": "A remark beside the body, for the officers of the other side; sealed like it.",
    "type": "string",
    "minLength": 1,
    "maxLength": 4000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForm:
    """The form of one message, with what it is made for."""

    type: str
    title: str
    field: Field

    @classmethod
    def of(
        cls,
        row: "MessageType",
        *,
        is_reply: bool = False,
        peers: Sequence[str] = (),
        corrects: str | None = None,
    ) -> "MessageForm":
        """Return the form of a message of a type.

        Args:
            peers: The nodes it may be for; where none are known, any may be named.
            corrects: The type whose body it carries, if it corrects something.
        """
        to: dict[str, Any] = {**TO, "enum": list(peers)} if peers else dict(TO)
        header: dict[str, Any] = {} if is_reply else {"to": to}
        if row.response:
            header |= {"priority": _PRIORITY, "due": MOMENT}
        schema: Schema = schema_of(row.name)
        if corrects is not None:
            schema = labelled.with_body(schema, schema_of(corrects))
        body = embedded(schema, title=row.title)
        whole = {
            "type": "object",
            "properties": {**header, BODY: body, "note": _NOTE},
            "required": [BODY] if is_reply else ["to", BODY],
            "additionalProperties": False,
        }
        return cls(type=row.name, title=row.title, field=Field.of(whole))

    def with_entries(self, counts: Mapping[str, int]) -> "MessageForm":
        """Return the form with lists of the body that have just so many entries and no more."""
        body = self.body.schema
        lists = {
            name: {**body["properties"][name], "maxProperties": count}
            for name, count in counts.items()
        }
        body = {**body, "properties": {**body["properties"], **lists}}
        whole = self.field.schema
        whole = {**whole, "properties": {**whole["properties"], BODY: body}}
        return replace(self, field=Field.of(whole))

    @property
    def body(self) -> Field:
        """Return the form of the body alone."""
        found = self.field.below(BODY)
        return found if found is not None else self.field

    def without(self, names: frozenset[str]) -> Field:
        """Return the form without fields that are settled and so not asked."""
        schema = self.field.schema
        kept = {name: each for name, each in schema["properties"].items() if name not in names}
        required = [name for name in schema["required"] if name not in names]
        return Field.of({**schema, "properties": kept, "required": required})

    def values_of(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a draft says in the fields of this form."""
        names = {member.name for member in self.field.members()}
        return {name: value for name, value in draft.items() if name in names}

    def draft_of(self, values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
        """Return the draft that the values make, with what else `base` says of the message."""
        own = {AT, UNREAD_FORM, *(member.name for member in self.field.members())}
        kept = {name: value for name, value in base.items() if name not in own}
        return {**kept, "type": self.type, **values, BODY: values.get(BODY) or {}}

    def path_of(self, pointer: str) -> Path:
        """Return where in the form a pointer of the node leads: into the header or the body."""
        path = path_of(pointer)
        if len(path) == 1 and path[0] != BODY and self.field.at(path) is not None:
            return path
        return (BODY, *path)

    def named(self, pointer: str) -> str:
        """Return the label of a field with the pointer to it, or the pointer alone."""
        label = self.field.label_of(self.path_of(pointer)) if pointer else self.title
        return f"{label} ({pointer or '/'})" if label else pointer

    def faults(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with the values, by the pointers that the node would use."""
        found: dict[str, str] = {}
        for fault in self.field.faults(dict(values)):
            is_inside = path_of(fault.pointer)[:1] == (BODY,)
            where = fault.pointer.removeprefix(f"/{BODY}") if is_inside else fault.pointer
            found.setdefault(where, fault.text)
        return found
