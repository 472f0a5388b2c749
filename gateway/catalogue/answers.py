"""Whether an answer fits the message that it answers.

The schemas judge each body alone; this compares the two. The keys of the answers are the ids of
the questions, so nothing has to be guessed from order or wording.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.errors import Problem

_DATE: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_BOOLEANS: Final = frozenset({"true", "false"})


def answers_fit(
    request_body: Mapping[str, Any], answer_body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what does not fit, none when all does; both bodies have passed their schemas.

    A partial answer may leave questions open unless the request said that it does not want one;
    a final answer has a word on every question, be it that the answer is not known.
    """
    return tuple(_problems(request_body, answer_body))


def clarification_fits(
    request_body: Mapping[str, Any], answer_body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what does not fit, none when every question asked, and no other, has its answer."""
    questions, answers = request_body["questions"].keys(), answer_body["answers"].keys()
    return (
        *(Problem(f"/answers/{key}", "was not asked") for key in sorted(answers - questions)),
        *(Problem(f"/answers/{key}", "is missing") for key in sorted(questions - answers)),
    )


def extension_fits(
    request_body: Mapping[str, Any], answer_body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what does not fit, none unless more time is given than was asked for."""
    # One form of times, so that texts compare as the moments they name.
    if answer_body["agreed"] and answer_body["due"] > request_body["due"]:
        return (Problem("/due", "is later than was asked for"),)
    return ()


def needs_fit(
    request_body: Mapping[str, Any], answer_body: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """Return what does not fit, none when every need that is spoken of was asked for."""
    strange = answer_body.get("needs", {}).keys() - request_body["needs"].keys()
    return tuple(Problem(f"/needs/{key}", "was not asked for") for key in sorted(strange))


def _problems(request: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Problem]:
    questions: Mapping[str, Any] = request["questions"]
    answers: Mapping[str, Any] = answer["answers"]
    for key in sorted(answers.keys() - questions.keys()):
        yield Problem(f"/answers/{key}", "answers a question that was not asked")
    if answer["final"]:
        for key in sorted(questions.keys() - answers.keys()):
            yield Problem(f"/answers/{key}", "is missing, and the answer is final")
    elif not request.get("partial_ok", True):
        yield Problem("/final", "is false, and the inquiry wants one whole answer")
    for key in sorted(questions.keys() & answers.keys()):
        yield from _value(key, questions[key]["expected"], answers[key], final=answer["final"])


def _value(key: str, expected: str, answer: Mapping[str, Any], *, final: bool) -> Iterator[Problem]:
    if answer["status"] == "later" and final:
        yield Problem(f"/answers/{key}/status", "is later, and the answer is final")
    if answer["status"] != "answered":
        return
    value = answer.get("value")
    if value is None:
        if "text" not in answer:
            yield Problem(f"/answers/{key}/value", "is missing, and so is a text")
    elif expected == "bool" and value not in _BOOLEANS:
        yield Problem(f"/answers/{key}/value", "is neither true nor false")
    elif expected == "date" and not _DATE.fullmatch(value):
        yield Problem(f"/answers/{key}/value", "is not a date such as 2026-03-31")
