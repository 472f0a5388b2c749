"""A node that should not start does not: it says which file, what is wrong and what mends it."""

import hashlib
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.nodes import inquiry
from tests.system.nodes import LOOPBACK, Node, Pair

pytestmark = pytest.mark.timeout(60)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def other_passphrase(node: Node) -> None:
    (node.folder / "passphrase").write_text("not the one\n")


def no_passphrase(node: Node) -> None:
    (node.folder / "passphrase").unlink()


def readable_passphrase(node: Node) -> None:
    (node.folder / "passphrase").chmod(0o644)


def readable_key(node: Node) -> None:
    (node.folder / "keys/message-1.key").chmod(0o644)


def open_folder(node: Node) -> None:
    (node.folder / "keys").chmod(0o755)


def linked_key(node: Node) -> None:
    key = node.folder / "keys/store.key"
    key.rename(node.folder / "elsewhere.key")
    key.symlink_to(node.folder / "elsewhere.key")


def linked_folder(node: Node) -> None:
    (node.folder / "keys").rename(node.folder / "elsewhere")
    (node.folder / "keys").symlink_to(node.folder / "elsewhere")


def foreign_key(node: Node) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(node.folder / "keys/encryption-1.key", 12_345, -1)


def damaged_key(node: Node) -> None:
    key = node.folder / "keys/encryption-1.key"
    key.write_bytes(key.read_bytes()[:-40])


def missing_key(node: Node) -> None:
    (node.folder / "keys/encryption-1.key").unlink()


def changed_card(node: Node) -> None:
    card = node.folder / "keys/card.json"
    raw = bytearray(card.read_bytes())
    raw[len(raw) // 2] ^= 1
    card.write_bytes(raw)


def other_name(node: Node) -> None:
    edit(node.config, 'name = "jp/isa"', 'name = "jp/moj"')


def other_environment(node: Node) -> None:
    edit(node.config, 'environment = "test"', 'environment = "production"')


def other_database(node: Node) -> None:
    shutil.copy(node.folder.parent / "kh/data/gateway.db", node.database)


def no_database(node: Node) -> None:
    node.database.unlink()


def unknown_setting(node: Node) -> None:
    edit(node.config, "[log]", "[log]\ncolour = true")


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong, the exit code, and what stderr must name."""

    harm: Callable[[Node], None]
    code: int
    says: tuple[str, ...]


CASES = [
    Case(other_passphrase, 3, ("keys/", "passphrase")),
    Case(no_passphrase, 3, ("/passphrase", "does not exist")),
    Case(readable_passphrase, 3, ("/passphrase", "0644", "chmod 0600")),
    Case(readable_key, 3, ("keys/message-1.key", "0644", "chmod 0600")),
    Case(open_folder, 3, ("/keys", "0755", "chmod 0700")),
    Case(linked_key, 3, ("keys/store.key", "symbolic link", "next: ")),
    Case(linked_folder, 3, ("/keys", "symbolic link", "next: ")),
    Case(foreign_key, 3, ("keys/encryption-1.key", "12345", "chown 0")),
    Case(damaged_key, 3, ("keys/encryption-1.key", "next: ")),
    Case(missing_key, 3, ("encryption-N.key", "card.json", "next: ")),
    Case(changed_card, 8, ("card",)),
    Case(other_name, 3, ("jp/isa", "jp/moj", "[node] name")),
    Case(other_environment, 3, ("environment", "production", "next: ")),
    Case(other_database, 3, ("kh/molvt", "[paths] data")),
    Case(no_database, 3, ("gateway.db", "gateway init")),
    Case(unknown_setting, 3, ("config.toml:", "log.colour is not a setting")),
]


def contents(folder: Path) -> dict[str, str]:
    """Return a digest of every file, without those that only say that somebody looked."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".lock", ".db-shm", ".db-wal"}
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.harm.__name__)
def test_a_node_that_should_not_start_says_why_and_changes_nothing(pair, case):
    case.harm(pair.jp)
    before = contents(pair.jp.folder)
    finished = pair.jp.run("serve")
    assert (finished.code, finished.out) == (case.code, ""), finished.err
    for words in case.says:
        assert words in finished.err
    assert "Traceback" not in finished.err
    assert contents(pair.jp.folder) == before


def test_a_second_process_on_one_store_is_refused_and_harms_nobody(running):
    second = running.jp.run("serve")
    assert second.code == 5
    assert "another process has" in second.err
    assert str(running.jp.database) in second.err
    sent = running.jp.send(inquiry())
    assert running.jp.wait(sent["id"], "received")["state"] == "delivered"
    assert running.jp.stop() == 0


def test_a_port_that_is_taken_is_named(pair):
    with socket.create_server((LOOPBACK, pair.jp.port)):
        finished = pair.jp.run("serve")
    assert finished.code != 0
    assert "[peer_port] listen" in finished.err
    assert "Traceback" not in finished.err
    pair.jp.start()


def test_commands_on_a_node_that_is_down_end_with_the_line_that_starts_it(pair):
    for arguments in (("status",), ("inbox",), ("ping", "kh/molvt")):
        finished = pair.jp.run(*arguments)
        assert (finished.code, finished.out) == (5, "")
        assert "the node is not running" in finished.err
        assert finished.err.rstrip().endswith(f"--config {pair.jp.config} serve")


def test_the_first_start_after_an_upgrade_does_what_the_scripts_have_left_to_it(pair):
    mark = "to-do.duties"
    with closing(sqlite3.connect(pair.jp.database, isolation_level=None)) as database:
        database.execute("INSERT INTO meta (name, value) VALUES (?, '4')", (mark,))
    pair.jp.start()
    assert pair.jp.stop() == 0
    with closing(sqlite3.connect(pair.jp.database)) as database:
        assert database.execute("SELECT 1 FROM meta WHERE name = ?", (mark,)).fetchone() is None


def test_a_killed_node_starts_again_over_its_old_socket(running: Pair):
    running.jp.kill()
    assert running.jp.run("status").code == 5
    running.jp.start()
    assert running.jp.run("status").code == 0
