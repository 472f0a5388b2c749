"""A folder of keys made on a fixed day, cheap to open, and the words for changing it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.envelope import Environment
from gateway.keyring import Act, NewNode, Opening, Passphrases, create

NOW = 1_767_225_600.0  # 2026-01-01
DAY = 86_400
IDENTITY = b"of the identity"
NODE = b"of the node"
OPENING = Opening(identity=IDENTITY, node=NODE)


def act(days: float = 0, **changes) -> Act:
    """Return how to carry out an act so many days after the keys were made."""
    return Act(now=NOW + days * DAY, log2_n=4, **changes)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Path]:
    def made(name: str) -> Path:
        new = NewNode(
            node="jp/isa",
            environment=Environment.TEST,
            names={"en": "Immigration Services Agency"},
            organisations=(),
            addresses=("https://127.0.0.1:8470",),
        )
        passphrases = Passphrases(identity=IDENTITY, node=NODE)
        return create(tmp_path / name, new, passphrases, now=NOW, log2_n=4).folder

    return made


@pytest.fixture
def folder(make: Callable[[str], Path]) -> Path:
    return make("keys")
