"""Where in the bodies of a schema each of its subschemas stands, and what a body has there.

Some rules no schema can say: that a code is in use on a day, that a number's digits agree. Those
rules hang on members of the schema; this module finds the members and, for a body that fits, the
values. What a schema leaves open (the body that a correction carries) has no spots: it is judged
by the schema of its own type.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# A token of a pointer is a name; in a keyed object it is any id of the pattern, in a list any
# number, which is None here.
Step = str | re.Pattern[str] | None
Path = tuple[str, ...]
# What a pointer of ours has for an id or a number.
EACH: Final = "*"


@dataclass(frozen=True, slots=True)
class Spot:
    """One subschema of a schema and the way to what it describes."""

    steps: tuple[Step, ...]
    schema: Mapping[str, Any]

    def values(self, body: Any) -> Iterator[tuple[Path, Any]]:
        """Yield what stands in a body on the way, each with its own path."""
        yield from _values(body, self.steps, ())

    def fits(self, tokens: Path) -> bool:
        """Tell whether a pointer leads here; a `*` in it stands for any id or number."""
        return len(tokens) == len(self.steps) and all(
            token == step if isinstance(step, str) else token == EACH
            for token, step in zip(tokens, self.steps, strict=True)
        )


def spots(document: Mapping[str, Any]) -> tuple[Spot, ...]:
    """Return every subschema that describes something in a body.

    A definition that contains itself is followed once and then left.
    """
    return tuple(_spots(document, document, (), frozenset()))


def value_at(body: Any, path: Path) -> Any:
    """Return what stands at a path, None when nothing does."""
    for token in path:
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list) and token.isdigit() and int(token) < len(body):
            body = body[int(token)]
        else:
            return None
    return body


def _spots(
    document: Mapping[str, Any],
    schema: Mapping[str, Any],
    steps: tuple[Step, ...],
    inside: frozenset[str],
) -> Iterator[Spot]:
    yield Spot(steps, schema)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in inside:
        target = document["$defs"][reference.removeprefix("#/$defs/")]
        yield from _spots(document, target, steps, inside | {reference})
    for name, member in schema.get("properties", {}).items():
        yield from _spots(document, member, (*steps, name), inside)
    for pattern, member in schema.get("patternProperties", {}).items():
        yield from _spots(document, member, (*steps, re.compile(pattern)), inside)
    if isinstance(items := schema.get("items"), dict):
        yield from _spots(document, items, (*steps, None), inside)
    for further in (schema.get("then"), schema.get("else"), *schema.get("allOf", ())):
        if isinstance(further, dict):
            yield from _spots(document, further, steps, inside)


def _values(value: Any, steps: tuple[Step, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    if not steps:
        yield path, value
        return
    step, rest = steps[0], steps[1:]
    for token, inner in _inside(value, step):
        yield from _values(inner, rest, (*path, token))


def _inside(value: Any, step: Step) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list) and step is None:
        yield from ((str(number), each) for number, each in enumerate(value))
    elif isinstance(value, dict) and isinstance(step, str):
        if step in value:
            yield step, value[step]
    elif isinstance(value, dict) and isinstance(step, re.Pattern):
        yield from ((name, each) for name, each in value.items() if step.search(name))
