"""How an error is told: one text for people, one problem document (RFC 9457) for programs.

The local API answers with the same documents, so an error of the running node and one found here
look alike and end with the same exit code.
"""

import traceback
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click

from gateway.cli import output
from gateway.client.errors import AnsweredError as AnsweredError
from gateway.client.errors import NodeDownError as NodeDownError
from gateway.errors import (
    ExitCode,
    GatewayError,
    Problem,
    exit_code_of,
)

# How a command ends, for people; the README, the man page and the reference show this table.
MEANINGS: Final[Mapping[ExitCode, str]] = MappingProxyType(
    {
        ExitCode.DONE: "done",
        ExitCode.FAILURE: "failure",
        ExitCode.USAGE: "wrong command line",
        ExitCode.INVALID: "invalid input or configuration",
        ExitCode.NOT_FOUND: "not found",
        ExitCode.UNAVAILABLE: "unavailable: try again",
        ExitCode.CONFLICT: "conflict with the state of the thing",
        ExitCode.REFUSED_BY_POLICY: "refused by policy",
        ExitCode.VERIFICATION_FAILED: "verification failed",
        ExitCode.WAIT_TIMED_OUT: "the wait timed out",
        ExitCode.WARNING: "done, with a warning",
        ExitCode.REFUSED_BY_PEER: "refused, declined or expired on the other side",
    }
)

# A list of faults longer than this helps nobody at a terminal; `--json` shows them all.
_SHOWN: Final = 20


def report(error: Exception, *, as_json: bool, config: Path | None = None) -> int:
    """Tell the error on stderr and return the exit code it stands for.

    Args:
        config: The node that was named on the command line; the next step is one on the same node.
    """
    if isinstance(error, click.UsageError) and not as_json:
        error.show()
        if isinstance(error, click.NoSuchOption) and error.option_name == "--config":
            output.talk("next: it stands before the command: gateway --config FILE COMMAND")
        return ExitCode.USAGE
    document = problem_document(error)
    if as_json:
        output.document(document, error=True)
    else:
        if config is not None and document.get("hint"):
            document |= {"hint": output.for_node(str(document["hint"]), config)}
        output.talk(_text(document))
    return int(document["exit_code"])


def problem_document(error: Exception) -> dict[str, Any]:
    """Return the problem document of any error."""
    if isinstance(error, AnsweredError):
        return _checked(error.document)
    code = exit_code(error)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    return {
        "type": f"urn:moc:problem:{_name(code)}",
        "title": _name(code).replace("-", " "),
        "detail": _detail(error),
        "code": _name(code),
        "exit_code": int(code),
        "problems": [{"where": problem.where, "text": problem.text} for problem in problems],
        "hint": getattr(error, "hint", ""),
    }


def exit_code(error: Exception) -> ExitCode:
    """Return the exit code of an error found on this side of the socket."""
    return ExitCode.USAGE if isinstance(error, click.UsageError) else exit_code_of(error)


def _detail(error: Exception) -> str:
    match error:
        case GatewayError():
            return str(error)
        case click.Abort():
            return "stopped by the user"
        case click.ClickException():
            return error.format_message()
        case OSError():
            named = f": {error.filename}" if error.filename else ""
            return f"{error.strerror or type(error).__name__}{named}"
    # The value of an unforeseen error may be anything, so only its kind and its place are told.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"unforeseen {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _checked(document: Mapping[str, Any]) -> dict[str, Any]:
    code = document.get("exit_code")
    known = code in {int(each) for each in ExitCode if each is not ExitCode.DONE}
    return {**document, "exit_code": code if known else int(ExitCode.FAILURE)}


def _text(document: Mapping[str, Any]) -> str:
    lines = [f"error: {document.get('detail') or document.get('title') or 'no reason given'}"]
    problems = document.get("problems") or []
    lines += [f"  {problem['where'] or '/'}: {problem['text']}" for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"  and {len(problems) - _SHOWN} more")
    if document.get("hint"):
        lines.append(f"next: {document['hint']}")
    return "\n".join(lines)


def _name(code: ExitCode) -> str:
    return code.name.lower().replace("_", "-")
