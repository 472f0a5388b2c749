"""Which parts of a body tell one person, document or organisation from all others.

A number or a name that was received in confidence can be copied into another message without a
word of where it came from. The schemas say beside each such leaf what it is (`identifying`), so
that it can be known again wherever it turns up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gateway.catalogue.spots import Spot


class Kind(StrEnum):
    """What a leaf identifies. A contact is given out by its own side, so it is never a secret."""

    DOCUMENT = "document"
    LICENCE = "licence"
    CERTIFICATE = "certificate"
    NAME = "name"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One identifying text of a body and the pointer to it."""

    pointer: str
    kind: Kind
    text: str = field(repr=False)


def identifying_members(members: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """Return the members of a schema that hold something identifying."""
    return tuple(spot for spot in members if "identifying" in spot.schema)


def leaves(identifying: tuple[Spot, ...], body: Any) -> Iterator[Leaf]:
    """Yield every identifying text of a body that fits its schema, each once.

    Args:
        identifying: The members of its schema that hold one, or a text by language.
    """
    seen = set()
    for spot in identifying:
        kind = Kind(spot.schema["identifying"])
        for path, value in spot.values(body):
            for pointer, text in _texts(value, "".join(f"/{token}" for token in path)):
                # Two ways through a schema (`if`, `else`) may lead to one place.
                if pointer not in seen:
                    seen.add(pointer)
                    yield Leaf(pointer=pointer, kind=kind, text=text)


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for language, each in value.items():
            yield from _texts(each, f"{pointer}/{language}")
