"""Open what a running node needs, and only that: the identity stays closed.

The card is the measure. A message pair signs only while the card says so, every encryption key on
the card must have its file (a peer may seal to it at any moment), and the certificate that we show
is one that the card pins.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from gateway import private_files
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
from gateway.keyring import layout
from gateway.keyring.certificate import password_of
from gateway.keyring.sealed_file import RESTORE, KeyFile, KeyFileError, Use, parse_key_file


@dataclass(frozen=True, slots=True)
class MessageKey:
    """A pair that signs messages and receipts, and for how long it may."""

    pair: SigningPair = field(repr=False)
    validity: KeyValidity


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Where the certificate and its encrypted key lie, and the password that opens the key."""

    certificate: Path
    key: Path
    der: bytes
    password: bytes = field(repr=False)

    def load_into(self, context: ssl.SSLContext) -> None:
        """Make `context` show this certificate; the key is never in clear on disk."""
        context.load_cert_chain(self.certificate, self.key, self.password.decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Everything a running node may use; `message_keys` begins with the newest."""

    card: Card
    card_raw: bytes
    message_keys: tuple[MessageKey, ...]
    decryption_keys: Mapping[str, DecryptionKey] = field(repr=False)
    store_key: bytes = field(repr=False)
    tls: Tls

    @property
    def node(self) -> str:
        """The name on the card."""
        return self.card.node

    @property
    def identity(self) -> VerifyingPair:
        """The public half of the identity; the private one is not in here."""
        return self.card.identity

    def signing_pair(self, at: float) -> SigningPair:
        """Return the newest pair that may sign at that time.

        Raises:
            KeyFileError: Every pair is expired or revoked. Nothing can be signed until an operator
                has issued a new card.
        """
        now = times.text(at)
        for key in self.message_keys:
            if key.validity.is_valid_at(now):
                return key.pair
        last = max(key.validity.not_after for key in self.message_keys)
        raise KeyFileError(
            f"no message pair of {self.node} is valid at {now}; the last one ends at {last}",
            hint="see `gateway keys list`; the identity must sign a card with a new pair",
        )


def open_keyring(folder: Path, passphrase: bytes) -> Keyring:
    """Open the keys of a node in `folder`, after looking at every file's owner and mode.

    Raises:
        PrivateFileError: Others can get at a file, or it is a link or missing.
        WrongFilePassphraseError: The passphrase does not open one of the files.
        KeyFileError: A file is damaged, or it does not fit the card.
        VerificationError: The card's signatures do not hold.
    """
    private_files.check_tree(folder)
    with private_files.open_directory(folder) as directory:
        shelf = _Shelf(folder, directory, passphrase)
        card_raw = shelf.read(folder / layout.CARD)
        card = read_card(card_raw)
        return Keyring(
            card=card,
            card_raw=card_raw,
            message_keys=_message_keys(shelf, card),
            decryption_keys=_decryption_keys(shelf, card),
            store_key=shelf.secret(folder / layout.STORE, Use.STORE, ()),
            tls=_tls(shelf, card),
        )


def open_identity(folder: Path, passphrase: bytes) -> SigningPair:
    """Open the pair that signs cards; only a command of an operator does, never a running node.

    Raises:
        PrivateFileError: Others can get at the file, or it is not there.
        WrongFilePassphraseError: The identity's passphrase is another one.
        KeyFileError: The file is damaged, or it is not the identity on the card.
    """
    private_files.check_tree(folder)
    with private_files.open_directory(folder) as directory:
        shelf = _Shelf(folder, directory, passphrase)
        path = folder / layout.IDENTITY
        pair = shelf.pair(path, Use.IDENTITY)
        card = read_card(shelf.read(folder / layout.CARD))
    if pair.kids != card.identity.kids:
        raise KeyFileError(f"{path} is not the identity on {layout.CARD}", hint=RESTORE)
    return pair


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The open folder and the passphrase, so that every file is found and opened in one way."""

    folder: Path
    directory: int
    passphrase: bytes = field(repr=False)

    def newest_first(self, kind: str, suffix: str = "key") -> list[Path]:
        return layout.newest_first(self.folder, self.directory, kind, suffix)

    def read(self, path: Path) -> bytes:
        return private_files.read(path, directory=self.directory)

    def key_file(self, path: Path) -> KeyFile:
        return parse_key_file(path, self.read(path))

    def pair(self, path: Path, use: Use) -> SigningPair:
        file = self.key_file(path)
        pair = SigningPair.from_seeds(*file.unseal(self.passphrase, use=use, count=2))
        file.must_name(pair.kids)
        return pair

    def secret(self, path: Path, use: Use, kids: tuple[str, ...]) -> bytes:
        file = self.key_file(path)
        (secret,) = file.unseal(self.passphrase, use=use, count=1)
        file.must_name(kids)
        return secret


def _message_keys(shelf: _Shelf, card: Card) -> tuple[MessageKey, ...]:
    on_card = {pair.kids: validity for pair, validity in card.message_pairs}
    found: list[MessageKey] = []
    for path in shelf.newest_first("message"):
        pair = shelf.pair(path, Use.MESSAGE)
        if pair.kids in on_card:
            found.append(MessageKey(pair, on_card[pair.kids]))
    if not found:
        raise KeyFileError(
            f"{shelf.folder} has no message-N.key of a pair on {layout.CARD}", hint=RESTORE
        )
    return tuple(found)


def _decryption_keys(shelf: _Shelf, card: Card) -> Mapping[str, DecryptionKey]:
    keys: dict[str, DecryptionKey] = {}
    for path in shelf.newest_first("encryption"):
        file = shelf.key_file(path)
        (seed,) = file.unseal(shelf.passphrase, use=Use.ENCRYPTION, count=1)
        key = DecryptionKey.from_seed(seed)
        file.must_name((key.kid,))
        keys[key.kid] = key
    for public, _ in card.encryption_keys:
        if public.kid not in keys:
            raise KeyFileError(
                f"{shelf.folder} has no encryption-N.key for {public.kid}, which is on "
                f"{layout.CARD}: what peers seal to it could not be opened",
                hint=RESTORE,
            )
    return MappingProxyType(keys)


def _tls(shelf: _Shelf, card: Card) -> Tls:
    for certificate in shelf.newest_first("tls", "pem"):
        der = _der(certificate, shelf.read(certificate))
        if der in card.certificates:
            break
    else:
        raise KeyFileError(
            f"{shelf.folder} has no tls-N.pem with a certificate on {layout.CARD}", hint=RESTORE
        )
    secret = shelf.secret(certificate.with_suffix(".secret"), Use.TLS, (digest(der),))
    key = certificate.with_suffix(".key")
    shelf.read(key)  # judges its owner and mode; the TLS library opens it by its path
    tls = Tls(certificate=certificate, key=key, der=der, password=password_of(secret))
    try:
        tls.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    except (ssl.SSLError, ValueError) as error:
        raise KeyFileError(
            f"{key} is not the key of {certificate.name}, or is damaged ({error})", hint=RESTORE
        ) from None
    return tls


def _der(path: Path, pem: bytes) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))
    except ValueError as error:
        raise KeyFileError(f"{path} is not a certificate: {error}", hint=RESTORE) from None
