"""Another passphrase: the same keys, all of them sealed anew or none."""

import json

import pytest

from gateway.errors import InvalidError
from gateway.keyring import (
    Kind,
    NewPassphrase,
    WrongFilePassphraseError,
    open_identity,
    open_keyring,
    reseal_identity,
    reseal_node,
    rotate,
)
from tests.keyring.conftest import IDENTITY, NODE, NOW, OPENING, act, contents
from tests.keyring.test_folder import CrashError, crash_at

NEW = NewPassphrase(value=b"a new one")


def test_the_node_opens_with_the_new_passphrase_and_not_with_the_old_one(folder):
    rotate(folder, frozenset(Kind), OPENING, act(1))
    before = open_keyring(folder, NODE, now=NOW)
    old = contents(folder)
    sealed = reseal_node(folder, NODE, NEW, act(2))
    assert open_keyring(folder, NEW.value, now=NOW) == before
    with pytest.raises(WrongFilePassphraseError):
        open_keyring(folder, NODE, now=NOW)
    new = contents(folder)
    assert {name for name in old if old[name] != new[name]} == set(sealed)
    assert {"identity.key", "card.json", "tls-1.key"}.isdisjoint(sealed)
    for name in sealed:
        assert json.loads(new[name])["created"] == json.loads(old[name])["created"]


def test_the_identity_has_its_own(folder):
    pair = open_identity(folder, IDENTITY)
    assert reseal_identity(folder, IDENTITY, NEW, act()) == ("identity.key",)
    assert open_identity(folder, NEW.value) == pair
    assert open_keyring(folder, NODE, now=NOW)


@pytest.mark.parametrize(
    ("reseal", "old", "taken"),
    [(reseal_node, NODE, IDENTITY), (reseal_identity, IDENTITY, NODE)],
)
def test_a_refused_passphrase_changes_nothing(folder, reseal, old, taken):
    before = contents(folder)
    with pytest.raises(InvalidError, match="different passphrases"):
        reseal(folder, old, NewPassphrase(value=taken), act())
    with pytest.raises(WrongFilePassphraseError):
        reseal(folder, b"not the old one", NEW, act())
    assert contents(folder) == before


def test_a_file_that_nothing_uses_and_nobody_can_open_is_left_alone(folder, make):
    stray = make("other") / "message-1.key"
    reseal_node(make("third"), NODE, NEW, act())
    reseal_node(stray.parent, NODE, NEW, act())
    (folder / "message-9.key").write_bytes(stray.read_bytes())
    (folder / "message-9.key").chmod(0o600)
    assert "message-9.key" not in reseal_node(folder, NODE, NewPassphrase(value=b"third"), act())
    assert open_keyring(folder, b"third", now=NOW)


def test_a_crash_anywhere_leaves_one_passphrase_for_all_files(make):
    found = []
    reseal_node(make("trial"), NODE, NEW, act(reached=found.append))
    for number, place in enumerate(found):
        folder = make(f"keys-{number}")
        with pytest.raises(CrashError):
            reseal_node(folder, NODE, NEW, act(reached=crash_at(place)))
        works = []
        for passphrase in (NODE, NEW.value):
            try:
                open_keyring(folder, passphrase, now=NOW)
            except WrongFilePassphraseError:
                continue
            works.append(passphrase)
        assert len(works) == 1, place
