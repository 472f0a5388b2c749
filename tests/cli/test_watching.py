"""`--watch`: what comes is printed as it comes, once, and Ctrl-C is a clean end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.cli.conftest import CHECKOUT
from tests.cli.two_desks import two_desks
from tests.nodes import CATALOGUE


class Watch:
    """A command that stays, with its lines as they come."""

    def __init__(self, config, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "--config", str(config), *arguments, "--watch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def has(self, condition, seconds=20):
        """Wait until the lines fit; the node, not the watcher, decides when they come."""
        end = time.monotonic() + seconds
        while not condition(self.lines):
            assert time.monotonic() < end, self.lines
            assert self.process.poll() is None, self.process.stderr.read()
            time.sleep(0.02)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        self.process.wait(20)
        self._reader.join()
        err = self.process.stderr.read()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        return self.process.returncode, err


@pytest.fixture
def desks(tmp_path):
    with two_desks(tmp_path) as found:
        yield found


def listening(desks, side="kh"):
    """Wait until somebody follows the events of a node."""
    node = getattr(desks.pair, side)
    end = time.monotonic() + 20
    while not desks.do(_followers(node)):
        assert time.monotonic() < end
        time.sleep(0.02)


async def _followers(node):
    return len(node.changes._event._waiters)


def test_what_comes_is_printed_as_it_comes_and_ctrl_c_ends_it_cleanly(desks):
    first = desks.ask()
    watch = Watch(desks.config("kh"), "inbox")
    watch.has(lambda lines: len(lines) == 2)
    second = desks.ask()
    watch.has(lambda lines: len(lines) >= 3)
    desks.cli("kh", "show", first["id"])
    watch.has(lambda lines: len(lines) >= 4)
    code, err = watch.end()
    assert (code, err) == (0, "watching; Ctrl-C ends\n")
    named = [line.split()[0] for line in watch.lines[1:]]
    assert named == [first["short"], second["short"], first["short"]]
    assert "received" in watch.lines[2]
    assert "handed-over" in watch.lines[3]


def test_only_what_fits_the_filters_is_printed(desks):
    watch = Watch(desks.config("kh"), "inbox", "--type", "ping")
    listening(desks)
    desks.ask()
    desks.send("jp", {"type": "ping", "to": "kh/molvt", "body": {}})
    watch.has(lambda lines: len(lines) >= 2)
    code, _ = watch.end()
    assert code == 0
    assert len(watch.lines) == 2
    assert "ping" in watch.lines[1]


def test_an_older_message_of_the_same_matter_is_not_printed_again(desks):
    first, second = desks.ask(), desks.ask()
    watch = Watch(desks.config("kh"), "inbox", "--limit", "1")
    watch.has(lambda lines: len(lines) == 2)
    body = CATALOGUE.bodies.example("reminder")
    reminder = desks.send("jp", {"in_reply_to": first["id"], "type": "reminder", "body": body})
    watch.has(lambda lines: len(lines) >= 3)
    watch.end()
    named = [line.split()[0] for line in watch.lines[1:]]
    assert named == [second["short"], reminder["short"]]


def test_as_json_each_message_is_one_line(desks):
    sent = desks.ask()
    watch = Watch(desks.config("kh"), "inbox", "--json")
    watch.has(lambda lines: len(lines) == 1)
    desks.ask()
    watch.has(lambda lines: len(lines) == 2)
    assert json.loads(watch.lines[0])["id"] == sent["id"]
    code, err = watch.end()
    assert (code, err) == (0, "")


def test_a_node_that_is_down_cannot_be_watched(run, config):
    assert run("--config", str(config), "inbox", "--watch").code == 5
