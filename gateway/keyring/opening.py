"""Open what a running node needs, and only that: the identity stays closed.

The card is the measure. A message pair signs only while the card says so, every encryption key that
holds on the card must have its file (a peer may seal to it at any moment), and the certificate that
we show is one that peers may have pinned. A file whose key the card does not name is not opened.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from gateway import private_files
from gateway.delivery.own_keys import KeySet, OwnCertificate
from gateway.envelope import (
    Card,
    DecryptionKey,
    KeyValidity,
    SigningPair,
    VerifyingPair,
    digest,
    read_card,
    times,
)
from gateway.errors import LocalError
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.certificate import end_of, password_of
from gateway.keyring.sealed_file import RESTORE, KeyFile, KeyFileError, Use, parse_key_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Where the certificate and its encrypted key lie, and the password that opens the key."""

    certificate: Path
    key: Path
    der: bytes
    not_after: str
    password: bytes = field(repr=False)

    def load_into(self, context: ssl.SSLContext) -> None:
        """Make `context` show this certificate; the key is never in clear on disk."""
        context.load_cert_chain(self.certificate, self.key, self.password.decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Everything a running node may use.

    Args:
        certificates: The newest first; those that the card does not name any more come too, while
            their keys open, since a peer may know no other.
    """

    keys: KeySet
    store_key: bytes = field(repr=False)
    certificates: tuple[Tls, ...]

    @property
    def card(self) -> Card:
        """Our newest card."""
        return self.keys.card

    @property
    def card_raw(self) -> bytes:
        """Its exact bytes."""
        return self.keys.card_raw

    @property
    def node(self) -> str:
        """The name on the card."""
        return self.card.node

    @property
    def identity(self) -> VerifyingPair:
        """The public half of the identity; the private one is not in here."""
        return self.card.identity

    @property
    def tls(self) -> Tls:
        """The newest certificate of the card."""
        return next(each for each in self.certificates if each.der in self.card.certificates)

    def tls_of(self, der: bytes) -> Tls:
        """Return the certificate with its key.

        Raises:
            KeyError: Its key is not among ours.
        """
        return {each.der: each for each in self.certificates}[der]


def open_keyring(folder: Path, passphrase: bytes, *, now: float | None = None) -> Keyring:
    """Open the keys of a node in `folder`, after looking at every file's owner and mode.

    Args:
        now: An encryption key that is over by then may be without its file, as it is destroyed
            after a while. None asks for every key of the card.

    Raises:
        PrivateFileError: Others can get at a file, or it is a link or missing.
        WrongFilePassphraseError: The passphrase does not open one of the files.
        KeyFileError: A file is damaged, or it does not fit the card.
        VerificationError: The card's signatures do not hold.
        TransientError: A command is changing the keys just now.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, passphrase)
        card_raw = shelf.read(folder / layout.CARD)
        card = read_card(card_raw)
        pairs = _message_pairs(shelf, card)
        decryption_keys = _decryption_keys(shelf, card, now)
        store_key = shelf.secret(folder / layout.STORE, Use.STORE, ())
        certificates = _certificates(shelf, card)
    keys = KeySet(
        card=card,
        card_raw=card_raw,
        pairs=pairs,
        decryption_keys=decryption_keys,
        certificates=tuple(OwnCertificate(each.der, each.not_after) for each in certificates),
    )
    return Keyring(keys=keys, store_key=store_key, certificates=certificates)


def open_identity(folder: Path, passphrase: bytes) -> SigningPair:
    """Open the pair that signs cards; only a command of an operator does, never a running node.

    Raises:
        PrivateFileError: Others can get at the file, or it is not there.
        WrongFilePassphraseError: The identity's passphrase is another one.
        KeyFileError: The file is damaged, or it is not the identity on the card.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, passphrase)
        return identity_of(shelf, read_card(shelf.read(folder / layout.CARD)))


def read_own_card(folder: Path) -> bytes:
    """Return the exact bytes of this node's current card; no passphrase is needed.

    Raises:
        PrivateFileError: Others can get at a file of the folder, or it is missing.
    """
    with keys_folder.opened(folder) as directory:
        return private_files.read(folder / layout.CARD, directory=directory)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The open folder and a passphrase, so that every file is found and opened in one way."""

    folder: Path
    directory: int
    passphrase: bytes = field(repr=False)

    def newest_first(self, kind: str, suffix: str = "key") -> list[Path]:
        """Return the files of a kind."""
        return layout.newest_first(self.folder, self.directory, kind, suffix)

    def read(self, path: Path) -> bytes:
        """Return the bytes of a file, once its owner and mode were judged."""
        return private_files.read(path, directory=self.directory)

    def key_file(self, path: Path) -> KeyFile:
        """Return a key file, still sealed."""
        return parse_key_file(path, self.read(path))

    def pair(self, path: Path, use: Use) -> SigningPair:
        """Unseal a signing pair."""
        file = self.key_file(path)
        pair = SigningPair.from_seeds(*file.unseal(self.passphrase, use=use, count=2))
        file.must_name(pair.kids)
        return pair

    def secret(self, path: Path, use: Use, kids: tuple[str, ...]) -> bytes:
        """Unseal a single secret."""
        file = self.key_file(path)
        (secret,) = file.unseal(self.passphrase, use=use, count=1)
        file.must_name(kids)
        return secret


def identity_of(shelf: Shelf, card: Card) -> SigningPair:
    """Open the identity that signed the card.

    Raises:
        PrivateFileError, WrongFilePassphraseError, KeyFileError: As with `open_identity`.
    """
    path = shelf.folder / layout.IDENTITY
    pair = shelf.pair(path, Use.IDENTITY)
    if pair.kids != card.identity.kids:
        raise KeyFileError(f"{path} is not the identity on {layout.CARD}", hint=RESTORE)
    return pair


def _message_pairs(shelf: Shelf, card: Card) -> tuple[SigningPair, ...]:
    on_card = {pair.kids for pair, _ in card.message_pairs}
    paths = [path for path in shelf.newest_first("message") if shelf.key_file(path).kids in on_card]
    if not paths:
        raise KeyFileError(
            f"{shelf.folder} has no message-N.key of a pair on {layout.CARD}", hint=RESTORE
        )
    return tuple(shelf.pair(path, Use.MESSAGE) for path in paths)


def _decryption_keys(shelf: Shelf, card: Card, now: float | None) -> Mapping[str, DecryptionKey]:
    """Open the encryption keys of the card; a revoked one opens nothing, so that peers move on."""
    on_card = {(key.kid,): held for key, held in card.encryption_keys if held.revoked_at is None}
    keys: dict[str, DecryptionKey] = {}
    for path in shelf.newest_first("encryption"):
        file = shelf.key_file(path)
        if file.kids in on_card:
            (seed,) = file.unseal(shelf.passphrase, use=Use.ENCRYPTION, count=1)
            key = DecryptionKey.from_seed(seed)
            file.must_name((key.kid,))
            keys[key.kid] = key
    for (kid,), held in on_card.items():
        if kid not in keys and _must_open(held, now):
            raise KeyFileError(
                f"{shelf.folder} has no encryption-N.key for {kid}, which is on "
                f"{layout.CARD}: what peers seal to it could not be opened",
                hint=RESTORE,
            )
    return MappingProxyType(keys)


def _must_open(held: KeyValidity, now: float | None) -> bool:
    return now is None or times.text(now) <= held.not_after


def _certificates(shelf: Shelf, card: Card) -> tuple[Tls, ...]:
    found: list[Tls] = []
    for path in shelf.newest_first("tls", "pem"):
        der, not_after = certificate_in(path, shelf.read(path))
        try:
            found.append(_tls(shelf, path, der, not_after))
        except LocalError:
            if der in card.certificates:
                raise
    if not any(each.der in card.certificates for each in found):
        raise KeyFileError(
            f"{shelf.folder} has no tls-N.pem with a certificate on {layout.CARD}", hint=RESTORE
        )
    return tuple(found)


def _tls(shelf: Shelf, certificate: Path, der: bytes, not_after: str) -> Tls:
    secret = shelf.secret(certificate.with_suffix(".secret"), Use.TLS, (digest(der),))
    key = certificate.with_suffix(".key")
    shelf.read(key)  # judges its owner and mode; the TLS library opens it by its path
    tls = Tls(
        certificate=certificate,
        key=key,
        der=der,
        not_after=not_after,
        password=password_of(secret),
    )
    try:
        tls.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    except (ssl.SSLError, ValueError) as error:
        raise KeyFileError(
            f"{key} is not the key of {certificate.name}, or is damaged ({error})", hint=RESTORE
        ) from None
    return tls


def certificate_in(path: Path, pem: bytes) -> tuple[bytes, str]:
    """Return the certificate in a file (DER) and its end.

    Raises:
        KeyFileError: There is none in it.
    """
    try:
        der = ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
        return der, end_of(der)
    except ValueError as error:
        raise KeyFileError(f"{path} is not a certificate: {error}", hint=RESTORE) from None
