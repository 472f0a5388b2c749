"""Certificates of two nodes and a stranger, made once."""

from pathlib import Path

import pytest

from tests.http.certificates import Certificate, make_certificate


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="session")
def own(folder: Path) -> Certificate:
    """Of the node that serves."""
    return make_certificate(folder, "kh/molvt")


@pytest.fixture(scope="session")
def peer(folder: Path) -> Certificate:
    """Of its peer."""
    return make_certificate(folder, "jp/isa", curve=True)


@pytest.fixture(scope="session")
def stranger(folder: Path) -> Certificate:
    """Of nobody the node knows."""
    return make_certificate(folder, "jp/isa")
