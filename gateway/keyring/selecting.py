"""Which key of the card an operator means, and the card without it."""

from dataclasses import replace
from typing import Final

from gateway.envelope import Card, KeyValidity, digest
from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.keyring import layout
from gateway.keyring.opening import Shelf, certificate_in
from gateway.keyring.renewal import Kind

_SHORTEST: Final = 8
_PREFIX: Final = "sha-256:"


def meant(shelf: Shelf, card: Card, selector: str) -> tuple[Kind, str]:
    """Return kind and name (first key id, digest of a certificate) of the key that is meant.

    Args:
        selector: The name of a file, or a key id or its beginning of 8 characters or more.

    Raises:
        NotFoundError: Nothing on the card is meant by that.
        ConflictError: Several are.
        InvalidError: It is a key that no card revokes.
    """
    if selector == layout.IDENTITY:
        raise InvalidError(
            "an identity is not revoked by a card, it is replaced",
            hint="gateway keys rotate identity",
        )
    if selector == layout.STORE:
        raise InvalidError(f"{layout.STORE} stands on no card: no peer knows of it")
    names = _names(shelf, card)
    found = [key for key, known in names.items() if selector in known]
    if not found and len(selector) >= _SHORTEST:
        found = [
            key
            for key, known in names.items()
            if any(name.removeprefix(_PREFIX).startswith(selector) for name in known)
        ]
    if not found:
        raise NotFoundError("no key of the card has that name", hint="gateway keys list")
    if len(found) > 1:
        raise ConflictError("several keys begin with that", hint="gateway keys list")
    return found[0]


def _names(shelf: Shelf, card: Card) -> dict[tuple[Kind, str], set[str]]:
    """Return under which names each key of the card is known: its key ids and its files."""
    known = {(Kind.MESSAGE, pair.kids[0]): set(pair.kids) for pair, _ in card.message_pairs}
    known |= {(Kind.ENCRYPTION, key.kid): {key.kid} for key, _ in card.encryption_keys}
    for kind in (Kind.MESSAGE, Kind.ENCRYPTION):
        for path in shelf.newest_first(kind):
            kids = shelf.key_file(path).kids
            if kids and (kind, kids[0]) in known:
                known[kind, kids[0]].add(path.name)
    for path in shelf.newest_first(Kind.TLS, "pem"):
        der, _ = certificate_in(path, shelf.read(path))
        if der in card.certificates:
            known[Kind.TLS, digest(der)] = {digest(der), *layout.files_of(path)}
    return known


def without(card: Card, kind: Kind, name: str, at: str) -> tuple[Card, bool]:
    """Return the card without what the key could do, and whether another of its kind is left.

    Raises:
        ConflictError: The key was revoked before.
    """
    match kind:
        case Kind.MESSAGE:
            pairs = tuple(
                (pair, _revoked(held, at) if pair.kids[0] == name else held)
                for pair, held in card.message_pairs
            )
            is_left = any(held.is_valid_at(at) for _, held in pairs)
            return replace(card, message_pairs=pairs), is_left
        case Kind.ENCRYPTION:
            keys = tuple(
                (key, _revoked(held, at) if key.kid == name else held)
                for key, held in card.encryption_keys
            )
            is_left = any(held.is_valid_at(at) for _, held in keys)
            return replace(card, encryption_keys=keys), is_left
        case Kind.TLS:
            # Nothing marks a certificate as revoked: what is not on the card is not believed.
            rest = tuple(der for der in card.certificates if digest(der) != name)
            return replace(card, certificates=rest), bool(rest)


def _revoked(held: KeyValidity, at: str) -> KeyValidity:
    if held.revoked_at is not None:
        raise ConflictError(f"that key was revoked at {held.revoked_at} already")
    return replace(held, revoked_at=at)
