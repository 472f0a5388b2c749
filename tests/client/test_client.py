"""The client of the package asks a real node for everything it offers, and its types are true."""

import asyncio
import socket
import sys
import threading
from functools import partial
from typing import get_type_hints

import pytest

from gateway import client as package
from gateway.client import AnsweredError, Client, Event, NodeDownError, views
from gateway.client.asking import Asking, target
from gateway.desk import Draft
from gateway.errors import ExitCode, InvalidError, LocalError, TransientError
from gateway.http import openapi
from gateway.http.routes import ROUTES, find
from tests.client.relaying import RELAY
from tests.local_api import blocking, served
from tests.nodes import OFFICER, answer_to, inquiry


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as api:
        yield api


async def received(api):
    """Return an answer that Japan's system has received."""
    asked = await api.node.desk.send(Draft.from_json(inquiry()), OFFICER)
    await api.node.desk.wait(asked["id"], "received", 5)
    kh = api.pair.kh.desk
    await kh.fetch(asked["id"], OFFICER)
    await kh.accept(asked["id"], OFFICER)
    reply = await kh.send(Draft.from_json(answer_to(asked)), OFFICER)
    await kh.wait(reply["id"], "received", 5)
    return reply


# --- what it asks --------------------------------------------------------------------------


async def test_a_system_sends_follows_and_reads(api):
    sent = await blocking(api.client.send, inquiry())
    assert sent["type"] == "inquiry.request"
    view = await blocking(api.client.wait, sent["id"], level="received", timeout=5)
    assert view["levels"]["received"]
    assert (await blocking(api.client.message, sent["short"]))["id"] == sent["id"]
    (listed,) = (await blocking(api.client.messages, box="outbox", type="inquiry.request"))["items"]
    assert listed["reference"] == sent["reference"]
    thread = await blocking(api.client.thread, sent["id"])
    assert [each["id"] for each in thread["messages"]] == [sent["id"]]
    (matter,) = (await blocking(api.client.threads))["items"]
    assert matter["thread"] == sent["thread"]
    content = (await blocking(api.client.fetch, sent["id"]))["content"]
    assert content["body"] == inquiry()["body"]
    assert (await blocking(api.client.status))["node"] == "jp/isa"
    assert (await blocking(api.client.ping, "kh/molvt"))["type"] == "ping"


async def test_a_dry_run_makes_nothing(api):
    view = await blocking(api.client.send, inquiry(), dry_run=True)
    assert view["dry_run"] is True
    assert (await blocking(api.client.messages))["items"] == []


async def test_a_key_makes_one_message_however_often_it_is_asked(api):
    views = [await blocking(api.client.send, inquiry(), key="one") for _ in range(3)]
    assert len({view["id"] for view in views}) == 1
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.ping, "kh/molvt", key="one")
    assert caught.value.exit_code is ExitCode.CONFLICT


async def test_the_description_comes_from_the_node(api):
    assert await blocking(api.client.openapi) == openapi.document()


async def test_an_error_says_its_kind_where_and_what_helps(api):
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.message, "01920000-0000-7000-8000-000000000001")
    assert caught.value.exit_code is ExitCode.NOT_FOUND
    assert caught.value.hint
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.send, {"type": "inquiry.request", "to": "kh/molvt", "body": 7})
    assert caught.value.exit_code is ExitCode.INVALID
    assert [problem.where for problem in caught.value.problems] == ["/body"]


async def test_whom_a_system_acts_for_stands_in_the_evidence(api):
    client = Client.at(api.socket, on_behalf_of="officer-17")
    await blocking(client.ping, "kh/molvt")
    records = await api.node.store.read(
        lambda tx: [row["record"] for row in tx._database.execute("SELECT record FROM evidence")]
    )
    assert any('"claims_for":"officer-17"' in record for record in records)


async def test_what_a_caller_writes_is_taken_literally(api):
    for id in ("../../status", "a/b?c=d", "%2e", "國際00000"):
        with pytest.raises(AnsweredError) as caught:
            await blocking(api.client.message, id)
        assert caught.value.exit_code is ExitCode.NOT_FOUND


def test_a_text_that_is_none_is_not_sent(tmp_path):
    with pytest.raises(InvalidError, match="not UTF-8"):
        Client.at(tmp_path / "none.sock").ping("\udcff")


# --- the way -------------------------------------------------------------------------------


def test_a_node_that_is_down_is_told_apart(tmp_path):
    with pytest.raises(NodeDownError, match="not running"):
        Client.at(tmp_path / "none.sock").status()


def is_whole(request):
    head, end, body = request.lower().partition(b"\r\n\r\n")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) == int(length or 0)


def lone_server(path, answers):
    """Answer one connection after another with fixed bytes; keep what was asked."""
    asked = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve():
        for answer in answers:
            connection, _ = server.accept()
            with connection:
                raw = b""
                while not is_whole(raw):
                    raw += connection.recv(65536)
                asked.append(raw)
                connection.sendall(answer)
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return asked, thread


OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "1"}'


def key_of(raw):
    return raw.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0]


def test_a_broken_connection_is_tried_again_once_with_the_same_key(tmp_path):
    path = tmp_path / "control.sock"
    asked, thread = lone_server(path, [b"", OK])
    assert Client.at(path).ping("kh/molvt") == {"id": "1"}
    thread.join()
    assert len(asked) == 2
    assert key_of(asked[0]) == key_of(asked[1])


def test_a_connection_that_breaks_twice_is_told(tmp_path):
    path = tmp_path / "control.sock"
    _, thread = lone_server(path, [b"", b""])
    with pytest.raises(TransientError, match="did not answer"):
        Client.at(path).ping("kh/molvt")
    thread.join()


def test_an_answer_that_was_cut_off_is_not_believed_even_if_it_reads_well(tmp_path):
    path = tmp_path / "control.sock"
    _, thread = lone_server(path, [OK.replace(b"Length: 11", b"Length: 99")])
    with pytest.raises(TransientError, match="IncompleteRead"):
        Client.at(path).status()
    thread.join()


@pytest.mark.parametrize("raw", [b"[]", b"{", b"<html>"])
def test_an_answer_that_is_none_is_not_believed(tmp_path, raw):
    path = tmp_path / "control.sock"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(raw) + raw
    _, thread = lone_server(path, [answer])
    with pytest.raises(TransientError, match="no readable answer"):
        Client.at(path).status()
    thread.join()


async def test_a_command_can_lead_to_the_socket(api):
    client = Client.through([sys.executable, "-c", RELAY, str(api.socket)])
    assert (await blocking(client.status))["node"] == "jp/isa"
    sent = await blocking(client.send, inquiry())
    assert (await blocking(client.message, sent["id"]))["id"] == sent["id"]


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        (["/nonexistent/ssh", "node"], LocalError, "cannot be started"),
        ([sys.executable, "-c", "raise SystemExit(5)"], NodeDownError, "not running"),
        ([sys.executable, "-c", "raise SystemExit(255)"], TransientError, "did not answer"),
    ],
)
def test_a_command_that_leads_nowhere_is_told(command, error, text):
    with pytest.raises(error, match=text):
        Client.through(command).status()


# --- events and consumers ------------------------------------------------------------------


async def test_events_go_on_behind_the_last_one_after_the_stream_broke(api, monkeypatch):
    monkeypatch.setattr("gateway.client.incoming._PAUSES", (0.01,))
    opened = asyncio.Event()
    tell = partial(asyncio.get_running_loop().call_soon_threadsafe, opened.set)
    events = api.client.events(on_open=tell)
    coming = asyncio.ensure_future(blocking(next, events))
    await asyncio.wait_for(opened.wait(), 5)
    sent = await api.node.desk.ping("kh/molvt", OFFICER)
    first = await asyncio.wait_for(coming, 5)
    assert (first.kind, first.id, first.peer) == ("message.queued", sent["id"], "kh/molvt")
    for connection in api.server._server._connections.open():
        connection.force_close()
    second = await asyncio.wait_for(blocking(next, events), 5)
    assert second.seq == first.seq + 1
    await blocking(events.close)


async def test_whoever_lists_when_a_stream_opens_misses_nothing(api):
    opened = []

    def read():
        events = api.client.events(on_open=lambda: opened.append(api.client.status()["node"]))
        try:
            return next(events)
        finally:
            events.close()

    coming = asyncio.ensure_future(blocking(read))
    while not opened:
        await asyncio.sleep(0.01)
    sent = await api.node.desk.ping("kh/molvt", OFFICER)
    assert (await asyncio.wait_for(coming, 5)).id == sent["id"]
    assert opened == ["jp/isa"]


async def test_events_can_begin_at_the_oldest_and_tell_a_gap(api):
    def fill(tx):
        for number in range(9):
            tx._database.execute("INSERT INTO events (kind) VALUES (?)", (f"test.{number}",))
        tx._database.execute("DELETE FROM events WHERE seq <= 5")

    await api.node.store.write(fill)

    def read():
        events = api.client.events(after=0, kind="test.")
        try:
            return [next(events) for _ in range(4)]
        finally:
            events.close()

    found = await blocking(read)
    assert [(each.seq, each.kind) for each in found] == [
        (5, "gap"),
        (6, "test.5"),
        (7, "test.6"),
        (8, "test.7"),
    ]


def test_events_of_a_node_that_is_down_are_an_error_at_once(tmp_path):
    with pytest.raises(NodeDownError):
        next(Client.at(tmp_path / "none.sock").events())


async def test_events_that_are_refused_are_an_error(api):
    with pytest.raises(AnsweredError) as caught:
        await blocking(next, api.client.events(kind="a" * 65))
    assert caught.value.exit_code is ExitCode.USAGE


async def test_consuming_acknowledges_what_was_handled_and_begins_again_at_what_failed(api):
    first, second = await received(api), await received(api)
    handled = []

    def handle(message):
        if message["id"] == second["id"] and len(handled) == 1:
            handled.append("failed")
            raise RuntimeError("the registry is down")
        handled.append(message["id"])
        assert message["content"]["body"]["final"] is True

    with pytest.raises(RuntimeError):
        await blocking(api.client.consume, "registry", handle, from_start=True, once=True)
    await blocking(api.client.consume, "registry", handle, once=True)
    assert handled == [first["id"], "failed", second["id"]]
    (consumer,) = (await blocking(api.client.consumers))["items"]
    assert (consumer["name"], consumer["open"]) == ("registry", 0)


async def test_an_operator_releases_what_was_set_apart_and_removes_a_consumer(api):
    reply = await received(api)
    for _ in range(6):
        await blocking(api.client.take, "registry", from_start=True)
    (consumer,) = (await blocking(api.client.consumers))["items"]
    assert [each["id"] for each in consumer["set_apart"]] == [reply["id"]]
    await blocking(api.client.release, "registry", reply["id"], uid=consumer["uid"])
    (item,) = (await blocking(api.client.take, "registry"))["items"]
    assert item["tries"] == 1
    assert (await blocking(api.client.acknowledge, "registry", [reply["id"]]))["open"] == 0
    await blocking(api.client.forget, "registry")
    assert (await blocking(api.client.consumers))["items"] == []


async def test_the_consumer_of_the_folder_is_the_nodes_own(api):
    for act in (
        lambda: api.client.take("folder"),
        lambda: api.client.acknowledge("folder", ["x"]),
        lambda: api.client.forget("folder"),
    ):
        with pytest.raises(AnsweredError) as caught:
            await blocking(act)
        assert caught.value.exit_code is ExitCode.REFUSED_BY_POLICY


# --- whole ---------------------------------------------------------------------------------


class Recorder(Client):
    """A client that remembers which routes it would have asked."""

    def __init__(self):
        self.asked = set()

    def _ask(self, method, parts, **_):
        route, _ = find(method, target(parts, {}))
        self.asked.add((route.method, route.path))
        return {"items": []}

    def _stream(self, *_):
        self._ask("GET", ("events",))
        return iter([(1, Event(seq=1, kind="alarm"))])


CALLS = [
    lambda client: client.status(),
    lambda client: client.health(),
    lambda client: client.alarms(),
    lambda client: client.dismiss(7),
    lambda client: client.duties(),
    lambda client: client.duty_report(),
    lambda client: client.check_peers(),
    lambda client: client.retry_all("kh/molvt"),
    lambda client: client.keys(),
    lambda client: client.reload_keys(),
    lambda client: client.use_certificate(force=True),
    lambda client: client.openapi(),
    lambda client: client.messages(),
    lambda client: client.search(["a"]),
    lambda client: client.send({}),
    lambda client: client.message("a"),
    lambda client: client.fetch("a"),
    lambda client: client.print("a"),
    lambda client: client.accept("a"),
    lambda client: client.decline("a", code="other", text="b"),
    lambda client: client.wait("a", level="received", timeout=1),
    lambda client: client.ping("kh/molvt"),
    lambda client: client.cancel("a"),
    lambda client: client.hold("a"),
    lambda client: client.let_go("a"),
    lambda client: client.retry("a"),
    lambda client: client.threads(),
    lambda client: client.thread("a"),
    lambda client: client.assign("a", "sokha"),
    lambda client: client.attended("a"),
    lambda client: client.notes("a"),
    lambda client: client.note("a", "b"),
    lambda client: client.drafts(),
    lambda client: client.draft("a"),
    lambda client: client.keep_draft("a", {}),
    lambda client: client.delete_draft("a"),
    lambda client: client.take("a"),
    lambda client: client.acknowledge("a", ["b"]),
    lambda client: client.release("a", "b"),
    lambda client: client.consumers(),
    lambda client: client.forget("a"),
    lambda client: client.registers(),
    lambda client: client.register("a"),
    lambda client: client.register_entry("a", "b"),
    lambda client: client.open_entries("a", ["b"]),
    lambda client: client.register_changes("a", since="b", until="c"),
    lambda client: client.listed("a"),
    lambda client: client.deferred(),
    lambda client: client.decide("a", apply=True, reason="b"),
    lambda client: client.mark("a", reason="tightened", level="restricted"),
    lambda client: client.markings("a"),
    lambda client: client.consents(),
    lambda client: client.consent("a"),
    lambda client: client.fetch_consent("a"),
    lambda client: client.request_consent("a", {}),
    lambda client: client.prepare_consent("a", {}),
    lambda client: client.offer_consent("a", {}, {}),
    lambda client: client.grant_consent({}),
    lambda client: client.deny_consent("a", reason="law"),
    lambda client: client.revoke_consent("a", reason="changed"),
    lambda client: client.publications(),
    lambda client: client.publication("a"),
    lambda client: client.publish("a"),
    lambda client: client.keep_closed("a", code="law", text="b"),
    lambda client: next(client.events()),
    lambda c: c.finds(),
    lambda c: c.claim_find(1, "why"),
    lambda c: c.approve_find(1),
    lambda c: c.reject_find(1),
    lambda c: c.disclosures(to="jp/npa", message="JP-2026-000001", allowed=False),
    lambda c: c.disclose("JP-2026-000001", to="jp/npa", purpose="ssw-operation"),
    lambda c: c.disclosure(1),
    lambda c: c.disclosure_package(1),
    lambda c: c.recall(1),
    lambda c: c.report_disclosures("JP-2026-000001"),
    lambda c: c.happened_outside("JP-2026-000001", to="jp/npa", purpose="statistics", text="x"),
]


def test_there_is_a_function_for_every_route():
    recorder = Recorder()
    for call in CALLS:
        call(recorder)
    assert {(route.method, route.path) for route in ROUTES} - recorder.asked == set()


TYPED = [name for name in openapi.document()["components"]["schemas"] if hasattr(views, name)]


@pytest.mark.parametrize("name", TYPED)
def test_a_type_has_the_members_of_its_component(name):
    schema, of = openapi.document()["components"]["schemas"][name], getattr(views, name)
    if schema.get("additionalProperties") is False:
        assert set(get_type_hints(of)) == set(schema["properties"])
        assert set(schema["required"]) == of.__required_keys__


def test_every_answer_has_a_type():
    # What only says that something is gone, and what is a document of its own kind.
    plain = {"DeletedConsumer", "DeletedDraft", "Description", "DryRun", "Problem", "Event"}
    assert set(openapi.document()["components"]["schemas"]) - set(TYPED) == plain


def test_the_package_needs_nothing_but_the_standard_library():
    modules = {
        module
        for module in sys.modules
        if module.startswith("gateway.client") and hasattr(sys.modules[module], "__file__")
    }
    assert f"{package.__name__}.client" in modules
    imported = {
        value.__module__.partition(".")[0]
        for module in modules
        for value in vars(sys.modules[module]).values()
        if hasattr(value, "__module__") and isinstance(value.__module__, str)
    }
    assert imported - {"gateway"} <= sys.stdlib_module_names
    assert issubclass(Client, Asking)
