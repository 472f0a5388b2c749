"""Bodies against the schemas of their types, and against the rules that no schema can say.

A body fits when its schema takes it, each of its codes was in use on the day it speaks of
(`codes.py`), no number in it contradicts itself (`numbers.py`), and no day comes before the one
that it follows from (`day_order.py`). `check` judges what a peer sent and raises with pointers that
the peer may see; `check_draft` judges what our own officer wrote and raises a local error with the
officer's own member names. The two errors have different types, so neither text can reach the wrong
reader by mistake.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from gateway.catalogue.codes import Coded, CodeList, coded_members
from gateway.catalogue.common_words import CommonWords
from gateway.catalogue.day_order import disorder
from gateway.catalogue.identifying import Leaf, identifying_members, leaves
from gateway.catalogue.numbers import misprints, numbered_members
from gateway.catalogue.schema import MAX_FAULTS, Fault, Schema
from gateway.catalogue.spots import Path, Spot, spots
from gateway.catalogue.types import type_of
from gateway.errors import InvalidBodyError, InvalidError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the bodies of one type have to fit."""

    type_name: str
    schema: Schema
    coded: tuple[Coded, ...]
    numbered: tuple[Spot, ...]
    identifying: tuple[Spot, ...]

    def faults(self, body: object, day: str) -> tuple[Fault, ...]:
        """Return the first faults of a body; the finer rules only where its schema takes it."""
        if faults := self.schema.faults(body):
            return faults
        return tuple(islice(self._finer(body, day), MAX_FAULTS))

    def _finer(self, body: object, day: str) -> Iterator[Fault]:
        found = (*self._misuses(body, day), *misprints(self.numbered, body), *self._early(body))
        for path, words in found:
            # Every name on the way is one that the schema gives or allows.
            pointer = "".join(f"/{token}" for token in path)
            yield Fault(pointer=pointer, starred=pointer, text=words)

    def _early(self, body: object) -> Iterator[tuple[Path, str]]:
        if isinstance(body, dict):
            yield from disorder(self.type_name, body)

    def _misuses(self, body: object, day: str) -> Iterator[tuple[Path, str]]:
        for each in self.coded:
            yield from each.misuses(body, day)


class Bodies:
    """The schemas of all types, proved once.

    Args:
        schemas: Type name to the exact bytes of its schema file.
        codes: The code lists that the schemas name.

    Raises:
        InvalidError: A schema is broken, names another type, or offers other codes than the list
            it names. A node with a broken catalogue must not start.
    """

    def __init__(self, schemas: Mapping[str, bytes], codes: Mapping[str, CodeList]) -> None:
        self._forms = {name: _read(name, raw, codes) for name, raw in schemas.items()}

    def check(self, type_name: str, body: object, *, day: str) -> None:
        """Let pass only a body that fits its type; for what a peer sent.

        Args:
            day: The day on which the message was created: codes that no date in the body stands
                beside have to be in use on it.

        Raises:
            UnknownTypeError: No such type; refused for good.
            InvalidBodyError: It does not fit; `pointers` and `problems` may be told to the peer.
        """
        if faults := self._of(type_name).faults(body, day):
            problems = tuple(Problem(fault.starred, fault.text) for fault in faults)
            raise InvalidBodyError(f"the body does not fit {type_name}", problems=problems)

    def check_draft(self, type_name: str, body: object, *, day: str) -> None:
        """Let pass only a body that fits its type; for what our own officer wrote.

        Args:
            day: The day of the message, as for what a peer sent.

        Raises:
            UnknownTypeError: No such type.
            InvalidError: It does not fit; `problems` says where, with the officer's own names.
        """
        if faults := self._of(type_name).faults(body, day):
            raise InvalidError(
                f"the body does not fit {type_name}",
                problems=tuple(Problem(fault.pointer, fault.text) for fault in faults),
                hint=f"`gateway template {type_name}` prints one that fits",
            )

    def reference(self, type_name: str) -> dict[str, str]:
        """Return the `body_schema` member for the signed header of a message of this type.

        Raises:
            UnknownTypeError: No such type.
        """
        return {"id": type_of(type_name).schema_id, "digest": self._of(type_name).schema.digest}

    def identifies(self, type_name: str) -> bool:
        """Tell whether bodies of this type can hold anything that `identifying` returns."""
        return bool(self._of(type_name).identifying)

    def identifying(self, type_name: str, body: object) -> tuple[Leaf, ...]:
        """Return what in a body of this type tells one person or document from all others.

        Raises:
            UnknownTypeError: No such type.
        """
        return tuple(leaves(self._of(type_name).identifying, body))

    def words(self) -> CommonWords:
        """Return the words by which the catalogue itself speaks, with those of every letter."""
        documents = (form.schema.document for form in self._forms.values())
        lists = {
            each.codes.name: each.codes for form in self._forms.values() for each in form.coded
        }
        labels = (code.label for each in lists.values() for code in each.codes.values())
        titles = (text for document in documents for text in _titles(document))
        return CommonWords.of((*titles, *(text for label in labels for text in label.values())))

    def schema(self, type_name: str) -> dict[str, Any]:
        """Return a copy of a type's schema.

        Raises:
            UnknownTypeError: No such type.
        """
        return _copy(self._of(type_name).schema.document)

    def example(self, type_name: str) -> dict[str, Any]:
        """Return a body that fits its type, as a start for an officer's draft.

        Raises:
            UnknownTypeError: No such type.
        """
        return _copy(self._of(type_name).schema.document["examples"][0])

    def _of(self, type_name: str) -> _Form:
        type_of(type_name)
        try:
            return self._forms[type_name]
        except KeyError:
            raise InvalidError(f"there is no schema for {type_name}") from None


def _read(type_name: str, raw: bytes, codes: Mapping[str, CodeList]) -> _Form:
    where = f"types/{type_name}.schema.json"
    schema = Schema(raw, where=where)
    expected = type_of(type_name).schema_id
    if schema.document.get("$id") != expected:
        problem = Problem(f"{where}#/$id", f"is not {expected}")
        raise InvalidError(f"the schema of {type_name} cannot be used", problems=(problem,))
    members = spots(schema.document)
    return _Form(
        type_name=type_name,
        schema=schema,
        coded=coded_members(members, codes, where=where),
        numbered=numbered_members(members),
        identifying=identifying_members(members),
    )


def _copy(document: dict[str, Any]) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(json.dumps(document)))


def _titles(value: Any) -> Iterator[str]:
    """Yield what a schema says about its members in words; its examples say nothing of them."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name in {"title", "description"} and isinstance(each, str):
                yield each
            elif name != "examples":
                yield from _titles(each)
    elif isinstance(value, list):
        for each in value:
            yield from _titles(each)
