"""Losses: another identity without the old one, and all own keys anew without their passphrase."""

import os

import pytest

from gateway.envelope import digest, fingerprint, read_card, times
from gateway.errors import InvalidError, VerificationError
from gateway.keyring import (
    NewPassphrase,
    WrongFilePassphraseError,
    open_identity,
    open_keyring,
    renew_all,
    rotate,
    rotate_identity,
)
from gateway.keyring.renewal import Kind
from tests.keyring.conftest import DAY, IDENTITY, NODE, NOW, OPENING, act, contents

NEW = NewPassphrase(value=b"a new one")


def test_an_empty_passphrase_is_none():
    with pytest.raises(InvalidError, match="empty"):
        NewPassphrase(value=b"")
    assert "a new one" not in repr(NEW)


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_new_identity_needs_nothing_of_the_old_one(folder, is_lost):
    before = open_keyring(folder, NODE, now=NOW)
    raw = (folder / "card.json").read_bytes()
    if is_lost:
        (folder / "identity.key").unlink()
    changed = rotate_identity(folder, NEW, act(1))
    keyring = open_keyring(folder, NODE, now=NOW + DAY)
    assert keyring.identity != before.identity
    assert changed.fingerprint == fingerprint(keyring.identity)
    assert (keyring.card.serial, keyring.card.previous) == (2, digest(raw))
    # All else goes on: peers that have not confirmed it yet still know every key.
    assert keyring.card.message_pairs == before.card.message_pairs
    assert keyring.card.encryption_keys == before.card.encryption_keys
    assert keyring.card.certificates == before.card.certificates
    assert open_identity(folder, NEW.value).public == keyring.identity
    with pytest.raises(WrongFilePassphraseError):
        open_identity(folder, IDENTITY)


def test_the_old_identity_believes_no_card_of_the_new_one(folder):
    old = read_card((folder / "card.json").read_bytes()).identity
    rotate_identity(folder, NEW, act(1))
    with pytest.raises(VerificationError):
        read_card((folder / "card.json").read_bytes(), identity=old)


def test_the_new_identity_signs_the_next_cards(folder):
    rotate_identity(folder, NEW, act(1))
    opening = OPENING.__class__(identity=NEW.value, node=NODE)
    assert rotate(folder, {Kind.MESSAGE}, opening, act(2)).card.serial == 3


@pytest.mark.parametrize(
    ("start_over", "passphrase"),
    [
        (lambda folder, new: rotate_identity(folder, new, act(1)), NODE),
        (lambda folder, new: renew_all(folder, IDENTITY, new, act(1)), IDENTITY),
    ],
)
def test_identity_and_node_never_share_a_passphrase(folder, start_over, passphrase):
    before = contents(folder)
    with pytest.raises(InvalidError, match="different passphrases"):
        start_over(folder, NewPassphrase(value=passphrase))
    assert contents(folder) == before


def test_after_a_lost_passphrase_every_key_of_the_node_is_another(folder):
    before = open_keyring(folder, NODE, now=NOW)
    old = contents(folder)
    changed = renew_all(folder, IDENTITY, NEW, act(1))
    keyring = open_keyring(folder, NEW.value, now=NOW + DAY)
    assert keyring.card == changed.card
    assert keyring.identity == before.identity
    assert keyring.store_key != before.store_key
    assert not set(keyring.keys.pairs) & set(before.keys.pairs)
    assert not set(keyring.keys.decryption_keys) & set(before.keys.decryption_keys)
    assert keyring.card.certificates == (keyring.tls.der,)
    # What the old pair signed may be on its way still; what is sealed to the old key is for nobody.
    assert keyring.card.message_pairs[0] == before.card.message_pairs[0]
    assert keyring.card.encryption_keys[0][1].revoked_at == times.text(NOW + DAY)
    (aside,) = (path for path in folder.iterdir() if path.is_dir())
    assert aside.name == "lost-20260102T000000Z"
    assert contents(aside) == {
        name: content for name, content in old.items() if name not in ("card.json", "identity.key")
    }
    assert {path.stat().st_mode & 0o777 for path in aside.iterdir()} == {0o600}
    assert aside.stat().st_mode & 0o777 == 0o700


def test_a_lost_passphrase_needs_the_one_of_the_identity(folder):
    before = contents(folder)
    with pytest.raises(WrongFilePassphraseError, match="identity"):
        renew_all(folder, b"not that one", NEW, act(1))
    assert contents(folder) == before


@pytest.mark.parametrize("is_identity", [True, False])
def test_a_dry_run_changes_nothing(folder, is_identity):
    before = contents(folder)
    if is_identity:
        changed = rotate_identity(folder, NEW, act(1, dry_run=True))
    else:
        changed = renew_all(folder, IDENTITY, NEW, act(1, dry_run=True))
    assert changed.card.serial == 2
    assert contents(folder) == before
    assert len(os.listdir(folder)) == len(before)
