"""Two nodes, of which Cambodia's takes what a simulated peer with Japan's keys sends."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

from gateway.envelope import Entry, Environment, Receipt, base64url, read_receipt
from tests.nodes import Node, Pair, Rows, changed, facts, rows, two_nodes
from tests.peer import SimulatedPeer

MALFORMED = b'{"type":"urn:moc:problem:malformed","title":"malformed","status":400}'
UNREADABLE = b'{"type":"urn:moc:problem:unreadable","title":"unreadable","status":422}'
# What a final signed refusal may touch: the entry, the refused header, and their evidence.
FINAL = {"entries", "refusals", "evidence", "chains"}


def flipped(raw: bytes, member: str) -> bytes:
    """Return an envelope with one bit of a member altered."""
    members = orjson.loads(raw)
    value = bytearray(base64url.decode(members[member]))
    value[len(value) // 2] ^= 1
    return orjson.dumps(members | {member: base64url.encode(bytes(value))})


@dataclass
class Arena:
    """The node under attack, the peer that attacks, and the rows before the last attack."""

    pair: Pair
    jp: SimulatedPeer
    before: Rows = field(default_factory=dict)

    @property
    def kh(self) -> Node:
        return self.pair.kh

    async def post(self, *envelopes: bytes):
        """Send a batch as Japan and return the reply."""
        return await self.post_raw(b"\n".join(envelopes) + b"\n")

    async def post_raw(self, body: bytes):
        self.before = await rows(self.kh)
        return await self.kh.receiver.receive("jp/isa", body)

    async def entries(self, *envelopes: bytes) -> list[Entry]:
        """Send a batch and return the entries of its receipt, which must verify."""
        return [entry for _, entry in self.receipt(await self.post(*envelopes)).entries]

    def receipt(self, reply) -> Receipt:
        assert reply.status == 200
        return read_receipt(
            reply.body,
            from_="kh/molvt",
            to="jp/isa",
            environment=Environment.TEST,
            pairs=lambda kids: self.kh.keys.message.public,
        )

    async def changed(self) -> set[str]:
        """Return the tables that differ since before the last attack."""
        return changed(self.before, await rows(self.kh))


@pytest.fixture
async def arena(tmp_path: Path) -> AsyncIterator[Arena]:
    async with two_nodes(tmp_path, start=False) as pair:
        yield Arena(pair, SimulatedPeer(pair.jp.keys, pair.kh.keys))


async def lies_in_clear(node: Node) -> bool:
    """Tell whether the content of the node's only message is kept without a key of its own."""
    (row,) = await facts(node, "SELECT content_key FROM messages")
    return row["content_key"] is None
