"""A system without a network of its own: it exchanges files, is told, and asks the local API."""

import json
import threading
import time

import pytest

from gateway.control_path import control_path
from tests.http.described import CheckedClient
from tests.nodes import answer_to, inquiry
from tests.system.nodes import until


def client_of(node):
    return CheckedClient.at(control_path(node.folder / "data" / "control.sock"))


def open_outward(node):
    """Give the node's configuration an exchange folder and a command that tells."""
    text = node.config.read_text(encoding="utf-8")
    command = f'command = ["/bin/sh", "-c", "cat >> {node.folder}/told"]'
    text = text.replace("[notify]\n", f"[notify]\n{command}\n")
    text = text.replace("[folder]\n", '[folder]\npath = "exchange"\n')
    text = text.replace("scan_seconds = 2", "scan_seconds = 0.2")
    node.config.write_text(text, encoding="utf-8")


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def drop(node, name, content):
    """Write beside, then rename, as a careful system does."""
    out = node.folder / "exchange" / "out"
    (out / f".{name}").write_text(json.dumps(content), encoding="utf-8")
    (out / f".{name}").rename(out / name)


def test_a_matter_is_handled_by_files_alone_and_survives_a_kill(pair):
    open_outward(pair.kh)
    pair.start()
    exchange = pair.kh.folder / "exchange"
    until(lambda: client_of(pair.kh).consumers()["items"], "the folder has no consumer")
    jp = client_of(pair.jp)
    sent = jp.send(inquiry())
    received = exchange / "in" / f"jp-isa-{sent['id']}.json"
    until(received.exists, "the inquiry is no file")
    assert read(received)["content"]["body"] == inquiry()["body"]
    pair.kh.kill()
    pair.kh.start()
    drop(pair.kh, "accept.json", {"accept": sent["reference"]})
    assert jp.wait(sent["id"], level="accepted", timeout=30)["levels"]["accepted"]
    drop(pair.kh, "reply.json", answer_to(sent))
    assert jp.wait(sent["id"], level="answered", timeout=30)["levels"]["answered"]
    result = exchange / "done" / "reply.result.json"
    until(result.exists, "the reply has no result")
    status = exchange / "status" / "reply.status.json"
    until(lambda: read(status)["levels"]["received"], "the status does not follow")
    (told,) = [json.loads(line) for line in (pair.kh.folder / "told").read_text().splitlines()]
    assert (told["kind"], told["id"], told["node"]) == ("message.received", sent["id"], "kh/molvt")
    pair.stop()


def test_what_a_whole_node_says_of_itself_is_as_it_is_described(running):
    client = client_of(running.jp)
    assert client.keys()["serial"] == 1
    assert client.status()["node"] == "jp/isa"
    assert client.health()["status"] in {"pass", "warn"}
    assert client.alarms()["items"] == []
    (checked,) = client.check_peers()["items"]
    assert (checked["peer"], checked["reached"]) == ("kh/molvt", True)


def test_a_node_with_readers_and_waiting_consumers_ends_at_once(running):
    client = client_of(running.jp)
    seen = []

    def follow():
        seen.extend(client.events())

    def take():
        try:
            client.take("registry", wait_seconds=60)
        except Exception as error:  # noqa: BLE001 - whatever it is, the thread must end
            seen.append(error)

    threads = [threading.Thread(target=each, daemon=True) for each in (follow, take)]
    for thread in threads:
        thread.start()
    until(lambda: client.consumers()["items"], "nobody waits")
    started = time.monotonic()
    assert running.jp.stop() == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", ["out", "in"])
def test_a_folder_that_others_can_reach_is_an_alarm_and_the_node_goes_on(pair, name):
    open_outward(pair.jp)
    exchange = pair.jp.folder / "exchange"
    (exchange / name).mkdir(parents=True)
    exchange.chmod(0o700)
    (exchange / name).chmod(0o755)
    pair.start()
    client = client_of(pair.jp)
    until(lambda: client.alarms()["items"], "there is no alarm")
    assert {alarm["kind"] for alarm in client.alarms()["items"]} == {"folder-failed"}
    sent = client.ping("kh/molvt")
    assert client.wait(sent["id"], level="received", timeout=30)["levels"]["received"]
