"""`gateway keys officers`: who may give consent in this node's name, as its card says."""

import dataclasses
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import keys_changing, options, output, passphrases
from gateway.cli.times_shown import moment
from gateway.errors import LocalError, NotFoundError

if TYPE_CHECKING:
    from gateway.config import Config

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "no officer may give consent yet: gateway keys officers add FILE.pub.json",
    "peers": "next: give {card} to every peer; their operators take officers by hand alone: "
    "gateway peers confirm CARD",
    "sure": "Revoke the key of {name} for good, with all that it signed?",
    "until": "until then they refuse what a new officer signs, and believe one who was revoked",
    "counts": "counts",
    "early": "not yet",
    "over": "over",
    "revoked": "revoked at {at}",
}
_SHORT_KID: Final = 12

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")


@click.group("officers", epilog="Example: gateway keys officers list")
def officers() -> None:
    """Say who may give consent in this node's name.

    An officer makes a key with `gateway consent key`, and gives you its public half. Peers take
    officers only from a card that their operators have confirmed.
    """


@officers.command("list", epilog="Example: gateway keys officers list")
@options.json_option
def list_officers() -> None:
    """List the consent officers on this node's card."""
    from gateway.envelope import times
    from gateway.keyring import appointing

    found = appointing.officers(_settings().paths.keys)
    if options.as_json():
        output.document({"items": [dataclasses.asdict(each) for each in found], "next": None})
        return
    if not found:
        output.talk(_WORDS["none"])
        return
    from gateway.cli import tables

    now = times.text(time.time())
    tables.draw(
        ("OFFICER", "MAY", "KEY IDS", "FROM", "UNTIL", "STANDING"),
        (
            (
                each.id,
                each.capability,
                ", ".join(kid[:_SHORT_KID] for kid in each.kids),
                each.not_before,
                each.not_after,
                _standing(each, now),
            )
            for each in found
        ),
    )


@officers.command(
    epilog="Example: gateway keys officers add officer-1.key.pub.json --until 2027-03-31"
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--until", metavar="DATE", required=True, help="The last day, within a year.")
@passphrases.identity_option
@passphrases.node_option
@_dry_run
@options.json_option
@click.pass_context
def add(ctx: click.Context, /, file: Path, until: str, **given: Any) -> None:
    """Put the officer of the public half in FILE on this node's card.

    Compare its key ids with the officer in person first: whoever holds that key gives consent in
    your country's name.
    """
    from gateway.keyring.officers import read_public
    from gateway.node import key_acts

    settings = _settings()
    public = read_public(_read(file))
    end = moment(until, "--until", now=datetime.now(UTC), is_end=True).timestamp()
    opening = keys_changing.opening_of(settings, given)
    changed = key_acts.appoint(settings, public, end, opening, dry_run=given["dry_run"])
    code = keys_changing.tell(settings, changed, dry_run=given["dry_run"])
    _hint(settings, dry_run=given["dry_run"])
    ctx.exit(code)


@officers.command(epilog="Example: gateway keys officers revoke officer-1")
@click.argument("name", metavar="NAME-OR-KEY-ID")
@passphrases.identity_option
@passphrases.node_option
@_dry_run
@click.option("--yes", is_flag=True, help="Do not ask whether it is really meant.")
@options.json_option
@click.pass_context
def revoke(ctx: click.Context, /, name: str, **given: Any) -> None:
    """Let an officer's key count no more, and every consent that was signed with it.

    It cannot be taken back. Peers follow as soon as the new card arrives there, without confirming
    it; single consents are revoked by `gateway consent revoke`.
    """
    from gateway.node import key_acts

    settings = _settings()
    opening = keys_changing.opening_of(settings, given)
    if not given["dry_run"]:
        keys_changing.confirm(_WORDS["sure"].format(name=name), given["yes"])
    changed = key_acts.dismiss(settings, name, opening, dry_run=given["dry_run"])
    code = keys_changing.tell(settings, changed, dry_run=given["dry_run"])
    _hint(settings, dry_run=given["dry_run"])
    ctx.exit(code)


COMMANDS: Final = (officers,)


def _hint(settings: "Config", *, dry_run: bool) -> None:
    if not dry_run and not options.as_json():
        output.talk(_WORDS["peers"].format(card=settings.paths.keys / "card.json"))
        output.talk(_WORDS["until"])


def _standing(officer: Any, now: str) -> str:
    if officer.revoked_at is not None:
        return _WORDS["revoked"].format(at=officer.revoked_at)
    if now < officer.not_before:
        return _WORDS["early"]
    return _WORDS["counts"] if now <= officer.not_after else _WORDS["over"]


def _read(path: Path) -> bytes:
    from gateway.envelope import limits

    try:
        with path.open("rb") as file:
            return file.read(limits.KEY_FILE + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror}") from None


def _settings() -> "Config":
    from gateway import config

    return config.load(options.config_path())
