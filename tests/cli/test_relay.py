"""The relay joins its standard streams to the socket, so that ssh can lead to it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.client import Client, NodeDownError

CHECKOUT = Path(__file__).parents[2]


def command(config):
    return [sys.executable, "-m", "gateway", "--config", str(config), "relay"]


@pytest.fixture(autouse=True)
def _found(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))


def test_a_client_reaches_the_node_through_it(desk):
    desk.answers["/v1/status"] = (200, {"node": "kh/molvt"})
    client = Client.through(command(desk.config))
    assert client.status() == {"node": "kh/molvt"}
    assert client.status() == {"node": "kh/molvt"}
    assert [asked[:2] for asked in desk.asked] == [("GET", "/v1/status")] * 2


def test_much_goes_both_ways(desk):
    large = {"text": "x" * 1_000_000}
    desk.answers["/v1/messages"] = (201, large)
    assert Client.through(command(desk.config)).send(large) == large
    ((_, _, body),) = desk.asked
    assert body == large


def test_it_ends_when_its_caller_goes(desk):
    process = subprocess.Popen(command(desk.config), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.close()
    assert process.wait(20) == 0
    assert process.stdout.read() == b""
    process.stdout.close()


def test_a_caller_that_closes_its_input_still_gets_the_reply(config):
    """As the node does, this one takes an end of the input for a caller who has gone."""
    (config.parent / "data").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(config.parent / "data" / "control.sock"))
        listening.listen()
        ran = subprocess.Popen(command(config), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ran.stdin.write(b"question")
        ran.stdin.close()
        connection, _ = listening.accept()
        with connection:
            assert connection.recv(100) == b"question"
            connection.settimeout(1.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.sendall(b"reply")
            connection.settimeout(10)
            assert connection.recv(1) == b""
    assert (ran.stdout.read(), ran.wait(20)) == (b"reply", 0)
    ran.stdout.close()


def test_a_caller_that_closes_both_is_not_waited_for(config):
    (config.parent / "data").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(config.parent / "data" / "control.sock"))
        listening.listen()
        ran = subprocess.Popen(command(config), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ran.stdin.write(b"question")
        ran.stdin.close()
        ran.stdout.close()
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(10)
            assert connection.recv(100) == b"question"
            assert connection.recv(1) == b""
    assert ran.wait(20) == 0


def test_it_ends_when_nobody_reads(desk):
    desk.answers["/v1/status"] = (200, {"text": "x" * 1_000_000})
    reading, writing = os.pipe()
    process = subprocess.Popen(command(desk.config), stdin=subprocess.PIPE, stdout=writing)
    os.close(writing)
    os.close(reading)
    process.stdin.write(b"GET /v1/status HTTP/1.1\r\nHost: a\r\n\r\n")
    process.stdin.flush()
    assert process.wait(20) == 0
    process.stdin.close()


def test_a_node_that_is_down_is_told_to_the_caller(config):
    with pytest.raises(NodeDownError, match="not running"):
        Client.through(command(config)).status()


def test_it_says_so_with_the_line_that_starts_the_node(run, config):
    finished = run("--config", str(config), "relay")
    assert (finished.code, finished.out) == (5, "")
    assert finished.err.splitlines()[1].endswith(f"gateway --config {config} serve")
