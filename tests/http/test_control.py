"""The local API translates for the desk, knows its caller, and says what is wrong."""

import asyncio
import grp
import http.client
import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.control_path import control_path
from gateway.errors import (
    ConflictError,
    InvalidError,
    LocalError,
    MalformedError,
    NotFoundError,
    OutOfOrderError,
    PolicyError,
    Problem,
    RefusedByPeerError,
    TransientError,
    UsageError,
    VerificationError,
    WaitTimedOutError,
)
from gateway.http.answers import BODIES
from gateway.http.caller import Caller
from gateway.http.control import ControlServer
from gateway.http.routes import ROUTES
from tests.http.wiring import until

# One that every account may run; that of the tests may lie in a home.
PYTHON = shutil.which("python3", path="/usr/bin")
DRAFT = {"type": "ping", "to": "kh/molvt", "body": {}}


def given(filters: dict) -> dict:
    """Return the filters that filter something."""
    return {name: value for name, value in filters.items() if value not in (None, False)}


class RecordingDesk:
    """A desk that remembers what was asked and raises what a test put into it."""

    node = "jp/isa"
    environment = "test"

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.is_waiting = False

    def _do(self, *what) -> dict:
        self.asked.append(what)
        if self.error is not None:
            raise self.error
        return {"id": "1", "did": what[0]}

    async def status(self):
        return self._do("status")

    async def messages(self, box=None, **filters):
        return self._do("messages", box, given(filters))

    async def message(self, selector):
        return self._do("message", selector)

    async def send(self, draft, actor, *, dry_run=False, idempotency_key=None, kept_as=None):
        return self._do("send", draft, actor, dry_run, idempotency_key)

    async def fetch(self, selector, actor):
        return self._do("fetch", selector, actor)

    async def accept(self, selector, actor, *, idempotency_key=None):
        return self._do("accept", selector, actor)

    async def decline(self, selector, code, text, actor, *, idempotency_key=None):
        return self._do("decline", selector, code, text, actor)

    async def ping(self, node, actor, *, idempotency_key=None):
        return self._do("ping", node, actor)

    async def threads(self, **filters):
        return self._do("threads", given(filters))

    async def thread(self, selector):
        return self._do("thread", selector)

    async def wait(self, selector, level, timeout):
        self.asked.append(("wait", selector, level, timeout))
        self.is_waiting = True
        try:
            await self.gate.wait()
        finally:
            self.is_waiting = False
        return self._do("waited")


class Socket(http.client.HTTPConnection):
    """`http.client` over the socket, as the command line uses it."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def exchange(path: Path, method: str, target: str, body=None, **headers) -> tuple[int, dict]:
    connection = Socket(path)
    try:
        raw = json.dumps(body).encode() if isinstance(body, dict) else body
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            given = {"Content-Type": "application/json", **given}
        connection.request(method, target, body=raw, headers=given)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@asynccontextmanager
async def control(path: Path, *, group: str | None = None):
    desk, errors = RecordingDesk(), []
    server = ControlServer(path=path, group=group, desk=desk, on_error=errors.append)
    await server.start()

    async def ask(method: str, target: str, body=None, **headers) -> tuple[int, dict]:
        return await asyncio.to_thread(exchange, server.real_path, method, target, body, **headers)

    ask.desk, ask.server, ask.errors = desk, server, errors
    try:
        yield ask
    finally:
        await server.stop(grace=1)


@pytest.fixture
async def ask(tmp_path):
    async with control(tmp_path / "run" / "control.sock") as asking:
        yield asking


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "asked"),
    [
        ("GET", "/v1/status", None, 200, ("status",)),
        ("GET", "/v1/messages", None, 200, ("messages", None, {"limit": 50})),
        (
            "GET",
            "/v1/messages?box=inbox&peer=kh%2Fmolvt&state=accepted&limit=7&after=a",
            None,
            200,
            (
                "messages",
                "inbox",
                {"peer": "kh/molvt", "state": "accepted", "limit": 7, "after": "a"},
            ),
        ),
        ("GET", "/v1/messages/JP-2026-000123", None, 200, ("message", "JP-2026-000123")),
        ("GET", "/v1/threads", None, 200, ("threads", {"limit": 50})),
        (
            "GET",
            "/v1/threads?peer=kh%2Fmolvt&state=open",
            None,
            200,
            ("threads", {"peer": "kh/molvt", "state": "open", "limit": 50}),
        ),
        ("GET", "/v1/threads/0192abcd", None, 200, ("thread", "0192abcd")),
    ],
)
async def test_each_reading_route_asks_the_desk_once(ask, method, target, body, status, asked):
    code, view = await ask(method, target, body)
    assert (code, view["did"]) == (status, asked[0])
    assert ask.desk.asked == [asked]


@pytest.mark.parametrize(
    ("target", "body", "status", "asked"),
    [
        ("/v1/messages/0192abcd/fetch", {}, 200, ("fetch", "0192abcd")),
        ("/v1/messages/0192abcd/accept", {}, 200, ("accept", "0192abcd")),
        (
            "/v1/messages/0192abcd/decline",
            {"code": "other", "text": "no"},
            200,
            ("decline", "0192abcd", "other", "no"),
        ),
        ("/v1/ping", {"to": "kh/molvt"}, 201, ("ping", "kh/molvt")),
    ],
)
async def test_each_act_is_done_in_the_name_of_the_caller(ask, target, body, status, asked):
    code, _ = await ask("POST", target, body)
    assert code == status
    *what, actor = ask.desk.asked[0]
    assert tuple(what) == asked
    assert (actor.uid, actor.on_behalf_of) == (os.getuid(), None)
    assert actor.name


async def test_a_message_is_sent_once_it_is_created_and_only_judged_in_a_dry_run(ask):
    assert (await ask("POST", "/v1/messages", DRAFT, Idempotency_Key="k-1"))[0] == 201
    assert (await ask("POST", "/v1/messages?dry_run=1", DRAFT))[0] == 200
    assert [(asked[3], asked[4]) for asked in ask.desk.asked] == [(False, "k-1"), (True, None)]


async def test_whom_a_local_system_acts_for_is_recorded_beside_the_callers_uid(ask):
    await ask("POST", "/v1/ping", {"to": "kh/molvt"}, Moc_On_Behalf_Of="desk-7")
    actor = ask.desk.asked[0][-1]
    assert (actor.uid, actor.on_behalf_of) == (os.getuid(), "desk-7")


@pytest.mark.parametrize("value", ["", "a" * 129, "a\tb"])
async def test_a_claim_of_another_form_is_refused(ask, value):
    code, document = await ask("POST", "/v1/ping", {"to": "x"}, Moc_On_Behalf_Of=value)
    assert (code, document["exit_code"]) == (400, 2)
    assert ask.desk.asked == []


@pytest.mark.parametrize(
    ("error", "status", "exit_code"),
    [
        (LocalError("a"), 500, 1),
        (UsageError("a"), 400, 2),
        (InvalidError("a", problems=(Problem("/body/x", "is missing"),)), 422, 3),
        (NotFoundError("a", hint="gateway inbox"), 404, 4),
        (TransientError("a"), 503, 5),
        (ConflictError("a"), 409, 6),
        (OutOfOrderError("a"), 409, 6),
        (PolicyError("a"), 403, 7),
        (VerificationError("a"), 422, 8),
        (WaitTimedOutError("a"), 504, 9),
        (RefusedByPeerError("a"), 409, 11),
        (MalformedError("a"), 422, 3),
    ],
)
async def test_an_error_of_the_desk_becomes_a_problem_document(ask, error, status, exit_code):
    ask.desk.error = error
    code, document = await ask("GET", "/v1/status")
    assert (code, document["status"], document["exit_code"]) == (status, status, exit_code)
    assert document["type"] == f"urn:moc:problem:{document['code']}"
    assert document["detail"] == "a"
    assert document["problems"] == [
        {"where": p.where, "text": p.text} for p in getattr(error, "problems", ())
    ]
    assert document["hint"] == getattr(error, "hint", "")


async def test_an_unforeseen_error_shows_no_trace(ask):
    ask.desk.error = ValueError("secret")
    code, document = await ask("GET", "/v1/status")
    assert (code, document) == (500, json.loads(BODIES[500]))
    assert ask.errors == ["ValueError"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v2/status", 404),
        ("GET", "/v1/status/", 404),
        ("GET", "/v1//status", 404),
        ("GET", "/v1/messages/", 404),
        ("GET", "/v1/messages/a/b/c", 404),
        ("GET", "/v1/messages/a/fetch", 405),
        ("DELETE", "/v1/messages", 405),
        ("GET", "/v1/messages?color=red", 400),
        ("GET", "/v1/messages?peer=a&peer=b", 400),
        ("GET", "/v1/messages?peer", 400),
        ("GET", "/v1/messages?limit=many", 400),
        ("GET", "/v1/messages?peer=%ff", 400),
        ("GET", "/v1/messages/%ff", 400),
        ("GET", "/v1/messages?" + "&".join(f"a{n}=1" for n in range(20)), 400),
        ("GET", "/v1/messages/a/wait?level=received&timeout=nan", 400),
        ("GET", "/v1/messages/a/wait?level=received&timeout=86401", 400),
        ("GET", "/v1/messages/a/wait?level=received", 400),
        ("GET", "/v1/messages/a/wait?timeout=1", 400),
        ("GET", "/v1/messages/a/wait?level=lost&timeout=1", 400),
        ("GET", "/v1/messages?limit=0", 400),
        ("GET", "/v1/messages?limit=501", 400),
        ("GET", "/v1/messages?limit=1e2", 400),
        ("GET", "/v1/messages?box=attic", 400),
        ("POST", "/v1/messages?dry_run=yes", 400),
        ("DELETE", "/v1/consumers/Registry", 400),
    ],
)
async def test_a_request_that_is_none_is_told_so_and_reaches_no_desk(ask, method, target, status):
    code, document = await ask(method, target, DRAFT if method == "POST" else None)
    assert (code, document["status"]) == (status, status)
    assert document["exit_code"] == (4 if status == 404 else 2)
    assert ask.desk.asked == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'{"a":1.5}',
    ],
)
async def test_a34_a_body_that_is_not_strict_json_is_invalid(ask, raw):
    code, document = await ask("POST", "/v1/messages", raw)
    assert (code, document["exit_code"]) == (422, 3)
    assert ask.desk.asked == []


@pytest.mark.parametrize(
    ("target", "body", "where"),
    [
        ("/v1/ping", {}, ["/to"]),
        ("/v1/ping", {"to": 7}, ["/to"]),
        ("/v1/ping", {"to": "kh/molvt", "colour": "red"}, ["/colour"]),
        ("/v1/messages/a/decline", {"code": "other"}, ["/text"]),
        ("/v1/messages/a/accept", {"colour": "red"}, ["/colour"]),
        ("/v1/messages/a/fetch", {"to": {"a": 1}}, ["/to"]),
        ("/v1/messages", {"type": "ping", "to": "kh/molvt", "body": []}, ["/body"]),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_pointers_before_the_act(
    ask, target, body, where
):
    code, document = await ask("POST", target, body)
    assert (code, document["exit_code"]) == (422, 3)
    assert [problem["where"] for problem in document["problems"]] == where
    assert ask.desk.asked == []


async def test_where_nothing_is_asked_for_nothing_need_be_sent(ask):
    assert (await ask("POST", "/v1/messages/0192abcd/accept"))[0] == 200
    assert ask.desk.asked[0][:2] == ("accept", "0192abcd")


async def test_a_path_with_another_method_says_which_it_takes(ask):
    def allowed():
        connection = Socket(ask.server.real_path)
        connection.request("PATCH", "/v1/messages")
        answer = connection.getresponse()
        document = json.loads(answer.read())
        connection.close()
        return answer.status, answer.headers["Allow"], document["hint"]

    found = await asyncio.to_thread(allowed)
    assert found == (405, "GET, POST", "that path takes GET, POST")


async def test_a_draft_that_breaks_its_rules_names_the_members(ask):
    code, document = await ask("POST", "/v1/messages", {"type": "ping", "colour": "red"})
    assert (code, document["exit_code"]) == (422, 3)
    assert {problem["where"] for problem in document["problems"]} >= {"/colour"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Expect": "something"}, 417),
        ({"Connection": "Upgrade", "Upgrade": "websocket"}, 400),
    ],
)
async def test_a16_a_body_of_another_kind_is_refused(ask, headers, status):
    code, document = await ask("POST", "/v1/messages", DRAFT, **headers)
    assert (code, document["status"]) == (status, status)
    assert ("send Content-Type: application/json" in document["hint"]) == (status == 415)
    assert ask.desk.asked == []


async def test_a14_a_body_too_large_is_refused(ask):
    code, document = await ask("POST", "/v1/messages", b" " * (4 * 1024 * 1024 + 1))
    assert (code, document["exit_code"]) == (413, 3)


@pytest.mark.parametrize("selector", ["--file=-", "; rm -rf /", "a/../b", "國", "' OR 1=1", "%2e"])
async def test_a145_a_selector_is_taken_literally(ask, selector):
    await ask("GET", f"/v1/messages/{quote(selector, safe='')}")
    assert ask.desk.asked == [("message", selector)]


async def test_a_wait_ends_when_the_desk_says_so(ask):
    waiting = asyncio.create_task(ask("GET", "/v1/messages/a/wait?level=accepted&timeout=30"))
    await until(lambda: ask.desk.is_waiting)
    ask.desk.gate.set()
    assert (await waiting)[0] == 200
    assert ask.desk.asked[0] == ("wait", "a", "accepted", 30.0)


async def test_a_wait_ends_when_nobody_listens_any_more(ask):
    connection = Socket(ask.server.real_path)
    connection.request("GET", "/v1/messages/a/wait?level=accepted&timeout=30")
    await until(lambda: ask.desk.is_waiting)
    connection.close()
    await until(lambda: not ask.desk.is_waiting)


async def test_f11_a_stop_sends_the_waiting_away(ask):
    waiting = asyncio.create_task(ask("GET", "/v1/messages/a/wait?level=accepted&timeout=30"))
    await until(lambda: ask.desk.is_waiting)
    started = asyncio.get_running_loop().time()
    await ask.server.stop(grace=10)
    assert asyncio.get_running_loop().time() - started < 3
    code, document = await waiting
    assert (code, document["exit_code"]) == (503, 5)


async def test_f65_the_socket_is_ours_alone_whatever_the_umask(tmp_path):
    for mask in (0o000, 0o022, 0o077):
        before = os.umask(mask)
        try:
            async with control(tmp_path / f"{mask}" / "control.sock") as ask:
                path = ask.server.real_path
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert not path.exists()
        finally:
            os.umask(before)


async def test_with_a_group_its_members_may_use_the_socket(tmp_path):
    group = grp.getgrgid(os.getgid()).gr_name
    async with control(tmp_path / "run" / "control.sock", group=group) as ask:
        path = ask.server.real_path
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
        assert path.stat().st_gid == os.getgid()
        assert (await ask("GET", "/v1/status"))[0] == 200


async def test_a_group_that_does_not_exist_stops_the_start(tmp_path):
    with pytest.raises(InvalidError, match="no group 'nosuchgroup'"):
        async with control(tmp_path / "run" / "control.sock", group="nosuchgroup"):
            pass


async def test_a_socket_left_by_a_dead_node_is_replaced(tmp_path):
    path = tmp_path / "control.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    async with control(path) as ask:
        assert (await ask("GET", "/v1/status"))[0] == 200


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "control.sock"
    path.write_text("precious")
    with pytest.raises(InvalidError, match="is not a socket"):
        async with control(path):
            pass
    assert path.read_text() == "precious"


async def test_a_folder_that_others_can_change_stops_the_start(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(InvalidError, match="can be changed by others"):
        async with control(folder / "control.sock"):
            pass


async def test_a_path_too_long_for_the_kernel_is_served_from_a_short_one(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    wished = tmp_path / ("deep" * 30) / "control.sock"
    wished.parent.mkdir()
    async with control(wished) as ask:
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        assert control_path(wished) == ask.server.real_path != wished
        assert (await ask("GET", "/v1/status"))[0] == 200
        assert stat.S_IMODE(ask.server.real_path.parent.stat().st_mode) == 0o700
    assert list(wished.parent.iterdir()) == []
    assert not ask.server.real_path.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0 or not PYTHON, reason="only root becomes somebody else")
async def test_an_account_outside_the_group_is_refused_even_if_the_file_lets_it_in(tmp_path):
    path = Path("/tmp") / f"gateway-test-{os.getpid()}" / "control.sock"
    async with control(path) as ask:
        path.parent.chmod(0o755)
        path.chmod(0o666)
        script = (
            "import socket,sys;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);"
            "s.sendall(b'GET /v1/status HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n');print(s.recv(999))"
        )
        done = await asyncio.to_thread(
            subprocess.run,
            [PYTHON, "-I", "-c", script, str(path)],
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=20,
        )
        path.parent.chmod(0o700)
        assert "403" in done.stdout, done.stderr
        assert ask.desk.asked == []
    path.parent.rmdir()


OPERATORS = [route for route in ROUTES if route.is_operators]


@pytest.mark.skipif(os.geteuid() != 0 or not PYTHON, reason="only root becomes somebody else")
@pytest.mark.parametrize("route", OPERATORS, ids=lambda route: f"{route.method} {route.path}")
async def test_what_is_for_operators_is_refused_to_a_member_of_the_group(route):
    path = Path("/tmp") / f"gateway-test-{os.getpid()}" / "control.sock"
    async with control(path, group=grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name) as ask:
        target = "/v1/" + route.path.replace("*", "1")
        answers = [
            await asyncio.to_thread(asked_by_nobody, path, *each)
            for each in (("GET", "/v1/status"), (route.method, target))
        ]
        assert [answer.split()[1] for answer in answers] == ["200", "403"]
        assert "only root and the account of the node" in answers[1]
        assert "ask the operator" in answers[1]
        assert ask.desk.asked == [("status",)]
    path.parent.rmdir()


def asked_by_nobody(path: Path, method: str, target: str) -> str:
    script = (
        "import socket,sys;s=socket.socket(socket.AF_UNIX);s.settimeout(10);s.connect(sys.argv[1]);"
        "s.sendall(sys.argv[2].encode());print(s.makefile('rb').read().decode())"
    )
    request = f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    request += "\r\n" if method == "GET" else "Content-Length: 0\r\n\r\n"
    account = pwd.getpwnam("nobody")
    return subprocess.run(
        [PYTHON, "-I", "-c", script, str(path), request],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    ).stdout


def test_what_shuts_peers_out_hides_something_or_makes_it_public_is_for_operators():
    assert {f"{route.method} {route.path}" for route in OPERATORS} == {
        "POST alarms/*/dismiss",
        "POST consumers/*/release",
        "POST keys/reload",
        "POST keys/use-certificate",
        "POST publications/*/publish",
        "POST publications/*/refuse",
    }
    assert Caller(0, "root", 0).is_operator
    assert Caller(os.geteuid(), "us", 0).is_operator
    assert not Caller(4242, "officer", 0).is_operator


def test_who_may_enter_is_root_ourselves_and_the_group():
    group = grp.getgrgid(os.getgid())
    # No account has the uid 4242 here, so the group of the process is what there is.
    assert Caller(0, "root", 0).may_enter(None)
    assert Caller(os.geteuid(), "us", 0).may_enter(None)
    assert Caller(4242, "officer", group.gr_gid).may_enter(group.gr_name)
    assert not Caller(4242, "officer", group.gr_gid + 1).may_enter(group.gr_name)
    assert not Caller(4242, "officer", group.gr_gid).may_enter(None)
    assert not Caller(4242, "officer", 1).may_enter("nosuchgroup")
