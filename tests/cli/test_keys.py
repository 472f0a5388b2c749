"""`gateway keys`: what an operator types to change keys, what comes out, and what is refused."""

import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest

from gateway.envelope import read_card
from tests.system.nodes import PASSPHRASE, Finished, Node, environment, make_pair
from tests.system.shell import IDENTITY, fingerprint, keys, secret
from tests.system.test_starting import contents

FILES = "identity.key message-1.key encryption-1.key tls-1.secret store.key"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node that was made and never started."""
    return make_pair(tmp_path).jp


def folder(node: Node) -> Path:
    return node.folder / "keys"


def serial(node: Node) -> int:
    return read_card((folder(node) / "card.json").read_bytes()).serial


def document(ran: Finished):
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_rotation_says_what_it_wrote_and_what_comes_next(node):
    ran = keys(node, "rotate", "encryption")
    assert (ran.code, ran.out) == (0, "")
    written, following = ran.err.splitlines()
    assert written == "card 2; written: card.json, encryption-2.key"
    assert following.startswith("next: ")
    assert following.endswith(f" --config {node.config} serve")


def test_a_rotation_as_json(node):
    view = document(keys(node, "rotate", "all", "--json"))
    assert {name: view[name] for name in ("serial", "dry_run", "node", "problem")} == {
        "serial": 2,
        "dry_run": False,
        "node": None,
        "problem": None,
    }
    assert "message-2.key" in view["made"]
    assert view["destroyed"] == []
    assert view["fingerprint"] == fingerprint(node)


def test_a_dry_run_changes_nothing(node):
    before = contents(folder(node))
    for words in (("rotate", "all"), ("revoke", "message-1.key")):
        ran = keys(node, *words, "--dry-run")
        assert ran.code == 0
        assert "would be written: card.json, " in ran.err
        view = document(keys(node, *words, "--dry-run", "--json"))
        assert (view["dry_run"], view["serial"]) == (True, 2)
    new = secret(node, "new", b"another")
    for words in (("identity",), ("all", "--lost-passphrase")):
        ran = keys(node, "rotate", *words, "--new-passphrase-file", new, "--dry-run")
        assert ran.code == 0, ran.err
    assert contents(folder(node)) == before


def test_a_listing_says_how_each_key_stands(node):
    keys(node, "rotate", "all")
    keys(node, "revoke", "message-2.key", "--yes")
    listed = node.run("keys", "list")
    assert listed.code == 0
    stands = {line.split()[0]: line for line in listed.out.splitlines()[1:]}
    assert stands["message-1.key"].endswith("  in use")
    assert "revoked at 20" in stands["message-2.key"]
    assert stands["encryption-1.key"].endswith("  older, still counts")
    assert stands["store.key"].endswith("  never on a card")
    items = document(node.run("keys", "list", "--json"))["items"]
    standings = {item["file"]: item["standing"] for item in items}
    assert standings["message-2.key"] == "revoked"
    assert standings["tls-2.secret"] == "current"


REFUSED = [
    (("rotate", "everything"), 2, "is not one of"),
    (("rotate", "message", "--lost-passphrase"), 2, "gateway keys rotate all"),
    (("rotate", "message", "--new-passphrase-file", "x"), 2, "takes a new passphrase"),
    (("rotate", "identity"), 1, "add --yes"),
    (("rotate", "all", "--lost-passphrase"), 1, "add --yes"),
    (("rotate", "identity", "--yes"), 1, "--new-passphrase-file"),
    (("revoke", "message-1.key"), 1, "add --yes"),
    (("revoke", "message-9.key", "--yes"), 4, "no key of the card has that name"),
    (("revoke", "identity.key", "--yes"), 3, "gateway --config"),
    (("revoke",), 2, "Missing argument"),
]


@pytest.mark.parametrize(("words", "code", "says"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_refused_says_why_and_changes_nothing(node, words, code, says):
    before = contents(folder(node))
    ran = keys(node, *words)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert contents(folder(node)) == before


def test_the_identity_is_asked_for_where_no_file_is_named(node):
    before = contents(folder(node))
    ran = node.run("keys", "rotate", "message")
    assert ran.code == 1
    assert "--identity-passphrase-file" in ran.err
    assert contents(folder(node)) == before


@pytest.mark.parametrize("name", ["identity", "node"])
def test_a_wrong_passphrase_names_the_file(node, name):
    before = contents(folder(node))
    wrong = secret(node, "wrong", b"a forgotten one")
    if name == "identity":
        ran = keys(node, "rotate", "message", identity=b"a forgotten one")
        file = "identity.key"
    else:
        ran = keys(node, "rotate", "message", "--passphrase-file", wrong)
        file = "store.key"
    assert ran.code == 3
    assert f"the passphrase does not open {folder(node) / file}" in ran.err
    assert "a forgotten one" not in ran.err
    assert contents(folder(node)) == before


def test_a_passphrase_file_that_others_can_read_is_refused(node):
    path = Path(secret(node, "open", IDENTITY))
    path.chmod(0o644)
    ran = node.run("keys", "rotate", "message", "--identity-passphrase-file", str(path))
    assert ran.code == 3
    assert f"chmod 0600 '{path}'" in ran.err
    assert serial(node) == 1


def test_a_new_identity_prints_its_fingerprint_and_what_peers_have_to_do(node):
    before = fingerprint(node)
    new = secret(node, "new", b"another")
    ran = node.run("keys", "rotate", "identity", "--yes", "--new-passphrase-file", new)
    assert ran.code == 0, ran.err
    assert ran.out.strip() == fingerprint(node) != before
    assert "every peer" in ran.err
    assert "peers confirm CARD --new-identity" in ran.err


def test_the_node_and_the_identity_take_no_common_passphrase(node):
    before = contents(folder(node))
    ran = keys(node, "passphrase", "--new-passphrase-file", secret(node, "new", IDENTITY))
    assert ran.code == 3
    assert "different passphrases" in ran.err
    same = secret(node, "new", PASSPHRASE)
    ran = keys(node, "passphrase", "--identity", "--new-passphrase-file", same)
    assert ran.code == 3
    assert contents(folder(node)) == before


def test_a_new_passphrase_and_where_to_put_it(node):
    new = secret(node, "new", b"another")
    ran = node.run("keys", "passphrase", "--new-passphrase-file", new)
    assert ran.code == 0, ran.err
    assert f"write the new passphrase into {node.folder / 'passphrase'} (mode 0600)" in ran.err
    view = document(
        node.run(
            *("keys", "passphrase", "--json", "--passphrase-file", new),
            *("--new-passphrase-file", secret(node, "third", b"a third")),
        )
    )
    assert set(view["sealed"]) == {
        *("message-1.key", "encryption-1.key", "store.key", "tls-1.secret")
    }


def test_the_passphrase_until_now_is_no_new_one(node):
    before = (folder(node) / "store.key").read_bytes()
    ran = keys(node, "passphrase", "--new-passphrase-file", secret(node, "new", PASSPHRASE))
    assert ran.code == 3
    assert "the new passphrase is the one until now" in ran.err
    assert (folder(node) / "store.key").read_bytes() == before


def test_nothing_is_pruned_while_it_may_be_needed(node):
    keys(node, "rotate", "all")
    ran = node.run("keys", "prune")
    assert (ran.code, ran.err) == (0, "destroyed: nothing\n")
    assert document(node.run("keys", "prune", "--dry-run", "--json")) == {
        "dry_run": True,
        "destroyed": [],
    }


@pytest.mark.parametrize("words", [("reload",), ("use-certificate", "--force")])
def test_what_only_a_running_node_can_do_says_how_to_start_it(node, words):
    ran = node.run("keys", *words)
    assert ran.code == 5
    assert ran.err.rstrip().endswith(f"--config {node.config} serve")


def typed(node: Node, *words: str, answers: list[str]) -> tuple[int, str]:
    """Run a command at a terminal, and type an answer each time something is asked."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        node.command(*words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=environment(),
    )
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + 30
    # The end of its output, not of the process: what it said last may still be unread then.
    while time.monotonic() < deadline:
        try:
            shown += os.read(ours, 4096)
        except OSError:
            break
        if answers and shown.rstrip().endswith((b":", b"]:")):
            os.write(ours, answers.pop(0).encode() + b"\n")
            shown += b" "
            time.sleep(0.05)
    code = process.wait(30)
    os.close(ours)
    return code, shown.decode()


def test_at_a_terminal_a_new_passphrase_is_typed_twice(node):
    old = PASSPHRASE.decode()
    assert old
    code, shown = typed(node, "keys", "passphrase", answers=["a new one", "another one"])
    assert code == 1
    assert "the two passphrases differ" in shown
    before = contents(folder(node))
    code, shown = typed(node, "keys", "passphrase", answers=["a new one", "a new one"])
    assert code == 0, shown
    assert "a new one" not in shown
    assert contents(folder(node)) != before


def test_at_a_terminal_a_revocation_is_asked_about(node):
    file = secret(node, "identity", IDENTITY)
    words = ("keys", "revoke", "message-1.key", "--identity-passphrase-file", file)
    code, shown = typed(node, *words, answers=["n"])
    assert code == 1
    assert "Revoke message-1.key for good?" in shown
    assert serial(node) == 1
    assert typed(node, *words, answers=["y"])[0] == 0
    assert serial(node) == 2
