"""The admin port tells monitoring the truth, cheaply, and strangers as little as possible."""

import asyncio
import json
import os
import resource
import socket
from contextlib import asynccontextmanager

import pytest

from gateway.http import health
from gateway.http.answers import BODIES
from gateway.http.health import Check, Health, HealthServer, Status, _is_loopback
from tests.http.wiring import HOST, Wire, body_of, get, status, until

PEER_DOWN = Check(
    name="peer:kh/molvt",
    status=Status.FAIL,
    reason="no answer for 20 minutes",
    value=1200,
    unit="s",
    is_vital=False,
)
DISK_FULL = Check(name="store:disk", status=Status.FAIL, value=0, unit="MiB", reason="full")


PAGE = b"gateway_info 1.0\n"


@asynccontextmanager
async def admin(*checks: Check, error: Exception | None = None):
    looks, counts, errors = [], [], []

    async def snapshot() -> Health:
        looks.append(1)
        if error is not None:
            raise error
        return Health(checks)

    async def metrics() -> bytes:
        counts.append(1)
        if error is not None:
            raise error
        return PAGE

    server = HealthServer(
        host="127.0.0.1", port=0, snapshot=snapshot, metrics=metrics, on_error=errors.append
    )
    await server.start()

    async def ask(path: str) -> tuple[int, bytes]:
        wire = await Wire.open(server.port, None)
        answer = await wire.ask(get(path.encode(), b"Connection: close"))
        return status(answer), body_of(answer)

    ask.looks, ask.counts, ask.errors, ask.server = looks, counts, errors, server
    try:
        yield ask
    finally:
        await server.stop()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
async def test_a_node_that_is_well_says_so(path):
    async with admin(Check(name="store:disk", status=Status.PASS)) as ask:
        code, body = await ask(path)
        assert (code, json.loads(body)["status"]) == (200, "pass")


async def test_a_peer_that_is_down_never_makes_us_unready():
    async with admin(PEER_DOWN) as ask:
        assert await ask("/readyz") == (200, b'{"status":"warn"}')
        code, body = await ask("/healthz")
        check = {
            "status": "fail",
            "observedValue": 1200,
            "observedUnit": "s",
            "output": "no answer for 20 minutes",
        }
        assert code == 200
        assert json.loads(body) == {"status": "warn", "checks": {"peer:kh/molvt": [check]}}


async def test_f17_a_failed_store_makes_us_unready_but_not_dead():
    async with admin(PEER_DOWN, DISK_FULL) as ask:
        assert await ask("/readyz") == (503, b'{"status":"fail"}')
        assert (await ask("/healthz"))[0] == 503
        assert await ask("/livez") == (200, b'{"status":"pass"}')


async def test_a143_ready_says_up_or_down_and_nothing_else():
    async with admin(PEER_DOWN) as ask:
        assert await ask("/readyz") == (200, b'{"status":"warn"}')


@pytest.mark.parametrize(
    ("address", "sees"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False), (None, False)],
)
def test_a143_reasons_and_numbers_are_for_loopback_alone(address, sees):
    assert _is_loopback(address) is sees


async def test_f64_a_thousand_questions_are_one_look():
    async with admin(PEER_DOWN) as ask:
        answers = await asyncio.gather(*(ask("/healthz") for _ in range(50)))
        wire = await Wire.open(ask.server.port, None)
        for _ in range(1000):
            wire.send(get(b"/healthz"))
            await wire.answer()
        await wire.close()
        assert {code for code, _ in answers} <= {200, 0}
        assert len(ask.looks) <= 4


async def test_a_node_that_cannot_describe_itself_is_not_well_and_tells_no_secret():
    async with admin(error=ValueError("secret")) as ask:
        code, body = await ask("/healthz")
        assert code == 503
        assert b"secret" not in body
        assert ask.errors == ["ValueError"]


async def test_the_numbers_are_served_in_the_form_of_prometheus():
    async with admin() as ask:
        wire = await Wire.open(ask.server.port, None)
        answer = await wire.ask(get(b"/metrics", b"Connection: close"))
        assert (status(answer), body_of(answer)) == (200, PAGE)
        assert b"Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n" in answer
        assert b"Cache-Control: no-store\r\n" in answer


async def test_f64_a_thousand_questions_for_the_numbers_are_one_count():
    async with admin() as ask:
        await asyncio.gather(*(ask("/metrics") for _ in range(50)))
        assert len(ask.counts) == 1
        assert ask.looks == []


async def test_a143_the_numbers_are_for_loopback_alone(monkeypatch):
    monkeypatch.setattr(health, "_is_loopback", lambda address: False)
    async with admin(PEER_DOWN) as ask:
        assert await ask("/metrics") == (403, BODIES[403])
        assert await ask("/healthz") == (200, b'{"status":"warn"}')
        assert ask.counts == []


async def test_numbers_that_cannot_be_counted_are_an_error_without_a_secret():
    async with admin(error=ValueError("secret")) as ask:
        assert await ask("/metrics") == (500, BODIES[500])
        assert ask.errors == ["ValueError"]


@pytest.mark.parametrize(
    "path", ["/", "/metrics/", "/metrics?x=1", "/metrics2", "/livez/", "/livez?x=1", "//livez"]
)
async def test_a20_any_other_path_is_not_found(path):
    async with admin() as ask:
        assert await ask(path) == (404, BODIES[404])


async def test_a20_another_method_is_not_allowed():
    async with admin() as ask:
        wire = await Wire.open(ask.server.port, None)
        answer = await wire.ask(b"POST /livez HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (status(answer), body_of(answer)) == (405, BODIES[405])


async def test_f26_without_descriptors_the_server_pauses_and_comes_back():
    async with admin() as ask:
        # These connections wait in the kernel: nothing has run since that could accept them.
        callers = [socket.create_connection(("127.0.0.1", ask.server.port)) for _ in range(20)]
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = len(os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 3, limits[1]))
        try:
            await until(lambda: ask.server.counts["accept"] > 0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            for caller in callers:
                caller.close()
        assert (await ask("/livez"))[0] == 200
