"""A peer that answers has its version noted, and what waits for it goes; others change nothing."""

from contextlib import asynccontextmanager
from functools import partial

import pytest

from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.node.reaching import Reaching
from gateway.store import reported
from tests.http.certificates import make_certificate
from tests.http.wiring import Known, Table, peer_port
from tests.nodes import two_nodes


@pytest.fixture
async def node(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp


@asynccontextmanager
async def reaching(node, folder, *, known_there=True):
    """Yield what tries a peer port over real TLS, and the peers that it found alive."""
    ours, theirs = make_certificate(folder, "jp"), make_certificate(folder, "kh")
    there = [Known("jp/isa", (ours.der,))] if known_there else []
    async with peer_port(theirs, *there, version="1.2.3") as port:
        address = f"https://127.0.0.1:{port.server.port}"
        table = Table(Known("kh/molvt", (theirs.der,), (address,)))
        out = HttpTransport(
            identity=lambda _: ours.identity, directory=table, rule=AddressRule(None)
        )
        alive = []
        try:
            yield (
                Reaching(store=node.store, directory=table, transport=out, alive=alive.append),
                alive,
            )
        finally:
            await out.close()


async def version(node):
    return (await node.store.read(partial(reported.get, node="kh/molvt"))).version


async def test_a_peer_that_answers_is_noted_and_what_waits_for_it_is_woken(node, tmp_path):
    async with reaching(node, tmp_path) as (tried, alive):
        (view,) = await tried.check(None)
    assert (view["reached"], view["version"], view["problem"]) == (True, "1.2.3", None)
    assert view["resolved"] == ["127.0.0.1"]
    assert alive == ["kh/molvt"]
    assert await version(node) == "1.2.3"


async def test_a_peer_that_does_not_know_us_is_neither_noted_nor_woken(node, tmp_path):
    async with reaching(node, tmp_path, known_there=False) as (tried, alive):
        (view,) = await tried.check(None)
    assert not view["reached"]
    assert view["problem"]
    assert alive == []
    assert await version(node) is None
