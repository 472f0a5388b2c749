"""After a loss: another identity, or all of a node's own keys under another passphrase.

Neither needs what was lost. Peers believe a new identity only after a person has compared its
fingerprint, and no peer is reached by TLS before it has pinned the new certificate.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway import private_files
from gateway.envelope import Card, SigningPair, issue_card, read_card, times
from gateway.errors import InvalidError
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.making import key_files, make_keys, make_store_key
from gateway.keyring.opening import Shelf, identity_of
from gateway.keyring.renewal import Kind, Made, next_card
from gateway.keyring.rotating import Act, Changed, free_numbers, newest_of
from gateway.keyring.sealed_file import Use, WrongFilePassphraseError

# Where the files go that nobody can open, in case their passphrase turns up.
_ASIDE: Final = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassphrase:
    """A passphrase that was not in use before."""

    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.value:
            raise InvalidError("the new passphrase is empty")


def rotate_identity(folder: Path, new: NewPassphrase, act: Act) -> Changed:
    """Make another identity under a passphrase of its own, and a card that it signs.

    All other keys stay. The old identity is not needed, and is gone afterwards.

    Raises:
        InvalidError: The passphrase is the one of the node's own files; nothing was changed.
        VerificationError: The card's signatures do not hold.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, new.value)
        must_differ(shelf, layout.STORE, Use.STORE)
        raw = shelf.read(folder / layout.CARD)
        card = read_card(raw)
        identity = SigningPair.generate()
        after = newest_of(card, raw, act.after)
        named = replace(card, identity=identity.public)
        card = next_card(named, Made(), after=after, now=act.now)
        files = {
            layout.IDENTITY: act.sealing.content(
                Use.IDENTITY, identity.seeds, new.value, kids=identity.kids
            ),
            layout.CARD: issue_card(card, identity),
        }
        if not act.dry_run:
            keys_folder.replace(folder, files, reached=act.reached)
    return Changed(card=card, made=(layout.CARD, layout.IDENTITY))


def renew_all(folder: Path, identity: bytes, new: NewPassphrase, act: Act) -> Changed:
    """Replace every key of the node's own, and the store key, after their passphrase was lost.

    The old message pairs stay on the card, since what they signed may still be on its way. The old
    encryption keys are revoked on it, so that peers seal anew what they sealed to them, and the old
    certificates leave it. The files that nobody can open are set aside in a folder `lost-…`.

    Args:
        identity: The passphrase of the identity, which signs the card.

    Raises:
        InvalidError: The new passphrase opens the identity too; nothing was changed.
        WrongFilePassphraseError: The identity's passphrase is another one.
    """
    kinds = frozenset(Kind)
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, new.value)
        must_differ(shelf, layout.IDENTITY, Use.IDENTITY)
        raw = shelf.read(folder / layout.CARD)
        card = read_card(raw)
        signer = identity_of(Shelf(folder, directory, identity), card)
        after = newest_of(card, raw, act.after)
        made = make_keys(kinds, node=card.node, now=act.now)
        card = next_card(_abandoned(card, times.text(act.now)), made, after=after, now=act.now)
        files = key_files(made, new.value, act.sealing, numbers=free_numbers(shelf, kinds))
        files[layout.STORE] = act.sealing.content(Use.STORE, [make_store_key()], new.value)
        files[layout.CARD] = issue_card(card, signer)
        lost = _sealed_files(shelf)
        if not act.dry_run:
            _set_aside(shelf, (*lost, layout.STORE), act.now)
            keys_folder.replace(folder, files, gone=lost, reached=act.reached)
    return Changed(card=card, made=tuple(sorted(files)), set_aside=(*lost, layout.STORE))


def must_differ(shelf: Shelf, name: str, use: Use) -> None:
    """Let pass only a passphrase that does not open this file.

    Raises:
        InvalidError: It does. Who can start the node must not be able to sign its cards.
    """
    path = shelf.folder / name
    if not path.exists():
        return
    try:
        shelf.key_file(path).unseal(
            shelf.passphrase, use=use, count=2 if use is Use.IDENTITY else 1
        )
    except WrongFilePassphraseError:
        return
    raise InvalidError(
        "the identity and the node need different passphrases: who can start the node must not be "
        "able to sign its cards"
    )


def _abandoned(card: Card, at: str) -> Card:
    """Return the card without the keys that nobody can open any more."""
    keys = tuple(
        (key, held if held.revoked_at is not None else replace(held, revoked_at=at))
        for key, held in card.encryption_keys
    )
    return replace(card, encryption_keys=keys, certificates=())


def _sealed_files(shelf: Shelf) -> tuple[str, ...]:
    """Return every numbered file; all of them are sealed under the lost passphrase, or no use."""
    kinds = (
        ("message", "key"),
        ("encryption", "key"),
        *(("tls", s) for s in ("pem", "key", "secret")),
    )
    return tuple(path.name for kind, suffix in kinds for path in shelf.newest_first(kind, suffix))


def _set_aside(shelf: Shelf, names: tuple[str, ...], now: float) -> None:
    stamp = times.text(now).replace(":", "").replace("-", "")
    aside = shelf.folder / f"{_ASIDE}-{stamp}"
    aside.mkdir(mode=private_files.DIRECTORY_MODE, exist_ok=True)
    aside.chmod(private_files.DIRECTORY_MODE)
    for name in names:
        if not (aside / name).exists():
            private_files.write_new(aside / name, shelf.read(shelf.folder / name))
