"""The way between two nodes: down, up again, held by somebody else, spoken to in clear."""

import socket
import ssl
import time

import pytest

from gateway.keyring.certificate import make_certificate
from tests.nodes import inquiry
from tests.system.between import impostor
from tests.system.ledger import assert_whole, states
from tests.system.nodes import LOOPBACK, QUICK, SLOW, free_port, until

pytestmark = pytest.mark.timeout(60)


def checks(node) -> dict[str, dict]:
    """Return what `/healthz` says of each part."""
    status, body = node.health("/healthz")
    assert status == 200
    return {name: check for name, (check,) in body["checks"].items()}


def test_the_impostor_would_read_what_is_sent_to_it(tmp_path):
    """The next test would prove nothing with a listener that hears nothing."""
    certificate = make_certificate("kh/molvt", not_before=time.time() - 60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with impostor(free_port(), certificate, tmp_path) as listener:
        raw = socket.create_connection((LOOPBACK, listener.port))
        with context.wrap_socket(raw) as client:
            client.sendall(b"a request")
        until(lambda: bytes(listener.heard) == b"a request", "nothing was heard")


def test_A7_somebody_with_another_certificate_reads_nothing_and_raises_an_alarm(pair, tmp_path):
    pair.jp.start()
    certificate = make_certificate("kh/molvt", not_before=time.time() - 60)
    with impostor(pair.kh.port, certificate, tmp_path) as listener:
        sent = pair.jp.send(inquiry())
        until(lambda: "certificate-not-pinned" in pair.jp.alarms(), "no alarm")
        until(lambda: listener.connections >= 2, "the node did not go on trying")
    assert bytes(listener.heard) == b""
    assert pair.jp.get(f"messages/{sent['id']}")["state"] == "queued"
    assert '"event": "link.pin-mismatch"' in pair.jp.log.read_text()

    pair.kh.start()
    pair.jp.wait(sent["id"], "received")
    pair.until_settled()
    pair.stop()
    assert_whole(pair, alarms=frozenset({"certificate-not-pinned"}))


def test_A1_plain_http_on_the_peer_port_gets_no_answer(running):
    with socket.create_connection((LOOPBACK, running.kh.port)) as client:
        client.settimeout(10)
        client.sendall(b"GET /v1/card HTTP/1.1\r\nHost: kh\r\n\r\n")
        heard = b""
        try:
            while part := client.recv(4096):
                heard += part
        except ConnectionError:
            pass
    assert b"HTTP" not in heard
    sent = running.jp.send(inquiry())
    assert running.jp.wait(sent["id"], "received")["state"] == "delivered"


def test_what_waits_for_a_peer_leaves_at_its_first_sign_of_life(make):
    """Retries are a minute apart, so that only the peer's own message can have woken the sender."""
    pair = make(settings=SLOW)
    pair.jp.start()
    sent = [pair.jp.send(inquiry())["id"] for _ in range(3)]
    until(lambda: pair.jp.link()["failures"] >= 1, "the peer is down and nobody noticed")
    pair.kh.start()
    pair.kh.send({"type": "ping", "to": "jp/isa", "body": {}})
    for id in sent:
        pair.jp.wait(id, "received", 10)
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def test_what_waits_for_a_peer_leaves_with_the_next_try(pair):
    pair.jp.start()
    sent = [pair.jp.send(inquiry())["id"] for _ in range(3)]
    until(lambda: pair.jp.link()["failures"] >= 3, "the sender does not try")
    pair.kh.start()
    for id in sent:
        assert pair.jp.wait(id, "received", 10)["state"] == "delivered"
    assert pair.jp.link()["failures"] == 0
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def test_only_the_first_message_of_a_queue_knocks_while_the_peer_is_down(pair):
    """One probe at a time: the others wait without an attempt of their own."""
    pair.jp.start()
    sent = [pair.jp.send(inquiry())["id"] for _ in range(4)]
    until(lambda: pair.jp.link()["failures"] >= 4, "the sender does not try")
    attempts = [pair.jp.get(f"messages/{id}")["attempts"] for id in sent]
    assert attempts[0] == max(attempts) >= 3
    assert max(attempts[1:]) <= 1


def test_a_peer_that_is_down_never_makes_a_node_unready(make):
    pair = make(settings=QUICK)
    pair.jp.start()
    pair.jp.send(inquiry())
    until(lambda: pair.jp.link()["failures"] >= 3, "the sender does not try")
    assert pair.jp.health("/livez") == (200, {"status": "pass"})
    assert pair.jp.health("/readyz")[0] == 200
    until(lambda: checks(pair.jp)["peer:kh/molvt:link"]["status"] == "warn", "no warning")
    found = checks(pair.jp)
    assert found["peer:kh/molvt:link"]["observedValue"] >= 3
    assert "does not answer" in found["peer:kh/molvt:link"]["output"]
    assert found["store:writes"] == {"status": "pass"}
    assert pair.jp.health("/healthz")[1]["status"] == "warn"

    pair.kh.start()
    until(lambda: checks(pair.jp)["peer:kh/molvt:link"]["status"] == "pass", "the warning stays")
    assert states(pair.jp, "inquiry.request") == ["delivered"]


WORKERS = (
    *("delivery", "deadlines", "reminders", "consents", "publications", "verifying"),
    *("cards", "keys", "refused-pairs"),
)


def test_health_names_parts_with_numbers_and_no_contents(running):
    running.jp.wait(running.jp.send(inquiry())["id"], "received")
    found = checks(running.jp)
    assert set(found) == {
        "store:writes",
        "store:disk-free",
        "store:sqlite",
        "keys:card-days-left",
        "keys:message-days-left",
        "keys:encryption-days-left",
        "keys:certificate-days-left",
        "evidence:chains",
        "peer:kh/molvt:link",
        "peer:kh/molvt:oldest-queued",
        "node:alarms",
        *(f"worker:{name}" for name in WORKERS),
    }
    assert 300 < found["keys:card-days-left"]["observedValue"] < 366
    assert 80 < found["keys:encryption-days-left"]["observedValue"] <= 90
    assert found["node:alarms"]["observedValue"] == 0
    assert {check["status"] for check in found.values()} <= {"pass", "warn"}
    assert "inquiry" not in str(found)
