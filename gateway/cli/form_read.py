"""A form that somebody filled in, read back: the values, and each fault at its line.

What is empty is left out. Values are taken as an officer means them (`typed`), so a date needs no
quotation marks and a code may be written in capitals. Faults go back into the same text as comments
above the lines they speak of; nothing of what was written is changed or lost.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.cli.form import Field, Kind
from gateway.cli.form_answers import UnfitError, typed
from gateway.cli.form_places import line_of, places
from gateway.cli.form_schema import Path, path_of
from gateway.cli.form_toml import MARK, TAKEN_OFF
from gateway.errors import GatewayError

# What was left empty; null is a value of its own.
_EMPTY: Final = object()
_AT: Final = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: the line it is told at, the path of the field if it has one, and the words."""

    line: int
    path: Path
    text: str


class UnreadableFormError(GatewayError):
    """The text is no form any more; `fault` says at which line it stops to be one."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"line {fault.line}: {fault.text}")
        self.fault = fault


def read(field: Field, text: str) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    """Return the values of a form, and the faults in them in the order of their lines.

    Raises:
        UnreadableFormError: It cannot be read as a whole.
    """
    plain = without_marks(text)
    try:
        document = tomllib.loads(plain)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFormError(_syntax(str(error), plain)) from None
    except (RecursionError, ValueError):
        # Nested without end, or a number of thousands of digits.
        raise UnreadableFormError(Fault(line=1, path=(), text="cannot be read")) from None
    unfit: dict[Path, str] = {}
    found = _cleaned(field, document, (), unfit)
    values: dict[str, Any] = found if isinstance(found, dict) else {}
    for member in field.members():
        if member.is_required and member.kind is Kind.GROUP:
            values.setdefault(member.name, {})  # what is missing is then told field by field
    for fault in field.faults(values):
        path = path_of(fault.pointer)
        # What could not even be taken has better words of its own.
        if not any(path == known[: len(path)] or known == path[: len(known)] for known in unfit):
            unfit[path] = fault.text
    return values, at_lines(plain, unfit)


def at_lines(text: str, words: Mapping[Path, str]) -> tuple[Fault, ...]:
    """Return faults with the lines that they belong to, in that order."""
    known = places(without_marks(text))
    faults = [Fault(line=line_of(path, known), path=path, text=words[path]) for path in words]
    return tuple(sorted(faults, key=lambda fault: fault.line))


def without_marks(text: str) -> str:
    """Return the form without the faults that were written into it."""
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    return "\n".join(line for line in lines if not line.startswith(MARK))


def marked(text: str, faults: Sequence[Fault], field: Field) -> str:
    """Return the form with every fault above its line, and a word about it at the top."""
    lines = without_marks(text).split("\n")
    for fault in sorted(faults, key=lambda fault: -fault.line):
        label = field.label_of(fault.path)
        words = f"{label}: {fault.text}" if label else fault.text
        lines.insert(min(fault.line, len(lines)) - 1, f"{MARK} {words}")
    needs = "One place needs" if len(faults) == 1 else f"{len(faults)} places need"
    return "\n".join([f"{MARK} {needs} another look; each is marked with {MARK}", *lines])


def is_empty(text: str) -> bool:
    """Tell whether nothing but comments and empty lines is left."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.split("\n"))


def _cleaned(field: Field | None, value: Any, path: Path, unfit: dict[Path, str]) -> Any:
    """Return a value without what is empty and as the field means it; `_EMPTY` for nothing."""

    def below(name: str, each: Any) -> Any:
        inner = field.below(name) if field is not None else None
        return _cleaned(inner, each, (*path, name), unfit)

    match value:
        case dict():
            named = {name: below(name, each) for name, each in value.items()}
            return {name: each for name, each in named.items() if each is not _EMPTY} or _EMPTY
        case list():
            entries = [below(str(number), each) for number, each in enumerate(value)]
            return [each for each in entries if each is not _EMPTY] or _EMPTY
        case str() if not value.strip():
            return _EMPTY
        case str() if field is not None and field.takes_null and value.strip() == TAKEN_OFF:
            return None
    return _leaf(field, value, path, unfit)


def _leaf(field: Field | None, value: Any, path: Path, unfit: dict[Path, str]) -> Any:
    text = _as_text(value)
    if text is None:
        unfit[path] = "is no value of a form: write it between quotation marks"
        return ""
    if field is None or field.kind in {Kind.GROUP, Kind.KEYED, Kind.OPEN}:
        return value if isinstance(value, bool | int) else text
    try:
        return typed(field, text)
    except UnfitError as error:
        unfit[path] = str(error)
        return text


def _as_text(value: Any) -> str | None:
    """Return a value of TOML as the officer would have typed it; None for what nobody would."""
    match value:
        case str():
            # The one line end before the closing marks of a long text is not part of it.
            return value.removesuffix("\n")
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case dt.datetime():
            if value.tzinfo is None:
                return value.isoformat()
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case dt.date():
            return value.isoformat()
    return None


def _syntax(text: str, form: str) -> Fault:
    """Return the fault that the reader of TOML found, in words for people."""
    found = _AT.search(text)
    lines = form.split("\n")
    line = int(found[1]) if found else len(lines)
    here = lines[line - 1] if line <= len(lines) else ""
    words = "cannot be read: a name, =, and a text between two quotation marks"
    if any(sign in text for sign in ("overwrite", "twice", "Cannot")):
        words = "stands twice: count on (q1, q2, q3), or take one of the two away"
    elif "escape" in text:
        words = "a backslash in a text is written \\\\"
    elif here.strip().lower().endswith(("= yes", "= no")):
        words = "write true or false"
    elif not found or here.count('"') % 2:
        words = 'a quotation mark is missing, or one inside a text should be written \\"'
    return Fault(line=line, path=(), text=words)
