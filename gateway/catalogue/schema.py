"""A JSON Schema that finds every fault and tells no value.

The library's own messages quote what stands in the document, so none of them is used: the text
is built from the kind of fault and the schema (`faults.py`). A fault has two pointers. `pointer`
is for whoever wrote the document and may name a member that the schema does not know; `starred`
is for a peer, and shows only names that the schema itself gives or allows.

A schema is whole in itself, so its digest covers all it says. A reference to anywhere else fails
when it is compiled; nothing is ever fetched. Patterns run in an engine without backtracking, so
no text can make one slow.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

import jsonschema_rs

from gateway.catalogue.faults import words
from gateway.envelope.digests import digest
from gateway.errors import InvalidError, Problem

# As many as an entry of a receipt may point at.
MAX_FAULTS: Final = 16
# A longer member name is no name; it would only fill the reader's screen.
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in a document: `pointer` for its own author, `starred` for the peer."""

    pointer: str
    starred: str
    text: str


class Schema:
    """One schema file, tried at once and compiled to stay when a document is first judged.

    Args:
        raw: The exact bytes of the file.
        where: The name of the file, for the error.

    Raises:
        InvalidError: It is not a schema, or points outside itself. A node with a broken
            catalogue must not start.
    """

    def __init__(self, raw: bytes, *, where: str) -> None:
        try:
            self.document: Final[dict[str, Any]] = json.loads(raw)
            _compiled(self.document)
        except ValueError as error:
            # The library's own error is a ValueError too. Schemas are ours and hold no secret.
            problem = Problem(where, str(error))
            raise InvalidError("a schema cannot be used", problems=(problem,)) from None
        self.digest: Final = digest(raw)
        self._names, self._patterns = _vocabulary(self.document)

    def faults(self, document: object) -> tuple[Fault, ...]:
        """Return the first 16 faults of a document, none when it fits."""
        try:
            errors = self._validator.iter_errors(document)
            found = (fault for error in errors for fault in self._faults(error))
            return tuple(islice(found, MAX_FAULTS))
        except ValueError:
            # Not JSON at all: a lone surrogate, a key that is no text, or far too deep. The strict
            # reader stops all of these; whoever comes another way gets an answer too.
            return (Fault(pointer="", starred="", text="is not JSON that can be sent"),)

    def check_file(self, document: object, *, where: str) -> None:
        """Let pass only a data file of our own that fits.

        Raises:
            InvalidError: It does not fit; `problems` has a pointer into the file for each fault.
        """
        if faults := self.faults(document):
            problems = tuple(Problem(f"{where}#{fault.pointer}", fault.text) for fault in faults)
            raise InvalidError(f"{where} cannot be used", problems=problems)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        # The patterns of all types and routes weigh 15 MB compiled, and take half a millisecond a
        # type. A node that proved them at its start keeps those of the types that it meets.
        return _compiled(self.document)

    def _faults(self, error: jsonschema_rs.ValidationError) -> Iterator[Fault]:
        for member, text in words(self.document, error):
            path = [*error.instance_path, *([] if member is None else [member])]
            yield Fault(
                pointer=_pointer(_printable(token) for token in path),
                starred=_pointer(self._star(token) for token in path),
                text=text,
            )

    def _star(self, token: str | int) -> str:
        """Return the token if the schema itself gives or allows that name, else `*`."""
        if isinstance(token, int) or token in self._names:
            return str(token)
        # Keys of keyed objects are opaque ids by the schema's own pattern and say nothing.
        return token if any(pattern.fullmatch(token) for pattern in self._patterns) else "*"


def _compiled(document: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        document,
        validate_formats=True,
        ignore_unknown_formats=False,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def _vocabulary(document: object) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Collect every member name and every pattern for names that a schema gives."""
    names: set[str] = set()
    patterns: set[str] = set()
    for node in _objects(document):
        names.update(_object(node.get("properties")))
        patterns.update(_object(node.get("patternProperties")))
    return frozenset(names), tuple(re.compile(pattern) for pattern in sorted(patterns))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _pointer(tokens: Iterator[str]) -> str:
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def _printable(token: str | int) -> str:
    text = str(token)
    return text if text.isprintable() and len(text) <= _MAX_NAME else "*"
