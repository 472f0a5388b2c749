"""Keys rotated while two real nodes exchange messages: none is lost, doubled or refused."""

import ssl
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.envelope import read_card
from tests.nodes import inquiry
from tests.system.ledger import assert_whole, messages, query
from tests.system.nodes import LOOPBACK, PATIENCE, Node, Pair, until
from tests.system.shell import keys, knows, rotate

pytestmark = pytest.mark.timeout(180)

KINDS = ("message", "encryption", "tls", "all")


def talk(node: Node, to: str, over: threading.Event) -> int:
    """Send pings and inquiries until the test is over; return how many."""
    count = 0
    while not over.wait(0.03):
        node.send(inquiry(to) if count % 5 == 0 else {"type": "ping", "to": to, "body": {}})
        count += 1
    return count


def serial(node: Node) -> int:
    return read_card((node.folder / "keys" / "card.json").read_bytes()).serial


def shown_by(node: Node) -> bytes:
    """Return the certificate that the peer port shows to whoever connects."""
    pem = ssl.get_server_certificate((LOOPBACK, node.port), timeout=PATIENCE)
    return ssl.PEM_cert_to_DER_cert(pem)


def certificates(node: Node) -> tuple[bytes, ...]:
    return read_card((node.folder / "keys" / "card.json").read_bytes()).certificates


def until_known(node: Node) -> None:
    until(lambda: knows(node) == serial(node), f"the card of {node.name} is not known")


def test_every_kind_rotates_on_both_sides_under_traffic(running: Pair):
    pair, over = running, threading.Event()
    with ThreadPoolExecutor(2) as pool:
        talks = [
            pool.submit(talk, pair.jp, "kh/molvt", over),
            pool.submit(talk, pair.kh, "jp/isa", over),
        ]
        try:
            for kind in KINDS:
                for node in pair.nodes:
                    rotate(node, kind)
                    until_known(node)
        finally:
            over.set()
        counts = [each.result(PATIENCE) for each in talks]
    pair.until_settled()
    for node in pair.nodes:
        assert serial(node) == 1 + len(KINDS)
        assert node.alarms() == set()
        until(lambda node=node: shown_by(node) == certificates(node)[-1], "an old certificate")
    pair.stop()
    assert_whole(pair)
    for node, count in zip(pair.nodes, counts, strict=True):
        sent = Counter(row["type"] for row in messages(node, "out"))
        assert sent["ping"] + sent["inquiry.request"] == count > 20
        assert sent["card.update"] == len(KINDS)
    refused = "SELECT code FROM entries WHERE code IS NOT NULL"
    assert all(query(node.database, refused) == [] for node in pair.nodes)


def test_revoking_each_kind_under_traffic_loses_nothing(running: Pair):
    pair, over = running, threading.Event()
    with ThreadPoolExecutor(2) as pool:
        talks = [
            pool.submit(talk, pair.jp, "kh/molvt", over),
            pool.submit(talk, pair.kh, "jp/isa", over),
        ]
        try:
            for file in ("message-1.key", "encryption-1.key", "tls-1.pem"):
                ran = keys(pair.jp, "revoke", file, "--yes")
                assert ran.code == 0, ran.err
                until_known(pair.jp)
        finally:
            over.set()
        counts = [each.result(PATIENCE) for each in talks]
    pair.until_settled()
    sql = "SELECT count(*) AS count FROM messages WHERE direction = 'in' AND type = ?"
    for receiver, count in zip(pair.nodes[::-1], counts, strict=True):
        types = ("ping", "inquiry.request")
        came = sum(query(receiver.database, sql, each)[0]["count"] for each in types)
        assert came == count
    # A connection may be refused while the new certificate is on its way; a message is not.
    assert pair.jp.alarms() | pair.kh.alarms() <= {"certificate-not-pinned"}


def test_a_rotation_with_the_peer_away_is_told_when_it_comes_back(pair: Pair):
    pair.jp.start()
    first = pair.jp.send(inquiry())
    for _ in range(2):
        rotate(pair.jp, "all")
    second = pair.jp.send(inquiry())
    assert shown_by(pair.jp) == certificates(pair.jp)[0]
    pair.kh.start()
    for view in (first, second):
        pair.jp.wait(view["id"], "received")
    until_known(pair.jp)
    until(lambda: shown_by(pair.jp) == certificates(pair.jp)[-1], "the old certificate is shown")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def test_a_rotation_of_a_stopped_node_is_taken_up_by_its_start(pair: Pair):
    ran = rotate(pair.jp, "all")
    assert ran.err.rstrip().endswith(f"--config {pair.jp.config} serve")
    pair.start()
    until_known(pair.jp)
    sent = pair.kh.send(inquiry("jp/isa"))
    pair.kh.wait(sent["id"], "received")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def test_what_is_shown_survives_a_restart(running: Pair):
    pair = running
    rotate(pair.jp, "tls")
    until_known(pair.jp)
    assert pair.jp.stop() == 0
    pair.jp.start()
    assert shown_by(pair.jp) == certificates(pair.jp)[-1]
    sent = pair.jp.send({"type": "ping", "to": "kh/molvt", "body": {}})
    pair.jp.wait(sent["id"], "received")


def test_an_operator_need_not_wait_for_a_peer_that_is_gone(pair: Pair):
    pair.jp.start()
    rotate(pair.jp, "tls")
    refused = pair.jp.run("keys", "use-certificate")
    assert refused.code == 6
    assert "not yet known to: kh/molvt" in refused.err
    assert shown_by(pair.jp) == certificates(pair.jp)[0]
    assert pair.jp.run("keys", "use-certificate", "--force").code == 0
    assert shown_by(pair.jp) == certificates(pair.jp)[1]
    assert pair.jp.stop() == 0
    pair.jp.start()
    assert shown_by(pair.jp) == certificates(pair.jp)[1]
    # It is told all the same: to the peer we still show what it knows.
    pair.kh.start()
    until_known(pair.jp)


def test_keys_that_are_older_than_the_database_do_not_start(running: Pair):
    pair = running
    old = {path: path.read_bytes() for path in (pair.jp.folder / "keys").iterdir()}
    rotate(pair.jp, "message")
    assert pair.jp.stop() == 0
    for path, content in old.items():
        path.write_bytes(content)
    ran = pair.jp.run("serve")
    assert ran.code == 3
    assert "has handed out card 2" in ran.err
    assert "keys rotate all" in ran.err
    rotate(pair.jp, "all")
    assert serial(pair.jp) == 3
    pair.jp.start()
    until_known(pair.jp)
    sent = pair.jp.send({"type": "ping", "to": "kh/molvt", "body": {}})
    pair.jp.wait(sent["id"], "received")


def test_a_node_that_cannot_take_keys_up_goes_on_and_says_why(running: Pair):
    pair = running
    (pair.jp.folder / "passphrase").write_text("gone wrong\n")
    right = pair.jp.folder / "right"
    right.write_text("opens the node\n")
    right.chmod(0o600)
    ran = keys(pair.jp, "rotate", "message", "--passphrase-file", str(right))
    assert ran.code == 10
    assert "did not take it up" in ran.err
    assert "passphrase does not open" in ran.err
    sent = pair.jp.send({"type": "ping", "to": "kh/molvt", "body": {}})
    pair.jp.wait(sent["id"], "received")
    assert pair.jp.get("keys")["serial"] == 1
    right.replace(pair.jp.folder / "passphrase")
    assert pair.jp.run("keys", "reload").code == 0
    until_known(pair.jp)
