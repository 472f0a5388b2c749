"""The keys of a node on disk: made once, opened only whole and right, described without secrets."""

import contextlib
import dataclasses
import json
import os
import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway import private_files
from gateway.envelope import Environment, base64url, fingerprint, read_card, times
from gateway.errors import ExitCode, InvalidError, VerificationError
from gateway.keyring import (
    KeyFileError,
    NewNode,
    Passphrases,
    Use,
    WrongFilePassphraseError,
    create,
    describe,
    open_identity,
    open_keyring,
)
from gateway.private_files import FilesExistError, PrivateFileError

NOW = 1_767_225_600.0  # 2026-01-01
DAY = 86_400
PASSPHRASES = Passphrases(identity=b"of the identity", node=b"of the node")
NEW = NewNode(
    node="jp/isa",
    environment=Environment.TEST,
    names={"en": "Immigration Services Agency", "ja": "出入国在留管理庁"},
    organisations=(),
    addresses=("https://127.0.0.1:8470",),
)
FILES = {
    "card.json",
    "encryption-1.key",
    "identity.key",
    "message-1.key",
    "store.key",
    "tls-1.key",
    "tls-1.pem",
    "tls-1.secret",
}
SEALED = ["message-1.key", "encryption-1.key", "store.key", "tls-1.secret"]


def make(folder, **changes):
    new = dataclasses.replace(NEW, **changes)
    return create(folder, new, PASSPHRASES, now=NOW, log2_n=4)


@pytest.fixture
def folder(tmp_path):
    make(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def other(tmp_path):
    make(tmp_path / "other")
    return tmp_path / "other"


def rewrite(path, content):
    path.write_bytes(content)
    path.chmod(0o600)


def test_what_was_made_opens_and_fits_the_card(tmp_path):
    created = make(tmp_path / "keys")
    keyring = open_keyring(created.folder, PASSPHRASES.node)
    assert set(created.files) == set(os.listdir(created.folder)) == FILES
    assert keyring.card == created.card == read_card(created.card_raw)
    assert keyring.card_raw == created.card_raw == (created.folder / "card.json").read_bytes()
    assert keyring.node == "jp/isa"
    assert keyring.identity == created.identity
    assert created.fingerprint == fingerprint(created.identity)
    ((pair, _),) = keyring.card.message_pairs
    assert [each.public for each in keyring.keys.pairs] == [pair]
    ((key, _),) = keyring.card.encryption_keys
    assert keyring.keys.decryption_keys[key.kid].public == key
    assert len(keyring.store_key) == 32
    assert keyring.card.certificates == (keyring.tls.der,)
    assert (keyring.card.serial, keyring.card.previous) == (1, None)


def test_two_nodes_share_nothing(folder, other):
    first, second = (open_keyring(each, PASSPHRASES.node) for each in (folder, other))
    assert first.store_key != second.store_key
    assert first.tls.password != second.tls.password
    assert not set(first.keys.decryption_keys) & set(second.keys.decryption_keys)


def test_the_certificate_is_the_one_that_peers_can_pin_twice(folder, other):
    certificates = [
        x509.load_pem_x509_certificate((each / "tls-1.pem").read_bytes())
        for each in (folder, other)
    ]
    names = {
        str(each.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        for each in certificates
    }
    assert len(names) == 2
    assert all(name.startswith("jp/isa ") and len(name) == 15 for name in names)
    for certificate in certificates:
        of = certificate.extensions.get_extension_for_class
        assert of(x509.BasicConstraints).value.ca is False
        assert of(x509.AuthorityKeyIdentifier).value.key_identifier == (
            of(x509.SubjectKeyIdentifier).value.digest
        )
        assert set(of(x509.ExtendedKeyUsage).value) == {
            ExtendedKeyUsageOID.SERVER_AUTH,
            ExtendedKeyUsageOID.CLIENT_AUTH,
        }
        lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert lifetime.days == 365
        assert certificate.not_valid_before_utc.timestamp() == NOW - 300


def test_the_tls_key_lies_encrypted_on_disk_and_serves_a_context(folder):
    keyring = open_keyring(folder, PASSPHRASES.node)
    assert (folder / "tls-1.key").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY")
    keyring.tls.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def test_no_file_holds_a_secret_in_clear(folder):
    keyring = open_keyring(folder, PASSPHRASES.node)
    identity = open_identity(folder, PASSPHRASES.identity)
    secrets = [
        *identity.seeds,
        *keyring.keys.pairs[0].seeds,
        *(key.seed for key in keyring.keys.decryption_keys.values()),
        keyring.store_key,
        bytes.fromhex(keyring.tls.password.decode()),
    ]
    assert len({*secrets}) == 7
    for path in folder.iterdir():
        content = path.read_bytes()
        for secret in secrets:
            assert secret not in content
            assert secret.hex().encode() not in content
            assert base64url.encode(secret).encode() not in content


def test_a_keyring_shows_no_secret_when_printed(folder):
    keyring = open_keyring(folder, PASSPHRASES.node)
    shown = repr(keyring)
    assert repr(keyring.store_key) not in shown
    assert keyring.tls.password.decode() not in shown
    assert repr(keyring.keys.pairs[0].seeds[0]) not in shown
    assert "of the node" not in repr(PASSPHRASES)


def test_a_node_starts_without_its_identity(folder):
    (folder / "identity.key").unlink()
    assert open_keyring(folder, PASSPHRASES.node).node == "jp/isa"
    with pytest.raises(PrivateFileError, match=r"identity\.key does not exist"):
        open_identity(folder, PASSPHRASES.identity)


def test_the_identity_has_a_passphrase_of_its_own(folder):
    assert (
        open_identity(folder, PASSPHRASES.identity).public
        == read_card((folder / "card.json").read_bytes()).identity
    )
    with pytest.raises(WrongFilePassphraseError, match=r"identity\.key") as caught:
        open_identity(folder, PASSPHRASES.node)
    assert "passphrase of its own" in caught.value.hint
    with pytest.raises(InvalidError, match="another passphrase"):
        Passphrases(identity=b"same", node=b"same")
    with pytest.raises(InvalidError, match="empty"):
        Passphrases(identity=b"", node=b"same")


def test_a_wrong_passphrase_names_the_file(folder):
    with pytest.raises(WrongFilePassphraseError, match=r"does not open .*message-1\.key") as caught:
        open_keyring(folder, b"of somebody else")
    assert caught.value.exit_code is ExitCode.INVALID
    assert "of somebody else" not in str(caught.value)


def test_keys_are_never_made_over_others(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(FilesExistError, match=r"already holds card\.json"):
        make(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_card_that_peers_would_refuse_makes_no_keys(tmp_path):
    with pytest.raises(InvalidError, match="cannot be issued"):
        make(tmp_path / "keys", addresses=("http://127.0.0.1:80",))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_umask(tmp_path, umask):
    earlier = os.umask(umask)
    try:
        folder = make(tmp_path / "keys").folder
    finally:
        os.umask(earlier)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_start_with_a_file_that_others_can_read(folder, name):
    (folder / name).chmod(0o640)
    with pytest.raises(PrivateFileError, match=f"{name} has mode 0640"):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize("name", sorted(FILES - {"identity.key"}))
def test_no_start_with_a_missing_file(folder, name):
    (folder / name).unlink()
    with pytest.raises((PrivateFileError, KeyFileError), match=name[:-4].removesuffix("-1")):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_start_through_a_link(folder, tmp_path, name):
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    with pytest.raises(PrivateFileError, match=f"{name} is a symbolic link"):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize("name", sorted(FILES - {"identity.key"}))
def test_no_start_with_a_truncated_file(folder, name):
    path = folder / name
    content = path.read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 3):
        rewrite(path, content[:length])
        with pytest.raises((KeyFileError, VerificationError)) as caught:
            open_keyring(folder, PASSPHRASES.node)
        assert caught.value.exit_code in {ExitCode.INVALID, ExitCode.VERIFICATION_FAILED}


TAMPERED = [
    (("sealed", "kdf", "log2_n"), 30, "not a key file"),
    (("sealed", "kdf", "log2_n"), 5, "does not open"),
    (("sealed", "kdf", "r"), 4096, "not a key file"),
    (("sealed", "kdf", "name"), "none", "not a key file"),
    (("sealed", "use"), "identity", "for this use"),
    (("sealed", "use"), "store", "this use|does not open"),
    (("sealed", "extra"), 1, "not a key file"),
    (("sealed",), [], "not a key file"),
    (("sealed", "ciphertext"), "A" * 108, "does not open"),
    (("kids",), "a", "not a key file"),
    (("created",), "yesterday", "not a key file"),
    (("created",), 5, "not a key file"),
    (("more",), 1, "not a key file"),
]


def test_a_file_that_names_another_key_than_it_holds_is_not_believed(folder, other):
    path = folder / "encryption-1.key"
    content = json.loads(path.read_bytes())
    content["sealed"] = json.loads((other / "encryption-1.key").read_bytes())["sealed"]
    rewrite(path, json.dumps(content).encode())
    with pytest.raises(KeyFileError, match=r"encryption-1\.key says in clear"):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize(("members", "value", "words"), TAMPERED)
def test_no_start_with_a_tampered_file(folder, members, value, words):
    path = folder / "message-1.key"
    content = json.loads(path.read_bytes())
    *way, last = members
    place = content
    for member in way:
        place = place[member]
    place[last] = value
    rewrite(path, json.dumps(content).encode())
    with pytest.raises(KeyFileError, match=words) as caught:
        open_keyring(folder, PASSPHRASES.node)
    assert "message-1.key" in str(caught.value)


@pytest.mark.parametrize("name", SEALED)
def test_a_file_does_not_pass_for_one_of_another_use(folder, name):
    wrong = next(each for each in SEALED if each != name)
    rewrite(folder / name, (folder / wrong).read_bytes())
    # A file that names no key of the card is not even tried.
    with pytest.raises(KeyFileError, match=r"use|has no"):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize("name", ["message-1.key", "encryption-1.key", "tls-1.secret"])
def test_a_key_of_another_node_is_not_taken(folder, other, name):
    rewrite(folder / name, (other / name).read_bytes())
    with pytest.raises(KeyFileError):
        open_keyring(folder, PASSPHRASES.node)


@pytest.mark.parametrize("name", ["tls-1.key", "tls-1.pem", "card.json"])
def test_what_does_not_fit_the_card_is_not_taken(folder, other, name):
    rewrite(folder / name, (other / name).read_bytes())
    with pytest.raises(KeyFileError):
        open_keyring(folder, PASSPHRASES.node)


def test_a_card_with_a_changed_byte_is_not_believed(folder):
    card = bytearray((folder / "card.json").read_bytes())
    card[len(card) // 2] ^= 1
    rewrite(folder / "card.json", bytes(card))
    with pytest.raises(VerificationError):
        open_keyring(folder, PASSPHRASES.node)


def test_a_key_that_the_card_does_not_name_does_not_sign(folder, other):
    private_files.write_new(folder / "message-2.key", (other / "message-1.key").read_bytes())
    private_files.write_new(folder / "encryption-10.key", (other / "encryption-1.key").read_bytes())
    keyring = open_keyring(folder, PASSPHRASES.node)
    assert len(keyring.keys.pairs) == 1
    assert len(keyring.keys.decryption_keys) == 1


def test_a_listing_needs_no_passphrase_and_counts_the_days(folder):
    listed = {each.file: each for each in describe(folder, now=NOW)}
    assert set(listed) == {"identity.key", *SEALED}
    assert {each.created for each in listed.values()} == {times.text(NOW)}
    assert {name: each.days_left for name, each in listed.items()} == {
        "identity.key": None,
        "store.key": None,
        "message-1.key": 364,
        "encryption-1.key": 89,
        "tls-1.secret": 364,
    }
    assert listed["message-1.key"].use is Use.MESSAGE
    assert listed["message-1.key"].expires == times.text(NOW - 300 + 365 * DAY)
    assert [each.file for each in listed.values() if each.is_on_card is None] == ["store.key"]
    assert all(each.is_on_card for each in listed.values() if each.kids)


def test_a_listing_shows_what_is_over_and_what_is_on_no_card(folder, other):
    private_files.write_new(folder / "message-2.key", (other / "message-1.key").read_bytes())
    (folder / "identity.key").unlink()
    listed = {each.file: each for each in describe(folder, now=NOW + 100 * DAY)}
    assert listed["encryption-1.key"].days_left == -11
    assert listed["message-2.key"].is_on_card is False
    assert listed["message-2.key"].expires is None
    assert "identity.key" not in listed


def shake_hands(client, server):
    """Run a TLS handshake in memory; return what the client and the server saw of the other."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname="jp-isa.invalid"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = list(ends)
    while waiting:
        for end in list(waiting):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
                waiting.remove(end)
    return [end.getpeercert(binary_form=True) for end in ends]


def context(purpose, own, *pinned):
    made = ssl.create_default_context(purpose)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=b"".join(each.tls.der for each in pinned))
    own.tls.load_into(made)
    return made


def test_the_certificates_work_at_both_ends_and_beside_an_older_one(tmp_path):
    nodes = [make(tmp_path / name).folder for name in ("client", "server", "older")]
    client, server, older = (open_keyring(each, PASSPHRASES.node) for each in nodes)
    seen = shake_hands(
        context(ssl.Purpose.SERVER_AUTH, client, older, server),
        context(ssl.Purpose.CLIENT_AUTH, server, older, client),
    )
    assert seen == [server.tls.der, client.tls.der]
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(
            context(ssl.Purpose.SERVER_AUTH, client, older),
            context(ssl.Purpose.CLIENT_AUTH, server, client),
        )
