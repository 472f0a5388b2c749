"""`gateway consent key` and `sign`: what a consent officer does, on a machine without a node."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import form_terminal, new_file, options, output, passphrases
from gateway.errors import (
    ConflictError,
    ExitCode,
    InvalidError,
    LocalError,
    NotFoundError,
    VerificationError,
)

if TYPE_CHECKING:
    from gateway.catalogue import Catalogue
    from gateway.desk.consent_packages import Checked
    from gateway.envelope import Card
    from gateway.keyring.officers import OfficerKey

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "prompt": "Your passphrase",
    "new": "A passphrase for your key",
    "made": "your key is in {path}; keep it and its passphrase to yourself, away from the node",
    "public": "give {path} to your operators: gateway keys officers add {name} --until DATE",
    "fingerprint": "The key will count for this node and identity alone:",
    "ask": "Type the fingerprint that your operators read out",
    "no_terminal": "nobody confirmed the fingerprint, and there is no terminal to ask",
    "name_it": "name it with --fingerprint, as `gateway keys fingerprint` prints it at your node",
    "differs": "this is not the fingerprint of the card of {node}; no key was made",
    "whose": "ask your operators for the card of your own node: gateway keys card",
    "sure": "Do you give this consent?",
    "nothing": "nothing was signed",
    "no_yes": "there is no terminal to ask at: give --yes",
    "signed": "{officer} has signed consent {id}",
    "more": "{count} more must sign: give {path} to another officer",
    "done": "next: give {path} back to your node: gateway consent grant --signed {path}",
    "look": "look in the folder for the file's name, and give its whole path",
    "over": "its time was over at {until}; nothing was signed",
    "unknown": "it permits giving to somebody whom the registry of parties does not know so",
    "prepare": "have the package prepared again: gateway consent grant REQUEST --prepare FILE",
}
_OFFICER_HINT: Final = "your operators put it there: gateway keys officers add FILE.pub.json"


@click.command(
    epilog="Example: gateway consent key officer-1.key --officer officer-1 --card card.json"
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--officer", metavar="NAME", required=True, help="How you are named on the card.")
@click.option(
    "--card", metavar="CARD", help="Your own node's card; if not given, the one of this node."
)
@click.option(
    "--fingerprint", metavar="DIGITS", help="What your operators read out; asked for if absent."
)
@passphrases.file_option(
    "--passphrase-file", "Holds the passphrase for the key; asked for twice if not given."
)
@options.json_option
def key(file: Path, officer: str, **given: Any) -> None:
    """Make the key that you give consent with, in FILE, and its public half beside it.

    Do this on a machine of your own. The key counts for your own node alone, whose identity you
    compare now; it gives consent once your operators have put FILE.pub.json on the node's card.
    """
    from gateway import private_files
    from gateway.envelope import times
    from gateway.keyring.making import LOG2_N
    from gateway.keyring.officers import Pinned, new_officer_key, officer_file, sealing_at

    public = file.with_name(f"{file.name}.pub.json")
    for path in (file, public):
        if path.exists():
            raise ConflictError(
                f"{path} is there already and was left as it is", hint="name another file"
            )
    card = _own_card(given["card"])
    made = new_officer_key(Pinned.to(card, officer))
    _compare(card, given["fingerprint"])
    passphrase = passphrases.chosen(given["passphrase_file"], _WORDS["new"], "--passphrase-file")
    now = time.time()
    private_files.write_new(file, officer_file(made, passphrase, sealing_at(now, log2_n=LOG2_N)))
    private_files.write_new(public, made.public(at=times.text(now)))
    if options.as_json():
        kids = list(made.pair.kids)
        output.document({"key": str(file), "public": str(public), "node": card.node, "kids": kids})
        return
    output.talk(_WORDS["made"].format(path=file))
    output.talk(_WORDS["public"].format(path=public, name=public.name))


@click.command(epilog="Example: gateway consent sign package.json --key officer-1.key")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Your key, as `gateway consent key` has made it.",
)
@passphrases.file_option("--passphrase-file", "Holds your passphrase; asked for if not given.")
@click.option(
    "-y", "--yes", is_flag=True, help="Sign without asking again; it is shown all the same."
)
@options.json_option
def sign(file: Path, key_file: Path, passphrase_file: Path | None, yes: bool) -> None:
    """Check the package in FILE, show what it permits, and sign it with your key.

    No node is needed. Everything in the package is verified first: your node's card by the
    fingerprint you compared, the messages by your node's signatures, the request by its sender's.
    Your signature is added to FILE.
    """
    from gateway.cli import consent_words
    from gateway.desk.consent_packages import check_package, parse_package, with_instrument
    from gateway.envelope import read_card, times
    from gateway.keyring.officers import open_officer_file

    if not yes and not form_terminal.is_present():
        raise click.UsageError(_WORDS["no_yes"], click.get_current_context())
    package = parse_package(_read(file))
    passphrase = passphrases.known(passphrase_file, _WORDS["prompt"], "--passphrase-file")
    held = open_officer_file(_private(key_file), passphrase, name=str(key_file))
    now = times.text(time.time())
    # Whose card it is comes first: everything else in the package is judged by that card.
    held.pinned.check(read_card(package.cards[0]))
    checked = check_package(package)
    _check_officer(held, checked, now)
    catalogue = _catalogue()
    _check_recipients(checked, catalogue)
    if not options.as_json():
        for line in consent_words.explained(checked, catalogue.parties):
            output.talk(line)
    if not yes and not form_terminal.agrees(_WORDS["sure"], default=False):
        output.talk(_WORDS["nothing"])
        click.get_current_context().exit(ExitCode.FAILURE)
    signed = with_instrument(checked, held.sign(package.terms, signed_at=now))
    _write(file, signed.document())
    _tell(file, checked, held, len(signed.instruments), catalogue)


COMMANDS: Final = (key, sign)


def _own_card(name: str | None) -> "Card":
    from gateway.envelope import limits, read_card

    if name is not None:
        return read_card(_read(Path(name), limit=limits.CARD))
    from gateway import config
    from gateway.keyring import read_own_card

    return read_card(read_own_card(config.load(options.config_path()).paths.keys))


def _compare(card: "Card", given: str | None) -> None:
    """Let pass only an identity that the officer has compared: no trust on first use."""
    from gateway.cli.peers import digits
    from gateway.envelope import fingerprint

    if given is None:
        if not form_terminal.is_present():
            raise LocalError(_WORDS["no_terminal"], hint=_WORDS["name_it"])
        output.talk(f"{_WORDS['fingerprint']} {card.node} ({card.environment})")
        given = click.prompt(_WORDS["ask"], err=True)
    if digits(given) != digits(fingerprint(card.identity)):
        raise VerificationError(_WORDS["differs"].format(node=card.node), hint=_WORDS["whose"])


def _check_officer(held: "OfficerKey", checked: "Checked", now: str) -> None:
    """Let sign only whom the node's card names, while it does.

    Raises:
        VerificationError: The key does not count by the card.
        ConflictError: What it permits is over.
    """
    from gateway.policy.examining import CAPABILITY

    known = [each for each in checked.card.officers if each.pair.kids == held.pair.kids]
    if not known or (known[0].id, known[0].capability) != (held.pinned.officer, CAPABILITY):
        raise VerificationError(
            "your key does not stand on the card in the package", hint=_OFFICER_HINT
        )
    validity = known[0].validity
    if not validity.is_valid_at(now):
        ended = validity.revoked_at or validity.not_after
        words = f"ended at {ended}" if now >= validity.not_before else "does not count yet"
        raise VerificationError(
            f"your key {words} by the card in the package; nothing was signed",
            hint="make another one (gateway consent key FILE) and have it put on the card",
        )
    if checked.terms.not_after <= now:
        raise ConflictError(
            _WORDS["over"].format(until=checked.terms.not_after), hint=_WORDS["prepare"]
        )


def _check_recipients(checked: "Checked", catalogue: "Catalogue") -> None:
    """Let pass only organisations that the registry of this very program knows by that name."""
    from gateway.desk.consent_asking import check_recipients

    terms = checked.package.terms
    named = {str(n): one for n, one in enumerate(terms.get("recipients", ()))}
    if problems := tuple(check_recipients(named, catalogue.parties, time.time())):
        raise InvalidError(_WORDS["unknown"], problems=problems, hint=_WORDS["prepare"])


def _catalogue() -> "Catalogue":
    from gateway import resources
    from gateway.catalogue import Catalogue

    return Catalogue.from_files(resources.schema_files())


def _tell(
    file: Path, checked: "Checked", held: "OfficerKey", signed: int, catalogue: "Catalogue"
) -> None:
    terms = checked.terms
    profile = catalogue.profile_for(terms.grantor, terms.grantee)
    missing = max(0, profile.officers_needed(terms.grantor) - signed)
    if options.as_json():
        output.document(
            {
                "consent_id": terms.consent_id,
                "officer": held.pinned.officer,
                "signed": signed,
                "missing": missing,
                "terms": dict(checked.package.terms),
            }
        )
        return
    output.talk(_WORDS["signed"].format(officer=held.pinned.officer, id=terms.consent_id))
    words = _WORDS["more"] if missing else _WORDS["done"]
    output.talk(words.format(count=missing, path=file))


def _read(path: Path, *, limit: int | None = None) -> bytes:
    from gateway.desk.consent_packages import PACKAGE

    try:
        with path.open("rb") as file:
            # One byte more than allowed is enough for whoever parses it to refuse it.
            return file.read((limit or PACKAGE) + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", hint=_WORDS["look"]) from None
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror}") from None


def _private(path: Path) -> bytes:
    from gateway import private_files

    if not path.exists():
        raise NotFoundError(f"there is no file {path}", hint=_WORDS["look"])
    return private_files.read(path)


def _write(path: Path, document: dict[str, Any]) -> None:
    """Put the package in the place of the one that was read, whole or not at all."""
    import json

    with new_file.place(path, force=True) as file:
        file.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
