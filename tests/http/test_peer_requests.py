"""The peer port judges a request by its head and answers a fault with fixed bytes."""

import asyncio

import pytest

from gateway.errors import TransientError
from gateway.http.answers import BODIES
from gateway.http.connection import Deadlines
from gateway.http.peer_server import PeerBounds
from tests.http.certificates import Certificate
from tests.http.wiring import HOST, Known, body_of, get, peer_port, post, status, until

MIB = 1024 * 1024


@pytest.fixture
async def port(own: Certificate, peer: Certificate):
    async with peer_port(own, Known("jp/isa", (peer.der,))) as running:
        yield running


async def refused(port, peer, request: bytes) -> int:
    """Send the request; check that the answer is fixed and that nothing went further."""
    answer = await port.ask(peer.identity, request)
    if answer:
        assert body_of(answer) == BODIES[status(answer)]
        assert b"\r\nServer: gateway\r\n" in answer
        assert answer.startswith(b"HTTP/1.0") or b"\r\nConnection: close\r\n" in answer
    assert port.inbox.batches == []
    return status(answer)


async def test_a_batch_reaches_the_receiver_under_the_name_of_the_pinned_certificate(port, peer):
    wire = await port.connect(peer.identity)
    for body in (b"one", b"two" * 100_000):
        wire.send(post(body))
        assert await wire.answer() == (200, b'{"receipt":{},"entries":[]}')
    await wire.close()
    assert port.inbox.batches == [("jp/isa", b"one"), ("jp/isa", b"two" * 100_000)]


async def test_the_card_is_given_and_the_server_names_neither_program_nor_version(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(get())
    head = await wire.head()
    await wire.close()
    assert b"Content-Type: application/vnd.moc.card+json" in head
    assert b"\r\nServer: gateway\r\n" in head
    assert b"ython" not in head
    assert b"aiohttp" not in head


async def test_a_body_in_chunks_is_read_whole(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(
        b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
        b"Content-Type: application/vnd.moc.envelopes\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert (await wire.answer())[0] == 200
    await wire.close()
    assert port.inbox.batches == [("jp/isa", b"abcde")]


async def test_a8_a_length_and_a_transfer_encoding_together_are_refused(port, peer):
    request = post(b"0\r\n\r\n", b"Transfer-Encoding: chunked")
    assert await refused(port, peer, request) == 400


@pytest.mark.parametrize(
    "length", [b"+5", b"5_0", b"-5", b"5, 5", b"0x5", b"5 5", b"99999999999999999999"]
)
async def test_a10_a_length_that_is_not_digits_alone_is_refused(port, peer, length):
    request = b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Content-Length: " + length
    request += b"\r\nContent-Type: application/vnd.moc.envelopes\r\n\r\nhello"
    assert await refused(port, peer, request) == 400


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"Host: a\nX: b\r\n\r\n", id="bare LF"),
        pytest.param(b"Host: a\r\n folded\r\n\r\n", id="obs-fold"),
        pytest.param(b"Host: a\r\nX: b\x00c\r\n\r\n", id="NUL"),
        pytest.param(b"Host : a\r\n\r\n", id="space before colon"),
        pytest.param(b"X: no host\r\n\r\n", id="no host"),
        pytest.param(b"Host: a\r\nHost: b\r\n\r\n", id="two hosts"),
    ],
)
async def test_a11_a_header_that_can_be_read_two_ways_is_refused(port, peer, lines):
    assert await refused(port, peer, b"GET /v1/card HTTP/1.1\r\n" + lines) == 400


@pytest.mark.parametrize("headers", [[b"X: " + b"a" * 9000], [b"X-%d: a" % n for n in range(130)]])
async def test_a13_a_header_too_long_or_too_many_are_refused(port, peer, headers):
    assert await refused(port, peer, get(b"/v1/card", *headers)) == 400


async def test_a14_a_body_declared_too_large_is_refused_before_it_is_sent(port, peer):
    assert await refused(port, peer, post(b"", declared=4 * MIB + 2)) == 413


async def test_a14_a_body_in_chunks_is_cut_at_the_limit(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(
        b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
        b"Content-Type: application/vnd.moc.envelopes\r\n\r\n"
    )
    for _ in range(5):
        wire.send(b"100000\r\n" + b"a" * MIB + b"\r\n")
    answer = await wire.rest()
    assert (status(answer), body_of(answer)) == (413, BODIES[413])
    assert port.inbox.batches == []


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd", b"deflate", b"identity", b""])
async def test_a16_a_compressed_body_is_refused_unread(port, peer, coding):
    request = post(b"", b"Content-Encoding: " + coding, declared=MIB)
    assert await refused(port, peer, request) == 415


async def test_a16_a_compression_hidden_in_the_transfer_encoding_is_refused(port, peer):
    request = b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n"
    request += b"Content-Type: application/vnd.moc.envelopes\r\n\r\n0\r\n\r\n"
    assert await refused(port, peer, request) == 400


@pytest.mark.parametrize(
    "given", [b"application/json", b"application/vnd.moc.envelopes; charset=utf-8", b""]
)
async def test_another_media_type_is_refused_unread(port, peer, given):
    assert await refused(port, peer, post(b"{}", b"Content-Type: " + given)) == 415


@pytest.mark.parametrize(
    "target",
    [
        b"/",
        b"/v1",
        b"/v1/",
        b"/v1/card/",
        b"/v1//card",
        b"//v1/card",
        b"/v1/card?a=b",
        b"/v1/card?",
        b"/v1/card#a",
        b"/v1/%63ard",
        b"/v1/%2e%2e/v1/card",
        b"/v1/../v1/card",
        b"/V1/card",
        b"http://gateway/v1/card",
        b"/v1/attachments/1",
    ],
)
async def test_a20_any_other_spelling_of_a_path_is_not_found(port, peer, target):
    assert await refused(port, peer, get(target)) == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        (b"GET", b"/v1/envelopes", b"POST"),
        (b"PUT", b"/v1/envelopes", b"POST"),
        (b"HEAD", b"/v1/card", b"GET"),
        (b"DELETE", b"/v1/card", b"GET"),
        (b"OPTIONS", b"/v1/card", b"GET"),
    ],
)
async def test_a20_another_method_is_not_allowed(port, peer, method, path, allow):
    answer = await port.ask(peer.identity, method + b" " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(answer) == 405
    assert b"Allow: " + allow in answer
    assert body_of(answer) == (b"" if method == b"HEAD" else BODIES[405])


@pytest.mark.parametrize("method", [b"CONNECT", b"BREW", b"PRI"])
async def test_a20_a_method_from_elsewhere_is_refused(port, peer, method):
    answer = await port.ask(peer.identity, method + b" /v1/card HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(answer) in {400, 404, 405}
    assert body_of(answer) == BODIES[status(answer)]


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_a22_a_wish_to_change_the_protocol_is_refused(port, peer, protocol):
    request = get(
        b"/v1/card",
        b"Connection: Upgrade",
        b"Upgrade: " + protocol,
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
    )
    assert await refused(port, peer, request + get()) == 400


async def test_a23_expect_with_an_oversized_body_gets_413_and_no_100(port, peer):
    answer = await port.ask(peer.identity, post(b"", b"Expect: 100-continue", declared=5 * MIB))
    assert status(answer) == 413
    assert b"100 Continue" not in answer


async def test_expect_with_a_fitting_body_gets_100_and_then_its_answer(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(post(b"", b"Expect: 100-continue", declared=5))
    assert await wire.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.send(b"hello")
    assert (await wire.answer())[0] == 200
    await wire.close()
    assert port.inbox.batches == [("jp/isa", b"hello")]


async def test_another_expectation_is_refused(port, peer):
    assert await refused(port, peer, post(b"{}", b"Expect: 200-ok")) == 417


async def test_http_1_0_is_refused(port, peer):
    answer = await port.ask(peer.identity, b"GET /v1/card HTTP/1.0\r\n" + HOST + b"\r\n")
    assert b" 505 " in answer
    assert body_of(answer) == BODIES[505]


async def test_a_card_request_with_a_body_is_refused(port, peer):
    request = get(b"/v1/card", b"Content-Length: 5") + b"hello"
    assert await refused(port, peer, request) == 400


async def test_a_refused_body_is_never_taken_for_the_next_request(port, peer):
    smuggled = get()
    answer = await port.ask(peer.identity, post(smuggled, b"Content-Encoding: gzip"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert status(answer) == 415


async def test_a29_an_empty_body_is_for_the_receiver_to_judge(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(post(b""))
    assert (await wire.answer())[0] == 200
    await wire.close()
    assert port.inbox.batches == [("jp/isa", b"")]


async def test_an_unforeseen_error_is_named_to_us_and_never_told_to_the_peer(port, peer):
    port.inbox.error = ValueError("the secret")
    answer = await port.ask(peer.identity, post())
    assert (status(answer), body_of(answer)) == (500, BODIES[500])
    assert b"secret" not in answer
    assert port.errors == ["ValueError"]


async def test_a139_a_receiver_that_cannot_store_now_asks_the_peer_to_come_back(port, peer):
    port.inbox.error = TransientError("the disk is full")
    answer = await port.ask(peer.identity, post())
    assert (status(answer), body_of(answer)) == (503, BODIES[503])
    assert b"\r\nRetry-After: 2\r\n" in answer


async def test_f32_a_body_that_stalls_ends_at_its_deadline(port, peer):
    started = asyncio.get_running_loop().time()
    answer = await port.ask(peer.identity, post(b"half", declared=100))
    assert (status(answer), body_of(answer)) == (408, BODIES[408])
    assert asyncio.get_running_loop().time() - started < 5
    assert port.inbox.batches == []


async def test_f32_a_body_cut_by_a_reset_leaves_nothing_behind(port, peer):
    wire = await port.connect(peer.identity)
    wire.send(post(b"half", declared=100))
    await wire.writer.drain()
    wire.writer.transport.abort()
    await asyncio.sleep(0.1)
    assert port.inbox.batches == []
    assert port.errors == []


async def test_a_broken_chunk_ends_the_request(port, peer):
    request = b"POST /v1/envelopes HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n"
    request += b"Content-Type: application/vnd.moc.envelopes\r\n\r\n5\r\nhello\r\nzz\r\n"
    answer = await port.ask(peer.identity, request)
    assert status(answer) == 400
    assert port.inbox.batches == []


async def test_a_receiver_that_hangs_is_given_up(own, peer):
    async with peer_port(own, Known("jp/isa", (peer.der,))) as port:
        port.inbox.gate.clear()
        answer = await port.ask(peer.identity, post())
        assert (status(answer), body_of(answer)) == (503, BODIES[503])


async def test_a148_requests_beyond_the_share_of_a_peer_are_refused_before_their_bodies(own, peer):
    bounds = PeerBounds(connections_per_peer=20, in_flight_per_peer=2)
    async with peer_port(own, Known("jp/isa", (peer.der,)), bounds=bounds) as port:
        port.inbox.gate.clear()
        running = [await port.connect(peer.identity) for _ in range(2)]
        for wire in running:
            wire.send(post(b"batch"))
        await until(lambda: port.inbox.running == 2)
        late = await port.ask(peer.identity, post(b"", declared=MIB))
        assert (status(late), body_of(late)) == (503, BODIES[503])
        port.inbox.gate.set()
        assert [(await wire.answer())[0] for wire in running] == [200, 200]
        for wire in running:
            await wire.close()
        again = await port.connect(peer.identity)
        again.send(post(b"now"))
        assert (await again.answer())[0] == 200
        await again.close()


async def test_a148_a_hundred_bodies_of_the_largest_size_stay_within_the_budget(own, peer):
    # The usual deadlines: a hundred handshakes at once may take longer than the short ones allow.
    bounds = PeerBounds(connections_per_peer=200, in_flight_per_peer=200, body_budget=16 * MIB)
    known = Known("jp/isa", (peer.der,))
    async with peer_port(own, known, bounds=bounds, deadlines=Deadlines(linger=0.1)) as port:
        port.inbox.gate.clear()
        wires = await asyncio.gather(*(port.connect(peer.identity) for _ in range(100)))
        for wire in wires:
            wire.send(post(b"a", b"Connection: close", declared=4 * MIB))
        # Four have room and wait for the rest of their bodies; the others are turned away unread.
        waiting = {asyncio.create_task(wire.rest()) for wire in wires}
        while len(waiting) > 4:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert {status(task.result()) for task in done} == {503}
        assert len(waiting) == 4
        assert port.inbox.batches == []
        await asyncio.gather(*(wire.close() for wire in wires), *waiting)
