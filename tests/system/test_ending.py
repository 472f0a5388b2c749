"""A node that is asked to end does so soon, in order, and loses nothing it has promised."""

import signal
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import config, keyring
from gateway.control_path import control_path
from tests.nodes import inquiry
from tests.system.ledger import assert_whole, messages
from tests.system.nodes import LOOPBACK, PASSPHRASE, PATIENCE, Node, UnansweredError

pytestmark = pytest.mark.timeout(60)

# F11: what an operator is promised.
PROMISED = 10.0
CALLERS = 4
BEFORE_THE_END = 20


def submitting(node: Node, kept: list[str], ended: threading.Event) -> None:
    """Submit one message after another until the node is gone."""
    while not ended.is_set():
        try:
            kept.append(node.send(inquiry())["id"])
        except UnansweredError:
            return


@pytest.mark.parametrize("side", ["jp", "kh"])
def test_a_node_ended_under_load_loses_nothing(running, side):
    pair, ended = running, threading.Event()
    leaving: Node = getattr(pair, side)
    kept: list[str] = []
    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(submitting, pair.jp, kept, ended) for _ in range(CALLERS)]
        try:
            deadline = time.monotonic() + PATIENCE
            while len(kept) < BEFORE_THE_END:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            begun = time.monotonic()
            assert leaving.stop() == 0
            assert time.monotonic() - begun < PROMISED
        finally:
            ended.set()
        for caller in callers:
            caller.result(PATIENCE)
    stored = {row["id"] for row in messages(pair.jp, "out")}
    assert set(kept) <= stored
    leaving.start()
    pair.until_settled()
    pair.stop()
    assert {row["id"] for row in messages(pair.kh, "in")} == stored
    assert_whole(pair)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_node_ends_at_once_and_leaves_no_socket(pair, number):
    node = pair.jp
    node.start()
    process, begun = node.process, time.monotonic()
    process.send_signal(number)
    assert node.end() == 0
    assert time.monotonic() - begun < 5
    assert not control_path(config.load(node.config).control.socket).exists()
    assert '"event": "node.stopped"' in node.log.read_text().splitlines()[-1]


def test_callers_that_never_finish_do_not_keep_a_node_from_ending_in_time(running):
    """A half-sent request on every port, a caller that waits and one that asks for nothing."""
    node = running.kh
    head = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\nContent-Length: 900\r\n\r\nhalf"
    sent = running.jp.send(inquiry())
    running.jp.wait(sent["id"], "received")
    local, waiting = control_connection(node), control_connection(node)
    local.sendall(head.format("/v1/messages", "application/json").encode())
    target = f"/v1/messages/{sent['id']}/wait?level=answered&timeout=60"
    waiting.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    remote = peer_connection(running.jp, node)
    remote.sendall(head.format("/v1/envelopes", "application/vnd.moc.envelopes").encode())
    admin = socket.create_connection((LOOPBACK, node.admin))
    admin.sendall(b"GET /livez HTTP/1.1\r\n")
    # The node reads in the order of arrival: once this is answered, it has read all of the above.
    node.get("status")
    with local, waiting, remote, admin:
        begun = time.monotonic()
        assert node.stop() == 0
        assert time.monotonic() - begun < PROMISED
        assert waiting.recv(65_536).startswith(b"HTTP/1.1 503 ")


def control_connection(node: Node) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    connection.connect(str(control_path(config.load(node.config).control.socket)))
    return connection


def peer_connection(client: Node, server: Node) -> ssl.SSLSocket:
    """Connect to a peer port as the other node does, with its own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    keys = keyring.open_keyring(config.load(client.config).paths.keys, PASSPHRASE)
    keys.tls.load_into(context)
    return context.wrap_socket(socket.create_connection((LOOPBACK, server.port)))
