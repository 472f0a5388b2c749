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


def problem(error: GatewayError) -> web.Response:
    """Return the answer for an error of the desk."""
    code = exit_code(error)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    return _document(
        code, STATUS_OF[code], str(error), problems=problems, hint=getattr(error, "hint", "")
    )


def refused(refusal: RefusedError) -> web.Response:
    """Return the answer for a request that HTTP itself does not take; it closes the connection."""
    status = refusal.status
    answer = _document(_CODE_OF.get(status, ExitCode.USAGE), status, status.description)
    answer.headers.update(refusal.headers)
    answer.force_close()
    return answer


def exit_code(error: GatewayError) -> ExitCode:
    """Return the exit code of an error; a warning is no failure and has no status of its own."""
    found = exit_code_of(error)
    return found if found in STATUS_OF else ExitCode.FAILURE


def _document(
    code: ExitCode,
    status: HTTPStatus,
    detail: str,
    *,
    problems: tuple[Problem, ...] = (),
    hint: str = "",
) -> web.Response:
    name = code.name.lower().replace("_", "-")
    members: dict[str, Any] = {
        "type": f"urn:moc:problem:{name}",
        "title": name.replace("-", " "),
        "status": int(status),
        "detail": detail,
        "code": name,
        "exit_code": int(code),
        "problems": [{"where": each.where, "text": each.text} for each in problems],
        "hint": hint,
    }
    return respond(orjson.dumps(members), status=status, media_type=PROBLEM)
