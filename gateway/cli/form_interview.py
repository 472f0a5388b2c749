"""A form filled in by answers, question by question, forward and back.

The answers are a list, and the walk through the form is made anew from it. Going back is to drop
the last answer and to walk again, so there is one order of questions and no second way through it.
Nothing here knows a terminal: a test answers as well as an officer does.
"""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.cli.form import Field, Kind
from gateway.cli.form_answers import UnfitError, fitting, typed, yes_or_no
from gateway.cli.form_questions import LEFT_OUT, Ask, Question, Walk
from gateway.cli.form_schema import Path, pointer, value_at

# What a form does not know; null is a value where a field takes it.
_DROPPED: Final = object()


class Interview:
    """A form that is filled in by answers; `question` is the next one, None at the end.

    `dropped` has the pointers of what `start` held and the form does not know.

    Args:
        start: What is known already: its values are the defaults.
    """

    def __init__(self, form: Field, start: Mapping[str, Any] | None = None) -> None:
        self._form = form
        self._start, self.dropped = known(form, dict(start or {}))
        self._answers: list[Any] = []
        self._earlier: dict[tuple[Ask, Path], Any] = {}
        self._doubted: set[tuple[Path, Any]] = set()
        self.question: Question | None = None
        self._begin()

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was answered yet."""
        return not self._answers

    def answer(self, text: str) -> None:
        """Take what was typed and go on to the next question.

        Raises:
            UnfitError: It cannot be taken; the same question stands, nothing was changed.
        """
        question = self._asked()
        value = self._value(question, text) if text.strip() else _default(question)
        if not self._is_doubtful(question, value):
            self._accept(value)

    def leave_out(self) -> None:
        """Leave out an optional field, also where it holds something.

        Raises:
            UnfitError: It is needed.
        """
        question = self._asked()
        if question.must_answer:
            raise UnfitError("is needed: it cannot be left out")
        self._accept(LEFT_OUT if question.ask is Ask.VALUE else False)

    def back(self) -> bool:
        """Return to the question before; tell whether there was one."""
        if not self._answers:
            return False
        *kept, last = self._answers
        self._answers = []
        self._begin()
        for value in kept:
            self._accept(value)
        question = self._asked()
        self._earlier[question.ask, question.path] = last
        self.question = self._with_earlier(question)
        return True

    def go_on(self, at: str | None = None) -> None:
        """Take what is known for every question up to the one at the pointer `at`.

        It stops earlier at a question that must be answered and is not, so without a pointer, or
        with one that leads nowhere, that is where it stops.
        """
        seen: set[tuple[Ask, Path]] = set()
        while (question := self.question) is not None and not question.remark:
            if (question.ask, question.path) in seen:
                return  # what is known breaks a rule as a whole; somebody has to look
            seen.add((question.ask, question.path))
            is_open = question.must_answer and question.default is None
            if is_open or question.pointer == at or not _holds(question):
                return
            self._accept(question.default)

    def so_far(self) -> dict[str, Any]:
        """Return all that was said until now, for a draft or, at the end, as the whole."""
        found: dict[str, Any] = _without_gaps(self._walk.body)
        return found

    def _asked(self) -> Question:
        if self.question is None:
            raise UnfitError("nothing is asked any more")
        return self.question

    def _begin(self) -> None:
        self._walk = Walk(self._form, copy.deepcopy(self._start))
        self._step(None)

    def _accept(self, value: Any) -> None:
        self._answers.append(value)
        self._step(value)

    def _step(self, value: Any) -> None:
        try:
            question = self._walk.steps.send(value)
        except StopIteration:
            self.question = None
        else:
            self.question = self._with_earlier(question)

    def _with_earlier(self, question: Question) -> Question:
        """Offer again what was answered here before somebody went back."""
        earlier = self._earlier.get((question.ask, question.path))
        if earlier is None or (question.default is not None and question.ask is Ask.VALUE):
            return question
        return replace(question, default=earlier)

    def _value(self, question: Question, text: str) -> Any:
        match question.ask:
            case Ask.VALUE:
                return typed(question.field, text)
            case Ask.KEY:
                if not question.field.takes_key(text.strip()):
                    raise UnfitError("is no id that this list takes")
                return text.strip()
        return yes_or_no(text)

    def _is_doubtful(self, question: Question, value: Any) -> bool:
        """Put the question again where a number looks odd; twice the same is meant.

        Raises:
            UnfitError: The number contradicts itself; no node would take it.
        """
        if question.ask is not Ask.VALUE or not isinstance(value, str):
            return False
        from gateway.catalogue.numbers import doubt, fault

        beside = value_at(self._walk.body, question.path[:-1])
        beside = beside if isinstance(beside, dict) else {}
        if words := fault(question.field.name, value, beside):
            raise UnfitError(words)
        words = doubt(question.field.name, value, beside)
        if not words or (question.path, value) in self._doubted:
            return False
        self._doubted.add((question.path, value))
        remark = f"{words}. Enter keeps {value}"
        self.question = replace(question, default=value, remark=remark)
        return True


def _default(question: Question) -> Any:
    """Return what an empty answer stands for.

    Raises:
        UnfitError: Nothing, or something that does not fit.
    """
    value = question.default
    if value is None and question.must_answer:
        raise UnfitError("is needed: type it, or ? for an explanation")
    return (
        value if value is None or question.ask is not Ask.VALUE else fitting(question.field, value)
    )


def _holds(question: Question) -> bool:
    value = question.default
    return question.ask is not Ask.VALUE or value is None or not question.field.faults(value)


def known(field: Field, value: Any, path: Path = ()) -> tuple[Any, tuple[str, ...]]:
    """Return what of a value the form knows, and the pointers of what it does not."""
    dropped: list[str] = []

    def inner(field: Field | None, value: Any, path: Path) -> Any:
        match value:
            case None if field is not None and field.takes_null:
                return None
            case dict() if field is not None and field.kind in {Kind.GROUP, Kind.KEYED}:
                pairs = ((name, inner(field.below(name), each, (*path, name)))
                         for name, each in value.items())  # fmt: skip
                return {name: each for name, each in pairs if each is not _DROPPED}
            case list() if field is not None and field.kind is Kind.LIST:
                entries = (inner(field.entry(str(n)), each, (*path, str(n)))
                           for n, each in enumerate(value))  # fmt: skip
                return [LEFT_OUT if each is _DROPPED else each for each in entries]
        if field is None or field.kind in {Kind.GROUP, Kind.KEYED, Kind.LIST}:
            dropped.append(pointer(path))
            return _DROPPED
        return _DROPPED if value is None else value

    found = inner(field, value, path)
    return found, tuple(dropped)


def _without_gaps(value: Any) -> Any:
    """Return a value without what was left out in the middle of lists."""
    match value:
        case dict():
            return {name: _without_gaps(each) for name, each in value.items()}
        case list():
            return [_without_gaps(each) for each in value if each is not None]
    return value
