"""The peer port: who gets a connection, how long it may stay silent, and how it all ends."""

import asyncio
import ssl

import pytest

from gateway.http.answers import BODIES
from gateway.http.peer_server import PeerBounds
from gateway.http.tls import client_context
from tests.http.certificates import Certificate, make_certificate
from tests.http.wiring import (
    HOST,
    Known,
    Port,
    Table,
    Wire,
    body_of,
    get,
    peer_port,
    post,
    status,
    until,
)


@pytest.fixture
async def port(own: Certificate, peer: Certificate):
    async with peer_port(own, Known("jp/isa", (peer.der,))) as running:
        yield running


async def hears_nothing(port: Port, certificate: Certificate) -> bytes:
    """Return what a client that offers this certificate hears; the handshake may look fine."""
    try:
        return await port.ask(certificate.identity, get())
    except (OSError, ssl.SSLError):
        return b""


async def test_a1_plain_http_on_the_tls_port_is_not_answered(port):
    wire = await Wire.open(port.server.port, None)
    assert b"HTTP/" not in await wire.ask(get())
    assert port.server.counts["handshake"] == 1


async def test_a2_tls_1_2_is_refused(port, peer):
    with pytest.raises(OSError):  # noqa: PT011 - an alert or a reset, as the kernel orders them
        await port.connect(
            peer.identity,
            minimum_version=ssl.TLSVersion.TLSv1_2,
            maximum_version=ssl.TLSVersion.TLSv1_2,
        )


@pytest.mark.skipif(ssl.OPENSSL_VERSION_INFO >= (3, 5), reason="its own list of groups is kept")
async def test_a2_a_group_that_is_not_listed_is_refused(port, peer):
    context = client_context(peer.identity, [port.own.der])
    context.set_ecdh_curve("prime256v1")
    with pytest.raises(OSError):  # noqa: PT011 - an alert or a reset, as the kernel orders them
        await Wire.open(port.server.port, context)


async def test_a_client_without_a_certificate_hears_nothing(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=port.own.der)
    wire = await Wire.open(port.server.port, context)
    assert await wire.ask(get()) == b""


async def test_a4_a_certificate_that_nobody_pinned_hears_nothing(port, stranger):
    assert await hears_nothing(port, stranger) == b""
    await until(lambda: port.server.counts["handshake"] == 1)


async def test_a4_a_certificate_signed_by_a_pinned_one_hears_nothing(port, peer, folder):
    issued = make_certificate(folder, "jp/isa", signed_by=peer)
    assert await hears_nothing(port, issued) == b""


async def test_a4_a_certificate_that_the_trust_store_knows_but_the_table_does_not_gets_403(
    own, peer, stranger
):
    class Forgetful(Table):
        def by_certificate(self, der: bytes) -> Known | None:
            return None if der == stranger.der else super().by_certificate(der)

    async with peer_port(own, Known("jp/isa", (peer.der, stranger.der)), table=Forgetful) as port:
        answer = await port.ask(stranger.identity, post())
        assert (status(answer), body_of(answer)) == (403, BODIES[403])
        assert port.inbox.batches == []


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
async def test_a5_a_certificate_outside_its_validity_hears_nothing(own, folder, days):
    late = make_certificate(folder, "jp/isa", days=days)
    async with peer_port(own, Known("jp/isa", (late.der,))) as port:
        assert await hears_nothing(port, late) == b""


async def test_two_pinned_certificates_of_one_node_both_work(own, peer, folder):
    newer = make_certificate(folder, "jp/isa")
    async with peer_port(own, Known("jp/isa", (peer.der, newer.der))) as port:
        for certificate in (peer, newer):
            wire = await port.connect(certificate.identity)
            wire.send(get())
            assert (await wire.answer())[0] == 200
            await wire.close()


async def test_no_session_ticket_is_given(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(get())
    await wire.answer()
    session = wire.writer.get_extra_info("ssl_object").session
    assert not session.has_ticket
    await wire.close()


async def test_a17_half_a_header_is_closed_at_the_deadline(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(b"POST /v1/envelopes HTTP/1.1\r\nHost: ga")
    started = asyncio.get_running_loop().time()
    assert await wire.rest() == b""
    assert 0.2 < asyncio.get_running_loop().time() - started < 2
    assert port.server.counts["header-deadline"] == 1


async def test_a17_half_a_header_after_a_good_request_is_closed_at_the_deadline(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(get())
    assert (await wire.answer())[0] == 200
    await asyncio.sleep(0.4)
    wire.send(b"GET /v1/card HTTP/1.1\r\n")
    # A byte now and then buys no time: the clock started with the first one.
    for _ in range(4):
        await asyncio.sleep(0.08)
        wire.send(b"X")
    assert await wire.rest() == b""
    assert port.server.counts["header-deadline"] == 1


async def test_a17_a_connection_that_never_speaks_is_closed(port, peer):
    silent = await port.connect(peer.identity)
    assert await silent.rest() == b""
    mute = await Wire.open(port.server.port, None)
    assert await mute.rest() == b""


async def test_a_slow_body_within_its_deadline_is_read(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(post(b"", declared=3))
    for letter in (b"a", b"b", b"c"):
        await asyncio.sleep(0.13)
        wire.send(letter)
    assert (await wire.answer())[0] == 200
    await wire.close()
    assert port.inbox.batches == [("jp/isa", b"abc")]


async def test_a_chunk_that_breaks_later_ends_the_request_at_its_deadline(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(
        b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
        b"Content-Type: application/vnd.moc.envelopes\r\n\r\n5\r\nhello\r\n"
    )
    await asyncio.sleep(0.1)
    wire.send(b"zz\r\nhello\r\n")
    answer = await wire.rest()
    # aiohttp does not tell the reader of a body that its framing broke; the deadline does.
    assert (status(answer), body_of(answer)) == (408, BODIES[408])
    assert port.inbox.batches == []


async def test_a19_a_peer_cannot_take_more_connections_than_its_share(own, peer, folder):
    other = make_certificate(folder, "vn/mol")
    peers = (Known("jp/isa", (peer.der,)), Known("vn/mol", (other.der,)))
    async with peer_port(own, *peers, bounds=PeerBounds(connections_per_peer=3)) as port:
        held = [await port.connect(peer.identity) for _ in range(3)]
        for wire in held:
            wire.send(get())
            assert (await wire.answer())[0] == 200
        surplus = await port.connect(peer.identity)
        assert await surplus.ask(get()) == b""
        assert port.server.counts["connections"] == 1

        served = await port.connect(other.identity)
        served.send(get())
        assert (await served.answer())[0] == 200
        await served.close()

        await held.pop().close()
        await asyncio.sleep(0.05)
        again = await port.connect(peer.identity)
        again.send(get())
        assert (await again.answer())[0] == 200
        for wire in (again, *held):
            await wire.close()


async def test_a19_a_thousand_silent_strangers_do_not_shut_out_a_peer(port, peer):
    strangers = [await Wire.open(port.server.port, None) for _ in range(300)]
    wire = await port.connect(peer.identity)
    wire.send(get())
    assert (await wire.answer())[0] == 200
    await wire.close()
    for silent in strangers:
        silent.writer.transport.abort()


async def test_a_client_that_does_not_read_its_answers_is_cut_off(own, peer):
    card = b"x" * 1024 * 1024
    async with peer_port(own, Known("jp/isa", (peer.der,)), card=lambda: card) as port:
        wire = await port.connect(peer.identity)
        wire.writer.transport.pause_reading()
        wire.send(get() * 31)
        await until(lambda: port.server.open_connections == 0)
        wire.writer.transport.abort()


async def test_a_new_peer_is_let_in_and_an_old_one_out_without_a_restart(port, peer, stranger):
    known = await port.connect(peer.identity)
    known.send(get())
    assert (await known.answer())[0] == 200
    port.table.replace(Known("vn/mol", (stranger.der,)))
    assert await known.ask(get()) == b""
    assert await hears_nothing(port, peer) == b""
    newcomer = await port.connect(stranger.identity)
    newcomer.send(post(b"hello"))
    assert (await newcomer.answer())[0] == 200
    await newcomer.close()
    assert port.inbox.batches == [("vn/mol", b"hello")]


async def test_an_unusable_pinned_certificate_shuts_out_that_peer_alone(port, peer):
    port.table.replace(Known("vn/mol", (b"no certificate",)), Known("jp/isa", (peer.der,)))
    assert port.errors == ["pinned certificate of vn/mol is unusable"]
    wire = await port.connect(peer.identity)
    wire.send(get())
    assert (await wire.answer())[0] == 200
    await wire.close()


async def test_f11_a_stop_finishes_what_runs_and_takes_nothing_new(port, peer):
    port.inbox.gate.clear()
    wire, idle = await port.connect(peer.identity), await port.connect(peer.identity)
    wire.send(post(b"last"))
    await until(lambda: port.inbox.running == 1)
    stopping = asyncio.create_task(port.server.stop(grace=5))
    assert await idle.rest() == b""
    with pytest.raises(OSError, match="Connect call failed"):
        await port.connect(peer.identity)
    port.inbox.gate.set()
    answer = await wire.rest()
    await stopping
    assert status(answer) == 200
    assert b"Connection: close" in answer
    assert port.inbox.batches == [("jp/isa", b"last")]


async def test_f11_a_stop_lets_a_body_arrive_that_was_on_its_way(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(post(b"", declared=4))
    await asyncio.sleep(0.1)
    stopping = asyncio.create_task(port.server.stop(grace=5))
    await asyncio.sleep(0.1)
    wire.send(b"last")
    assert status(await wire.rest()) == 200
    await stopping
    assert port.inbox.batches == [("jp/isa", b"last")]


async def test_f11_a_stop_does_not_wait_longer_than_its_grace(port, peer):
    port.inbox.gate.clear()
    wire = await port.connect(peer.identity)
    wire.send(post(b"stuck"))
    await until(lambda: port.inbox.running == 1)
    started = asyncio.get_running_loop().time()
    reading = asyncio.create_task(wire.rest())
    await port.server.stop(grace=0.2)
    assert asyncio.get_running_loop().time() - started < 1.9
    assert status(await reading) in {0, 500, 503}
    assert port.inbox.running == 0
    assert port.server.open_connections == 0
