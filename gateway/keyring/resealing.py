"""Another passphrase for the same keys: every file it seals is sealed anew, all of them or none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.envelope import digest, read_card
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.opening import Shelf
from gateway.keyring.rotating import Act
from gateway.keyring.sealed_file import KeyFile, Sealing, Use, WrongFilePassphraseError
from gateway.keyring.starting_over import NewPassphrase, must_differ

# How many secrets of 32 bytes a file of each use holds.
_SECRETS: Final[Mapping[Use, int]] = {
    Use.IDENTITY: 2,
    Use.MESSAGE: 2,
    Use.ENCRYPTION: 1,
    Use.STORE: 1,
    Use.TLS: 1,
}


def reseal_node(folder: Path, old: bytes, new: NewPassphrase, act: Act) -> tuple[str, ...]:
    """Seal the node's own files under another passphrase; return their names.

    A file of no card that the old passphrase does not open stays as it is: nothing uses it.

    Raises:
        WrongFilePassphraseError: The old passphrase does not open a file that the node uses.
        InvalidError: The new one is the identity's.
    """
    with keys_folder.opened(folder) as directory:
        must_differ(Shelf(folder, directory, new.value), layout.IDENTITY, Use.IDENTITY)
        shelf = Shelf(folder, directory, old)
        card = read_card(shelf.read(folder / layout.CARD))
        used = {kid for pair, _ in card.message_pairs for kid in pair.kids}
        used |= {key.kid for key, _ in card.encryption_keys}
        used |= {digest(der) for der in card.certificates}
        paths = [folder / layout.STORE]
        for kind, suffix in (("message", "key"), ("encryption", "key"), ("tls", "secret")):
            paths += shelf.newest_first(kind, suffix)
        files: dict[str, bytes] = {}
        for path in paths:
            try:
                files[path.name] = _resealed(shelf.key_file(path), old, new, act)
            except WrongFilePassphraseError:
                if path.name == layout.STORE or used & set(shelf.key_file(path).kids):
                    raise
        keys_folder.replace(folder, files, reached=act.reached)
    return tuple(sorted(files))


def reseal_identity(folder: Path, old: bytes, new: NewPassphrase, act: Act) -> tuple[str, ...]:
    """Seal the identity under another passphrase; return the name of its file.

    Raises:
        WrongFilePassphraseError: The old passphrase does not open it.
        InvalidError: The new one is the node's.
    """
    with keys_folder.opened(folder) as directory:
        must_differ(Shelf(folder, directory, new.value), layout.STORE, Use.STORE)
        file = Shelf(folder, directory, old).key_file(folder / layout.IDENTITY)
        files = {layout.IDENTITY: _resealed(file, old, new, act)}
        keys_folder.replace(folder, files, reached=act.reached)
    return (layout.IDENTITY,)


def _resealed(file: KeyFile, old: bytes, new: NewPassphrase, act: Act) -> bytes:
    secrets = file.unseal(old, use=file.use, count=_SECRETS[file.use])
    # The key is as old as it was; only its seal is new.
    sealing = Sealing(created=file.created, log2_n=act.log2_n)
    return sealing.content(file.use, secrets, new.value, kids=file.kids)
