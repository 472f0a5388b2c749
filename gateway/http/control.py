"""The local API: the desk over a Unix socket, for the command line and a ministry's own systems.

The kernel names the caller, who becomes the actor in the evidence. Whom a local system says it acts
for (`Moc-On-Behalf-Of`) is recorded as claimed.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import orjson
from aiohttp import web

from gateway.control_path import fits, short_path
from gateway.desk import Actor, Desk
from gateway.envelope import strict
from gateway.errors import (
    GatewayError,
    InvalidError,
    MalformedError,
    PolicyError,
    Problem,
    TransientError,
    UsageError,
)
from gateway.http import problems, requests, socket_file
from gateway.http.admission import Admission
from gateway.http.answers import RefusedError, respond
from gateway.http.caller import Caller, caller_of
from gateway.http.connection import Connection, Deadlines, OnError
from gateway.http.routes import LONGEST_WAIT, Call, Checks, Done, Flow, Route, checks_of, find
from gateway.http.server import HttpServer
from gateway.http.streams import Stream

ON_BEHALF_OF: Final = "Moc-On-Behalf-Of"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
LAST_EVENT_ID: Final = "Last-Event-ID"

_JSON: Final = "application/json"
# A body of 1 MiB may be written with escapes and spaces before it is packed.
_MAX_BODY: Final = 4 * 1024 * 1024
_BUDGET: Final = 8 * _MAX_BODY
_CONNECTIONS_PER_USER: Final = 64
_REQUESTS_PER_USER: Final = 16
_LONGEST_HEADER_VALUE: Final = 128
# Everything but waiting is work on our own disk.
_ACT_SECONDS: Final = 25.0
_WITHOUT_BODY: Final = frozenset({"GET", "DELETE"})


class ControlServer:
    """Serves the desk on a Unix socket to root, our own account and the members of one group."""

    def __init__(self, *, path: Path, group: str | None, desk: Desk, on_error: OnError) -> None:
        self._wished = path
        self._path = path if fits(path) else short_path(path)
        self._group = group
        self._desk = desk
        self._admission = Admission(per_peer=_REQUESTS_PER_USER, budget=_BUDGET)
        self._stopping = asyncio.Event()
        self._deadlines = Deadlines(request=LONGEST_WAIT + 60.0)
        self._server = HttpServer(
            self._answer,
            owner_of=lambda transport: str(caller_of(transport).uid),
            most_per_owner=_CONNECTIONS_PER_USER,
            deadlines=self._deadlines,
            on_error=on_error,
        )

    @property
    def real_path(self) -> Path:
        """Where the socket really is; another place than wished when that path is too long."""
        return self._path

    @property
    def counts(self) -> Counter[str]:
        """What was refused since the start, by status or kind; for monitoring."""
        return self._server.counts

    async def start(self) -> None:
        """Bind and begin to serve; the caller holds the lock of the node's store.

        Raises:
            InvalidError: The place is open to others, taken by something else, or not ours.
        """
        bound, self._path = socket_file.bind(self._wished, self._group)
        await self._server.start([bound])

    async def stop(self, grace: float = 10.0) -> None:
        """Send the waiting away, let running requests end within `grace` seconds, then close."""
        self._stopping.set()
        await self._server.stop(grace)
        socket_file.remove(self._wished, self._path)

    async def _answer(self, request: web.BaseRequest) -> web.Response | Stream:
        try:
            done = await self._act(request)
        except GatewayError as error:
            return problems.problem(error)
        except RefusedError as refusal:
            return problems.refused(refusal)
        except TimeoutError:
            return problems.problem(TransientError("the node did not finish in time; ask again"))
        if isinstance(done, Flow):
            return Stream(self._while_read(cast(Connection, request.protocol), done.pieces))
        return respond(orjson.dumps(done.view), status=done.status, media_type=_JSON)

    async def _act(self, request: web.BaseRequest) -> Done | Flow:
        caller = self._admitted(request)
        path, _, query = request.raw_path.partition("?")
        route, selector = find(request.method, path)
        if route.is_operators and not caller.is_operator:
            raise PolicyError(
                "only root and the account of the node may do this",
                hint="ask the operator of the node",
            )
        checks = checks_of(route)
        checks.selector(selector)
        values = checks.query(query)
        if "Upgrade" in request.headers:
            raise RefusedError(HTTPStatus.BAD_REQUEST)
        call = Call(
            actor=Actor(
                uid=caller.uid, name=caller.name, on_behalf_of=_header(request, ON_BEHALF_OF)
            ),
            query=values,
            body=await self._body(request, caller, checks),
            selector=selector,
            idempotency_key=_header(request, IDEMPOTENCY_KEY),
            last_event_id=_header(request, LAST_EVENT_ID),
        )
        if route.is_waiting:
            return await self._while_connected(request, route, call)
        async with asyncio.timeout(_ACT_SECONDS):
            return await route.act(self._desk, call)

    def _admitted(self, request: web.BaseRequest) -> Caller:
        if request.transport is None:
            raise ConnectionResetError("the caller has gone")
        caller = caller_of(request.transport)
        if not caller.may_enter(self._group):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        return caller

    async def _body(
        self, request: web.BaseRequest, caller: Caller, checks: Checks
    ) -> Mapping[str, Any]:
        if request.method in _WITHOUT_BODY:
            requests.refuse_body(request)
            return {}
        if checks.takes_nothing and not request.body_exists:
            return {}
        size = requests.judge_body(request, media_type=_JSON, limit=_MAX_BODY)
        with self._admission.hold(str(caller.uid), size):
            raw = await requests.read_body(request, limit=size, patience=self._deadlines.body)
            try:
                document = strict.parse(raw, limit=_MAX_BODY)
            except MalformedError as error:
                found = tuple(Problem(where, str(error)) for where in error.pointers)
                raise InvalidError(f"not strict JSON: {error}", problems=found) from None
            checks.body(document)
            return document

    async def _while_connected(
        self, request: web.BaseRequest, route: Route, call: Call
    ) -> Done | Flow:
        acting = asyncio.ensure_future(route.act(self._desk, call))
        ends = self._ends(cast(Connection, request.protocol))
        try:
            await asyncio.wait((acting, *ends), return_when=asyncio.FIRST_COMPLETED)
            if acting.done():
                return acting.result()
            raise TransientError("the node is stopping")
        finally:
            await _cancelled(acting, *ends)

    async def _while_read(
        self, connection: Connection, pieces: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Yield pieces until nobody reads them or the node stops."""
        ends = self._ends(connection)
        following = asyncio.ensure_future(anext(pieces, None))
        try:
            while True:
                await asyncio.wait((following, *ends), return_when=asyncio.FIRST_COMPLETED)
                piece = following.result() if following.done() else None
                if piece is None or self._stopping.is_set():
                    return
                yield piece
                following = asyncio.ensure_future(anext(pieces, None))
        finally:
            await _cancelled(following, *ends)

    def _ends(self, connection: Connection) -> "tuple[asyncio.Future[Any], ...]":
        """Return what ends a long request: the caller goes, or the node stops."""
        return (
            asyncio.ensure_future(connection.gone()),
            asyncio.ensure_future(self._stopping.wait()),
        )


async def _cancelled(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _header(request: web.BaseRequest, name: str) -> str | None:
    value = request.headers.get(name)
    if value is None:
        return None
    if not value.isprintable() or not 0 < len(value) <= _LONGEST_HEADER_VALUE:
        raise UsageError(f"the header {name} is not 1 to {_LONGEST_HEADER_VALUE} printable letters")
    return value
