"""A message as a form in an editor: opened, read back, and opened again until it fits.

Faults stand as comments above the lines they speak of. An officer who does not want to mend them
now keeps a draft; nothing that was written is lost.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import editor, form_terminal, output
from gateway.cli.form_asking import StoppedError
from gateway.cli.form_message import UNREAD_FORM, MessageForm
from gateway.cli.form_read import (
    Fault,
    UnreadableFormError,
    at_lines,
    is_empty,
    marked,
    read,
    without_marks,
)
from gateway.cli.form_schema import Path
from gateway.cli.form_toml import GUIDE, written
from gateway.errors import InvalidError, LocalError, Problem

_WORDS: Final = {
    "title": "{title} ({type})",
    "unchanged": "the form was not changed, so nothing is sent",
    "empty": "the form was emptied, so nothing is sent",
    "again": "[Enter] back to the editor, [q] keep it as a draft and stop: ",
    "unfit": "the form does not fit yet",
    "line": "line {line}",
}


class UnchangedError(LocalError):
    """The officer left the form as it was."""


def as_text(
    form: MessageForm, values: Mapping[str, Any], about: Mapping[Path, str] | None = None
) -> str:
    """Return the form with its values as text, with a guide on top."""
    title = _WORDS["title"].format(title=form.title, type=form.type)
    return written(form.field, values, head=(title, "", *GUIDE), about=about)


def edited(
    form: MessageForm,
    values: Mapping[str, Any],
    *,
    text: str | None = None,
    faults: Mapping[str, str] | None = None,
    about: Mapping[Path, str] | None = None,
) -> dict[str, Any]:
    """Open the form in the editor until what it says fits, and return the values.

    Args:
        text: The form as it was left the last time, if it could not be read then.
        faults: What is wrong with the values already, by the node's pointers.
        about: What to say above an entry, such as the question that it answers.

    Raises:
        UnchangedError: It was left as it was, or emptied: nothing is to be sent.
        StoppedError: The officer will go on later; its values are for a draft.
        InvalidError: It does not fit, and there is nobody to be asked.
    """
    text = text or as_text(form, values, about)
    found = at_lines(text, {form.path_of(where): words for where, words in (faults or {}).items()})
    if found:
        text = marked(text, found, form.field)
    first = without_marks(text)
    while True:
        text = editor.edit(text)
        if is_empty(text):
            raise UnchangedError(_WORDS["empty"])
        if without_marks(text) == first:
            raise UnchangedError(_WORDS["unchanged"])
        left: dict[str, Any] = {UNREAD_FORM: without_marks(text)}
        try:
            left, found = read(form.field, text)
        except UnreadableFormError as error:
            found = (error.fault,)
        if not found:
            return left
        _tell(form, found)
        if form_terminal.choose(_WORDS["again"], "Eq") == "q":
            raise StoppedError(left, is_kept=True)
        text = marked(text, found, form.field)


def _tell(form: MessageForm, faults: tuple[Fault, ...]) -> None:
    """Say on the terminal what is wrong.

    Raises:
        InvalidError: There is nobody to be asked what to do about it.
    """
    problems = tuple(
        Problem(
            form.field.label_of(fault.path) or _WORDS["line"].format(line=fault.line), fault.text
        )
        for fault in faults
    )
    if not form_terminal.is_present():
        raise InvalidError(_WORDS["unfit"], problems=problems)
    for problem in problems:
        output.talk(f"  {problem.where}: {problem.text}")
