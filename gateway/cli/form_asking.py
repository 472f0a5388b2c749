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
_MORE: Final = "..."


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
                    output.talk("  this is the first question")
            case "!":
                interview.leave_out()
            case _:
                interview.answer(text.removeprefix("\\"))
    except UnfitError as error:
        output.talk(f"  {question.field.label} {error}")


def _typed(prompt: str) -> str:
    """Return one answer, put together from lines that go on."""
    text = form_terminal.ask(prompt)
    lines = []
    while text.endswith("\\") and not text.endswith("\\\\"):
        lines.append(text[:-1])
        text = form_terminal.ask(_MORE)
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
        yield f"  {question.field.label}: {question.remark}"
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
    yes_no = "[Y/n]" if question.default else "[y/N]"
    match question.ask:
        case Ask.ADD:
            return f"{label}: fill in? {yes_no} "
        case Ask.ANOTHER:
            return f"Another one, {label}? {yes_no} "
        case Ask.KEEP:
            return f"{label}: keep it and look through it? {yes_no} "
        case Ask.KEY:
            return f"{label}, id of the new entry: "
    default = "" if question.default is None else f" [{_short(field, question.default)}]"
    optional = "" if question.must_answer or default else " (optional)"
    return f"{label}{optional}{default}: "


def _label(question: Question) -> str:
    # What stands at the top is the whole message, which need not be named again and again.
    small = [each.label for each in question.trail if each.is_plain and len(each.path) > 1]
    return ", ".join([*small, question.field.label])


def _short(field: Field, value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
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
        yield f"  {field.form}"
    if len(codes) > _SHOWN:
        yield f"  one of {len(codes)} codes; ? lists them"
        return
    yield from numbered(codes)


def numbered(codes: tuple[str, ...]) -> Iterator[str]:
    """Yield a line for each code, with its number and its words."""
    labels = option_labels(codes)
    for number, code in enumerate(codes, start=1):
        label = f"  {labels[code]}" if code in labels else ""
        yield f"  {number:>2}  {code}{label}"


def _explained(question: Question) -> Iterator[str]:
    field = question.field
    yield f"{field.label}: {field.about}" if field.about else field.label
    match question.ask:
        case Ask.VALUE:
            yield from _explained_value(question)
        case Ask.KEY:
            yield "an id of your own for the entry"
        case _:
            yield "type y or n; an empty line takes the capital letter"
    yield GUIDE


def _explained_value(question: Question) -> Iterator[str]:
    field = question.field
    codes = _codes(field)
    if codes:
        many = ", several with commas between" if field.kind is Kind.LIST else ""
        yield f"type the number or the code{many}:"
        yield from numbered(codes)
    elif field.form:
        yield f"expected: {field.form}"
    else:
        longest = field.schema.get("maxLength")
        yield "a text" + (f" of up to {longest} characters" if longest else "")
        if field.is_long:
            yield "a line that ends in \\ goes on in the next one"
    if question.default is not None:
        yield "an empty line keeps what stands in brackets"
    elif not question.must_answer:
        yield "an empty line leaves it out"
