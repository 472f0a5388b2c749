"""The whole command line as plain values: what completion, the man page and the reference show.

Everything is taken from the commands themselves. What a value can be completed with follows from
its type, or from the word that stands for it in the help (`NODE`, `TYPE`, `ID` …).
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, Final

import click


class Kind(StrEnum):
    """What can stand for a value."""

    NOTHING = "nothing"
    CHOICE = "choice"
    FILE = "file"
    FOLDER = "folder"
    TYPE = "type"
    ID = "id"
    NODE = "node"


# The words that stand for a value in the help, without brackets and dots. One word, one meaning:
# a test compares this table with every command.
WORDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "CARD": Kind.FILE,
        "FILE": Kind.FILE,
        "FOLDER": Kind.FOLDER,
        "ID": Kind.ID,
        "NODE": Kind.NODE,
        "REF": Kind.ID,
        "REFERENCE": Kind.ID,
        "TYPE": Kind.TYPE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option; `word` is empty where it takes no value."""

    names: tuple[str, ...]
    word: str
    help: str
    kind: Kind
    choices: tuple[str, ...]
    default: str | None
    variable: str | None
    is_required: bool
    is_repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument; `word` is what stands for it in the help, without brackets."""

    word: str
    kind: Kind
    choices: tuple[str, ...]
    is_required: bool
    is_many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, or a group of them.

    Args:
        path: Its words after `gateway`; empty for the program itself.
        line: What it does, in one sentence.
        text: Its help as paragraphs.
        examples: Command lines to start from.
    """

    path: tuple[str, ...]
    line: str
    text: str
    usage: str
    examples: tuple[str, ...]
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple["Command", ...]

    def walk(self) -> Iterator["Command"]:
        """Yield this command and everything below it, in the order of the help."""
        yield self
        for each in self.commands:
            yield from each.walk()


def program() -> Command:
    """Return the command line of `gateway`; this imports every command."""
    # Not at the top: the table of commands names the module that imports this one.
    cli: click.Group = importlib.import_module("gateway.cli.root").cli
    ctx = click.Context(cli, info_name="gateway", **cli.context_settings)
    return _read(cli, ctx, ())


def _read(command: click.Command, ctx: click.Context, path: tuple[str, ...]) -> Command:
    below: list[Command] = []
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                inside = click.Context(inner, parent=ctx, info_name=name)
                below.append(_read(inner, inside, (*path, name)))
    text = re.sub(r"^\b$\n", "", (command.help or "").replace("\b", ""), flags=re.MULTILINE)
    return Command(
        path=path,
        line=_line(command, path),
        text=_cleaned(text),
        usage=" ".join(command.collect_usage_pieces(ctx)),
        examples=_examples(command.epilog or ""),
        options=tuple(_option(each) for each in _options(command, ctx)),
        arguments=tuple(
            _argument(each, ctx) for each in command.params if isinstance(each, click.Argument)
        ),
        commands=tuple(below),
    )


def _line(command: click.Command, path: tuple[str, ...]) -> str:
    """Return the sentence of the overview, for what stands there; else the first of the help."""
    sections = importlib.import_module("gateway.cli.root").SECTIONS
    overview = {name: line for commands in sections.values() for name, line in commands.items()}
    line = overview[path[0]] if len(path) == 1 else command.get_short_help_str(limit=200)
    return str(line).rstrip(".")


def _options(command: click.Command, ctx: click.Context) -> Iterator[click.Option]:
    for each in command.get_params(ctx):
        if isinstance(each, click.Option) and not each.hidden:
            yield each


def _option(option: click.Option) -> Option:
    takes_value = not (option.is_flag or option.count)
    word = option.metavar or _word_of_type(option) if takes_value else ""
    kind, choices = _kind(option, word) if takes_value else (Kind.NOTHING, ())
    return Option(
        names=(*option.opts, *option.secondary_opts),
        word=word,
        help=option.help or "",
        kind=kind,
        choices=choices,
        default=_default(option) if takes_value else None,
        variable=option.envvar if isinstance(option.envvar, str) else None,
        is_required=option.required,
        is_repeated=option.multiple,
    )


def _argument(argument: click.Argument, ctx: click.Context) -> Argument:
    word = re.sub(r"[\[\].]", "", argument.metavar or argument.make_metavar(ctx))
    kind, choices = _kind(argument, word)
    return Argument(
        word=word,
        kind=kind,
        choices=choices,
        is_required=argument.required,
        is_many=argument.nargs == -1,
    )


def _kind(parameter: click.Parameter, word: str) -> tuple[Kind, tuple[str, ...]]:
    match parameter.type:
        case click.Choice() as choice:
            return Kind.CHOICE, _choices(choice)
        case click.Path() as path:
            return (Kind.FILE if path.file_okay else Kind.FOLDER), ()
    for each in re.split(r"[|=]", word):
        if each in WORDS:
            return WORDS[each], ()
    return Kind.NOTHING, ()


def _choices(choice: "click.Choice[Any]") -> tuple[str, ...]:
    """Return the words as they are typed: of an enum that is the name."""
    return tuple(each.name if isinstance(each, Enum) else str(each) for each in choice.choices)


def _word_of_type(option: click.Option) -> str:
    match option.type:
        case click.Choice() as choice:
            return "|".join(_choices(choice))
        case click.Path():
            return "PATH"
        case click.types.IntParamType() | click.types.FloatParamType():
            return "NUMBER"
    return "TEXT"


def _default(option: click.Option) -> str | None:
    value: Any = option.default
    if not option.show_default or value is None or callable(value):
        return None
    return str(value)


def _examples(epilog: str) -> tuple[str, ...]:
    """Return the command lines after "Example:", which stand there with words between them."""
    text = " ".join(epilog.replace("\b", "").split())
    text = re.sub(r"^Examples?:\s*", "", text)
    return tuple(re.split(r"; (?:[a-z ]+:? )?(?=gateway )", text)) if text else ()


def _cleaned(text: str) -> str:
    """Return paragraphs without the line breaks of the source; a blank line parts them."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(each.split()) for each in paragraphs if each.strip())
