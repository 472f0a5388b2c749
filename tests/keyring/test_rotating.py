"""Rotating, revoking and destroying keys on disk, with the passphrases that each act needs."""

import json

import pytest

from gateway.delivery.handed_out import OlderKeysError
from gateway.envelope import digest, read_card, times
from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.keyring import (
    HandedOut,
    Kind,
    NewPassphrase,
    Opening,
    Standing,
    WrongFilePassphraseError,
    describe,
    open_keyring,
    prune,
    reseal_node,
    revoke,
    rotate,
)
from gateway.private_files import PrivateFileError
from tests.keyring.conftest import DAY, IDENTITY, NODE, NOW, OPENING, act, contents

ALL = frozenset(Kind)
FILES = {
    Kind.MESSAGE: {"message-2.key"},
    Kind.ENCRYPTION: {"encryption-2.key"},
    Kind.TLS: {"tls-2.key", "tls-2.pem", "tls-2.secret"},
}


def card_of(folder):
    return read_card((folder / "card.json").read_bytes())


def known(folder, presented=None):
    """Return that every peer has receipted the card of a folder."""
    card = card_of(folder)
    return HandedOut(
        serial=card.serial,
        digest=digest((folder / "card.json").read_bytes()),
        presented=presented or card.certificates[-1],
        is_known=True,
    )


@pytest.mark.parametrize("kind", Kind)
def test_a_rotation_adds_a_file_and_changes_only_the_card(folder, kind):
    before = contents(folder)
    changed = rotate(folder, {kind}, OPENING, act(1))
    after = contents(folder)
    assert set(after) - set(before) == FILES[kind]
    assert set(changed.made) == FILES[kind] | {"card.json"}
    assert {name for name in before if before[name] != after[name]} == {"card.json"}
    assert card_of(folder) == changed.card
    assert changed.card.serial == 2
    keyring = open_keyring(folder, NODE, now=NOW + DAY)
    assert keyring.card == changed.card


def test_the_new_keys_open_beside_the_old_ones_the_newest_first(folder):
    first = open_keyring(folder, NODE, now=NOW)
    rotate(folder, ALL, OPENING, act(1))
    keyring = open_keyring(folder, NODE, now=NOW + DAY)
    assert keyring.keys.pairs[1:] == first.keys.pairs
    assert set(first.keys.decryption_keys) < set(keyring.keys.decryption_keys)
    assert [each.der for each in keyring.certificates] == list(reversed(keyring.card.certificates))
    assert keyring.tls.der == keyring.card.certificates[-1]
    assert keyring.store_key == first.store_key


def test_a_dry_run_says_what_would_happen_and_writes_nothing(folder):
    before = contents(folder)
    changed = rotate(folder, ALL, OPENING, act(1, dry_run=True))
    assert changed.card.serial == 2
    assert set(changed.made) == {"card.json"}.union(*FILES.values())
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("opening", "file"),
    [
        (Opening(identity=b"another", node=NODE), "identity.key"),
        (Opening(identity=IDENTITY, node=b"another"), "store.key"),
        (Opening(identity=NODE, node=IDENTITY), "identity.key"),
    ],
)
def test_a_wrong_passphrase_names_its_file_and_changes_nothing(folder, opening, file):
    before = contents(folder)
    with pytest.raises(WrongFilePassphraseError, match=file):
        rotate(folder, ALL, opening, act(1))
    assert contents(folder) == before


def test_without_the_identity_no_card_is_issued(folder):
    (folder / "identity.key").unlink()
    before = contents(folder)
    with pytest.raises(PrivateFileError, match=r"identity\.key does not exist"):
        rotate(folder, ALL, OPENING, act(1))
    assert contents(folder) == before


def test_a_number_is_never_used_twice(folder):
    (folder / "message-7.key").write_bytes((folder / "message-1.key").read_bytes())
    (folder / "message-7.key").chmod(0o600)
    assert "message-8.key" in rotate(folder, {Kind.MESSAGE}, OPENING, act(1)).made


def test_keys_older_than_what_was_handed_out_go_on_from_there_and_destroy_nothing(folder, make):
    later = HandedOut(serial=5, digest=digest(b"card 5"))
    (folder / "encryption-9.key").write_bytes((make("other") / "encryption-1.key").read_bytes())
    (folder / "encryption-9.key").chmod(0o600)
    changed = rotate(folder, ALL, OPENING, act(1, after=later))
    assert (changed.card.serial, changed.card.previous) == (6, digest(b"card 5"))
    assert changed.destroyed == ()
    with pytest.raises(OlderKeysError, match="handed out card 7"):
        prune(folder, act(1, after=HandedOut(serial=7, digest=digest(b"card 7"))))
    assert (folder / "encryption-9.key").exists()


def test_an_old_encryption_key_is_destroyed_when_nothing_can_still_come(folder):
    rotate(folder, {Kind.ENCRYPTION}, OPENING, act(1))
    for days in (1 + 14, 1 + 14 + 30):
        assert rotate(folder, set(), OPENING, act(days)).destroyed == ()
        assert len(open_keyring(folder, NODE, now=NOW + days * DAY).keys.decryption_keys) == 2
    assert prune(folder, act(1 + 14 + 31, dry_run=True)).destroyed == ("encryption-1.key",)
    assert (folder / "encryption-1.key").exists()
    assert prune(folder, act(1 + 14 + 31)).destroyed == ("encryption-1.key",)
    assert not (folder / "encryption-1.key").exists()
    keyring = open_keyring(folder, NODE, now=NOW + 46 * DAY)
    assert len(keyring.card.encryption_keys) == 2
    assert len(keyring.keys.decryption_keys) == 1
    assert len(rotate(folder, set(), OPENING, act(47)).card.encryption_keys) == 1


def test_an_encryption_key_that_still_holds_must_be_there(folder):
    rotate(folder, {Kind.ENCRYPTION}, OPENING, act(1))
    (folder / "encryption-1.key").unlink()
    with pytest.raises(Exception, match=r"no encryption-N\.key"):
        open_keyring(folder, NODE, now=NOW + 14 * DAY)
    assert open_keyring(folder, NODE, now=NOW + 16 * DAY)


def test_a_certificate_that_no_card_names_is_kept_until_every_peer_knows(folder):
    rotate(folder, {Kind.TLS}, OPENING, act(1))
    rotate(folder, {Kind.TLS}, OPENING, act(2, after=known(folder)))
    names = ("tls-1.key", "tls-1.pem", "tls-1.secret")
    assert prune(folder, act(3)).destroyed == ()
    assert len(open_keyring(folder, NODE, now=NOW).certificates) == 3
    assert sorted(prune(folder, act(3, after=known(folder))).destroyed) == sorted(names)
    assert len(open_keyring(folder, NODE, now=NOW).certificates) == 2


def test_what_is_shown_is_kept_also_over_rotations_that_the_node_has_not_seen(folder):
    rotate(folder, {Kind.TLS}, OPENING, act(1))
    first, second = card_of(folder).certificates
    seen = known(folder, presented=second)
    rotate(folder, {Kind.MESSAGE}, OPENING, act(2, after=seen))
    rotate(folder, {Kind.TLS}, OPENING, act(3, after=seen))
    assert card_of(folder).certificates[0] == second != first


def test_a_certificate_that_no_card_names_and_nobody_can_open_is_left_out(folder, make):
    other = make("other")
    reseal_node(other, NODE, NewPassphrase(value=b"another"), act())
    for suffix in ("pem", "key", "secret"):
        (folder / f"tls-5.{suffix}").write_bytes((other / f"tls-1.{suffix}").read_bytes())
        (folder / f"tls-5.{suffix}").chmod(0o600)
    keyring = open_keyring(folder, NODE, now=NOW)
    assert [each.der for each in keyring.certificates] == list(keyring.card.certificates)


REVOKED = [
    (lambda card: "message-1.key", Kind.MESSAGE),
    (lambda card: card.message_pairs[0][0].kids[0], Kind.MESSAGE),
    (lambda card: card.message_pairs[0][0].kids[1][:8], Kind.MESSAGE),
    (lambda card: "encryption-1.key", Kind.ENCRYPTION),
    (lambda card: card.encryption_keys[0][0].kid[:12], Kind.ENCRYPTION),
    (lambda card: "tls-1.pem", Kind.TLS),
    (lambda card: digest(card.certificates[0]).removeprefix("sha-256:")[:10], Kind.TLS),
]


@pytest.mark.parametrize(("selector", "kind"), REVOKED)
def test_a_revoked_key_is_replaced_in_the_same_act(folder, selector, kind):
    before = card_of(folder)
    changed = revoke(folder, selector(before), OPENING, act(1))
    assert FILES[kind] <= set(changed.made)
    at = times.text(NOW + DAY)
    new = changed.card
    match kind:
        case Kind.MESSAGE:
            (pair, held), (_, fresh) = new.message_pairs
            assert (pair, held.revoked_at) == (before.message_pairs[0][0], at)
            assert fresh.is_valid_at(at)
        case Kind.ENCRYPTION:
            (key, held), (_, fresh) = new.encryption_keys
            assert (key, held.revoked_at) == (before.encryption_keys[0][0], at)
            assert fresh.is_valid_at(at)
            assert changed.destroyed == ("encryption-1.key",)
        case Kind.TLS:
            assert len(new.certificates) == 1
            assert new.certificates != before.certificates
            # A peer may know no other: our newest card could not reach it.
            assert len(open_keyring(folder, NODE, now=NOW).certificates) == 2
    assert open_keyring(folder, NODE, now=NOW + DAY).card == new


def test_no_new_key_is_made_while_another_one_holds(folder):
    rotate(folder, ALL, OPENING, act(1))
    for selector in ("message-2.key", "encryption-1.key", "tls-2.secret"):
        assert revoke(folder, selector, OPENING, act(2)).made == ("card.json",)
    keyring = open_keyring(folder, NODE, now=NOW + 2 * DAY)
    assert len(keyring.keys.decryption_keys) == 1
    assert len(keyring.card.certificates) == 1


def test_nothing_sealed_to_a_revoked_key_is_opened(folder):
    kid = card_of(folder).encryption_keys[0][0].kid
    copy = (folder / "encryption-1.key").read_bytes()
    revoke(folder, "encryption-1.key", OPENING, act(1))
    (folder / "encryption-1.key").write_bytes(copy)
    (folder / "encryption-1.key").chmod(0o600)
    assert kid not in open_keyring(folder, NODE, now=NOW + DAY).keys.decryption_keys


@pytest.mark.parametrize(
    ("selector", "error", "words"),
    [
        ("message-9.key", NotFoundError, "no key of the card"),
        ("nothing-like-that", NotFoundError, "no key of the card"),
        ("mess", NotFoundError, "no key of the card"),
        ("identity.key", InvalidError, "replaced"),
        ("store.key", InvalidError, "no card"),
    ],
)
def test_what_no_card_revokes_is_refused_and_nothing_changes(folder, selector, error, words):
    before = contents(folder)
    with pytest.raises(error, match=words):
        revoke(folder, selector, OPENING, act(1))
    assert contents(folder) == before


def test_a_key_is_revoked_once(folder):
    revoke(folder, "message-1.key", OPENING, act(1))
    before = contents(folder)
    with pytest.raises(ConflictError, match="was revoked at"):
        revoke(folder, "message-1.key", OPENING, act(2))
    assert contents(folder) == before


def test_a_listing_tells_how_each_key_stands(folder):
    rotate(folder, ALL, OPENING, act(1))
    first, second = card_of(folder).certificates
    waiting = {each.file: each for each in describe(folder, now=NOW + DAY, presented=first)}
    assert waiting["tls-1.secret"].standing is Standing.CURRENT
    assert waiting["tls-2.secret"].standing is Standing.WAITING
    assert (waiting["tls-1.secret"].presented, waiting["tls-2.secret"].presented) == (True, False)
    revoke(folder, "message-2.key", OPENING, act(2))
    listed = {each.file: each for each in describe(folder, now=NOW + 16 * DAY, presented=second)}
    assert {name: each.standing for name, each in listed.items()} == {
        "identity.key": Standing.CURRENT,
        "store.key": Standing.PRIVATE,
        "message-1.key": Standing.CURRENT,
        "message-2.key": Standing.REVOKED,
        "encryption-1.key": Standing.ENDED,
        "encryption-2.key": Standing.CURRENT,
        "tls-1.secret": Standing.OVERLAP,
        "tls-2.secret": Standing.CURRENT,
    }
    assert listed["message-2.key"].revoked_at == times.text(NOW + 2 * DAY)
    assert listed["message-1.key"].presented is None


def test_files_that_no_card_names_are_not_opened(folder, make):
    other = make("other")
    content = json.loads((other / "message-1.key").read_bytes())
    content["sealed"]["kdf"]["log2_n"] = 5  # would not open
    (folder / "message-5.key").write_text(json.dumps(content))
    (folder / "message-5.key").chmod(0o600)
    assert len(open_keyring(folder, NODE, now=NOW).keys.pairs) == 1
    assert (folder / "message-5.key").exists()
