"""Another certificate of ours: new connections show it, and no request that runs is dropped."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.http.connection import Deadlines
from gateway.http.peer_server import PeerServer
from gateway.http.tls import client_context
from tests.http.certificates import Certificate, make_certificate
from tests.http.wiring import SHORT, Inbox, Known, Table, Wire, get, post, until

BODY = b"{}\n"


class Shown:
    """What a node shows, changed by the test."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate

    def __call__(self, _peer: str = ""):
        return self.certificate.identity


@dataclass
class Ends:
    """A peer port and a peer's transport to it, with what each shows."""

    server: PeerServer
    shown: Shown
    following: Certificate
    inbox: Inbox
    table: Table
    transport: HttpTransport
    ours: Shown
    here: Known


@asynccontextmanager
async def ports(folder, own, *, deadlines: Deadlines = SHORT):
    """Run a peer port that shows `own`, for a peer that pins it and the next one."""
    peer, following = (make_certificate(folder, name) for name in ("jp/isa", "kh/molvt"))
    shown, inbox, table = Shown(own), Inbox(), Table(Known("jp/isa", (peer.der,)))
    server = PeerServer(
        host="127.0.0.1",
        port=0,
        identity=shown,
        directory=table,
        receiver=inbox,
        card=lambda: b"{}",
        on_error=pytest.fail,
        deadlines=deadlines,
    )
    await server.start()
    here = Known("kh/molvt", (own.der, following.der), (f"https://127.0.0.1:{server.port}",))
    ours = Shown(peer)
    transport = HttpTransport(identity=ours, directory=Table(here), rule=AddressRule(None))
    try:
        yield Ends(server, shown, following, inbox, table, transport, ours, here)
    finally:
        inbox.gate.set()
        await transport.close()
        await server.stop(grace=1)


async def shown_by(wire: Wire) -> bytes:
    return wire.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)


async def connect(server, identity, *pinned):
    return await Wire.open(server.port, client_context(identity(), [each.der for each in pinned]))


async def test_new_connections_see_the_new_certificate_and_idle_ones_end(folder, own):
    async with ports(folder, own) as ends:
        idle = await connect(ends.server, ends.ours, own, ends.following)
        idle.send(get())
        assert (await idle.answer())[0] == 200
        assert await shown_by(idle) == own.der
        ends.shown.certificate = ends.following
        ends.server.renew()
        assert await idle.rest() == b""
        wire = await connect(ends.server, ends.ours, own, ends.following)
        assert await shown_by(wire) == ends.following.der
        wire.send(get())
        assert (await wire.answer())[0] == 200
        await wire.close()


async def test_a_request_that_runs_is_answered_and_its_connection_ends_then(folder, own):
    async with ports(folder, own) as ends:
        ends.inbox.gate.clear()
        wire = await connect(ends.server, ends.ours, own, ends.following)
        wire.send(post(BODY))
        await until(lambda: ends.inbox.running == 1)
        ends.shown.certificate = ends.following
        ends.server.renew()
        ends.inbox.gate.set()
        answer = await wire.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer.lower()
        assert len(ends.inbox.batches) == 1


async def test_the_same_certificate_ends_nothing(folder, own):
    async with ports(folder, own) as ends:
        wire = await connect(ends.server, ends.ours, own, ends.following)
        wire.send(get())
        await wire.answer()
        ends.server.renew()
        wire.send(get())
        assert (await wire.answer())[0] == 200
        await wire.close()


async def test_our_next_request_shows_the_new_certificate(folder, own):
    async with ports(folder, own) as ends:
        old = ends.ours.certificate
        await ends.transport.post_envelopes(ends.here, BODY)
        await ends.transport.post_envelopes(ends.here, BODY)
        new = make_certificate(folder, "jp/isa")
        ends.table.replace(Known("jp/isa", (old.der, new.der)))
        ends.ours.certificate = new
        await ends.transport.post_envelopes(ends.here, BODY)
        ends.table.replace(Known("jp/isa", (new.der,)))
        await ends.transport.post_envelopes(ends.here, BODY)
        assert [node for node, _ in ends.inbox.batches] == ["jp/isa"] * 4


async def test_a_request_of_ours_that_runs_is_answered_beside_one_with_the_new_certificate(
    folder, own
):
    async with ports(folder, own) as ends:
        old, new = ends.ours.certificate, make_certificate(folder, "jp/isa")
        ends.table.replace(Known("jp/isa", (old.der, new.der)))
        ends.inbox.gate.clear()
        first = asyncio.create_task(ends.transport.post_envelopes(ends.here, BODY))
        await until(lambda: ends.inbox.running == 1)
        ends.ours.certificate = new
        second = asyncio.create_task(ends.transport.post_envelopes(ends.here, BODY))
        await until(lambda: ends.inbox.running == 2)
        ends.inbox.gate.set()
        assert [answer.status for answer in await asyncio.gather(first, second)] == [200, 200]
        # The connection with the old certificate went with its last request.
        await until(lambda: ends.server.open_connections == 1)


async def test_a_switch_under_load_fails_no_request(folder, own):
    async with ports(folder, own) as ends:
        old, new = ends.ours.certificate, make_certificate(folder, "jp/isa")
        ends.table.replace(Known("jp/isa", (old.der, new.der)))

        async def post_on() -> None:
            for _ in range(30):
                assert (await ends.transport.post_envelopes(ends.here, BODY)).status == 200

        async def switch() -> None:
            await asyncio.sleep(0.02)
            ends.ours.certificate = new
            await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(post_on())
            group.create_task(switch())
        assert len(ends.inbox.batches) == 90
