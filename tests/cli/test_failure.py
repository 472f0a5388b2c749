"""Errors of both sides of the socket: one text, one document, one exit code."""

import json

import pytest

from gateway.cli import failure
from gateway.errors import (
    ConflictError,
    ExitCode,
    InvalidBodyError,
    InvalidError,
    LocalError,
    NotFoundError,
    OutOfOrderError,
    PolicyError,
    Problem,
    TransientError,
    UnknownTypeError,
    VerificationError,
)

CODES = [
    (LocalError("x"), ExitCode.FAILURE),
    (InvalidError("x"), ExitCode.INVALID),
    (NotFoundError("x"), ExitCode.NOT_FOUND),
    (TransientError("x"), ExitCode.UNAVAILABLE),
    (ConflictError("x"), ExitCode.CONFLICT),
    (OutOfOrderError("x"), ExitCode.CONFLICT),
    (PolicyError("x"), ExitCode.REFUSED_BY_POLICY),
    (VerificationError("x"), ExitCode.VERIFICATION_FAILED),
    (InvalidBodyError("x"), ExitCode.INVALID),
    (UnknownTypeError("x"), ExitCode.INVALID),
    (PermissionError(13, "Permission denied", "/x"), ExitCode.FAILURE),
]


@pytest.mark.parametrize(("error", "code"), CODES)
def test_every_kind_of_error_has_its_exit_code(error, code, capsys):
    assert failure.report(error, as_json=False) == code
    assert failure.report(error, as_json=True) == code
    assert capsys.readouterr().out == ""


def test_an_error_says_what_where_and_what_next(capsys):
    error = InvalidError(
        "the body does not fit",
        problems=(Problem("/questions/q1", "is missing"), Problem("", "is empty")),
        hint="gateway template inquiry.request",
    )
    failure.report(error, as_json=False)
    assert capsys.readouterr().err == (
        "error: the body does not fit\n"
        "  /questions/q1: is missing\n"
        "  /: is empty\n"
        "next: gateway template inquiry.request\n"
    )


def test_an_unforeseen_error_tells_its_kind_and_place_but_no_value(capsys):
    def fail():
        raise ValueError("CHAN DARA JP-2026-00417")

    with pytest.raises(ValueError, match="CHAN") as caught:
        fail()
    assert failure.report(caught.value, as_json=False) == ExitCode.FAILURE
    told = capsys.readouterr().err
    assert "ValueError at test_failure.py:" in told
    assert "CHAN" not in told


def test_an_error_cannot_move_the_cursor(capsys):
    failure.report(LocalError("\x1b[2J\u202egone\r"), as_json=False)
    assert capsys.readouterr().err == "error: \\u001b[2J\\u202egone\\u000d\n"


ANSWERS = [
    (404, {"detail": "no such message", "exit_code": 4, "code": "not-found"}, 4),
    (409, {"detail": "the prefix fits 2 messages", "exit_code": 6, "hint": "type more of it"}, 6),
    (403, {"detail": "not for you", "exit_code": 7}, 7),
    (504, {"detail": "time is up", "exit_code": 9}, 9),
    (409, {"detail": "declined", "exit_code": 11}, 11),
    (500, {"title": "broken"}, 1),
    (500, {"detail": "odd", "exit_code": 0}, 1),
    (500, {"detail": "odd", "exit_code": 77}, 1),
    (500, {"detail": "odd", "exit_code": "4"}, 1),
]


@pytest.mark.parametrize(("status", "answer", "code"), ANSWERS)
def test_what_the_node_says_decides_the_exit_code(run, desk, status, answer, code):
    desk.answers["/v1/messages/0195c2a4-7b1e"] = (status, answer)
    finished = run("--config", str(desk.config), "show", "--no-content", "0195c2a4-7b1e")
    assert (finished.code, finished.out) == (code, "")
    assert finished.err.startswith(f"error: {answer.get('detail', 'broken')}\n")


def test_the_document_of_the_node_is_passed_on_as_json(run, desk):
    document = {"detail": "no", "exit_code": 6, "problems": [{"where": "/x", "text": "y"}]}
    desk.answers["/v1/messages/0195c2a4-7b1e/accept"] = (409, document)
    finished = run("--config", str(desk.config), "accept", "0195c2a4-7b1e", "--json")
    assert (finished.code, json.loads(finished.err)) == (6, document)


@pytest.mark.parametrize("garbage", [b"", b"<html>", b"[1]", b'{"a": ' + b"[" * 9999])
def test_an_unreadable_answer_is_no_answer(run, desk, garbage):
    desk.answers["/v1/status"] = (200, garbage)
    finished = run("--config", str(desk.config), "status")
    assert finished.code == 5
    assert "no readable answer" in finished.err
