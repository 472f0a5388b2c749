"""`gateway decline`: turn a received message down."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import form_terminal, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.form import Field
from gateway.cli.form_answers import UnfitError, option_labels, typed
from gateway.cli.form_asking import numbered
from gateway.cli.socket_client import NodeClient
from gateway.cli.types import schema_of
from gateway.errors import ConflictError, ExitCode

# Where the node finds a fault, and the option that the caller gave it with.
_OPTIONS: Final = {
    "/code": "--reason",
    "/reason/code": "--reason",
    "/text": "--text",
    "/reason/text/en": "--text",
}
_REASON: Final = ("reason", "code")
_TEXT: Final = ("reason", "text", "en")

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "what": "{title} {reference} from {peer} will be declined, and the matter is then over:",
    "reason": "  Reason  {label} ({code})",
    "text": "  Text    {text}",
    "own": "{name} is a message of your own: only the other side declines it",
    "opens_none": "{title} ({type}) cannot be declined, only what opens a matter can",
    "unread": "nobody here has read {name} yet",
    "code": "Why: ",
    "words": "Why, in English, for the other side: ",
    "sure": "Decline it?",
    "nothing": "nothing was sent",
    "no_terminal": "there is no terminal to ask at: give --reason, --text and --yes",
    "fault": "  {label} {fault}",
    "done": "declined {type} from {peer}",
    "hint": "gateway types acknowledgement.declined shows what is allowed",
}


@click.command(
    epilog="Example: gateway decline 0195c2a4-7b1e "
    "--reason unknown-subject --text 'No such record.'"
)
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.option("--reason", "code", metavar="CODE", help="Why, from the code list; asked if missing.")
@click.option("--text", metavar="TEXT", help="Why, in English, for the other side.")
@click.option("-y", "--yes", is_flag=True, help="Decline without asking again; for scripts.")
@options.json_option
def command(message: str, code: str | None, text: str | None, yes: bool) -> None:
    """Decline the received message ID; its sender hears the reason, and the matter is over.

    `gateway types acknowledgement.declined` shows the reasons there are.
    """
    is_complete = yes and code is not None and text is not None
    if not is_complete and not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_terminal"], click.get_current_context())
    client = NodeClient.of(options.config_path())
    if not is_complete:
        view = client.get("messages", message)
        _check(view)
        code, text = _asked(code, text)
        if not (yes or _agrees(view, code, text)):
            output.talk(_WORDS["nothing"])
            click.get_current_context().exit(ExitCode.FAILURE)
    try:
        view = client.post("messages", message, "decline", body={"code": code, "text": text})
    except AnsweredError as error:
        raise _by_option(error) from None
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["done"].format(type=view.get("type"), peer=view.get("peer")))
    output.data(str(view.get("id")))


def _check(view: Mapping[str, Any]) -> None:
    """Let pass only what can be declined, before anybody is asked why; the node judges the rest.

    Raises:
        ConflictError: It is our own, opens no matter, or is not read yet.
    """
    from gateway.catalogue.types import TYPES

    id = str(view.get("short") or view.get("id"))
    name = view.get("reference") or id
    if view.get("direction") == "out":
        hint = options.line("reply", id, "--type", "withdrawal")
        raise ConflictError(_WORDS["own"].format(name=name), hint=hint)
    row = TYPES.get(str(view.get("type")))
    if row is not None and row.opens is None and row.supersedes is None:
        words = _WORDS["opens_none"].format(title=row.title, type=row.name)
        raise ConflictError(words, hint=options.line("reply", id))
    if view.get("state") == "received":
        raise ConflictError(_WORDS["unread"].format(name=name), hint=options.line("show", id))


def _asked(code: str | None, text: str | None) -> tuple[str, str]:
    """Return reason and text, asked for where the command line did not give them."""
    form = Field.of(schema_of("acknowledgement.declined"))
    reason, words = form.at(_REASON), form.at(_TEXT)
    if code is None and reason is not None:
        for line in numbered(reason.codes()):
            output.talk(line)
        code = _one(reason, _WORDS["code"])
    if text is None and words is not None:
        text = _one(words, _WORDS["words"])
    return str(code), str(text)


def _one(field: Field, prompt: str) -> str:
    while True:
        try:
            return str(typed(field, form_terminal.ask(prompt).strip()))
        except UnfitError as error:
            output.talk(_WORDS["fault"].format(label=field.label, fault=error))


def _agrees(view: Mapping[str, Any], code: str, text: str) -> bool:
    """Show what the other side will read, and tell whether it may go."""
    reason = Field.of(schema_of("acknowledgement.declined")).at(_REASON)
    labels = option_labels(() if reason is None else reason.codes())
    output.talk(
        _WORDS["what"].format(
            title=view.get("title"), reference=view.get("reference") or "", peer=view.get("peer")
        )
    )
    output.talk(_WORDS["reason"].format(label=labels.get(code, code), code=code))
    output.talk(_WORDS["text"].format(text=text))
    return form_terminal.agrees(_WORDS["sure"], default=False)


def _by_option(error: AnsweredError) -> AnsweredError:
    """Return the error with the names of our options where the node named members of the body."""
    given = error.document.get("problems") or []
    problems = [{**each, "where": _OPTIONS.get(each["where"], each["where"])} for each in given]
    if problems == given:
        return error
    return AnsweredError({**error.document, "problems": problems, "hint": _WORDS["hint"]})
