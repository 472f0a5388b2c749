"""The Merkle tree of RFC 9162 §2.1, grown leaf by leaf from its right edge only."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.errors import VerificationError

_HASH_LENGTH: Final = 32
_SIZE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the complete subtrees, largest first: all that a growing tree needs to keep."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def add(self, leaf: bytes) -> "Frontier":
        """Return the tree with one more leaf, given as its bytes; they are hashed here.

        >>> Frontier().add(b"first").size
        1
        """
        nodes = list(self.nodes)
        node = leaf_hash(leaf)
        size = self.size
        # Every trailing one-bit of the size is a complete subtree that now finds its sibling.
        while size & 1:
            node = _parent(nodes.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*nodes, node))

    def root(self) -> bytes:
        """Return the tree's hash; an empty tree has the hash of nothing."""
        if not self.nodes:
            return hashlib.sha256().digest()
        *rest, root = self.nodes
        for node in reversed(rest):
            root = _parent(node, root)
        return root

    def to_bytes(self) -> bytes:
        """Return the size as eight bytes, largest first, and the nodes."""
        return self.size.to_bytes(_SIZE_LENGTH, "big") + b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Frontier":
        """Read what `to_bytes` wrote.

        Raises:
            VerificationError: The length does not fit the size, so the row is damaged.
        """
        size = int.from_bytes(raw[:_SIZE_LENGTH], "big")
        if len(raw) != _SIZE_LENGTH + size.bit_count() * _HASH_LENGTH:
            raise VerificationError("a kept Merkle frontier is damaged: run `gateway db check`")
        starts = range(_SIZE_LENGTH, len(raw), _HASH_LENGTH)
        return cls(size, tuple(raw[at : at + _HASH_LENGTH] for at in starts))


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps a leaf from passing as an inner node."""
    return hashlib.sha256(b"\x00" + data).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the tree hash of some leaves, given as their bytes.

    >>> root_of([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.add(leaf)
    return frontier.root()


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
