"""The way out: nothing is written before the other end is known, and nothing it says can hurt."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from gateway.delivery.transport import Answer, PinError
from gateway.errors import TransientError
from gateway.http.addresses import AddressRule
from gateway.http.client import HttpTransport
from gateway.http.tls import server_context
from tests.http.certificates import Certificate, make_certificate
from tests.http.wiring import Known, Table, peer_port, until

ANYWHERE = AddressRule(None)
PUBLIC = AddressRule()
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """A TLS server that a test scripts, remembering every byte of every request."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def scripted(
    shown: Certificate, client: Certificate, answer: bytes | Script
) -> AsyncIterator[Server]:
    """Serve `answer` to each request, or hand the connection to a script."""
    seen = Server()

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        serving.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.heard.append(head)
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                seen.heard.append(await reader.readexactly(int(length or 0)))
                if callable(answer):
                    await answer(reader, writer)
                    return
                writer.write(answer)
                await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(
        serve, "127.0.0.1", 0, ssl=server_context(shown.identity, [client.der])
    )
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def plain_tcp(said: bytes) -> AsyncIterator[Server]:
    """Serve without TLS: say something to whatever comes, or nothing."""
    seen, ended = Server(), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen.connections += 1
            seen.heard.append(await reader.read(65536))
            writer.write(said)
            await reader.read()
        except OSError:
            pass
        finally:
            writer.transport.abort()
            ended.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    yield seen
    server.close()
    await until(lambda: len(ended) == seen.connections)
    await asyncio.sleep(0.01)


@asynccontextmanager
async def transport(
    client: Certificate, *known: Known, rule: AddressRule = ANYWHERE, patience: float = 2.0
) -> AsyncIterator[tuple[HttpTransport, Table]]:
    table = Table(*known)
    made = HttpTransport(
        identity=lambda _: client.identity,
        directory=table,
        rule=rule,
        request_timeout=patience,
        connect_timeout=patience,
    )
    try:
        yield made, table
    finally:
        await made.close()


def at(port: int, *certificates: Certificate, host: str = "127.0.0.1") -> Known:
    return Known("kh/molvt", tuple(c.der for c in certificates), (f"https://{host}:{port}",))


def answer(status: int, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 %d Text" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_a_batch_and_a_card_go_out_and_their_answers_come_back(own, peer):
    async with (
        peer_port(own, Known("jp/isa", (peer.der,))) as port,
        transport(peer, known := at(port.server.port, own)) as (client, _),
    ):
        body = b"envelope\n" * 200_000
        assert await client.post_envelopes(known, body) == Answer(
            200, b'{"receipt":{},"entries":[]}'
        )
        assert await client.get_card(known) == b'{"card":1}'
        assert port.inbox.batches == [("jp/isa", body)]
        assert port.server.open_connections == 1


async def test_what_a_peer_learns_from_our_headers_is_only_what_it_needs(own, peer):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        await client.post_envelopes(known, b"{}")
        names = sorted(line.partition(b":")[0] for line in server.heard[0].split(b"\r\n")[1:-2])
        assert names == [b"Content-Length", b"Content-Type", b"Host"]


async def test_a7_a_man_in_the_middle_with_another_certificate_hears_not_one_byte(
    own, peer, stranger
):
    async with (
        scripted(stranger, peer, answer(200)) as middle,
        transport(peer, known := at(middle.port, own)) as (client, _),
    ):
        with pytest.raises(PinError, match="not pinned for kh/molvt: nothing was sent"):
            await client.post_envelopes(known, b"secret")
        assert middle.heard == []


async def test_a7_a_certificate_signed_by_the_pinned_one_is_not_the_pinned_one(own, peer, folder):
    issued = make_certificate(folder, "kh/molvt", signed_by=own)
    async with (
        scripted(issued, peer, answer(200)) as middle,
        transport(peer, known := at(middle.port, own)) as (client, _),
    ):
        with pytest.raises(PinError):
            await client.post_envelopes(known, b"secret")
        assert middle.heard == []


async def test_a7_a_certificate_that_openssl_trusts_but_the_table_does_not_hears_nothing(
    own, peer, stranger
):
    # What the trust store lets through is not yet the peer: here it knows two, the table one.
    class Wide(Known):
        @property
        def certificate_digests(self) -> frozenset[bytes]:
            return Known("", (own.der,)).certificate_digests

    async with scripted(stranger, peer, answer(200)) as middle:
        known = Wide("kh/molvt", (own.der, stranger.der), (f"https://127.0.0.1:{middle.port}",))
        async with transport(peer, known) as (client, _):
            with pytest.raises(PinError):
                await client.post_envelopes(known, b"secret")
        assert middle.heard == []


async def test_an_open_connection_whose_pin_has_gone_carries_no_further_request(
    own, peer, stranger
):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, table),
    ):
        await client.post_envelopes(known, b"first")
        table.replace(at(server.port, stranger))
        with pytest.raises(PinError):
            await client.post_envelopes(known, b"second")
        assert server.heard[1::2] == [b"first"]


async def test_a_peer_that_changes_its_certificate_is_reached_with_both(own, peer, folder):
    newer = make_certificate(folder, "kh/molvt")
    for shown in (own, newer):
        async with (
            scripted(shown, peer, answer(200)) as server,
            transport(peer, known := at(server.port, own, newer)) as (client, _),
        ):
            assert (await client.post_envelopes(known, b"{}")).status == 200


async def test_a_disabled_peer_is_not_spoken_to(own, peer):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, table),
    ):
        table.replace()
        with pytest.raises(TransientError, match="not an enabled peer"):
            await client.post_envelopes(known, b"{}")
        assert server.connections == 0


@pytest.mark.parametrize("size", [2, 3_000_000])
async def test_a_peer_that_refuses_our_certificate_is_named_as_the_cause(own, peer, stranger, size):
    async with (
        peer_port(own, Known("jp/isa", (peer.der,))) as port,
        transport(stranger, known := at(port.server.port, own)) as (client, _),
    ):
        with pytest.raises(TransientError, match="the peer did not accept our certificate"):
            await client.post_envelopes(known, b"a" * size)
        assert port.inbox.batches == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a25_a_redirect_is_an_answer_and_is_not_followed(own, peer, status):
    async with scripted(own, peer, answer(200)) as elsewhere:
        there = b"Location: https://127.0.0.1:%d/v1/envelopes" % elsewhere.port
        async with (
            scripted(own, peer, answer(status, there)) as server,
            transport(peer, known := at(server.port, own)) as (client, _),
        ):
            assert (await client.post_envelopes(known, b"{}")).status == status
            with pytest.raises(TransientError, match=f"answered {status} instead of its card"):
                await client.get_card(known)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 1000000000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Connection: close\r\n\r\n",
    ],
)
async def test_a26_an_endless_answer_is_cut_at_the_cap(own, peer, head):
    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + head)
        part = b"10000\r\n" + b"a" * 65536 + b"\r\n" if b"chunked" in head else b"a" * 65536
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            # A lost connection never pauses: without this the flood would hold the loop.
            await asyncio.sleep(0)

    async with (
        scripted(own, peer, flood) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        with pytest.raises(TransientError, match="larger than 262144 bytes"):
            await client.post_envelopes(known, b"{}")
        with pytest.raises(TransientError, match="larger than 262144 bytes"):
            await client.get_card(known)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"\x00\xff garbage"])
async def test_f41_a_200_with_anything_is_passed_on_as_bytes_for_the_receipt_to_prove(
    own, peer, body
):
    async with (
        scripted(own, peer, answer(200, body=body)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        assert await client.post_envelopes(known, b"{}") == Answer(200, body)


async def test_a16_a_compressed_answer_is_not_unpacked(own, peer):
    bomb = b"\x1f\x8b not unpacked"
    async with (
        scripted(own, peer, answer(200, b"Content-Encoding: gzip", body=bomb)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        assert (await client.post_envelopes(known, b"{}")).body == bomb


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"7", 7.0),
        (b"0", 0.0),
        (b"999999", 86400.0),
        (b"99999999999", None),
        (b"-1", None),
        (b"1.5", None),
        (b"Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
async def test_f40_a_wait_that_the_peer_asks_for_is_passed_on(own, peer, text, seconds):
    async with (
        scripted(own, peer, answer(503, b"Retry-After: " + text)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        assert await client.post_envelopes(known, b"{}") == Answer(503, b"", seconds)


async def test_a_cookie_is_neither_kept_nor_sent(own, peer):
    async with (
        scripted(own, peer, answer(200, b"Set-Cookie: a=b; Path=/")) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        for _ in range(2):
            await client.post_envelopes(known, b"{}")
        assert b"ookie" not in b"".join(server.heard)


async def test_a_proxy_in_the_environment_is_not_used(own, peer, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        assert (await client.post_envelopes(known, b"{}")).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}",
        "https://127.0.0.1",
        "https://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/v1?a=b",
        "https://user:word@127.0.0.1:{port}",
        "https://127.0.0.1:{port}#a",
        "https://127.0.0.1:99999",
        "https://[::1:{port}",
        "HTTPS://127.0.0.1:{port}",
        "127.0.0.1:{port}",
        "",
    ],
)
async def test_an_address_of_any_other_form_is_refused_without_a_connection(own, peer, address):
    async with scripted(own, peer, answer(200)) as server:
        known = Known("kh/molvt", (own.der,), (address.format(port=server.port),))
        async with transport(peer, known) as (client, _):
            with pytest.raises(TransientError, match="is not of the form https://host:port"):
                await client.post_envelopes(known, b"{}")
        assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a28_in_production_no_connection_leads_back_to_ourselves(own, peer, host):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own, host=host), rule=AddressRule()) as (
            client,
            _,
        ),
    ):
        with pytest.raises(TransientError, match="not a public address and not allowed"):
            await client.post_envelopes(known, b"{}")
        assert server.connections == 0


async def test_a28_an_allowed_network_is_reached(own, peer):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own), rule=AddressRule.of(["127.0.0.0/8"])) as (
            client,
            _,
        ),
    ):
        assert (await client.post_envelopes(known, b"{}")).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%lo",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)
def test_a28_no_private_address_is_allowed_by_itself(address):
    assert not AddressRule().allows(address)


@pytest.mark.parametrize("address", ["203.104.1.1", "8.8.8.8", "2400:4000::1"])
def test_a28_a_public_address_is_allowed(address):
    assert AddressRule().allows(address)


async def test_f31_nobody_listens(own, peer):
    async with transport(peer, known := at(1, own)) as (client, _):
        with pytest.raises(TransientError, match="gave no answer"):
            await client.post_envelopes(known, b"{}")


async def test_f31_a_failed_attempt_makes_the_next_one_go_to_the_next_address(own, peer):
    async with scripted(own, peer, answer(200)) as server:
        addresses = ("https://127.0.0.1:1", f"https://127.0.0.1:{server.port}")
        known = Known("kh/molvt", (own.der,), addresses)
        async with transport(peer, known) as (client, _):
            with pytest.raises(TransientError):
                await client.post_envelopes(known, b"{}")
            for _ in range(2):
                assert (await client.post_envelopes(known, b"{}")).status == 200


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"])
async def test_f32_an_answer_that_stalls_ends_at_the_deadline(own, peer, first):
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await reader.read()

    async with (
        scripted(own, peer, stall) as server,
        transport(peer, known := at(server.port, own), patience=0.4) as (client, _),
    ):
        started = time.monotonic()
        with pytest.raises(TransientError, match="it took too long"):
            await client.post_envelopes(known, b"{}")
        assert time.monotonic() - started < 2


async def test_f31_a_server_that_never_shakes_hands_ends_at_the_deadline(own, peer):
    async with (
        plain_tcp(b"") as server,
        transport(peer, known := at(server.port, own), patience=0.4) as (
            client,
            _,
        ),
    ):
        with pytest.raises(TransientError, match="it took too long"):
            await client.post_envelopes(known, b"{}")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_f41_an_answer_that_is_none_is_a_transient_error_that_quotes_nothing(own, peer, said):
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with (
        scripted(own, peer, speak) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        with pytest.raises(TransientError) as caught:
            await client.post_envelopes(known, b"{}")
        assert "garbage" not in str(caught.value)
        assert "aaaa" not in str(caught.value)


async def test_a_plain_tcp_server_is_not_spoken_to(own, peer):
    async with (
        plain_tcp(answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        with pytest.raises(TransientError):
            await client.post_envelopes(known, b"secret")
        assert b"secret" not in b"".join(server.heard)


async def test_forgetting_a_peer_closes_its_connections(own, peer):
    async with (
        peer_port(own, Known("jp/isa", (peer.der,))) as port,
        transport(peer, known := at(port.server.port, own)) as (client, _),
    ):
        await client.get_card(known)
        assert port.server.open_connections == 1
        await client.forget("kh/molvt")
        await client.forget("kh/nobody")
        await until(lambda: not port.server.open_connections)
        assert await client.get_card(known) == b'{"card":1}'


async def test_f38_many_requests_at_once_use_few_connections(own, peer):
    async with (
        peer_port(own, Known("jp/isa", (peer.der,))) as port,
        transport(peer, known := at(port.server.port, own)) as (client, _),
    ):
        answers = await asyncio.gather(*(client.post_envelopes(known, b"{}") for _ in range(50)))
        assert {each.status for each in answers} == {200}
        assert port.server.open_connections <= 4
        assert port.inbox.most_running <= 4


def test_no_secret_of_the_identity_is_in_its_text(peer):
    identity = type(peer.identity)(peer.identity.certificate_path, peer.identity.key_path, b"word")
    assert "word" not in repr(identity)


async def test_an_unusable_pinned_certificate_is_an_error_of_that_peer(peer):
    known = Known("kh/molvt", (b"no certificate",), ("https://127.0.0.1:1",))
    async with transport(peer, known) as (client, _):
        with pytest.raises(TransientError, match="no TLS to kh/molvt is possible"):
            await client.post_envelopes(known, b"{}")


async def test_a_closed_transport_opens_nothing_again(own, peer):
    async with (
        scripted(own, peer, answer(200)) as server,
        transport(peer, known := at(server.port, own)) as (client, _),
    ):
        await client.close()
        with pytest.raises(TransientError, match="closed"):
            await client.post_envelopes(known, b"{}")
        assert server.connections == 0


async def test_a_request_under_way_when_its_peer_is_forgotten_fails_at_once(own, peer):
    async with (
        peer_port(own, Known("jp/isa", (peer.der,))) as port,
        transport(peer, known := at(port.server.port, own), patience=20) as (client, _),
    ):
        port.inbox.gate.clear()
        posting = asyncio.create_task(client.post_envelopes(known, b"{}"))
        await until(lambda: port.inbox.running == 1)
        await client.forget("kh/molvt")
        with pytest.raises(TransientError):
            await posting


@pytest.mark.parametrize("host", ["a..example", "a" * 64 + ".example"])
async def test_a_host_name_that_no_resolver_takes_is_no_answer_and_no_crash(own, host):
    async with transport(own, known := at(8470, own, host=host)) as (client, _):
        with pytest.raises(TransientError, match="gave no answer"):
            await client.get_card(known)
