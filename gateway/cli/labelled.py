"""A body written out for reading: the labels come from the titles in the schema of its type.

Members stand in the order of the schema, which is the order in which people read, whatever order
they came in. What the schema does not know comes last, under its own name: nothing is ever hidden.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from gateway import resources
from gateway.cli import output, wrapping
from gateway.errors import NotFoundError

_INDENT: Final = "  "
_NARROWEST: Final = 30
# What a schema says of a text that is a signature with all it covers (RFC 7515 section 9.2.2).
_SIGNED: Final = "application/jose+json"
# What people see beside the titles of the schemas, in one place for whoever translates it.
_WORDS: Final = {
    "yes": "yes",
    "no": "no",
    "none": "(none)",
    "off": "(taken off)",
    "all": "all of it",
    "signed": "signed by {officer}, {at}",
    "step": " > ",
    "/note": "Note",
    "/reference": "Reference",
    "/id": "Id",
}
# A text in the language of the memorandum alone needs no label for its language.
_ALONE: Final = {"en"}
_LANGUAGES: Final = frozenset({"en", "ja", "km"})
_NUMBERS: Final = re.compile(r"(\d+)")

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a body to be read: a label with its text, or the head of what follows deeper.

    `language` is that of the text where the schema says so, for whoever draws it.
    """

    depth: int
    label: str
    text: str | None
    language: str | None = None


def entries(body: Mapping[str, Any], schema: Schema) -> Iterator[Entry]:
    """Yield a body in reading order."""
    yield from _members(body, schema, schema, 0)


def lines(body: Mapping[str, Any], schema: Schema, *, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a body; at the top, groups stand apart.

    Args:
        width: The width of the terminal, to which long texts are folded; None leaves them whole.
    """
    was_group = False
    for number, entry in enumerate(entries(body, schema)):
        if entry.depth == 0:
            is_group = entry.text is None
            if number and (is_group or was_group):
                yield ""
            was_group = is_group
        yield from _written(entry, width)


def path_of(pointer: str, schema: Schema) -> str:
    """Return the labels on the way to what a JSON Pointer into a content names.

    >>> schema = {"properties": {"a": {"title": "Reason", "properties": {"en": {}}}}}
    >>> path_of("/body/a/en", schema), path_of("/note", schema)
    ('Reason > en', 'Note')
    """
    if pointer in _WORDS:
        return _WORDS[pointer]
    below, labels = schema, []
    for token in pointer.removeprefix("/body").split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        label, below = _below(name, below, schema)
        labels.append(output.inline(label))
    return _WORDS["step"].join(labels)


def resolved(schema: Any, root: Schema) -> Schema:
    """Return the schema behind a `$ref` into the same file; what cannot be found says nothing.

    Keywords beside the `$ref`, such as a title of its own, win over those behind it.
    """
    if not isinstance(schema, Mapping):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found: Any = root
    for part in reference[2:].split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return {**found, **schema} if isinstance(found, Mapping) else schema


def branches(schema: Schema, root: Schema) -> tuple[Schema, ...]:
    """Return the two schemas of which one judges a value: if a condition holds, and if not.

    An entry of a part of a list is one of two kinds of organisation; a condition that only asks
    for further members of a schema has no branches.
    """
    condition, found = schema.get("if"), (schema.get("then"), schema.get("else"))
    if not isinstance(condition, Mapping) or "properties" in schema or None in found:
        return ()
    return tuple(resolved(each, root) for each in found)


def title_of(name: str, schema: Schema) -> str:
    """Return the label of a member."""
    return str(schema.get("title") or name.replace("_", " "))


def of_any_name(schema: Schema) -> Any:
    """Return the schema that stands for every member of a keyed list."""
    patterns = schema.get("patternProperties")
    if isinstance(patterns, Mapping) and patterns:
        return next(iter(patterns.values()))
    return schema.get("additionalProperties")


@cache
def schema_of(type_name: str) -> Schema:
    """Return the schema of a type; of one that a newer node has, nothing is known."""
    try:
        schema: Schema = json.loads(resources.schema_file(f"types/{type_name}.schema.json"))
    except NotFoundError:
        return {}
    return schema


def with_body(schema: Schema, body: Schema) -> Schema:
    """Return a schema whose member `body` is read by another schema, which stands in it whole."""
    from gateway.cli.form_schema import embedded

    known = _properties(schema)
    title = resolved(known.get("body"), schema).get("title", "body")
    return {**schema, "properties": {**known, "body": embedded(body, title=title)}}


def _properties(schema: Schema) -> Mapping[str, Any]:
    known = schema.get("properties")
    return known if isinstance(known, Mapping) else {}


def _below(name: str, schema: Schema, root: Schema) -> tuple[str, Schema]:
    """Return the label and the schema of a member or an item."""
    schema = next((each for each in branches(schema, root) if name in _properties(each)), schema)
    known = _properties(schema)
    if name in known:
        below = resolved(known[name], root)
        return title_of(name, below), below
    if isinstance(schema.get("items"), Mapping):
        # People count from one.
        return (str(int(name) + 1) if name.isdigit() else name), resolved(schema["items"], root)
    # A keyed list: one schema stands for all members, their opaque ids tell them apart.
    below = resolved(of_any_name(schema), root)
    return (f"{below['title']} {name}" if below.get("title") else name), below


def _in_order(value: Mapping[str, Any], schema: Schema) -> list[str]:
    """Return the names of the members: those of the schema, those of a keyed list, the others."""
    known = [name for name in _properties(schema) if name in value]
    others = [name for name in value if name not in known]
    # q2 before q10, as people count.
    if isinstance(of_any_name(schema), Mapping):
        others.sort(key=_natural)
    return known + others


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in _NUMBERS.split(name)]


def _members(value: Mapping[str, Any], schema: Schema, root: Schema, depth: int) -> Iterator[Entry]:
    is_translated = _properties(schema).keys() >= _ALONE
    for name in _in_order(value, schema):
        label, below = _below(name, schema, root)
        language = name if is_translated and name in _LANGUAGES else None
        for entry in _entry(label, value[name], below, root, depth):
            yield entry if language is None else replace(entry, language=language)


def _entry(label: str, value: Any, schema: Schema, root: Schema, depth: int) -> Iterator[Entry]:
    schema = _chosen(schema, value, root)
    match value:
        case dict() if value.keys() == _ALONE and "en" in _properties(schema):
            yield from _entry(label, value["en"], {}, root, depth)
        case dict() if value:
            yield Entry(depth=depth, label=label, text=None)
            yield from _members(value, schema, root, depth + 1)
        case list() if any(isinstance(item, dict | list) for item in value):
            below = resolved(schema.get("items"), root)
            for number, item in enumerate(value, start=1):
                yield from _entry(f"{label} {number}", item, below, root, depth)
        case _:
            yield Entry(depth=depth, label=label, text=_scalar(value, schema, root))


def _chosen(schema: Schema, value: Any, root: Schema) -> Schema:
    """Return the branch of a schema that judges a value, or the schema where it has none."""
    if not (found := branches(schema, root)):
        return schema
    wanted = schema["if"].get("required", ())
    fits = not isinstance(value, Mapping) or all(name in value for name in wanted)
    # The label is that of the place, not of the branch.
    return {**found[0 if fits else 1], "title": schema.get("title")}


def _scalar(value: Any, schema: Schema, root: Schema) -> str:
    match value:
        case None:
            return _WORDS["off" if "null" in schema.get("type", ()) else "none"]
        case bool():
            return _WORDS["yes" if value else "no"]
        case list():
            items = resolved(schema.get("items"), root)
            # An empty pointer is all of what it points into.
            words = (_scalar(each, items, root) or _WORDS["all"] for each in value)
            return ", ".join(words) or _WORDS["none"]
        case dict():
            return _WORDS["none"]
    if schema.get("contentMediaType") == _SIGNED:
        return _signed(str(value))
    return _coded(str(value), schema)


def _signed(text: str) -> str:
    """Return who signed an instrument and when, by its own word: nothing is verified here."""
    try:
        payload = json.loads(text)["payload"]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return _WORDS["signed"].format(officer=said["officer"], at=said["signed_at"])
    except (ValueError, KeyError, TypeError):
        return text


def _coded(code: str, schema: Schema) -> str:
    """Return a code with its words before it, if it is one of a list that has words."""
    codes = schema.get("enum")
    if not isinstance(codes, list) or not all(isinstance(each, str) for each in codes):
        return code
    from gateway.cli.form_answers import option_labels

    words = option_labels(tuple(codes)).get(code)
    return code if words is None else f"{words} ({code})"


def _written(entry: Entry, width: int | None) -> Iterator[str]:
    pad, label = _INDENT * entry.depth, output.inline(entry.label)
    if entry.text is None:
        yield f"{pad}{label}:"
        return
    first, *rest = output.printable(entry.text).split("\n")
    yield from _folded(f"{label}: {first}", pad, width)
    for line in rest:
        yield from _folded(line, pad + _INDENT, width)


def _folded(text: str, pad: str, width: int | None) -> Iterator[str]:
    if width is None:
        yield f"{pad}{text}"
        return
    room = max(_NARROWEST, width - len(pad))
    found = list(wrapping.folded(text, room, hanging=len(_INDENT))) or [""]
    yield f"{pad}{found[0]}"
    yield from (f"{pad}{_INDENT}{line}" for line in found[1:])
