"""A peer is told which version answers it, nobody else is, and what it says is read with care."""

import pytest

from gateway.delivery.transport import PinError
from gateway.errors import TransientError
from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from tests.http.test_client import ANYWHERE, scripted
from tests.http.wiring import Known, Table, get, peer_port, post, status

VERSION = b"\r\nMoc-Version: 1.2.3\r\n"


def known(certificate, *ports):
    places = tuple(f"https://127.0.0.1:{port}" for port in ports)
    return Known("kh/molvt", (certificate.der,), places)


def transport(peer, table):
    return HttpTransport(identity=lambda _: peer.identity, directory=table, rule=ANYWHERE)


@pytest.mark.parametrize("request_", [get(), post(b"{}\n")])
async def test_a_peer_is_told_the_version(own, peer, request_):
    async with peer_port(own, Known("jp/isa", (peer.der,)), version="1.2.3") as port:
        answer = await port.ask(peer.identity, request_)
        assert status(answer) == 200
        assert VERSION in answer


async def test_a_node_that_names_no_version_has_no_header(own, peer):
    async with peer_port(own, Known("jp/isa", (peer.der,))) as port:
        assert b"Moc-Version" not in await port.ask(peer.identity, get())


async def test_a4_who_is_no_peer_any_more_is_told_nothing(own, peer):
    """The handshake of a stranger fails; one who was a peer gets as far as a refusal."""
    async with peer_port(own, Known("jp/isa", (peer.der,)), version="1.2.3") as port:
        wire = await port.connect(peer.identity)
        wire.send(get())
        assert (await wire.answer())[0] == 200
        wire.send(b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"Moc-Version" not in await wire.rest()
        port.table.replace()
        assert b"Moc-Version" not in await port.ask(peer.identity, get())


async def test_the_version_of_a_peer_comes_with_its_answers(own, peer):
    async with peer_port(own, Known("jp/isa", (peer.der,)), version="1.2.3") as port:
        it = known(own, port.server.port)
        out = transport(peer, Table(it))
        try:
            answer = await out.post_envelopes(it, b"{}\n")
            assert (answer.status, answer.version) == (200, "1.2.3")
        finally:
            await out.close()


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (b"0.3.0", "0.3.0"),
        (b"0.3.0rc1+deploy-7", "0.3.0rc1+deploy-7"),
        (b"", None),
        (b"<script>", None),
        (b"1 2", None),
        (b"\xe0\xb8\x81", None),
        (b"-1", None),
        (b"1" * 32, "1" * 32),
        (b"1" * 33, None),
    ],
)
async def test_only_what_looks_like_a_version_is_taken_for_one(own, peer, said, read):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nMoc-Version: " + said + b"\r\n\r\n{}"
    async with scripted(own, peer, answer) as server:
        it = known(own, server.port)
        out = transport(peer, Table(it))
        try:
            assert (await out.post_envelopes(it, b"{}\n")).version == read
        finally:
            await out.close()


async def test_a_probe_makes_a_connection_of_its_own_to_the_address_that_was_named(own, peer):
    async with peer_port(own, Known("jp/isa", (peer.der,)), version="1.2.3") as port:
        it = known(own, 1, port.server.port)
        out = transport(peer, Table(it))
        try:
            answer = await out.probe(it, it.addresses[1])
            assert (answer.status, answer.version, answer.body) == (200, "1.2.3", b'{"card":1}')
            assert port.inbox.batches == []
            with pytest.raises(TransientError, match="gave no answer: Connection refused"):
                await out.probe(it, it.addresses[0])
        finally:
            await out.close()


async def test_a7_a_probe_of_another_server_asks_it_nothing(own, peer, stranger):
    async with scripted(stranger, peer, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as server:
        it = known(own, server.port)
        out = transport(peer, Table(it))
        try:
            with pytest.raises(PinError):
                await out.probe(it, it.addresses[0])
            assert server.heard == []
        finally:
            await out.close()


async def test_a28_a_probe_follows_the_rule_for_addresses(own, peer):
    async with peer_port(own, Known("jp/isa", (peer.der,))) as port:
        it = known(own, port.server.port)
        out = HttpTransport(
            identity=lambda _: peer.identity, directory=Table(it), rule=AddressRule()
        )
        try:
            with pytest.raises(TransientError, match="not a public address"):
                await out.probe(it, it.addresses[0])
            with pytest.raises(TransientError, match="not of the form https"):
                await out.probe(it, "http://127.0.0.1:1")
        finally:
            await out.close()
