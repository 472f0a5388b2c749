"""The body of a message as the caller hands it over: a file, or `-` for what is piped in.

Its form is judged by the reader of the wire; here a refusal gets its line and column. Whether the
body fits its type is the node's to say: what the caller wrote is what the node judges.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.errors import InvalidError, LocalError, MalformedError, NotFoundError, Problem

# The content of a message may be 1 MiB with its salt and note, so no body can be larger.
LIMIT: Final = 2**20

# What stands outside strings and matters here; each alternative matches in one way only.
_TOKEN: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?P<colon>[ \t\n\r]*:)?'
    r"|(?P<number>-?[0-9][0-9.eE+-]*)|(?P<constant>NaN|-?Infinity)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<zero>u0000)|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_LARGEST: Final = 2**53
# A form begins with a comment, a name or a block in brackets that is none of JSON's; a body with {.
_FORM: Final = re.compile(rb"\s*(?:#|[A-Za-z_][\w.-]*\s*=|\[{1,2}[A-Za-z_])")
_TEMPLATE: Final = "gateway template TYPE prints a body to start from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file holds: a body, or the text of a form that is still to be read."""

    where: str
    body: dict[str, Any] | None = None
    form: str = ""


def read_any(name: str) -> Content:
    """Return the body, or the form as `gateway template TYPE --toml` prints it, in a file.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is a folder, larger than any message may be, or neither a form nor a JSON
            object with one meaning; the problem names line and column and what to write instead.
    """
    raw = _read(name)
    where = _where(name)
    if not (name.endswith(".toml") or (name == "-" and _FORM.match(raw))):
        return Content(where=where, body=_body(raw, where))
    try:
        return Content(where=where, form=raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line, what = _place(raw[: error.start].decode()), "not UTF-8: save the file as UTF-8"
        problem = Problem(f"{where}:{line}", what)
        raise InvalidError(f"the form in {where} cannot be read", problems=(problem,)) from None


def _where(name: str) -> str:
    return "stdin" if name == "-" else name


def _body(raw: bytes, where: str) -> dict[str, Any]:
    # Heavy with cryptography, so not before there is something to judge.
    from gateway.envelope import strict

    try:
        return strict.parse(raw, limit=LIMIT)
    except MalformedError as error:
        place, text = _fault(raw) or ("", str(error))
    raise InvalidError(
        f"the body in {where} cannot be sent",
        problems=(Problem(f"{where}:{place}".removesuffix(":"), text),),
        hint=_TEMPLATE,
    )


def _fault(raw: bytes) -> tuple[str, str] | None:
    """Return where the first fault of a refused text stands and what to do about it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _place(raw[: error.start].decode()), "not UTF-8: save the file as UTF-8"
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.lineno}:{error.colno}", f"not JSON: {error.msg}"
    except (RecursionError, ValueError):
        # Too deep or too long a number for Python; the walk below finds either.
        value = {}
    if first := next(_faults(text), None):
        at, what = first
        return _place(text[:at]), what
    return None if isinstance(value, dict) else ("1:1", "not a JSON object: begin with {")


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield where something stands that JSON allows and a message does not."""
    from gateway.envelope import limits

    names: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                names.append(set())
                if len(names) > limits.DEPTH:
                    yield token.start(), f"nested deeper than {limits.DEPTH}: write it flatter"
            case "close":
                names.pop()
            case "number" | "constant":
                if not _is_integer(token.group()):
                    what = "not a whole number from -2^53 to 2^53: write it as a text"
                    yield token.start(), what
            case _:
                yield from _faults_of_text(token["text"], token.start())
                # A name and its colon, one object deep.
                if token["colon"] is not None and names:
                    name = json.loads(token["text"], strict=False)
                    if name in names[-1]:
                        yield token.start(), "this name stands twice in one object: keep one"
                    names[-1].add(name)


def _faults_of_text(text: str, start: int) -> Iterator[tuple[int, str]]:
    for escape in _ESCAPE.finditer(text):
        if escape["zero"]:
            yield start + escape.start(), "the character U+0000: leave it out"
        if escape["half"]:
            what = "half a character (a lone surrogate): write the whole one as UTF-8"
            yield start + escape.start(), what


def _is_integer(text: str) -> bool:
    digits = text.removeprefix("-")
    return text != "-0" and digits.isdigit() and len(digits) <= 16 and int(digits) <= _LARGEST


def _read(name: str) -> bytes:
    raw = _bytes(name)
    if len(raw) > LIMIT:
        where = _where(name)
        raise InvalidError(
            f"the body in {where} is larger than {LIMIT} bytes", hint="send it in parts"
        )
    return raw


def _bytes(name: str) -> bytes:
    if name == "-":
        if sys.stdin.isatty():
            raise LocalError(
                "the body should come from stdin, but that is this terminal",
                hint="pipe a file in, or name it instead of -",
            )
        return sys.stdin.buffer.read(LIMIT + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise InvalidError(f"{name} is a folder", hint="name the file with the body") from None
    except OSError as error:
        raise LocalError(f"cannot read {name}: {error.strerror}") from None


def _place(before: str) -> str:
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return f"{line}:{column}"
