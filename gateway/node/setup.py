"""What an operator does to a node that is not running: make its store, confirm its peers.

Each of these takes the store's lock, so none can happen behind a running node's back.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from gateway import resources
from gateway.catalogue import Catalogue, Status
from gateway.config import Config, Environment
from gateway.delivery.cards import pinned_elsewhere
from gateway.delivery.directory import Peer
from gateway.delivery.handed_out import acquaintances
from gateway.envelope import Card, fingerprint, read_card, times
from gateway.errors import ConflictError, PolicyError, VerificationError
from gateway.keyring import open_keyring
from gateway.node.memoranda import check_profiles, own_calendars
from gateway.store import Store, Transaction, evidence, lock, meta, peers
from gateway.store.evidence import LOCAL, Fact
from gateway.store.peek import peek
from gateway.store.sealing import Sealer

T = TypeVar("T")
DATABASE: Final = "gateway.db"
_EPOCH_OCTETS: Final = 16


def catalogue(config: Config | None = None) -> Catalogue:
    """Return the catalogue that this version ships, with the calendars of a node where it has any.

    Raises:
        InvalidError: A calendar of the node is not there or broken, a memorandum in its
            configuration is unknown, or one is not in force and the node is in production.
    """
    files = resources.schema_files()
    if config is None:
        return Catalogue.from_files(files)
    found = Catalogue.from_files(files | own_calendars(config.paths.calendars))
    check_profiles(config, found)
    return found


def initialise(config: Config, passphrase: bytes) -> None:
    """Make the store of a new node; its epoch begins here.

    Raises:
        ConflictError: The store is there already.
        KeyFileError: The keys do not open.
    """
    facts = meta.Meta(
        node=config.node.name,
        environment=config.node.environment,
        epoch=f"1.{secrets.token_hex(_EPOCH_OCTETS)}",
    )
    at = times.text(time.time())

    def record(tx: Transaction) -> None:
        meta.initialise(tx, facts)
        evidence.append(tx, LOCAL, Fact.INITIALISED, at=at, epoch=facts.epoch, node=facts.node)

    config.paths.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _in_store(config, passphrase, record)


def check_stopped(config: Config) -> None:
    """Let pass only where no node runs, before somebody is asked to read digits over a telephone.

    Raises:
        StoreLockedError: The node is running.
    """
    if config.paths.data.is_dir():
        os.close(lock.take(config.paths.data / DATABASE))


def add_peer(config: Config, passphrase: bytes, raw: bytes) -> None:
    """Add a peer whose card's fingerprint a person has compared.

    Raises:
        VerificationError: The card does not verify, or is not valid now.
        PolicyError: No memorandum joins the two nodes, or the environments differ.
        ConflictError: The peer is there already.
        StoreLockedError: The node is running.
    """
    card = _usable(config, raw)
    at = times.text(time.time())

    def record(tx: Transaction) -> None:
        _check_certificates(tx, card)
        peers.add(
            tx,
            card.node,
            fingerprint=fingerprint(card.identity),
            card=raw.decode(),
            serial=card.serial,
            at=at,
        )
        _witness(tx, Fact.PEER_ADDED, card.node, at, serial=card.serial)

    _in_store(config, passphrase, record)


def confirm_peer(
    config: Config, passphrase: bytes, raw: bytes, *, is_new_identity: bool = False
) -> None:
    """Take a known peer's newer card as a whole: names, organisations, addresses, officers.

    Args:
        is_new_identity: The card may carry another identity, whose fingerprint a person has
            compared; its serial then counts anew.

    Raises:
        VerificationError: The card does not verify or carries another identity.
        ConflictError: The card is older than the one in force.
        StoreLockedError: The node is running.
    """
    card = _usable(config, raw)
    at = times.text(time.time())

    def record(tx: Transaction) -> None:
        row = peers.get(tx, card.node)
        is_other = row["fingerprint"] != fingerprint(card.identity)
        if is_other and not is_new_identity:
            raise VerificationError(
                f"the card of {card.node} carries another identity than the confirmed one",
                hint="call the peer and ask why; if it has made a new identity: "
                "gateway peers confirm CARD --new-identity",
            )
        _check_certificates(tx, card)
        if card.serial < row["keys_serial"] and not is_other:
            raise ConflictError(f"card {card.serial} is older than {row['keys_serial']}")
        peers.confirm(
            tx,
            card.node,
            fingerprint=fingerprint(card.identity),
            card=raw.decode(),
            serial=card.serial,
        )
        changed = {"identity": fingerprint(card.identity)} if is_other else {}
        _witness(tx, Fact.PEER_CHANGED, card.node, at, serial=card.serial, **changed)

    _in_store(config, passphrase, record)


def set_peer_enabled(config: Config, passphrase: bytes, node: str, *, enabled: bool) -> None:
    """Enable or disable a peer; what is queued for it stays.

    Raises:
        NotFoundError: No such peer.
        StoreLockedError: The node is running.
    """
    at = times.text(time.time())

    def record(tx: Transaction) -> None:
        peers.enable(tx, node, enabled=enabled)
        _witness(tx, Fact.PEER_CHANGED, node, at, enabled=enabled)

    _in_store(config, passphrase, record)


def list_peers(config: Config) -> list[dict[str, Any]]:
    """Return every peer with what its confirmed card says; works beside a running node."""
    return [_view(peer, row) for peer, row in peek(config.paths.data / DATABASE, _load_rows)]


def load_peers(tx: Transaction) -> list[Peer]:
    """Return the peers of the store, parsed."""
    return [peer for peer, _ in _load_rows(tx)]


def _load_rows(tx: Transaction) -> list[tuple[Peer, Any]]:
    known = acquaintances(tx)
    return [
        (
            Peer(
                node=row["node"],
                enabled=bool(row["enabled"]),
                card=(card := read_card(row["card"].encode())),
                keys=card
                if row["keys"] == row["card"]
                else read_card(row["keys"].encode(), identity=card.identity),
                knows=known[row["node"]].knows,
                met=known[row["node"]].met,
            ),
            row,
        )
        for row in peers.all(tx)
    ]


def _view(peer: Peer, row: Any) -> dict[str, Any]:
    return {
        "node": peer.node,
        "names": dict(peer.card.names),
        "environment": str(peer.environment),
        "enabled": peer.enabled,
        "addresses": list(peer.addresses),
        "fingerprint": row["fingerprint"],
        "serial": row["keys_serial"],
        "waiting": row["waiting"] is not None,
        "card_known": row["card_known"],
        "added": row["added"],
        "last_contact": row["last_contact"],
        "version": row["version"],
        "clock_offset": row["clock_offset"],
    }


def _usable(config: Config, raw: bytes) -> Card:
    card = read_card(raw)
    if card.node == config.node.name:
        raise ConflictError("that is this node's own card")
    if str(card.environment) != str(config.node.environment):
        raise PolicyError(
            f"the card is of environment {card.environment}, this node of {config.node.environment}"
        )
    _check_memorandum(config, card.node)
    if not card.not_before <= times.text(time.time()) <= card.not_after:
        raise VerificationError(f"the card is valid from {card.not_before} to {card.not_after}")
    return card


def _check_memorandum(config: Config, peer: str) -> None:
    """Let pass only a peer under whose memorandum this node speaks."""
    found = catalogue(config).profile_for(config.node.name, peer)
    if found.name in config.node.profiles:
        return
    names = ", ".join(f'"{name}"' for name in (*config.node.profiles, found.name))
    hint = f"write profiles = [{names}] below [node] in {config.source}, then give it again"
    if config.node.environment is Environment.PRODUCTION and found.status is not Status.IN_FORCE:
        hint = "both sides confirm it first; a node of the test environment may use it"
    raise PolicyError(
        f"this node does not speak under {found.name}, the memorandum with {peer}", hint=hint
    )


def _check_certificates(tx: Transaction, card: Card) -> None:
    if (other := pinned_elsewhere(tx, card)) is not None:
        raise VerificationError(f"the card of {card.node} shows a certificate of {other}")


def _witness(tx: Transaction, fact: Fact, node: str, at: str, **detail: Any) -> None:
    evidence.append(tx, LOCAL, fact, at=at, peer=node, **detail, uid=os.getuid())


def _in_store(config: Config, passphrase: bytes, function: Callable[[Transaction], T]) -> T:
    keys = open_keyring(config.paths.keys, passphrase, now=time.time())

    async def run() -> T:
        store = Store(config.paths.data / DATABASE, Sealer(keys.store_key, os.urandom))
        await store.open()
        try:
            return await store.write(function)
        finally:
            await store.close()

    return asyncio.run(run())
