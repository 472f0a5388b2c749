"""Which private keys may be destroyed, because nothing needs them any more."""

from collections.abc import Collection, Mapping

from gateway.envelope import Card, KeyValidity
from gateway.keyring import layout
from gateway.keyring.opening import Shelf, certificate_in
from gateway.keyring.renewal import Kind, is_over

# What a card says of keys, by their ids.
_Named = Mapping[tuple[str, ...], KeyValidity]


def unneeded(shelf: Shelf, card: Card, *, known: Card | None, now: float) -> tuple[str, ...]:
    """Return the files whose keys neither a peer nor we can need any more.

    An encryption key is kept until what was sealed to it can no longer be under way; one that is
    revoked opens nothing and goes at once. A message pair is kept while it stands on the card, as a
    peer that was away may know no other. A certificate that the card names no more is kept until
    every peer knows that.

    Args:
        card: The card that is in force, or will be together with the deletion.
        known: The card that every enabled peer has receipted, if that is true of one.
    """
    pairs: _Named = {pair.kids: held for pair, held in card.message_pairs}
    keys: _Named = {
        (key.kid,): held for key, held in card.encryption_keys if held.revoked_at is None
    }
    names = [*_over(shelf, Kind.MESSAGE, pairs, now), *_over(shelf, Kind.ENCRYPTION, keys, now)]
    if known is not None:
        names += _old_certificates(shelf, {*card.certificates, *known.certificates})
    return tuple(names)


def _over(shelf: Shelf, kind: Kind, named: _Named, now: float) -> list[str]:
    found = []
    for path in shelf.newest_first(kind):
        held = named.get(shelf.key_file(path).kids)
        if held is None or is_over(held, now):
            found.append(path.name)
    return found


def _old_certificates(shelf: Shelf, named: Collection[bytes]) -> list[str]:
    found: list[str] = []
    for path in shelf.newest_first(Kind.TLS, "pem"):
        der, _ = certificate_in(path, shelf.read(path))
        if der not in named:
            found += layout.files_of(path)
    return found
