"""What belongs to one environment is refused by a node of the other, on every path into it.

What comes over the wire is judged in `tests/delivery`: an envelope, a receipt and a card of the
other environment.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway import config, keyring
from gateway.envelope import Environment, issue_card, read_card
from gateway.errors import GatewayError, InvalidError, PolicyError
from gateway.keyring import Act, Kind, NewPassphrase, Opening
from gateway.node import add_peer, confirm_peer, key_acts
from tests.system.ledger import query
from tests.system.nodes import PASSPHRASE, Node, Wish, make_pair
from tests.system.test_starting import contents

ENVIRONMENTS = ("test", "production")
IDENTITY = b"signs the card"
OPENING = Opening(identity=IDENTITY, node=PASSPHRASE)


@dataclasses.dataclass
class Here:
    """A node of one environment, and a peer's card of the other."""

    node: Node
    other: str
    card: bytes
    folder: Path

    @property
    def settings(self) -> config.Config:
        return config.load(self.node.config)

    def say(self, environment: str) -> None:
        """Let the configuration name another environment than keys and database have."""
        text = self.node.config.read_text()
        self.node.config.write_text(
            text.replace(
                f'environment = "{self.settings.node.environment}"',
                f'environment = "{environment}"',
            )
        )


@pytest.fixture(params=ENVIRONMENTS)
def here(request, tmp_path) -> Here:
    other = next(each for each in ENVIRONMENTS if each != request.param)
    for name in ENVIRONMENTS:
        (tmp_path / name).mkdir()
    ours = make_pair(tmp_path / request.param, Wish(environment=request.param))
    theirs = make_pair(tmp_path / other, Wish(environment=other))
    card = (theirs.kh.folder / "keys/card.json").read_bytes()
    return Here(ours.jp, other, card, tmp_path)


def serve(here: Here) -> None:
    here.say(here.other)
    ran = here.node.run("serve")
    assert ran.code == 3
    raise InvalidError(ran.err)


def serve_with_the_other_keys(here: Here) -> None:
    keys = here.node.folder / "keys"
    keys.rename(here.folder / "aside")
    (here.folder / here.other / "jp/keys").rename(keys)
    ran = here.node.run("serve")
    assert ran.code == 3
    raise InvalidError(ran.err)


def serve_with_the_other_database(here: Here) -> None:
    here.node.database.write_bytes((here.folder / here.other / "jp/data/gateway.db").read_bytes())
    ran = here.node.run("serve")
    assert ran.code == 3
    raise InvalidError(ran.err)


def add(here: Here) -> None:
    add_peer(here.settings, PASSPHRASE, here.card)


def confirm(here: Here) -> None:
    confirm_peer(here.settings, PASSPHRASE, here.card)


def confirm_another_identity(here: Here) -> None:
    confirm_peer(here.settings, PASSPHRASE, here.card, is_new_identity=True)


def rotate(here: Here) -> None:
    here.say(here.other)
    key_acts.rotate(here.settings, frozenset(Kind), OPENING)


def revoke(here: Here) -> None:
    here.say(here.other)
    key_acts.revoke(here.settings, "message-1.key", OPENING)


def rotate_identity(here: Here) -> None:
    here.say(here.other)
    key_acts.rotate_identity(here.settings, NewPassphrase(value=b"new"))


def start_over(here: Here) -> None:
    here.say(here.other)
    key_acts.renew_all(here.settings, IDENTITY, NewPassphrase(value=b"new"))


PATHS: list[Callable[[Here], None]] = [
    serve,
    serve_with_the_other_keys,
    serve_with_the_other_database,
    add,
    confirm,
    confirm_another_identity,
    rotate,
    revoke,
    rotate_identity,
    start_over,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_a136_the_other_environment_is_refused_and_nothing_changes(here, path):
    rows = query(here.node.database, "SELECT * FROM peers")
    keys = contents(here.node.folder / "keys")
    with pytest.raises((InvalidError, PolicyError), match=f"{here.other}") as caught:
        path(here)
    assert isinstance(caught.value, GatewayError)
    if path not in (serve_with_the_other_keys, serve_with_the_other_database):
        assert query(here.node.database, "SELECT * FROM peers") == rows
        assert contents(here.node.folder / "keys") == keys


def test_a_running_node_takes_up_no_keys_of_the_other_environment(tmp_path):
    pair = make_pair(tmp_path, Wish(environment="test"))
    try:
        pair.jp.start()
        keys = pair.jp.folder / "keys"
        card = read_card((keys / "card.json").read_bytes())
        identity = keyring.open_identity(keys, IDENTITY)
        other = dataclasses.replace(
            card, environment=Environment.PRODUCTION, serial=2, previous="sha-256:" + "A" * 43
        )
        (keys / "card.json").write_bytes(issue_card(other, identity))
        ran = pair.jp.run("keys", "reload")
        assert ran.code == 3
        assert "environment production" in ran.err
        assert pair.jp.get("keys")["serial"] == 1
    finally:
        pair.clear()


def test_a_rotation_keeps_the_environment(tmp_path):
    pair = make_pair(tmp_path, Wish(environment="production"))
    folder = pair.jp.folder / "keys"
    changed = keyring.rotate(folder, frozenset(Kind), OPENING, Act(now=1_800_000_000.0, log2_n=4))
    assert changed.card.environment is Environment.PRODUCTION
