"""What an operator does to running nodes: watch them, look into them, back them up, restore one."""

import http.client
import re
import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway import resources
from gateway.node.metrics import METRICS
from gateway.store import checking
from tests.nodes import inquiry
from tests.store.filled import harm
from tests.system.ledger import assert_whole, messages
from tests.system.nodes import LOOPBACK, PATIENCE, Node, UnansweredError, until

pytestmark = pytest.mark.timeout(120)


def metrics(node: Node) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return what a node counts: samples with their labels by name."""
    connection = http.client.HTTPConnection(LOOPBACK, node.admin, timeout=PATIENCE)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        assert response.status == 200
        page = response.read().decode()
    finally:
        connection.close()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def number(node: Node, name: str, **labels: str) -> float | None:
    """Return the one number of a name that has these labels."""
    samples = metrics(node).get(name, [])
    fitting = [value for found, value in samples if labels.items() <= found.items()]
    assert len(fitting) <= 1
    return fitting[0] if fitting else None


def exchange(pair) -> str:
    """Send an inquiry and have it read; return its id."""
    sent = pair.jp.send(inquiry())
    pair.jp.wait(sent["id"], "received")
    pair.kh.post(f"messages/{sent['id']}/fetch")
    pair.jp.wait(sent["id"], "handed-over")
    return sent["id"]


def test_the_numbers_of_a_running_node_follow_what_happens(running):
    pair = running
    exchange(pair)
    found = metrics(pair.jp)
    assert found.keys() <= METRICS.keys()
    info = found["gateway_info"][0][0]
    assert (info["node"], info["environment"]) == ("jp/isa", "test")
    assert info["version"] == resources.program_version()
    assert number(pair.jp, "gateway_messages", direction="out", state="delivered") == 1
    assert abs(number(pair.jp, "gateway_clock_offset_seconds", peer="kh/molvt")) < 5
    assert number(pair.jp, "gateway_last_contact_seconds", peer="kh/molvt") < 60
    assert number(pair.jp, "gateway_evidence_verified_records", chain="local") > 0
    assert 0 < number(pair.jp, "process_resident_memory_bytes") < 200_000_000
    pair.kh.kill()
    pair.jp.send(inquiry())
    waits = {"peer": "kh/molvt", "state": "queued"}
    until(lambda: number(pair.jp, "gateway_outbox_messages", **waits) == 1, "nothing waits")
    until(lambda: number(pair.jp, "gateway_link_failures", peer="kh/molvt") > 0, "no failure")
    assert number(pair.jp, "gateway_outbox_oldest_seconds", peer="kh/molvt") > 0


def test_no_label_names_a_message_a_matter_or_a_person(running):
    pair = running
    sent = exchange(pair)
    row = messages(pair.jp, "out")[0]
    for node in pair.nodes:
        values = {
            value
            for samples in metrics(node).values()
            for labels, _ in samples
            for value in labels.values()
        }
        assert not values & {sent, row["thread"], row["reference"], row["type"], row["jws"]}
        assert not [value for value in values if re.search(r"[0-9a-f]{8}-|JP-20|inquiry", value)]


def test_each_node_learns_the_others_version_and_shows_it(running):
    pair = running
    exchange(pair)
    version = resources.program_version()
    for node in pair.nodes:
        (peer,) = node.get("status")["peers"]
        assert peer["version"] == version
        assert f" {version} " in node.run("status").out
        assert f" {version} " in node.run("peers", "list").out


def test_the_doctor_of_two_nodes_that_are_well_finds_nothing_and_reaches_the_peer(running):
    for node in running.nodes:
        finished = node.run("doctor")
        assert finished.code == 0, finished.out
        assert "over TLS 1.3, both certificates pinned; it runs " in finished.out
        assert "certificate that is shown, " in finished.out
        assert "mend:" not in finished.out


def reached(node: Node, query: str = "") -> list[dict]:
    return node.post(f"peers/check{query}")["items"]


def test_a_peer_that_is_down_is_told_with_how_far_a_connection_comes(running):
    pair = running
    assert [each["reached"] for each in reached(pair.jp, "?peer=kh/molvt")] == [True]
    pair.kh.stop()
    (found,) = reached(pair.jp)
    assert found["reached"] is False
    assert found["resolved"] == [LOOPBACK]
    assert "gave no answer" in found["problem"]
    finished = pair.jp.run("doctor")
    assert finished.code == 10
    assert "open-the-firewall" in finished.out
    assert pair.jp.ask("POST", "peers/check?peer=vn/dolab").status == 404


def test_what_waits_for_a_peer_leaves_when_it_is_found_to_be_up_again(make):
    """With retries a minute apart, the check is what makes it leave."""
    pair = make(settings={"retry_base_seconds": 60, "retry_cap_seconds": 900})
    pair.jp.start()
    sent = pair.jp.send(inquiry())
    until(lambda: pair.jp.link()["failures"] > 0, "nothing was tried")
    pair.kh.start()
    assert reached(pair.jp)[0]["reached"]
    pair.jp.wait(sent["id"], "received", 20)


def test_health_over_the_socket_is_that_of_the_admin_port(running):
    node = running.jp
    _, admin = node.health("/healthz")
    local = node.get("health")
    assert local["checks"].keys() == admin["checks"].keys()
    assert {"worker:delivery", "evidence:chains", "keys:certificate-days-left"} <= local[
        "checks"
    ].keys()


def sending(node: Node, kept: list[str], ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            kept.append(node.send(inquiry())["id"])
        except UnansweredError:
            return


def test_a_backup_under_traffic_is_whole_and_the_node_does_not_notice(running, tmp_path):
    node, kept, ended = running.jp, [], threading.Event()
    thread = threading.Thread(target=sending, args=(node, kept, ended))
    thread.start()
    try:
        until(lambda: len(kept) > 10, "there is no traffic")
        before = len(kept)
        finished = node.run("db", "backup", str(tmp_path / "saved.db"))
        assert (finished.code, finished.out) == (0, f"{tmp_path / 'saved.db'}\n"), finished.err
        assert len(kept) > before
    finally:
        ended.set()
        thread.join(PATIENCE)
    assert checking.check(tmp_path / "saved.db").faults == []
    assert node.run("db", "check").code == 0
    running.until_settled()
    running.stop()
    assert_whole(running)


def test_F52_a_restored_node_goes_on_and_gives_no_reference_twice(running, tmp_path):
    """What came after the backup is missing; what was queued in it leaves again and counts once."""
    pair = running
    exchange(pair)
    pair.kh.stop()
    queued = pair.jp.send(inquiry())
    saved = tmp_path / "saved.db"
    assert pair.jp.run("db", "backup", str(saved)).code == 0
    pair.kh.start()
    pair.jp.wait(queued["id"], "received")
    lost = pair.jp.send(inquiry())
    pair.jp.wait(lost["id"], "received")
    epoch = pair.jp.get("status")["epoch"]
    assert pair.jp.run("db", "restore", "--yes", str(saved)).code == 5
    pair.jp.stop()

    assert pair.jp.run("db", "restore", "--yes", str(saved)).code == 0
    pair.jp.start()
    pair.jp.wait(queued["id"], "received")
    assert pair.jp.get("status")["epoch"] != epoch
    assert pair.jp.get("status")["epoch"].startswith("2.")
    again = pair.jp.send(inquiry())
    pair.jp.wait(again["id"], "received")
    used = {row["reference"] for row in messages(pair.kh, "in") if row["reference"]}
    assert again["reference"] in used
    assert int(again["reference"].rpartition("-")[2]) > 1000
    assert lost["reference"] != again["reference"]
    assert pair.jp.alarms() == {"restored"}
    assert pair.kh.alarms() == set()
    ids = [row["id"] for row in messages(pair.kh, "in")]
    assert len(ids) == len(set(ids))
    assert {queued["id"], lost["id"], again["id"]} <= set(ids)
    pair.stop()
    for node in pair.nodes:
        assert checking.check(node.database).faults == []


def test_f61_a_node_notices_while_it_starts_that_its_evidence_was_changed(pair):
    node = pair.jp
    harm(node.database, "UPDATE evidence SET subject = 'x' WHERE chain = 'local' AND position = 1")
    node.launch()
    until(lambda: node.health("/readyz")[0] == 503, "the fault is not seen")
    check = node.health("/healthz")[1]["checks"]["evidence:chains"][0]
    assert check["status"] == "fail"
    until(lambda: node.alarms() == {"evidence-broken"}, "no alarm")
    assert number(node, "gateway_evidence_broken", chain="local") == 1
    assert node.run("doctor").code == 1
    assert node.run("db", "check").code == 8
    assert node.stop() == 0


def test_an_idle_node_needs_less_than_100_megabytes(running):
    exchange(running)
    time.sleep(1)
    for node in running.nodes:
        assert number(node, "process_resident_memory_bytes") < 100_000_000
