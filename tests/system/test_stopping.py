"""F11: a node that is asked to end accepts nothing more, finishes what runs, and loses nothing."""

import contextlib
import json
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway import config
from gateway.control_path import control_path
from tests.nodes import inquiry
from tests.system.ledger import assert_whole, messages
from tests.system.nodes import LOOPBACK, PATIENCE, Node, UnansweredError, until
from tests.system.test_ending import PROMISED, control_connection

pytestmark = pytest.mark.timeout(90)

CALLERS = 3
BEFORE_THE_END = 15
# An end that waits for nobody; the rest is the closing of the store on a busy machine.
AT_ONCE = 5.0


def submitting(node: Node, to: str, kept: list[str], ended: threading.Event) -> None:
    """Submit one message after another until the node is gone."""
    while not ended.is_set():
        try:
            kept.append(node.send(inquiry(to))["id"])
        except UnansweredError:
            return


def ended_within(node: Node, seconds: float) -> None:
    """Ask a node to end; it must, in order and in time."""
    begun = time.monotonic()
    assert node.stop() == 0, node.log.read_text()
    assert time.monotonic() - begun < seconds


def test_both_nodes_ended_at_once_under_traffic_both_ways_lose_nothing(running):
    pair, ended = running, threading.Event()
    kept = {"jp/isa": [], "kh/molvt": []}
    with ThreadPoolExecutor(2 * CALLERS) as pool:
        callers = [
            pool.submit(submitting, node, other.name, kept[node.name], ended)
            for node, other in (pair.nodes, pair.nodes[::-1])
            for _ in range(CALLERS)
        ]
        try:
            for ids in kept.values():
                until(lambda ids=ids: len(ids) >= BEFORE_THE_END, "there is no traffic")
            begun = time.monotonic()
            for node in pair.nodes:
                node.process.terminate()
            assert [node.end() for node in pair.nodes] == [0, 0]
            assert time.monotonic() - begun < PROMISED
        finally:
            ended.set()
        for caller in callers:
            caller.result(PATIENCE)
    for node in pair.nodes:
        assert not wal(node).exists()
        stored = {row["id"] for row in messages(node, "out")}
        assert set(kept[node.name]) <= stored
        assert "node.stopped" in node.log.read_text().splitlines()[-1]
    pair.start()
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def wal(node: Node) -> Path:
    """What a node that ended in order has folded into its database; readers make it again."""
    return node.database.with_name("gateway.db-wal")


def is_refused(family: int, address: object) -> bool:
    """Tell whether nobody listens there any more."""
    with socket.socket(family) as connection:
        try:
            connection.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        return False


def test_what_runs_is_finished_and_nothing_new_is_taken_on_any_port(running):
    node = running.jp
    body = json.dumps(inquiry()).encode()
    head = (
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nIdempotency-Key: in-flight\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    half = control_connection(node)
    with half:
        half.sendall(head.encode() + body[:100])
        # Once another caller has its answer, the node has read the half that came before.
        node.get("status")
        node.process.terminate()
        until(lambda: "node.stopping" in node.log.read_text(), "the node does not stop")
        control = str(control_path(config.load(node.config).control.socket))
        for family, address in (
            (socket.AF_UNIX, control),
            (socket.AF_INET, (LOOPBACK, node.admin)),
            (socket.AF_INET, (LOOPBACK, node.port)),
        ):
            until(lambda f=family, a=address: is_refused(f, a), f"{address} is still open")
        assert node.process.poll() is None
        half.sendall(body[100:])
        answer = half.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 201 ")
        assert b"Connection: close" in answer
    assert node.end() == 0
    (row,) = messages(node, "out")
    assert row["id"].encode() in answer
    node.start()
    assert node.send(inquiry(), key="in-flight")["id"] == row["id"]


def asked(node: Node, target: str) -> socket.socket:
    connection = control_connection(node)
    connection.sendall(f"GET /v1/{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def test_readers_of_the_feed_and_waiting_callers_are_sent_away_at_once(running):
    node = running.kh
    sent = running.jp.send(inquiry())
    running.jp.wait(sent["id"], "received")
    reader = asked(node, "events")
    assert reader.recv(65_536).startswith(b"HTTP/1.1 200 ")
    waiting = asked(node, f"messages/{sent['id']}/wait?level=answered&timeout=60")
    node.get("status")
    with reader, waiting:
        ended_within(node, AT_ONCE)
        assert waiting.recv(65_536).startswith(b"HTTP/1.1 503 ")
        rest = b""
        with contextlib.suppress(ConnectionResetError):
            while part := reader.recv(65_536):
                rest += part
        assert b"HTTP/1.1" not in rest


def test_a_reader_that_reads_nothing_does_not_hold_the_end_up(pair):
    """The feed is larger than all buffers between, so the node is in the middle of writing it."""
    node = pair.kh
    with contextlib.closing(sqlite3.connect(node.database)) as database:
        row = ("message.received", "jp/isa", "x" * 36, "inquiry.request", "received")
        database.executemany(
            "INSERT INTO events (kind, peer, id, type, state) VALUES (?, ?, ?, ?, ?)",
            [row] * 50_000,
        )
        database.commit()
    node.start()
    reader = asked(node, "events?after=0")
    with reader:
        assert reader.recv(1_000).startswith(b"HTTP/1.1 200 ")
        node.get("status")
        ended_within(node, PROMISED)


def test_a_second_signal_while_it_ends_changes_nothing(running):
    node = running.jp
    sent = node.send(inquiry())
    for _ in range(3):
        node.process.terminate()
    assert node.end() == 0
    assert not wal(node).exists()
    assert [row["id"] for row in messages(node, "out")] == [sent["id"]]
