"""Problem documents (RFC 9457) for the local API: for our own people, so they say what to do next.

They carry the exit code of the command line, which prints the same documents for its own errors.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import web

from gateway.errors import (
    ExitCode,
    GatewayError,
    Problem,
    exit_code_of,
)
from gateway.http.answers import PROBLEM, RefusedError, respond

STATUS_OF: Final[Mapping[ExitCode, HTTPStatus]] = {
    ExitCode.FAILURE: HTTPStatus.INTERNAL_SERVER_ERROR,
    ExitCode.USAGE: HTTPStatus.BAD_REQUEST,
    ExitCode.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    ExitCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ExitCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ExitCode.CONFLICT: HTTPStatus.CONFLICT,
    ExitCode.REFUSED_BY_POLICY: HTTPStatus.FORBIDDEN,
    ExitCode.VERIFICATION_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
    ExitCode.WAIT_TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT,
    ExitCode.REFUSED_BY_PEER: HTTPStatus.CONFLICT,
}

# What a request that never reached the desk means for the one who made it.
_CODE_OF: Final[Mapping[HTTPStatus, ExitCode]] = {
    HTTPStatus.FORBIDDEN: ExitCode.REFUSED_BY_POLICY,
    HTTPStatus.NOT_FOUND: ExitCode.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ExitCode.INVALID,
    HTTPStatus.SERVICE_UNAVAILABLE: ExitCode.UNAVAILABLE,
}

# What to send instead, where the status alone leaves a caller guessing.
_HINTS: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: "that path takes {Allow}",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "send Content-Type: application/json, without an encoding",
}

_EXIT_CODES: Final = sorted({int(each) for each in (*STATUS_OF, *_CODE_OF.values())})

# Malformed HTTP is answered before anybody knows who asks, with the first three members alone.
PROBLEM_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "additionalProperties": False,
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "`urn:moc:problem:` and the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in words for people."},
        "code": {"type": "string", "description": "The kind of trouble in one word."},
        "exit_code": {
            "type": "integer",
            "enum": _EXIT_CODES,
            "description": "How the command line ends on it.",
        },
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["where", "text"],
                "properties": {
                    "where": {
                        "type": "string",
                        "description": "A JSON Pointer into the body, or the name of a parameter.",
                    },
                    "text": {"type": "string"},
                },
            },
        },
        "hint": {"type": "string", "description": "The command that helps, or empty."},
    },
    "examples": [
        {
            "type": "urn:moc:problem:invalid",
            "title": "invalid",
            "status": 422,
            "detail": "the body does not fit inquiry.request",
            "code": "invalid",
            "exit_code": 3,
            "problems": [{"where": "/questions", "text": "is missing"}],
            "hint": "`gateway template inquiry.request` prints one that fits",
        }
    ],
}


def document(error: GatewayError) -> dict[str, Any]:
    """Return the problem document of an error."""
    code = exit_code(error)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    hint = getattr(error, "hint", "")
    return _members(code, STATUS_OF[code], str(error), problems=problems, hint=hint)


def problem(error: GatewayError) -> web.Response:
    """Return the answer for an error of the desk."""
    members = document(error)
    return respond(orjson.dumps(members), status=members["status"], media_type=PROBLEM)


def refused(refusal: RefusedError) -> web.Response:
    """Return the answer for a request that HTTP itself does not take; it closes the connection."""
    status = refusal.status
    hint = _HINTS.get(status, "").format(**refusal.headers)
    members = _members(_CODE_OF.get(status, ExitCode.USAGE), status, status.description, hint=hint)
    answer = respond(orjson.dumps(members), status=status, media_type=PROBLEM)
    answer.headers.update(refusal.headers)
    answer.force_close()
    return answer


def exit_code(error: GatewayError) -> ExitCode:
    """Return the exit code of an error; a warning is no failure and has no status of its own."""
    found = exit_code_of(error)
    return found if found in STATUS_OF else ExitCode.FAILURE


def _members(
    code: ExitCode,
    status: HTTPStatus,
    detail: str,
    *,
    problems: tuple[Problem, ...] = (),
    hint: str = "",
) -> dict[str, Any]:
    name = code.name.lower().replace("_", "-")
    return {
        "type": f"urn:moc:problem:{name}",
        "title": name.replace("-", " "),
        "status": int(status),
        "detail": detail,
        "code": name,
        "exit_code": int(code),
        "problems": [{"where": each.where, "text": each.text} for each in problems],
        "hint": hint,
    }
