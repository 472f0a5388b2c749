"""A message in the making: its form, what stands in it, and what the author wants done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

import click

from gateway.cli import derived, options, times_shown, waiting
from gateway.cli.failure import AnsweredError
from gateway.cli.form_message import AT, BODY, UNREAD_FORM, MessageForm
from gateway.cli.form_schema import Path
from gateway.errors import GatewayError, InvalidError, Problem

PRIORITIES: Final = ("routine", "urgent", "emergency")

_WORDS: Final = {
    "unfit": "the {type} does not fit its form",
    "hint": "gateway types {type} explains the fields; --edit opens them in an editor",
}


class Asking(StrEnum):
    """How much of a form its author is asked for at a terminal."""

    EVERYTHING = "everything"
    GOING_ON = "from where its author stopped"
    GAPS = "only what must be there and is not"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the author wants done, beside what the message says."""

    edit: bool = False
    save: str | None = None
    yes: bool = False
    dry_run: bool = False
    level: str | None = None
    timeout: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A message in the making.

    Args:
        base: What the draft says beside the fields of the form.
        values: What stands in the fields.
        given: Fields of the header that were chosen on the command line, and so are not asked.
        known_as: The draft that it came from.
        at: Where its author stopped the last time, as a pointer into the form.
        text: The form as it was left in an editor, if it could not be read.
        is_typed: Its author wrote in it here, and would lose that.
        about: What to say on the entries of a list, by their paths.
        is_unplaced: It speaks of a message that nobody has named, so only its body is judged.
    """

    form: MessageForm
    base: Mapping[str, Any]
    values: Mapping[str, Any]
    asking: Asking
    given: frozenset[str] = frozenset()
    known_as: str | None = None
    at: str | None = None
    text: str | None = None
    is_typed: bool = False
    about: Mapping[Path, str] = field(default_factory=dict)
    is_unplaced: bool = False

    def draft(self) -> dict[str, Any]:
        """Return it as the node takes it."""
        return self.form.draft_of(self.values, self.base)

    def kept(self, left: Mapping[str, Any]) -> dict[str, Any]:
        """Return a draft to be taken up again, with what its author has left behind."""
        extra = {name: left[name] for name in (AT, UNREAD_FORM) if name in left}
        fields = {name: each for name, each in left.items() if name not in extra}
        if UNREAD_FORM in extra:
            fields = {**self.values, **fields}
        return self.form.draft_of(fields, self.base) | extra

    def with_values(self, **values: Any) -> "Piece":
        """Return it with fields of the header that the command line gives."""
        known = {name: each for name, each in values.items() if each is not None}
        names = {member.name for member in self.form.field.members()}
        inside = {name: each for name, each in known.items() if name in names}
        return replace(
            self,
            values={**self.values, **inside},
            base={**self.base, **{name: known[name] for name in known.keys() - names}},
            given=self.given | inside.keys(),
        )

    def check(self) -> None:
        """Let pass only what fits the form; the node judges the rest.

        Raises:
            InvalidError: It does not fit; the pointers are those that the node would use.
        """
        if faults := self.form.faults({BODY: {}, **self.values}):
            raise InvalidError(
                _WORDS["unfit"].format(type=self.form.type),
                problems=tuple(Problem(where, text) for where, text in faults.items()),
                hint=_WORDS["hint"].format(type=self.form.type),
            )


def in_words(error: GatewayError, form: MessageForm) -> GatewayError:
    """Return an error with the labels of the fields that its pointers name, for people."""
    if options.as_json():
        return error
    match error:
        case InvalidError():
            problems = tuple(
                Problem(form.named(each.where), each.text) if _is_pointer(each.where) else each
                for each in error.problems
            )
            return InvalidError(str(error), problems=problems, hint=error.hint)
        case AnsweredError():
            given = error.document.get("problems") or []
            named = [
                {**each, "where": form.named(each["where"])}
                if _is_pointer(each.get("where"))
                else each
                for each in given
            ]
            return AnsweredError({**error.document, "problems": named})
    return error


def _is_pointer(where: object) -> bool:
    return isinstance(where, str) and (where == "" or where.startswith("/"))


def orders_and_header(given: Mapping[str, Any]) -> tuple[Orders, dict[str, str | None]]:
    """Return what is to be done and what stands in the header, from the options of a command."""
    names = {each.name for each in fields(Orders)}
    orders = Orders(**{name: each for name, each in given.items() if name in names})
    return orders, {name: each for name, each in given.items() if name not in names}


def write_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what writing a message takes, beside its source."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS: Final = (
    click.option("--edit", is_flag=True, help="Fill in a form in $VISUAL or $EDITOR."),
    click.option(
        "--set",
        "settings",
        metavar="FIELD=VALUE",
        multiple=True,
        help="Set a field of the body, such as reason.en='Why'; may stand several times.",
    ),
    click.option("--save", metavar="NAME", help="Keep it as a draft; send nothing."),
    click.option("--priority", type=click.Choice(PRIORITIES), help="Routine if not given."),
    click.option(
        "--due",
        metavar="TIME",
        help="Wanted by: a day such as 2026-04-30, or 2026-04-30T09:00:00Z.",
    ),
    click.option("--expires", metavar="TIME", help="Of no use after this time."),
    click.option("--note", metavar="TEXT", help="A remark beside the body, sealed like it."),
    derived.derived_options,
    click.option("-y", "--yes", is_flag=True, help="Sign it without showing it; for scripts."),
    click.option("--dry-run", is_flag=True, help="Judge everything, send nothing."),
    waiting.wait_options,
    times_shown.zone_option,
    options.json_option,
)
