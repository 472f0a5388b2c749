"""The growing tree has the same root as the recursive definition of RFC 9162 §2.1.1."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope import Frontier, leaf_hash, root_of
from gateway.errors import VerificationError

LEAVES = st.lists(st.binary(max_size=8), max_size=70)


def defined_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = defined_root(leaves[:half]), defined_root(leaves[half:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(LEAVES)
def test_the_root_is_the_one_that_the_standard_defines(leaves):
    assert root_of(leaves) == defined_root(leaves)


@given(LEAVES)
def test_a_kept_frontier_grows_on_as_if_it_had_never_stopped(leaves):
    frontier = Frontier()
    for leaf in leaves:
        frontier = Frontier.from_bytes(frontier.to_bytes()).add(leaf)
    assert frontier.size == len(leaves)
    assert frontier.root() == defined_root(leaves)
    assert len(frontier.nodes) == frontier.size.bit_count()


@given(LEAVES, st.binary(max_size=8))
def test_adding_a_leaf_leaves_the_earlier_frontier_alone(leaves, leaf):
    frontier = Frontier()
    for one in leaves:
        frontier = frontier.add(one)
    before = frontier.to_bytes()
    frontier.add(leaf)
    assert frontier.to_bytes() == before


def test_an_inner_node_cannot_pass_as_a_leaf():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root_of([b"a", b"b"]) != root_of([left + right])


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 7, (1).to_bytes(8, "big"), (3).to_bytes(8, "big") + b"x" * 32]
)
def test_a_damaged_frontier_is_not_taken(raw):
    with pytest.raises(VerificationError):
        Frontier.from_bytes(raw)
