"""What operators do after a loss, rehearsed whole, to the point where messages flow again."""

import pytest

from tests.nodes import inquiry
from tests.system.ledger import query
from tests.system.nodes import Pair, until
from tests.system.shell import confirm, fingerprint, keys, knows, rotate, secret

pytestmark = pytest.mark.timeout(120)

PING = {"type": "ping", "body": {}}


def exchange(pair: Pair) -> None:
    """Have an inquiry go each way and be received."""
    for node, to in ((pair.jp, "kh/molvt"), (pair.kh, "jp/isa")):
        sent = node.send(inquiry(to))
        node.wait(sent["id"], "received")


@pytest.mark.parametrize("what", ["the file", "its passphrase"])
def test_a_lost_identity_is_replaced_while_the_node_runs(running: Pair, what):
    pair = running
    before = fingerprint(pair.jp)
    if what == "the file":
        (pair.jp.folder / "keys/identity.key").unlink()
    new = secret(pair.jp, "new-identity", b"another identity")
    ran = pair.jp.run("keys", "rotate", "identity", "--new-passphrase-file", new, "--yes")
    assert ran.code == 0, ran.err
    assert ran.out.strip() == fingerprint(pair.jp) != before
    assert "peers confirm CARD --new-identity" in ran.err
    until(lambda: "card-refused" in pair.jp.alarms(), "the refusal was not told")
    assert "other-identity" in pair.kh.alarms()
    # Until people have spoken, everything goes on under the card that was confirmed.
    exchange(pair)
    refused = confirm(pair.kh, pair.jp)
    assert refused.code == 8
    assert "--new-identity" in refused.err
    confirmed = confirm(pair.kh, pair.jp, "--new-identity")
    assert confirmed.code == 0, confirmed.err
    assert pair.jp.run("keys", "reload").code == 0
    until(lambda: knows(pair.jp) == 2, "the card is still not known")
    exchange(pair)
    # And the new identity signs the next card.
    ran = keys(pair.jp, "rotate", "all", identity=b"another identity")
    assert ran.code == 0, ran.err
    until(lambda: knows(pair.jp) == 3, "the next card is not known")
    exchange(pair)


def test_a_wrong_fingerprint_confirms_no_new_identity(running: Pair):
    pair = running
    before = fingerprint(pair.jp)
    new = secret(pair.jp, "new-identity", b"another identity")
    pair.jp.run("keys", "rotate", "identity", "--new-passphrase-file", new, "--yes")
    assert pair.kh.stop() == 0
    card = str(pair.jp.folder / "keys/card.json")
    ran = pair.kh.run("peers", "confirm", card, "--fingerprint", before, "--new-identity")
    assert ran.code == 8
    pair.kh.start()
    exchange(pair)


def test_after_a_lost_passphrase_messages_flow_again_and_the_old_content_is_closed(pair: Pair):
    pair.start()
    read = pair.kh.send(inquiry("jp/isa"))
    pair.kh.wait(read["id"], "received")
    assert pair.kh.stop() == 0
    waiting = pair.jp.send(inquiry())
    assert pair.jp.stop() == 0
    (pair.jp.folder / "passphrase").unlink()
    assert pair.jp.run("serve").code == 3

    new = secret(pair.jp, "passphrase", b"a new one")
    ran = keys(pair.jp, "rotate", "all", "--lost-passphrase", "--new-passphrase-file", new, "--yes")
    assert ran.code == 0, ran.err
    assert "peers confirm CARD" in ran.err
    assert "set aside under keys/lost-" in ran.err
    assert len(list(pair.jp.folder.glob("keys/lost-*/store.key"))) == 1
    pair.jp.start()
    pair.kh.start()
    # The peer pins a certificate whose key is lost: the new card goes there by hand.
    confirmed = confirm(pair.kh, pair.jp)
    assert confirmed.code == 0, confirmed.err
    # What was queued leaves, under the pair that signed it.
    pair.jp.wait(waiting["id"], "received")
    assert pair.kh.post(f"messages/{waiting['id']}/fetch")["content"]
    exchange(pair)
    until(lambda: knows(pair.jp) == 2, "the card is not known")
    # What was sealed under the lost store key is closed for ever, and says so.
    reply = pair.jp.ask("POST", f"messages/{read['id']}/fetch")
    assert reply.status >= 400
    assert "does not open" in reply.body["detail"]
    assert pair.kh.post(f"messages/{read['id']}/fetch")["content"]
    assert "store-key-changed" in pair.jp.alarms()
    assert pair.jp.stop() == 0
    assert query(pair.jp.database, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    facts = query(pair.jp.database, "SELECT fact FROM evidence WHERE fact = 'store-key-changed'")
    assert len(facts) == 1
    rotate(pair.jp, "message")


def test_a_running_node_is_never_given_up(running: Pair):
    new = secret(running.jp, "new", b"a new one")
    ran = keys(
        running.jp, "rotate", "all", "--lost-passphrase", "--new-passphrase-file", new, "--yes"
    )
    assert ran.code == 5
    assert "is the node running?" in ran.err
    exchange(running)


def test_a_changed_passphrase_is_the_one_that_starts_the_node(running: Pair):
    pair = running
    new = secret(pair.jp, "new", b"a new one")
    ran = pair.jp.run("keys", "passphrase", "--new-passphrase-file", new)
    assert ran.code == 0, ran.err
    exchange(pair)
    assert pair.jp.stop() == 0
    old = pair.jp.run("serve")
    assert old.code == 3
    assert "the passphrase does not open" in old.err
    secret(pair.jp, "passphrase", b"a new one")
    pair.jp.start()
    exchange(pair)
    changed = keys(
        pair.jp,
        "passphrase",
        "--identity",
        "--new-passphrase-file",
        secret(pair.jp, "new", b"another for the identity"),
    )
    assert changed.code == 0, changed.err
    assert keys(pair.jp, "rotate", "tls").code == 3
    assert keys(pair.jp, "rotate", "tls", identity=b"another for the identity").code == 0


def test_nobody_compares_digits_for_a_card_that_a_running_node_cannot_take(running: Pair):
    ran = running.jp.run("peers", "confirm", running.kh.folder / "keys" / "card.json")
    assert ran.code == 5
    assert "stop the node first" in ran.err
    assert "fingerprint" not in ran.err
