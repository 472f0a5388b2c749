"""What lies under `keys/`, for a listing that needs no passphrase."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway import private_files
from gateway.envelope import Card, digest, read_card, times
from gateway.keyring import layout
from gateway.keyring.sealed_file import KeyFileError, Use, parse_key_file

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDescription:
    """One key: what it is for, since when, and for how long; no date means without end.

    `is_on_card` is None for what never stands on a card.
    """

    file: str
    use: Use
    kids: tuple[str, ...]
    created: str
    expires: str | None
    days_left: int | None
    is_on_card: bool | None


def describe(folder: Path, *, now: float) -> tuple[KeyDescription, ...]:
    """List the keys of a node, the newest of each kind first.

    Raises:
        PrivateFileError: Others can get at a file, or it is a link.
        KeyFileError: A file is damaged; its name is in the text.
        VerificationError: The card's signatures do not hold.
    """
    private_files.check_tree(folder)
    with private_files.open_directory(folder) as directory:
        card = read_card(private_files.read(folder / layout.CARD, directory=directory))
        expiries = _expiries(card)
        paths = [
            path for path in (folder / layout.IDENTITY, folder / layout.STORE) if path.exists()
        ]
        for kind, suffix in (("message", "key"), ("encryption", "key"), ("tls", "secret")):
            paths += layout.newest_first(folder, directory, kind, suffix)
        return tuple(_describe(path, directory, expiries, now) for path in paths)


def _describe(
    path: Path, directory: int, expiries: dict[tuple[str, ...], str | None], now: float
) -> KeyDescription:
    found = parse_key_file(path, private_files.read(path, directory=directory))
    expires = expiries.get(found.kids)
    if found.use is Use.TLS:
        expires = _certificate_end(path.with_suffix(".pem"), directory)
    left = None if expires is None else math.floor((times.parse(expires) - now) / _DAY)
    return KeyDescription(
        file=path.name,
        use=found.use,
        kids=found.kids,
        created=found.created,
        expires=expires,
        days_left=left,
        is_on_card=found.kids in expiries if found.kids else None,
    )


def _expiries(card: Card) -> dict[tuple[str, ...], str | None]:
    """What the card says of each key, by its kids; a certificate says its own end."""
    found: dict[tuple[str, ...], str | None] = {card.identity.kids: None}
    found |= {pair.kids: validity.not_after for pair, validity in card.message_pairs}
    found |= {(key.kid,): validity.not_after for key, validity in card.encryption_keys}
    return found | {(digest(der),): None for der in card.certificates}


def _certificate_end(path: Path, directory: int) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(private_files.read(path, directory=directory))
    except ValueError:
        raise KeyFileError(f"{path} is not a certificate") from None
    return times.text(certificate.not_valid_after_utc.timestamp())
