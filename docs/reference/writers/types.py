"""The message types: who sends them, what they do to a matter, how they are kept, by when."""

import json
from collections.abc import Iterator

from docs.reference.writers.markdown import code, codes, page, sentence, table
from gateway import resources
from gateway.catalogue.kinds import Channel, Role
from gateway.catalogue.terms import Term
from gateway.catalogue.types import TYPES, MessageType

_INTRODUCTION = (
    "What can be sent. A country *sends* workers or *accepts* them under a memorandum; each type "
    "says which of the two may send it. `gateway types TYPE` shows every field of a body, "
    "`gateway template TYPE` an example."
)


def write() -> str:
    """Return the page."""
    parts = [
        _INTRODUCTION,
        table(
            ("Type", "Title", "Sent by", "Answer within"),
            (
                (f"[{row.name}](#{row.name.replace('.', '')})", row.title, _senders(row), _due(row))
                for row in TYPES.values()
            ),
        ),
    ]
    for row in TYPES.values():
        schema = json.loads(resources.schema_file(f"types/{row.name}.schema.json"))
        parts += [
            f"## {row.name}",
            sentence(f"**{row.title}.** {schema['description']}"),
            table(("", ""), _facts(row)),
            table(
                ("Field", "", "Meaning"),
                (
                    (code(name), "required" if name in schema.get("required", ()) else "", meaning)
                    for name, meaning in _fields(schema)
                ),
            ),
            _link(f"schemas/types/{row.name}.schema.json"),
        ]
    return page("Message types", *parts)


def _facts(row: MessageType) -> Iterator[tuple[str, str]]:
    yield "Sent by", _senders(row)
    for role, clauses in row.clauses.items():
        if role in row.senders and clauses:
            yield f"Clauses, sent by the {role} country", ", ".join(clauses)
    yield from _place(row)
    yield "Marking", ", ".join(map(code, [row.level, *sorted(row.caveats)]))
    for pointer, level in row.parts.items():
        yield f"Marking of {code(pointer)}", code(level)
    yield "Lives", _days(Term(row.life))
    for level, term in (("Handed over", row.handed_over), ("Accepted or declined", row.accepted)):
        if term is not None:
            yield f"{level} within", _days(term)
    for priority, term in row.response.items():
        yield f"Answered within, if {code(priority)}", _days(term)


def _place(row: MessageType) -> Iterator[tuple[str, str]]:
    """Yield what the type has to do with a matter and with other messages."""
    if row.channel is Channel.CONTROL:
        yield "Stands in", "the control thread of the two nodes"
    if row.opens:
        yield "Opens", f"a matter of kind {code(row.opens)}"
    if row.replies_to:
        yield "Replies to", codes(row.replies_to)
    if row.only_own:
        yield "Joins", "any matter; it names the message of its own sender that it speaks of"
    elif row.joins:
        yield "Joins", "any matter; it names the message it speaks of"
    if row.made_by:
        yield "Written by", code(f"gateway {row.made_by}")
    if row.supersedes:
        yield "Takes the place of", f"an earlier message of its sender ({code(row.supersedes)})"
    if row.updatable:
        yield "Afterwards", "may be corrected and withdrawn by its sender"
    if row.immediate:
        yield "Order", "overtakes the queue and takes effect on arrival"


def _fields(schema: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, member in (schema.get("properties") or {}).items():
        yield name, sentence(f"{member.get('title', name)}: {member.get('description', '')}")


def _link(path: str) -> str:
    return f"Schema: [{path}](../../{path})"


def _senders(row: MessageType) -> str:
    if row.senders == frozenset(Role):
        return "both countries"
    return " and ".join(f"the {role} country" for role in sorted(row.senders))


def _due(row: MessageType) -> str:
    return next((_days(term) for term in row.response.values()), "")


def _days(term: Term) -> str:
    unit = "day" if term.days == 1 else "days"
    return f"{term.days} working {unit}" if term.working else f"{term.days} {unit}"
