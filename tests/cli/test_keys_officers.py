"""`gateway keys officers`: who may give consent, put on the card and taken off it by hand."""

import json
import time
from pathlib import Path

import pytest

from gateway.envelope import Card, read_card, times
from gateway.keyring.officers import Pinned, new_officer_key
from tests.nodes import Keys
from tests.system.nodes import Node, make_pair
from tests.system.shell import keys

UNTIL = times.text(time.time() + 30 * 86_400)[:10]


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node that was made and never started."""
    return make_pair(tmp_path).jp


def card(node: Node):
    return read_card((node.folder / "keys" / "card.json").read_bytes())


def public(node: Node, of: Card, name: str = "officer-1") -> str:
    """Write the public half of a new officer's key, made for a card; return its path."""
    key = new_officer_key(Pinned.to(of, name))
    path = node.folder / f"{name}.key.pub.json"
    path.write_bytes(key.public(at=times.text(time.time())))
    return str(path)


def test_an_officer_is_put_on_the_card_listed_and_revoked(node):
    none = node.run("keys", "officers", "list")
    assert (none.code, none.out) == (0, "")
    assert "no officer may give consent yet" in none.err

    added = keys(node, "officers", "add", public(node, card(node)), "--until", UNTIL)
    assert (added.code, added.out) == (0, "")
    assert added.err.startswith("card 2; written: card.json\n")
    assert "their operators take officers by hand alone: gateway peers confirm CARD" in added.err
    (officer,) = card(node).officers
    assert (officer.id, officer.capability) == ("officer-1", "consent")

    listed = node.run("keys", "officers", "list")
    assert listed.out.splitlines()[-1].split()[0] == "officer-1"
    assert listed.out.rstrip().endswith("counts")

    asked = keys(node, "officers", "revoke", "officer-1")
    assert (asked.code, "add --yes" in asked.err) == (1, True)
    revoked = keys(node, "officers", "revoke", "officer-1", "--yes")
    assert revoked.code == 0, revoked.err
    items = json.loads(node.run("keys", "officers", "list", "--json").out)["items"]
    assert items[0]["revoked_at"] is not None
    again = keys(node, "officers", "revoke", "officer-1", "--yes")
    assert (again.code, "revoked at" in again.err) == (6, True)


def test_what_is_refused_leaves_the_card_as_it_was(node):
    other = read_card(Keys("jp/isa").issue(environment=card(node).environment))
    before = card(node)
    foreign = keys(node, "officers", "add", public(node, other), "--until", UNTIL)
    assert (foreign.code, "another identity" in foreign.err) == (8, True)
    late = keys(node, "officers", "add", public(node, card(node)), "--until", "2090-01-01")
    assert (late.code, "within 366 days" in late.err) == (3, True)
    missing = keys(node, "officers", "add", "/nowhere.json", "--until", UNTIL)
    assert (missing.code, "there is no file" in missing.err) == (4, True)
    unknown = keys(node, "officers", "revoke", "officer-9", "--yes")
    assert (unknown.code, "no officer on the card" in unknown.err) == (4, True)
    dry = keys(node, "officers", "add", public(node, card(node)), "--until", UNTIL, "--dry-run")
    assert (dry.code, "would be written: card.json" in dry.err) == (0, True)
    assert card(node) == before
