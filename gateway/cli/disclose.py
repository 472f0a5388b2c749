"""`gateway disclose`: pass content on to others than the two sides, if its originator lets us."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import click

from gateway.catalogue.kinds import Purpose
from gateway.catalogue.text import composed
from gateway.cli import body_file, disclose_finds, disclosure_files, options, output
from gateway.cli.disclose_ledger import COMMANDS, check_fields
from gateway.cli.disclose_words import bound, words_of
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode, InvalidError, LocalError, NotFoundError, PolicyError

# In what form content may go further; a test compares them with the policy.
MODES: Final = ("verbatim", "redacted", "paraphrase", "aggregate")
_LONGEST: Final = 80_000
_FEW: Final = 8
_UNMET: Final = "consent-condition-unmet"
_NOT_COVERED: Final = "consent-fields-not-covered"
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "allowed": "ALLOWED: {name} to {to}",
    "refused": "REFUSED: {name} to {to}",
    "reason": "reason: {code}: {words}",
    "part": "  {pointers}: {code}: {words}",
    "more": "{pointers} and {count} more",
    "condition": "its condition: {text}",
    "all": "(all of it)",
    "holds": "  {pointer}: holds {what} that {by} gave in confidence{source}",
    "in": ", in {source}",
    "take_out": "take it out of your words, or leave that part out with --field",
    "source_itself": "or pass on the message it comes from: {line}",
    "claim": "or, if it is known from elsewhere: {line}",
    "country": "missing: the consent of {country}",
    "nearest": "nearest consent: {id}",
    "consents": "used: consent {ids}",
    "would_use": "would use: consent {ids}",
    "left_out": "left out: {pointers}",
    "replaced": "replaced by signs: {pointers}",
    "bound": "bound by: {obligations}",
    "alike": "organisations that may be meant; name one by its id: {ids}",
    "newer": "look at the newer version: {line}",
    "ask": "next: {line}",
    "or_ask": "or ask for a consent: {line}",
    "look": "next: {line}",
    "met": "then, if it is met, the same with --conditions-met",
    "leave_out": "next: the same with --redact leaves that part out, --field names what may go",
    "covers": "what it covers: {line}",
    "number": "kept as number {number} of the ledger",
    "checked": "nothing was kept, and no consent used",
    "message": "name the message, or one of: {commands}",
    "needed": "{option} is needed: who is to learn it, and for what",
    "redact": "--redact is --mode redacted: give one of them",
    "text": "--text goes with --mode paraphrase, --table with --mode aggregate",
    "missing": "--mode {mode} needs {option}",
    "out": "--out is for what leaves: with --check nothing does",
    "not_text": "{file} is not UTF-8",
    "too_long": "{file} is longer than a paraphrase may be",
    "folder": "{file} is a folder",
    "unreadable": "cannot read {file}: {reason}",
}

View = Mapping[str, Any]


class _Group(click.Group):
    """A group whose first word is a message unless it is one of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let a command stand where the message would."""
        if args and args[0] in self.commands:
            return super().parse_args(ctx, ["", *args])
        ctx.allow_interspersed_args = True
        return super().parse_args(ctx, args)


class _First(click.Argument):
    """The message, which stands where a command may stand too, and so in no command's usage."""

    def get_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Leave it to the metavar of the group."""
        return []


@click.group(
    cls=_Group,
    commands=COMMANDS,
    invoke_without_command=True,
    subcommand_metavar="ID|REFERENCE|COMMAND",
    epilog="Example: gateway disclose KH-2026-000045 --to jp/labour-bureau-osaka "
    "--purpose ssw-operation --check",
)
@click.argument("message", cls=_First, metavar="ID|REFERENCE", required=False, default="")
@click.option("--to", metavar="ORG", help="Who is to learn it, by the id of gateway parties.")
@click.option("--purpose", type=click.Choice([each.value for each in Purpose]), help="What for.")
@click.option(
    "--field",
    "fields",
    metavar="POINTER",
    multiple=True,
    callback=check_fields,
    help="Only this part.",
)
@click.option("--redact", is_flag=True, help="Leave out what may not leave.")
@click.option("--mode", type=click.Choice(MODES), help="In what form it is to leave.")
@click.option("--text", metavar="FILE", help="With --mode paraphrase: your words for it.")
@click.option("--table", metavar="FILE", help="With --mode aggregate: your numbers, as JSON.")
@click.option("--conditions-met", is_flag=True, help="You vouch for conditions in words.")
@click.option("--check", "--dry-run", "check", is_flag=True, help="Only say what it would be.")
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the package goes; without it, into a new folder here.",
)
@options.json_option
@click.pass_context
def command(ctx: click.Context, /, message: str, **given: Any) -> None:
    """Decide whether content may be passed on to an organisation, and write the package for it.

    The answer is ALLOWED or REFUSED with its reason. What is allowed uses up the consent, is kept
    in the ledger, and goes into a folder: JSON for programs, a page for people to print.
    """
    if ctx.invoked_subcommand is not None:
        return
    asked = _asked(ctx, message, given)
    client = NodeClient.of(options.config_path())
    out: Path | None = given["out"]
    if out is None and not given["check"]:
        # Where the package goes hangs on the message; a wrong id is told before anything else.
        known = client.message(asked["message"])
        out = disclosure_files.folder_for({**known, "to": {"org_id": asked["to"]}})
    files: list[Path] = []
    with nullcontext() if out is None else disclosure_files.made(out):
        view: View = client.disclose(**asked)
        if view.get("is_allowed") and out is not None:
            package = _fetched(client, view)
            if given["out"] is None:
                out = disclosure_files.numbered(out, view.get("ledger"))
            files = disclosure_files.write(out, package)
    _tell(view, asked, files, is_check=given["check"])
    if not view.get("is_allowed"):
        ctx.exit(ExitCode.REFUSED_BY_POLICY)


def _fetched(client: NodeClient, view: View) -> View:
    """Return the package of what was just allowed.

    Raises:
        PolicyError: Meanwhile it may not leave any more.
    """
    try:
        return client.disclosure_package(str(view.get("ledger")))
    except AnsweredError as error:
        if error.exit_code is not ExitCode.REFUSED_BY_POLICY:
            raise
        line = options.line("disclose", "show", str(view.get("ledger")))
        raise PolicyError(str(error), hint=line) from None


def _asked(ctx: click.Context, message: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the node is asked.

    Raises:
        UsageError: Options are missing or do not go together.
    """
    if not message:
        words = ", ".join(_command_names(ctx))
        raise click.UsageError(_WORDS["message"].format(commands=words), ctx)
    for option in ("to", "purpose"):
        if not given[option]:
            raise click.UsageError(_WORDS["needed"].format(option=f"--{option}"), ctx)
    if given["check"] and given["out"] is not None:
        raise click.UsageError(_WORDS["out"], ctx)
    if given["redact"] and given["mode"] not in {None, "redacted"}:
        raise click.UsageError(_WORDS["redact"], ctx)
    mode = "redacted" if given["redact"] else given["mode"] or "verbatim"
    text, table = _in_place(ctx, mode, given)
    return {
        "message": options.check_selector(ctx, ctx.command.params[0], message),
        "to": given["to"],
        "purpose": given["purpose"],
        "fields": given["fields"],
        "mode": mode,
        "paraphrase": text,
        "table": table,
        "conditions_met": given["conditions_met"],
        "check": given["check"],
    }


def _command_names(ctx: click.Context) -> list[str]:
    group = ctx.command
    return group.list_commands(ctx) if isinstance(group, click.Group) else []


def _in_place(
    ctx: click.Context, mode: str, given: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any] | None]:
    """Return words and numbers that leave in place of the content."""
    for option, of in (("text", "paraphrase"), ("table", "aggregate")):
        if given[option] is not None and mode != of:
            raise click.UsageError(_WORDS["text"], ctx)
        if given[option] is None and mode == of:
            words = _WORDS["missing"].format(mode=mode, option=f"--{option}")
            raise click.UsageError(words, ctx)
    text = None if given["text"] is None else _words_in(given["text"])
    table = None if given["table"] is None else body_file.read_any(given["table"]).body
    return text, table


def _words_in(name: str) -> str:
    """Return the text in a file.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is none that people read, or too long.
        LocalError: It cannot be read.
    """
    try:
        with Path(name).open("rb") as file:
            raw = file.read(_LONGEST + 1)
        text = raw.decode("utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {name}") from None
    except IsADirectoryError:
        raise InvalidError(_WORDS["folder"].format(file=name)) from None
    except UnicodeDecodeError:
        raise InvalidError(_WORDS["not_text"].format(file=name)) from None
    except OSError as error:
        words = _WORDS["unreadable"].format(file=name, reason=error.strerror)
        raise LocalError(words) from None
    if len(raw) > _LONGEST:
        raise InvalidError(_WORDS["too_long"].format(file=name))
    return composed(text)


def _tell(view: View, asked: Mapping[str, Any], files: list[Path], *, is_check: bool) -> None:
    if options.as_json():
        output.document({**view, "files": [str(path) for path in files]})
    else:
        for line in _lines(view, asked, is_check=is_check):
            output.data(line)
        for path in files:
            output.data(str(path))
    for line in _next(view, asked, is_check=is_check):
        output.talk(line)


def _lines(view: View, asked: Mapping[str, Any], *, is_check: bool) -> Iterator[str]:
    to = view.get("to") or {}
    word = "allowed" if view.get("is_allowed") else "refused"
    name = view.get("reference") or view.get("short")
    org = f"{to['name']} ({to['org_id']})" if to.get("name") else asked["to"]
    yield _WORDS[word].format(name=name, to=output.inline(org))
    yield _WORDS["reason"].format(code=view.get("reason"), words=words_of(view.get("reason")))
    if word == "refused":
        yield from _refused(view)
        return
    for name, (member, place) in {
        "would_use" if is_check else "consents": ("consents", "ids"),
        "left_out": ("redactions", "pointers"),
        "replaced": ("pseudonymised", "pointers"),
        "bound": ("obligations", "obligations"),
    }.items():
        if values := view.get(member):
            shown = map(bound if name == "bound" else str, values)
            yield _WORDS[name].format(**{place: ", ".join(shown)})


def _refused(view: View) -> Iterator[str]:
    parts: dict[str, list[str]] = {}
    for part in view.get("refused") or ():
        pointer = part.get("pointer") or _WORDS["all"]
        parts.setdefault(str(part.get("reason")), []).append(pointer)
    for code, pointers in parts.items():
        shown = ", ".join(pointers[:_FEW])
        if len(pointers) > _FEW:
            shown = _WORDS["more"].format(pointers=shown, count=len(pointers) - _FEW)
        yield _WORDS["part"].format(pointers=shown, code=code, words=words_of(code))
    for each in view.get("undeclared") or ():
        source = _WORDS["in"].format(source=each["source"]) if each.get("source") else ""
        yield _WORDS["holds"].format(**{**each, "source": source})
    if view.get("country"):
        yield _WORDS["country"].format(country=view["country"])
    if view.get("nearest"):
        yield _WORDS["nearest"].format(id=view["nearest"])
    if view.get("condition"):
        yield _WORDS["condition"].format(text=output.inline(view["condition"]))


def _next(view: View, asked: Mapping[str, Any], *, is_check: bool) -> Iterator[str]:
    """Yield what the person may do now."""
    if view.get("alike"):
        ids = ", ".join(f"{each['id']} ({each['name']})" for each in view["alike"])
        yield _WORDS["alike"].format(ids=ids)
    if view.get("newer"):
        yield _WORDS["newer"].format(line=options.line("show", str(view["newer"])))
    yield from _ways_out(list(view.get("undeclared") or ()), asked)
    yield from _towards_a_consent(view, asked)
    if is_check:
        yield _WORDS["checked"]
    elif view.get("ledger") is not None:
        yield _WORDS["number"].format(number=view["ledger"])


def _ways_out(undeclared: list[View], asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield what may be done about what stands undeclared in what would leave."""
    if not undeclared:
        return
    yield _WORDS["take_out"]
    if source := next((str(each["source"]) for each in undeclared if each.get("source")), None):
        words = ("--to", asked["to"], "--purpose", asked["purpose"], "--check")
        yield _WORDS["source_itself"].format(line=options.line("disclose", source, *words))
    if (find := undeclared[0].get("find")) is not None:
        line = options.line("disclose", "claim", str(find), "--reason", "TEXT")
        yield _WORDS["claim"].format(line=line)


def _towards_a_consent(view: View, asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield how a consent that is there can be used; else how one is asked for."""
    line, nearest, code = _request(view, asked), view.get("nearest"), view.get("reason")
    shown = options.line("consent", "show", str(nearest))
    if nearest and code == _UNMET:
        yield _WORDS["look"].format(line=shown)
        if view.get("condition"):
            yield _WORDS["met"]
    elif nearest and code == _NOT_COVERED:
        yield _WORDS["leave_out"]
        yield _WORDS["covers"].format(line=shown)
        if line:
            yield _WORDS["or_ask"].format(line=line)
    elif line:
        yield _WORDS["ask"].format(line=line)


def _request(view: View, asked: Mapping[str, Any]) -> str:
    """Return the command that asks for the consent that is missing, empty where none would help."""
    about = view.get("ask_about")
    if not about:
        return ""
    words = ["consent", "request", str(about), "--to", asked["to"], "--purpose", asked["purpose"]]
    refused = [str(part.get("pointer") or "") for part in view.get("refused") or ()]
    fields = list(asked["fields"]) or refused
    # The parts are those of this message; of another one that is in it, all is asked for.
    if about == view.get("id") and "" not in fields and len(fields) <= _FEW:
        words += [word for pointer in fields for word in ("--field", pointer)]
    if asked["mode"] != MODES[0]:
        words += ["--mode", asked["mode"]]
    return options.line(*words, "--reason", "WHY")


disclose_finds.add_to(command)
