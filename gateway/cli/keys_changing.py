"""`gateway keys rotate`, `revoke`, `passphrase` and `prune`: new keys, and keys that end."""

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import keys_running, options, output, passphrases
from gateway.cli.socket_client import NodeClient
from gateway.client import NodeDownError
from gateway.errors import ExitCode, GatewayError, LocalError, UsageError

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.keyring import Changed

_KINDS: Final = ("message", "encryption", "tls", "all", "identity")

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
_yes = click.option("--yes", is_flag=True, help="Do not ask whether it is really meant.")
_new = passphrases.file_option(
    "--new-passphrase-file", "Holds the new passphrase; asked for twice if not given."
)


@click.command(epilog="Example: gateway keys rotate encryption")
@click.argument("kind", type=click.Choice(_KINDS), metavar="KIND")
@passphrases.identity_option
@passphrases.node_option
@_new
@click.option(
    "--lost-passphrase",
    is_flag=True,
    help="With `all`, on a stopped node: its passphrase is lost; make every key anew under "
    "another one.",
)
@_dry_run
@_yes
@options.json_option
@click.pass_context
def rotate(ctx: click.Context, /, kind: str, **given: Any) -> None:
    """Make new keys and the card that brings them; a running node uses them at once.

    KIND is message, encryption, tls, all (these three) or identity. Peers are told by themselves.
    Old keys go on counting for a while, so nothing on its way is lost, and each peer is served with
    what it knows until it has receipted the card.

    The identity is replaced without the old one: that is also the way when `identity.key` or its
    passphrase is lost. Peers refuse the new card until a person there has compared the new
    fingerprint by telephone (`gateway peers confirm CARD --new-identity`); until then all goes on
    under the old card.

    With --lost-passphrase what is sealed in the database cannot be read any more, and every peer
    needs the new card by hand: `gateway peers confirm CARD`.
    """
    from gateway import config
    from gateway.keyring import Kind
    from gateway.node import key_acts

    settings = config.load(options.config_path())
    if given["lost_passphrase"] and kind != "all":
        raise UsageError("--lost-passphrase makes every key anew: gateway keys rotate all")
    if kind == "identity":
        ctx.exit(_rotate_identity(settings, given))
    if given["lost_passphrase"]:
        ctx.exit(_renew_all(settings, given))
    if given["new_passphrase_file"] is not None:
        raise UsageError("only a new identity, or --lost-passphrase, takes a new passphrase")
    kinds = frozenset(Kind) if kind == "all" else frozenset({Kind(kind)})
    opening = opening_of(settings, given)
    changed = key_acts.rotate(settings, kinds, opening, dry_run=given["dry_run"])
    ctx.exit(tell(settings, changed, dry_run=given["dry_run"]))


@click.command(epilog="Example: gateway keys revoke message-1.key")
@click.argument("key", metavar="FILE-OR-KEY-ID")
@passphrases.identity_option
@passphrases.node_option
@_dry_run
@_yes
@options.json_option
@click.pass_context
def revoke(ctx: click.Context, /, key: str, **given: Any) -> None:
    """Let a key count no more, because somebody else may have it.

    The key is named by its file or by the beginning of its id (`gateway keys list`). If no other of
    its kind is left, a new one is made in the same act. Our messages that wait under a revoked pair
    are signed anew under new ids; what peers sealed to a revoked key they seal again. Peers judge
    by the time at which something reaches them. It cannot be taken back.
    """
    from gateway import config
    from gateway.node import key_acts

    settings = config.load(options.config_path())
    opening = opening_of(settings, given)
    if not given["dry_run"]:
        confirm(f"Revoke {key} for good?", given["yes"])
    changed = key_acts.revoke(settings, key, opening, dry_run=given["dry_run"])
    ctx.exit(tell(settings, changed, dry_run=given["dry_run"]))


@click.command(epilog="Example: gateway keys passphrase --new-passphrase-file new-passphrase")
@click.option("--identity", is_flag=True, help="The passphrase of the identity.")
@passphrases.identity_option
@passphrases.node_option
@_new
@options.json_option
def passphrase(identity: bool, **given: Any) -> None:
    """Change the passphrase that starts the node, or with --identity the one of the identity.

    Every file is sealed anew, or none is. The keys stay the same, and a running node goes on; the
    place that [passphrase] in the configuration names must hold the new one before the next start.
    """
    from gateway import config
    from gateway.keyring import NewPassphrase
    from gateway.node import key_acts

    settings = config.load(options.config_path())
    if identity:
        old = passphrases.known(
            given["identity_passphrase_file"],
            "Passphrase of the identity until now",
            "--identity-passphrase-file",
        )
    else:
        old = passphrases.of_node(settings, given["passphrase_file"])
    new = NewPassphrase(value=_chosen(given, "New passphrase"))
    files = key_acts.reseal(settings, old, new, identity=identity)
    if options.as_json():
        output.document({"sealed": list(files)})
        return
    output.talk(f"sealed anew: {', '.join(files)}")
    if not identity:
        output.talk(f"next: {_where_to_put(settings)}")


@click.command(epilog="Example: gateway keys prune --dry-run")
@_dry_run
@options.json_option
def prune(dry_run: bool) -> None:
    """Destroy the private keys that nothing needs any more.

    Those are keys that ended or were revoked 30 days ago, revoked encryption keys, and
    certificates that no peer pins any more. Rotating does the same. Copies in backups are yours to
    destroy.
    """
    from gateway import config
    from gateway.node import key_acts

    settings = config.load(options.config_path())
    changed = key_acts.prune(settings, dry_run=dry_run)
    if options.as_json():
        output.document({"dry_run": dry_run, "destroyed": list(changed.destroyed)})
        return
    words = "would be destroyed" if dry_run else "destroyed"
    output.talk(f"{words}: {', '.join(changed.destroyed) or 'nothing'}")


COMMANDS: Final = (rotate, revoke, passphrase, prune)


def _rotate_identity(settings: "Config", given: dict[str, Any]) -> ExitCode:
    from gateway.keyring import NewPassphrase
    from gateway.node import key_acts

    if not given["dry_run"]:
        question = "Make a new identity? Every peer has to confirm it by telephone."
        confirm(question, given["yes"])
    new = NewPassphrase(value=_chosen(given, "Passphrase of the new identity"))
    changed = key_acts.rotate_identity(settings, new, dry_run=given["dry_run"])
    code = tell(settings, changed, dry_run=given["dry_run"])
    if not given["dry_run"] and not options.as_json():
        output.talk("the fingerprint of the new identity:")
        output.data(changed.fingerprint)
        output.talk(
            f"next: give {settings.paths.keys / 'card.json'} to every peer and read the "
            "fingerprint out by telephone; there: gateway peers confirm CARD --new-identity"
        )
        output.talk(f"then: {options.line('keys', 'reload')}")
    return code


def _renew_all(settings: "Config", given: dict[str, Any]) -> ExitCode:
    from gateway.keyring import NewPassphrase
    from gateway.node import key_acts

    if not given["dry_run"]:
        question = "Give up all that is sealed under the lost passphrase?"
        confirm(question, given["yes"])
    identity = _identity(given)
    new = NewPassphrase(value=_chosen(given, "New passphrase of the node"))
    changed = key_acts.renew_all(settings, identity, new, dry_run=given["dry_run"])
    if options.as_json():
        output.document(_document(changed, dry_run=given["dry_run"]))
        return ExitCode.DONE
    _say(changed, dry_run=given["dry_run"])
    if not given["dry_run"]:
        output.talk(f"next: {_where_to_put(settings)}")
        output.talk(f"then: {output.line_for(settings.source, 'serve')}")
        output.talk(
            f"      give {settings.paths.keys / 'card.json'} to every peer: no connection succeeds "
            "before it; there: gateway peers confirm CARD"
        )
    return ExitCode.DONE


def opening_of(settings: "Config", given: dict[str, Any]) -> Any:
    """Return both passphrases, from files or typed.

    Raises:
        LocalError: One of them is nowhere to be had.
    """
    from gateway.keyring import Opening

    return Opening(
        identity=_identity(given), node=passphrases.of_node(settings, given["passphrase_file"])
    )


def _identity(given: dict[str, Any]) -> bytes:
    return passphrases.known(
        given["identity_passphrase_file"],
        "Passphrase of the identity",
        "--identity-passphrase-file",
    )


def _chosen(given: dict[str, Any], prompt: str) -> bytes:
    return passphrases.chosen(given["new_passphrase_file"], prompt, "--new-passphrase-file")


def confirm(question: str, is_sure: bool) -> None:
    """Go on only if a person means it.

    Raises:
        LocalError: There is no terminal to ask at.
        click.Abort: They do not.
    """
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise LocalError("there is no terminal to ask whether it is meant", hint="add --yes")
    click.confirm(question, abort=True, err=True)


def tell(settings: "Config", changed: "Changed", *, dry_run: bool) -> ExitCode:
    """Say what was changed and have the running node take it up; return how the command ends."""
    document = _document(changed, dry_run=dry_run)
    if dry_run:
        output.document(document) if options.as_json() else _say(changed, dry_run=True)
        return ExitCode.DONE
    code, failure, view = ExitCode.DONE, None, None
    try:
        view = NodeClient.of(settings.source).reload_keys()
    except NodeDownError:
        pass
    except GatewayError as error:
        # The keys are changed all the same, and the next start takes them up.
        code, failure = ExitCode.WARNING, error
    if options.as_json():
        problem = None if failure is None else str(failure)
        output.document({**document, "node": view, "problem": problem})
        return code
    _say(changed, dry_run=False)
    if view is not None:
        for line in keys_running.told(view):
            output.talk(line)
    elif failure is not None:
        output.talk(f"the running node did not take it up: {failure}")
        output.talk("next: restart the node")
    else:
        output.talk(f"next: {output.line_for(settings.source, 'serve')}")
    return code


def _document(changed: "Changed", *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "serial": changed.card.serial,
        "fingerprint": changed.fingerprint,
        "made": list(changed.made),
        "destroyed": list(changed.destroyed),
        "set_aside": list(changed.set_aside),
    }


def _say(changed: "Changed", *, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    output.talk(f"card {changed.card.serial}; {would}written: {', '.join(changed.made)}")
    if changed.destroyed:
        output.talk(f"{would}destroyed: {', '.join(changed.destroyed)}")
    if changed.set_aside:
        output.talk(f"{would}set aside under keys/lost-…: {', '.join(changed.set_aside)}")


def _where_to_put(settings: "Config") -> str:
    """Return what to do with a new passphrase before the next start."""
    from gateway.passphrase import SourceKind

    source = settings.passphrase
    where = {
        SourceKind.FILE: f"write the new passphrase into {source.value} (mode 0600)",
        SourceKind.CREDENTIAL: f"encrypt the new passphrase as credential {source.value}",
        SourceKind.DESCRIPTOR: "hand the new passphrase to what opens the descriptor",
        SourceKind.PROMPT: "remember the new passphrase",
    }
    return f"{where[source.kind]} before the node starts again"
