"""A form at the terminal: each question with its label, what may be typed, and what happens then.

`?` explains, `-` goes back, `!` leaves out; an empty line takes what stands in brackets. A line
that ends in a backslash goes on in the next one, and a backslash in front takes one of these signs
literally.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.cli import form_terminal, output
from gateway.cli.form import Field, Kind
from gateway.cli.form_answers import UnfitError, option_labels
from gateway.cli.form_interview import Interview
from gateway.cli.form_message import AT
from gateway.cli.form_questions import Ask, Question, Trail
from gateway.cli.form_schema import Path

GUIDE: Final = "? explains, - goes back, ! leaves out, Ctrl-C stops and can keep a draft."

# More choices than this are told in `?` and not before every answer.
_SHOWN: Final = 20

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "add": "{label}: fill in? {yes_no} ",
    "another": "Another one, {label}? {yes_no} ",
    "keep": "{label}: keep it and look through it? {yes_no} ",
    "key": "{label}, id of the new entry: ",
    "value": "{label}{optional}{default}: ",
    "optional": " (optional)",
    "default": " [{value}]",
    "yes": "[Y/n]",
    "no": "[y/N]",
    "true": "yes",
    "false": "no",
    "more": "...",
    "first": "  this is the first question",
    "unfit": "  {label} {fault}",
    "remark": "  {label}: {remark}",
    "many": "  one of {count} codes; ? lists them",
    "form": "  {form}",
    "numbered": "  {number:>2}  {code}{words}",
    "about": "{label}: {about}",
    "own_id": "an id of your own for the entry",
    "y_or_n": "type y or n; an empty line takes the capital letter",
    "code": "type the number or the code:",
    "codes": "type the number or the code, several with commas between:",
    "expected": "expected: {form}",
    "text": "a text",
    "text_up_to": "a text of up to {longest} characters",
    "goes_on": "a line that ends in \\ goes on in the next one",
    "keeps": "an empty line keeps what stands in brackets",
    "leaves": "an empty line leaves it out",
}


# Fields whose form alone would mislead: a name is asked for only of what the registry has.
_FORMS: Final = {"org_ref": "leave empty unless it has an id in the registry: {form}"}


class StoppedError(Exception):
    """The officer stopped; `left` is what was said until then, with where to go on.

    Args:
        is_kept: They want a draft of it.
        is_typed: They wrote something that would be lost otherwise.
    """

    def __init__(
        self, left: dict[str, Any], *, is_kept: bool = False, is_typed: bool = False
    ) -> None:
        super().__init__("stopped")
        self.left = left
        self.is_kept = is_kept
        self.is_typed = is_typed


def fill(
    interview: Interview, about: Mapping[Path, str] | None = None, *, only_gaps: bool = False
) -> dict[str, Any]:
    """Ask until the form is filled in, and return its values.

    Args:
        about: What to say on entering a group, by its path: the question that is answered there.
        only_gaps: Ask for nothing but what must be there and is not.

    Raises:
        StoppedError: Ctrl-C was pressed.
    """
    before: Question | None = None
    question = interview.question
    try:
        while question is not None:
            for line in _introduced(question, before, about or {}):
                output.talk(line)
            before = question
            _one(interview, question)
            if only_gaps:
                interview.go_on()
            question = interview.question
    except KeyboardInterrupt:
        output.talk("")
        at = {} if question is None else {AT: question.pointer}
        is_typed = not interview.is_untouched
        raise StoppedError(interview.so_far() | at, is_typed=is_typed) from None
    return interview.so_far()


def _one(interview: Interview, question: Question) -> None:
    """Put one question, and do what the answer says."""
    text = _typed(_prompt(question))
    try:
        match text:
            case "?":
                for line in _explained(question):
                    output.talk(f"  {line}")
            case "-":
                if not interview.back():
                    output.talk(_WORDS["first"])
            case "!":
                interview.leave_out()
            case _:
                interview.answer(text.removeprefix("\\"))
    except UnfitError as error:
        output.talk(_WORDS["unfit"].format(label=question.field.label, fault=error))


def _typed(prompt: str) -> str:
    """Return one answer, put together from lines that go on."""
    text = form_terminal.ask(prompt)
    lines = []
    while text.endswith("\\") and not text.endswith("\\\\"):
        lines.append(text[:-1])
        text = form_terminal.ask(_WORDS["more"])
    whole = "\n".join([*lines, text])
    return whole if lines else whole.strip()


def _introduced(
    question: Question, before: Question | None, about: Mapping[Path, str]
) -> Iterator[str]:
    """Yield what stands above a question when it is put for the first time."""
    if question == before:
        return
    yield from _headings(question, before.trail if before else (), about)
    if question.remark:
        yield _WORDS["remark"].format(label=question.field.label, remark=question.remark)
    if question.ask is Ask.VALUE:
        yield from _choices(question.field)


def _headings(question: Question, seen: Trail, about: Mapping[Path, str]) -> Iterator[str]:
    """Yield the groups that the questions now enter; a small group is named in the prompt."""
    for heading in question.trail:
        if heading in seen or (heading.is_plain and heading.path not in about):
            continue
        yield ""
        yield f"{'  ' * (len(heading.path) - 1)}{heading.label}"
        if heading.path in about:
            yield f"{'  ' * len(heading.path)}{about[heading.path]}"


def _prompt(question: Question) -> str:
    label, field = _label(question), question.field
    if question.ask is not Ask.VALUE:
        yes_no = _WORDS["yes" if question.default else "no"]
        return _WORDS[question.ask.value].format(label=label, yes_no=yes_no)
    default, optional = "", ""
    if question.default is not None:
        default = _WORDS["default"].format(value=_short(field, question.default))
    elif not question.must_answer:
        optional = _WORDS["optional"]
    return _WORDS["value"].format(label=label, optional=optional, default=default)


def _label(question: Question) -> str:
    # What stands at the top is the whole message, which need not be named again and again.
    small = [each.label for each in question.trail if each.is_plain and len(each.path) > 1]
    return ", ".join([*small, question.field.label])


def _short(field: Field, value: Any) -> str:
    match value:
        case bool():
            return _WORDS["true" if value else "false"]
        case list():
            return ", ".join(map(str, value))
    text = output.inline(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _codes(field: Field) -> tuple[str, ...]:
    """Return the choices of a field, or of the entries of a list of codes."""
    return field.entry("0").codes() if field.kind is Kind.LIST else field.codes()


def _choices(field: Field) -> Iterator[str]:
    """Yield what may be typed, on lines of their own: a long prompt would be cut."""
    codes = _codes(field)
    if field.form and not codes:
        words = _FORMS.get(field.name, "{form}").format(form=field.form)
        yield _WORDS["form"].format(form=words)
    if len(codes) > _SHOWN:
        yield _WORDS["many"].format(count=len(codes))
        return
    yield from numbered(codes)


def numbered(codes: tuple[str, ...]) -> Iterator[str]:
    """Yield a line for each code, with its number and its words."""
    labels = option_labels(codes)
    for number, code in enumerate(codes, start=1):
        words = f"  {labels[code]}" if code in labels else ""
        yield _WORDS["numbered"].format(number=number, code=code, words=words)


def _explained(question: Question) -> Iterator[str]:
    field = question.field
    yield (
        _WORDS["about"].format(label=field.label, about=field.about) if field.about else field.label
    )
    match question.ask:
        case Ask.VALUE:
            yield from _explained_value(question)
        case Ask.KEY:
            yield _WORDS["own_id"]
        case _:
            yield _WORDS["y_or_n"]
    yield GUIDE


def _explained_value(question: Question) -> Iterator[str]:
    field = question.field
    codes = _codes(field)
    if codes:
        yield _WORDS["codes" if field.kind is Kind.LIST else "code"]
        yield from numbered(codes)
    elif field.form:
        yield _WORDS["expected"].format(form=field.form)
    else:
        longest = field.schema.get("maxLength")
        yield _WORDS["text_up_to" if longest else "text"].format(longest=longest)
        if field.is_long:
            yield _WORDS["goes_on"]
    if question.default is not None:
        yield _WORDS["keeps"]
    elif not question.must_answer:
        yield _WORDS["leaves"]
