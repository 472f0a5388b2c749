"""What lies under `keys/`, for a listing that needs no passphrase."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.envelope import Card, KeyValidity, digest, read_card, times
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.opening import Shelf, certificate_in
from gateway.keyring.sealed_file import KeyFile, Use

_DAY: Final = 86_400


class Standing(StrEnum):
    """What a key is to peers now."""

    CURRENT = "current"
    OVERLAP = "overlap"
    WAITING = "waiting"
    REVOKED = "revoked"
    ENDED = "ended"
    NOT_ON_CARD = "not-on-card"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDescription:
    """One key: what it is for, since when, and for how long; no date means without end.

    `is_on_card` is None for what never stands on a card; `presented` is None for what is not shown
    in TLS, and where nobody could tell.
    """

    file: str
    use: Use
    kids: tuple[str, ...]
    created: str
    expires: str | None
    days_left: int | None
    is_on_card: bool | None
    standing: Standing
    revoked_at: str | None = None
    presented: bool | None = None


def describe(
    folder: Path, *, now: float, presented: bytes | None = None
) -> tuple[KeyDescription, ...]:
    """List the keys of a node, the newest of each kind first.

    Args:
        presented: The certificate (DER) that is shown to peers now, if somebody knows.

    Raises:
        PrivateFileError: Others can get at a file, or it is a link.
        KeyFileError: A file is damaged; its name is in the text.
        VerificationError: The card's signatures do not hold.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, b"")
        card = read_card(shelf.read(folder / layout.CARD))
        return tuple(_describe_all(shelf, card, times.text(now), now, presented))


def _describe_all(
    shelf: Shelf, card: Card, at: str, now: float, presented: bytes | None
) -> Iterator[KeyDescription]:
    said: dict[tuple[str, ...], KeyValidity] = {p.kids: held for p, held in card.message_pairs}
    said |= {(key.kid,): held for key, held in card.encryption_keys}
    for path in (shelf.folder / layout.IDENTITY, shelf.folder / layout.STORE):
        if path.exists():
            yield _alone(shelf.key_file(path), card)
    for kind in ("message", "encryption"):
        is_first = True
        for path in shelf.newest_first(kind):
            file = shelf.key_file(path)
            held = said.get(file.kids)
            is_current = is_first and held is not None and held.is_valid_at(at)
            is_first = is_first and not is_current
            yield _numbered(file, held, at, now, is_current=is_current)
    yield from _certificates(shelf, card, at, now, presented)


def _alone(file: KeyFile, card: Card) -> KeyDescription:
    is_identity = file.use is Use.IDENTITY
    is_on_card = file.kids == card.identity.kids if is_identity else None
    standing = Standing.CURRENT if is_on_card else Standing.NOT_ON_CARD
    return KeyDescription(
        file=file.path.name,
        use=file.use,
        kids=file.kids,
        created=file.created,
        expires=None,
        days_left=None,
        is_on_card=is_on_card,
        standing=standing if is_identity else Standing.PRIVATE,
    )


def _numbered(
    file: KeyFile, held: KeyValidity | None, at: str, now: float, *, is_current: bool
) -> KeyDescription:
    return KeyDescription(
        file=file.path.name,
        use=file.use,
        kids=file.kids,
        created=file.created,
        expires=None if held is None else held.not_after,
        days_left=None if held is None else days_left(held.not_after, now),
        is_on_card=held is not None,
        standing=Standing.CURRENT if is_current else _standing(held, at),
        revoked_at=None if held is None else held.revoked_at,
    )


def _standing(held: KeyValidity | None, at: str) -> Standing:
    if held is None:
        return Standing.NOT_ON_CARD
    if held.revoked_at is not None:
        return Standing.REVOKED
    return Standing.OVERLAP if held.is_valid_at(at) else Standing.ENDED


def _certificates(
    shelf: Shelf, card: Card, at: str, now: float, presented: bytes | None
) -> Iterator[KeyDescription]:
    order: Mapping[bytes, int] = {der: place for place, der in enumerate(card.certificates)}
    shown = order.get(presented) if presented is not None else None
    for path in shelf.newest_first("tls", "pem"):
        der, end = certificate_in(path, shelf.read(path))
        secret = shelf.key_file(path.with_suffix(".secret"))
        secret.must_name((digest(der),))
        yield KeyDescription(
            file=secret.path.name,
            use=secret.use,
            kids=secret.kids,
            created=secret.created,
            expires=end,
            days_left=days_left(end, now),
            is_on_card=der in order,
            standing=_standing_of(order.get(der), shown, is_over=at > end),
            presented=None if presented is None else der == presented,
        )


def _standing_of(place: int | None, shown: int | None, *, is_over: bool) -> Standing:
    """Return what a certificate is: the one that is shown, the one before, or the one to come."""
    if place is None:
        return Standing.NOT_ON_CARD
    if is_over:
        return Standing.ENDED
    if shown is None or place == shown:
        return Standing.CURRENT
    return Standing.WAITING if place > shown else Standing.OVERLAP


def days_left(end: str, now: float) -> int:
    """Return the whole days until an end; negative once it has passed."""
    return math.floor((times.parse(end) - now) / _DAY)
