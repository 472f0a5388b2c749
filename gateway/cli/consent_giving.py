"""`gateway consent request`, `grant`, `offer`, `deny` and `revoke`: what officers ask and give."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import consent_options, form_terminal, new_file, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.cli.times_shown import told, zone_option
from gateway.errors import ExitCode, InvalidError, NotFoundError

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "asked": "{peer} is asked for its consent",
    "follow": "next: {line}",
    "one": "give --prepare FILE to prepare the package, or --signed FILE to send a signed one",
    "id": "the message ID is needed with --prepare",
    "not_id": "with --signed the package says what it answers: leave ID out",
    "purpose": "--purpose is needed",
    "package": "the package is in {path}; it holds content: give it to your consent officer alone",
    "officers": "{count} officers have to sign it, one after the other",
    "officer": "an officer has to sign it",
    "sign": "there: gateway consent sign {path} --key FILE",
    "given": "the consent is on its way to {peer}",
    "confirmed": "it counts there once {peer} has confirmed a card that names who signed",
    "denied": "{peer} is told that it may not",
    "revoked": "{peer} is told that it may not any more; what it passed on before stays lawful",
    "report": "it owes a report of what it passed on: {line}",
    "which": "Consent {id} to {peer}, given in {name}, until {until}",
    "sure": "Do you revoke it, at once and for good?",
    "nothing": "nothing was revoked",
    "no_terminal": "there is no terminal to ask at: give --yes",
    "reasons": "gateway codes {list} shows the reasons there are",
    "look": "look in the folder for the file's name, and give its whole path",
    "anew": "have it prepared again: gateway consent grant REQUEST --prepare FILE",
    "file": "{path} is no package: {reason}",
}

_file = click.Path(path_type=Path)


@click.command(
    epilog="Example: gateway consent request KH-2026-000045 --to jp/labour-bureau-osaka "
    "--purpose intermediary-elimination --field /finding --uses 1 --reason 'To inspect.'"
)
@click.argument("message", metavar="ID", callback=options.check_selector)
@consent_options.shared
@consent_options.wished
@click.option("--basis", metavar="CODE", help="On what ground: `gateway codes consent-bases`.")
@click.option("--reason", metavar="TEXT", required=True, help="Why it is needed, in English.")
@click.option("--check", is_flag=True, help="Only say what would be asked; send nothing.")
@zone_option
@options.json_option
def request(message: str, check: bool, **given: Any) -> None:
    """Ask the sender of the message ID for its consent to pass it on.

    Clause 3 lets nothing confidential of the other side go to a third party without its written
    consent. Silence is no consent: without an answer nothing may go.
    """
    if not given["purpose"]:
        raise click.UsageError(_WORDS["purpose"], click.get_current_context())
    client = NodeClient.of(options.config_path())
    wish = consent_options.wish_of(given)
    try:
        view: Any = client.request_consent(message, wish, dry_run=check)
    except AnsweredError as error:
        raise consent_options.by_option(error, "gateway consent request --help") from None
    if options.as_json():
        output.document(view)
        return
    if check:
        from gateway.cli import labelled

        output.data("\n".join(labelled.lines(view["body"], labelled.schema_of("consent.request"))))
        return
    output.talk(_WORDS["asked"].format(peer=view["peer"]))
    _follow("thread", view)


@click.command(
    epilog="Example: gateway consent grant JP-2026-000012 --prepare package.json --role Director "
    "--authority 'Prakas 12/2026'; then gateway consent grant --signed package.json"
)
@click.argument("message", metavar="[ID]", required=False, callback=options.check_selector)
@click.option("--prepare", type=_file, metavar="FILE", help="Write the package to be signed there.")
@click.option("--signed", type=_file, metavar="FILE", help="Send what officers have signed.")
@consent_options.shared
@consent_options.narrowing
@click.option("--force", is_flag=True, help="With --prepare: replace the file if there is one.")
@zone_option
@options.json_option
def grant(message: str | None, **given: Any) -> None:
    """Give consent: prepare what officers sign for the request ID, then send what they signed.

    With --prepare the package permits what was asked for, or less: the other options narrow it.
    Officers sign it away from this node (`gateway consent sign`). With --signed it is sent.
    """
    if _send_signed(message, given):
        return
    client = NodeClient.of(options.config_path())
    terms = consent_options.terms_of(given, is_offer=False)
    try:
        _prepare(given, lambda: client.prepare_consent(str(message), terms))
    except AnsweredError as error:
        raise consent_options.by_option(error, "gateway consent grant --help") from None


@click.command(
    epilog="Example: gateway consent offer KH-2026-000045 --to jp/mhlw --purpose statistics "
    "--mode aggregate --role Director --authority 'Prakas 12/2026' --prepare package.json"
)
@click.argument("message", metavar="[ID]", required=False, callback=options.check_selector)
@click.option("--prepare", type=_file, metavar="FILE", help="Write the package to be signed there.")
@click.option("--signed", type=_file, metavar="FILE", help="Send what officers have signed.")
@consent_options.shared
@consent_options.wished
@consent_options.narrowing
@click.option("--force", is_flag=True, help="With --prepare: replace the file if there is one.")
@zone_option
@options.json_option
def offer(message: str | None, **given: Any) -> None:
    """Give a consent that nobody asked for, to pass on your own message ID or all like it.

    It is prepared, signed and sent like one that was asked for (`gateway consent grant`). It is
    not counted: how often it is used, only a request can limit.
    """
    if _send_signed(message, given):
        return
    if not given["purpose"]:
        raise click.UsageError(_WORDS["purpose"], click.get_current_context())
    client = NodeClient.of(options.config_path())
    terms = consent_options.terms_of(given, is_offer=True)
    wish = consent_options.wish_of(given)
    try:
        _prepare(given, lambda: client.offer_consent(str(message), wish, terms))
    except AnsweredError as error:
        raise consent_options.by_option(error, "gateway consent offer --help") from None


@click.command(epilog="Example: gateway consent deny JP-2026-000012 --reason investigation")
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.option("--reason", metavar="CODE", required=True, help="Why: one of consent-denials.")
@click.option("--text", metavar="TEXT", help="Why in words, in English.")
@options.json_option
def deny(message: str, reason: str, text: str | None) -> None:
    """Deny the request ID; the other side hears why."""
    client = NodeClient.of(options.config_path())
    try:
        view: Any = client.deny_consent(message, reason=reason, text=text)
    except AnsweredError as error:
        hint = _WORDS["reasons"].format(list="consent-denials")
        raise consent_options.by_option(error, hint, is_better=True) from None
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["denied"].format(peer=view["peer"]))
    _follow("thread", view)


@click.command(epilog="Example: gateway consent revoke 0195c2a4-7b1e --reason misuse")
@click.argument("consent", metavar="ID", callback=options.check_selector)
@click.option("--reason", metavar="CODE", required=True, help="Why: one of consent-revocations.")
@click.option("--text", metavar="TEXT", help="Why in words, in English.")
@click.option("-y", "--yes", is_flag=True, help="Revoke without asking again; for scripts.")
@zone_option
@options.json_option
def revoke(consent: str, reason: str, text: str | None, yes: bool) -> None:
    """End the consent ID that you gave, at once and for good.

    It needs no officer's signature. What was passed on before stays lawful; the other side stops
    what has not left yet, tells those who have it, and reports to you.
    """
    ctx = click.get_current_context()
    if not yes and not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_terminal"], ctx)
    client = NodeClient.of(options.config_path())
    if not yes and not _agrees(client.consent(consent)):
        output.talk(_WORDS["nothing"])
        ctx.exit(ExitCode.FAILURE)
    try:
        view: Any = client.revoke_consent(consent, reason=reason, text=text)
    except AnsweredError as error:
        hint = _WORDS["reasons"].format(list="consent-revocations")
        raise consent_options.by_option(error, hint, is_better=True) from None
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["revoked"].format(peer=view["peer"]))
    line = options.line("thread", str(view.get("reference") or view["short"]))
    output.talk(_WORDS["report"].format(line=line))
    output.data(str(view["id"]))


COMMANDS: Final = (request, grant, offer, deny, revoke)


def _agrees(view: Mapping[str, Any]) -> bool:
    """Show which consent is meant and ask; what cannot be revoked, the node refuses itself."""
    if view["direction"] != "out" or view["state"] == "revoked":
        return True
    name = view.get("reference") or str(view["message"])[:13]
    told_of = {"id": view["consent_id"], "peer": view["peer"], "name": name}
    output.talk(_WORDS["which"].format(**told_of, until=told(view["not_after"])))
    return form_terminal.agrees(_WORDS["sure"], default=False)


def _send_signed(message: str | None, given: dict[str, Any]) -> bool:
    """Send a signed package if one is given; False where one is to be prepared."""
    ctx = click.get_current_context()
    if (given["prepare"] is None) == (given["signed"] is None):
        raise click.UsageError(_WORDS["one"], ctx)
    if given["signed"] is None:
        if message is None:
            raise click.UsageError(_WORDS["id"], ctx)
        return False
    if message is not None:
        raise click.UsageError(_WORDS["not_id"], ctx)
    client = NodeClient.of(options.config_path())
    view: Any = client.grant_consent(_package(given["signed"]))
    if options.as_json():
        output.document(view)
        return True
    output.talk(_WORDS["given"].format(peer=view["peer"]))
    output.talk(_WORDS["confirmed"].format(peer=view["peer"]))
    _follow("thread", view)
    return True


def _prepare(given: dict[str, Any], ask: Any) -> None:
    """Ask the node for a package and write it; what cannot be written is not asked for."""
    path: Path = given["prepare"]
    with new_file.place(path, force=given["force"]) as file:
        answer = ask()
        text = json.dumps(answer["package"], ensure_ascii=False, indent=1) + "\n"
        file.write(text.encode())
    needed = int(answer["officers_needed"])
    if options.as_json():
        consent_id = answer["package"]["terms"]["consent_id"]
        output.document({"file": str(path), "consent_id": consent_id, "officers_needed": needed})
        return
    output.talk(_WORDS["package"].format(path=path))
    output.talk(_WORDS["officer" if needed == 1 else "officers"].format(count=needed))
    output.talk(_WORDS["sign"].format(path=path))


def _package(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", hint=_WORDS["look"]) from None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise InvalidError(
            _WORDS["file"].format(path=path, reason=reason), hint=_WORDS["look"]
        ) from None
    except (ValueError, RecursionError):
        words = _WORDS["file"].format(path=path, reason="it is not JSON")
        raise InvalidError(words, hint=_WORDS["anew"]) from None
    if not isinstance(found, dict):
        words = _WORDS["file"].format(path=path, reason="it is no JSON object")
        raise InvalidError(words, hint=_WORDS["anew"])
    return found


def _follow(command: str, view: Any) -> None:
    name = str(view.get("reference") or view["short"])
    output.talk(_WORDS["follow"].format(line=options.line(command, name)))
    output.data(str(view["id"]))
