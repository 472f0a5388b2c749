"""Answers: whether they fit what they answer."""

import pytest

from gateway.catalogue import (
    Bodies,
    answers_fit,
    clarification_fits,
    extension_fits,
    needs_fit,
)


def request(**changes):
    text = {"en": "?"}
    return {
        "inquiry_type": "person",
        "questions": {
            "q1": {"text": text, "expected": "bool"},
            "q2": {"text": text, "expected": "date"},
            "q3": {"text": text, "expected": "text"},
        },
        "reason": text,
        **changes,
    }


def answer(final=True, **changes):
    answers = {
        "q1": {"status": "answered", "value": "true"},
        "q2": {"status": "answered", "value": "2026-03"},
        "q3": {"status": "unknown"},
    }
    merged = {key: value for key, value in (answers | changes).items() if value is not None}
    return {"answers": merged, "final": final}


def where(*bodies):
    return [problem.where for problem in answers_fit(*bodies)]


def test_a_full_answer_fits():
    assert where(request(), answer()) == []


def test_the_shipped_examples_fit_each_other(bodies: Bodies):
    assert where(bodies.example("inquiry.request"), bodies.example("inquiry.answer")) == []


CASES = [
    (answer(q4={"status": "unknown"}), ["/answers/q4"]),
    (answer(q3=None), ["/answers/q3"]),
    (answer(q1={"status": "answered", "value": "maybe"}), ["/answers/q1/value"]),
    (answer(q2={"status": "answered", "value": "last week"}), ["/answers/q2/value"]),
    (answer(q2={"status": "answered", "value": "2026-03-31\n"}), ["/answers/q2/value"]),
    (answer(q3={"status": "answered"}), ["/answers/q3/value"]),
    (answer(q3={"status": "later"}), ["/answers/q3/status"]),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_what_does_not_fit_is_named(body, expected):
    assert where(request(), body) == expected


def test_an_answer_in_words_needs_no_value():
    body = answer(q1={"status": "answered", "text": {"en": "It depends on the province."}})
    assert where(request(), body) == []


def test_a_partial_answer_may_leave_questions_open():
    assert where(request(), answer(final=False, q3=None)) == []
    assert where(request(), answer(final=False, q3={"status": "later"})) == []


def test_a_partial_answer_is_not_for_who_wants_a_whole_one():
    assert where(request(partial_ok=False), answer(final=False)) == ["/final"]
    assert where(request(partial_ok=False), answer()) == []


def test_declined_and_unknown_questions_need_no_value():
    body = answer(q1={"status": "declined"}, q2={"status": "unknown"})
    assert where(request(), body) == []


def clarified(*keys):
    return {"answers": {key: {"text": {"en": "So."}} for key in keys}}


@pytest.mark.parametrize(
    ("keys", "problems"),
    [
        (("q1", "q2"), []),
        (("q1",), [("/answers/q2", "is missing")]),
        (("q1", "q2", "q9"), [("/answers/q9", "was not asked")]),
        (("q9",), [("/answers/q9", "was not asked"), ("/answers/q1", "is missing")]),
    ],
)
def test_a_clarification_has_exactly_the_questions_that_were_asked(keys, problems):
    asked = {"questions": {"q1": {}, "q2": {}}}
    found = [(each.where, each.text) for each in clarification_fits(asked, clarified(*keys))]
    assert found[: len(problems)] == problems
    assert bool(found) == bool(problems)


def test_the_shipped_examples_of_a_clarification_fit_each_other(bodies: Bodies):
    asked, answered = (bodies.example(f"clarification.{name}") for name in ("request", "answer"))
    assert clarification_fits(asked, answered) == ()


# --- more time, and help with an exam -------------------------------------------------------------


DUE = "2026-07-31T08:00:00Z"
GIVEN = [
    ({"agreed": True, "due": DUE}, []),
    ({"agreed": True, "due": "2026-07-30T08:00:00Z"}, []),
    ({"agreed": True, "due": "2026-07-31T08:00:01Z"}, ["/due"]),
    ({"agreed": False, "due": "2027-01-01T00:00:00Z"}, []),
    ({"agreed": False}, []),
]


@pytest.mark.parametrize(("given", "expected"), GIVEN)
def test_nobody_gives_more_time_than_was_asked_for(given, expected):
    problems = extension_fits({"due": DUE, "reason": {"en": "?"}}, given)
    assert [problem.where for problem in problems] == expected


def test_only_needs_that_were_asked_for_are_answered():
    asked = {"needs": {"n1": {"code": "venue"}, "n2": {"code": "staff"}}}
    assert needs_fit(asked, {"reply": "agree"}) == ()
    assert needs_fit(asked, {"reply": "partly", "needs": {"n2": {"reply": "unable"}}}) == ()
    strange = needs_fit(asked, {"reply": "partly", "needs": {"n3": {"reply": "agree"}}})
    assert [problem.where for problem in strange] == ["/needs/n3"]


@pytest.mark.parametrize(
    ("fits", "question"),
    [(extension_fits, "extension.request"), (needs_fit, "exam.cooperation.request")],
)
def test_the_shipped_examples_of_the_others_fit_each_other_too(bodies: Bodies, fits, question):
    answer = {"extension.request": "extension.answer"}.get(question, "exam.cooperation.response")
    assert fits(bodies.example(question), bodies.example(answer)) == ()
