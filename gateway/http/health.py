"""The admin port: may this node go on, and is it well?

`/livez` says that the process answers, `/readyz` that it can do its work, `/healthz` tells why not
(draft-inadarei-api-health-check: `application/health+json`), `/metrics` gives numbers in the text
form of Prometheus. A peer that is down is a warning: no restart of ours would mend it. The port
speaks clear HTTP to anybody, so only loopback sees reasons and numbers; others see up or down.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

import orjson
from aiohttp import web

from gateway.http import requests
from gateway.http.answers import RefusedError, respond
from gateway.http.connection import Deadlines, OnError
from gateway.http.server import HttpServer

_ROUTES: Final = {"/livez": "GET", "/readyz": "GET", "/healthz": "GET", "/metrics": "GET"}
_HEALTH: Final = "application/health+json"
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"

# However often somebody asks, the node looks once in this time, and counts once in that.
_FRESH_SECONDS: Final = 1.0
_FRESH_METRICS_SECONDS: Final = 5.0

# A node that cannot describe itself within this time is not well.
_SNAPSHOT_SECONDS: Final = 5.0

_CONNECTIONS: Final = 64
_UNSTORED: Final = {"Cache-Control": "no-store"}

T = TypeVar("T")


class Status(StrEnum):
    """How a part is, in the words of the draft."""

    PASS = "pass"  # noqa: S105 - the word of the draft
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at one part, such as `store:disk-free`.

    `is_vital` is false for what lies outside this node: its failure is only a warning.
    """

    name: str
    status: Status
    value: int | float | str | None = None
    unit: str = ""
    reason: str = ""
    is_vital: bool = True

    @property
    def weight(self) -> Status:
        """What this check means for the node as a whole."""
        is_soft = self.status is Status.FAIL and not self.is_vital
        return Status.WARN if is_soft else self.status


@dataclass(frozen=True, slots=True)
class Health:
    """What the node says about itself at one moment; no counts by type of message, no names."""

    checks: tuple[Check, ...] = ()

    @property
    def status(self) -> Status:
        """The worst of the checks, where a peer that is down counts as a warning."""
        found = {check.weight for check in self.checks}
        return next((s for s in (Status.FAIL, Status.WARN) if s in found), Status.PASS)

    def view(self) -> dict[str, Any]:
        """Return every check with its reason and number, for those who may see them."""
        checks = {check.name: [_members(check)] for check in self.checks}
        return {"status": self.status, "checks": checks}


Snapshot = Callable[[], Awaitable[Health]]
Page = Callable[[], Awaitable[bytes]]


class _Kept(Generic[T]):
    """The last result of a look, which is made again once it is too old; one look at a time."""

    def __init__(self, look: Callable[[], Awaitable[T]], fresh: float) -> None:
        self._look = look
        self._fresh = fresh
        self._lock = asyncio.Lock()
        self._seen: tuple[float, T] | None = None

    async def get(self) -> T:
        clock = asyncio.get_running_loop().time
        async with self._lock:
            if self._seen is None or clock() - self._seen[0] >= self._fresh:
                found = await self._look()
                self._seen = (clock(), found)
            return self._seen[1]


class HealthServer:
    """Serves the four addresses of monitoring, in clear HTTP."""

    def __init__(
        self, *, host: str, port: int, snapshot: Snapshot, metrics: Page, on_error: OnError
    ) -> None:
        self._address = (host, port)
        self._snapshot = snapshot
        self._on_error = on_error
        self._health = _Kept(self._look, _FRESH_SECONDS)
        self._metrics = _Kept(metrics, _FRESH_METRICS_SECONDS)
        self._port = 0
        self._server = HttpServer(
            self._answer,
            owner_of=lambda _: None,
            most_per_owner=_CONNECTIONS,
            deadlines=Deadlines(request=_SNAPSHOT_SECONDS * 2),
            on_error=on_error,
        )

    @property
    def port(self) -> int:
        """The port that is really bound; 0 before the start."""
        return self._port

    @property
    def counts(self) -> Counter[str]:
        """What was refused since the start, by status or kind; for monitoring."""
        return self._server.counts

    async def start(self) -> None:
        """Bind and begin to serve.

        Raises:
            OSError: The address is taken or not ours.
        """
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        bound = socket.create_server(self._address, family=family)
        self._port = bound.getsockname()[1]
        await self._server.start([bound])

    async def stop(self, grace: float = 1.0) -> None:
        """Accept nothing more and close."""
        await self._server.stop(grace)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        requests.route(request, _ROUTES)
        requests.refuse_body(request)
        if request.raw_path == "/livez":
            # Being able to answer is the whole check: a broken store is no reason for a restart.
            return _respond({"status": Status.PASS}, Status.PASS)
        if request.raw_path == "/metrics":
            return await self._numbers(request)
        health = await self._health.get()
        members: dict[str, Any] = {"status": health.status}
        if request.raw_path == "/healthz" and _is_loopback(request.remote):
            members = health.view()
        return _respond(members, health.status)

    async def _numbers(self, request: web.BaseRequest) -> web.Response:
        if not _is_loopback(request.remote):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        async with asyncio.timeout(_SNAPSHOT_SECONDS):
            page = await self._metrics.get()
        return respond(page, media_type=_METRICS, headers=_UNSTORED)

    async def _look(self) -> Health:
        try:
            async with asyncio.timeout(_SNAPSHOT_SECONDS):
                return await self._snapshot()
        except TimeoutError:
            reason = "the node did not describe itself in time"
        except Exception as error:  # noqa: BLE001 - monitoring must hear of it, not lose its answer
            self._on_error(type(error).__name__)
            reason = "the node could not describe itself"
        return Health((Check(name="node:snapshot", status=Status.FAIL, reason=reason),))


def _members(check: Check) -> dict[str, Any]:
    members: dict[str, Any] = {"status": check.status}
    if check.value is not None:
        members["observedValue"] = check.value
    if check.unit:
        members["observedUnit"] = check.unit
    if check.reason:
        members["output"] = check.reason
    return members


def _respond(members: dict[str, Any], status: Status) -> web.Response:
    code = HTTPStatus.SERVICE_UNAVAILABLE if status is Status.FAIL else HTTPStatus.OK
    return respond(
        orjson.dumps(members),
        status=code,
        media_type=_HEALTH,
        headers=_UNSTORED,
    )


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
