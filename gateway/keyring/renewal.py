"""The card after this one: which keys it brings, which it still names, and for how long.

A key never vanishes from one card to the next while a peer may still use it:

    message pair       on the card to its end or revocation, and 30 days more
    encryption key     at most 14 days beside a newer one, and 30 days more
    TLS certificate    the one that is shown, and the one that is to follow it

The 30 days are the longest time for which an envelope is offered after its expiry: until then a
peer is told that a key is over, instead of not knowing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from gateway.envelope import (
    Card,
    DecryptionKey,
    EncryptionKey,
    KeyValidity,
    SigningPair,
    VerifyingPair,
    digest,
    times,
)
from gateway.keyring.certificate import NewCertificate

MESSAGE_DAYS: Final = 365
# Short, because whoever gets the key can read what was sent while it was in use.
ENCRYPTION_DAYS: Final = 90
CARD_DAYS: Final = 365
# How long peers may go on sealing to the key before, once they know the newer one.
OVERLAP_DAYS: Final = 14
# The longest `expiry_grace_days` of the configuration: so long may an old envelope still come.
GRACE_DAYS: Final = 30

_DAY: Final = 86_400
# A peer whose clock is behind ours must not find our new keys "not yet valid"; as much as the
# `created` of a message may lie ahead.
_BACKDATED_SECONDS: Final = 300
# What a card has room for, of each kind.
_MOST: Final = 16

_Key = TypeVar("_Key", VerifyingPair, EncryptionKey)


class Kind(StrEnum):
    """The keys that rotate by themselves, under one identity."""

    MESSAGE = "message"
    ENCRYPTION = "encryption"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """The newest card that this node has handed out, and what came of it.

    Args:
        presented: The certificate that is shown to peers now; None for the card's oldest.
        is_known: Every enabled peer has receipted this card.
    """

    serial: int
    digest: str
    presented: bytes | None = None
    is_known: bool = False

    @classmethod
    def by(cls, card: Card, raw: bytes) -> "HandedOut":
        """Return what a card alone says, where there is no database to ask."""
        return cls(serial=card.serial, digest=digest(raw))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """New keys, for the next card; None where the kind stays as it is."""

    message: SigningPair | None = None
    encryption: DecryptionKey | None = None
    tls: NewCertificate | None = None


def start_of(now: float) -> float:
    """Return from when keys that are made now shall count."""
    return now - _BACKDATED_SECONDS


def validity(start: float, days: int) -> KeyValidity:
    """Return a span of whole days from `start`."""
    return KeyValidity(not_before=times.text(start), not_after=times.text(start + days * _DAY))


def is_over(held: KeyValidity, now: float) -> bool:
    """Tell whether nothing that was signed with a key, or sealed to it, can still be on its way."""
    ended = held.not_after if held.revoked_at is None else min(held.revoked_at, held.not_after)
    return times.parse(ended) + GRACE_DAYS * _DAY < now


def next_card(card: Card, made: Made, *, after: HandedOut, now: float) -> Card:
    """Return the card that follows the one handed out last, with the new keys beside the old."""
    start = start_of(now)
    pairs = _still_named(card.message_pairs, now)
    if made.message is not None:
        held = _later(validity(start, MESSAGE_DAYS), pairs)
        pairs = [*pairs[1 - _MOST :], (made.message.public, held)]
    keys = _still_named(card.encryption_keys, now)
    if made.encryption is not None:
        held = _later(validity(start, ENCRYPTION_DAYS), keys)
        last = times.text(now + OVERLAP_DAYS * _DAY)
        keys = [(key, _ending(old, last)) for key, old in keys]
        keys = [*keys[1 - _MOST :], (made.encryption.public, held)]
    certificates = card.certificates
    if made.tls is not None:
        certificates = (*_shown(card, after), made.tls.der)
    return replace(
        card,
        message_pairs=tuple(pairs),
        encryption_keys=tuple(keys),
        certificates=certificates,
        serial=max(card.serial, after.serial) + 1,
        previous=after.digest,
        not_before=times.text(start),
        not_after=times.text(start + CARD_DAYS * _DAY),
    )


def _still_named(
    entries: Sequence[tuple[_Key, KeyValidity]], now: float
) -> list[tuple[_Key, KeyValidity]]:
    """Leave out what is over; the rest in the order in which it began to count."""
    kept = [(key, held) for key, held in entries if not is_over(held, now)]
    return sorted(kept, key=lambda entry: entry[1].not_before)


def _later(held: KeyValidity, before: Sequence[tuple[_Key, KeyValidity]]) -> KeyValidity:
    """Let a new key begin after every other: peers seal to the one that began last."""
    last = max((old.not_before for _, old in before), default="")
    if held.not_before > last:
        return held
    return replace(held, not_before=times.text(times.parse(last) + 1))


def _ending(held: KeyValidity, last: str) -> KeyValidity:
    """Shorten a validity to its overlap; one that has not begun would become no span at all."""
    return replace(held, not_after=last) if held.not_before < last < held.not_after else held


def _shown(card: Card, after: HandedOut) -> tuple[bytes, ...]:
    """Return the one certificate that stays beside a new one: peers must know what we show."""
    if after.presented in card.certificates:
        return tuple(der for der in card.certificates if der == after.presented)
    return card.certificates[:1]
