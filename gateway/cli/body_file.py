"""The body of a message as the caller hands it over: a file, or `-` for what is piped in.

Only its form as JSON is judged here, with line and column; whether it fits its type is the
node's to say. Numbers and duplicate names are kept from being smoothed over on the way: what the
caller wrote is what the node judges.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from gateway.errors import InvalidError, LocalError, NotFoundError, Problem

# The content of a message may be 1 MiB with its salt and note, so no body can be larger.
LIMIT: Final = 2**20


def read_body(name: str) -> dict[str, Any]:
    """Return the body in the file of that name, or on stdin for `-`.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is no JSON object, or larger than any message may be.
    """
    raw = _read(name)
    where = "stdin" if name == "-" else name
    if len(raw) > LIMIT:
        raise InvalidError(
            f"the body in {where} is larger than {LIMIT} bytes", hint="send it in parts"
        )
    body = parse(raw, where)
    if not isinstance(body, dict):
        raise InvalidError(
            f"{where} is not a JSON object", problems=(Problem(f"{where}:1", "begin with {"),)
        )
    return body


def parse(raw: bytes, where: str) -> Any:
    """Return the JSON value in `raw`.

    Raises:
        InvalidError: It is not UTF-8 or not JSON; the problem names line and column.
    """
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        place, text = _place(raw[: error.start]), "not UTF-8"
    except json.JSONDecodeError as error:
        place, text = f"{error.lineno}:{error.colno}", error.msg
    except _FormError as error:
        place, text = "", str(error)
    except RecursionError:
        place, text = "", "nested too deeply"
    except ValueError:
        # Python stops at numbers of more than 4,300 digits.
        place, text = "", "a number is too long"
    raise InvalidError(
        f"{where} is not valid JSON",
        problems=(Problem(f"{where}:{place}".removesuffix(":"), text),),
        hint="gateway template TYPE prints a body to start from",
    )


class _FormError(ValueError):
    """The text is JSON for Python, but has more than one meaning."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, member in pairs:
        if name in value:
            raise _FormError(f"the member {json.dumps(name)} stands twice in one object")
        value[name] = member
    return value


def _no_constant(name: str) -> None:
    raise _FormError(f"{name} is not a JSON number")


def _read(name: str) -> bytes:
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
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {name}") from None
    except OSError as error:
        raise LocalError(f"cannot read {name}: {error.strerror}") from None


def _place(before: bytes) -> str:
    line = before.count(b"\n") + 1
    column = len(before) - before.rfind(b"\n")
    return f"{line}:{column}"
