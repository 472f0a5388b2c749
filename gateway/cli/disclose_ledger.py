"""`gateway disclose list|show|recall|report|outside`: who was given what, and what became of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from gateway.catalogue.kinds import Purpose
from gateway.cli import disclosure_files, form_terminal, options, output, times_shown
from gateway.cli.disclose_words import bound, words_of
from gateway.cli.listing import Listing, show_page, when
from gateway.cli.socket_client import NodeClient
from gateway.errors import ConflictError, ExitCode

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "nothing was disclosed, and nothing refused",
    "--refused": "nothing was refused",
    "outside": "outside",
    "pointer": "{text!r} is no pointer: it begins with a slash, as /{text}",
    "sure": "keep for ever that {message} went to {to}, and tell its originator?",
    "no_terminal": "there is nobody to ask: it is kept for ever, so add --yes",
    "not_kept": "nothing was kept",
    "refused_row": "number {number} was refused; nothing to recall",
    "ledger": "number {number}",
    "decided": "decided",
    "reason": "reason",
    "what": "message",
    "to": "to",
    "purpose": "for",
    "mode": "form",
    "parts": "parts",
    "left_out": "left out",
    "replaced": "replaced by signs",
    "consents": "consents",
    "bound": "bound by",
    "asked": "asked by account",
    "vouched": "conditions vouched for by account",
    "transmitted": "handed over",
    "stopped": "stopped",
    "recalled": "recalled",
    "digest": "digest",
    "all": "all of it",
    "recall": "send or hand the notice to {to}, and have it tell you that every copy is gone",
    "reported": "reported to {peer}: {id}",
    "kept": "kept as number {number} of the ledger; {peer} is told by itself",
}
_NUMBER: Final = click.IntRange(min=1, max=10**15 - 1)

View = Mapping[str, Any]


def check_fields(
    _ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return pointers as they are.

    Raises:
        BadParameter: One of them is none.
    """
    for each in value:
        if not each.startswith("/"):
            raise click.BadParameter(_WORDS["pointer"].format(text=each))
    return value


@click.command("list", epilog="Example: gateway disclose list --refused --since 7d")
@click.option("--to", metavar="ORG", help="Only to this organisation.")
@click.option(
    "--message", metavar="ID", callback=options.check_selector, help="Only of this message."
)
@click.option("--refused", is_flag=True, help="Only what was refused.")
@click.option("--since", metavar="TIME", help="Only from then on: 2026-11-24, or 24h, 7d ago.")
@options.page_options
@times_shown.zone_option
@options.json_option
def _list(
    to: str | None,
    message: str | None,
    refused: bool,
    since: str | None,
    limit: int,
    after: str | None,
) -> None:
    """List what was allowed to leave and what was refused, newest first.

    Each line is one decision: what, to whom, why, and what became of it. It holds no content.
    """
    page = NodeClient.of(options.config_path()).disclosures(
        to=to,
        message=message,
        allowed=False if refused else None,
        since=times_shown.span(since, None)["since"],
        after=after,
        limit=limit,
    )
    show_page(
        page,
        Listing(
            columns=("NO", "WHEN", "MESSAGE", "TO", "PURPOSE", "STATE", "REASON"),
            row=_row,
            nothing=_WORDS["none"],
            again=("disclose", "list"),
            filters={"--to": to, "--message": message, "--refused": refused, "--since": since},
            spare=("PURPOSE",),
            without={"--refused": _WORDS["--refused"]},
        ),
    )


@click.command("show", epilog="Example: gateway disclose show 17 --out inspection-17")
@click.argument("number", metavar="NUMBER", type=_NUMBER)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Fetch the package again, into a new folder.",
)
@times_shown.zone_option
@options.json_option
def _show(number: int, out: Path | None) -> None:
    """Show one decision of the ledger, or fetch again what it allowed.

    Each fetch is decided anew: after a revocation nothing is handed over.
    """
    client = NodeClient.of(options.config_path())
    files: list[Path] = []
    if out is not None:
        with disclosure_files.made(out):
            files = disclosure_files.write(out, client.disclosure_package(number))
    view = client.disclosure(number)
    if options.as_json():
        output.document({**view, "files": [str(path) for path in files]})
        return
    for label, text in _facts(view):
        output.data(f"{label}: {text}")
    for path in files:
        output.data(str(path))


@click.command("recall", epilog="Example: gateway disclose recall 17")
@click.argument("number", metavar="NUMBER", type=_NUMBER)
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the notice goes; without it, into a new folder here.",
)
@options.json_option
def _recall(number: int, out: Path | None) -> None:
    """Take a disclosure back: write the notice for its recipient, after a revocation above all.

    What was disclosed before stays lawful; nothing more is handed over under this number.
    """
    client = NodeClient.of(options.config_path())
    known = client.disclosure(number)
    if known["state"] == "refused":
        words = _WORDS["refused_row"].format(number=number)
        raise ConflictError(words, hint=options.line("disclose", "show", str(number)))
    folder = out or disclosure_files.recall_folder_for(known)
    with disclosure_files.made(folder):
        view = client.recall(number)
        files = disclosure_files.write_recall(folder, view["notice"])
    if options.as_json():
        output.document({**view, "files": [str(path) for path in files]})
        return
    for path in files:
        output.data(str(path))
    output.talk(_WORDS["recall"].format(to=_party(view)))


@click.command("report", epilog="Example: gateway disclose report KH-2026-000045")
@click.argument("about", metavar="ID|REFERENCE", callback=options.check_selector)
@options.json_option
def _report(about: str) -> None:
    """Report to the originator what was disclosed of its content, to whom and why.

    Name one of its messages, its question about disclosures, or its consent.
    """
    view = NodeClient.of(options.config_path()).report_disclosures(about)
    if options.as_json():
        output.document(view)
        return
    output.data(str(view["id"]))
    output.talk(_WORDS["reported"].format(peer=view["peer"], id=view["short"]))


@click.command(
    "outside",
    epilog="Example: gateway disclose outside KH-2026-000045 --to jp/court-osaka "
    "--purpose ssw-operation --yes --text 'Handed over by order of the court of 3 October.'",
)
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.option("--to", metavar="ORG", required=True, help="Who got it, by the id.")
@click.option(
    "--purpose",
    type=click.Choice([each.value for each in Purpose]),
    required=True,
    help="What for.",
)
@click.option("--text", metavar="TEXT", required=True, help="What happened and why, in English.")
@click.option(
    "--field",
    "fields",
    metavar="POINTER",
    multiple=True,
    callback=check_fields,
    help="Only this part.",
)
@click.option("-y", "--yes", is_flag=True, help="Keep it without asking again; for scripts.")
@options.json_option
def _outside(
    message: str, to: str, purpose: str, text: str, fields: tuple[str, ...], yes: bool
) -> None:
    """Keep that content went further outside the gateway, by a court's order above all.

    The gateway allowed nothing: the ledger says so, and the originator is told.
    """
    ctx = click.get_current_context()
    if not yes and not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_terminal"], ctx)
    if not yes:
        question = _WORDS["sure"].format(message=message, to=to)
        if not form_terminal.agrees(question, default=False):
            output.talk(_WORDS["not_kept"])
            ctx.exit(ExitCode.FAILURE)
    view = NodeClient.of(options.config_path()).happened_outside(
        message, to=to, purpose=purpose, text=text, fields=fields
    )
    if options.as_json():
        output.document(view)
        return
    output.data(str(view["ledger"]))
    output.talk(_WORDS["kept"].format(number=view["ledger"], peer=view["peer"]))


COMMANDS: Final[Mapping[str, click.Command]] = {
    "list": _list,
    "show": _show,
    "recall": _recall,
    "report": _report,
    "outside": _outside,
}


def _row(item: View) -> tuple[object, ...]:
    return (
        item.get("ledger"),
        when(item.get("at")),
        # The id, for the next command: a reference may be that of several messages.
        item["short"],
        (item.get("to") or {}).get("org_id"),
        item.get("purpose"),
        _WORDS["outside"] if item.get("is_outside") else item.get("state"),
        item.get("stopped_for") or item.get("reason"),
    )


def _facts(view: View) -> Iterator[tuple[str, str]]:
    """Yield what the ledger says, each with its label."""
    yield _WORDS["ledger"].format(number=view.get("ledger")), str(view.get("state"))
    reason = f"{view.get('reason')}: {words_of(view.get('reason'))}"
    pointers = view.get("parts") or ()
    facts = {
        "decided": times_shown.told(view.get("at")),
        "reason": reason,
        "what": " ".join([view["short"], f"({view.get('reference') or '-'}, {view.get('peer')})"]),
        "to": _party(view),
        "purpose": view.get("purpose"),
        "mode": view.get("mode"),
        "parts": ", ".join(each or _WORDS["all"] for each in pointers),
        "left_out": ", ".join(view.get("redactions") or ()),
        "consents": ", ".join(view.get("consents") or ()),
        "replaced": ", ".join(view.get("pseudonymised") or ()),
        "bound": ", ".join(map(bound, view.get("obligations") or ())),
        "asked": view.get("uid"),
        "vouched": view.get("vouched_uid"),
        "transmitted": _time(view, "transmitted"),
        "stopped": _stopped(view),
        "recalled": _time(view, "recalled"),
        "digest": view.get("content_digest"),
    }
    yield from (
        (_WORDS[name], str(value)) for name, value in facts.items() if value not in {None, ""}
    )


def _time(view: View, name: str) -> str:
    return times_shown.told(view[name]) if view.get(name) else ""


def _stopped(view: View) -> str:
    if not view.get("stopped"):
        return ""
    return f"{_time(view, 'stopped')}, {words_of(view.get('stopped_for'))}"


def _party(view: View) -> str:
    to = view.get("to") or {}
    return f"{to['name']} ({to['org_id']})" if to.get("name") else str(to.get("org_id"))
