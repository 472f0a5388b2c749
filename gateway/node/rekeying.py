"""The keys of the running node, exchanged for those under `keys/` without stopping anything.

Everything that signs, opens or shows a certificate asks `OwnKeys` each time, so one replacement
reaches all of it. What the new card means for peers follows by itself: they are told of it, and
until each one has receipted it, it is served with what it knows.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from gateway import log
from gateway.config import Config
from gateway.delivery.directory import Directory
from gateway.delivery.handed_out import Noted, note_card
from gateway.delivery.own_keys import KeySet
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.announcing import Announcer
from gateway.desk.draft import Actor
from gateway.desk.queue import Queue
from gateway.desk.submission import who_acts
from gateway.envelope import digest, times
from gateway.errors import ConflictError, InvalidError
from gateway.keyring import Keyring, open_keyring
from gateway.node.certificates import Certificates
from gateway.node.ownership import check_owner
from gateway.store import Store, Transaction, own_cards
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.store_key import note_key


async def hand_out(keys: KeySet, store: Store, at: float, *, uid: int) -> Noted:
    """Note the card of these keys as the one that is handed out from now on, and the store key.

    Raises:
        OlderKeysError: A newer card was handed out before; the node must not start with this one.
    """
    moment = times.text(at)

    def record(tx: Transaction) -> Noted:
        noted = note_card(tx, keys, at=moment, uid=uid)
        note_key(tx, moment)
        return noted

    return await store.write(record)


class Rekeying:
    """Exchange the node's keys; one exchange at a time.

    Args:
        passphrase: Opens the files. It is read anew where it comes from, if that is possible.
    """

    def __init__(
        self,
        *,
        config: Config,
        passphrase: Callable[[], bytes],
        us: LocalNode,
        store: Store,
        directory: Directory,
        ports: Ports,
        certificates: Certificates,
        queue: Queue,
        announcer: Announcer,
    ) -> None:
        self._config = config
        self._passphrase = passphrase
        self._us = us
        self._store = store
        self._directory = directory
        self._ports = ports
        self._certificates = certificates
        self._queue = queue
        self._announcer = announcer
        self._lock = asyncio.Lock()

    async def view(self) -> dict[str, Any]:
        """Return the card in force, which enabled peers know it, and which certificate is shown."""
        keys = self._us.keys.current
        return {
            "serial": keys.card.serial,
            "digest": keys.digest,
            "certificates": [digest(der) for der in keys.card.certificates],
            "presented": digest(self._us.keys.certificate(self._ports.clock())),
            "peers": [
                {"node": peer.node, "knows": None if peer.knows is None else peer.knows.serial}
                for peer in self._directory.all()
            ],
        }

    async def reload(self, actor: Actor) -> dict[str, Any]:
        """Take up what lies under `keys/` now, and offer the card to peers that do not know it.

        Raises:
            LocalError: The files cannot be used; the node goes on with the keys it has.
        """
        async with self._lock:
            keyring = await self._ports.compute(self._open)
            self._check(keyring)
            now = self._ports.clock()
            noted = await hand_out(keyring.keys, self._store, now, uid=actor.uid)
            self._certificates.replace(keyring)
            self._us.keys.replace(keyring.keys, is_forced=noted.is_forced)
            log.info(log.Event.KEYS_CHANGED, serial=keyring.card.serial)
            anew = await self.issue_anew(actor)
            self._announcer.offer_again()
            return {**await self.view(), "issued_anew": anew}

    async def use_certificate(self, actor: Actor, *, is_forced: bool) -> dict[str, Any]:
        """Show the newest certificate of the card.

        Raises:
            ConflictError: Not every enabled peer knows it yet, and it is not forced.
        """
        async with self._lock:
            keys = self._us.keys.current
            newest = keys.card.certificates[-1]
            if self._us.keys.certificate(self._ports.clock()) != newest:
                if not is_forced:
                    raise ConflictError(
                        f"not yet known to: {', '.join(self._behind(newest))}",
                        hint="gateway keys use-certificate --force shuts them out until they "
                        "have our card",
                    )
                await self._store.write(lambda tx: self._force(tx, actor))
                self._us.keys.replace(keys, is_forced=True)
                log.info(log.Event.CERTIFICATE_SHOWN, serial=keys.card.serial)
            return await self.view()

    async def issue_anew(self, actor: Actor) -> int:
        """Replace what waits under revoked pairs and has never left; return how much that was."""
        revoked = self._us.keys.current.revoked()
        return len(await self._queue.reissue_signed_by(revoked, actor)) if revoked else 0

    def _open(self) -> Keyring:
        return open_keyring(self._config.paths.keys, self._passphrase(), now=self._ports.clock())

    def _check(self, keyring: Keyring) -> None:
        check_owner(self._config, keyring.card)
        if keyring.store_key != self._certificates.keyring.store_key:
            raise InvalidError(
                "the store key under keys/ is another one than the running node's",
                hint="stop the node and start it again",
            )

    def _behind(self, der: bytes) -> list[str]:
        return [
            peer.node
            for peer in self._directory.all()
            if peer.knows is None or der not in peer.knows.certificates
        ]

    def _force(self, tx: Transaction, actor: Actor) -> None:
        keys, at = self._us.keys.current, times.text(self._ports.clock())
        if own_cards.force(tx, keys.card.serial, at):
            append(
                tx,
                LOCAL,
                Fact.CERTIFICATE_FORCED,
                at=at,
                subject=digest(keys.card.certificates[-1]),
                serial=keys.card.serial,
                **who_acts(actor),
            )
