"""A node of `tests/nodes.py` whose keys a test exchanges while it runs, as an operator would."""

import asyncio
import contextlib
from dataclasses import dataclass, replace

from gateway.delivery.handed_out import note_card
from gateway.delivery.own_keys import KeySet, OwnCertificate
from gateway.desk.announcing import Announcer
from gateway.desk.refused_pairs import RefusedPairs
from gateway.envelope import Card, SigningPair, issue_card, read_card, times
from gateway.keyring.making import make_keys
from gateway.keyring.renewal import HandedOut, Kind, next_card
from gateway.keyring.selecting import without
from gateway.node.setup import load_peers
from tests.nodes import CATALOGUE, OFFICER, START, Node, until

ALL = frozenset(Kind)
ENDS = times.text(START + 300 * 86_400)


@dataclass(eq=False)
class Rotor:
    """Exchanges the keys of one node, and tells its peers."""

    node: Node
    announcer: Announcer
    tasks: tuple[asyncio.Task[None], ...]

    @classmethod
    async def of(cls, node: Node) -> "Rotor":
        """Begin to tell the peers of a node what its newest card is."""
        await node.store.write(
            lambda tx: note_card(tx, node.us.keys.current, at=times.text(node.clock()), uid=0)
        )
        node.directory.replace(await node.store.read(load_peers))
        shared = {
            "us": node.us,
            "store": node.store,
            "directory": node.directory,
            "ports": node.desk._ports,
            "changes": node.changes,
            "actor": OFFICER,
        }
        announcer = Announcer(**shared, catalogue=CATALOGUE, wake=node.delivery.wake)
        refused = RefusedPairs(**shared, queue=node.desk.queue, pause=0.01)
        tasks = (asyncio.create_task(announcer.run()), asyncio.create_task(refused.run()))
        return cls(node, announcer, tasks)

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @property
    def keys(self) -> KeySet:
        return self.node.us.keys.current

    async def rotate(self, *kinds: Kind, revoked: str = "", lose: bool = False) -> Card:
        """Make new keys of these kinds, revoke the pair of a first key id, or lose old files."""
        keys, now = self.keys, self.node.clock()
        base = keys.card
        if revoked:
            base, _ = without(base, Kind.MESSAGE, revoked, times.text(now))
        made = make_keys(kinds, node=self.node.keys.node, now=now)
        after = HandedOut.by(keys.card, keys.card_raw)
        card = next_card(base, made, after=after, now=now)
        raw = issue_card(card, self.node.keys.identity)
        opening = {} if lose else dict(keys.decryption_keys)
        if made.encryption is not None:
            opening[made.encryption.kid] = made.encryption
        fresh = () if made.tls is None else (OwnCertificate(made.tls.der, ENDS),)
        return await self.use(
            KeySet(
                card=card,
                card_raw=raw,
                pairs=keys.pairs if made.message is None else (made.message, *keys.pairs),
                decryption_keys=opening,
                certificates=(*fresh, *keys.certificates),
            )
        )

    async def rotate_identity(self) -> Card:
        """Issue the next card under another identity."""
        keys, node = self.keys, self.node
        node.keys.identity = SigningPair.generate()
        after = HandedOut.by(keys.card, keys.card_raw)
        card = next_card(
            replace(keys.card, identity=node.keys.identity.public),
            make_keys((), node=node.keys.node, now=node.clock()),
            after=after,
            now=node.clock(),
        )
        raw = issue_card(card, node.keys.identity)
        return await self.use(replace(keys, card=read_card(raw), card_raw=raw))

    async def use(self, keys: KeySet) -> Card:
        """Take up keys as the running node does."""
        node = self.node
        at = times.text(node.clock())
        noted = await node.store.write(lambda tx: note_card(tx, keys, at=at, uid=0))
        node.keys.opened, node.keys.current = keys, keys.card_raw
        node.us.keys.replace(keys, is_forced=noted.is_forced)
        if revoked := keys.revoked():
            await node.desk.queue.reissue_signed_by(revoked, OFFICER)
        self.announcer.offer_again()
        return keys.card

    async def known_to(self, peer: str, seconds: float = 8.0) -> None:
        """Wait until a peer has receipted our newest card."""

        async def is_known() -> bool:
            known = self.node.directory.what_it_knows(peer)
            return known is not None and known.serial == self.node.us.card_serial

        await until(self.node, is_known, seconds)
