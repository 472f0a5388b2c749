"""What an operator does to a node's keys, running or not: the files change, the node is told later.

None of it takes the store's lock. The database is only looked at, for what peers have been told.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gateway import keyring
from gateway.config import Config
from gateway.delivery.own_keys import OwnCertificate, shown_certificate
from gateway.envelope import read_card
from gateway.errors import InvalidError, NotFoundError
from gateway.keyring import Act, Changed, HandedOut, Kind, NewPassphrase, Opening, appointing
from gateway.keyring.certificate import end_of
from gateway.keyring.officers import OfficerPublic
from gateway.node.ownership import check_owner
from gateway.node.setup import DATABASE, load_peers
from gateway.store import Transaction, lock, own_cards
from gateway.store.peek import peek


def handed_out(config: Config) -> HandedOut | None:
    """Return the newest card that peers were told of, and what they know; None before the first.

    Raises:
        LocalError: The database cannot be read.
    """
    now = time.time()
    try:
        return peek(config.paths.data / DATABASE, lambda tx: _handed_out(tx, now))
    except NotFoundError:
        return None


def _handed_out(tx: Transaction, now: float) -> HandedOut | None:
    row = own_cards.newest(tx)
    if row is None:
        return None
    card = read_card(row["card"].encode())
    peers = [peer for peer in load_peers(tx) if peer.enabled]
    held = [OwnCertificate(der, end_of(der)) for der in reversed(card.certificates)]
    is_forced = row["forced"] is not None
    return HandedOut(
        serial=card.serial,
        digest=row["digest"],
        presented=shown_certificate(held, card, peers, at=now, is_forced=is_forced),
        is_known=all(peer.knows is not None and peer.knows.serial == card.serial for peer in peers),
    )


def rotate(
    config: Config, kinds: frozenset[Kind], opening: Opening, *, dry_run: bool = False
) -> Changed:
    """Make new keys of these kinds and the card that brings them.

    Raises:
        LocalError: A passphrase, a file or the database is not as it should be; nothing changed.
    """
    return keyring.rotate(config.paths.keys, kinds, opening, _act(config, dry_run=dry_run))


def revoke(config: Config, selector: str, opening: Opening, *, dry_run: bool = False) -> Changed:
    """Let a key of the card count no more.

    Raises:
        LocalError: Nothing is meant by `selector`, or as with `rotate`; nothing was changed.
    """
    return keyring.revoke(config.paths.keys, selector, opening, _act(config, dry_run=dry_run))


def appoint(
    config: Config, public: OfficerPublic, until: float, opening: Opening, *, dry_run: bool = False
) -> Changed:
    """Put a consent officer on the card.

    Raises:
        LocalError: The key is another node's, or as with `rotate`; nothing was changed.
    """
    act = _act(config, dry_run=dry_run)
    return appointing.appoint(config.paths.keys, public, until=until, opening=opening, act=act)


def dismiss(config: Config, selector: str, opening: Opening, *, dry_run: bool = False) -> Changed:
    """Let a consent officer's key count no more.

    Raises:
        LocalError: Nobody is meant by `selector`, or as with `rotate`; nothing was changed.
    """
    act = _act(config, dry_run=dry_run)
    return appointing.dismiss(config.paths.keys, selector, opening=opening, act=act)


def rotate_identity(config: Config, new: NewPassphrase, *, dry_run: bool = False) -> Changed:
    """Make another identity and the card that it signs.

    Raises:
        LocalError: As with `rotate`.
    """
    return keyring.rotate_identity(config.paths.keys, new, _act(config, dry_run=dry_run))


def renew_all(
    config: Config, identity: bytes, new: NewPassphrase, *, dry_run: bool = False
) -> Changed:
    """Replace all of a stopped node's own keys, whose passphrase was lost.

    Raises:
        StoreLockedError: The node is running, and can still read what would be closed for ever.
        LocalError: As with `rotate`.
    """
    with _stopped(config):
        return keyring.renew_all(config.paths.keys, identity, new, _act(config, dry_run=dry_run))


def prune(config: Config, *, dry_run: bool = False) -> Changed:
    """Destroy the private keys that nothing needs any more.

    Raises:
        LocalError: As with `rotate`.
    """
    return keyring.prune(config.paths.keys, _act(config, dry_run=dry_run))


def reseal(config: Config, old: bytes, new: NewPassphrase, *, identity: bool) -> tuple[str, ...]:
    """Seal the identity, or all other keys, under another passphrase; return the files.

    Raises:
        LocalError: The old passphrase is another one, or the new one is the same; nothing was
            changed.
    """
    act = _act(config)
    if new.value == old:
        raise InvalidError(
            "the new passphrase is the one until now; nothing was changed",
            hint="choose another: whoever learnt the old one must not know it",
        )
    if identity:
        return keyring.reseal_identity(config.paths.keys, old, new, act)
    return keyring.reseal_node(config.paths.keys, old, new, act)


def presented(config: Config) -> bytes | None:
    """Return the certificate that is shown to peers now, if the database can tell.

    Raises:
        LocalError: The database cannot be read.
    """
    after = handed_out(config)
    return None if after is None else after.presented


@contextmanager
def _stopped(config: Config) -> Iterator[None]:
    """Hold the lock of the store, so that no node runs meanwhile."""
    if not config.paths.data.is_dir():
        yield
        return
    descriptor = lock.take(config.paths.data / DATABASE)
    try:
        yield
    finally:
        os.close(descriptor)


def _act(config: Config, *, dry_run: bool = False) -> Act:
    check_owner(config, read_card(keyring.read_own_card(config.paths.keys)))
    return Act(now=time.time(), after=handed_out(config), dry_run=dry_run)
